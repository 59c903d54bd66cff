"""Whether traces are configured. Only where they are is anything of OpenTelemetry imported."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from service.web.log import Log

if TYPE_CHECKING:
    from service.web.spans import Spans

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def is_configured(environ: Mapping[str, str]) -> bool:
    """Whether the standard variables name a collector for traces, and none says that there be no traces."""
    named = any(environ.get(name, "").strip() for name in _ENDPOINTS)
    disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return named and not disabled and environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() != "none"


def open_spans(environ: Mapping[str, str], log: Log) -> Spans | None:
    """What makes spans, where traces are configured. Each worker starts it for itself."""
    if not is_configured(environ):
        return None
    module = importlib.import_module("service.web.spans")
    spans: Spans = module.Spans(log)
    return spans

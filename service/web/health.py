"""``GET /healthz``, ``/readyz`` and ``/``: whether it runs, what it serves, and where to go."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import orjson
from flask import Response

from service.answering.describing import readiness
from service.library.snapshot import Snapshot
from service.web.problems import RETRY_AFTER

ENDPOINTS = (
    ("POST", "/v1/evaluate", "Evaluate one assessment."),
    ("GET", "/v1/rulesets", "The rulesets that serve."),
    ("GET", "/v1/rulesets/{id}", "One ruleset: its factors, texts, rules and evidence."),
    ("GET", "/v1/rulesets/{id}/assessment-schema", "The JSON Schema of its assessments."),
    ("GET", "/v1/rulesets/{id}/rules/{rule}", "One of its rules, and the papers that it cites."),
    ("GET", "/healthz", "Whether the service runs."),
    ("GET", "/readyz", "Which rulesets serve, and what is wrong with the others."),
)


class HealthViews:
    """Says how the service is."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._version = version("picoplan")

    def health(self) -> Response:
        """The process runs."""
        return _json({"status": "ok"})

    def ready(self) -> Response:
        """200 while every ruleset serves, else 503; what is good serves either way."""
        response = _json(readiness(self._snapshot), 200 if self._snapshot.ready else 503)
        if not self._snapshot.ready:
            response.headers["Retry-After"] = RETRY_AFTER
        return response

    def welcome(self) -> Response:
        """What there is."""
        endpoints = [{"method": method, "path": path, "does": does} for method, path, does in ENDPOINTS]
        return _json({"service": "picoplan", "version": self._version, "endpoints": endpoints})


def _json(data: dict[str, Any], status: int = 200) -> Response:
    response = Response(orjson.dumps(data), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response

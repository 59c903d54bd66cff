"""Requests as spans of OpenTelemetry. The only module that imports it; import it where traces are configured.

A span holds what ``_ATTRIBUTES`` names, and nothing else: no address, header, query string or body.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_BSP_MAX_QUEUE_SIZE
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, SpanKind, Tracer, format_span_id, format_trace_id, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.trace.status import Status, StatusCode

from service.serving.outcome import Stages
from service.web.call import METHODS, Call
from service.web.log import Log

FLUSHES_WITHIN_S = 2.0
"""Seconds that a worker's end waits for a collector."""

METHOD, ROUTE, STATUS = "http.request.method", "http.route", "http.response.status_code"
RULESET, VERSION, DIGEST = "picoplan.ruleset.id", "picoplan.ruleset.version", "picoplan.ruleset.digest"
VERDICT, REQUEST_ID, ERROR = "picoplan.verdict", "picoplan.request_id", "error.type"
ATTRIBUTES = (METHOD, ROUTE, STATUS, RULESET, VERSION, DIGEST, VERDICT, REQUEST_ID, ERROR)
"""All that a span may hold."""

DECIDE, LOG = "decide", "log decision"
"""The spans below a request's: choosing, validating and deciding; then waiting until it is logged."""

_PARENT = TraceContextTextMapPropagator()


class Spans:
    """Makes spans of requests and sends them in the background, in one process, from any thread."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._tracer: Tracer | None = None
        self._sender: SpanProcessor | None = None
        self._counted = _CountedSender(_most_waiting())
        _hush(log)

    def dropped(self) -> int:
        """How many spans never came to the collector: too many waited, or it did not take them."""
        return self._counted.dropped

    def start(self) -> None:
        """Begin to send. Call it after a fork, for a thread does it.

        Where a variable has a value that can't be used there are no traces, and the log says so.
        """
        try:
            provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
            exporter = _ReportingExporter(OTLPSpanExporter(), self._counted, self._log)
            self._sender = self._counted.around(BatchSpanProcessor(exporter))
        except Exception as error:  # noqa: BLE001 - whatever it is, requests are answered without traces
            self._log.error("traces can't be sent", fault=type(error).__qualname__)
            return
        provider.add_span_processor(self._sender)
        self._tracer = provider.get_tracer("picoplan", version("picoplan"))

    def close(self, seconds: float = FLUSHES_WITHIN_S) -> None:
        """Send what is left, for so many seconds at most."""
        sender, self._sender, self._tracer = self._sender, None, None
        if sender is not None:
            last = threading.Thread(target=sender.shutdown, name="last spans", daemon=True)
            last.start()
            last.join(seconds)

    def begin(self, call: Call) -> None:
        """Begin the span of a request, below its caller's if it names a good one."""
        if self._tracer is None:
            return
        sent = call.headers.get("traceparent")
        parent = Context() if sent is None else _PARENT.extract({"traceparent": sent}, Context())
        known = call.method in METHODS
        attributes = {METHOD: call.method if known else "_OTHER", REQUEST_ID: call.id}
        if call.route is not None:
            attributes[ROUTE] = call.route
        name = " ".join(part for part in (call.method if known else "HTTP", call.route) if part)
        span = self._tracer.start_span(name, context=parent, kind=SpanKind.SERVER, attributes=attributes)
        context = span.get_span_context()
        call.span = span
        call.trace = {
            "trace_id": format_trace_id(context.trace_id),
            "span_id": format_span_id(context.span_id),
        }

    def stages(self, call: Call, stages: Stages) -> None:
        """Note, as spans below the request's, what its decisions took."""
        span: Span | None = call.span
        if self._tracer is None or span is None or not span.is_recording():
            return
        below = set_span_in_context(span, Context())
        for name, start, end in (
            (DECIDE, stages.began, stages.decided),
            (LOG, stages.decided, stages.logged),
        ):
            self._tracer.start_span(name, context=below, start_time=start).end(end)

    def end(self, call: Call, status: int) -> None:
        """End the span of a request. Of a fault it says the kind alone."""
        span: Span | None = call.span
        if span is None or not span.is_recording():
            return
        said: dict[str, Any] = {
            STATUS: status,
            RULESET: call.ruleset,
            VERSION: call.version,
            DIGEST: call.digest,
            VERDICT: call.verdict,
            ERROR: (call.fault or str(status)) if status >= 500 else None,
        }
        span.set_attributes({name: value for name, value in said.items() if value is not None})
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end()


class _CountedSender(SpanProcessor):
    """Hands spans on to what sends them in the background while there is room, and counts the others."""

    def __init__(self, most: int) -> None:
        self.dropped = 0
        self._most = most
        self._waiting = 0
        self._lock = threading.Lock()
        self._sender = SpanProcessor()

    def around(self, sender: SpanProcessor) -> SpanProcessor:
        """Itself, handing on to the sender. The sender has room for ``most``, and so drops none unseen."""
        self._sender = sender
        return self

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is None or not span.context.trace_flags.sampled:
            return
        with self._lock:
            if self._waiting >= self._most:
                self.dropped += 1
                return
            self._waiting += 1
        self._sender.on_end(span)

    def taken(self, count: int) -> None:
        """So many wait no longer: they are being sent."""
        with self._lock:
            self._waiting -= count

    def lost(self, count: int) -> None:
        """So many could not be sent."""
        with self._lock:
            self.dropped += count

    def shutdown(self) -> None:
        self._sender.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._sender.force_flush(timeout_millis)


class _ReportingExporter(SpanExporter):
    """Sends spans, and logs when that begins to fail and when it goes well again."""

    def __init__(self, exporter: SpanExporter, counted: _CountedSender, log: Log) -> None:
        self._exporter = exporter
        self._counted = counted
        self._log = log
        self._fails = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        fault = None
        self._counted.taken(len(spans))
        try:
            result = self._exporter.export(spans)
        except Exception as error:  # noqa: BLE001 - whatever it is, the spans are gone and requests go on
            result, fault = SpanExportResult.FAILURE, type(error).__qualname__
        fails = result is not SpanExportResult.SUCCESS
        if fails:
            self._counted.lost(len(spans))
        if fails != self._fails:
            self._fails = fails
            if fails:
                self._log.error("traces can't be sent", fault=fault)
            else:
                self._log.info("traces are sent again")
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


class _Once(logging.Handler):
    """What the library warns of, each warning once, without its details."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log
        self._seen: set[tuple[str, int]] = set()

    def emit(self, record: logging.LogRecord) -> None:
        place = record.name, record.lineno
        if place not in self._seen:
            self._seen.add(place)
            self._log.warning("tracing", says=str(record.msg), at=f"{record.name}:{record.lineno}")


def _hush(log: Log) -> None:
    """Keep the library from writing to standard error; ``_ReportingExporter`` says that sending fails."""
    told = {
        "opentelemetry": _Once(log),
        "opentelemetry.exporter": logging.NullHandler(),
        "opentelemetry.sdk._shared_internal": logging.NullHandler(),
        "urllib3": logging.NullHandler(),
    }
    for name, handler in told.items():
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False


def _most_waiting() -> int:
    """How many spans may wait, as OpenTelemetry reads its variable; what is no number it takes for none."""
    told = os.environ.get(OTEL_BSP_MAX_QUEUE_SIZE, "").strip()
    return int(told) if told.isdecimal() and int(told) else _USUAL_MOST_WAITING


_USUAL_MOST_WAITING = 2_048


def _resource() -> Resource:
    """Who sends: named by the standard variables, or else picoplan."""
    found = Resource.create()
    ours = {SERVICE_VERSION: version("picoplan")}
    if str(found.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        ours[SERVICE_NAME] = "picoplan"
    return found.merge(Resource(ours))

"""A collector of traces: receives OTLP over HTTP on a free port, and decodes what comes."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.waiting import PATIENCE_S, until


@dataclass(frozen=True)
class Seen:
    """A span as it came."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Any]
    failed: bool
    raw: Any

    @property
    def request_id(self) -> str:
        return str(self.attributes.get("picoplan.request_id", ""))


class Collector:
    """Listens on loopback, from its making to its end."""

    def __init__(self, port: int = 0) -> None:
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        received = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received.paths.append(self.path)
                received.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_request(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.port = self._server.server_address[1]

    @property
    def environ(self) -> dict[str, str]:
        """The variables by which a server sends here, soon."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE_S)

    def requests(self) -> list[Any]:
        """All that has come, decoded."""
        return [ExportTraceServiceRequest.FromString(body) for body in self.bodies]

    def spans(self) -> list[Seen]:
        """The spans that have come."""
        return [
            _seen(span)
            for request in self.requests()
            for of_resource in request.resource_spans
            for of_scope in of_resource.scope_spans
            for span in of_scope.spans
        ]

    def resources(self) -> list[dict[str, Any]]:
        """Who has sent."""
        return [_attributes(one.resource) for request in self.requests() for one in request.resource_spans]

    def of_request(self, request_id: str) -> Seen:
        """The span of a request, once it has come."""
        return until(
            lambda: next((span for span in self.spans() if span.request_id == request_id), None),
            lambda: f"no span of {request_id}",
        )

    def below(self, parent: Seen) -> list[Seen]:
        """The spans right below one, in the order of their beginning."""
        found = [span for span in self.spans() if span.parent_id == parent.span_id]
        return sorted(found, key=lambda span: span.raw.start_time_unix_nano)


def _seen(span: Any) -> Seen:
    return Seen(
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        _attributes(span),
        span.status.code == 2,
        span,
    )


def _attributes(one: Any) -> dict[str, Any]:
    return {
        item.key: getattr(item.value, item.value.WhichOneof("value") or "string_value")
        for item in one.attributes
    }

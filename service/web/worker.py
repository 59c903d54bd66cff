"""gunicorn's worker and log, made to speak as the rest of the service does.

What gunicorn refuses before the app sees it is a problem document too, and no line of its log holds what a
client sent: gunicorn's own would quote the request line or header at fault, which may be a piece of a body.
"""

from __future__ import annotations

import logging
from time import monotonic
from typing import Any

import orjson
from gunicorn import util
from gunicorn.glogging import Logger
from gunicorn.http import errors

from service.web.app import PicoplanApp
from service.web.call import new_id
from service.web.log import JsonLines, frames, open_log
from service.web.problems import MEDIA_TYPE, problem_data
from service.web.sharing import SharingWorker

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (errors.LimitRequestLine, 414),
    (errors.LimitRequestHeaders, 431),
    (errors.ExpectationFailed, 417),
    (errors.UnsupportedTransferCoding, 501),
    (errors.ForbiddenProxyRequest, 403),
    (errors.ConfigurationProblem, 500),
    (errors.ParseException, 400),
)
_LAST_S = 5
"""Seconds before a worker has to end at which what still runs breaks off by itself."""

_REASONS = {
    400: "Bad Request",
    403: "Forbidden",
    414: "URI Too Long",
    417: "Expectation Failed",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
}


class ServerLog(Logger):
    """gunicorn's log as JSON lines; without an access log, for the app writes a line for each request."""

    def setup(self, cfg: Any) -> None:
        """Open the log."""
        self.cfg = cfg
        self._access_log_enabled = False
        self.lines = open_log()
        self.error_log.setLevel(logging.INFO)  # what it says below may hold parts of requests
        self.error_log.handlers[:] = [JsonLines(self.lines)]


class ProblemWorker(SharingWorker):
    """A threaded worker whose own refusals are problem documents."""

    log: ServerLog

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Begin to stop; what runs is told until when it may run on."""
        stopping = getattr(self.served, "stopping", None)
        if stopping is not None and stopping.at is None:
            stopping.at = monotonic() + max(0.0, self.cfg.graceful_timeout - _LAST_S)
        super().handle_exit(sig, frame)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002 - gunicorn's signature
        """Answer what went wrong before the app, or outside of it."""
        status = _status_of(exc)
        request_id = new_id()
        app: object = self.served
        if isinstance(app, PicoplanApp):
            app.telemetry.metrics.turned_away(status)
        lines = self.log.lines
        if status == 500:
            lines.error("fault", request_id=request_id, fault=type(exc).__qualname__, at=frames(exc))
        else:
            lines.info("request", request_id=request_id, status=status, fault=type(exc).__qualname__)
        body = orjson.dumps(problem_data(status, request_id))
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\n"
            "Connection: close\r\n"
            f"Content-Type: {MEDIA_TYPE}\r\n"
            f"Content-Length: {len(body)}\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            f"X-Request-Id: {request_id}\r\n\r\n"
        )
        try:
            util.write_nonblock(client, head.encode() + body)
        except OSError:
            return  # the client has gone


def _status_of(error: BaseException) -> int:
    if type(error).__name__.startswith("InvalidResponseHeader"):
        return 500  # a header of ours, though gunicorn derives it from the client's mistakes
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)

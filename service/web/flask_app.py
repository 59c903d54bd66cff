"""The Flask app: all endpoints but those that are answered on the event loop, 404, 405 and OPTIONS."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, cast

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from service.web.call import Answer, View, this_call
from service.web.endpoints import Endpoint
from service.web.guard import Guard
from service.web.log import JsonLines, Log, frames
from service.web.problems import problem
from service.web.telemetry import Telemetry
from service.web.transfer import GZIPPED, VARIES, compressed, may_be_compressed, takes_gzip

MOST_FIELDS = 20_000
"""So many fields may a form have; those of our pages have far fewer."""


class PicoplanApp(Flask):
    """A Flask app whose faults come to one log line, without what the client sent.

    It answers the requests that ``Application`` passes on.
    """

    def __init__(
        self,
        log: Log,
        telemetry: Telemetry,
        endpoints: Iterable[Endpoint],
        views: Mapping[str, View],
        guard: Guard | None = None,
    ) -> None:
        """``views`` are by the names of the endpoints; those without one are answered elsewhere."""
        super().__init__("picoplan", static_folder=None, template_folder=None, root_path="/")
        self.log = log
        self.telemetry = telemetry
        self._guard = guard
        self._table = {one.name: one for one in endpoints}
        self.logger = logging.Logger("picoplan")  # Flask's own would write tracebacks, and share its handlers
        self.logger.addHandler(JsonLines(log))
        self.debug = False  # whatever the environment says: debug mode answers with tracebacks
        self.url_map.merge_slashes = False  # a doubled slash is a 404, not a redirect
        self.register_error_handler(HTTPException, _refused)
        self.register_error_handler(Exception, self._fault)
        self.before_request(self._came)
        self.after_request(_compressed)
        for one in self._table.values():
            view = cast(Callable[..., ResponseReturnValue], views.get(one.name, _elsewhere))
            self.add_url_rule(one.rule, one.name, view, methods=[one.method])

    @property
    def endpoints(self) -> Iterable[Endpoint]:
        """All of its endpoints."""
        return self._table.values()

    def make_default_options_response(self) -> Response:
        """Which methods a path takes, and no body."""
        response = super().make_default_options_response()
        response.status_code = 204
        response.headers["Allow"] = ", ".join(sorted(response.allow))
        del response.headers["Content-Type"]
        return response

    def log_exception(
        self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None], *_: Any
    ) -> None:
        """Log a fault that no error handler saw, as all other faults are logged."""
        if exc_info[1] is not None:
            self.log_fault(exc_info[1])

    def log_fault(self, error: BaseException) -> None:
        """Log a fault to which the request at hand came."""
        call = this_call()
        call.fault = type(error).__qualname__
        self.log.error(
            "fault",
            request_id=call.id,
            fault=type(error).__qualname__,
            at=frames(error),
            ruleset=call.ruleset,
            digest=call.digest,
        )

    def _fault(self, error: Exception) -> Answer:
        self.log_fault(error)
        return problem(500)

    def _came(self) -> Answer | None:
        """A request whose route is known; the answer where it may not be asked."""
        call, rule = this_call(), request.url_rule
        call.route = None if rule is None else rule.rule
        if call.instead is not None:
            return cast(Answer, call.instead())
        self.telemetry.began(call)
        endpoint = None if rule is None else self._table[rule.endpoint]
        if endpoint is not None and endpoint.most_bytes is not None:
            request.max_form_memory_size = endpoint.most_bytes
            if _has_too_many_fields():
                return problem(413, f"The form has more than {MOST_FIELDS:,} fields.")
        if call.refusal is not None:
            return call.refusal
        if endpoint is None or self._guard is None or request.method == "OPTIONS" or call.is_checked:
            return None  # nothing is done for the first: 404, 405, or Allow
        return self._guard.check(call, endpoint)


def _has_too_many_fields() -> bool:
    """Whether a form that came has more fields than are taken apart: each costs far more than its bytes."""
    is_form = request.mimetype == "application/x-www-form-urlencoded"
    return is_form and request.get_data().count(b"&") >= MOST_FIELDS


def _compressed(response: Response) -> Response:
    """A large answer in gzip where the client takes that, with an ETag of its own."""
    call, size = this_call(), response.calculate_content_length() or 0
    if not may_be_compressed(call, response.content_type or "", size):
        return response
    response.vary.add(VARIES[1])
    if takes_gzip(call):
        response.set_data(compressed(response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
        tag, _ = response.get_etag()
        if tag is not None:
            response.set_etag(tag + GZIPPED)
    return response


def _elsewhere() -> Answer:
    """Stands for an endpoint that is answered before its requests come here; OPTIONS and 405 know of it."""
    return problem(500)


def _refused(error: HTTPException) -> Answer:
    """What Flask itself refuses: an unknown path, a wrong method."""
    headers = dict(error.get_headers())
    kept = {"Allow": ", ".join(sorted(headers["Allow"].split(", ")))} if "Allow" in headers else None
    return problem(error.code or 500, headers=kept)

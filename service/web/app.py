"""The Flask app. It is built here and only here: importing this module builds and reads nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any

import orjson
from flask import Flask, Request, Response
from flask.json.provider import JSONProvider
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.exceptions import HTTPException

from service.serving.evaluate import Answering
from service.store.archive import Archive
from service.store.folders import read_shelf
from service.store.snapshot import Snapshot, take_snapshot
from service.web.batch import BatchView
from service.web.call import METHODS, Call, View, this_call
from service.web.decisions import DecisionViews, Records, deciding_for
from service.web.due import DueResponse
from service.web.endpoints import endpoints
from service.web.evaluating import EvaluateView, WhatIfView
from service.web.guard import Guard
from service.web.health import HealthViews
from service.web.incoming import Stopping
from service.web.live import Live, log_does_not_serve, log_serves
from service.web.log import JsonLines, Log, frames, open_log
from service.web.measuring import Pulse
from service.web.metrics import Metrics
from service.web.openapi.document import DocsViews, OpenApiView
from service.web.problems import http_problem, problem
from service.web.reading_rulesets import RulesetViews
from service.web.settings import CannotServe, Settings
from service.web.telemetry import MetricsView, Telemetry

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class OrjsonProvider(JSONProvider):
    """JSON as orjson reads and writes it: no NaN, no Infinity."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """The object as JSON text."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """The data that the JSON text holds."""
        return orjson.loads(s)


class _NoSessions(SessionInterface):
    """This service keeps no sessions and sets no cookies."""

    _none = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002 - Flask's signature
        """The same empty session for every request."""
        return self._none

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing to save."""


class PicoplanApp(Flask):
    """A Flask app whose faults come to one log line, without what the client sent."""

    request_class = Call
    json_provider_class = OrjsonProvider
    session_interface = _NoSessions()

    def __init__(self, log: Log, telemetry: Telemetry | None = None) -> None:
        super().__init__("picoplan", static_folder=None, template_folder=None, root_path="/")
        self.log = log
        self.telemetry = telemetry or Telemetry(Metrics())
        self.stopping = Stopping()
        self.logger = logging.Logger("picoplan")  # Flask's own would write tracebacks, and share its handlers
        self.logger.addHandler(JsonLines(log))
        self.debug = False  # whatever the environment says: debug mode answers with tracebacks
        self.url_map.merge_slashes = False  # a doubled slash is a 404, not a redirect
        self.register_error_handler(HTTPException, http_problem)
        self.register_error_handler(Exception, self._fault)
        self.after_request(self._finish)
        if self.telemetry.spans is not None:
            self.before_request(self.telemetry.began)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, which is in flight meanwhile."""
        in_flight = self.telemetry.metrics.in_flight
        in_flight.inc()
        try:
            return super().wsgi_app(environ, start_response)
        finally:
            in_flight.dec()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: no view here is a coroutine, so no request need ask."""
        return func

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
            self._log_fault(exc_info[1])

    def _fault(self, error: Exception) -> Response:
        self._log_fault(error)
        return problem(500)

    def _log_fault(self, error: BaseException) -> None:
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

    def _finish(self, response: Response) -> Response:
        call = this_call()
        headers = response.headers
        headers["X-Request-Id"] = call.id
        headers["X-Content-Type-Options"] = "nosniff"
        if isinstance(response, DueResponse):
            self.telemetry.metrics.in_flight.inc()  # until it is due
            response.ended = partial(self._streamed, call)
        elif response.is_streamed and not response.direct_passthrough:
            self.telemetry.metrics.in_flight.inc()  # until the end of the stream
            response.call_on_close(partial(self._streamed, call, response.status_code))
        else:
            self._ended(call, response.status_code)
        return response

    def _streamed(self, call: Call, status: int) -> None:
        self.telemetry.metrics.in_flight.dec()
        self._ended(call, status)

    def _ended(self, call: Call, status: int) -> None:
        self.telemetry.ended(call, status)
        self.log.info(
            "request",
            request_id=call.id,
            method=call.method if call.method in METHODS else "other",
            route=call.route,
            status=status,
            duration_ms=round((perf_counter() - call.started) * 1000, 3),
            key=call.caller.key,
            ruleset=call.ruleset,
            digest=call.digest,
            **call.trace,
        )


def create_app(settings: Settings, log: Log | None = None) -> PicoplanApp:
    """The app that serves what the folder holds as it is now, without an archive: edits don't go live.

    Raises:
        CannotServe: the default ruleset is not in the folder.
        NotARulesetsFolder: there is no folder of rulesets.
    """
    log = log or open_log()
    source = settings.source
    shelf = read_shelf(source.root, source.shown_as)
    default = settings.default_ruleset
    if default is not None and default not in shelf.read:
        raise CannotServe(f"the default ruleset {default} is not in {shelf.root}")
    snapshot = take_snapshot(shelf)
    _log_start(log, snapshot)
    return app_over(Live(log, Answering(snapshot, default_ruleset=default)), default, log)


def live_over(archive: Archive, settings: Settings, log: Log) -> Live:
    """What serves by an archive's timelines, caught up with them."""
    default = settings.default_ruleset
    answering = Answering(Snapshot({}, {}), default_ruleset=default, archive=archive, timeline=())
    live = Live(log, answering, archive, settings.source.shown)
    live.catch_up()
    return live


def app_over(
    live: Live,
    default: str | None,
    log: Log,
    records: Records | None = None,
    *,
    guard: Guard | None = None,
    telemetry: Telemetry | None = None,
    pulse: Pulse | None = None,
) -> PicoplanApp:
    """The app that serves what is live; what it decides is logged where there are records.

    Without a ``guard`` nobody is asked for a key. ``telemetry`` follows its requests and ``pulse`` measures
    its process; they are made if left out.
    """
    app = PicoplanApp(log, telemetry)
    metrics = app.telemetry.metrics
    pulse = pulse or Pulse(metrics, records.recorder.standing if records is not None else None)
    deciding = deciding_for(records, app.telemetry)
    keyed = (lambda: False) if guard is None else guard.asks
    views: dict[str, View] = {
        "evaluate": EvaluateView(live, default, log, deciding, app.telemetry),
        "evaluate_batch": BatchView(live, log, deciding, app.stopping),
        **WhatIfView(live, log).by_name(),
        **MetricsView(metrics, live, pulse).by_name(),
        **RulesetViews(live).by_name(),
        **HealthViews(live, logged=records is not None).by_name(),
        **OpenApiView(live, default, logged=records is not None, keyed=keyed).by_name(),
        **DocsViews().by_name(),
        **(DecisionViews(records, log).by_name() if records is not None else {}),
    }
    for one in endpoints(logged=records is not None):
        app.add_url_rule(one.rule, one.name, views[one.name], methods=[one.method])
    if guard is not None:
        guard.stand_before(app)
    return app


def _log_start(log: Log, snapshot: Snapshot) -> None:
    for name, compiled in snapshot.served.items():
        log_serves(log, name, compiled)
    for name, problems in snapshot.broken.items():
        log_does_not_serve(log, name, [str(problem) for problem in problems])
    if snapshot.problems:
        log.warning("problems beside the rulesets", problems=[str(problem) for problem in snapshot.problems])

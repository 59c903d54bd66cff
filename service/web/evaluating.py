"""``POST /v1/evaluate``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

import orjson
from flask import Response

from service.answering.evaluate import Answering, Refused
from service.answering.recording import NotLogged, Recorder
from service.engine.faults import EngineFault
from service.evaluation.compiled import DoubleEntryError
from service.library.decisions.logged import logged
from service.model.refusal import Refusal
from service.web.body import Unreadable, read_json
from service.web.call import Call, this_call
from service.web.live import Live
from service.web.log import Log
from service.web.problems import STALE, problem, refused, unreadable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_HEADERS = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
_STALE_HEADERS = [*_HEADERS, *STALE.items()]
_NOT_LOGGED = ("Picoplan-Logged", "no")
_LOG_AGAIN_S = "2"


class _Answer(Response):
    """An answer as WSGI without Werkzeug's detours: no location to correct, no body to leave out."""

    _then: Callable[[], None] | None = None

    def then(self, done: Callable[[], None]) -> _Answer:
        """The answer, and what to call once it is out."""
        self._then = done
        return self

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:  # noqa: ARG002 - WSGI
        start_response(self.status, self.headers.to_wsgi_list())
        content = cast(list[bytes], self.response)
        return content if self._then is None else _Sent(content, self._then)


class _Sent(list[bytes]):
    """The body of an answer; the server closes it once it has sent it, or failed to."""

    def __init__(self, content: list[bytes], close: Callable[[], None]) -> None:
        super().__init__(content)
        self.close = close


class EvaluateView:
    """Answers one assessment, once the decision is logged."""

    def __init__(
        self, live: Live, default_ruleset: str | None, log: Log, recorder: Recorder | None = None
    ) -> None:
        """Without a recorder nothing is logged."""
        self._live = live
        self._recorder = recorder
        self._default = default_ruleset
        self._log = log

    def __call__(self) -> Response:
        """The answer, or a problem."""
        call = this_call()
        body = read_json(call.environ)
        if isinstance(body, Unreadable):
            return unreadable(body)
        answering, stale = self._live.answering, self._live.standings.stale
        self._note(call, answering, body)
        try:
            answer = answering.evaluate(body)
        except (DoubleEntryError, EngineFault) as fault:
            return self._failed(call, fault)
        if isinstance(answer, Refused):
            return refused(answer, stale=call.ruleset in stale)
        decided = answer["ruleset"]
        call.decided_by(decided["id"], decided["digest"])
        content = orjson.dumps(answer)
        headers = _STALE_HEADERS if decided["id"] in stale else _HEADERS
        if self._recorder is not None:
            assessment = cast(dict[str, Any], body)["assessment"]  # it was answered
            try:
                receipt = self._recorder.record([logged(assessment, answer, content)])
            except NotLogged:
                return _not_logged()
            if not receipt.safe:
                headers = [*headers, _NOT_LOGGED]
            return _Answer(content, 200, headers).then(receipt.pass_on)
        return _Answer(content, 200, headers)

    def _note(self, call: Call, answering: Answering, body: object) -> None:
        """Note the ruleset that was asked for, where it is one of ours."""
        name = body.get("ruleset", self._default) if isinstance(body, dict) else None
        compiled = answering.snapshot.served.get(name) if isinstance(name, str) else None
        if compiled is not None:
            call.decided_by(compiled.ruleset.id, compiled.ruleset.digest)

    def _failed(self, call: Call, fault: DoubleEntryError | EngineFault) -> Response:
        self._log.error(
            "no decision",
            request_id=call.id,
            fault=type(fault).__name__,
            says=str(fault),
            rules=list(fault.rules) if isinstance(fault, DoubleEntryError) else [],
            ruleset=call.ruleset,
            digest=call.digest,
        )
        return problem(500, "No decision was made. The fault is logged under this instance.")


def _not_logged() -> Response:
    """Why there is no answer though there is a decision; the recorder has logged what is wrong."""
    error = Refusal("", "not-logged", "The decision could not be logged.", "Send the request again soon.")
    response = problem(
        503, "No answer is given that is not safely logged, and the log can't be written.", (error,)
    )
    response.headers["Retry-After"] = _LOG_AGAIN_S
    return response

"""``POST /v1/evaluate`` and ``POST /v1/what-if``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, cast

from flask import Response

from service.engine.faults import EngineFault
from service.evaluation.compiled import DoubleEntryError
from service.model.exact_json import write_json
from service.serving.deciding import Deciding
from service.serving.evaluate import Answering
from service.serving.outcome import Decided, Failed, LoggedAnswer, Outcome
from service.serving.refused import Refused
from service.serving.repeating import retry_key
from service.serving.waiting import Ticket
from service.serving.what_if import what_if
from service.web.body import UnreadableBody, idempotency_key, read_json
from service.web.call import Call, View, this_call
from service.web.due import DueResponse
from service.web.live import Live
from service.web.log import Log
from service.web.problems import STALE, become_refused, problem, refused, unreadable
from service.web.telemetry import Telemetry


class WhatIfView:
    """Says what other answers would come to."""

    def __init__(self, live: Live, log: Log) -> None:
        self._live = live
        self._log = log

    def by_name(self) -> dict[str, View]:
        """The view by its endpoint's name."""
        return {"what_if": self}

    def __call__(self) -> Response:
        """The changes, or a problem."""
        call = this_call()
        body = read_json(call.environ)
        if isinstance(body, UnreadableBody):
            return unreadable(body)
        answering, stale = self._live.answering, self._live.statuses.stale
        try:
            told = what_if(answering, body, call.caller)
        except (DoubleEntryError, EngineFault) as fault:
            return failed(self._log, call, Failed(fault))
        if isinstance(told, Refused):
            return refused(told)
        call.decided_by(told["ruleset"]["id"], told["ruleset"]["digest"])
        response = Response(write_json(told), content_type="application/json")
        response.headers["Cache-Control"] = "no-store"
        if call.ruleset in stale:
            response.headers.extend(STALE)
        return response


if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_HEADERS = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
_STALE_HEADERS = [*_HEADERS, *STALE.items()]
_AGAIN = ("Idempotency-Replayed", "true")

NOT_LOGGED = ("Picoplan-Logged", "no")
"""The header of answers whose decision is not safely in the log."""

NO_DECISION = "No decision was made. The fault is logged under this instance."


class _Answer(Response):
    """An answer as WSGI without Werkzeug's detours: no location to correct, no body to leave out."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:  # noqa: ARG002 - WSGI
        start_response(self.status, self.headers.to_wsgi_list())
        return cast(list[bytes], self.response)


class EvaluateView:
    """Answers one assessment, once the decision is logged."""

    def __init__(
        self, live: Live, default_ruleset: str | None, log: Log, deciding: Deciding, telemetry: Telemetry
    ) -> None:
        self._live = live
        self._deciding = deciding
        self._default = default_ruleset
        self._log = log
        self._telemetry = telemetry

    def __call__(self) -> Response:
        """The answer, or a problem."""
        call = this_call()
        sent = idempotency_key(call.environ)
        if isinstance(sent, UnreadableBody):
            return unreadable(sent)
        body = read_json(call.environ)
        if isinstance(body, UnreadableBody):
            return unreadable(body)
        answering, stale = self._live.answering, self._live.statuses.stale
        self._note(call, answering, body)
        begun = self._deciding.begin(
            answering,
            body,
            call.caller,
            observer=self._telemetry.of(call),
            retry_key=None if sent is None else retry_key(call.caller, "evaluate", sent),
        )
        if isinstance(begun, Decided):
            return self._told(call, begun.outcomes[0], stale)
        call.decided_by(begun.answer.ruleset, begun.answer.digest)
        return DueResponse(begun, _headers(begun.answer, stale), partial(_settle, call, stale))

    def _told(self, call: Call, outcome: Outcome, stale: frozenset[str]) -> Response:
        if isinstance(outcome, Failed):
            return failed(self._log, call, outcome)
        if isinstance(outcome, Refused):
            response = refused(outcome, stale=call.ruleset in stale)
            call.mistakes = ()  # counted where the outcome was observed
            return response
        call.decided_by(outcome.ruleset, outcome.digest)
        return _Answer(outcome.content, 200, _headers(outcome, stale))

    def _note(self, call: Call, answering: Answering, body: object) -> None:
        """Note the ruleset that was asked for, where it is one of ours and there for the caller."""
        if not isinstance(body, dict):
            return
        caller = call.caller
        name = body.get("ruleset")
        if name is None:
            name = caller.default_ruleset or self._default
        is_ours = isinstance(name, str) and caller.sees(name)
        compiled = answering.snapshot.served.get(str(name)) if is_ours else None
        if compiled is not None:
            call.decided_by(compiled.ruleset.id, compiled.ruleset.digest)


def _headers(answer: LoggedAnswer, stale: frozenset[str]) -> list[tuple[str, str]]:
    headers = _STALE_HEADERS if answer.ruleset in stale else _HEADERS
    return [*headers, _AGAIN] if answer.again else headers


def _settle(call: Call, stale: frozenset[str], response: DueResponse, ticket: Ticket) -> None:
    """Make an answer what is told, now that the ticket of its decision is settled."""
    decided = response.begun.told(ticket)
    outcome = decided.outcomes[0]
    if isinstance(outcome, Refused):
        become_refused(response, outcome, call.id)
    elif isinstance(outcome, LoggedAnswer) and outcome.again:
        call.decided_by(outcome.ruleset, outcome.digest)
        response.set_data(outcome.content)
        for name in STALE:
            response.headers.pop(name, None)
        for name, value in _headers(outcome, stale):
            response.headers[name] = value
    elif not decided.safe:
        response.headers.add(*NOT_LOGGED)


def failed(log: Log, call: Call, outcome: Failed) -> Response:
    """That no decision was made, by a fault of ours, which is logged."""
    log_no_decision(log, call, outcome)
    return problem(500, NO_DECISION)


def log_no_decision(log: Log, call: Call, outcome: Failed, **where: object) -> None:
    """Log why no decision was made; ``where``: in which part of the request."""
    fault = outcome.fault
    log.error(
        "no decision",
        request_id=call.id,
        fault=type(fault).__name__,
        says=str(fault),
        rules=list(fault.rules) if isinstance(fault, DoubleEntryError) else [],
        ruleset=call.ruleset,
        digest=call.digest,
        **where,
    )

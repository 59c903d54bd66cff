"""``POST /v1/evaluate``, and what would be answered (try, what-if, tables), on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from service.engine.faults import EngineFault
from service.evaluation.compiled import DoubleEntryError
from service.model.caller import Caller
from service.model.exact_json import write_json
from service.serving.deciding import Deciding, retry_key
from service.serving.evaluate import Answering, Languages
from service.serving.outcome import Decided, Failed, LoggedAnswer
from service.serving.refused import Refused
from service.web.body import UnreadableBody, idempotency_key, read_json
from service.web.call import Answer, Call, json_answer
from service.web.deferred import DeferredAnswers
from service.web.exchange import Exchange
from service.web.live import Live
from service.web.log import Log
from service.web.problems import STALE, problem, refused, unreadable
from service.web.telemetry import Telemetry

_AGAIN = ("Idempotency-Replayed", "true")

NOT_LOGGED = ("Picoplan-Logged", "no")
"""The header of answers whose decision is not safely in the log."""

NO_DECISION = "No decision was made. The fault is logged under this instance."


Trying = Callable[[Answering, object, Caller, Languages], dict[str, Any] | Refused]
"""A use case that decides nothing: the body of a request to a document, or why there is none."""


class TryingEndpoint:
    """Says what would be answered, in a thread: it takes its time, and nothing is decided or logged."""

    def __init__(self, live: Live, log: Log, use_case: Trying) -> None:
        self._live = live
        self._log = log
        self._use_case = use_case

    async def __call__(self, exchange: Exchange) -> Answer:
        """What the use case says, or a problem."""
        call = exchange.call
        body = await read_json(call.headers, exchange.body)
        if isinstance(body, UnreadableBody):
            return unreadable(body)
        answering, stale = self._live.answering, self._live.statuses.stale
        try:
            told = await asyncio.to_thread(self._use_case, answering, body, call.caller, call.languages)
        except (DoubleEntryError, EngineFault) as fault:
            return failed(self._log, call, Failed(fault))
        if isinstance(told, Refused):
            return refused(told)
        call.decided_by(told["ruleset"]["id"], told["ruleset"]["digest"])
        return json_answer(write_json(told), headers=STALE.items() if call.ruleset in stale else ())


class Decisions:
    """Decides what one request asks for and waits until it is logged. What takes long is done in a thread."""

    def __init__(self, deciding: Deciding, telemetry: Telemetry, log: Log) -> None:
        self._deciding = deciding
        self._deferred = DeferredAnswers(deciding.patience)
        self._telemetry = telemetry
        self._log = log

    @property
    def are_logged(self) -> bool:
        """Whether decisions are kept."""
        return self._deciding.recorder is not None

    async def of(self, call: Call, answering: Answering, body: object, key: str | None) -> Decided:
        """What is told of one body; with a ``key`` it can be sent again."""
        pending = self._deciding.begin(answering, call.caller, self._telemetry.of(call), call.languages)
        if answering.is_at_hand(body):
            pending.decide(body, key)
        else:
            await asyncio.to_thread(pending.decide, body, key)
        return await self._deferred.decided(pending)

    def answer(
        self,
        call: Call,
        decided: Decided,
        stale: frozenset[str],
        placed: Callable[[Refused], Refused] | None = None,
    ) -> LoggedAnswer | Answer:
        """What was decided, or the answer that says why nothing was; ``placed`` puts mistakes elsewhere."""
        outcome = decided.outcomes[0]
        if isinstance(outcome, Failed):
            return failed(self._log, call, outcome)
        if isinstance(outcome, Refused):
            answer = refused(outcome if placed is None else placed(outcome), stale=call.ruleset in stale)
            call.mistakes = ()  # counted where the outcome was observed
            return answer
        call.decided_by(outcome.ruleset, outcome.digest)
        return outcome


def headers_of(outcome: LoggedAnswer, decided: Decided, stale: frozenset[str]) -> list[tuple[str, str]]:
    """The headers that say how a decision came about."""
    headers = list(STALE.items()) if outcome.ruleset in stale else []
    if outcome.again:
        headers.append(_AGAIN)
    elif not decided.safe:
        headers.append(NOT_LOGGED)
    return headers


class EvaluateEndpoint:
    """Answers one assessment, once the decision is logged."""

    def __init__(self, live: Live, default_ruleset: str | None, decisions: Decisions) -> None:
        self._live = live
        self._decisions = decisions
        self._default = default_ruleset

    async def __call__(self, exchange: Exchange) -> Answer:
        """The answer, or a problem."""
        call = exchange.call
        sent = idempotency_key(call.headers)
        if isinstance(sent, UnreadableBody):
            return unreadable(sent)
        body = await read_json(call.headers, exchange.body)
        if isinstance(body, UnreadableBody):
            return unreadable(body)
        answering, stale = self._live.answering, self._live.statuses.stale
        self._note(call, answering, body)
        key = None if sent is None else retry_key(call.caller, "evaluate", sent)
        decided = await self._decisions.of(call, answering, body, key)
        outcome = self._decisions.answer(call, decided, stale)
        if isinstance(outcome, Answer):
            return outcome
        return json_answer(outcome.content, headers=headers_of(outcome, decided, stale))

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


def failed(log: Log, call: Call, outcome: Failed) -> Answer:
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

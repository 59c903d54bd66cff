"""``/v1/decisions``: what was decided, and the same made again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.engine.faults import EngineFault
from service.evaluation.compiled import DoubleEntryError
from service.model.caller import Caller
from service.model.exact_json import write_json
from service.model.problem import Refusal
from service.model.ruleset import Ruleset
from service.serving.deciding import Deciding
from service.serving.erasing import ErasableDecisions
from service.serving.recording import PATIENCE_S, LogWriter, Mode, Recorder
from service.serving.refused import Refused
from service.serving.verifying import Verifier
from service.store.archive import Archive
from service.store.decisions.log import DecisionLog
from service.store.decisions.log import open_log as open_decisions
from service.store.decisions.logged import DamagedRow, Logged, document
from service.store.faults import Damaged, DatabaseFault
from service.web.body import UnreadableBody, read_json
from service.web.call import Answer, View, json_answer, this_call
from service.web.exchange import Exchange
from service.web.log import Log
from service.web.measuring import TimedWriter
from service.web.metrics import Metrics
from service.web.problems import problem, refused, unreadable

_ID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True, slots=True)
class Records:
    """What is kept of decisions: the log, what writes it, and what makes decisions again."""

    decisions: DecisionLog
    recorder: Recorder
    verifier: Verifier


def open_records(
    rulesets: Path, mode: Mode, archive: Archive, log: Log, metrics: Metrics | None = None
) -> Records:
    """The records of a folder of rulesets, in the database that its archive is in; ``metrics`` count them.

    Raises:
        DatabaseFault: the database can't be used.
    """
    decisions = open_decisions(rulesets, patience=int(PATIENCE_S))
    recorder = Recorder(_opening(decisions, metrics), log, mode)
    return Records(decisions, recorder, Verifier(archive))


def _opening(decisions: DecisionLog, metrics: Metrics | None) -> Callable[[], LogWriter]:
    return decisions.writer if metrics is None else lambda: TimedWriter(decisions.writer(), metrics)


def deciding_for(records: Records | None) -> Deciding:
    """What decides for requests; without records nothing is logged."""
    return Deciding() if records is None else Deciding(records.recorder, records.decisions)


class DecisionViews:
    """Logged decisions by their id."""

    def __init__(self, records: Records, log: Log) -> None:
        self._decisions = records.decisions
        self._verifier = records.verifier
        self._log = log

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {"decision": self.one, "verify": self.verify}

    def one(self, decision_id: str) -> Answer:
        """What was asked, and the answer as it was given."""
        try:
            found = self._found(decision_id)
        except DatabaseFault as fault:
            return _unavailable(self._log, fault)
        if found is None:
            return _unknown()
        if isinstance(found, DamagedRow):
            self._log.error(
                "decision is damaged",
                request_id=this_call().id,
                decision_id=found.decision_id,
                says=found.says,
            )
            error = Refusal("", "decision-damaged", found.says.capitalize() + ".", "Tell the operator.")
            return problem(500, "The decision can't be shown. This is logged under this instance.", (error,))
        return json_answer(document(found))

    def verify(self, decision_id: str) -> Answer:
        """The decision made again, and whether it is the same."""
        call = this_call()
        try:
            found = self._found(decision_id)
            if found is None:
                return _unknown()
            verified = self._verifier.verify(found)
        except DatabaseFault as fault:
            return _unavailable(self._log, fault)
        except (DoubleEntryError, EngineFault) as fault:
            says = {"fault": type(fault).__name__, "says": str(fault)}
            self._log.error(
                "no decision", request_id=call.id, ruleset=call.ruleset, digest=call.digest, **says
            )
            return problem(500, "It could not be decided again. The fault is logged under this instance.")
        if not verified.same:
            self._log.error(
                "decision is not the same when made again",
                request_id=call.id,
                decision_id=verified.decision_id,
                differences=len(verified.differences),
                damaged=verified.damaged,
            )
        return json_answer(write_json(verified.as_json()))

    def ruleset_of(self, decision_id: str) -> Ruleset | None:
        """The ruleset that decided, in the language of the answer; None: it can't be had."""
        try:
            found = self._found(decision_id)
            return self._verifier.ruleset_of(found) if isinstance(found, Logged) else None
        except DatabaseFault:
            return None

    def _found(self, decision_id: str) -> Logged | DamagedRow | None:
        if not _ID.fullmatch(decision_id):
            return None
        found = self._decisions.decision(decision_id.lower())
        if found is None or not this_call().caller.owns(found.clinic):
            return None
        if isinstance(found, Logged):
            this_call().decided_by(found.ruleset, found.digest)
        return found


ByRef = Callable[[ErasableDecisions, object, Caller], dict[str, Any] | Refused]
"""A use case over decisions by their ``ref``: the body of a request to a document, or why there is none."""


class ByRefEndpoint:
    """Decisions by their ``ref``, which stands in the body and nowhere else; in a thread."""

    def __init__(self, records: Records, log: Log, use_case: ByRef) -> None:
        self._decisions = records.decisions
        self._log = log
        self._use_case = use_case

    async def __call__(self, exchange: Exchange) -> Answer:
        """What the use case says, or a problem."""
        call = exchange.call
        body = await read_json(call.headers, exchange.body)
        if isinstance(body, UnreadableBody):
            return unreadable(body)
        try:
            told = await asyncio.to_thread(self._use_case, self._decisions, body, call.caller)
        except DatabaseFault as fault:
            return _unavailable(self._log, fault)
        if isinstance(told, Refused):
            return refused(told)
        if "erased" in told:
            self._log.info("decisions erased", request_id=call.id, decisions=told["erased"])
        return json_answer(write_json(told))


def _unavailable(log: Log, fault: DatabaseFault) -> Answer:
    log.error("decisions can't be read", request_id=this_call().id, says=str(fault))
    if isinstance(fault, Damaged):
        return problem(500, "The decision log is damaged. This is logged under this instance.")
    error = Refusal("", "log-unavailable", "The decision log can't be reached.", "Try again later.")
    return problem(503, "The decision log can't be reached.", (error,))


def _unknown() -> Answer:
    error = Refusal("", "unknown-decision", "No decision of that id is logged here.", "Look at decision_id.")
    return problem(404, "No decision of that id is logged here.", (error,))

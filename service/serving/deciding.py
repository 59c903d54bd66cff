"""Decide for requests: logged before it is told, and the same where a request comes again.

A request with a retry key is known by it, and the log keeps the first decision for each key. Many requests at
once are looked up there before any is decided; a single one where the log did not take its row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import time_ns
from typing import Any, cast

from service.engine.faults import EngineFault
from service.evaluation.compiled import DoubleEntryError
from service.model.caller import INTERNAL, Caller
from service.model.exact_json import write_json
from service.serving.begun import Begun
from service.serving.evaluate import Answering
from service.serving.outcome import (
    NOT_LOGGED,
    Decided,
    Failed,
    LoggedAnswer,
    Observer,
    Outcome,
    Stages,
)
from service.serving.recording import NotLogged, Recorder
from service.serving.refused import Refused
from service.serving.repeating import CANT_BE_KEPT, Past, Repeats, retry_of
from service.store.decisions.logged import Logged, Retry, logged


class Deciding:
    """Decides for requests, from any thread."""

    def __init__(
        self,
        recorder: Recorder | None = None,
        past: Past | None = None,
        observer: Observer | None = None,
    ) -> None:
        """Without a recorder and a past nothing is logged, and no request can be sent again."""
        self._recorder = recorder
        self._repeats = Repeats(past)
        self._observer = observer

    def decide(
        self,
        answering: Answering,
        bodies: Sequence[object],
        caller: Caller = INTERNAL,
        retry_keys: Sequence[str] | None = None,
    ) -> Decided:
        """What comes of request bodies; their decisions are logged together.

        ``retry_keys`` are those of the bodies, from ``retry_key``; all of them differ.
        """
        began = time_ns()
        outcomes: dict[int, Outcome] = {}
        retries: dict[int, Retry] = {}
        if retry_keys is not None:
            both = zip(retry_keys, bodies, strict=True)
            retries = {place: retry_of(key, body) for place, (key, body) in enumerate(both)}
            outcomes |= self._repeats.told_before(retries)
        rows: dict[int, Logged] = {}
        for place, body in enumerate(bodies):
            if place not in outcomes:
                outcomes[place] = self._decided(answering, body, caller, retries.get(place), place, rows)
        decided = time_ns()
        safe = self._recorded(rows, retries, outcomes)
        told = tuple(outcomes[place] for place in range(len(bodies)))
        if self._observer is not None:
            self._observer.decided(told, Stages(began, decided, time_ns()))
        return Decided(told, safe)

    def begin(
        self,
        answering: Answering,
        body: object,
        caller: Caller = INTERNAL,
        *,
        observer: Observer | None = None,
        retry_key: str | None = None,
    ) -> Begun | Decided:
        """What comes of one body; where its decision is to be logged, before it is.

        ``observer`` is told instead of the usual one. With a ``retry_key`` the log is asked now where no
        decision is made, and else, where it keeps one already, before this one is told.
        """
        began, observer = time_ns(), observer or self._observer
        retry = None if retry_key is None else retry_of(retry_key, body)
        rows: dict[int, Logged] = {}
        outcome = self._decided(answering, body, caller, retry, 0, rows)
        if rows and self._recorder is not None and isinstance(outcome, LoggedAnswer):
            return Begun(outcome, rows[0], retry, self._repeats, self._recorder, observer, began)
        decided = time_ns()
        if retry is not None:
            outcome = self._repeats.told_before({0: retry}).get(0, outcome)
        if observer is not None:
            observer.decided((outcome,), Stages(began, decided, time_ns()))
        return Decided((outcome,), safe=True)

    def _decided(
        self,
        answering: Answering,
        body: object,
        caller: Caller,
        retry: Retry | None,
        place: int,
        rows: dict[int, Logged],
    ) -> Outcome:
        try:
            answer = answering.evaluate(body, caller)
        except (DoubleEntryError, EngineFault) as fault:
            return Failed(fault)
        if isinstance(answer, Refused):
            return answer
        content = write_json(answer)
        if self._recorder is not None:
            assessment = cast(dict[str, Any], body)["assessment"]  # it was answered
            rows[place] = logged(
                assessment, answer, content, clinic=caller.clinic, api_key=caller.key, retry=retry
            )
        decided = answer["ruleset"]
        return LoggedAnswer(content, decided["id"], decided["version"], decided["digest"], answer["verdict"])

    def _recorded(
        self, rows: Mapping[int, Logged], retries: Mapping[int, Retry], outcomes: dict[int, Outcome]
    ) -> bool:
        """Log the decisions; whether what is then told of them is safe. Those that can't be are not told."""
        if self._recorder is None:
            return True
        try:
            ticket = self._recorder.record(rows.values())
        except NotLogged:
            outcomes |= dict.fromkeys(rows, NOT_LOGGED)
            return True
        if retries and not ticket.new:
            mine = {place: (retries[place], row.decision_id) for place, row in rows.items()}
            outcomes |= self._repeats.kept(mine) if ticket.safe else dict.fromkeys(mine, CANT_BE_KEPT)
        return ticket.safe

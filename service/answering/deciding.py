"""Decide for requests: logged before it is told, and the same where a request comes again.

A request with a retry key is known by it. Its decision is looked up before one is made, and once more when
it is logged: of two that came at once the log keeps one, and both are told that one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from time import time_ns
from typing import Any, Protocol, cast

import orjson

from service.answering.begun import Begun
from service.answering.evaluate import Answering
from service.answering.outcome import (
    NOT_LOGGED,
    Answer,
    Decided,
    Failed,
    Observer,
    Outcome,
    Stages,
)
from service.answering.recording import NotLogged, Recorder
from service.answering.refused import Refused
from service.engine.faults import EngineFault
from service.evaluation.compiled import DoubleEntryError
from service.library.decisions.logged import DamagedRow, Logged, Retry, logged
from service.library.faults import DatabaseFault
from service.model.caller import HOUSE, Caller
from service.model.refusal import Refusal


class Past(Protocol):
    """What is needed of the decision log."""

    def made_for(self, retry_keys: Iterable[str]) -> Mapping[str, Logged | DamagedRow]:
        """The decisions made for requests that can be sent again; raises ``DatabaseFault``."""


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
        self._past = past
        self._observer = observer

    def decide(
        self,
        answering: Answering,
        bodies: Sequence[object],
        caller: Caller = HOUSE,
        retry_keys: Sequence[str] | None = None,
    ) -> Decided:
        """What comes of request bodies; their decisions are logged together.

        ``retry_keys`` are those of the bodies, from ``retry_key``; all of them differ.
        """
        began = time_ns()
        outcomes: dict[int, Outcome] = {}
        retries: dict[int, Retry] = {}
        if retry_keys is not None:
            retries = {
                place: Retry(key, _digest_of(body))
                for place, (key, body) in enumerate(zip(retry_keys, bodies, strict=True))
            }
            outcomes |= self._told_before(retries)
        rows: dict[int, Logged] = {}
        for place, body in enumerate(bodies):
            if place not in outcomes:
                outcomes[place] = self._decided(answering, body, caller, retries.get(place), place, rows)
        decided = time_ns()
        safe = self._recorded(rows, outcomes)
        if retries and rows:
            outcomes |= self._kept({place: retries[place] for place in rows}, rows, outcomes, safe=safe)
        told = tuple(outcomes[place] for place in range(len(bodies)))
        if self._observer is not None:
            self._observer.decided(told, Stages(began, decided, time_ns()))
        return Decided(told, safe)

    def begin(
        self, answering: Answering, body: object, caller: Caller = HOUSE, observer: Observer | None = None
    ) -> Begun | Decided:
        """What comes of one body; where its decision is to be logged, before it is.

        ``observer`` is told instead of the usual one.
        """
        began, observer = time_ns(), observer or self._observer
        rows: dict[int, Logged] = {}
        outcome = self._decided(answering, body, caller, None, 0, rows)
        if rows and self._recorder is not None and isinstance(outcome, Answer):
            return Begun(outcome, rows[0], self._recorder, observer, began)
        if observer is not None:
            now = time_ns()
            observer.decided((outcome,), Stages(began, now, now))
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
        content = orjson.dumps(answer)
        if self._recorder is not None:
            assessment = cast(dict[str, Any], body)["assessment"]  # it was answered
            rows[place] = logged(
                assessment, answer, content, clinic=caller.clinic, api_key=caller.key, retry=retry
            )
        decided = answer["ruleset"]
        return Answer(content, decided["id"], decided["version"], decided["digest"], answer["verdict"])

    def _recorded(self, rows: Mapping[int, Logged], outcomes: dict[int, Outcome]) -> bool:
        """Log the decisions; those that can't be are not told. Whether what is still told is safe."""
        if self._recorder is None:
            return True
        try:
            return self._recorder.record(rows.values())
        except NotLogged:
            outcomes |= dict.fromkeys(rows, NOT_LOGGED)
            return True

    def _told_before(self, retries: Mapping[int, Retry]) -> dict[int, Outcome]:
        """What was told to the same requests before."""
        try:
            found = self._past.made_for(retry.key for retry in retries.values()) if self._past else None
        except DatabaseFault:
            found = None
        if found is None:
            return dict.fromkeys(retries, _CANT_BE_KEPT)
        return {
            place: _again(found[retry.key], retry) for place, retry in retries.items() if retry.key in found
        }

    def _kept(
        self,
        retries: Mapping[int, Retry],
        rows: Mapping[int, Logged],
        outcomes: Mapping[int, Outcome],
        *,
        safe: bool,
    ) -> dict[int, Outcome]:
        """What the log kept for requests that were just decided: theirs, or that of a quicker one."""
        asking = {place: retry for place, retry in retries.items() if isinstance(outcomes[place], Answer)}
        if not safe:
            return dict.fromkeys(asking, _CANT_BE_KEPT)
        try:
            found = self._past.made_for(retry.key for retry in asking.values()) if self._past else {}
        except DatabaseFault:
            return dict.fromkeys(asking, _CANT_BE_KEPT)
        changed: dict[int, Outcome] = {}
        for place, retry in asking.items():
            kept = found.get(retry.key)
            if kept is None:
                changed[place] = _CANT_BE_KEPT
            elif kept.decision_id != rows[place].decision_id:
                changed[place] = _again(kept, retry)
        return changed


def retry_key(caller: Caller, endpoint: str, sent: str, number: int = 0) -> str:
    """By what a request is known when it comes again: whose it is, where it went, the key it was sent with.

    ``number`` tells the requests of one batch apart.
    """
    parts = (caller.key or "", endpoint, sent, str(number))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _digest_of(body: object) -> str:
    """A digest of what a body says, whatever the order of its members."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _again(kept: Logged | DamagedRow, retry: Retry) -> Outcome:
    if isinstance(kept, DamagedRow):
        return _DAMAGED
    if kept.request_sha256 != retry.request_sha256:
        return _CONFLICT
    return Answer(kept.answer, kept.ruleset, kept.version, kept.digest, kept.verdict, again=True)


_CANT_BE_KEPT = Refused(
    "not_logged",
    "A request with an Idempotency-Key is answered only while the log can be read and written.",
    (Refusal("", "not-logged", "The decision could not be logged.", "Send the request again soon."),),
)
_CONFLICT = Refused(
    "conflict",
    "That Idempotency-Key was sent before with another body.",
    (
        Refusal(
            "",
            "idempotency-conflict",
            "The key belongs to a request with another body.",
            "Send a new key with a new request, and the same body with the same key.",
        ),
    ),
)
_DAMAGED = Refused(
    "not_ready",
    "The decision that was made for this request is damaged in the log.",
    (Refusal("", "decision-damaged", "The logged decision is damaged.", "Tell the operator."),),
)

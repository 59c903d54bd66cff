"""Log before answering: a pending decision is made, handed to the group commit, and told once it is safe.

A request with a retry key is known by it, and the log keeps the first decision for each key. Many requests at
once are looked up there before any is decided; a single one where the log did not take its row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import time_ns
from typing import Any, Protocol, cast

import orjson

from schemas.request import DecisionKind
from service.engine.faults import EngineFault
from service.evaluation.compiled import DoubleEntryError
from service.model.caller import INTERNAL, Caller
from service.model.exact_json import write_json
from service.model.problem import Refusal
from service.serving.evaluate import Answering, Languages
from service.serving.outcome import (
    NOT_LOGGED,
    Decided,
    Failed,
    LoggedAnswer,
    Observer,
    Outcome,
    Stages,
)
from service.serving.recording import Recorder, Ticket
from service.serving.refused import Refused
from service.store.decisions.logged import DamagedRow, Logged, Retry, logged
from service.store.faults import DatabaseFault

CANT_BE_KEPT = Refused(
    "not_logged",
    "A request with an Idempotency-Key is answered only while the log can be read and written.",
    (Refusal("", "not-logged", "The decision could not be logged.", "Send the request again soon."),),
)
_CONFLICT = Refused(
    "conflict",
    "That Idempotency-Key was sent before with another body, or for an answer in another language.",
    (
        Refusal(
            "",
            "idempotency-conflict",
            "The key belongs to a request with another body, or for an answer in another language.",
            "Send a new key with a new request, and the same body and Accept-Language with the same key.",
        ),
    ),
)
_DAMAGED = Refused(
    "not_ready",
    "The decision that was made for this request is damaged in the log.",
    (Refusal("", "decision-damaged", "The logged decision is damaged.", "Tell the operator."),),
)


class Past(Protocol):
    """What is needed of the decision log."""

    def made_for(self, retry_keys: Iterable[str]) -> Mapping[str, Logged | DamagedRow]:
        """The decisions made for requests that can be sent again; raises ``DatabaseFault``."""


class Repeats:
    """What was told to requests before, by the log of decisions."""

    def __init__(self, past: Past | None) -> None:
        """Without a past no request can be sent again."""
        self._past = past

    def earlier_outcomes(self, retries: Mapping[int, Retry]) -> dict[int, Outcome]:
        """What was told to the same requests before, as far as they are known."""
        found = self._found(retries.values())
        if found is None:
            return dict.fromkeys(retries, CANT_BE_KEPT)
        return {
            place: _again(found[retry.key], retry) for place, retry in retries.items() if retry.key in found
        }

    def kept(self, mine: Mapping[int, tuple[Retry, str]]) -> dict[int, Outcome]:
        """What is told instead of decisions just made, given with their ids, where the log kept others."""
        found = self._found(retry for retry, _ in mine.values())
        changed: dict[int, Outcome] = {}
        for place, (retry, decision_id) in mine.items():
            kept = None if found is None else found.get(retry.key)
            if kept is None:
                changed[place] = CANT_BE_KEPT
            elif kept.decision_id != decision_id:
                changed[place] = _again(kept, retry)
        return changed

    def _found(self, retries: Iterable[Retry]) -> Mapping[str, Logged | DamagedRow] | None:
        """The decisions in the log, by retry key; None: it can't be read."""
        try:
            return None if self._past is None else self._past.made_for(retry.key for retry in retries)
        except DatabaseFault:
            return None


def retry_key(caller: Caller, endpoint: str, sent: str, number: int = 0) -> str:
    """By what a request is known when it comes again: whose it is, where it went, the key it was sent with.

    ``number`` tells the requests of one batch apart.
    """
    parts = (caller.key or "", endpoint, sent, str(number))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def retry_of(key: str, body: object, language: str | None = None) -> Retry:
    """By what a body is known that was sent with a key: whatever the order of its members.

    ``language``: the one in which it is answered, where neither it nor the ruleset says so.
    """
    content = write_json(body, orjson.OPT_SORT_KEYS) + (language or "").encode()
    return Retry(key, hashlib.sha256(content).hexdigest())


def _again(kept: Logged | DamagedRow, retry: Retry) -> Outcome:
    if isinstance(kept, DamagedRow):
        return _DAMAGED
    if kept.request_sha256 != retry.request_sha256:
        return _CONFLICT
    return LoggedAnswer(kept.answer, kept.ruleset, kept.version, kept.digest, kept.verdict, True, kept.kind)


class Deciding:
    """Decides for requests, from any thread."""

    def __init__(self, recorder: Recorder | None = None, past: Past | None = None) -> None:
        """Without a recorder and a past nothing is logged, and no request can be sent again."""
        self.recorder = recorder
        self.repeats = Repeats(past)

    @property
    def patience(self) -> float:
        """Seconds that a request waits for the log."""
        return 0.0 if self.recorder is None else self.recorder.patience

    def begin(
        self,
        answering: Answering,
        caller: Caller = INTERNAL,
        observer: Observer | None = None,
        accepted: Languages = (),
        kind: DecisionKind = "decision",
    ) -> PendingDecision:
        """The decision on the bodies of one request; ``observer`` is told what came of them.

        ``accepted`` are the languages that the caller takes where a body names none, the best first. The
        decision is of that ``kind``, unless a body says that it is a test.
        """
        return PendingDecision(self, answering, caller, observer, accepted, kind)


class PendingDecision:
    """What comes of the bodies of one request, until it may be told.

    ``decide`` each body, ``hand_in`` what was decided, and when the ticket is settled it is ``told``. Only
    ``look_up``, and ``told`` where it ``must_ask``, wait for the log.
    """

    def __init__(
        self,
        deciding: Deciding,
        answering: Answering,
        caller: Caller,
        observer: Observer | None,
        accepted: Languages,
        kind: DecisionKind,
    ) -> None:
        self._recorder = deciding.recorder
        self._repeats = deciding.repeats
        self._answering = answering
        self._caller = caller
        self._observer = observer
        self._accepted = accepted
        self._kind: DecisionKind = kind
        self._outcomes: list[Outcome] = []
        self._rows: dict[int, Logged] = {}
        self._retries: dict[int, Retry] = {}
        self._known: dict[int, Outcome] | None = None
        self._began = self._decided_at = time_ns()

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """What came of the bodies so far, before any of it is logged."""
        return self._outcomes

    def look_up(self, bodies: Sequence[object], retry_keys: Sequence[str]) -> None:
        """Ask the log which of these bodies, all that will be decided, were decided before.

        ``retry_keys`` are theirs, from ``retry_key``; all of them differ.
        """
        both = zip(retry_keys, bodies, strict=True)
        self._retries = {place: self._retry(key, body) for place, (key, body) in enumerate(both)}
        self._known = self._repeats.earlier_outcomes(self._retries)

    def decide(self, body: object, retry_key: str | None = None) -> Outcome:
        """Decide the next body. With a ``retry_key`` it can be sent again.

        Raises:
            Exception: a fault of ours that nobody foresaw; the body's place is taken all the same.
        """
        place = len(self._outcomes)
        if retry_key is not None:
            self._retries[place] = self._retry(retry_key, body)
        known = None if self._known is None else self._known.get(place)
        try:
            outcome = known or self._decided(body, place)
        except Exception as error:
            self._outcomes.append(Failed(error))
            raise
        self._outcomes.append(outcome)
        self._decided_at = time_ns()
        return outcome

    def hand_in(self, then: Callable[[Ticket], None]) -> Ticket | None:
        """Have all that was decided logged, see ``Recorder.hand_in``; None: there is nothing to log."""
        if self._recorder is None or not self._rows:
            return None
        return self._recorder.hand_in(self._rows.values(), then)

    def give_up(self, ticket: Ticket) -> None:
        """Wait no longer for the log."""
        if self._recorder is not None:
            self._recorder.give_up(ticket)

    def must_ask(self, ticket: Ticket | None) -> bool:
        """Whether the log has to be asked before it is told: it may have kept a decision made before."""
        if not self._retries:
            return False
        if ticket is not None:
            return ticket.safe and not ticket.new
        return self._known is None

    def decided(self, ticket: Ticket | None) -> Decided:
        """What is told, now that the ticket is settled."""
        safe, instead = True, dict[int, Outcome]()
        if ticket is not None and not ticket.safe:
            if self._recorder is not None and self._recorder.mode == "required":
                instead |= dict.fromkeys(self._rows, NOT_LOGGED)
            else:
                safe = False
                instead |= dict.fromkeys(self._retries.keys() & self._rows.keys(), CANT_BE_KEPT)
        elif self.must_ask(ticket):
            instead = self._kept()
        told = tuple(self._outcomes)
        if instead:
            told = tuple(instead.get(place, outcome) for place, outcome in enumerate(told))
        if self._observer is not None:
            self._observer.decided(told, Stages(self._began, self._decided_at, time_ns()))
        return Decided(told, safe)

    def _kept(self) -> dict[int, Outcome]:
        """What is told instead, where the log kept decisions that were made before."""
        rows, retries = self._rows, self._retries
        mine = {place: (retries[place], row.decision_id) for place, row in rows.items()}
        kept = self._repeats.kept(mine) if mine else {}
        if self._known is None:
            kept |= self._repeats.earlier_outcomes(
                {place: retry for place, retry in retries.items() if place not in rows}
            )
        return kept

    def _retry(self, key: str, body: object) -> Retry:
        return retry_of(key, body, self._answering.language_for(body, self._caller, self._accepted))

    def _decided(self, body: object, place: int) -> Outcome:
        try:
            asked = self._answering.asked(body, self._caller, accepted=self._accepted)
            if isinstance(asked, Refused):
                return asked
            answer = self._answering.answer(asked, in_pieces=True)
        except (DoubleEntryError, EngineFault) as fault:
            return Failed(fault)
        if isinstance(answer, Refused):
            return answer
        content = write_json(answer)
        kind = "test" if asked.request.get("test") else self._kind
        if self._recorder is not None:
            assessment = cast(dict[str, Any], body)["assessment"]  # it was answered
            self._rows[place] = logged(
                assessment,
                answer,
                content,
                clinic=self._caller.clinic,
                api_key=self._caller.key,
                retry=self._retries.get(place),
                language_version=asked.ready.compiled.ruleset.language_version,
                kind=kind,
                ref=asked.request.get("ref"),
                origin=self._caller.origin,
            )
        ruleset = answer["ruleset"]
        return LoggedAnswer(
            content, ruleset["id"], ruleset["version"], ruleset["digest"], answer["verdict"], kind=kind
        )

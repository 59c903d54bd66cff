"""Requests that come again: each is known by its retry key, and the log keeps one decision for each key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Protocol

import orjson

from service.model.caller import Caller
from service.model.exact_json import write_json
from service.model.problem import Refusal
from service.serving.outcome import LoggedAnswer, Outcome
from service.serving.refused import Refused
from service.store.decisions.logged import DamagedRow, Logged, Retry
from service.store.faults import DatabaseFault

CANT_BE_KEPT = Refused(
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


class Past(Protocol):
    """What is needed of the decision log."""

    def made_for(self, retry_keys: Iterable[str]) -> Mapping[str, Logged | DamagedRow]:
        """The decisions made for requests that can be sent again; raises ``DatabaseFault``."""


class Repeats:
    """What was told to requests before, by the log of decisions."""

    def __init__(self, past: Past | None) -> None:
        """Without a past no request can be sent again."""
        self._past = past

    def told_before(self, retries: Mapping[int, Retry]) -> dict[int, Outcome]:
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


def retry_of(key: str, body: object) -> Retry:
    """By what a body is known that was sent with a key: whatever the order of its members."""
    return Retry(key, hashlib.sha256(write_json(body, orjson.OPT_SORT_KEYS)).hexdigest())


def _again(kept: Logged | DamagedRow, retry: Retry) -> Outcome:
    if isinstance(kept, DamagedRow):
        return _DAMAGED
    if kept.request_sha256 != retry.request_sha256:
        return _CONFLICT
    return LoggedAnswer(kept.answer, kept.ruleset, kept.version, kept.digest, kept.verdict, again=True)

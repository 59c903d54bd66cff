"""A logged decision made again, under the archived edition it was made with: the same bytes, or not."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson

from schemas.responses import VerificationSchema
from service.engine.faults import EngineFault
from service.evaluation.compiled import CompiledRuleset
from service.model.exact_json import read_json, write_json
from service.model.problem import Refusal, pointer
from service.model.ruleset import Ruleset
from service.serving.choosing import Editions, Ready
from service.store.decisions.logged import DamagedRow, Logged
from service.store.editions import EditionKey, readable
from service.store.faults import Damaged, NeverServed

UNSIGNED = "not-signed-off"
"""The warning that an answer carries while nobody has signed off its digest."""

SIGNED_SINCE = "same but for the sign-off: the edition was signed off since"
UNSIGNED_SINCE = "same but for the sign-off: the edition is not signed off any more"

MOST_DIFFERENCES = 10
"""So many differences of one decision are named; a person sees from the first what is wrong."""

_NEW_IN_A_VERSION = ("ref", "test")
"""Members of answers that came within a version of the language: what was decided before lacks them."""

_MOST_KEPT = 4
_SCHEMA = VerificationSchema()
_MISSING = object()


@dataclass(frozen=True, slots=True)
class AnswerDifference:
    """A member that is not the same: as it was logged, and as it is now (None: it is not there)."""

    pointer: str
    logged: Any
    again: Any


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of making a decision again.

    ``same``: byte for byte the same answer, but for its id and its time. ``damaged`` says what is damaged,
    the row or the archive, so that nothing could be compared. ``note`` says what has changed about the
    sign-off, which is no part of a digest: the answer is made again as it was signed then.
    """

    decision_id: str
    same: bool
    differences: tuple[AnswerDifference, ...] = ()
    damaged: str | None = None
    note: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As the service gives it."""
        data: dict[str, Any] = _SCHEMA.dump(
            {
                "decision_id": self.decision_id,
                "same": self.same,
                "differences": [
                    {"pointer": one.pointer, "logged": one.logged, "again": one.again}
                    for one in self.differences
                ],
                "damaged": self.damaged,
                "note": self.note,
            }
        )
        return data


class Verifier:
    """Makes decisions again, from any thread; a few editions are kept compiled."""

    def __init__(self, editions: Editions, *, look_once: bool = False) -> None:
        """``look_once``: an edition is read from the archive for its first decision, and not for each."""
        self._editions = editions
        self._look_once = look_once
        self._kept: OrderedDict[tuple[EditionKey, bool], Ready] = OrderedDict()
        self._signed: dict[str, bool] = {}
        self._making = threading.Lock()

    def verify(self, found: Logged | DamagedRow) -> Verified:
        """Evaluate a decision again and compare.

        Raises:
            Unavailable: the archive can't be reached.
            DoubleEntryError: engine and evaluator differ on what fires.
        """
        if isinstance(found, DamagedRow):
            return Verified(found.decision_id, same=False, damaged=found.says)
        was = orjson.loads(found.answer)
        signed_then = all(warning["code"] != UNSIGNED for warning in was["warnings"])
        try:
            key = EditionKey(found.digest, found.language_version)
            ready, signed_now = self._edition(key, signed_then)
        except NeverServed:
            says = f"the archive has no edition {found.digest}"
            return Verified(found.decision_id, same=False, damaged=says)
        except Damaged as damaged:
            return Verified(found.decision_id, same=False, damaged=str(damaged))
        differences = _compared(found, was, ready)
        note = None
        if signed_then != signed_now:
            note = SIGNED_SINCE if signed_now else UNSIGNED_SINCE
        return Verified(
            found.decision_id,
            same=not differences,
            differences=differences,
            note=None if differences else note,
        )

    def ruleset_of(self, found: Logged) -> Ruleset:
        """The ruleset that decided, in the language of the answer.

        Raises:
            DatabaseFault: the edition can't be had from the archive, or is damaged there.
        """
        was = orjson.loads(found.answer)
        ready, _ = self._edition(EditionKey(found.digest, found.language_version), signed=True)
        told = ready.compiled.by_language
        return told.get(was.get("language"), ready.compiled.ruleset)

    def _edition(self, wanted: EditionKey, signed: bool) -> tuple[Ready, bool]:
        """The edition, signed off or not as it was then; and whether it is now."""
        with self._making:
            key = wanted, signed
            if self._look_once and key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key], self._signed[wanted.digest]
            edition = self._editions.edition(*wanted)  # also where it is compiled: damage must be said
            self._signed[wanted.digest] = edition.signed_off
            if key not in self._kept:
                try:
                    self._kept[key] = Ready(CompiledRuleset(readable(replace(edition, signed_off=signed))))
                except EngineFault as fault:
                    name = f"version {edition.version} of {edition.ruleset}"
                    raise Damaged(f"the engine does not take {name} any more: {fault}") from fault
                if len(self._kept) > _MOST_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key], edition.signed_off


def _compared(found: Logged, was: dict[str, Any], ready: Ready) -> tuple[AnswerDifference, ...]:
    month = date.fromisoformat(found.as_of).month
    language = was.get("language")
    if language not in ready.compiled.by_language:
        language = None
    decision = ready.compiled.decide(read_json(found.assessment), month, language)
    if isinstance(decision, tuple):
        return tuple(map(_refused, decision[:MOST_DIFFERENCES]))
    again = ready.writer.write(
        decision,
        decision_id=found.decision_id,
        evaluated_at=found.evaluated_at,
        as_of=found.as_of,
        explain="not_fired" in was,
        ref=was.get("ref"),
        test=was.get("test", False),
        lacking=next((one["language"] for one in was["warnings"] if "language" in one), None),
    )
    for name in _NEW_IN_A_VERSION:
        if name not in was:
            again.pop(name, None)
    written = write_json(again)
    if written == found.answer:
        return ()
    differences = []
    for difference in differing(read_json(found.answer), read_json(written)):
        differences.append(difference)
        if len(differences) == MOST_DIFFERENCES:
            break
    return tuple(differences) or (AnswerDifference("", "the same data", "in other bytes"),)


def differing(was: Any, again: Any, path: tuple[str | int, ...] = ()) -> Iterator[AnswerDifference]:
    """What differs between two pieces of JSON data, in the order of the first."""
    if isinstance(was, dict) and isinstance(again, dict):
        for name in {**was, **again}:
            yield from differing(was.get(name, _MISSING), again.get(name, _MISSING), (*path, name))
    elif isinstance(was, list) and isinstance(again, list):
        for index in range(max(len(was), len(again))):
            old, new = (one[index] if index < len(one) else _MISSING for one in (was, again))
            yield from differing(old, new, (*path, index))
    elif type(was) is not type(again) or was != again:
        yield AnswerDifference(pointer(*path), *(None if one is _MISSING else one for one in (was, again)))


def _refused(refusal: Refusal) -> AnswerDifference:
    return AnswerDifference(refusal.pointer, "accepted", f"refused: {refusal.message}")

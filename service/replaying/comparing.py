"""A logged answer beside the one that other rules give: what has changed, and which rules did it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from schemas.language import ANSWER, members
from service.model.refusal import Refusal
from service.serving.verifying import UNSIGNED

Kind = Literal["refused", "plan", "words", "reasons", "same"]
"""``refused``: the assessment is invalid now. ``plan``: the verdict, a number or what is unanswered differs.
``words``: the plan is the same, what is told with it is not. ``reasons``: only why differs."""

PLAN = members(matters="plan")
WORDS = members(matters="words")
REASONS = tuple(name for name in members(matters="reasons") if not ANSWER[name].optional)

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One member of the answer, as it was logged and as it would be."""

    member: str
    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Blamed:
    """The rules that fire only in the logged answer, only now, or in both but with other effects."""

    no_longer: tuple[str, ...]
    now: tuple[str, ...]
    edited: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What other rules make of one decision; ``mistakes`` says why it is refused."""

    kind: Kind
    changes: tuple[Change, ...] = ()
    mistakes: tuple[Refusal, ...] = ()


SAME = Outcome("same")


def compared(was: Answer, now: Answer | tuple[Refusal, ...]) -> Outcome:
    """What has changed. Where rules stand in their files, and who has signed them, is no change."""
    if isinstance(now, tuple):
        return Outcome("refused", mistakes=now)
    plan = _changes(PLAN, was, now)
    words = [change for change in _changes(WORDS, was, now) if _told(change.was) != _told(change.now)]
    if plan:
        return Outcome("plan", (*plan, *words))
    if words:
        return Outcome("words", tuple(words))
    reasons = [change for change in _changes(REASONS, was, now) if _why(change.was) != _why(change.now)]
    return Outcome("reasons", tuple(reasons)) if reasons else SAME


def blamed(was: Answer, now: Answer) -> Blamed:
    """Which rules make the difference between two answers."""
    before = {hit["rule"]: hit["effects"] for hit in was["fired"]}
    after = {hit["rule"]: hit["effects"] for hit in now["fired"]}
    return Blamed(
        no_longer=tuple(rule for rule in before if rule not in after),
        now=tuple(rule for rule in after if rule not in before),
        edited=tuple(rule for rule in before if rule in after and before[rule] != after[rule]),
    )


def _changes(names: Iterable[str], was: Answer, now: Answer) -> list[Change]:
    """What differs. A member that an older answer has not yet, and that is empty now, is no change."""
    return [
        Change(name, was.get(name), now.get(name))
        for name in names
        if (was.get(name) or None) != (now.get(name) or None)
    ]


def _told(value: Any) -> Any:
    """What is told, whichever rule tells it."""
    if not isinstance(value, list):
        return value
    return [
        {name: said for name, said in one.items() if name != "rule"} if isinstance(one, dict) else one
        for one in value
    ]


def _why(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [
        {name: said for name, said in one.items() if name != "defined_at"}
        for one in value
        if one.get("code") != UNSIGNED
    ]

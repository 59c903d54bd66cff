"""Pictures of an answer as places and sizes: how its numbers come about, and when its sessions might be.

Each has a sentence that says the same, and everything in it stands in words beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from unicodedata import east_asian_width

from schemas.json_numbers import JsonNumber
from schemas.words import QUANTITIES
from service.model.ruleset import SESSIONS_DONE, Ruleset
from service.wording.answers import number_words, range_words
from service.wording.phrases import counted
from service.wording.steps import WorkedStep

MOST_ROWS = 30
"""A picture has no more rows; what has more is told in words alone."""

_LEFT, _RIGHT = 6, 354
_MOST_COLUMNS = 52
_MOST_MARKS = 8
_ISOLATED = "\u2068{}\u2069"


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a picture: what it is called, what it comes to, and from where to where its bar reaches.

    ``middle``: where the typical number is; ``kind`` how it is drawn.
    """

    label: str
    says: str
    left: float
    width: float
    middle: float | None
    kind: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows of bars over one scale: ``marks`` are numbers or days with their places."""

    sentence: str
    bars: tuple[Bar, ...]
    marks: tuple[tuple[str, float], ...]


def waterfall(
    ruleset: Ruleset, of: str, steps: Sequence[Mapping[str, Any]], worked: Sequence[WorkedStep]
) -> Picture | None:
    """How a number comes about, a bar from min to max for each step; bases that are not used are set off.

    ``steps`` are those of the answer for the number, ``worked`` the same in words. None: too many of them.
    """
    if not 0 < len(steps) <= MOST_ROWS:
        return None
    titles = {rule.id: rule.title for rule in ruleset.rules}
    low = min(0.0, *(float(step["min"]) for step in steps))
    high = max(float(step["max"]) for step in steps) or 1.0
    scale = _Scale(low, high)
    bars = []
    for step, words in zip(steps, worked, strict=True):
        called = titles.get(step["rule"], words.why)
        unused = step["does"] == "base_not_used"
        move = "" if words.move == "base" else f"{words.move}  "
        bars.append(
            Bar(
                f"{move}{_short(called, _MOST_COLUMNS - len(move) - len(words.now))}",
                words.now,
                *scale.span(step["min"], step["max"]),
                None if unused else scale.at(step["typical"]),
                "unused" if unused else "last" if step is steps[-1] else "step",
            )
        )
    used = [step for step in steps if step["does"] != "base_not_used"] or list(steps)
    first, last = used[0], used[-1]
    ends = f"{_three(first)} to {_three(last)}" if first is not last else _three(last)
    named = QUANTITIES[of].several if of == "sessions" else QUANTITIES[of].named  # type: ignore[index]
    sentence = f"How the {named} come about, in {counted(len(steps), 'step')}: {ends} (min, typical, max)."
    return Picture(sentence, tuple(bars), scale.marks())


@dataclass(frozen=True, slots=True)
class SessionTime:
    """When a session might be, or the review: in weeks from the next one, and in days where one is chosen."""

    what: str
    weeks: str
    days: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the sessions that are still needed might be; the picture is None where they are too many."""

    times: tuple[SessionTime, ...]
    picture: Picture | None


def calendar(assessment: Mapping[str, Any], answer: Mapping[str, Any], day: date | None) -> Calendar | None:
    """Session k lies between (k-1) x min and (k-1) x max weeks from the next one, which is on ``day``.

    None: the answer has no number of sessions, or no weeks between them.
    """
    still = answer["remaining"] or answer["sessions"]
    weeks = answer["interval_weeks"]
    if still is None or weeks is None or still["max"] < 1:
        return None
    done = int(assessment.get(SESSIONS_DONE) or 0)
    rows = [
        (f"Session {done + k}", (k - 1) * weeks["min"], (k - 1) * weeks["max"], k <= still["min"])
        for k in range(1, int(still["max"]) + 1)
    ]
    review = answer["review_weeks"]
    if review is not None:
        rows.append(("We look again", review["min"], review["max"], True))
    times = tuple(
        SessionTime(f"{what}{'' if sure else ', if needed'}", _weeks(low, high), _days(day, low, high))
        for what, low, high, sure in rows
    )
    if len(rows) > MOST_ROWS:
        return Calendar(times, None)
    scale = _Scale(0.0, max(float(high) for _, _, high, _ in rows) or 1.0)
    bars = tuple(
        Bar(
            what,
            time.days or time.weeks,
            *scale.span(low, high),
            None,
            "review" if what == rows[-1][0] and review is not None else "step" if sure else "perhaps",
        )
        for (what, low, high, sure), time in zip(rows, times, strict=True)
    )
    sentence = f"When the sessions might be: {counted(int(still['max']), 'session')} at most"
    sentence += f", {range_words(weeks, 'interval_weeks')} apart." if still["max"] > 1 else "."
    return Calendar(times, Picture(sentence, bars, scale.marks("week ")))


class _Scale:
    """Where numbers are drawn, from ``low`` to ``high``."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high

    def at(self, number: JsonNumber) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * (float(number) - self._low) / (self._high - self._low), 1)

    def span(self, low: JsonNumber, high: JsonNumber) -> tuple[float, float]:
        """From where a bar reaches, and how wide it is: never so narrow that it is not seen."""
        left = self.at(low)
        return left, max(round(self.at(high) - left, 1), 4)

    def marks(self, before: str = "") -> tuple[tuple[str, float], ...]:
        """Round numbers along the scale."""
        step = _round_step((self._high - self._low) / _MOST_MARKS)
        first = math.ceil(self._low / step)
        numbers = [number * step for number in range(first, math.floor(self._high / step) + 1)]
        return tuple(
            (f"{before if not place else ''}{one}", self.at(one)) for place, one in enumerate(numbers)
        )


def _round_step(least: float) -> int:
    steps: Iterable[int] = (ten * one for ten in (1, 10, 100, 1_000, 10_000) for one in (1, 2, 5))
    return next((step for step in steps if step >= least), max(1, math.ceil(least)))


def _three(step: Mapping[str, Any]) -> str:
    return ", ".join(number_words(step[part]) for part in ("min", "typical", "max"))


def _weeks(low: JsonNumber, high: JsonNumber) -> str:
    if not high:
        return "to begin with"
    ends = number_words(low) if low == high else f"{number_words(low)} to {number_words(high)}"
    return f"{ends} {'week' if ends == '1' else 'weeks'} later"


def _days(day: date | None, low: JsonNumber, high: JsonNumber) -> str:
    """The days on which that is; nothing where none was chosen, or the calendar ends before."""
    if day is None:
        return ""
    try:
        first, last = (day + timedelta(weeks=float(number)) for number in (low, high))
    except OverflowError:
        return ""
    return first.isoformat() if first == last else f"{first.isoformat()} to {last.isoformat()}"


def _short(text: str, columns: int) -> str:
    """The text cut to so many columns, kept to itself whatever its direction."""
    taken, room = "", columns
    for sign in text:
        room -= 2 if east_asian_width(sign) in "WF" else 1
        if room < 1:
            taken += "…"
            break
        taken += sign
    return _ISOLATED.format(taken)

"""`then`: every effect, and none that contradicts another in the same rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from schemas.language import EFFECTS
from tests.generated.choosing import Choices, tidy
from tests.generated.questions import Assessment

_WORDS = (
    "Rest first",
    "Look again",
    "Keep it cool",
    "Sun protection",
    "Burns and marks",
    "Some fading",
    "Half of it",
)
_WHOLE_WEIGHTS = (1, 2, 4, 10, 100)
NUMBER_EFFECTS = tuple(effect.key for effect in EFFECTS.values() if effect.quantity is not None)


@dataclass(frozen=True)
class Means:
    """What effects may use: limits, attributes by role, scores, benefits, and whether there is progress."""

    sessions: tuple[int, int]
    weeks: tuple[int, int]
    made: Assessment
    benefits: tuple[str, ...]
    interval_attributes: bool

    def role(self, called: str) -> list[str]:
        """The attributes that an effect of this kind may name."""
        return self.made.roles.get(called, [])


def effects(choices: Choices, means: Means, scores: Sequence[str], may_be_empty: bool) -> dict[str, Any]:
    """What a rule does, beside conclusions and points. `scores` are those that a base may rest on."""
    then: dict[str, Any] = {}
    gate = choices.whole(0, 99)
    if gate >= 95:
        then[choices.pick(("stop", "no numbers"))] = choices.pick(_WORDS)
        if choices.chance(25):
            then["add interval weeks"] = choices.whole(1, 6)
    elif not (may_be_empty and choices.chance(50)):
        _numbers(choices, means, scores, then)
    _texts(choices, means, then)
    if not then and not may_be_empty:
        then["advise"] = choices.pick(_WORDS)
    return then


def _numbers(choices: Choices, means: Means, scores: Sequence[str], then: dict[str, Any]) -> None:
    if choices.chance(55):
        if scores and choices.chance(40):
            then["sessions from score"] = _from_score(choices, choices.pick(scores))
        else:
            least, most = means.sessions
            then["sessions"] = _whole_range(
                choices, least, choices.pick((least, least + 2, most - 1, most - 1))
            )
        if choices.chance(70):
            then["interval weeks"] = _whole_range(choices, *means.weeks)
    elif choices.chance(10):
        then["interval weeks"] = _whole_range(choices, *means.weeks)
    if choices.chance(18):
        then["sessions times"] = _factor(choices, means.role("times"))
    if choices.chance(15):
        then["add sessions"] = _whole_range(choices, -2, 3)
    if choices.chance(10):
        then["most sessions"] = _named_or(
            choices, means.role("most"), choices.whole(*means.made.most_sessions)
        )
    if choices.chance(12):
        weeks = means.role("weeks") if means.interval_attributes else []
        then["add interval weeks"] = _named_or(choices, weeks, _whole_range(choices, -3, 6))
    _visits(choices, then)
    if means.made.progress:
        if choices.chance(35):
            then["remaining from progress"] = progress(choices, means)
        if choices.chance(12):
            then["refer when slow"] = slow(choices)


def _visits(choices: Choices, then: dict[str, Any]) -> None:
    """When to come again."""
    if choices.chance(15):
        then["review weeks"] = _whole_range(choices, 1, 16)
    if choices.chance(10):
        then["maintenance weeks"] = _whole_range(choices, 4, 52)


def _whole_range(choices: Choices, low: int, high: int) -> Any:
    """Whole numbers as a range in any of its three forms."""
    first, second, third = sorted(choices.whole(low, high) for _ in range(3))
    form = choices.pick(("parts", "to", "one", "dash"))
    if form == "one":
        return second
    if form == "parts":
        return {"min": first, "typical": second, "max": third}
    return f"{first}{choices.pick(('-', chr(0x2013))) if form == 'dash' and first >= 0 else ' to '}{third}"


def _factor(choices: Choices, attributes: list[str]) -> Any:
    """A factor above 0: an attribute, a number, or a range whose middle is exact."""
    if attributes and choices.chance(60):
        return choices.pick(attributes)
    first, second, third = sorted(tidy(Decimal(choices.whole(50, 200)) / 100) for _ in range(3))
    form = choices.pick(("one", "to", "parts"))
    if form == "one":
        return second
    if form == "to":
        return f"{first} to {third}"
    return {"min": first, "typical": second, "max": third}


def _named_or(choices: Choices, attributes: list[str], otherwise: Any) -> Any:
    return choices.pick(attributes) if attributes and choices.chance(60) else otherwise


def _from_score(choices: Choices, score: str) -> dict[str, Any]:
    return {
        "score": score,
        "times": choices.pick((1, Decimal("0.8"), Decimal("0.5"), Decimal("1.25"))),
        "spread": choices.pick((0, 1, Decimal("2.5"))),
        "at least": choices.whole(1, 3),
    }


def progress(choices: Choices, means: Means) -> dict[str, Any]:
    """The plan made again: gains that shrink or are even, with an expectation or without."""
    even = choices.chance(40)
    target = choices.pick((75, 50, 90, 95, 25, Decimal("62.5"), *((100,) if even else ())))
    made: dict[str, Any] = {"improvement": "improvement_pct", "sessions": "sessions_done"}
    made["target"] = _named_or(choices, means.role("pct"), target)
    if choices.chance(70):
        made["margin"] = choices.pick((10, 5, 0, 20, Decimal("2.5"), 60, 100))
    if even or choices.chance(30):
        made["gains"] = "even" if even else "shrinking"
    if choices.chance(65):
        made["expected"] = _expected(choices, means, even)
        if choices.chance(60):
            made["weight"] = choices.pick(_WHOLE_WEIGHTS) if choices.chance(50) else choices.decimal(0, 100)
            made["weight"] = made["weight"] or Decimal("0.01")
    return made


_WEIGHTS = (
    1,
    2,
    Decimal("0.5"),
    Decimal("3.75"),
    10,
    Decimal("0.01"),
    100,
    Decimal("0.01"),
    Decimal("99.99"),
)


def _expected(choices: Choices, means: Means, even: bool) -> dict[str, Any]:
    if even:
        return {"adds": _named_or(choices, means.role("adds"), choices.pick((6, 12, Decimal("2.5"), 30, 1)))}
    return {"clears": choices.pick((75, 50, 90, 95, Decimal("62.5"), 20, 99, Decimal("0.5")))}


def slow(choices: Choices) -> dict[str, Any]:
    """A referral where the last sessions gave too little."""
    return {
        "gain": "gain_pct",
        "over": choices.whole(1, 3),
        "share": choices.pick((33, 50, Decimal("12.5"), 90, 100)),
        "text": choices.pick(_WORDS),
    }


def _texts(choices: Choices, means: Means, then: dict[str, Any]) -> None:
    for effect, percent in (("refer", 4), ("expect", 12), ("advise", 12)):
        if choices.chance(percent):
            then[effect] = choices.pick(_WORDS)
    if "advise" in then and choices.chance(30):
        moments = choices.some(("before", "same day", "after"), 1, 3)
        then["advise"] = {moment: choices.pick(_WORDS) for moment in moments}
    if choices.chance(4):
        then["defer"] = choices.pick(_WORDS)
        if choices.chance(75):
            then["until"] = "healed"
        if choices.chance(75):
            then["defer weeks"] = choices.whole(1, 12)
    if means.benefits and choices.chance(25):
        then["benefits"] = choices.some(means.benefits, 1, 3)
    if choices.chance(20):
        then["one session"] = "will not suffice" if choices.chance(20) else "may suffice"

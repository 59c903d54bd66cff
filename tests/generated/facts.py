"""Conclusions and scores, each at a stage: rules that add to one read only facts of lower stages, so none go
round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.generated.choosing import Choices
from tests.generated.subjects import Subject

STAGES = 4
_FLAGS = ("high_risk", "deep", "slow", "mixed")
_SCORES = ("kirby_desai", "burden")
_LEVELS = {"risk": ("low", "medium", "high"), "effort": ("small", "large")}


@dataclass(frozen=True)
class Fact:
    """A flag, a level or a score. `levels` holds the declared levels, `reached` those that surely have a
    rule.
    """

    name: str
    shape: str
    stage: int
    levels: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()

    @property
    def subject(self) -> Subject:
        """How conditions see it."""
        place = "scores" if self.shape == "score" else "conclusions"
        shape = "number" if self.shape == "score" else self.shape
        called = f"{place}.{self.name}"
        return Subject(called, shape, self.levels, low=0, high=15, whole=False, passable=self.reached)


def facts(choices: Choices, most: int) -> list[Fact]:
    """Up to so many facts, the lower stages first, no stage left out."""
    stage, made = 0, []
    for place in range(choices.whole(0, most)):
        stage = min(STAGES, stage + 1) if place == 0 or choices.chance(60) else stage
        made.append(_fact(choices, stage, place))
    return made


def _fact(choices: Choices, stage: int, place: int) -> Fact:
    shape = choices.pick(("flag", "level", "score"))
    if shape == "level":
        named, levels = choices.pick(tuple(_LEVELS.items()))
        reached = tuple(sorted(choices.some(levels, 1, 2), key=levels.index))
        return Fact(f"{named}_{place}", shape, stage, levels, reached)
    return Fact(f"{choices.pick(_FLAGS if shape == 'flag' else _SCORES)}_{place}", shape, stage)


def feed(
    choices: Choices, fact: Fact, then: dict[str, Any], points: list[str], level: str | None = None
) -> None:
    """Add to `then` what adds to this fact. `points` are the attributes that a score may add."""
    if fact.shape == "score":
        then.setdefault("points", {})[fact.name] = _points(choices, points)
        return
    concluded = True if fact.shape == "flag" else level or choices.pick(fact.reached)
    then.setdefault("conclude", {})[fact.name] = concluded


def _points(choices: Choices, attributes: list[str]) -> Any:
    if not attributes or choices.chance(40):
        return choices.decimal(0, 6, 1)
    if choices.chance(50):
        return choices.pick(attributes)
    return [*choices.some(attributes, 1, 3), *([choices.whole(0, 5)] if choices.chance(40) else [])]

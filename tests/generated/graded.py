"""Small rulesets about numbers alone: what raising an answer does to a plan, by every way that there is.

Bases, also from scores; points, factors, additions and caps, also by attributes with parts of sessions; and
what is said of one session. Few answers are asked, so that every pair of assessments can be tried.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.generated.choosing import Choices, drawn, tidy

_CONCERNS = ("spots", "scars")
_GRADES = ("mild", "moderate", "severe", "worst")
_SCORE = "burden"
_Effect = Callable[[Choices], dict[str, Any]]


@st.composite
def graded_rulesets(draw: DrawFn) -> dict[str, Any]:
    """Rulesets as plain data, as ``rulesets()`` gives them; the levels of ``grade`` can be raised."""
    choices = drawn(draw)
    low, high = choices.pick((1, 1, 2)), choices.whole(9, 14)
    bases = choices.whole(1, 3)
    rules = [_rule(choices, place, lambda choices: _base(choices, low)) for place in range(bases)]
    # Several effects of a kind: what one level loses, another may make up for, or not quite.
    for made in choices.some(_EFFECTS, 1, 2):
        rules += [_rule(choices, len(rules) + place, made) for place in range(choices.whole(1, 3))]
    rules += [_points(choices, len(rules) + place) for place in range(choices.whole(1, 2))]
    return {
        "ruleset": {
            "id": "generated",
            "title": "A generated ruleset",
            "version": "1.0.0",
            "limits": {"sessions": f"{low} to {high}", "interval weeks": "2 to 8"},
            "factors": {"concern": "Concern"},
        },
        "assessment": {"inputs": _inputs(choices)},
        "factors": {"1-concern.yaml": {"factor": "concern", "rules": rules}},
    }


def _inputs(choices: Choices) -> dict[str, Any]:
    grades = _GRADES[: choices.whole(2, 4)]
    return {
        "concern": {
            "label": "Concern",
            "one of": {name: {"label": name, "most": _cap(choices)} for name in _CONCERNS},
            "required": True,
        },
        "grade": {
            "label": "Grade",
            "levels": {
                name: {
                    "label": name,
                    "kd": choices.whole(0, 5),
                    "times": _factor(choices),
                    "most": _cap(choices),
                }
                for name in grades
            },
            **choices.pick(({}, {"required": True}, {"default": "mild"})),
        },
        "other": {"label": "Other", "kind": "yes or no", "default": False},
    }


def _cap(choices: Choices) -> int | Decimal:
    return tidy(Decimal(choices.whole(20, 90)) / 10) if choices.chance(50) else choices.whole(2, 9)


def _factor(choices: Choices) -> int | Decimal:
    return choices.pick((1, Decimal("0.5"), Decimal("0.8"), Decimal("1.2"), Decimal("1.5"), 2))


def _rule(choices: Choices, place: int, made: _Effect) -> dict[str, Any]:
    return _written(place, _when(choices, scores=True), made(choices))


def _points(choices: Choices, place: int) -> dict[str, Any]:
    """A rule that adds to the score, by the grade or a number, and tests no score itself."""
    given = choices.pick(("grade.kd", ["grade.kd", 1], choices.whole(0, 6)))
    return _written(place, _when(choices, scores=False), {"points": {_SCORE: given}})


def _written(place: int, when: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"rule-{place}",
        "title": f"Rule {place}",
        "when": when,
        "then": then,
        "because": "It was seen",
        "support": "judgement",
    }


def _when(choices: Choices, *, scores: bool) -> dict[str, Any]:
    when: dict[str, Any] = {}
    if choices.chance(75):
        when["grade"] = choices.pick(("mild", "moderate", "at least moderate", "at least moderate", "given"))
    if choices.chance(25):
        when["concern"] = choices.pick(_CONCERNS)
    if choices.chance(15):
        when["other"] = choices.chance(50)
    if scores and choices.chance(15):
        when[f"scores.{_SCORE}"] = f"{choices.pick(('at least', 'at most'))} {choices.whole(1, 5)}"
    return when or {"concern": "given"}


def _base(choices: Choices, least: int) -> dict[str, Any]:
    if choices.chance(40):
        return {
            "sessions from score": {
                "score": _SCORE,
                "times": choices.pick((1, Decimal("0.5"), Decimal("1.25"))),
                "spread": choices.pick((0, 1, Decimal("2.5"))),
                "at least": choices.whole(1, 3),
            }
        }
    # Often the least: what is said of one session counts there alone.
    most = choices.pick((least + 1, 4, 9))
    first, second, third = sorted(choices.whole(least, most) for _ in range(3))
    return {"sessions": {"min": first, "typical": second, "max": third}}


_EFFECTS: tuple[_Effect, ...] = (
    lambda choices: {"sessions times": "grade.times" if choices.chance(50) else _factor(choices)},
    lambda choices: {"add sessions": choices.pick((1, 2, -1, "0 to 2"))},
    lambda choices: {"most sessions": choices.pick(("concern.most", "grade.most", choices.whole(2, 9)))},
    lambda choices: {"one session": choices.pick(("may suffice", "will not suffice"))},
)

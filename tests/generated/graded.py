"""Small rulesets about numbers alone: what raising an answer does to a plan, by every way that there is.

Bases, also from two scores; points, factors, additions and caps, also by attributes with parts of sessions,
ranges and numbers below 0; and what is said of one session. Rules look at what can be raised, at what others
conclude from it, and at a question that it hides; progress may keep numbers back. Few answers are asked, so
that every pair of assessments can be tried.
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
_SCORES = ("burden", "load")
_LEVELS = ("low", "high")
_Effect = Callable[[Choices], dict[str, Any]]


@st.composite
def graded_rulesets(draw: DrawFn) -> dict[str, Any]:
    """Rulesets as plain data, as ``rulesets()`` gives them; ``grade`` and ``spots`` can be raised."""
    choices = drawn(draw)
    low, high = choices.pick((1, 1, 2)), choices.whole(9, 14)
    bases = choices.whole(1, 3)
    rules = [_rule(choices, place, lambda choices: _base(choices, low)) for place in range(bases)]
    # Several effects of a kind: what one level loses, another may make up for, or not quite.
    for made in choices.some(_EFFECTS, 1, 2):
        rules += [_rule(choices, len(rules) + place, made) for place in range(choices.whole(1, 3))]
    rules += [_points(choices, len(rules) + place, score) for place, score in enumerate(_SCORES)]
    rules += [_points(choices, len(rules) + place, _SCORES[0]) for place in range(choices.whole(0, 1))]
    rules += _concluding(choices, len(rules))
    progress = choices.chance(15)
    if progress:
        rules.append(plain_rule(len(rules), _when(choices), {"remaining from progress": _PROGRESS}))
    return {
        "ruleset": {
            "id": "generated",
            "title": "A generated ruleset",
            "version": "1.0.0",
            "limits": {"sessions": f"{low} to {high}", "interval weeks": "2 to 8"},
            "factors": {"concern": "Concern"},
            "conclusions": {"risk": [*_LEVELS]},
        },
        "assessment": {"inputs": {**_inputs(choices), **(_SEEN if progress else {})}},
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
        "spots": {"label": "Spots", "number": "0 to 3", **choices.pick(({}, {"default": 1}))},
        "other": {
            "label": "Other",
            "kind": "yes or no",
            **choices.pick(({"default": False}, {"required": True}, {"must ask": True})),
            **choices.pick(
                ({}, {"only if": {"grade": "at most mild"}}, {"only if": {"grade": "at least moderate"}})
            ),
        },
    }


_PROGRESS = {"improvement": "improvement", "sessions": "done", "target": 50}
_SEEN = {
    "improvement": {"label": "Improvement", "whole number": "0 to 60"},
    "done": {"label": "Done", "whole number": "0 to 2", "default": 0},
}


def _cap(choices: Choices) -> int | Decimal:
    return tidy(Decimal(choices.whole(20, 90)) / 10) if choices.chance(50) else choices.whole(2, 9)


def _factor(choices: Choices) -> int | Decimal:
    return choices.pick((1, Decimal("0.5"), Decimal("0.8"), Decimal("1.2"), Decimal("1.5"), 2))


def _rule(choices: Choices, place: int, made: _Effect) -> dict[str, Any]:
    return plain_rule(place, {**_when(choices), **_derived(choices)}, made(choices))


def _points(choices: Choices, place: int, score: str) -> dict[str, Any]:
    """A rule that adds to the score, by the grade or a number, and tests no score itself."""
    given = choices.pick(("grade.kd", ["grade.kd", 1], choices.whole(0, 6), -1))
    return plain_rule(place, _when(choices), {"points": {score: given}})


def _concluding(choices: Choices, place: int) -> list[dict[str, Any]]:
    """A flag, and two levels of which one may rest on the flag."""
    first = {"conclusions.deep": choices.chance(50)} if choices.chance(30) else {}
    return [
        plain_rule(place, _when(choices), {"conclude": {"deep": True}}),
        plain_rule(place + 1, {**_when(choices), **first}, {"conclude": {"risk": "low"}}),
        plain_rule(place + 2, _when(choices), {"conclude": {"risk": "high"}}),
    ]


def plain_rule(place: int, when: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    """A rule with what every rule needs beside its condition and its effects."""
    return {
        "id": f"rule-{place}",
        "title": f"Rule {place}",
        "when": when,
        "then": then,
        "because": "It was seen",
        "support": "judgement",
    }


def _when(choices: Choices) -> dict[str, Any]:
    """What the rule looks at of the answers."""
    when: dict[str, Any] = {}
    if choices.chance(65):
        when["grade"] = choices.pick(("mild", "moderate", "at least moderate", "at least moderate", "given"))
    if choices.chance(25):
        when["concern"] = choices.pick(_CONCERNS)
    if choices.chance(20):
        when["spots"] = choices.pick(("at least 2", "above 1", "below 2", "unknown"))
    if choices.chance(15):
        when["other"] = choices.pick((True, False, "unknown"))
    return when or {"concern": "given"}


def _derived(choices: Choices) -> dict[str, Any]:
    """What the rule looks at of scores and conclusions."""
    when: dict[str, Any] = {}
    if choices.chance(15):
        when[f"scores.{choices.pick(_SCORES)}"] = (
            f"{choices.pick(('at least', 'at most'))} {choices.whole(1, 5)}"
        )
    if choices.chance(15):
        when["conclusions.deep"] = choices.chance(50)
    if choices.chance(15):
        when["conclusions.risk"] = choices.pick((*_LEVELS, "at least low", "unknown"))
    return when


def _base(choices: Choices, least: int) -> dict[str, Any]:
    if choices.chance(40):
        return {
            "sessions from score": {
                "score": choices.pick(_SCORES),
                "times": choices.pick((1, Decimal("0.5"), Decimal("1.25"))),
                "spread": choices.pick((0, 1, Decimal("2.5"))),
                "at least": choices.pick((0, 1, 2, 3, Decimal("2.4"))),
            }
        }
    if choices.chance(5):
        return {"sessions": "2.4 to 2.45"}  # its middle is rounded: what is typical lies below its min
    # Often the least: what is said of one session counts there alone.
    most = choices.pick((least + 1, 4, 9))
    first, second, third = sorted(choices.whole(least * 4, most * 4) for _ in range(3))
    parts = (
        (first, second, third) if choices.chance(30) else (first // 4 * 4, second // 4 * 4, third // 4 * 4)
    )
    named = zip(("min", "typical", "max"), parts, strict=True)
    return {"sessions": {name: tidy(Decimal(part) / 4) for name, part in named}}


_EFFECTS: tuple[_Effect, ...] = (
    lambda choices: {
        "sessions times": choices.pick(("grade.times", _factor(choices), "0.5 to 1.5", "0.8 to 1"))
    },
    lambda choices: {
        "add sessions": choices.pick((1, 2, -1, "0 to 2", -3, "-2 to 1", Decimal("0.5"), "-1.5 to 0.2"))
    },
    lambda choices: {"most sessions": choices.pick(("concern.most", "grade.most", choices.whole(2, 9)))},
    lambda choices: {"one session": choices.pick(("may suffice", "will not suffice"))},
)

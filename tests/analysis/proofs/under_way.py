"""Small rulesets that make plans again from progress, and the numbers by which their answers are tried."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.generated.choosing import Choices, drawn
from tests.generated.graded import plain_rule

NUMBERS = {"done": [0, 1, 2, 4], "improvement": [0, 3, 20, 41.5, 60, 80, 100], "aim": [20, 50, 90]}
"""What is tried of each number."""

_GRADES = ("mild", "moderate", "severe")


@st.composite
def rulesets_under_way(draw: DrawFn) -> dict[str, Any]:
    """Rulesets as plain data, as ``rulesets()`` gives them; every level and number can be raised."""
    choices = drawn(draw)
    rules = [_base(choices) for _ in range(choices.whole(1, 3))]
    rules += [_progress(choices) for _ in range(choices.pick((1, 1, 1, 2)))]
    rules += [made(choices) for made in choices.some(_OTHERS, 0, 2)]
    rules += [({"concern": "given"}, {"points": {"load": choices.pick(("grade.kd", 3))}})]
    return {
        "ruleset": {
            "id": "generated",
            "title": "A generated ruleset",
            "version": "1.0.0",
            "limits": {"sessions": f"1 to {choices.whole(5, 12)}", "interval weeks": "2 to 8"},
            "factors": {"concern": "Concern"},
        },
        "assessment": {"inputs": _inputs(choices)},
        "factors": {
            "1-concern.yaml": {
                "factor": "concern",
                "rules": [plain_rule(place, *rule) for place, rule in enumerate(rules)],
            }
        },
    }


def _inputs(choices: Choices) -> dict[str, Any]:
    of_grade = {
        name: {
            "label": name,
            "kd": choices.whole(1, 6),
            "pct": choices.pick((30, 50, 75, 95)),
            "adds": choices.pick((5, 10, 30)),
            "most": choices.whole(3, 10),
        }
        for name in _GRADES[: choices.whole(2, 3)]
    }
    return {
        "concern": {"label": "Concern", "one of": {"spots": "Spots", "scars": "Scars"}, "required": True},
        "grade": {
            "label": "Grade",
            "levels": of_grade,
            **choices.pick(({"required": True}, {}, {"default": "mild"})),
        },
        "aim": {"label": "Aim", "number": "10 to 95", **choices.pick(({}, {"default": 50}))},
        "done": {"label": "Done", "whole number": "0 to 4", "default": 0},
        "improvement": {"label": "Improvement", "number": "0 to 100"},
    }


def _when(choices: Choices) -> dict[str, Any]:
    when: dict[str, Any] = {}
    if choices.chance(50):
        when["grade"] = choices.pick(("mild", "moderate", "at least moderate", "given"))
    if choices.chance(20):
        when["concern"] = choices.pick(("spots", "scars"))
    if choices.chance(10):
        when["done"] = choices.pick(("at least 1", "at most 1", "at least 2"))
    if choices.chance(15):
        when["improvement"] = choices.pick(("at least 40", "below 60", "at most 20", "given", "unknown"))
    return when or {"concern": "given"}


_Rule = tuple[dict[str, Any], dict[str, Any]]


def _base(choices: Choices) -> _Rule:
    if choices.chance(25):
        score = {"score": "load", "times": choices.pick((1, 2)), "spread": 1, "at least": choices.whole(0, 2)}
        return _when(choices), {"sessions from score": score}
    typical = choices.whole(1, 5)
    three = {"min": max(typical - 1, 1), "typical": typical, "max": min(typical + choices.whole(0, 2), 5)}
    return _when(choices), {"sessions": three}


def _progress(choices: Choices) -> _Rule:
    how: dict[str, Any] = {"improvement": "improvement", "sessions": "done"}
    how["target"] = choices.pick(("aim", "grade.pct", "grade.pct", 50, 75))
    how["margin"] = choices.pick((0, 10, 30))
    even = choices.chance(40)
    if even:
        how["gains"] = "even"
    if choices.chance(70):
        how["expected"] = {"adds": choices.pick(("grade.adds", 10))} if even else {"clears": 75}
        how["weight"] = choices.pick((1, 2, 5))
    when = {"concern": "given"} if choices.chance(60) else _when(choices)
    return when, {"remaining from progress": how}


_OTHERS = (
    lambda choices: (_when(choices), {"sessions times": choices.pick((0.5, 1.5, 2))}),
    lambda choices: (_when(choices), {"add sessions": choices.pick((1, 2, -1))}),
    lambda choices: (_when(choices), {"most sessions": choices.pick(("grade.most", choices.whole(3, 8)))}),
    lambda choices: (_when(choices), {"refer": "A clinician looks."}),
    lambda choices: (_when(choices), {"no numbers": "A clinician looks."}),
    lambda choices: (_when(choices), {"one session": choices.pick(("may suffice", "will not suffice"))}),
    lambda _: ({"done": "at least 1", "improvement": "at least 40"}, {"advise": "It goes well."}),
    lambda _: ({"done": "at least 1", "improvement": "above 0"}, {"advise": "It goes on."}),
)

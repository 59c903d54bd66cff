"""Small rulesets that make plans again from progress, and the numbers by which their answers are tried."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.generated.choosing import Choices, drawn
from tests.generated.graded import plain_rule

DONE = ("done", "sessions_done")
"""What the question may be called: sessions are taken off a plan by the second name alone."""

NUMBERS = {
    **dict.fromkeys(DONE, (0, 1, 2, 4)),
    "improvement": (-5, 0, 3, 20, 41.5, 60, 80, 100),
    "aim": (20, 50, 90),
    "fading": (20, 60),
    "gain": (-3, 4, 30),
}
"""What is tried of each number."""

_GRADES = ("mild", "moderate", "severe")


@st.composite
def rulesets_under_way(draw: DrawFn) -> dict[str, Any]:
    """Rulesets as plain data, as ``rulesets()`` gives them; every level and number can be raised."""
    return ruleset_under_way(drawn(draw))


def ruleset_under_way(choices: Choices) -> dict[str, Any]:
    """One such ruleset. It asks for an aim, for what else has faded or for the last gain."""
    inputs = _inputs(choices)
    made = _Rules(choices, frozenset(inputs))
    rules = [made.base() for _ in range(choices.whole(1, 3))]
    rules += [made.progress() for _ in range(choices.pick((1, 1, 1, 2, 3)))]
    rules += [other(made) for other in choices.some(_OTHERS, 0, 2)]
    rules += made.slow() if "gain" in inputs else []
    rules += [({"concern": "given"}, {"points": {"load": choices.pick(("grade.kd", 3))}})]
    return {
        "ruleset": {
            "id": "generated",
            "title": "A generated ruleset",
            "version": "1.0.0",
            "limits": {"sessions": f"1 to {choices.whole(5, 12)}", "interval weeks": "2 to 8"},
            "factors": {"concern": "Concern"},
        },
        "assessment": {"inputs": inputs, **made.contradictions()},
        "factors": {
            "1-concern.yaml": {
                "factor": "concern",
                "rules": [plain_rule(place, *rule) for place, rule in enumerate(rules)],
            }
        },
    }


def _inputs(choices: Choices) -> dict[str, Any]:
    of_grade: dict[str, dict[str, Any]] = {
        name: {
            "label": name,
            "kd": choices.whole(-1, 6),
            "pct": choices.pick((30, 50, 75, 95)),
            "other_pct": choices.pick((30, 60, 80)),
            "adds": choices.pick((5, 10, 30)),
            "most": choices.whole(3, 10),
        }
        for name in _GRADES[: choices.whole(2, 3)]
    }
    if choices.chance(10):
        del of_grade["mild"][choices.pick(("pct", "adds"))]
    beside: dict[str, dict[str, Any]] = choices.pick(
        (
            {"aim": {"label": "Aim", "number": "10 to 95", **choices.pick(({}, {"default": 50}))}},
            {"fading": {"label": "Faded", "number": "0 to 100"}},
            {"gain": {"label": "Gained", "number": "-100 to 100"}},
        )
    )
    return {
        "concern": {"label": "Concern", "one of": {"spots": "Spots", "scars": "Scars"}, "required": True},
        "grade": {
            "label": "Grade",
            "levels": of_grade,
            **choices.pick(({"required": True}, {}, {"default": "mild"})),
        },
        choices.pick(DONE): {"label": "Done", "whole number": "0 to 4", "default": 0},
        "improvement": {"label": "Improvement", "number": choices.pick(("0 to 100", "-20 to 100"))},
        **beside,
    }


_Rule = tuple[dict[str, Any], dict[str, Any]]


class _Rules:
    """Rules over these questions: ``asked`` has their ids."""

    def __init__(self, choices: Choices, asked: frozenset[str]) -> None:
        self.choices = choices
        self.asked = asked
        self.done = next(name for name in DONE if name in asked)
        self._alike: dict[str, Any] = {}

    def when(self) -> dict[str, Any]:
        choices, when = self.choices, dict[str, Any]()
        if choices.chance(50):
            when["grade"] = choices.pick(("mild", "moderate", "at least moderate", "given"))
        if choices.chance(20):
            when["concern"] = choices.pick(("spots", "scars"))
        if choices.chance(10):
            when[self.done] = choices.pick(("at least 1", "at most 1", "at least 2"))
        if choices.chance(15):
            when["improvement"] = choices.pick(("at least 40", "below 60", "at most 20", "given", "unknown"))
        if "gain" in self.asked and choices.chance(20):
            when["gain"] = choices.pick(("below 0", "at most 4", "at least 20"))
        return when or {"concern": "given"}

    def base(self) -> _Rule:
        choices = self.choices
        if choices.chance(25):
            how = {
                "score": "load",
                "times": choices.pick((1, 2)),
                "spread": 1,
                "at least": choices.whole(0, 2),
            }
            return self.when(), {"sessions from score": how}
        typical = choices.whole(1, 5)
        most = min(typical + choices.whole(0, 2), 5)
        return self.when(), {"sessions": {"min": max(typical - 1, 1), "typical": typical, "max": most}}

    def progress(self) -> _Rule:
        """A rule that makes the plan again; of several many differ in the target or what is added alone."""
        choices = self.choices
        how = dict(self._alike) if self._alike and choices.chance(60) else self._progress()
        self._alike = how
        targets = (
            "grade.pct",
            "grade.pct",
            "grade.other_pct",
            *(("aim", "aim") if "aim" in self.asked else ()),
        )
        how["target"] = choices.pick((*targets, 50, 75))
        if "adds" in how.get("expected", {}):
            how["expected"] = {"adds": choices.pick(("grade.adds", 10, 15))}
        when = {"concern": "given"} if choices.chance(50) else self.when()
        return when, {"remaining from progress": how}

    def _progress(self) -> dict[str, Any]:
        choices = self.choices
        seen = ("improvement", "improvement", *(("fading",) if "fading" in self.asked else ()))
        how = {"improvement": choices.pick(seen), "sessions": self.done, "margin": choices.pick((0, 10, 30))}
        if choices.chance(40):
            how["gains"] = "even"
        if choices.chance(70):
            how["expected"] = {"adds": 10} if "gains" in how else {"clears": choices.pick((75, 75, 90))}
            how["weight"] = choices.pick((1, 2, 5))
        return how

    def slow(self) -> list[_Rule]:
        """A rule that refers what is slow, and another that looks at whoever is likely to be."""
        choices = self.choices
        share = choices.pick((33, 50, 100))
        how = {"gain": "gain", "over": choices.whole(1, 2), "share": share, "text": "It is slow."}
        whom = {self.done: f"at least {choices.pick((2, 3))}", "gain": choices.pick(("below 0", "at most 4"))}
        seen = {"improvement": choices.pick(("below 20", "below 60", "above 0"))}
        when = {"concern": "given"} if choices.chance(50) else self.when()
        return [(when, {"refer when slow": how}), ({**whom, **seen}, {"advise": "Take a photo."})]

    def contradictions(self) -> dict[str, Any]:
        """Answers that can't be, in some of the rulesets."""
        whens: tuple[dict[str, Any], ...] = (
            {self.done: 0, "improvement": "given"},
            {"improvement": "above 60", "grade": "at least moderate"},
            {self.done: "at least 2", "improvement": "unknown"},
        )
        if not self.choices.chance(25):
            return {}
        told = enumerate(self.choices.some(whens, 1, 2))
        return {"contradictions": [{"id": f"no-{at}", "when": when, "says": "Not so."} for at, when in told]}


_OTHERS = (
    lambda made: (made.when(), {"sessions times": made.choices.pick((0.5, 1.5, 2))}),
    lambda made: (made.when(), {"add sessions": made.choices.pick((1, 2, -1))}),
    lambda made: (
        made.when(),
        {"most sessions": made.choices.pick(("grade.most", made.choices.whole(3, 8)))},
    ),
    lambda made: (made.when(), {"refer": "A clinician looks."}),
    lambda made: (made.when(), {"no numbers": "A clinician looks."}),
    lambda made: (made.when(), {"one session": made.choices.pick(("may suffice", "will not suffice"))}),
    lambda made: ({made.done: "at least 1", "improvement": "at least 40"}, {"advise": "It goes well."}),
    lambda made: ({made.done: "at least 1", "improvement": "above 0"}, {"advise": "It goes on."}),
)

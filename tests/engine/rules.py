"""Rulesets made of conditions alone, and what of them must fire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.model.condition import Condition, Domain, Interval, Scalar, Subject, Test, Value
from service.model.number import Number
from service.model.problem import Place
from service.model.ruleset import Effects, Limits, Rule, Ruleset
from tests.engine.kleene import truth

PLACE = Place("factors/rules.yaml")


def choice(name: str, *values: str, ordered: bool = False) -> Subject:
    """An input of options or levels."""
    return Subject(name, "input", name, Domain("choice", values, ordered=ordered))


def yes_no(name: str) -> Subject:
    """A yes-or-no input."""
    return Subject(name, "input", name, Domain("yes_no", (False, True)))


def number(name: str) -> Subject:
    """A number input."""
    return Subject(name, "input", name, Domain("number"))


def chosen(name: str, *values: str) -> Subject:
    """A set of options."""
    return Subject(name, "input", name, Domain("set", values))


def among(subject: str, *values: Scalar) -> Test:
    """The value is one of these."""
    return Test(subject, "among", f"{subject}: {values}", PLACE, frozenset(values))


def within(subject: str, low: Number | None = None, high: Number | None = None, *, ends: str = "[]") -> Test:
    """The number lies between two others; `ends` as in `(0, 1]`."""
    interval = Interval(low, high, ends[0] == "(", ends[1] == ")")
    return Test(subject, "within", f"{subject}: {low} to {high}", PLACE, interval=interval)


def ruleset(conditions: Sequence[Condition], subjects: Sequence[Subject]) -> Ruleset:
    """Rules `r0`, `r1` ... of one stage, that do nothing but fire."""
    rules = tuple(
        Rule(f"r{i}", "all", f"r{i}", when, Effects(advise="Fired."), "So.", None, (), "rules.yaml:1", PLACE)
        for i, when in enumerate(conditions)
    )
    return Ruleset(
        id="rules",
        title="Rules",
        version="1.0.0",
        digest="sha256:0",
        limits=Limits((1, 20), (1, 52)),
        factors={"all": "All"},
        inputs={},
        rules=rules,
        subjects={subject.key: subject for subject in subjects},
        conclusion_levels={},
        flags=(),
        scores=(),
        stages=(tuple(range(len(rules))),),
        verdicts={},
        benefit_texts={},
        evidence={},
        guarantees=(),
        scenarios=(),
        place=PLACE,
    )


def holding(conditions: Sequence[Condition], facts: Mapping[str, Value]) -> set[int]:
    """The places of the conditions that are true, without the engine."""
    return {i for i, condition in enumerate(conditions) if truth(condition, facts) is True}

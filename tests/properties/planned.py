"""Plans of rules that have fired, made of effects alone, and strategies for effects and progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from service.evaluation.compiled import plan
from service.evaluation.fired import Effective
from service.model.condition import Domain, Test, Value
from service.model.decision import Plan
from service.model.number import Number, Triple, exact
from service.model.problem import Place
from service.model.ruleset import Effects, Input, Limits, OneSession, Rule, Ruleset

PLACE = Place("factors/laws.yaml")
ALWAYS = Test("sessions_done", "given", "sessions_done: given", PLACE)
_WHOLE = Domain("number", low=0, high=40, whole=True)
DONE = Input("sessions_done", "Sessions done", "whole number", _WHOLE, PLACE)
SEEN = Input("improvement_pct", "Improvement seen", "number", Domain("number", low=-20, high=100), PLACE)


def ruleset(limits: tuple[int, int] = (1, 1000)) -> Ruleset:
    """A ruleset without rules, with these limits of sessions."""
    return Ruleset(
        id="laws",
        title="Laws",
        version="1.0.0",
        digest="sha256:0",
        limits=Limits(limits, (1, 52)),
        factors={"concern": "Concern"},
        inputs={one.id: one for one in (DONE, SEEN)},
        rules=(),
        subjects={},
        conclusion_levels={},
        flags=(),
        scores=(),
        stages=(),
        verdicts={},
        benefit_texts={},
        evidence={},
        guarantees=(),
        scenarios=(),
        place=PLACE,
    )


def rule(name: str, effects: Effects) -> Rule:
    """A rule with these effects, published."""
    return Rule(name, "concern", name, ALWAYS, effects, "It was seen.", "published", (), "laws.yaml:1", PLACE)


def planned(
    effects: Mapping[str, Effects],
    facts: Mapping[str, Value] | None = None,
    limits: tuple[int, int] = (1, 1000),
) -> Plan:
    """The plan where rules of these names and effects have fired."""
    made = replace(ruleset(limits), rules=tuple(rule(*item) for item in effects.items()))
    return plan(made, Effective(made).of(range(len(made.rules))), facts or {}, {}, ())


def parts(triple: Triple | None) -> tuple[Number, Number, Number]:
    """Min, typical and max of a range that is there."""
    assert triple is not None
    return triple.min, triple.typical, triple.max


def at_most(one: Triple, other: Triple) -> bool:
    """None of the three is above its counterpart."""
    return all(mine <= yours for mine, yours in zip(parts(one), parts(other), strict=True))


def triples(least: int, most: int, places: int = 0) -> st.SearchStrategy[Triple]:
    """Ranges of decimals with so many places."""
    scale = 10**places
    number = st.integers(least * scale, most * scale).map(lambda whole: exact(Fraction(whole, scale)))
    return st.lists(number, min_size=3, max_size=3).map(lambda three: Triple(*sorted(three)))


SAID: st.SearchStrategy[OneSession | None] = st.sampled_from((None, "may_suffice", "will_not_suffice"))
"""What a rule says of one session."""

MOVES = st.fixed_dictionaries(
    {
        "times": st.builds(
            Effects, sessions_times=triples(0, 3, 2).map(lambda three: three.lifted(exact("0.01")))
        ),
        "add": st.builds(Effects, add_sessions=triples(-4, 4, 1)),
        "said": st.builds(Effects, one_session=SAID),
    }
)
"""Rules that move a base."""

LIMITS = st.tuples(st.integers(1, 4), st.integers(5, 25))


def with_base(base: Triple, moves: Mapping[str, Effects], **more: Any) -> dict[str, Effects]:
    """The rules with a base, and more rules by name."""
    return {"base": Effects(sessions=base), **moves, **more}

"""Under version 1 of the language plans come out as they did, for decisions made then are verified so."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.evaluation.arithmetic_version_1 import least_more
from service.evaluation.compiled import plan
from service.evaluation.fired import Effective
from service.model.decision import Plan
from service.model.number import Number, Triple
from service.model.ruleset import Effects, FromProgress
from tests.properties.planned import rule, ruleset
from tests.properties.profile import examples

CAP = {"cap": Effects(most_sessions=8)}
BASE = {"base": Effects(sessions=Triple(3, 5, 8))}


def first_version(done: int, seen: Number, target: Number, margin: Number, **effects: Effects) -> Plan:
    how = FromProgress("improvement_pct", "sessions_done", target, margin)
    fired = {**effects, "replan": Effects(remaining_from_progress=how)}
    rules = tuple(rule(*item) for item in fired.items())
    made = replace(ruleset((1, 20)), rules=rules, language_version=1)
    facts = {"sessions_done": done, "improvement_pct": seen}
    return plan(made, Effective(made).of(range(len(rules))), facts, {}, ())


@examples(300)
@given(st.integers(1, 99), st.integers(1, 25), st.integers(1, 99))
def test_what_is_still_needed_is_the_least_by_what_was_seen_alone(seen: int, done: int, target: int) -> None:
    left, wanted = 1 - Fraction(seen, 100), 1 - Fraction(target, 100)
    expected = next((m for m in range(41) if left ** (done + m) <= wanted**done), None)
    assert least_more(seen, done, target, 40) == (0 if seen >= target else expected)


def test_sessions_stay_those_of_the_first_plan() -> None:
    made = first_version(2, 40, 75, 10, **BASE, **CAP)
    assert made.sessions == (3, 5, 8)
    assert made.remaining == (2, 4, 6)
    steps = [(step.rule, step.does, step.of, step.now) for step in made.steps]
    assert steps == [("base", "base", "sessions", (3, 5, 8)), ("replan", "base", "remaining", (2, 4, 6))]


@pytest.mark.parametrize(
    ("done", "seen", "remaining", "verdict"),
    [
        (2, 75, (0, 0, 1), "goal_reached"),
        (9, 80, None, "clinician_review"),
        (7, 40, None, "clinician_review"),
    ],
)
def test_caps_are_held_against_what_was_done_even_at_a_goal_reached(
    done: int, seen: int, remaining: tuple[int, int, int] | None, verdict: str
) -> None:
    made = first_version(done, seen, 75, 10, **BASE, **CAP)
    assert (made.remaining, made.verdict) == (remaining, verdict)


def test_what_remains_needs_no_base_and_one_session_is_answered_as_before_the_first() -> None:
    assert first_version(2, 40, 75, 0).remaining == (4, 4, 4)
    one = Effects(sessions=Triple(1, 1, 1), one_session="may_suffice")
    assert first_version(1, 30, 75, 0, base=one).one_session == "may_suffice"

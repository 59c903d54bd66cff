from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.model.number import Triple
from service.model.ruleset import Effects
from tests.properties.planned import LIMITS, MOVES, at_most, parts, planned, triples, with_base
from tests.properties.profile import examples

BASES = triples(0, 25, 1)


@examples(400)
@given(BASES, triples(0, 6, 1), MOVES, LIMITS)
def test_raising_a_base_never_lowers_the_plan(
    base: Triple, more: Triple, moves: Any, limits: tuple[int, int]
) -> None:
    lower = planned(with_base(base, moves), limits=limits)
    higher = planned(with_base(base.plus(more), moves), limits=limits)
    if lower.sessions is None:
        assert higher.sessions is None
    elif higher.sessions is None:
        assert [note.rule for note in higher.referrals] == [None]
    else:
        assert at_most(lower.sessions, higher.sessions)


@examples(400)
@given(BASES, MOVES, LIMITS, st.integers(0, 26))
def test_a_cap_never_promises_less(base: Triple, moves: Any, limits: tuple[int, int], most: int) -> None:
    free = planned(with_base(base, moves), limits=limits).sessions
    capped = planned(with_base(base, moves, cap=Effects(most_sessions=most)), limits=limits)
    if capped.sessions is None:
        assert capped.verdict == "clinician_review"
        assert [note.rule for note in capped.referrals] in (["cap"], [None])
        assert (capped.interval_weeks, capped.remaining, capped.support) == (None, None, None)
    else:
        assert free is not None
        assert (capped.sessions.min, capped.sessions.typical) == (free.min, free.typical)
        assert capped.sessions.max == min(free.max, most)


@examples(400)
@given(BASES, MOVES, LIMITS, st.integers(1, 26))
def test_a_plan_is_whole_rises_and_lies_within_its_limits_and_its_cap(
    base: Triple, moves: Any, limits: tuple[int, int], most: int
) -> None:
    capped = planned(with_base(base, moves, cap=Effects(most_sessions=most)), limits=limits).sessions
    if capped is not None:
        assert all(isinstance(part, int) for part in parts(capped))
        assert limits[0] <= capped.min <= capped.typical <= capped.max <= min(limits[1], most)


@examples(400)
@given(BASES, MOVES)
def test_without_caps_there_is_always_a_plan_and_its_max_is_above_its_min(base: Triple, moves: Any) -> None:
    plan = planned(with_base(base, moves))
    assert plan.sessions is not None
    assert 1 <= plan.sessions.min <= plan.sessions.typical <= plan.sessions.max
    assert plan.sessions.min < plan.sessions.max


@examples(300)
@given(BASES, MOVES)
def test_one_session_is_promised_only_where_a_rule_vouches_for_it(base: Triple, moves: Any) -> None:
    plan = planned(with_base(base, moves))
    said = moves["said"].one_session
    assert plan.sessions is not None
    assert plan.sessions.typical >= (1 if said == "may_suffice" else 2)
    assert plan.sessions.min >= (2 if said == "will_not_suffice" else 1)
    if plan.verdict == "one_session_may_suffice":
        assert (plan.one_session, said, plan.sessions.typical) == ("may_suffice", "may_suffice", 1)


@examples(300)
@given(st.lists(BASES, min_size=1, max_size=5), MOVES)
def test_another_base_never_makes_typical_smaller(bases: list[Triple], moves: Any) -> None:
    alone = planned(with_base(bases[0], moves)).sessions
    more = {f"other-{place}": Effects(sessions=base) for place, base in enumerate(bases[1:])}
    together = planned(with_base(bases[0], moves, **more)).sessions
    assert alone is not None
    assert together is not None
    assert alone.typical <= together.typical


@examples(300)
@given(triples(0, 60, 1), triples(-60, 60, 1), st.booleans())
def test_intervals_are_whole_rise_and_lie_within_the_limits(base: Triple, more: Triple, adds: bool) -> None:
    effects = {"base": Effects(sessions=Triple(3, 4, 5), interval_weeks=base)}
    if adds:
        effects["add"] = Effects(add_interval_weeks=more)
    low, typical, high = parts(planned(effects).interval_weeks)
    assert all(isinstance(part, int) for part in (low, typical, high))
    assert 1 <= low <= typical <= high <= 52


@examples(300)
@given(BASES, MOVES, st.integers(0, 40))
def test_what_remains_is_the_plan_less_what_was_done(base: Triple, moves: Any, done: int) -> None:
    plan = planned(with_base(base, moves), {"sessions_done": done})
    expected = tuple(max(part - done, 0) for part in parts(plan.sessions))
    assert parts(plan.remaining) == expected
    assert (plan.verdict == "clinician_review") == (expected[2] == 0)
    assert any(warning.code == "plan-finished" for warning in plan.warnings) == (expected[2] == 0)

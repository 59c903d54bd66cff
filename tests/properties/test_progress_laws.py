from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from service.evaluation.arithmetic import least_more
from service.model.decision import Plan
from service.model.number import Number, Triple, exact
from service.model.ruleset import Effects, FromProgress
from tests.properties.planned import parts, planned
from tests.properties.profile import examples


def percents(low: int, high: int) -> st.SearchStrategy[Number]:
    """Percents in tenths, both ends in."""
    return st.integers(low * 10, high * 10).map(lambda tenths: exact(Fraction(tenths, 10)))


SEEN = percents(1, 100)
TARGETS = percents(1, 99)
DONE = st.integers(1, 25)
MARGINS = percents(0, 40)


def by_definition(improvement: Number, target: Number, n: int, most: int = 10_000) -> int:
    """The least whole m with (1-p)^(n+m) <= (1-t)^n, in shares; 0 where p >= t; `most` where it is more."""
    p, t = Fraction(improvement) / 100, Fraction(target) / 100
    return 0 if p >= t else next((m for m in range(most) if (1 - p) ** (n + m) <= (1 - t) ** n), most)


def progressed(seen: Number, done: int, target: Number, margin: Number, most: int) -> Plan:
    """The plan where one rule reckons with progress, under a cap."""
    how = FromProgress("improvement_pct", "sessions_done", target, margin)
    effects = {
        "base": Effects(sessions=Triple(1, 2, 30)),
        "cap": Effects(most_sessions=most),
        "replan": Effects(remaining_from_progress=how),
    }
    return planned(effects, {"sessions_done": done, "improvement_pct": seen})


@examples(400)
@given(percents(3, 100), DONE, TARGETS)
def test_the_least_number_of_further_sessions_is_what_its_definition_says(
    seen: Number, done: int, target: Number
) -> None:
    expected = by_definition(seen, target, done)
    assert least_more(seen, done, target, 10_000) == expected
    assert least_more(seen, done, target, expected) == expected
    if expected:
        assert least_more(seen, done, target, expected - 1) is None


@examples(400)
@given(SEEN, percents(0, 40), DONE, TARGETS, st.integers(0, 300))
def test_more_improvement_never_needs_more_sessions(
    seen: Number, more: Number, done: int, target: Number, most: int
) -> None:
    better = min(seen + more, 100)
    less, enough = least_more(seen, done, target, most), least_more(better, done, target, most)
    if less is not None:
        assert enough is not None
        assert enough <= less


@examples(300)
@given(SEEN, DONE, TARGETS, TARGETS)
def test_a_higher_target_never_needs_fewer_sessions(
    seen: Number, done: int, one: Number, other: Number
) -> None:
    low, high = (least_more(seen, done, target, 200) for target in sorted((one, other)))
    if high is not None:
        assert low is not None
        assert low <= high


@examples(400)
@given(SEEN, DONE, TARGETS, MARGINS, st.integers(3, 40))
def test_done_and_remaining_never_come_to_more_than_the_cap(
    seen: Number, done: int, target: Number, margin: Number, most: int
) -> None:
    plan = progressed(seen, done, target, margin, most)
    if plan.remaining is None:
        assert [note.rule for note in plan.referrals] == ["cap"]
        assert plan.sessions is None
        assert plan.verdict == "clinician_review"
    else:
        low, typical, high = parts(plan.remaining)
        assert 0 <= low <= typical <= high <= most - done


@examples(400)
@given(SEEN, DONE, TARGETS, MARGINS, st.integers(3, 60))
def test_typical_min_and_max_are_those_of_the_improvement_and_of_a_margin_about_it(
    seen: Number, done: int, target: Number, margin: Number, most: int
) -> None:
    plan = progressed(seen, done, target, margin, most)
    assume(plan.remaining is not None)
    room = most - done
    better, worse = min(seen + margin, 100), seen - margin
    assert parts(plan.remaining) == (
        by_definition(better, target, done),
        by_definition(seen, target, done),
        min(by_definition(worse, target, done, room), room) if worse > 0 else room,
    )
    assert (plan.verdict == "goal_reached") == (seen >= target)


@examples(200)
@given(percents(-20, 0), DONE, TARGETS)
def test_no_improvement_is_no_numbers_and_one_referral(seen: Number, done: int, target: Number) -> None:
    plan = progressed(seen, done, target, 0, 40)
    assert (plan.sessions, plan.remaining, plan.verdict) == (None, None, "clinician_review")
    assert [note.rule for note in plan.referrals] == ["replan"]

from __future__ import annotations

from fractions import Fraction
from itertools import count

from hypothesis import assume, given
from hypothesis import strategies as st

from service.evaluation.progress import Course, is_slow, least_more, still_needed
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
_FEW = st.sampled_from((Fraction(1, 100), Fraction(1, 4)))
WEIGHTS = st.one_of(_FEW, st.integers(1, 20).map(lambda halves: exact(Fraction(halves, 2))))
PLANNED = st.integers(1, 24).map(lambda halves: exact(Fraction(halves, 2)))


@st.composite
def courses(draw: st.DrawFn) -> Course:
    """A course under way, with an expectation or without."""
    gains = draw(st.sampled_from(("shrinking", "even")))
    expected, weight, base = draw(
        st.one_of(
            st.just((None, 0, 1)),
            st.tuples(percents(1, 99) if gains == "shrinking" else percents(1, 40), WEIGHTS, PLANNED),
        )
    )
    return Course(draw(DONE), draw(TARGETS), gains, expected, weight, base)


def with_target(course: Course, target: Number) -> Course:
    return Course(course.done, target, course.gains, course.expected, course.weight, course.planned)


def reaches(course: Course, improvement: Number, more: int) -> bool:
    """Whether so many further sessions reach the target, by the definition, both sides raised to powers.

    (1-p) r^m <= 1-t with r^(n+w) = q^w (1-p) and q^T = 1-c: raised to T (n+w), and that to whole numbers.
    """
    p, t = Fraction(improvement) / 100, Fraction(course.target) / 100
    w, base = Fraction(course.weight), Fraction(course.planned)
    if course.gains == "even":
        e = 0 if course.expected is None else Fraction(course.expected) / 100
        return p + more * (p + w * e) / (course.done + w) >= t
    c = Fraction(course.expected or 0) / 100
    whole = base.denominator * w.denominator
    left = base * (course.done + w) + base * more
    after, wanted = w * more, base * (course.done + w)
    powers = [int(exponent * whole) for exponent in (left, after, wanted)]
    return (1 - p) ** powers[0] * (1 - c) ** powers[1] <= (1 - t) ** powers[2]


def progressed(
    seen: Number, course: Course, margin: Number = 0, most: int = 1000, base: Triple | None = None
) -> Plan:
    """The plan where one rule reckons with progress, under a cap."""
    clears, adds = (course.expected, None) if course.gains == "shrinking" else (None, course.expected)
    how = FromProgress(
        "improvement_pct",
        "sessions_done",
        course.target,
        margin,
        course.gains,
        clears,
        adds,
        course.weight,
    )
    typical = course.planned
    effects = {
        "base": Effects(sessions=base or Triple(typical, typical, typical)),
        "cap": Effects(most_sessions=most),
        "replan": Effects(remaining_from_progress=how),
    }
    return planned(effects, {"sessions_done": course.done, "improvement_pct": seen})


@examples(400)
@given(SEEN, courses())
def test_the_least_number_of_further_sessions_is_what_its_definition_says(
    seen: Number, course: Course
) -> None:
    found = least_more(course, seen, 60)
    assert reaches(course, seen, 60) is (found is not None)
    if found is not None:
        assert reaches(course, seen, found)
        assert least_more(course, seen, found) == found
    if found:
        assert not reaches(course, seen, found - 1)
        assert least_more(course, seen, found - 1) is None


@examples(400)
@given(SEEN, percents(0, 40), courses(), st.integers(0, 300))
def test_more_improvement_never_needs_more_sessions(
    seen: Number, more: Number, course: Course, most: int
) -> None:
    less, enough = least_more(course, seen, most), least_more(course, min(seen + more, 100), most)
    if less is not None:
        assert enough is not None
        assert enough <= less


@examples(200)
@given(SEEN, percents(0, 40), MARGINS, courses(), st.integers(3, 60))
def test_more_improvement_never_leaves_more_of_any_part_of_a_plan(
    seen: Number, more: Number, margin: Number, course: Course, most: int
) -> None:
    worse, better = (progressed(at, course, margin, most) for at in (seen, min(seen + more, 100)))
    if worse.remaining is not None:
        pairs = zip(parts(better.remaining), parts(worse.remaining), strict=True)
        assert all(mine <= its for mine, its in pairs)


@examples(300)
@given(SEEN, courses(), TARGETS, TARGETS)
def test_a_higher_target_never_needs_fewer_sessions(
    seen: Number, course: Course, one: Number, other: Number
) -> None:
    targets = sorted((one, other))
    low, high = (least_more(with_target(course, target), seen, 200) for target in targets)
    if high is not None:
        assert low is not None
        assert low <= high


@examples(400)
@given(SEEN, courses(), MARGINS, st.integers(3, 40))
def test_done_and_remaining_are_the_sessions_and_never_more_than_the_cap(
    seen: Number, course: Course, margin: Number, most: int
) -> None:
    plan = progressed(seen, course, margin, most)
    if plan.remaining is None:
        assert [note.rule for note in plan.referrals] == ["cap"]
        assert (plan.sessions, plan.verdict, plan.goal_reached) == (None, "clinician_review", False)
        return
    low, typical, high = parts(plan.remaining)
    assert 0 <= low <= typical <= high
    assert parts(plan.sessions) == (course.done + low, course.done + typical, course.done + high)
    assert plan.goal_reached or course.done + high <= most


@examples(300)
@given(SEEN, courses(), MARGINS, st.integers(1, 10))
def test_a_goal_met_needs_nothing_more_whatever_the_cap(
    seen: Number, course: Course, margin: Number, most: int
) -> None:
    assume(seen >= course.target)
    plan = progressed(seen, course, margin, most)
    done = course.done
    assert parts(plan.remaining) == (0, 0, 0)
    assert parts(plan.sessions) == (done, done, done)
    assert (plan.verdict, plan.referrals) == ("goal_reached", ())
    assert plan.one_session == ("may_suffice" if done == 1 else "will_not_suffice")


@examples(300)
@given(percents(1, 99), DONE, TARGETS, MARGINS, st.integers(3, 60))
def test_without_an_expectation_it_is_the_same_share_each_time_that_was_seen(
    seen: Number, done: int, target: Number, margin: Number, most: int
) -> None:
    """(1-p)^(n+m) <= (1-t)^n: at p, and at a margin more and less."""
    plan = progressed(seen, Course(done, target), margin, most)
    assume(plan.remaining is not None and seen < target)
    room = most - done

    def least(p: Number) -> int:
        left, wanted = 1 - Fraction(p) / 100, 1 - Fraction(target) / 100
        return next(m for m in count() if m > room or left ** (done + m) <= wanted**done)

    expected = (
        least(min(seen + margin, 100)),
        least(seen),
        min(least(seen - margin), room) if seen > margin else room,
    )
    assert parts(plan.remaining) == expected


@examples(200)
@given(SEEN, DONE, TARGETS, st.integers(1, 30), st.integers(1, 30))
def test_without_an_expectation_the_base_has_no_part_in_it(
    seen: Number, done: int, target: Number, one: int, other: int
) -> None:
    plans = [progressed(seen, Course(done, target), base=Triple(base, base, base)) for base in (one, other)]
    assert plans[0].sessions == plans[1].sessions


@examples(300)
@given(percents(1, 98), courses(), st.integers(1, 30), MARGINS)
def test_where_the_margin_leaves_no_improvement_max_is_what_the_cap_leaves(
    seen: Number, course: Course, room: int, margin: Number
) -> None:
    assume(seen < course.target and margin >= seen)
    needed = still_needed(course, seen, margin, room)
    if needed is not None:
        assert needed.max == max(room, needed.typical)


@examples(300)
@given(percents(1, 98), courses(), percents(-20, 90), st.integers(1, 6), percents(1, 100))
def test_slow_is_a_gain_below_the_share_of_what_was_expected(
    seen: Number, course: Course, gain: Number, over: int, share: Number
) -> None:
    slow = is_slow(course, seen, gain, over, share)
    if course.expected is None or course.done <= over or seen >= course.target:
        assert not slow
        return
    part = Fraction(share) / 100
    if course.gains == "even":
        assert slow is (gain < part * over * course.expected)
        return
    # gain < part x before x (1 - q^over), with q^over = (1-c)^(over/T), both sides raised to T.
    before = part * (100 - (seen - gain))
    base = Fraction(course.planned)
    left = (1 - Fraction(course.expected) / 100) ** (over * base.denominator)
    if before <= 0:
        assert slow is (gain < 0) or before < 0
    else:
        bound = 1 - gain / before
        assert slow is (bound > 0 and left < bound**base.numerator)


@examples(200)
@given(percents(-20, 0), courses())
def test_no_improvement_is_no_numbers_and_one_referral(seen: Number, course: Course) -> None:
    plan = progressed(seen, course, most=40)
    assert (plan.sessions, plan.remaining, plan.verdict) == (None, None, "clinician_review")
    assert [note.rule for note in plan.referrals] == ["replan"]

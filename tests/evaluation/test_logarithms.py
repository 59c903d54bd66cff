"""Whole numbers that rest on logarithms are the mathematically right ones, however near two of them are."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.evaluation.progress import Term, is_negative, is_zero, least_multiple
from tests.properties.profile import examples

LARGE = 10**9
"""So many times as much is too large for powers: the same is worked out by decimals."""

SHARES = st.tuples(st.integers(1, 999), st.just(1000))
MANY = st.integers(1, 30)


def times(one: Sequence[Term], more: int) -> list[Term]:
    return [(whole * more, top, bottom) for whole, top, bottom in one]


def power(one: Sequence[Term]) -> Fraction:
    """What the sum is the logarithm of."""
    product = Fraction(1)
    for whole, top, bottom in one:
        product *= Fraction(top, bottom) ** whole
    return product


@examples(300)
@given(SHARES, SHARES, SHARES, MANY, MANY, MANY)
def test_the_least_multiple_is_what_powers_say_by_powers_and_by_decimals(
    left: tuple[int, int],
    wanted: tuple[int, int],
    after: tuple[int, int],
    far: int,
    one: int,
    other: int,
) -> None:
    assume(Fraction(*wanted) < Fraction(*left))
    goal = [(far, *left), (-far, *wanted)]
    step = [(-one, *left), (-other, *after)]
    found = least_multiple(goal, step, 40)
    reached = [m for m in range(1, 41) if power(goal) <= power(step) ** m]
    assert found == (reached[0] if reached else None)
    assert least_multiple(times(goal, LARGE), times(step, LARGE), 40) == found


@examples(200)
@given(st.integers(2, 999), st.integers(1, 12), st.integers(1, 12), st.sampled_from((1, LARGE)))
def test_what_is_hit_exactly_is_enough_and_the_next_number_up_is_not(
    share: int, far: int, more: int, scale: int
) -> None:
    """m steps of ln(1/x) reach ln(1/x^m), and not the least bit more."""
    goal = [(-scale, share**more, 1000**more)]
    step = [(-scale, share, 1000)]
    assert least_multiple(goal, step, 50) == more
    further = [(-scale, share**more * 10**60 - 1, 1000**more * 10**60)]
    assert least_multiple(further, step, 50) == more + 1
    nearer = [(-scale, share**more * 10**60 + 1, 1000**more * 10**60)]
    assert least_multiple(nearer, step, 50) == more


@pytest.mark.parametrize("scale", [1, LARGE])
def test_more_than_the_most_is_not_looked_for(scale: int) -> None:
    goal, step = [(-40 * scale, 1, 2)], [(-scale, 1, 2)]
    assert least_multiple(goal, step, 40) == 40
    assert least_multiple(goal, step, 39) is None
    assert least_multiple(goal, step, 0) is None


def test_a_step_of_nearly_nothing_and_numbers_of_thirty_digits_are_worked_out() -> None:
    """A thousandth of ln(1 + 10^-30) is told from nothing, and so is what is a little less than it."""
    top = 10**30
    step = [(1, top + 1, top)]
    assert least_multiple(times(step, 7), step, 10) == 7
    assert least_multiple([*times(step, 7), (1, top**2 + 1, top**2)], step, 10) == 8
    assert least_multiple([(LARGE, 3, 2)], step, 10) is None


@examples(300)
@given(SHARES, SHARES, st.integers(-9, 9), st.integers(-9, 9), st.sampled_from((1, LARGE)))
def test_a_sum_is_below_zero_or_zero_where_its_powers_say_so(
    one: tuple[int, int], other: tuple[int, int], many: int, more: int, scale: int
) -> None:
    small = [(many, *one), (more, *other)]
    assert is_negative(times(small, scale)) is (power(small) < 1)
    assert is_zero(times(small, scale)) is (power(small) == 1)


@examples(200)
@given(st.integers(2, 50), st.integers(2, 50), st.integers(1, 9), st.sampled_from((1, LARGE)))
def test_powers_of_one_number_cancel_however_they_are_written(
    base: int, other: int, exponent: int, scale: int
) -> None:
    """(ab)^e, a^-e and b^-e are 1 together."""
    sums = [(exponent, base * other, 1), (-exponent, base, 1), (-exponent, other, 1)]
    assert is_zero(times(sums, scale))
    assert not is_negative(times(sums, scale))
    assert not is_negative([(-scale * whole, top, bottom) for whole, top, bottom in sums])
    assert is_negative([*times(sums, scale), (1, 10**40 - 1, 10**40)])

"""Numbers are exact: as written, without a nearest double anywhere."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.model.number import Number, Triple, alike, as_json, exact, half_up, parse_number, written

decimals = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-10_000, max_value=10_000)
numbers = decimals.map(lambda value: exact(str(value)))
triples = st.lists(numbers, min_size=3, max_size=3).map(sorted).map(lambda parts: Triple(*parts))


@given(decimals)
def test_a_decimal_is_read_as_the_fraction_that_is_written(value: Decimal) -> None:
    assert parse_number(f"{value:f}") == Fraction(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_json_number_is_the_decimal_that_it_shows(value: float) -> None:
    assert exact(value) == Fraction(repr(value))


@given(st.integers(-(10**14), 10**14), st.integers(0, 6))
def test_a_number_survives_being_written_and_read(digits: int, places: int) -> None:
    number = exact(Fraction(digits, 10**places))
    assert parse_number(written(number)) == number or len(str(abs(digits))) + places > 15


@given(numbers)
def test_a_whole_number_is_an_int_and_only_it(number: Number) -> None:
    assert isinstance(number, int) == (Fraction(number).denominator == 1)
    assert isinstance(as_json(number), int) == isinstance(number, int)


@pytest.mark.parametrize(
    "text",
    [
        "012",
        "22:22",
        "1e3",
        ".5",
        "5.",
        "+5",
        "5,5",
        "50%",
        "1_000",
        "0x1",
        "",
        " 5",
        "5 ",
        "--5",
        "five",
        "inf",
        "nan",
        "٥",
        "５",
        "1" * 16,
        "0.000000000000001",
    ],
)
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize("text", ["0", "-0", "5", "-5", "1.25", "0.10", "100", "123456789012345"])
def test_a_plain_decimal_is_a_number(text: str) -> None:
    assert parse_number(text) == Fraction(text)


@pytest.mark.parametrize("value", [True, False, "x", float("inf"), float("nan")])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises((ValueError, OverflowError)):
        exact(value)  # type: ignore[arg-type]


def test_a_tenth_is_a_tenth() -> None:
    assert exact(0.1) + exact(0.2) == exact("0.3")
    assert exact("2.50") == Fraction(5, 2)
    assert written(exact("2.50")) == "2.5"
    assert written(Fraction(1, 3)) == "0.333333"


@given(numbers)
def test_halves_go_up(number: Number) -> None:
    rounded = half_up(number)
    assert rounded - Fraction(1, 2) <= number < rounded + Fraction(1, 2)


@pytest.mark.parametrize(
    ("number", "rounded"), [("2.5", 3), ("-1.5", -1), ("2.4999", 2), ("-2.5", -2), ("0.5", 1)]
)
def test_halves_go_up_also_below_zero(number: str, rounded: int) -> None:
    assert half_up(exact(number)) == rounded


@given(triples, triples)
def test_ranges_add_and_multiply_part_by_part(one: Triple, other: Triple) -> None:
    assert one.plus(other) == Triple(one.min + other.min, one.typical + other.typical, one.max + other.max)
    assert one.times(other) == Triple(one.min * other.min, one.typical * other.typical, one.max * other.max)


@given(triples)
def test_one_times_and_nothing_added_change_nothing(one: Triple) -> None:
    assert one.times(alike(1)) == one.plus(alike(0)) == one


@given(triples, st.integers(0, 5))
def test_rounding_goes_outward_and_keeps_the_least(one: Triple, least: int) -> None:
    rounded = one.rounded(least)
    assert rounded.min == max(math.floor(one.min), least)
    assert rounded.typical == max(half_up(one.typical), least)
    assert rounded.max == max(math.ceil(one.max), least)
    assert rounded.min <= rounded.typical <= rounded.max
    assert one.rounded().lifted(least) == rounded


@given(triples, numbers, numbers)
def test_cutting_keeps_all_three_within(one: Triple, first: Number, second: Number) -> None:
    low, high = sorted([first, second])
    cut = one.clamped(low, high)
    assert low <= cut.min <= cut.typical <= cut.max <= high

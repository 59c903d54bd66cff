"""Numbers and ranges in every form, and how those that are none are mended."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.model.number import Number, Triple
from service.reading.numbers_in_text import Counted
from service.reading.problem_collector import ProblemCollector
from service.reading.ranges import mend_of, read_bounds, read_number, read_triple, split_range
from tests.reading.reading import node_of, said


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("4 to 6", ("4", "6")),
        ("4-6", ("4", "6")),
        ("4–6", ("4", "6")),
        ("4 — 6", ("4", "6")),
        ("4  -  6", ("4", "6")),
        ("-5 to 10", ("-5", "10")),
        ("-5 to -1", ("-5", "-1")),
        ("-5-10", ("-5", "10")),
        ("1.5 to 2.5", ("1.5", "2.5")),
        ("012 to 5", ("012", "5")),
        ("4to6", None),
        ("4 6", None),
        ("mild to severe", None),
        ("18-25-30", None),
        ("-5", None),
        ("4 to", None),
    ],
)
def test_a_range_of_numbers_has_two_ends(text: str, ends: tuple[str, str] | None) -> None:
    assert split_range(text) == ends


@given(st.integers(-500, 500), st.integers(-500, 500), st.sampled_from([" to ", "-", "–", " - "]))
def test_a_dash_is_as_good_as_to(low: int, high: int, dash: str) -> None:
    assert split_range(f"{low}{dash}{high}") == (str(low), str(high))


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("012", "Write 12."),
        ("5,5", "Write 5.5."),
        ("50%", "Write 50."),
        ("50 %", "Write 50."),
        ("+5", "Write 5."),
        (".5", "Write 0.5."),
        ("5.", "Write 5."),
        ("1e3", "Write 1000."),
        ("2.5E2", "Write 250."),
        ("000", "Write 0."),
        ("22:22", "Write it as 5 or 1.25, with at most 15 digits."),
        ("1e99", "Write it as 5 or 1.25, with at most 15 digits."),
        ("many", "Write it as 5 or 1.25, with at most 15 digits."),
    ],
)
def test_a_mend_says_the_number_that_is_meant(text: str, mend: str) -> None:
    assert mend_of(text) == mend


@pytest.mark.parametrize("text", ["1,5", "1/2", "1 to 2.5", "some"])
def test_no_fraction_is_offered_for_a_whole_number(text: str) -> None:
    assert mend_of(text, whole=True) == "Write a whole number."
    assert mend_of("+5", whole=True) == "Write 5."


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("sessions", "3 to"),
        ("sessions", "3 max"),
        ("sessions", "4 weeks"),
        ("sessions", "+2"),
        ("add sessions", "2 fewer"),
        ("add sessions", "2x"),
        ("interval weeks", "3 Monate"),
        ("interval weeks", "2 fortnights"),
        ("interval weeks", "4 sessions"),
        ("age", "18 months"),
        ("age", "30s"),
    ],
)
def test_a_word_at_a_number_that_changes_what_it_says_is_not_left_out(key: str, text: str) -> None:
    of: Counted = "number" if key == "age" else "count"
    assert mend_of(text, of=of, key=key) == "Write it as 5 or 1.25, with at most 15 digits."


@pytest.mark.parametrize(
    ("key", "text", "number"),
    [
        ("sessions", "3 visits", 3),
        ("defer weeks", "4 wks", 4),
        ("age", "40 years", 40),
        ("size", "532nm", 532),
    ],
)
def test_a_unit_that_the_key_counts_in_is_left_out(key: str, text: str, number: int) -> None:
    assert mend_of(text, key=key) == f"Write {number}, without the unit."


@pytest.mark.parametrize(
    ("text", "exact_middle", "whole_middle"),
    [
        ("4 to 6", (4, 5, 6), (4, 5, 6)),
        ("4 to 7", (4, Fraction(11, 2), 7), (4, 6, 7)),
        ("-2 to 1", (-2, Fraction(-1, 2), 1), (-2, 0, 1)),
        ("0.5 to 1", (Fraction(1, 2), Fraction(3, 4), 1), (Fraction(1, 2), 1, 1)),
        ("5", (5, 5, 5), (5, 5, 5)),
        ("{min: 1, typical: 1.5, max: 3}", (1, Fraction(3, 2), 3), (1, Fraction(3, 2), 3)),
    ],
)
def test_the_middle_is_exact_for_factors_and_whole_for_counts(
    text: str, exact_middle: tuple[Number, ...], whole_middle: tuple[Number, ...]
) -> None:
    problems = ProblemCollector()
    node = node_of(f"a: {text}", "a")
    assert read_triple(problems, node, whole_middle=False) == Triple(*exact_middle)
    assert read_triple(problems, node, whole_middle=True) == Triple(*whole_middle)
    assert problems.noted == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 6 to 4", '1:4: error impossible-range "6 to 4" goes down. Write 4 to 6.'),
        ("a: '6 to 4'", '1:4: error impossible-range "6 to 4" goes down. Write 4 to 6.'),
        ("a: 4 to 06", '1:9: error not-a-number "06" is not a number. Write 6.'),
        ("a: '4 to 06'", '1:10: error not-a-number "06" is not a number. Write 6.'),
        ("a: 07 to 8", '1:4: error not-a-number "07" is not a number. Write 7.'),
        ("a: some", '1:4: error not-a-range "some" is not a range. Give both ends, such as 0 to 40.'),
        ("a: [1, 2]", '1:4: error wrong-type "a" must be a range such as 0 to 40. Write 1 to 2.'),
        ("a:", '1:1: error missing-value "a" has no value. Write a range such as 0 to 40.'),
    ],
)
def test_wrong_bounds_are_named_at_the_wrong_word(text: str, problem: str) -> None:
    problems = ProblemCollector()
    assert read_bounds(problems, node_of(text, "a")) is None
    assert said(problems) == [problem]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: []", '1:4: error wrong-type "a" must be a number.'),
        ("a:", '1:1: error missing-value "a" has no value. Write a number.'),
        (
            "a: 1-2",
            '1:4: error not-a-number "1-2" is not a number. Write one number, such as 2.',
        ),
    ],
)
def test_what_is_no_number_is_named(text: str, problem: str) -> None:
    problems = ProblemCollector()
    assert read_number(problems, node_of(text, "a")) is None
    assert said(problems) == [problem]


def test_all_missing_parts_of_a_range_are_one_problem() -> None:
    problems = ProblemCollector()
    assert read_triple(problems, node_of("a: {}", "a"), whole_middle=True) is None
    assert said(problems) == [
        '1:4: error missing-key "min" and "typical" and "max" are missing. Give min, typical and max.'
    ]

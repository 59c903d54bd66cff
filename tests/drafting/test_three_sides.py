"""Two who edit one text: what comes by itself, and what is chosen."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.drafting.lines import StepBudget, common_runs, lines_of
from service.drafting.three_sides import CHOICES, Choice, SidesPart, merged, needs_choices, three_sides

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "  - id: x\n"]), max_size=9)
TEXTS = st.builds("".join, LINES) | st.builds(lambda lines, end: "".join(lines) + end, LINES, st.just("end"))
COUNTED = "".join(f"{number}\n" for number in range(50_000))
MARKS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


def in_parts(*texts: str) -> list[tuple[str, str, str, str]]:
    """The parts of three texts, the lines of each joined."""
    return [
        (part.kind, "".join(part.base), "".join(part.theirs), "".join(part.yours))
        for part in three_sides(*texts)
    ]


def test_edits_in_different_places_both_come_by_themselves() -> None:
    parts = three_sides("a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\n")
    assert [part.kind for part in parts] == ["theirs", "same", "yours"]
    assert merged(parts) == "A\nb\nc\nD\n"


def test_where_both_edited_the_same_lines_somebody_chooses() -> None:
    texts = ("a\nb\nc\n", "a\ntheirs\nc\n", "a\nyours\nc\n")
    assert in_parts(*texts) == [
        ("same", "a\n", "a\n", "a\n"),
        ("both", "b\n", "theirs\n", "yours\n"),
        ("same", "c\n", "c\n", "c\n"),
    ]
    parts = three_sides(*texts)
    assert [merged(parts, [choice]) for choice in CHOICES] == [
        "a\ntheirs\nc\n",
        "a\nyours\nc\n",
        "a\ntheirs\nyours\nc\n",
        "a\nyours\ntheirs\nc\n",
    ]


def test_two_who_add_at_the_end_can_both_have_their_lines_also_where_the_last_has_no_end() -> None:
    parts = three_sides("a\n", "a\nx", "a\ny")
    assert merged(parts, ["theirs_then_yours"]) == "a\nx\ny"
    assert merged(parts, ["yours_then_theirs"]) == "a\ny\nx"


def test_there_are_as_many_choices_as_parts_that_both_have_changed() -> None:
    parts = three_sides("a\n", "b\n", "c\n")
    for choices in ([], ["yours", "yours"]):
        with pytest.raises(ValueError, match="1 choices are needed"):
            merged(parts, choices)  # type: ignore[arg-type]


def test_line_ends_and_a_byte_order_mark_are_no_difference() -> None:
    parts = three_sides("\ufeffa\r\nb\r\nc\r\n", "A\nb\nc\n", "a\rb\rC\r")
    assert merged(parts) == "A\nb\nC\n"
    assert three_sides("a\r\n", "a\n", "\ufeffa\r\n") == (SidesPart("same", ("a\n",), ("a\n",), ("a\n",)),)


@given(TEXTS, TEXTS)
def test_what_one_side_alone_has_changed_comes_by_itself(base: str, changed: str) -> None:
    assert merged(three_sides(base, base, changed)) == changed
    assert merged(three_sides(base, changed, base)) == changed
    assert merged(three_sides(base, changed, changed)) == changed


@given(TEXTS, TEXTS, TEXTS, st.integers(0, 60))
@settings(max_examples=300)
def test_the_parts_are_the_three_texts_whatever_is_chosen_and_however_few_steps_there_are(
    base: str, theirs: str, yours: str, steps: int
) -> None:
    for parts in (three_sides(base, theirs, yours), three_sides(base, theirs, yours, StepBudget(steps))):
        for side, text in (("base", base), ("theirs", theirs), ("yours", yours)):
            assert "".join(line for part in parts for line in getattr(part, side)) == text
        for part in parts:
            assert part.kind == _kind(part)
        for choice in CHOICES:
            text = merged(parts, [choice] * needs_choices(parts))
            assert not any(mark in text for mark in MARKS)
            written = {line for side in (base, theirs, yours) for line in side.split("\n")}
            assert {*text.split("\n")} <= written | {""}


def _kind(part: SidesPart) -> str:
    if part.theirs == part.yours:
        return "same"
    if part.theirs == part.base:
        return "yours"
    return "theirs" if part.yours == part.base else "both"


@given(TEXTS, TEXTS, TEXTS)
def test_who_sees_it_from_the_other_side_sees_the_same(base: str, theirs: str, yours: str) -> None:
    mirrored: dict[str, Choice] = {"theirs": "yours", "yours": "theirs"}
    one, other = three_sides(base, theirs, yours), three_sides(base, yours, theirs)
    assert [(mirrored.get(a.kind, a.kind), a.theirs, a.yours) for a in one] == [
        (b.kind, b.yours, b.theirs) for b in other
    ]


@given(LINES, LINES)
def test_as_many_lines_as_can_be_are_in_common(one: list[str], other: list[str]) -> None:
    runs = common_runs(one, other, StepBudget())
    for a, b, length in runs:
        assert one[a : a + length] == other[b : b + length]
    for (a, b, length), (next_a, next_b, _) in pairwise(runs):
        assert a + length <= next_a
        assert b + length <= next_b
    assert sum(run.length for run in runs) == _longest(one, other)


def _longest(one: list[str], other: list[str]) -> int:
    """The length of the longest common subsequence, by the book."""
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for a, b in product(range(len(one)), range(len(other))):
        if one[a] == other[b]:
            table[a + 1][b + 1] = table[a][b] + 1
        else:
            table[a + 1][b + 1] = max(table[a][b + 1], table[a + 1][b])
    return table[-1][-1]


@pytest.mark.parametrize(
    ("base", "theirs", "yours"),
    [
        ("\n" * 300_000, "x\n" + "\n" * 200_000, "\n" * 250_000 + "y\n"),
        (
            "".join(f"{n}\n" for n in range(50_000)),
            "".join(f"{n}\n" for n in range(50_000, 0, -1)),
            "a\nb\n" * 60_000,
        ),
        ("a\nb\n" * 80_000, "b\na\nc\n" * 60_000, "a\nc\n" * 80_000),
    ],
    ids=["empty lines", "another order", "two lines, over and over"],
)
def test_texts_that_are_made_to_take_long_are_compared_in_bounded_steps(
    base: str, theirs: str, yours: str
) -> None:
    steps = StepBudget()
    parts = three_sides(base, theirs, yours, steps)
    assert steps.left > -max(map(len, (base, theirs, yours)))
    assert "".join(line for part in parts for line in part.yours) == yours


def test_a_text_is_cut_into_lines_at_line_feeds_alone() -> None:
    text = "a\x0bb\x85c\u2028d\ne"
    assert lines_of(text) == ["a\x0bb\x85c\u2028d\n", "e"]
    assert lines_of("") == []

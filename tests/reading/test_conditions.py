"""Mappings of tests and their groups."""

from __future__ import annotations

import pytest

from service.model.condition import AllOf, AnyOf, Condition, Domain, Not, Subject, Test
from service.reading.conditions import Subjects, read_condition, size
from service.reading.problem_collector import ProblemCollector
from tests.reading.reading import node_of, said

YES_NO = Domain("yes_no", (False, True))
KNOWN = {
    "a": Subject("a", "input", "a", YES_NO, given_always=True),
    "b": Subject("b", "input", "b", YES_NO),
    "b.soft": Subject("b.soft", "attribute", "b", YES_NO),
    "conclusions.deep": Subject("conclusions.deep", "conclusion", "deep", YES_NO),
}


def read(text: str, **more: object) -> tuple[Condition | None, ProblemCollector]:
    problems = ProblemCollector()
    return read_condition(problems, Subjects(KNOWN, **more), node_of(f"when: {text}", "when")), problems  # type: ignore[arg-type]


def shape(condition: Condition | None) -> object:
    if isinstance(condition, Test):
        return condition.written
    if isinstance(condition, Not):
        return ["not", shape(condition.part)]
    assert isinstance(condition, AllOf | AnyOf)
    return ["all" if isinstance(condition, AllOf) else "any", *map(shape, condition.parts)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("{a: yes}", "a: yes"),
        ("{a: yes, b: no}", ["all", "a: yes", "b: no"]),
        ("{any: [{a: yes}, {b: no, a: no}]}", ["any", "a: yes", ["all", "b: no", "a: no"]]),
        ("{all: [{a: yes}], b: no}", ["all", ["all", "a: yes"], "b: no"]),
        ("{not: {a: yes, b: no}}", ["not", ["all", "a: yes", "b: no"]]),
        ("{not: {not: {a: yes}}}", ["not", ["not", "a: yes"]]),
        ("{not: {any: [{a: yes}, {b: yes}]}}", ["not", ["any", "a: yes", "b: yes"]]),
        ("{b.soft: yes, conclusions.deep: no}", ["all", "b.soft: yes", "conclusions.deep: no"]),
    ],
)
def test_a_condition_nests_as_it_is_written(text: str, meant: object) -> None:
    condition, problems = read(text)
    assert problems.noted == []
    assert shape(condition) == meant


def test_every_mistake_of_a_condition_is_named_at_once() -> None:
    condition, problems = read("{a: maybe, c: yes, any: [{b: 5}, {a: given, b.hard: yes}], not: [{a: yes}]}")
    assert condition is None
    assert [problem.code for problem in problems.noted] == [
        "unknown-option",
        "unknown-input",
        "unknown-option",
        "test-always-holds",
        "unknown-attribute",
        "wrong-type",
    ]


def test_what_could_not_be_read_is_passed_over_without_a_word() -> None:
    condition, problems = read(
        "{c: yes, c.soft: no, conclusions.low: yes, a: yes}", unread={"c", "conclusions"}
    )
    assert condition is None
    assert problems.noted == []


def test_a_misspelt_word_beside_what_could_not_be_read_is_still_named() -> None:
    _, problems = read("{c: yes, d: yes}", unread={"c"})
    assert [problem.code for problem in problems.noted] == ["unknown-input"]


@pytest.mark.parametrize("key", ["conclusions.deep", "scores.kd", "conclusion.deep", "scores"])
def test_only_if_looks_at_no_conclusions_and_no_scores(key: str) -> None:
    problems = ProblemCollector()
    inputs = {name: subject for name, subject in KNOWN.items() if subject.kind != "conclusion"}
    assert (
        read_condition(
            problems, Subjects(inputs, facts=False), node_of(f"only if: {{{key}: yes}}", "only if")
        )
        is None
    )
    assert said(problems) == [
        f'1:11: error test-does-not-fit "only if" looks at inputs and their attributes alone, not at "{key}".'
    ]


def test_an_empty_when_names_how_to_say_always() -> None:
    _, problems = read("{}")
    assert said(problems) == [
        '1:7: error empty-condition "when" is empty. For a rule that always fires write "a: given".'
    ]


def test_unfolding_counts_alternatives_and_the_longest_of_them() -> None:
    def sized(text: str) -> tuple[int, int]:
        condition, _ = read(text)
        assert condition is not None
        return size(condition)

    pair = "{any: [{a: yes}, {b: yes}]}"
    assert sized("{a: yes}") == (1, 1)
    assert sized(pair) == (2, 1)
    assert sized(f"{{all: [{pair}, {pair}, {pair}]}}") == (8, 3)
    assert sized(f"{{not: {{all: [{pair}, {pair}]}}}}") == (2, 2)
    assert sized("{not: {any: [{a: yes}, {b: yes}]}}") == (1, 2)
    assert sized("{all: [" + ", ".join([pair] * 60) + "]}")[0] == 10**6

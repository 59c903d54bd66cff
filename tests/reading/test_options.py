"""Options, their labels and attributes."""

from __future__ import annotations

import pytest

from schemas.language import KINDS
from service.model.condition import Domain
from service.reading.options import Options, read_options
from service.reading.problem_collector import ProblemCollector
from tests.reading.reading import node_of, said


def read(text: str, kind: str = "one of") -> tuple[Options, list[str]]:
    problems = ProblemCollector()
    return read_options(problems, node_of(f"{kind}:{text}", kind), KINDS[kind]), said(problems)


def test_a_label_is_a_text_or_a_key_and_else_the_id() -> None:
    options, problems = read(" {a: Label, b: {label: Other}, c: , d: {x: 1}, e: {label: E, x: 2}}")
    assert problems == []
    assert [option.label for option in options.options] == ["Label", "Other", "c", "d", "E"]


@pytest.mark.parametrize(
    ("values", "domain"),
    [
        (["yes", "no"], Domain("yes_no", (False, True))),
        (["1", "2.5"], None),
        (["x", "y"], Domain("choice", ("x", "y"))),
        (["[yes]", "[no, yes]"], Domain("set", (True, False))),
        (["[532, 1064]", "[532]"], Domain("set", (532, 1064))),
        (["[]", "[x]"], Domain("set", ("x",))),
        (["[]", "[]"], Domain("set", ())),
    ],
)
def test_an_attribute_has_the_kind_of_all_its_values(values: list[str], domain: Domain | None) -> None:
    options, problems = read("".join(f"\n  o{n}: {{x: {value}}}" for n, value in enumerate(values)))
    assert problems == []
    assert options.domains["x"].shape == (domain.shape if domain else "number")
    assert domain is None or options.domains["x"] == domain
    assert options.unread == frozenset()


def test_an_option_may_leave_an_attribute_out() -> None:
    options, problems = read("\n  a: {x: 1}\n  b: {x: 2, y: z}\n  c: {}\n  d: D\n")
    assert problems == []
    assert [dict(option.attributes) for option in options.options] == [{"x": 1}, {"x": 2, "y": "z"}, {}, {}]
    assert options.domains["x"].values == (1, 2)


def test_one_option_alone_that_lacks_what_all_others_have_is_warned_of() -> None:
    _, problems = read("\n  a: {x: 1}\n  b: {x: 2}\n  c: {}\n")
    assert problems == [
        '4:3: warning missing-attribute "c" lacks the attribute "x" that all other options have: '
        "no test of it holds there. Add it, or allow this."
    ]


def test_one_misspelt_attribute_is_one_problem() -> None:
    options, problems = read("\n  a: {pulse: x}\n  b: {puls: x}\n  c: {pulse: y}\n  d: {pulse: y}\n")
    assert problems == [
        '3:7: error odd-attribute "puls" is not an attribute of the other options. Did you mean "pulse"?'
    ]
    assert options.unread == {"puls"}


def test_a_mixture_is_an_error_and_what_could_not_be_read_is_known() -> None:
    options, problems = read("\n  a: {x: 1}\n  b: {x: no}\n")
    assert problems == [
        '3:10: error mixed-attribute "x" is a number before, and "no" is yes or no. Make it the same in all.'
    ]
    assert options.unread == {"x"}


def test_an_id_that_can_be_mended_is_taken_as_mended() -> None:
    options, problems = read(" {very mild: Very, Grün: Green, null: None}")
    assert [option.id for option in options.options] == ["very_mild", "Gruen", "null"]
    assert [line.split(" ", 3)[2] for line in problems] == ["bad-id", "bad-id", "bad-id"]


def test_options_of_a_set_have_labels_alone() -> None:
    _, problems = read(" {a: {label: A, x: 1}}", "any of")
    assert problems == [
        '1:24: error unknown-key "x" can\'t stand here: an option of "any of" has only a label. Remove it.'
    ]

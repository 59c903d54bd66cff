"""Every kind of subject against every word of a test: what fits means something, what doesn't is mended."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest

from service.model.condition import Domain, Interval, Subject, Test
from service.reading.parsed_test import Others
from service.reading.problem_collector import ProblemCollector
from service.reading.test_readers import read_test
from tests.reading.reading import node_of, said

SUBJECTS: Mapping[str, Subject] = {
    "option": Subject("option", "input", "option", Domain("choice", ("a", "b", "c"))),
    "level": Subject("level", "input", "level", Domain("choice", ("I", "II", "III"), ordered=True)),
    "risk": Subject(
        "conclusions.risk",
        "conclusion",
        "risk",
        Domain("choice", ("low", "mid", "high"), ordered=True, possible=frozenset({"low", "high"})),
    ),
    "flag": Subject(
        "conclusions.flag", "conclusion", "flag", Domain("yes_no", (False, True)), given_always=True
    ),
    "yes": Subject("yes", "input", "yes", Domain("yes_no", (False, True))),
    "number": Subject("number", "input", "number", Domain("number", low=0, high=10)),
    "whole": Subject("whole", "input", "whole", Domain("number", low=0, high=10, whole=True)),
    "times": Subject("goal.times", "attribute", "goal", Domain("number", (Fraction(1, 2), 1, 2))),
    "score": Subject("scores.kd", "score", "kd", Domain("number")),
    "set": Subject("set", "input", "set", Domain("set", ("pih", "blister"))),
    "waves": Subject("laser.nm", "attribute", "laser", Domain("set", (532, 1064))),
    "flags": Subject("laser.ok", "attribute", "laser", Domain("set", (True, False))),
}

OTHERS = Others(SUBJECTS, lambda _: False)


def read(name: str, text: str) -> tuple[Test | None, ProblemCollector]:
    problems = ProblemCollector()
    return read_test(problems, SUBJECTS[name], node_of(f"x: {text}", "x"), OTHERS), problems


def within(low: object = None, high: object = None, **ends: bool) -> Interval:
    return Interval(low, high, **ends)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "text", "op", "operand"),
    [
        ("option", "a", "among", {"a"}),
        ("option", "not [a, b]", "among", {"c"}),
        ("level", "above I", "among", {"II", "III"}),
        ("level", "below III", "among", {"I", "II"}),
        ("level", "II to III", "among", {"II", "III"}),
        ("risk", "not low", "among", {"mid", "high"}),
        ("risk", "at least mid", "among", {"mid", "high"}),
        ("risk", "mid to high", "among", {"mid", "high"}),
        ("risk", "low", "among", {"low"}),
        ("flag", "no", "among", {False}),
        ("yes", "not no", "among", {True}),
        ("number", "2.5", "among", {Fraction(5, 2)}),
        ("number", "not [1, 2]", "not_among", {1, 2}),
        ("number", "1 to 2.5", "within", within(1, Fraction(5, 2))),
        ("whole", "above 2.5", "within", within(Fraction(5, 2), low_open=True)),
        ("whole", "1.5 to 3", "within", within(Fraction(3, 2), 3)),
        ("times", "below 2", "within", within(None, 2, high_open=True)),
        ("score", "-3 to 4", "within", within(-3, 4)),
        ("score", "12345", "among", {12345}),
        ("set", "includes pih", "includes_any", {"pih"}),
        ("set", "includes none of [pih, blister]", "includes_none", {"pih", "blister"}),
        ("waves", "includes any of [1064]", "includes_any", {1064}),
        ("flags", "includes yes", "includes_any", {True}),
        ("set", "given", "given", set()),
        ("score", "unknown", "unknown", set()),
    ],
)
def test_a_test_that_fits_has_its_meaning(name: str, text: str, op: str, operand: object) -> None:
    test, problems = read(name, text)
    assert problems.noted == []
    assert test is not None
    assert (test.op, test.interval or set(test.values)) == (op, operand)
    assert test.subject == SUBJECTS[name].key


VERBS = ["x", "[x, x2]", "not x", "at least x", "at most x", "above x", "below x", "x to x2"]
VERBS += ["includes x", "includes any of [x, x2]", "includes none of [x]"]
FITS = {
    "option": {0, 1, 2},
    "level": {0, 1, 2, 3, 4, 5, 6, 7},
    "flag": {0, 1, 2},
    "number": {0, 1, 2, 3, 4, 5, 6, 7},
    "set": {8, 9, 10},
    "waves": {8, 9, 10},
    "score": {0, 1, 2, 3, 4, 5, 6, 7},
}
VALUES = {
    "option": ("a", "b"),
    "level": ("I", "III"),
    "flag": ("no", "yes"),
    "number": ("3", "4"),
    "set": ("pih", "blister"),
    "waves": ("532", "1064"),
    "score": ("3", "4"),
}


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize("verb", range(len(VERBS)))
def test_each_kind_takes_its_own_words_and_refuses_the_others(name: str, verb: int) -> None:
    first, second = VALUES[name]
    test, problems = read(name, VERBS[verb].replace("x2", second).replace("x", first))
    errors = [problem.code for problem in problems.noted if problem.severity == "error"]
    if verb in FITS[name]:
        assert test is not None
        assert errors == []
    else:
        assert test is None
        assert errors in (["test-does-not-fit"], ["unknown-option"])


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        (
            "risk",
            "mid",
            '1:4: error never-concluded No rule concludes "mid" for conclusions.risk. Test "low" or "high".',
        ),
        (
            "risk",
            "[low, mid]",
            '1:10: error never-concluded No rule concludes "mid" for conclusions.risk. Test "low" or "high".',
        ),
        (
            "risk",
            "mid to mid",
            "1:4: error never-concluded No rule concludes a level of conclusions.risk for which this holds. "
            "Mend or remove it.",
        ),
        ("level", "III to I", '1:4: error impossible-range "III to I" goes down. Write I to III.'),
        ("level", "I-III", '1:4: error unknown-level "I-III" is not a level of level. Write "I to III".'),
        (
            "level",
            "I to IV",
            '1:9: error unknown-level "IV" is not a level of level. Write "I", "II" or "III".',
        ),
        (
            "number",
            "'3 to 11'",
            "1:10: error out-of-bounds 11 is outside the bounds of number, 0 to 10. Mend one of them.",
        ),
        (
            "whole",
            "[1, 2.5]",
            "1:8: error not-whole whole is a whole number and never 2.5. Write a whole number.",
        ),
        ("flags", "includes 5", '1:13: error unknown-option "5" must be yes or no here.'),
    ],
)
def test_a_wrong_value_is_named_at_its_place(name: str, text: str, problem: str) -> None:
    test, problems = read(name, text)
    assert test is None
    assert said(problems) == [problem]


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("level", "at least I", "always"),
        ("level", "above III", "never"),
        ("option", "[a, b, c]", "always"),
        ("option", "not [a, b, c]", "never"),
        ("yes", "[yes, no]", "always"),
        ("yes", "not [yes, no]", "never"),
        ("number", "at least 0", "always"),
        ("number", "0 to 10", "always"),
        ("number", "above 10", "never"),
        ("number", "below 0", "never"),
        ("times", "at most 2", "always"),
        ("times", "3", "never"),
        ("times", "not 3", "always"),
        ("waves", "includes 755", "never"),
        ("waves", "includes none of [755]", "always"),
        ("flag", "given", "always"),
        ("flag", "unknown", "never"),
    ],
)
def test_a_test_that_cannot_tell_answers_apart_is_a_warning(name: str, text: str, code: str) -> None:
    test, problems = read(name, text)
    assert test is not None
    assert [(problem.code, problem.severity) for problem in problems.noted] == [
        ("test-always-holds" if code == "always" else "test-never-holds", "warning")
    ]


def test_given_alone_is_how_a_rule_says_always() -> None:
    problems = ProblemCollector()
    assert read_test(problems, SUBJECTS["flag"], node_of("x: given", "x"), OTHERS, alone=True) is not None
    assert problems.noted == []

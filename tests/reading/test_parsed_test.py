"""A test taken apart into verb and values, each value at its own place."""

from __future__ import annotations

import pytest

from service.reading.parsed_test import in_this_language, parse_test
from service.reading.problem_collector import ProblemCollector
from service.reading.several_tests import BARE, VERBS
from tests.reading.reading import node_of, said


@pytest.mark.parametrize(
    ("text", "verb", "words", "written"),
    [
        ("mild", "is", ["mild"], "mild"),
        ("[mild, severe]", "is", ["mild", "severe"], "[mild, severe]"),
        ("not mild", "not", ["mild"], "not mild"),
        ("not [a, b]", "not", ["a", "b"], "not [a, b]"),
        ("not[a,b]", "not", ["a", "b"], "not [a, b]"),
        ("'not   [ a ,  b ]'", "not", ["a", "b"], "not [a, b]"),
        ("{not: [a, b]}", "not", ["a", "b"], "not [a, b]"),
        ("{not: a}", "not", ["a"], "not a"),
        ("at least 3", "at least", ["3"], "at least 3"),
        ("{at least: 3}", "at least", ["3"], "at least 3"),
        ("4 to 6", "is", ["4 to 6"], "4 to 6"),
        ("includes any of [a, b]", "includes any of", ["a", "b"], "includes any of [a, b]"),
        ("{includes none of: [a]}", "includes none of", ["a"], "includes none of [a]"),
        ("given", "given", [], "given"),
        ("unknown", "unknown", [], "unknown"),
        ("most", "is", ["most"], "most"),
        ("none", "is", ["none"], "none"),
        ("notch", "is", ["notch"], "notch"),
        ("minimal", "is", ["minimal"], "minimal"),
        ("> -\n  mild", "is", ["mild"], "mild"),
    ],
)
def test_a_test_is_a_verb_and_its_values(text: str, verb: str, words: list[str], written: str) -> None:
    problems = ProblemCollector()
    read = parse_test(problems, node_of(f"a: {text.replace('> -', '>-')}", "a"))
    assert read is not None, problems.noted
    assert (read.verb, [word.text for word in read.words], read.written) == (verb, words, written)
    assert problems.noted == []


def places(text: str) -> list[str]:
    read = parse_test(ProblemCollector(), node_of(f"a: {text}", "a"))
    assert read is not None
    return [str(word.place).removeprefix("f.yaml:") for word in read.words]


def test_each_value_knows_its_place() -> None:
    assert places("mild") == ["1:4"]
    assert places("not mild") == ["1:8"]
    assert places("'not mild'") == ["1:9"]
    assert places("not [acne,  melasma]") == ["1:9", "1:16"]
    assert places('"not [acne, melasma]"') == ["1:10", "1:16"]
    assert places("[acne, melasma]") == ["1:5", "1:11"]
    assert places("{not: [acne, melasma]}") == ["1:11", "1:17"]
    assert places("at least   moderate") == ["1:15"]


def test_where_escapes_move_the_text_the_place_is_its_beginning() -> None:
    assert places('"not [\\u0061cne, melasma]"') == ["1:4", "1:4"]
    assert places("'not [it''s, melasma]'") == ["1:4", "1:4"]
    assert places("not [acne,\n  melasma]") == ["1:4", "1:4"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_wants_a_value(verb: str) -> None:
    problems = ProblemCollector()
    assert parse_test(problems, node_of(f"a: {verb}", "a")) is None
    assert said(problems) == [f'1:4: error wrong-test After "{verb}" comes a value.']


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("inner", [*VERBS, *BARE])
def test_no_test_stands_behind_a_verb(verb: str, inner: str) -> None:
    problems = ProblemCollector()
    text = f"{verb} {inner}" if inner in BARE else f"{verb} {inner} x"
    assert parse_test(problems, node_of(f"a: {text}", "a")) is None
    (problem,) = problems.noted
    assert problem.code == "wrong-test"
    assert problem.place.column == 4 + len(verb) + 1


@pytest.mark.parametrize(
    ("text", "what", "better"),
    [
        (">= 5", ">=", "at least 5"),
        (">=5", ">=", "at least 5"),
        ("=> 5", "=>", "at least 5"),
        ("< 5", "<", "below 5"),
        ("<> 5", "<>", "not 5"),
        ("== mild", "==", "mild"),
        ("!mild", "!", "not mild"),
        ("Between 3 and 5", "Between", "3 to 5"),
        ("from 3 to 5", "from", "3 to 5"),
        ("less than 5", "less than", "below 5"),
        ("No more than 5", "No more than", "at most 5"),
        ("is not mild", "is not", "not mild"),
        ("is mild", "is", "mild"),
        ("5 or less", "or less", "at most 5"),
        ("5 and above", "and above", "at least 5"),
        ("mild or higher", "or higher", "at least mild"),
        ("AT LEAST mild", "AT LEAST", "at least mild"),
        ("Unknown", "Unknown", "unknown"),
        ("Not [a, b]", "Not", "not [a, b]"),
    ],
)
def test_other_languages_are_understood_and_said_in_this_one(text: str, what: str, better: str) -> None:
    assert in_this_language(text) == (what, better)


def test_levels_that_are_said_by_their_numbers_are_named() -> None:
    levels = ("I", "II", "III", "IV", "V", "VI")
    assert in_this_language("4+", levels) == ("+", "at least IV")
    assert in_this_language("between 2 and 4", levels) == ("between", "II to IV")
    assert in_this_language("4+", ("mild", "severe")) == ("+", "at least 4")


@pytest.mark.parametrize(
    "text", ["mild", "minimum", "is", "has", "over", "a-b", "4-6", "III to V", "no", "max"]
)
def test_what_is_said_rightly_is_not_translated(text: str) -> None:
    assert in_this_language(text) is None

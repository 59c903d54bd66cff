"""Conditions and effects in words. The sample's rules say in their titles how they are said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.language import EFFECTS
from service.model.ruleset import Effects, Rule
from service.wording.conditions import clauses, in_a_line
from service.wording.effects import effect_words, words_of_effect
from service.wording.labels import Labels
from service.wording.phrases import joined_by_and, joined_by_or, plain
from tests.documenting.samples import SAMPLES, ruleset

WORDS = ruleset(SAMPLES, "words")
LABELS = Labels(WORDS)


def rules(factor: str) -> list[Rule]:
    return [rule for rule in WORDS.rules if rule.factor == factor]


@pytest.mark.parametrize("rule", rules("when"), ids=lambda rule: rule.id)
def test_a_condition_is_said_in_labels(rule: Rule) -> None:
    assert in_a_line(clauses(LABELS, rule.when)) == rule.title


@pytest.mark.parametrize("rule", rules("then"), ids=lambda rule: rule.id)
def test_an_effect_is_said_in_words(rule: Rule) -> None:
    assert " | ".join(one.in_a_line() for one in effect_words(LABELS, rule)) == rule.title


@pytest.mark.parametrize(
    ("rule", "means"),
    [
        ("w-attribute", ("Acne scars",)),
        ("w-attribute-not", ("Sun spots", "Nevus of Ota", "Acne scars")),
        ("w-attribute-number", ("Nevus of Ota", "Acne scars", "Tattoo, any kind")),
        ("w-attribute-no", ("Laser B",)),
        ("w-attribute-list", ("Laser B",)),
    ],
)
def test_a_test_of_an_attribute_names_the_answers_that_it_comes_to(rule: str, means: tuple[str, ...]) -> None:
    (clause,) = clauses(LABELS, next(one for one in WORDS.rules if one.id == rule).when)
    assert clause.means == means


def test_an_id_becomes_words_and_a_unit_at_its_end_a_unit() -> None:
    assert [
        plain(name) for name in ("wavelength_mismatch", "qs-alex", "clearance_pct", "area_cm2", "nm")
    ] == [
        "wavelength mismatch",
        "qs alex",
        "clearance (%)",
        "area (cm²)",
        "nm",
    ]


def test_words_of_a_list_are_quoted_where_one_could_be_taken_for_two() -> None:
    assert joined_by_or(["a", "b", "c"]) == "a, b or c"
    assert joined_by_and(["red", "blue and green"]) == "“red” and “blue and green”"
    assert joined_by_or(["red, orange"]) == "red, orange"


def test_a_cap_on_weeks_names_its_unit() -> None:
    cap = next(one for one in EFFECTS.values() if one.category == "cap")
    on_weeks = replace(cap, quantity="interval_weeks", label="Between sessions")
    some = WORDS.rules[0]
    said = [
        words_of_effect(LABELS, replace(some, then=Effects(**{cap.name: most})), effect)[0].text
        for most in (5, 1)
        for effect in (cap, on_weeks)
    ]
    ending = "; beyond that, a referral and no number"
    assert [text.removesuffix(ending) for text in said] == [
        "never more than 5",
        "never more than 5 weeks",
        "never more than 1",
        "never more than 1 week",
    ]

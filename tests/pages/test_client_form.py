"""The questions of a ruleset as a form: what is shown, what is kept, and what is an answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.evaluation.compiled import CompiledRuleset
from service.pages.client_form import (
    NONE_OF_THESE,
    ClientForm,
    Filled,
    all_others_no,
    assessment_of,
    client_form,
    counting,
    filled_by,
    read_form,
)
from service.store.folders import read_shelf
from service.store.snapshot import take_snapshot

SHIPPED = Path(__file__).resolve().parents[2] / "rulesets"
TATTOO: Filled = {"concern": ("tattoo",), "inks": ("black", "red"), "sessions_done": ("2",)}


@pytest.fixture(scope="module")
def pico() -> Iterator[CompiledRuleset]:
    """pico-laser, ready to decide."""
    snapshot = take_snapshot(read_shelf(SHIPPED, "rulesets"))
    yield snapshot.served["pico-laser"]
    snapshot.close()


def form_of(compiled: CompiledRuleset, filled: Filled) -> ClientForm:
    """The form, with what is wrong with its answers."""
    refusals = compiled.refusals(assessment_of(compiled.ruleset, counting(compiled, filled)))
    return client_form(compiled, compiled.ruleset, filled, refusals)


def shown(form: ClientForm) -> list[str]:
    """The questions that are shown, in their order."""
    return [one.id for one in (*form.plain, *form.safety)]


def test_an_answer_is_what_a_request_would_have(pico: CompiledRuleset) -> None:
    fields = [
        ("concern", "freckles"),
        ("concern", "tattoo"),
        ("inks", "black"),
        ("inks", "red"),
        ("gold_therapy", "no"),
        ("age", " 40 "),
    ]
    filled = read_form(pico.ruleset, [*fields, ("vitiligo", ""), (".token", "x"), ("nothing", "x")])
    assert assessment_of(pico.ruleset, filled) == {
        "concern": "tattoo",
        "inks": ["black", "red"],
        "gold_therapy": False,
        "age": 40,
    }


def test_none_of_these_is_an_answer_and_nothing_picked_is_none(pico: CompiledRuleset) -> None:
    none = read_form(pico.ruleset, [("light_risk", NONE_OF_THESE)])
    assert assessment_of(pico.ruleset, none) == {"light_risk": []}
    assert assessment_of(pico.ruleset, read_form(pico.ruleset, [])) == {}


def test_a_form_says_of_an_assessment_what_it_says(pico: CompiledRuleset) -> None:
    assessment = {"concern": "tattoo", "inks": ["black"], "light_risk": [], "vitiligo": True, "age": 40}
    assert assessment_of(pico.ruleset, filled_by(pico.ruleset, assessment)) == assessment


def test_questions_come_and_go_with_the_answers(pico: CompiledRuleset) -> None:
    spots = form_of(pico, {"concern": ("solar_lentigo",)})
    tattoo = form_of(pico, TATTOO)
    assert "severity" in shown(spots)
    assert "severity" not in shown(tattoo)
    assert {"inks", "tattoo_made", "improvement_pct"} <= {*shown(tattoo)} - {*shown(spots)}


def test_what_applies_no_more_is_kept_and_does_not_count(pico: CompiledRuleset) -> None:
    filled = {**TATTOO, "concern": ("solar_lentigo",)}
    form = form_of(pico, filled)
    assert form.kept == (("inks", "black"), ("inks", "red"))
    assert form.beside == (pico.ruleset.inputs["inks"].label,)
    assert "inks" not in counting(pico, filled)
    assert form_of(pico, {**filled, "concern": ("tattoo",)}).kept == ()


def test_all_others_no_answers_the_yes_or_no_questions_of_safety_alone(pico: CompiledRuleset) -> None:
    filled = {"concern": ("solar_lentigo",), "vitiligo": ("yes",)}
    form = form_of(pico, filled)
    answered = all_others_no(form, filled)
    assert answered["vitiligo"] == ("yes",)
    added = {name for name in answered if name not in filled}
    assert added == {
        name
        for name, one in pico.ruleset.inputs.items()
        if one.must_ask and one.domain.shape == "yes_no" and name in shown(form) and name != "vitiligo"
    }
    assert {answered[name] for name in added} == {("no",)}


def test_mistakes_stand_beside_their_question_and_what_is_missing_is_listed(pico: CompiledRuleset) -> None:
    form = form_of(pico, {"concern": ("solar_lentigo",), "age": ("three hundred",)})
    (age,) = [one for one in (*form.plain, *form.safety) if one.id == "age"]
    assert age.mistakes
    assert age.value == "three hundred"
    assert [name for name, _ in form.missing] == ["severity", "phototype", "goal", "device"]
    assert not any(one.mistakes for one in form.plain if one.id != "age")


def test_the_shape_of_a_form_changes_with_its_fields_alone(pico: CompiledRuleset) -> None:
    spots = form_of(pico, {"concern": ("solar_lentigo",)})
    assert spots.shape == form_of(pico, {"concern": ("freckles",), "phototype": ("II",)}).shape
    assert spots.shape != form_of(pico, TATTOO).shape
    assert spots.shape != form_of(pico, {"concern": ("solar_lentigo",), "age": ("x",)}).shape

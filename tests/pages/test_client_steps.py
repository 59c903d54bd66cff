"""The questions of the shipped client page: who reads which words of them, and how long all of them take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.evaluation.compiled import CompiledRuleset
from service.pages.client_form import filled_by
from service.pages.client_steps import CHECK, AskedQuestion, Steps, Visit
from service.store.folders import read_shelf, shipped
from tests.web.test_what_if import SPOTS

TAP_S = 1.2
WORDS_A_MINUTE = 238
FIRST = {**SPOTS, "sessions_done": 0, "sensitivity": False, "smoker": False}
CLIENTS: dict[str, dict[str, Any]] = {
    "sun spots": FIRST,
    "a tattoo": FIRST
    | {
        "concern": "tattoo",
        "tattoo_made": "professional",
        "inks": ["black"],
        "tattoo_over_30_cm2": False,
        "ink_allergy": False,
    },
    "melasma": {**FIRST, "concern": "melasma", "topical_3m": True},
    "acne scars": {**FIRST, "concern": "acne_scar", "ice_pick_dominant": False, "acne_active": False},
}


@pytest.fixture(scope="module")
def compiled() -> CompiledRuleset:
    """The shipped ruleset."""
    ruleset = read_shelf(shipped(), "pico-laser").read["pico-laser"].ruleset
    assert ruleset is not None
    return CompiledRuleset(ruleset)


def asked_of(compiled: CompiledRuleset, assessment: dict[str, Any], language: str) -> list[AskedQuestion]:
    """Each question that a client is asked, as its page shows it."""
    filled = filled_by(compiled.ruleset, assessment)
    begun = Visit(language, compiled.ruleset.digest, CHECK)
    visit = replace(begun, at=Steps(compiled, begun).first())
    found = []
    while visit.at != CHECK:
        steps = Steps(compiled, visit)
        found.append(steps.question(steps.translated.inputs[visit.at]))
        visit = steps.answered(filled[visit.at])
    return found


@pytest.mark.parametrize("who", CLIENTS)
def test_a_client_is_done_within_two_minutes(compiled: CompiledRuleset, who: str) -> None:
    """Two taps a question, one to begin and one for the result; each question and its help is read."""
    asked = asked_of(compiled, CLIENTS[who], "en")
    read = sum(len(f"{one.label} {one.help}".split()) for one in asked)
    assert (2 * len(asked) + 2) * TAP_S + read / WORDS_A_MINUTE * 60 < 120


@pytest.mark.parametrize("language", ["en", "es", "zh-Hans"])
def test_of_a_help_that_is_for_several_concerns_each_client_reads_his_own(
    compiled: CompiledRuleset, language: str
) -> None:
    lines = {}
    for concern in ("solar_lentigo", "acne_scar", "post_inflammatory_hyperpigmentation", "pores_fine_lines"):
        made = {**CLIENTS["acne scars"], "concern": concern}
        asked = {one.id: one for one in asked_of(compiled, made, language)}
        lines[concern] = asked["severity"].help
    assert lines["pores_fine_lines"] == ""
    told = compiled.by_language[language]
    whole = told.client_page.words["severity"].help or ""
    labels = {one.id: one.label for one in told.inputs["concern"].options}
    for concern in ("solar_lentigo", "acne_scar", "post_inflammatory_hyperpigmentation"):
        assert len(lines[concern].splitlines()) == 1
        assert labels[concern] not in lines[concern]
        assert lines[concern] in whole

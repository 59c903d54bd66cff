from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from service.serving.evaluate import Answering
from service.serving.refused import Refused
from tests.evaluation.worked import case_of
from tests.properties.serving import answer, refusal, serving

INPUTS: dict[str, Any] = {
    "done": {"label": "Sessions done", "whole number": "0 to 40"},
    "seen": {"label": "Seen", "number": "0 to 100", "only if": {"done": "given"}},
    "first": {"label": "First time?", "kind": "yes or no", "required": True, "only if": {"done": "unknown"}},
    "healed": {"label": "Healed?", "kind": "yes or no", "required": True, "only if": {"done": "at least 1"}},
    "skin": {"label": "Skin", "kind": "yes or no", "must ask": True},
    "gold": {"label": "Gold", "kind": "yes or no", "must ask": True},
}


def files(inputs: dict[str, Any]) -> dict[str, Any]:
    """A ruleset with these questions and one rule."""
    rules = {"a": {"when": {"skin": "given"}, "then": {"sessions": 3}}}
    case = case_of({"name": "intake", "rules": rules, "expect": {}})
    return {**case.files, "assessment": {"inputs": inputs}}


@pytest.fixture
def answering() -> Iterator[Answering]:
    with serving(files(INPUTS)) as served:
        yield served


def test_what_hangs_on_a_wrong_answer_is_neither_missing_nor_misplaced(answering: Answering) -> None:
    wrong = {"done": "2", "seen": 40, "healed": True}
    assert refusal(answering, wrong) == [("/assessment/done", "wrong-type")]


def test_what_an_answer_not_given_asks_for_is_missing(answering: Answering) -> None:
    assert refusal(answering, {}) == [("/assessment/first", "missing")]
    assert refusal(answering, {"done": 2}) == [("/assessment/healed", "missing")]


def test_what_does_not_apply_is_refused_where_that_is_certain(answering: Answering) -> None:
    asked = {"first": True, "seen": 40, "skin": "yes"}
    assert refusal(answering, asked) == [
        ("/assessment/seen", "not-applicable"),
        ("/assessment/skin", "wrong-type"),
    ]


def test_the_order_of_questions_changes_no_word_of_an_answer() -> None:
    backwards = dict(reversed(INPUTS.items()))
    with serving(files(INPUTS)) as one, serving(files(backwards)) as other:
        first, second = (answer(served, {"first": True}) for served in (one, other))
    assert first["unanswered"] == ["skin", "gold"]
    assert second["unanswered"] == ["gold", "skin"]
    assert first["warnings"] == second["warnings"]
    assert "Gold, Skin" in next(item["text"] for item in first["warnings"] if item["code"] == "unanswered")


def test_what_is_asked_no_more_is_told_with_what_to_send_instead() -> None:
    inputs: dict[str, Any] = {
        "skin": {"label": "Skin", "one of": ["dry", "oily"]},
        "risks": {"label": "Risks", "any of": ["lupus", "fits"]},
    }
    removed = {
        "gold": "Send metals.",
        "gold.yes": "Send metals: [gold].",
        "skin.mixed": "Send what most of it is.",
        "risks.no": "Send an empty list.",
        "risks.heat": "Nobody need say it.",
    }
    asked = files(inputs)
    asked["assessment"]["removed"] = removed
    sent_and_told: list[tuple[dict[str, Any], dict[str, str]]] = [
        ({"gold": True}, {"gold": "Send metals: [gold]."}),
        ({"gold": None}, {"gold": "Send metals."}),
        ({"gold": {"yes": 1}, "skin": "mixed"}, {"gold": "Send metals.", "skin": "Send what most of it is."}),
        ({"risks": False}, {"risks": "Send an empty list."}),
        ({"risks": ["lupus", "heat"]}, {"risks": "Nobody need say it."}),
        ({"risks": ["fit"], "skin": "dri"}, {"risks": 'Did you mean "fits"?', "skin": 'Did you mean "dry"?'}),
    ]
    with serving(asked) as served:
        for sent, told in sent_and_told:
            answered = served.evaluate({"ruleset": "generated", "assessment": sent})
            assert isinstance(answered, Refused)
            assert {error.pointer.split("/")[2]: error.hint for error in answered.errors} == told

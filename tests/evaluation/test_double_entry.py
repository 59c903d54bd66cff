from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from service.engine.program import Program
from service.evaluation.compiled import DoubleEntryError
from service.model.condition import Value
from service.serving.evaluate import Answering
from tests.properties.serving import answer, serving

RULES: dict[str, dict[str, Any]] = {
    "base": {"when": {"severity": "given"}, "then": {"sessions": 4}},
    "flag": {"when": {"severity": "severe"}, "then": {"conclude": {"high_risk": True}}},
    "gold-stops": {"when": {"gold": True}, "then": {"stop": "Never after gold."}},
    "chained": {"when": {"conclusions.high_risk": True}, "then": {"refer": "Look."}},
}
FILES: dict[str, Any] = {
    "ruleset": {
        "id": "generated",
        "title": "Double entry",
        "version": "1.0.0",
        "limits": {"sessions": "1 to 20", "interval weeks": "2 to 26"},
        "factors": {"concern": "Concern"},
    },
    "assessment": {
        "inputs": {
            "severity": {"label": "Severity", "levels": ["mild", "severe"], "required": True},
            "gold": {"label": "Gold?", "kind": "yes or no", "required": True},
        }
    },
    "factors": {
        "1-concern.yaml": {
            "factor": "concern",
            "rules": [
                {
                    "id": name,
                    "title": name,
                    "because": "It was seen.",
                    "support": "judgement",
                    **body,
                }
                for name, body in RULES.items()
            ],
        }
    },
    "evidence": {},
}

Fire = Callable[[Program, int, Mapping[str, Value]], set[int]]


@pytest.fixture
def answering() -> Iterator[Answering]:
    with serving(FILES) as served:
        yield served


def tamper(monkeypatch: pytest.MonkeyPatch, change: Callable[[set[int]], set[int]]) -> None:
    """Let the engine's first stage fire something else than it does."""
    real: Fire = Program.fire

    def fire(program: Program, stage: int, facts: Mapping[str, Value]) -> set[int]:
        hits = real(program, stage, facts)
        return change(hits) if stage == 0 else hits

    monkeypatch.setattr(Program, "fire", fire)


def place(answering: Answering, rule: str) -> int:
    """Where the rule stands in the ruleset."""
    rules = answering.snapshot.served["generated"].ruleset.rules
    return [one.id for one in rules].index(rule)


def test_a_firing_that_the_engine_loses_gives_no_decision_and_an_error_that_names_the_rule(
    answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = place(answering, "gold-stops")
    tamper(monkeypatch, lambda hits: hits - {lost})
    with pytest.raises(DoubleEntryError) as differ:
        answer(answering, {"severity": "mild", "gold": True})
    assert differ.value.rules == ("gold-stops",)
    assert str(differ.value).startswith("generated sha256:")
    assert str(differ.value).endswith(": only the evaluator holds gold-stops")


def test_a_firing_that_the_engine_adds_gives_no_decision_and_an_error_that_names_the_rule(
    answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = place(answering, "gold-stops")
    tamper(monkeypatch, lambda hits: hits | {added})
    with pytest.raises(DoubleEntryError) as differ:
        answer(answering, {"severity": "mild", "gold": False})
    assert differ.value.rules == ("gold-stops",)
    assert str(differ.value).endswith(": only the engine fired gold-stops")


def test_a_lost_conclusion_names_the_rules_that_would_have_followed_from_it_too(
    answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = place(answering, "flag")
    tamper(monkeypatch, lambda hits: hits - {lost})
    with pytest.raises(DoubleEntryError) as differ:
        answer(answering, {"severity": "severe", "gold": False})
    assert set(differ.value.rules) == {"flag", "chained"}


def test_both_differences_stand_in_one_error(answering: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    lost, added = place(answering, "base"), place(answering, "gold-stops")
    tamper(monkeypatch, lambda hits: (hits - {lost}) | {added})
    with pytest.raises(DoubleEntryError) as differ:
        answer(answering, {"severity": "mild", "gold": False})
    assert str(differ.value).endswith(": only the engine fired gold-stops; only the evaluator holds base")


def test_the_error_tells_nothing_of_the_client(answering: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    tamper(monkeypatch, lambda _hits: set())
    with pytest.raises(DoubleEntryError) as differ:
        answer(answering, {"severity": "severe", "gold": True})
    assert "severe" not in str(differ.value)


def test_after_a_difference_the_next_decision_is_made_as_ever(
    answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"severity": "severe", "gold": True}
    before = answer(answering, asked)
    with monkeypatch.context() as patch:
        tamper(patch, lambda _hits: set())
        with pytest.raises(DoubleEntryError):
            answer(answering, asked)
    assert answer(answering, asked) == before
    assert [item["rule"] for item in before["fired"]] == ["base", "flag", "gold-stops", "chained"]

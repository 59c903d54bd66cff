from __future__ import annotations

from typing import Any

from tests.evaluation.worked import case_of
from tests.properties.serving import answer, serving


def explained(rules: dict[str, Any], asked: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The answer with its explanation."""
    case = case_of({"name": "explained", "rules": rules, "asked": asked, "expect": {}, **more})
    with serving(case.files) as answering:
        return answer(answering, case.asked, explain=True)


def not_fired(answered: dict[str, Any], rule: str) -> tuple[str, list[tuple[str, str, Any]]]:
    """The truth of a rule that did not fire, and each of its conditions, truth and what was given."""
    (item,) = (item for item in answered["not_fired"] if item["rule"] == rule)
    seen = [(one["condition"], one["truth"], one["given"]) for one in item["conditions"]]
    return item["truth"], seen


def test_a_rule_that_did_not_fire_shows_each_condition_its_truth_and_what_was_given() -> None:
    when = {"severity": "at least moderate", "goal.times": "above 1", "seen": "above 50"}
    rules = {"base": {"sessions": 3}, "a": {"when": when, "then": {"stop": "Never."}}}
    answered = explained(rules, {"severity": "mild", "goal": "complete"})
    assert not_fired(answered, "a") == (
        "false",
        [
            ("severity: at least moderate", "false", "mild"),
            ("goal.times: above 1", "true", 2.16),
            ("seen: above 50", "unknown", None),
        ],
    )


def test_a_rule_is_unknown_where_what_it_needs_was_not_given() -> None:
    when = {"not": {"severity": "mild"}}
    rules = {"base": {"sessions": 3}, "a": {"when": when, "then": {"stop": "Never."}}}
    assert not_fired(explained(rules, {}), "a") == ("unknown", [("severity: mild", "unknown", None)])


def test_conclusions_and_scores_are_shown_as_they_stood_when_the_rule_was_decided() -> None:
    rules = {
        "base": {"sessions": 3},
        "p": {"points": {"kd": 2.5}},
        "f": {"when": {"severity": "severe"}, "then": {"conclude": {"deep": True}}},
        "a": {"when": {"scores.kd": "above 3", "conclusions.deep": False}, "then": {"stop": "Never."}},
    }
    assert not_fired(explained(rules, {}), "a") == (
        "false",
        [("scores.kd: above 3", "false", 2.5), ("conclusions.deep: no", "true", False)],
    )


def test_every_rule_is_either_fired_or_explained() -> None:
    rules = {
        "base": {"sessions": 3},
        "a": {"when": {"severity": "mild"}, "then": {"advise": "Rest."}},
        "b": {"when": {"reactions": "includes pih"}, "then": {"advise": "Rest."}},
    }
    answered = explained(rules, {"severity": "mild", "reactions": ["blister"]})
    assert [item["rule"] for item in answered["fired"]] == ["base", "a"]
    assert not_fired(answered, "b") == ("false", [("reactions: includes pih", "false", ["blister"])])


def test_matched_holds_what_held_and_nothing_from_inside_not() -> None:
    when = {
        "severity": "mild",
        "wished": "unknown",
        "concern.most": "at least 8",
        "any": [{"goal": "clear"}, {"reactions": "includes pih"}],
        "not": {"sensitive": True},
    }
    rules = {"base": {"sessions": 3}, "a": {"when": when, "then": {"advise": "Rest."}}}
    asked = {
        "severity": "mild",
        "concern": "scar",
        "goal": "some",
        "reactions": ["blister", "pih"],
        "sensitive": False,
    }
    (item,) = (item for item in explained(rules, asked)["fired"] if item["rule"] == "a")
    assert item["matched"] == {
        "severity": "mild",
        "wished": None,
        "concern.most": 8.5,
        "reactions": ["pih", "blister"],
    }

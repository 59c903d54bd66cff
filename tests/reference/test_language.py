from __future__ import annotations

from typing import Any

import pytest

from schemas.language import effects
from tests.reference import RefusedError, decide, truth
from tests.reference.answer import NUMBER_EFFECTS
from tests.reference.samples import ASKED, answer, referred, ruleset, three


def holds(when: dict[str, Any], **given: Any) -> str:
    """Whether one rule with this condition is true, false or unknown."""
    files = ruleset({"rule": {"when": when, "then": {"advise": "x"}}})
    return truth(files, {**ASKED, **given})["rule"]


@pytest.mark.parametrize(
    "test",
    [
        "moderate",
        ["mild", "moderate"],
        "not mild",
        "not [mild, severe]",
        {"not": ["mild", "severe"]},
        "at least moderate",
        {"at most": "moderate"},
        "above mild",
        "below severe",
        "mild to moderate",
        "given",
    ],
)
def test_every_form_of_test_of_a_level(test: Any) -> None:
    assert holds({"severity": test}, severity="moderate") == "true"


@pytest.mark.parametrize(
    "test", ["at least 4", "4 to 6", "4-6", "4\u20136", "above 3.9", [3, 4], {"not": 5}, 4.0, "not [5, 6]"]
)
def test_every_form_of_test_of_a_number(test: Any) -> None:
    assert holds({"sessions_done": test}, sessions_done=4) == "true"


def test_a_range_that_starts_below_zero_is_read_as_one() -> None:
    assert holds({"seen": "-5 to 10"}, sessions_done=1, seen=-5) == "true"
    assert holds({"seen": "-5 to 10"}, sessions_done=1, seen=-5.5) == "false"


def test_sets_are_tested_by_what_they_include_and_an_empty_one_is_given() -> None:
    assert holds({"reactions": "includes any of [pih, blister]"}, reactions=["pih"]) == "true"
    assert holds({"reactions": {"includes none of": ["pih"]}}, reactions=["pih"]) == "false"
    assert holds({"reactions": "given"}, reactions=[]) == "true"
    assert holds({"reactions": "includes pih"}) == "unknown"


def test_attributes_are_typed_by_all_their_values() -> None:
    assert holds({"device.waves": "includes 532"}, device="picosure") == "true"
    assert holds({"device.fractional": "no"}, device="qs") == "true"
    assert holds({"device.pulse": "not nano"}, device="qs") == "false"
    assert holds({"goal.pct": "at least 90"}) == "unknown"


def test_what_is_built_on_an_unknown_follows_kleene() -> None:
    unknown, true, false = {"severity": "mild"}, {"goal": "clear"}, {"goal": "some"}
    assert holds({"not": unknown}, goal="clear") == "unknown"
    assert holds({"any": [unknown, true]}, goal="clear") == "true"
    assert holds({"any": [unknown, false]}, goal="clear") == "unknown"
    assert holds({"all": [unknown, false]}, goal="clear") == "false"
    assert holds({"not": {"all": [unknown, false]}}, goal="clear") == "true"
    assert holds({"severity": "unknown"}) == "true"


def test_an_attribute_that_an_option_leaves_out_is_unknown() -> None:
    assert holds({"device.cooling": "air"}, device="picosure") == "true"
    assert holds({"device.cooling": "air"}, device="qs") == "unknown"
    assert holds({"device.cooling": "unknown"}, device="qs") == "true"


def test_a_number_can_be_compared_with_an_attribute_and_is_unknown_where_either_is() -> None:
    seen = {"sessions_done": 2, "goal": "clear"}
    for test, truths in (
        ("at least goal.pct", ("true", "true", "false")),
        ({"at most": "goal.pct"}, ("false", "true", "true")),
        ("above goal.pct", ("true", "false", "false")),
        ("below goal.pct", ("false", "false", "true")),
    ):
        assert tuple(holds({"seen": test}, seen=value, **seen) for value in (75.1, 75, 74.9)) == truths
        assert holds({"seen": test}, **seen) == "unknown"
        assert holds({"seen": test}, sessions_done=2, seen=75) == "unknown"


def test_the_month_is_that_of_the_day_that_is_asked_for() -> None:
    files = ruleset({"a": {"when": {"as of.month": [12, 1, 2]}, "then": {"advise": "x"}}})
    (fired,) = decide(files, ASKED, as_of="2027-01-31")["fired"]
    assert fired["matched"] == {"as_of.month": 1}
    assert decide(files, ASKED, as_of="2027-03-01")["fired"] == []


def test_a_contradiction_that_surely_holds_refuses_with_defaults_counted() -> None:
    files = ruleset({"a": {"advise": "x"}})
    when = {"severity": "mild", "sessions_done": "below 1"}
    files["assessment"] = {**files["assessment"], "contradictions": [{"id": "c", "when": when, "says": "No"}]}
    with pytest.raises(RefusedError, match="c does not hold together"):
        decide(files, {**ASKED, "severity": "mild"})
    assert decide(files, ASKED)["verdict"]
    assert decide(files, {**ASKED, "severity": "mild", "sessions_done": 1})["verdict"]


def test_a_row_of_a_table_is_a_rule_for_which_the_tests_of_both_must_hold() -> None:
    table = {
        "id": "spots",
        "when": {"severity": "not mild"},
        "then": {"benefits": ["collagen"]},
        "support": "published",
        "rows": [
            {
                "id": "few",
                "severity": "at most moderate",
                "goal": "clear",
                "sessions": 3,
                "support": "derived",
            },
            {"id": "many", "when": {"goal": "complete"}, "then": {"refer": "Look"}, "sessions": "4 to 6"},
        ],
    }
    files = ruleset({}, benefits={"collagen": "x"})
    files["factors"] = {"1-concern.yaml": {"factor": "concern", "tables": [table]}}
    few = decide(files, {**ASKED, "severity": "moderate", "goal": "clear"})
    assert [item["rule"] for item in few["fired"]] == ["spots-few"]
    assert (three(few), few["benefits"], few["support"]) == ((3, 3, 4), ["collagen"], "derived")
    many = decide(files, {**ASKED, "severity": "severe", "goal": "complete"})
    assert (three(many), referred(many), many["support"]) == ((4, 5, 6), ["spots-many"], "published")
    assert decide(files, {**ASKED, "severity": "severe", "goal": "clear"})["fired"] == []
    assert decide(files, {**ASKED, "severity": "mild", "goal": "complete"})["fired"] == []


def test_upkeep_is_the_shortest_a_wait_has_weeks_and_advice_its_moments() -> None:
    rules = {
        "a": {"sessions": 3, "maintenance weeks": {"min": 8.5, "typical": 12.5, "max": 20.1}},
        "b": {"maintenance weeks": "24 to 30"},
        "c": {"defer": "Later", "defer weeks": 2},
        "d": {"advise": {"after": "Rest", "before": "No sun"}},
    }
    answered = answer(rules)
    assert three(answered, "maintenance_weeks") == (8, 13, 21)
    assert answered["deferrals"] == [{"rule": "c", "text": "Later", "until": None, "weeks": 2}]
    assert [(item["text"], item["at"]) for item in answered["advice"]] == [
        ("No sun", "before"),
        ("Rest", "after"),
    ]
    assert three(answer({**rules, "s": {"stop": "Never"}}), "maintenance_weeks") is None


def test_null_is_not_given_and_a_whole_float_is_whole() -> None:
    assert holds({"severity": "given"}, severity=None) == "false"
    assert holds({"sessions_done": 5}, sessions_done=5.0) == "true"


def test_a_question_that_must_be_asked_sends_to_the_clinician_until_it_is_answered() -> None:
    files = ruleset({"a": {"sessions": 3}})
    answered = decide(files, {})
    assert (answered["verdict"], answered["unanswered"]) == ("clinician_review", ["gold"])
    assert three(answered) == (3, 3, 4)
    assert decide(files, ASKED)["verdict"] == "several_sessions"


def test_where_only_if_is_unknown_there_is_no_default_and_must_ask_counts_as_unanswered() -> None:
    files = ruleset({"a": {"when": {"extra": "unknown"}, "then": {"sessions": 3}}})
    only_if = {"severity": "severe"}
    more = {
        "extra": {"label": "Extra", "kind": "yes or no", "default": True, "only if": only_if},
        "asked": {"label": "Asked", "kind": "yes or no", "must ask": True, "only if": only_if},
        "needed": {"label": "Needed", "kind": "yes or no", "required": True, "only if": only_if},
    }
    files["assessment"] = {"inputs": {**files["assessment"]["inputs"], **more}}
    unknown = decide(files, ASKED)
    assert ([item["rule"] for item in unknown["fired"]], unknown["unanswered"]) == (["a"], ["asked"])
    assert decide(files, {**ASKED, "severity": "mild"})["unanswered"] == []
    with pytest.raises(RefusedError, match="needed is required"):
        decide(files, {**ASKED, "severity": "severe"})


@pytest.mark.parametrize(
    "given", [{"seen": 5}, {"stranger": 1}, {"sessions_done": 41}, {"severity": "awful"}]
)
def test_an_assessment_that_is_not_valid_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        holds({"sessions_done": 0}, **given)


def test_tests_of_a_conclusion_wait_until_no_rule_can_add_to_it() -> None:
    rules = {
        "a-reads": {"when": {"not": {"conclusions.deep": True}}, "then": {"advise": "Not deep"}},
        "b-chains": {"when": {"conclusions.first": True}, "then": {"conclude": {"deep": True}}},
        "c-starts": {"conclude": {"first": True}},
        "d-low": {"conclude": {"risk": "low"}},
        "e-high": {"conclude": {"risk": "high"}},
        "f-level": {"when": {"conclusions.risk": "at most low"}, "then": {"advise": "Low"}},
    }
    answered = answer(rules, conclusions={"risk": ["low", "high"]})
    assert answered["conclusions"] == {"deep": True, "first": True, "risk": "high"}
    assert answered["advice"] == []


def test_a_flag_that_nobody_concluded_is_no_and_a_level_is_unknown() -> None:
    never = {"when": {"sessions_done": "above 30"}, "then": {"conclude": {"flag": True, "risk": "low"}}}
    flag = {"when": {"conclusions.flag": "no"}, "then": {"advise": "No flag"}}
    level = {"when": {"conclusions.risk": "not low"}, "then": {"advise": "Not low"}}
    answered = answer({"a": never, "b": flag, "c": level}, conclusions={"risk": ["low", "high"]})
    assert [item["text"] for item in answered["advice"]] == ["No flag"]
    assert answered["fired"][0]["matched"] == {"conclusions.flag": False}
    assert answered["conclusions"] == {}


def test_a_score_adds_exactly_and_is_unknown_where_an_attribute_was_not_given() -> None:
    rules = {
        "a": {"points": {"kd": ["goal.times", 0.1]}},
        "b": {"points": {"kd": 0.2}},
        "c": {"sessions from score": {"score": "kd", "times": 1, "spread": 1, "at least": 1}},
        "d": {"when": {"scores.kd": 2.46}, "then": {"advise": "Exact"}},
        "e": {"when": {"scores.kd": "unknown"}, "then": {"advise": "Unknown"}},
    }
    known = answer(rules, {"goal": "complete"})
    assert (known["scores"], three(known)) == ({"kd": 2.46}, (1, 2, 4))
    assert [item["text"] for item in known["advice"]] == ["Exact"]
    unknown = answer(rules)
    assert (unknown["scores"], three(unknown), referred(unknown)) == ({"kd": None}, None, ["c"])
    assert [item["text"] for item in unknown["advice"]] == ["Unknown"]


def test_matched_holds_every_test_that_held_but_nothing_from_inside_not() -> None:
    when = {
        "any": [{"severity": "mild", "goal": "some"}, {"device": "qs"}],
        "not": {"sensitive": True, "goal": "clear"},
        "reactions": "unknown",
    }
    rules = {"a": {"when": when, "then": {"advise": "x"}}}
    answered = answer(rules, {"severity": "mild", "goal": "clear", "device": "qs", "sensitive": False})
    assert answered["fired"][0]["matched"] == {"severity": "mild", "device": "qs", "reactions": None}


def test_a_stop_comes_first_and_leaves_the_why() -> None:
    rules = {
        "a": {"sessions": 3, "expect": "Much", "review weeks": 4},
        "b": {"stop": "Never", "advise": "Go home"},
        "c": {"defer": "Later", "until": "healed"},
        "d": {"refer": "Look"},
    }
    answered = answer(rules)
    assert (answered["verdict"], three(answered), answered["support"]) == ("do_not_treat", None, None)
    assert (answered["steps"], answered["expected"], answered["review_weeks"]) == ([], [], None)
    assert answered["deferrals"] == [{"rule": "c", "text": "Later", "until": "healed", "weeks": None}]
    assert answered["advice"] == [{"rule": "b", "text": "Go home", "at": None}]
    assert referred(answered) == ["d"]
    assert answer({key: rules[key] for key in "acd"})["verdict"] == "defer"
    assert three(answer({key: rules[key] for key in "acd"})) == (3, 3, 4)


def test_benefits_come_in_the_rulesets_order_each_once() -> None:
    rules = {"a": {"sessions": 3, "benefits": ["tailored", "collagen"]}, "b": {"benefits": ["collagen"]}}
    assert answer(rules, benefits={"collagen": "x", "tailored": "y"})["benefits"] == ["collagen", "tailored"]


def test_what_counts_for_support_here_is_what_the_language_says_needs_it() -> None:
    assert set(NUMBER_EFFECTS) == {one.key for one in effects(where=lambda effect: effect.needs_support)}

"""What a scenario expects against its answer: parts match, lists are sets, scalars take the answer's kind."""

from typing import Any

import pytest

from service.analysis.checks.scenarios import differences, failures, same_scalar
from service.model.problem import Place
from service.model.ruleset import Scenario

ANSWER: dict[str, Any] = {
    "verdict": "several_sessions",
    "sessions": {"min": 4, "typical": 5, "max": 6},
    "interval_weeks": None,
    "unanswered": ["age", "vitiligo"],
    "conclusions": {"deep": True, "risk": "high"},
    "scores": {"kd": 4.5},
    "stops": [],
    "fired": [{"rule": "base"}, {"rule": "goal"}],
    "benefits": [{"id": "collagen", "text": "Collagen."}, {"id": "tailored", "text": "Tailored."}],
    "referrals": [{"rule": "a", "text": "Look."}, {"rule": "a", "text": "Look again."}],
}


def said(expected: dict[str, Any]) -> list[str]:
    """The differences as a person reads them."""
    return [one.message for one in differences(expected, ANSWER)]


@pytest.mark.parametrize(
    "expected",
    [
        {},
        {"verdict": "several_sessions"},
        {"sessions": {}},
        {"sessions": {"typical": "5"}},
        {"sessions": {"min": "4", "max": "6"}, "interval_weeks": None},
        {"unanswered": ["vitiligo", "age"]},
        {"stops": []},
        {"conclusions": {"deep": "yes"}},
        {"conclusions": {"deep": "true", "risk": "high", "shallow": "no"}},
        {"scores": {"kd": "4.5"}},
        {"scores": {"kd": "4.50"}},
        {"benefits": [{"text": "Tailored."}, {"id": "collagen"}]},
        {"referrals": [{"rule": "a"}, {"rule": "a", "text": "Look."}]},
    ],
)
def test_any_part_of_an_answer_matches_it(expected: dict[str, Any]) -> None:
    assert said(expected) == []


@pytest.mark.parametrize(
    ("expected", "differs"),
    [
        ({"verdict": "defer"}, "verdict is several_sessions, expected defer"),
        ({"sessions": {"typical": "4"}}, "sessions.typical is 5, expected 4"),
        ({"sessions": {"mean": "4"}}, "sessions.mean is not in the answer, expected 4"),
        ({"sessions": None}, "sessions is {min: 4, typical: 5, max: 6}, expected null"),
        ({"interval_weeks": {"min": "4"}}, "interval_weeks is null, expected {min: 4}"),
        ({"interval_weeks": "4"}, "interval_weeks is null, expected 4"),
        ({"stops": None}, "stops is [], expected null"),
        ({"unanswered": ["age"]}, "unanswered also holds vitiligo, expected [age]"),
        ({"unanswered": []}, "unanswered also holds age, expected []"),
        ({"unanswered": ["age", "vitiligo", "gold"]}, "unanswered lacks gold"),
        ({"stops": [{"rule": "gold"}]}, "stops lacks {rule: gold}"),
        ({"conclusions": {"deep": "no"}}, "conclusions.deep is yes, expected no"),
        ({"conclusions": {"shallow": "yes"}}, "conclusions.shallow is not in the answer, expected yes"),
        ({"scores": {"kd": "4"}}, "scores.kd is 4.5, expected 4"),
        ({"benefits": ["collagen", {"id": "tailored"}]}, "benefits lacks collagen. Write {id: collagen}"),
        (
            {"referrals": [{"rule": "a"}]},
            "referrals also holds {rule: a, text: Look again.}, expected [{rule: a}]",
        ),
    ],
)
def test_a_difference_says_what_is_and_what_was_expected(expected: dict[str, Any], differs: str) -> None:
    assert said(expected)[0] == differs


def test_every_difference_is_named_at_once() -> None:
    assert said({"verdict": "defer", "sessions": {"min": "1", "typical": "5", "max": "2"}}) == [
        "verdict is several_sessions, expected defer",
        "sessions.min is 4, expected 1",
        "sessions.max is 6, expected 2",
    ]


def test_an_item_that_fits_twice_leaves_the_other_for_the_item_that_fits_only_there() -> None:
    expected = {"referrals": [{"rule": "a"}, {"rule": "a", "text": "Look."}]}
    assert said(expected) == []


@pytest.mark.parametrize(
    ("text", "value", "same"),
    [
        ("yes", True, True),
        ("no", False, True),
        ("true", True, True),
        ("1", True, False),
        ("4", 4, True),
        ("4.0", 4, True),
        ("four", 4, False),
        ("4", "4", True),
        ("0.333333", 1 / 3, True),
        (None, None, True),
        ("null", None, False),
        (None, 4, False),
        (None, False, False),
    ],
)
def test_a_scalar_is_read_as_what_the_answer_holds(text: str | None, value: object, same: bool) -> None:
    assert same_scalar(text, value) is same


def test_a_failure_points_at_the_part_that_was_expected() -> None:
    scenario = Scenario(
        name="Scars",
        assessment={},
        expected={"sessions": {"typical": "4"}},
        fired=("base", "cap"),
        not_fired=("goal",),
        as_of=None,
        place=Place("s.yaml", 1),
        places={
            ("expect", "sessions", "typical"): Place("s.yaml", 4, 20),
            ("expect", "fired", 1): Place("s.yaml", 5, 12),
            ("expect", "not fired", 0): Place("s.yaml", 6, 16),
        },
    )
    assert [str(failure.problem) for failure in failures(scenario, ANSWER)] == [
        's.yaml:4:20: error scenario-failed "Scars": sessions.typical is 5, expected 4',
        's.yaml:5:12: error scenario-failed "Scars": cap did not fire, expected it to',
        's.yaml:6:16: error scenario-failed "Scars": goal fired, expected it not to',
    ]

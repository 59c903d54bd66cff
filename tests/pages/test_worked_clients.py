"""Why a worked client is not as expected, as pages say it: in labels, whatever was expected."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from service.evaluation.compiled import CompiledRuleset
from service.model.ruleset import Scenario
from service.pages.worked_clients import opened_client
from service.serving.trying import try_scenarios
from service.store.folders import read_shelf, shipped


@pytest.fixture(scope="module")
def compiled() -> CompiledRuleset:
    ruleset = read_shelf(shipped(), "rulesets", only="pico-laser").read["pico-laser"].ruleset
    assert ruleset is not None
    return CompiledRuleset(ruleset)


def why(compiled: CompiledRuleset, scenario: Scenario) -> list[str]:
    """Every line of why it is not as expected."""
    (tried,) = try_scenarios(compiled, [scenario])
    return [line for part in opened_client(compiled.ruleset, tried).parts for line in part.why]


NINE = {"min": "9", "typical": "9", "max": "9"}


EXPECT: dict[str, Any] = {
    "verdict": "defer",
    "one_session": "undecided",
    "support": "published",
    "sessions": NINE,
    "interval_weeks": NINE,
    "review_weeks": NINE,
    "referrals": [],
    "advice": [],
    "benefits": [],
    "conclusions": {"wavelength_mismatch": "x"},
}


def test_whatever_was_expected_is_said_in_labels(compiled: CompiledRuleset) -> None:
    ids = tuple(rule.id for rule in compiled.ruleset.rules[::8])
    scenarios = [
        replace(one, expected=EXPECT, fired=ids, not_fired=ids) for one in compiled.ruleset.scenarios[:4]
    ]
    lines = {line for one in scenarios for line in why(compiled, one)}
    assert len(lines) > 40
    assert [line for line in lines if re.search(r"[a-z]_[a-z]|\.yaml|[a-z]\.[a-z]", line)] == []


def test_a_rule_that_did_not_fire_has_its_condition_beside_the_answer(compiled: CompiledRuleset) -> None:
    one = next(one for one in compiled.ruleset.scenarios if one.assessment["concern"] == "solar_lentigo")
    (line,) = why(compiled, replace(one, expected={}, fired=("mole",), not_fired=()))
    assert re.fullmatch(
        "“.+” did not fire: “What should be treated\\? is .+” is false: it is Sun spots", line
    )

"""``scenarios/*.yaml``: worked clients and what they must get."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from schemas.ruleset_files import ScenarioEntry, yes_or_no
from service.model.number import as_json, parse_number
from service.model.problem import did_you_mean, shown
from service.model.ruleset import Input, Scenario
from service.reading.spot import Findings, Spot

ANSWER_MEMBERS = (
    "as_of",
    "ruleset",
    "verdict",
    "verdict_text",
    "one_session",
    "sessions",
    "interval_weeks",
    "remaining",
    "review_weeks",
    "support",
    "fired",
    "not fired",
    "steps",
    "conclusions",
    "scores",
    "expected",
    "stops",
    "deferrals",
    "referrals",
    "advice",
    "benefits",
    "unanswered",
    "warnings",
)


def read_scenarios(
    found: Findings, inputs: Mapping[str, Input], rules: Collection[str], spot: Spot, taken: set[str]
) -> list[Scenario]:
    """The scenarios of one file; ``taken`` collects their names."""
    if spot.data is None:
        return []
    if not isinstance(spot.data, list):
        found.error(
            spot.at(), "wrong-type", "A scenarios file is a list: - name: ... on a line for each client."
        )
        return []
    scenarios = []
    for _, below in spot.children():
        entry = found.load(ScenarioEntry(), below)
        if not isinstance(below.data, dict) or "assessment" not in entry or "expect" not in entry:
            continue
        name = entry.get("name", "")
        if name in taken:
            message = f'A scenario "{shown(name)}" stands already. Give this one its own name.'
            found.error(below.child("name").at(), "duplicate-id", message)
        taken.add(name)
        expect = below.child("expect")
        for key, part in expect.children():
            if key not in ANSWER_MEMBERS:
                message = f'"{shown(key)}" is not part of an answer.{did_you_mean(key, ANSWER_MEMBERS)}'
                found.error(part.key(), "unknown-key", message)
        scenarios.append(
            Scenario(
                name=name,
                assessment=as_assessment(inputs, below.child("assessment").data),
                expect={
                    key: value for key, value in expect.data.items() if key not in ("fired", "not fired")
                },
                fired=_rules(found, rules, expect.child("fired")),
                not_fired=_rules(found, rules, expect.child("not fired")),
                as_of=entry.get("as_of"),
                place=below.child("name").at(),
                places=below.places(),
            )
        )
    return scenarios


def _rules(found: Findings, rules: Collection[str], spot: Spot) -> tuple[str, ...]:
    if spot.data is None:
        return ()
    if not isinstance(spot.data, list):
        found.error(spot.at(), "wrong-type", f'"{spot.last()}" must be a list of rule ids: [a, b].')
        return ()
    named = []
    for _, item in spot.children():
        if isinstance(item.data, str) and item.data in rules:
            named.append(item.data)
        else:
            word = shown(str(item.data))
            found.error(item.at(), "unknown-rule", f'"{word}" is not a rule.{did_you_mean(word, rules)}')
    return tuple(named)


def as_assessment(inputs: Mapping[str, Input], data: Any) -> dict[str, Any]:
    """An assessment written in YAML as its JSON would be: each scalar typed by its question's kind.

    What fits no kind stays as it is, for validation to answer.
    """
    if not isinstance(data, dict):
        return {}
    return {key: _typed(inputs.get(key), value) for key, value in data.items()}


def _typed(one: Input | None, value: Any) -> Any:
    if one is None or not isinstance(value, str):
        return value
    if one.domain.shape == "yes_no":
        answer = yes_or_no(value)
        return value if answer is None else answer
    if one.domain.shape == "number":
        number = parse_number(value)
        return value if number is None else as_json(number)
    return value

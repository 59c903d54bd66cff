"""``scenarios/*.yaml``: worked clients and what they must get."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from schemas.language import ANSWER, members
from schemas.ruleset_fields import yes_or_no
from schemas.ruleset_files import ScenarioEntry
from service.model.number import as_json, parse_number
from service.model.problem import Place, quoted, shown
from service.model.ruleset import Input, Scenario
from service.reading.findings import Findings
from service.reading.spot import Places, Spot

NOT_FIRED = "not fired"
ANSWER_MEMBERS = (*(member.name for member in ANSWER.values() if member.expected), NOT_FIRED)
"""What a scenario can expect."""
_WORDS: dict[str, Collection[str]] = {member.name: member.words for member in ANSWER.values() if member.words}
_RANGES = members("range")
_PARTS = ("min", "typical", "max")


def read_scenarios(
    found: Findings, inputs: Mapping[str, Input], rules: Collection[str], spot: Spot, taken: dict[str, Place]
) -> list[Scenario]:
    """The scenarios of one file; ``taken`` collects where their names stand."""
    if spot.data is None:
        if spot.tree.blank:
            found.empty(spot)
        return []
    if not isinstance(spot.data, list):
        message = "A scenarios file is a list: put a dash before each client, such as - name: ..."
        found.error(spot.at(), "wrong-type", message)
        return []
    read = [_scenario(found, inputs, rules, below, taken) for below in spot.items()]
    return [scenario for scenario in read if scenario is not None]


def _scenario(
    found: Findings, inputs: Mapping[str, Input], rules: Collection[str], spot: Spot, taken: dict[str, Place]
) -> Scenario | None:
    entry = found.load(ScenarioEntry, spot)
    name = entry.get("name", "")
    if name in taken:
        message = f'Scenario "{shown(name)}" stands already at {taken[name]}. Give this one its own name.'
        found.error(spot.child("name").at(), "duplicate-id", message)
    elif name:
        taken[name] = spot.child("name").at()
    expect = spot.child("expect")
    for key, part in expect.entries():
        _member(found, key, part)
    fired = _rules(found, rules, expect.child("fired"))
    not_fired = _rules(found, rules, expect.child(NOT_FIRED))
    if "assessment" not in entry or "expect" not in entry:
        return None
    return Scenario(
        name=name,
        assessment=as_assessment(inputs, spot.child("assessment").data),
        expect={key: value for key, value in expect.data.items() if key not in ("fired", NOT_FIRED)},
        fired=fired,
        not_fired=not_fired,
        as_of=entry.get("as_of"),
        place=spot.child("name").at(),
        places=Places(spot),
    )


def _member(found: Findings, key: str, spot: Spot) -> None:
    """Hold one expected member against what an answer can have."""
    if key not in ANSWER_MEMBERS:
        mend = found.near(key, ANSWER_MEMBERS) or " Remove it."
        found.error(spot.key(), "unknown-member", f'"{shown(key)}" is not part of an answer.{mend}')
    words = _WORDS.get(key)
    if words and isinstance(spot.data, str) and spot.data.strip() not in words:
        mend = found.near(spot.data, words) or f" Write {quoted(words)}."
        found.error(spot.at(), "unknown-member", f'"{shown(spot.data)}" is never the {key}.{mend}')
    if key in _RANGES:
        for part, below in spot.entries():
            if part not in _PARTS:
                mend = found.near(part, _PARTS) or " It has min, typical and max."
                found.error(below.key(), "unknown-member", f'"{shown(part)}" is not part of {key}.{mend}')


def _rules(found: Findings, rules: Collection[str], spot: Spot) -> tuple[str, ...]:
    if spot.data is None:
        return ()
    if not isinstance(spot.data, list):
        message = f"{spot.name()} must be a list of rule ids: [a, b]."
        found.error(spot.at(), "wrong-type", message)
        return ()
    named = []
    for item in spot.items():
        word = item.data.strip() if isinstance(item.data, str) else None
        if word is None:
            found.error(item.at(), "wrong-type", "A rule is named by its id: [rule-a, rule-b].")
        elif word in rules:
            named.append(word)
        elif found.once("unknown-rule", word):
            mend = found.near(word, rules) or (
                " If it was deleted or renamed by mistake, bring it back; else mend this scenario."
            )
            found.error(item.at(), "unknown-rule", f"No rule is called {shown(word)}.{mend}")
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

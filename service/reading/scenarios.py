"""``scenarios/*.yaml``: worked clients and what they must get."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from schemas.json_numbers import json_number
from schemas.language import ANSWER, members
from schemas.ruleset_fields import yes_or_no
from schemas.ruleset_files import ScenarioEntry
from service.model.number import parse_number
from service.model.problem import Place, did_you_mean, quoted, shown
from service.model.ruleset import Input, Scenario
from service.reading.node import Node, Places
from service.reading.parsed_test import level_by_number
from service.reading.problem_collector import ProblemCollector
from service.reading.ranges import mend_of, split_range

NOT_FIRED = "not fired"
ANSWER_MEMBERS = (*(member.name for member in ANSWER.values() if member.expected), NOT_FIRED)
"""What a scenario can expect."""
_WORDS: dict[str, Collection[str]] = {member.name: member.words for member in ANSWER.values() if member.words}
_RANGES = members("range")
_NULL = "null"
_PARTS = ("min", "typical", "max")


def read_scenarios(
    problems: ProblemCollector,
    inputs: Mapping[str, Input],
    rules: Collection[str],
    aside: Mapping[str, Place],
    node: Node,
    taken: dict[str, Place],
) -> list[Scenario]:
    """The scenarios of one file; ``taken`` collects where their names stand.

    ``aside``: where a rule is disabled, by the ids of those that are.
    """
    if node.data is None:
        if node.tree.blank:
            problems.empty(node)
        return []
    if not isinstance(node.data, list):
        message = "A scenarios file is a list: put a dash before each client, such as - name: ..."
        problems.error(node.at(), "wrong-type", message)
        return []
    read = [_scenario(problems, inputs, rules, aside, below, taken) for below in node.items()]
    return [scenario for scenario in read if scenario is not None]


def _scenario(
    problems: ProblemCollector,
    inputs: Mapping[str, Input],
    rules: Collection[str],
    aside: Mapping[str, Place],
    node: Node,
    taken: dict[str, Place],
) -> Scenario | None:
    entry = problems.load(ScenarioEntry, node)
    name = entry.get("name", "")
    if name in taken:
        message = f'Scenario "{shown(name)}" stands already at {taken[name]}. Give this one its own name.'
        problems.error(node.child("name").at(), "duplicate-id", message)
    elif name:
        taken[name] = node.child("name").at()
    expect = node.child("expect")
    if expect.data == {}:
        message = '"expect" is empty. Write what the client must get, such as verdict: several_sessions.'
        problems.error(expect.at(), "empty-mapping", message, since=2)
    for key, part in expect.entries():
        _member(problems, key, part)
    fired = _rules(problems, rules, aside, expect.child("fired"))
    not_fired = _rules(problems, rules, aside, expect.child(NOT_FIRED))
    if "assessment" not in entry or "expect" not in entry:
        return None
    return Scenario(
        name=name,
        assessment=as_assessment(inputs, node.child("assessment").data),
        expected={
            key: _without_quotes(value)
            for key, value in expect.data.items()
            if key not in ("fired", NOT_FIRED)
        },
        fired=fired,
        not_fired=not_fired,
        as_of=entry.get("as_of"),
        place=node.child("name").at(),
        places=Places(node),
    )


def _member(problems: ProblemCollector, key: str, node: Node) -> None:
    """Hold one expected member against what an answer can have."""
    if key not in ANSWER_MEMBERS:
        mend = problems.near(key, ANSWER_MEMBERS) or " Remove it."
        problems.error(node.key(), "unknown-member", f'"{shown(key)}" is not part of an answer.' + mend)
    words = _WORDS.get(key)
    if words and isinstance(node.data, str) and node.data.strip() not in (*words, _NULL):
        mend = problems.near(node.data, words) or f" Write {quoted(words)}."
        problems.error(node.at(), "unknown-member", f'"{shown(node.data)}" is never the {key}.' + mend)
    ends = split_range(node.data.strip()) if key in _RANGES and isinstance(node.data, str) else None
    if ends is not None:
        message = (
            f'"{shown(node.data)}" is not how an answer says {key}. Write {{min: {ends[0]}, max: {ends[1]}}}.'
        )
        problems.error(node.at(), "unknown-member", message)
    if key in _RANGES:
        for part, below in node.entries():
            if part not in _PARTS:
                mend = problems.near(part, _PARTS) or " It has min, typical and max."
                problems.error(below.key(), "unknown-member", f'"{shown(part)}" is not part of {key}.' + mend)


def _without_quotes(value: Any) -> Any:
    """What is expected, where tools put even null in quotes: its place says that it is no text."""
    if isinstance(value, dict):
        return {key: _without_quotes(part) for key, part in value.items()}
    return None if value == _NULL else value


def _rules(
    problems: ProblemCollector, rules: Collection[str], aside: Mapping[str, Place], node: Node
) -> tuple[str, ...]:
    if node.data is None:
        return ()
    if not isinstance(node.data, list):
        message = f"{node.name()} must be a list of rule ids: [a, b]."
        problems.error(node.at(), "wrong-type", message)
        return ()
    named = []
    for item in node.items():
        word = item.data.strip() if isinstance(item.data, str) else None
        if word is None:
            problems.error(item.at(), "wrong-type", "A rule is named by its id: [rule-a, rule-b].")
        elif word in rules:
            named.append(word)
        elif word in aside and problems.once("unknown-rule", word):
            message = f"{shown(word)} is disabled at {aside[word]}. Take it out there, or mend this scenario."
            problems.error(item.at(), "unknown-rule", message)
        elif word not in aside and problems.once("unknown-rule", word):
            mend = problems.near(word, rules) or (
                " If it was deleted or renamed by mistake, bring it back; else mend this scenario."
            )
            problems.error(item.at(), "unknown-rule", f"No rule is called {shown(word)}." + mend)
    return tuple(named)


def as_assessment(inputs: Mapping[str, Input], data: Any) -> dict[str, Any]:
    """An assessment written in YAML as its JSON would be: each scalar typed by its question's kind.

    What fits no kind stays as it is, for validation to answer.
    """
    if not isinstance(data, dict):
        return {}
    return {key: _typed(inputs.get(key), value) for key, value in data.items()}


def misread(inputs: Mapping[str, Input], pointer: Sequence[str], data: Any) -> str:
    """What is wrong with an answer that is written in a file, with its mend.

    ``pointer``: the path to it in the assessment ``data``. Empty where it is of its question's kind, so that
    what validation says of it is right.
    """
    one = inputs.get(pointer[0]) if pointer else None
    value = data.get(pointer[0]) if isinstance(data, dict) and pointer else None
    if one is None or not isinstance(value, str):
        return ""
    wrong, names = f'{one.id}: "{shown(value)}" is', [option.id for option in one.options]
    if one.domain.shape == "number" and parse_number(value) is None:
        return f"{wrong} not a number. {mend_of(value, key=one.id, whole=one.domain.whole)}"
    if one.domain.shape == "yes_no":
        return f"{wrong} neither yes nor no. Write one of these."
    if one.domain.shape == "set":
        listed = [piece.strip() for piece in _BETWEEN.split(value)]
        known = ", ".join(listed) if set(listed) <= set(names) else "" if value.lower() in _NONE else names[0]
        return f"{wrong} no list. Write [{known}]{', say' if known == names[0] != value else ''}."
    if one.domain.shape == "choice" and value not in names:
        meant = level_by_number(value, names)
        near = f' Write "{meant}".' if meant else did_you_mean(value, names) or f" Write {quoted(names)}."
        return f"{wrong} not one of its options.{near}"
    return ""


_BETWEEN = re.compile(r"[,;/&]|\band\b")
_NONE = ("none", "no", "nothing", "-", "n/a", "empty", "")


def _typed(one: Input | None, value: Any) -> Any:
    if one is None or not isinstance(value, str):
        return value
    if one.domain.shape == "yes_no":
        answer = yes_or_no(value)
        return value if answer is None else answer
    if one.domain.shape == "number":
        try:
            return json_number(value)
        except ValueError:
            return value
    return value

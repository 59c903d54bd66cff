"""The JSON Schema of an assessment takes exactly what the service takes."""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from service.evaluation.compiled import CompiledRuleset
from service.model.ruleset import Input, Ruleset
from service.serving.assessment_schema import assessment_body, assessment_json_schema
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.serving.sampling import sample_assessment
from service.store.folders import read_shelf, shipped
from service.store.snapshot import take_snapshot
from tests.generated import Choices, assessment_from, rulesets, seeded
from tests.properties.mistakes import wrong_value
from tests.properties.profile import TIMES, examples
from tests.properties.serving import open_folder, serving
from tests.reference.questions import questions_of

HEADER = """\
id: asked
title: Questions that wait for others
version: 1.0.0
limits: {sessions: 1 to 9, interval weeks: 2 to 9}
factors: {skin: Skin}
"""
RULE = """\
factor: skin
rules:
  - {id: a, title: A, when: {where: given}, then: {advise: Come back.}, because: It is so.}
"""
TRIES = 12
"""Assessments of each ruleset."""


class BothSchemas:
    """The schema of an assessment in a request, and the one that forms are made from; they must agree."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._made = [
            Draft202012Validator(made(ruleset)) for made in (assessment_body, assessment_json_schema)
        ]
        for one in self._made:
            one.check_schema(one.schema)

    def take(self, assessment: dict[str, Any]) -> bool:
        of_requests, of_forms = (one.is_valid(assessment) for one in self._made)
        assert of_requests is of_forms, assessment
        return of_forms


def changed(choices: Choices, files: dict[str, Any]) -> dict[str, Any]:
    """A valid assessment of which a few answers are left out, wrong, null, or of another client."""
    assessment = assessment_from(choices, files)
    other = assessment_from(choices, files)
    questions = questions_of(files)
    for name in choices.some(tuple(questions), 0, min(3, len(questions))):
        change = choices.pick(("drop", "null", "other", "other", "wrong"))
        if change == "wrong" and choices.chance(30):
            assessment[name] = wrong_value(choices, questions[name])
        elif change == "null":
            assessment[name] = None
        elif change == "other" and name in other:
            assessment[name] = other[name]
        else:
            assessment.pop(name, None)
    return assessment


def is_finite(value: Any) -> bool:
    """Whether JSON can say it."""
    if isinstance(value, list):
        return all(map(is_finite, value))
    return not isinstance(value, float) or value - value == 0


def taken(answering: Answering, ruleset: str, assessment: dict[str, Any]) -> bool:
    return not isinstance(answering.evaluate({"ruleset": ruleset, "assessment": assessment}), Refused)


@examples(50)
@given(st.data(), st.integers(0, 2**32))
def test_an_assessment_is_valid_exactly_where_it_is_taken(data: st.DataObject, seed: int) -> None:
    files, choices = data.draw(rulesets(max_rules=3)), seeded(seed)
    with serving(files) as answering:
        schemas = BothSchemas(answering.snapshot.served["generated"].ruleset)
        for _ in range(TRIES):
            assessment = changed(choices, files)
            if all(map(is_finite, assessment.values())):
                assert schemas.take(assessment) is taken(answering, "generated", assessment), assessment


@examples(40)
@given(st.data())
def test_every_ruleset_has_an_example_that_is_valid_and_taken(data: st.DataObject) -> None:
    files = data.draw(rulesets(max_rules=3))
    with serving(files) as answering:
        compiled = answering.snapshot.served["generated"]
        example = sample_assessment(compiled)
        assert example is not None
        assert BothSchemas(compiled.ruleset).take(example)
        assert taken(answering, "generated", example)


ASKED = """\
inputs:
  where: {label: Where?, one of: {face: {deep: yes, grade: 1}, arm: {deep: no, grade: 2}}, default: face}
  tan: {label: A tan?, kind: yes or no, default: no, only if: {where: face}}
  done: {label: Sessions done, whole number: 0 to 3, required: true, only if: {tan: no}}
  marks: {label: Which marks?, any of: {dark: Dark, pale: Pale}, only if: {where.deep: yes}}
  pain:
    label: How much pain?
    levels: [some, much]
    required: true
    only if: {any: [{marks: includes dark}, {not: {done: at least 2}}]}
  calm: {label: Calm?, kind: yes or no, must ask: true, only if: {tan: given, pain: unknown}}
  faded:
    label: Faded
    number: 0 to 10
    only if: {done: not 1, marks: "includes none of [pale]", where.grade: below 2}
"""
SENT = {
    "where": (None, "face", "arm"),
    "tan": (None, True, False),
    "done": (None, 0, 1, 2.0),
    "marks": (None, [], ["dark"], ["pale", "dark"]),
    "pain": (None, "much"),
    "calm": (None, False),
    "faded": (None, 2.5),
}


def test_with_every_kind_of_condition_it_is_valid_exactly_where_it_is_taken(tmp_path: Path) -> None:
    root = tmp_path / "asked"
    (root / "factors").mkdir(parents=True)
    for name, text in (
        ("ruleset.yaml", HEADER),
        ("assessment.yaml", ASKED),
        ("factors/1-skin.yaml", RULE),
    ):
        (root / name).write_text(text, encoding="utf-8")
    answering = open_folder(tmp_path)
    compiled = answering.snapshot.served["asked"]
    schemas, form = BothSchemas(compiled.ruleset), assessment_json_schema(compiled.ruleset)
    outcomes = []
    for values in product(*SENT.values()):
        nulls = dict(zip(SENT, values, strict=True))
        sent = {name: value for name, value in nulls.items() if value is not None}
        outcome = taken(answering, "asked", sent)
        assert schemas.take(sent) is outcome, sent
        assert schemas.take(nulls) is outcome, nulls
        if outcome:
            assert asked_by_the_data(form, sent) == compiled.applicable(sent), sent
        outcomes.append(outcome)
    assert min(outcomes.count(True), outcomes.count(False)) > 50


@cache
def answering_by_the_shipped() -> Answering:
    return Answering(take_snapshot(read_shelf(shipped())))


@pytest.mark.parametrize("ruleset", ["pico-laser", "tattoo-kirby-desai", "example-clinic"])
def test_shipped_assessments_with_one_answer_of_another_client_are_valid_exactly_where_they_are_taken(
    ruleset: str,
) -> None:
    answering = answering_by_the_shipped()
    found = answering.snapshot.served[ruleset].ruleset
    schemas = BothSchemas(found)
    clients = [dict(scenario.assessment) for scenario in found.scenarios]
    seen, outcomes = set[str](), set[bool]()
    for place, client in enumerate(clients):
        for other in clients[place + 1 : place + 1 + max(1, round(3 * TIMES))]:
            for name in sorted({**client, **other}):
                mixed = {key: value for key, value in client.items() if key != name}
                if name in other:
                    mixed[name] = other[name]
                if (said := json.dumps(mixed, sort_keys=True)) in seen:
                    continue
                seen.add(said)
                outcome = taken(answering, ruleset, mixed)
                assert schemas.take(mixed) is outcome, mixed
                outcomes.add(outcome)
    assert outcomes == {True, False}


def holds(condition: dict[str, Any], known: dict[str, Any]) -> bool | None:
    """What the data of an ``only_if`` says: the guide's words as a program."""
    if "not" in condition:
        part = holds(condition["not"], known)
        return None if part is None else not part
    for word, decisive in (("all", False), ("any", True)):
        if word in condition:
            found = [holds(part, known) for part in condition[word]]
            return decisive if decisive in found else None if None in found else not decisive
    value = known.get(condition["input"])
    if "given" in condition:
        return value is not None
    if value is None or value in condition.get("unclear", ()):
        return None
    if "in" in condition:
        return value in condition["in"]
    if "includes" in condition:
        return bool({*condition["includes"]} & {*value})
    return not (
        ("at least" in condition and value < condition["at least"])
        or ("above" in condition and value <= condition["above"])
        or ("at most" in condition and value > condition["at most"])
        or ("below" in condition and value >= condition["below"])
    )


def asked_by_the_data(schema: dict[str, Any], assessment: dict[str, Any]) -> set[str]:
    """The questions that apply, or may, where they stand in the order to ask them."""
    known: dict[str, Any] = {}
    found = set()
    for name, question in schema["properties"].items():
        only_if = question["x-picoplan"]["only_if"]
        applies = True if only_if is None else holds(only_if, known)
        if applies is not False:
            found.add(name)
        given = assessment.get(name)
        known[name] = question.get("default") if given is None and applies else given
    return found


def random_answer(one: Input, random: Random) -> Any:
    options = [option.id for option in one.options]
    match one.domain.shape:
        case "choice":
            return random.choice(options)
        case "set":
            return [option for option in options if random.random() < 0.3]
        case "yes_no":
            return random.random() < 0.5
        case _:
            low, high = int(one.domain.low or 0), int(one.domain.high or 100)
            return random.choice((low, high, random.randint(low, high)))


def random_client(compiled: CompiledRuleset, random: Random) -> dict[str, Any]:
    """Somebody who answers what he is asked, most of it; every other one then sends something else, too."""
    client: dict[str, Any] = {}
    for name, one in compiled.ruleset.inputs.items():
        if name in compiled.applicable(client) and (one.required or random.random() < 0.8):
            client[name] = random_answer(one, random)
    for _ in range(random.choice((0, 0, 1, 2))):
        name = random.choice([*compiled.ruleset.inputs])
        changed = random_answer(compiled.ruleset.inputs[name], random)
        client[name] = random.choice((changed, changed, None, "other", 10**6))
    return client


@pytest.mark.parametrize("number", [100, pytest.param(5_000, marks=pytest.mark.long)])
def test_random_clients_of_the_shipped_rulesets_are_valid_exactly_where_they_are_taken(number: int) -> None:
    answering, random, outcomes = answering_by_the_shipped(), Random(number), list[bool]()
    served = answering.snapshot.served
    schemas = {name: BothSchemas(compiled.ruleset) for name, compiled in served.items()}
    forms = {name: assessment_json_schema(compiled.ruleset) for name, compiled in served.items()}
    for name in random.choices(sorted(served), k=number):
        client = random_client(served[name], random)
        outcome = taken(answering, name, client)
        assert schemas[name].take(client) is outcome, (name, client)
        if outcome:
            assert asked_by_the_data(forms[name], client) == served[name].applicable(client), client
        outcomes.append(outcome)
    assert min(outcomes.count(True), outcomes.count(False)) > number / 10

"""The JSON Schema of an assessment takes exactly what the service takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from service.answering.assessment_body import assessment_body
from service.answering.evaluate import Answering
from service.answering.refused import Refused
from service.answering.sampling import sample_assessment
from service.library.folders import read_shelf, shipped
from service.library.snapshot import take_snapshot
from tests.generated import Choices, assessment_from, rulesets, seeded
from tests.properties.mistakes import wrong_value
from tests.properties.profile import examples
from tests.properties.serving import serving
from tests.reference.questions import questions_of

TRIES = 12
"""Assessments of each ruleset."""


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


@examples(100)
@given(st.data(), st.integers(0, 2**32))
def test_an_assessment_is_valid_exactly_where_it_is_taken(data: st.DataObject, seed: int) -> None:
    files, choices = data.draw(rulesets(max_rules=3)), seeded(seed)
    with serving(files) as answering:
        schema = assessment_body(answering.snapshot.served["generated"].ruleset)
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema)
        for _ in range(TRIES):
            assessment = changed(choices, files)
            if all(map(is_finite, assessment.values())):
                assert validator.is_valid(assessment) is taken(answering, "generated", assessment), assessment


@examples(80)
@given(st.data())
def test_every_ruleset_has_an_example_that_is_valid_and_taken(data: st.DataObject) -> None:
    files = data.draw(rulesets(max_rules=3))
    with serving(files) as answering:
        compiled = answering.snapshot.served["generated"]
        example = sample_assessment(compiled)
        Draft202012Validator(assessment_body(compiled.ruleset)).validate(example)
        assert taken(answering, "generated", example)


@pytest.mark.parametrize("ruleset", ["pico-laser", "tattoo-kirby-desai", "example-clinic"])
def test_shipped_assessments_with_one_answer_of_another_client_are_valid_exactly_where_they_are_taken(
    ruleset: str,
) -> None:
    answering = Answering(take_snapshot(read_shelf(shipped())))
    found = answering.snapshot.served[ruleset].ruleset
    validator = Draft202012Validator(assessment_body(found))
    clients = [dict(scenario.assessment) for scenario in found.scenarios]
    outcomes = set()
    for place, client in enumerate(clients):
        for other in clients[place + 1 : place + 4]:
            for name in sorted({**client, **other}):
                mixed = {key: value for key, value in client.items() if key != name}
                if name in other:
                    mixed[name] = other[name]
                outcome = taken(answering, ruleset, mixed)
                assert validator.is_valid(mixed) is outcome, mixed
                outcomes.add(outcome)
    assert outcomes == {True, False}

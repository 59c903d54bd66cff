from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.generated import assessment_from, assessments, ruleset_from, rulesets, seeded
from tests.generated.assessments import coherent_or_not, contradicted
from tests.properties.profile import TIMES, examples
from tests.properties.serving import answer, refusal, serving, steps
from tests.reference import comparable, decide, truth
from tests.reference.answer import AS_OF

MORE = 4
"""Assessments of each ruleset beside the one that hypothesis draws."""


def agree(
    files: dict[str, Any], answered: dict[str, Any], assessment: dict[str, Any], as_of: str = AS_OF
) -> None:
    """The service and the reference come to the same, by the same steps."""
    expected = decide(files, assessment, as_of)
    assert comparable(answered, ordered=True) == comparable(expected, ordered=True)
    assert steps(answered) == steps(expected)


@examples(150)
@given(st.data(), st.booleans(), st.integers(0, 2**32))
def test_the_service_answers_as_the_reference_does(data: st.DataObject, flow: bool, seed: int) -> None:
    files = data.draw(rulesets(interval_attributes=True))
    drawn = data.draw(assessments(files))
    choices = seeded(seed)
    with serving(files, flow) as answering:
        for assessment in [drawn, *(assessment_from(choices, files) for _ in range(MORE))]:
            as_of = f"2026-{choices.whole(1, 12):02}-28"
            agree(files, answer(answering, assessment, as_of=as_of), assessment, as_of)


@examples(40)
@given(st.data(), st.integers(0, 2**32))
def test_answers_at_odds_are_refused_exactly_where_the_reference_refuses_them(
    data: st.DataObject, seed: int
) -> None:
    files = data.draw(rulesets(max_rules=4))
    assume(files["assessment"].get("contradictions"))
    choices = seeded(seed)
    with serving(files) as answering:
        for _ in range(12):
            assessment = coherent_or_not(choices, files)
            refused = refusal(answering, assessment)
            assert {code for _, code in refused} == (
                {"contradiction"} if contradicted(files, assessment) else set()
            )


@examples(60)
@given(st.data())
def test_what_did_not_fire_is_false_or_unknown_as_in_the_reference(data: st.DataObject) -> None:
    files = data.draw(rulesets())
    assessment = data.draw(assessments(files))
    with serving(files) as answering:
        answered = answer(answering, assessment, explain=True)
    words = {item["rule"]: item["truth"] for item in answered["not_fired"]}
    words |= {item["rule"]: "true" for item in answered["fired"]}
    assert words == truth(files, assessment)


@pytest.mark.parametrize(("seed", "rules"), [(1, 150), (2, 400), (3, 2000)])
@pytest.mark.long
def test_large_rulesets_answer_as_the_reference_does(seed: int, rules: int) -> None:
    choices = seeded(seed)
    files = ruleset_from(choices, rules, max_inputs=40, interval_attributes=True)
    with serving(files) as answering:
        for _ in range(round(6 * TIMES)):
            assessment = assessment_from(choices, files)
            agree(files, answer(answering, assessment), assessment)


@pytest.mark.parametrize("seed", range(10, 10 + round(12 * TIMES)))
def test_no_answer_depends_on_those_before_it(seed: int) -> None:
    choices = seeded(seed)
    files = ruleset_from(choices, rules=12, max_inputs=3, interval_attributes=True)
    with serving(files) as answering:
        for _ in range(100):
            assessment = assessment_from(choices, files)
            agree(files, answer(answering, assessment), assessment)

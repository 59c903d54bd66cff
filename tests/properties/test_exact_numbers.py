"""Numbers count as they are written: a hair beside a threshold or a bound is beside it."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.json_numbers import MOST_DIGITS
from service.model.exact_json import read_json, write_json
from tests.generated import assessments, rulesets
from tests.properties.profile import examples
from tests.properties.serving import answer, refusal, serving
from tests.properties.test_second_opinion import agree
from tests.reference import RefusedError, decide
from tests.reference.questions import questions_of

LEAST = Decimal(10) ** -(MOST_DIGITS - 4)
"""A step that numbers of up to four digits before the point can still be taken by."""


def a_hair_beside(data: st.DataObject, files: dict[str, Any], assessment: dict[str, Any]) -> dict[str, Any]:
    """The assessment with each number that need not be whole moved by very little."""
    moved = dict(assessment)
    for question in questions_of(files).values():
        number = moved.get(question.id)
        if question.kind.shape == "number" and not question.whole and number is not None:
            with localcontext(prec=MOST_DIGITS):
                moved[question.id] = Decimal(str(number)) + data.draw(st.sampled_from([-LEAST, 0, LEAST]))
    return moved


@examples(25)
@given(st.data())
def test_a_hair_beside_a_threshold_the_service_answers_as_the_reference_does(data: st.DataObject) -> None:
    files = data.draw(rulesets(interval_attributes=True))
    drawn = data.draw(assessments(files))
    with serving(files) as answering:
        for _ in range(6):
            moved = a_hair_beside(data, files, drawn)
            sent = read_json(write_json(moved))
            try:
                decide(files, moved)
            except RefusedError:
                assert refusal(answering, sent)
                continue
            agree(files, answer(answering, sent), moved)

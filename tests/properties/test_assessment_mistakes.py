from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.generated import Choices, assessment_from, assessments, rulesets, seeded
from tests.properties.mistakes import places_of, wrong_value
from tests.properties.profile import examples
from tests.properties.serving import answer, refusal, serving
from tests.reference.questions import client_of, questions_of

MORE = 4
"""Assessments of each ruleset beside the one that hypothesis draws."""

STRANGERS = {"no/such~input": "no~1such~0input", "": "", "_schema": "_schema", "name": "name", "é\n": "é\n"}
"""Names of no input, and how a JSON pointer writes them."""


def some_answered(choices: Choices, assessment: dict[str, Any]) -> list[str]:
    """Some of the inputs that were answered, one at least."""
    answered = [name for name, value in assessment.items() if value is not None]
    return choices.some(answered, 1, choices.pick((1, 1, 2, len(answered))))


def cases(files: dict[str, Any], first: dict[str, Any], choices: Choices) -> list[dict[str, Any]]:
    """Several valid assessments."""
    return [first, *(assessment_from(choices, files) for _ in range(MORE))]


@examples(80)
@given(st.data(), st.integers(0, 2**32))
def test_every_wrong_value_is_refused_by_a_pointer_to_it_and_to_nothing_else(
    data: st.DataObject, seed: int
) -> None:
    files, choices = data.draw(rulesets(max_rules=4)), seeded(seed)
    questions = questions_of(files)
    with serving(files) as answering:
        for assessment in cases(files, data.draw(assessments(files)), choices):
            wrong = {
                name: wrong_value(choices, questions[name]) for name in some_answered(choices, assessment)
            }
            found = refusal(answering, {**assessment, **wrong})
            expected = [at for name, value in wrong.items() for at in places_of(name, questions[name], value)]
            assert sorted(pointer for pointer, _ in found) == sorted(expected)


@examples(60)
@given(st.data(), st.integers(0, 2**32))
def test_whatever_is_missing_not_asked_and_unknown_is_refused_at_once(data: st.DataObject, seed: int) -> None:
    files, choices = data.draw(rulesets(max_rules=4)), seeded(seed)
    questions = questions_of(files)
    with serving(files) as answering:
        for assessment in cases(files, data.draw(assessments(files)), choices):
            applies = client_of(files, assessment).applies
            # Whether a question is required may hang on another answer, so of those one alone is left out.
            needed = [one for one in assessment if questions[one].required and applies[one] is True]
            always = [one for one in needed if questions[one].only_if is None]
            missing = choices.some(*choices.pick(((needed, 0, 1), (always, 1, len(always)))))
            expected = {(f"/assessment/{name}", "missing") for name in missing}
            asked = {name: value for name, value in assessment.items() if name not in missing}
            not_asked = [name for name, truth in applies.items() if truth is False]
            for name in [] if missing else choices.some(not_asked, 0, 1):
                asked[name] = _any_value(choices, files, name)
                expected.add((f"/assessment/{name}", "not-applicable"))
            for name in choices.some(tuple(STRANGERS), 0, 2):
                asked[name] = choices.pick((None, 5, "Jane Doe", {"a": 1}))
                expected.add((f"/assessment/{STRANGERS[name]}", "unknown-input"))
            assert set(refusal(answering, asked)) == expected


def _any_value(choices: Choices, files: dict[str, Any], name: str) -> Any:
    """A value that the input would take where it applies."""
    question = questions_of(files)[name]
    if question.kind.shape == "flag":
        return choices.chance(50)
    if question.kind.shape == "number":
        assert question.bounds is not None
        return int(question.bounds[0])
    first = question.kind.options[0]
    return [first] if question.kind.shape == "set" else first


@examples(60)
@given(st.data(), st.integers(0, 2**32))
def test_null_is_not_given_and_a_whole_number_may_come_with_a_point(data: st.DataObject, seed: int) -> None:
    files, choices = data.draw(rulesets(max_rules=8)), seeded(seed)
    with serving(files) as answering:
        for assessment in cases(files, data.draw(assessments(files)), choices):
            given_only = {name: value for name, value in assessment.items() if value is not None}
            nulls = {name: None for name in files["assessment"]["inputs"] if name not in given_only}
            pointed = {
                name: float(value) if isinstance(value, int) and not isinstance(value, bool) else value
                for name, value in given_only.items()
            }
            zeros = {
                name: -0.0 if value == 0 and value is not False else value for name, value in pointed.items()
            }
            expected = answer(answering, given_only, explain=True)
            for alike in ({**given_only, **nulls}, pointed, zeros):
                assert answer(answering, alike, explain=True) == expected

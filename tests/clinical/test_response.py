"""A response says exactly the assessment that was filled in, or every mistake in it at its place."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.clinical.outcome import expression
from service.clinical.response import MOST_MISTAKES, AnsweredForm, answered, sent_response
from service.model.caller import INTERNAL
from service.model.exact_json import read_json, write_json
from service.model.problem import Refusal
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from tests.clinical.forms import filled_in
from tests.clinical.questionnaires import CANONICALS, form_of, shipped_answering, shipped_form
from tests.generated import assessment_from, rulesets, seeded
from tests.properties.profile import examples
from tests.properties.serving import serving

Json = dict[str, Any]

CLIENTS = 8
FORM = "tattoo-kirby-desai"
CLIENT: Json = {
    "phototype": "III",
    "kd_location": "upper_trunk",
    "kd_colour": "mostly_black_some_red",
    "kd_ink": "moderate",
    "kd_scarring": "minimal",
    "kd_layering": "absent",
    "tattoo_made": "professional",
    "inks": ["black", "red"],
    "device": "pico-1064",
    "sessions_done": 2,
    "improvement_pct": 12.5,
    "reactions": [],
    "pih_history": False,
}


def read(answering: Answering, response: object) -> AnsweredForm | Refused | Refusal:
    """What a response comes to, sent as JSON text."""
    sent = sent_response(read_json(write_json(response)))
    return sent if isinstance(sent, Refusal) else answered(answering, sent, INTERNAL, (), CANONICALS)


def mistakes(response: object) -> dict[str, str]:
    """The mistakes of a response to the shipped form: places with codes."""
    found = read(shipped_answering(), response)
    if isinstance(found, AnsweredForm):
        decided = shipped_answering().evaluate(found.body)
        assert isinstance(decided, Refused)
        found = found.placed(decided)
    assert isinstance(found, Refused)
    return {expression(one.pointer): one.code for one in found.errors}


def filled(**changed: Any) -> Json:
    """A finished response of a client who is taken."""
    return filled_in(shipped_form(FORM), {**CLIENT, **changed})


@examples(50)
@given(st.data(), st.integers(0, 2**32))
def test_what_is_filled_in_is_read_back_as_it_was(data: st.DataObject, seed: int) -> None:
    """Sets that are empty, questions that were not asked, and defaults: each stays what it is."""
    files, choices = data.draw(rulesets(max_rules=2)), seeded(seed)
    with serving(files) as answering:
        form = form_of(answering.snapshot.served["generated"])
        assert form is not None
        for _ in range(CLIENTS):
            assessment = read_json(write_json(assessment_from(choices, files)))
            found = read(answering, filled_in(form, assessment))
            assert isinstance(found, AnsweredForm)
            said = {name: answer for name, answer in assessment.items() if answer is not None}
            assert found.body == {"ruleset": "generated", "assessment": said}
            assert found.warnings == ()


def test_an_empty_set_and_none_at_all_are_told_apart() -> None:
    given_none, not_asked = (
        read(shipped_answering(), filled()),
        read(shipped_answering(), filled(reactions=None)),
    )
    assert isinstance(given_none, AnsweredForm)
    assert isinstance(not_asked, AnsweredForm)
    assert given_none.body["assessment"]["reactions"] == []
    assert "reactions" not in not_asked.body["assessment"]


def test_a_flat_response_and_one_in_parameters_say_the_same() -> None:
    whole = filled()
    parameters = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "questionnaire-response", "resource": whole},
            {"name": "as-of", "valueDate": "2026-12-02"},
            {"name": "requester", "valueString": "somebody"},
        ],
    }
    plain, within = read(shipped_answering(), whole), read(shipped_answering(), parameters)
    assert isinstance(plain, AnsweredForm)
    assert isinstance(within, AnsweredForm)
    assert within.body == {**plain.body, "as_of": "2026-12-02"}


def in_parameters(response: Json, *more: Json, into: Json | None = None, **around: Any) -> Json:
    """Make Parameters with the response of it, or of what is given ``into``."""
    held = {"name": "questionnaire-response", "resource": dict(response)}
    made = response if into is None else into
    made.clear()
    made.update(resourceType="Parameters", parameter=[held, *more], **around)
    return made


def change(link: str, value: Any) -> Callable[[Json], None]:
    """Answer a question with other answers."""

    def changed(response: Json) -> None:
        (found,) = (one for one in response["item"] if one["linkId"] == link)
        found["answer"] = value

    return changed


def at(link: str) -> int:
    return [one["linkId"] for one in filled()["item"]].index(link)


WRONG: dict[str, tuple[Callable[[Json], Any], dict[str, str]]] = {
    "a text for yes or no": (
        change("pih_history", [{"valueBoolean": "no"}]),
        {f"QuestionnaireResponse.item[{at('pih_history')}]": "wrong-type"},
    ),
    "one for yes or no": (
        change("pih_history", [{"valueBoolean": 1}]),
        {f"QuestionnaireResponse.item[{at('pih_history')}]": "wrong-type"},
    ),
    "true for a number": (
        change("sessions_done", [{"valueInteger": True}]),
        {f"QuestionnaireResponse.item[{at('sessions_done')}]": "wrong-type"},
    ),
    "a text for a number": (
        change("improvement_pct", [{"valueDecimal": "5"}]),
        {f"QuestionnaireResponse.item[{at('improvement_pct')}]": "wrong-type"},
    ),
    "another type of value": (
        change("phototype", [{"valueString": "III"}]),
        {"QuestionnaireResponse.item[0].answer[0].value": "wrong-type"},
    ),
    "two values in an answer": (
        change("phototype", [{"valueString": "III", "valueCoding": {"code": "III"}}]),
        {"QuestionnaireResponse.item[0].answer[0].value": "wrong-type"},
    ),
    "two answers to a question that takes one": (
        change("phototype", [{"valueCoding": {"code": "III"}}, {"valueCoding": {"code": "IV"}}]),
        {"QuestionnaireResponse.item[0]": "wrong-type"},
    ),
    "a number out of bounds": (
        change("sessions_done", [{"valueInteger": 1_000}]),
        {f"QuestionnaireResponse.item[{at('sessions_done')}]": "out-of-bounds"},
    ),
    "an option that is none": (
        change("inks", [{"valueCoding": {"code": "black"}}, {"valueCoding": {"code": "blak"}}]),
        {f"QuestionnaireResponse.item[{at('inks')}].answer[1].value": "unknown-option"},
    ),
    "a code of another system": (
        change("phototype", [{"valueCoding": {"system": "http://loinc.org", "code": "III"}}]),
        {"QuestionnaireResponse.item[0].answer[0].value": "other-system"},
    ),
    "none of these beside others": (
        change("inks", [{"valueCoding": {"code": "black"}}, {"valueCoding": {"code": "none-of-these"}}]),
        {f"QuestionnaireResponse.item[{at('inks')}]": "exclusive-option"},
    ),
    "a question that is none": (
        lambda response: response["item"].append({"linkId": "name", "answer": [{"valueString": "J"}]}),
        {f"QuestionnaireResponse.item[{len(filled()['item'])}].linkId": "unknown-input"},
    ),
    "a question that is there twice": (
        lambda response: response["item"].append(response["item"][0]),
        {f"QuestionnaireResponse.item[{len(filled()['item'])}].linkId": "duplicate-member"},
    ),
    "a required question left out": (
        lambda response: response["item"].pop(0),
        {"QuestionnaireResponse": "missing"},
    ),
    "an answer that does not apply": (
        change("sessions_done", [{"valueInteger": 0}]),
        {
            f"QuestionnaireResponse.item[{at(name)}]": "not-applicable"
            for name in ("improvement_pct", "reactions")
        },
    ),
    "a response that is not finished": (
        lambda response: response.update(status="in-progress"),
        {"QuestionnaireResponse.status": "not-completed"},
    ),
    "rules of its own": (
        lambda response: response.update(implicitRules="https://other.example/rules"),
        {"QuestionnaireResponse.implicitRules": "modifier"},
    ),
    "a modifier of an answer": (
        change("phototype", [{"modifierExtension": [{"url": "u"}], "valueCoding": {"code": "III"}}]),
        {"QuestionnaireResponse.item[0].answer[0].modifierExtension": "modifier"},
    ),
    "rules of the Parameters around it": (
        lambda response: in_parameters(response, implicitRules="https://other.example/rules"),
        {"Parameters.implicitRules": "modifier"},
    ),
    "a modifier of its parameter": (
        lambda response: in_parameters(response)["parameter"][0].update(modifierExtension=[{"url": "u"}]),
        {"Parameters.parameter[0].modifierExtension": "modifier"},
    ),
    "a day that is none, and an answer that is none": (
        lambda response: in_parameters(
            {**response, "status": "in-progress"}, {"name": "as-of", "valueDate": "soon"}, into=response
        ),
        {
            "Parameters.parameter[1].value": "wrong-type",
            "Parameters.parameter[0].resource.status": "not-completed",
        },
    ),
    "another Questionnaire": (
        lambda response: response.update(questionnaire="https://other.example/Questionnaire/pico-laser"),
        {"QuestionnaireResponse.questionnaire": "other-questionnaire"},
    ),
    "another major version": (
        lambda response: response.update(questionnaire=f"{shipped_form(FORM)['url']}|1.0.0"),
        {"QuestionnaireResponse.questionnaire": "other-version"},
    ),
    "a version of digits without end": (
        lambda response: response.update(questionnaire=f"{shipped_form(FORM)['url']}|2.0.{'9' * 9_000}"),
        {"QuestionnaireResponse.questionnaire": "other-version"},
    ),
    "items that are no array": (
        lambda response: response.update(item={"linkId": "phototype"}),
        {"QuestionnaireResponse.item": "wrong-type"},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_told_at_its_place(name: str) -> None:
    spoil, wanted = WRONG[name]
    response = deepcopy(filled())
    spoil(response)
    found = mistakes(response)
    assert {place: code for place, code in found.items() if place in wanted or code != "missing"} == wanted


def test_a_day_that_is_none_is_the_only_mistake_of_a_whole_response() -> None:
    sent = in_parameters(filled(), {"name": "as-of", "valueDate": "2026-13-01"})
    assert mistakes(sent) == {"Parameters.parameter[1].value": "wrong-type"}


def test_many_mistakes_are_told_at_once_and_thousands_are_not() -> None:
    response = filled()
    response["item"] += [{"linkId": f"question-{number}"} for number in range(5_000)]
    assert len(mistakes(response)) == MOST_MISTAKES


def test_extensions_names_and_narratives_are_passed_over() -> None:
    response = filled()
    response["text"] = {"status": "generated", "div": "<div>Jane Roe</div>"}
    response["author"] = {"display": "Jane Roe"}
    response["contained"] = [{"resourceType": "Patient", "name": [{"text": "Jane Roe"}]}]
    response["extension"] = [{"url": "https://other.example", "valueString": "Jane Roe"}]
    for one in response["item"]:
        one |= {"text": "Jane Roe", "extension": [{"url": "u", "valueString": "Jane Roe"}]}
        one["answer"][0]["item"] = [{"linkId": "phototype/help"}]
    plain, named = read(shipped_answering(), filled()), read(shipped_answering(), response)
    assert isinstance(plain, AnsweredForm)
    assert isinstance(named, AnsweredForm)
    assert named.body == plain.body


def test_a_version_need_not_be_said_and_that_is_a_warning() -> None:
    found = read(shipped_answering(), {**filled(), "questionnaire": shipped_form(FORM)["url"]})
    assert isinstance(found, AnsweredForm)
    assert [code for code, _ in found.warnings] == ["no-version"]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"resourceType": "Patient"},
        {"resourceType": "Parameters"},
        {"resourceType": "Parameters", "parameter": [{"name": "questionnaire-response"}]},
        {"resourceType": "Parameters", "parameter": [{"name": "as-of", "valueDate": "2026-12-01"}] * 2},
    ],
)
def test_what_is_no_response_is_said_to_be_none(body: object) -> None:
    assert isinstance(sent_response(body), Refusal)

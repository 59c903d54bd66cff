"""Every kind of question is wherever it must be: read, validated, described, shown, compared and proven."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.language import KINDS
from service.clinical.response import AnsweredForm, SentResponse, answered, sent_response
from service.model.caller import INTERNAL
from service.model.exact_json import read_json, write_json
from service.pages.client_form import assessment_of, client_form, filled_by
from service.serving.assessment_schema import assessment_body
from tests.clinical.forms import filled_in
from tests.clinical.questionnaires import CANONICALS, form_of
from tests.docs.pages import Page
from tests.generated import assessment_from, ruleset_from, seeded
from tests.language.asking import Ruleset, diff
from tests.language.samples import CLIENT, KindSample, kind_samples
from tests.properties.test_second_opinion import agree
from tests.reference import decide
from tests.reference.plain import RefusedError
from tests.web.test_openapi_answers import Asked as Served

Json = dict[str, Any]

each = pytest.mark.parametrize("one", kind_samples(), ids=str)
each_that_changes = pytest.mark.parametrize(
    "one", [one for one in kind_samples() if one.was != one.now], ids=str
)


@cache
def pair(one: KindSample) -> tuple[Ruleset, Ruleset]:
    """The rulesets that ask the question as it was and as it is; they stay for all tests of a process."""
    folder = Path(mkdtemp(prefix="picoplan-language-"))
    return Ruleset(folder / "before", one.files(one.was)), Ruleset(folder / "after", one.files(one.now))


def client(answer: Any) -> Json:
    """A client who gives this answer."""
    return {**CLIENT, "asked": answer}


@each
def test_right_answers_are_taken_and_wrong_ones_refused_as_by_the_reference(one: KindSample) -> None:
    was, _ = pair(one)
    for answer in (one.takes, None):
        agree(was.files, was.answer(client(answer)), client(answer))
    assert was.hit("looks", client(one.takes)) is not None
    assert was.hit("looks", client(None)) is None
    for answer in one.wrong:
        assert not was.takes(client(answer)), answer


@each
def test_the_schema_of_assessments_takes_the_same(one: KindSample) -> None:
    was, _ = pair(one)
    body = assessment_body(was.answering.snapshot.served["generated"].ruleset)
    validator = Draft202012Validator(body)
    assert validator.is_valid(client(one.takes))
    assert [answer for answer in one.wrong if validator.is_valid(client(answer))] == []


@each
def test_a_fhir_form_asks_it_and_its_answer_is_read_back(one: KindSample) -> None:
    was, _ = pair(one)
    form = form_of(was.answering.snapshot.served["generated"])
    assert form is not None
    response = read_json(write_json(filled_in(form, client(one.takes))))
    sent = sent_response(response)
    assert isinstance(sent, SentResponse)
    found = answered(was.answering, sent, INTERNAL, (), CANONICALS)
    assert isinstance(found, AnsweredForm)
    assert found.body["assessment"] == read_json(write_json(client(one.takes)))


@each
def test_the_form_of_a_page_asks_it_and_gives_its_answer_back(one: KindSample) -> None:
    was, _ = pair(one)
    compiled = was.answering.snapshot.served["generated"]
    given = client(one.takes)
    filled = filled_by(compiled.ruleset, given)
    asked = client_form(compiled, compiled.ruleset, filled).plain
    assert [field.is_answered for field in asked if field.label == f"Which {one.kind.name}?"] == [True]
    assert assessment_of(compiled.ruleset, filled) == given


@each
def test_the_openapi_document_has_the_question(one: KindSample) -> None:
    was, _ = pair(one)
    served = Served(was.root)
    said = served.described.operations()["evaluate"][2]["requestBody"]["content"]["application/json"]
    body = {"ruleset": "generated", "assessment": client(one.takes)}
    assert served.described.mistakes(said["schema"], body) == []
    wrong = {"ruleset": "generated", "assessment": client(one.wrong[0])}
    assert served.described.mistakes(said["schema"], wrong) != []
    assert served.wrong("evaluate", "POST", "/v1/evaluate", body) == []
    assert served.wrong("what_if", "POST", "/v1/what-if", body) == []
    assert served.wrong("assessment_schema", "GET", "/v1/rulesets/generated/assessment-schema") == []


@each
def test_an_editor_takes_the_question_and_says_what_its_kind_is(one: KindSample) -> None:
    was, _ = pair(one)
    assert was.marked("assessment") == []
    assert was.marked("factors") == []
    assert one.kind.help in str(was.schema("assessment"))
    slipped = one.files(one.was)
    raw = slipped["assessment"]["inputs"]["asked"]
    raw[f"{one.kind.key}x"] = raw.pop(one.kind.key)
    assert was.marked("assessment", slipped) != []


@each
def test_the_page_has_the_question_with_its_answers(one: KindSample) -> None:
    was, _ = pair(one)
    said = was.on_page("question-asked")
    label = f"Which {one.kind.name}?"
    assert label in said
    answers = re.findall(r"\w+", said.replace(label, "").lower())
    assert [word for word in re.findall(r"\w+", str(one.was)) if word not in answers] == []


@each_that_changes
def test_the_page_and_a_diff_say_what_was_changed(one: KindSample) -> None:
    was, now = pair(one)
    assert was.on_page("question-asked") != now.on_page("question-asked", since=was)
    said = now.on_page("changes", since=was)
    assert f"Which {one.kind.name}?" in said
    assert "No change in meaning" not in said
    compared = diff(was, now)
    assert [(edit["kind"], edit["name"]) for edit in compared["edits"]] == [("question", "asked")]
    assert compared["accepted"] != []
    assert compared["refused"] == []
    back = diff(now, was)
    assert (back["accepted"], back["refused"] != []) == ([], True)


@each_that_changes
def test_only_the_changed_question_takes_the_wider_answer(one: KindSample) -> None:
    was, now = pair(one)
    assert not was.takes(client(one.wider))
    assert now.takes(client(one.wider))
    with pytest.raises(RefusedError):
        decide(was.files, client(one.wider))


@each
def test_proofs_know_that_the_question_may_be_answered_or_not(one: KindSample, tmp_path: Path) -> None:
    was, _ = pair(one)
    files = {
        **was.files,
        "guarantees": {
            "guarantees": [
                {"id": "held", "title": "A", "when": {"asked": "unknown"}, "never": "sessions above 6"},
                {"id": "broken", "title": "B", "when": {"asked": "given"}, "never": "sessions above 6"},
            ]
        },
    }
    found = [p for p in Ruleset(tmp_path, files).check() if p["code"] == "guarantee-broken"]
    assert [problem["message"].split()[0] for problem in found] == ["broken"]


@each
def test_a_terminal_shows_what_was_given(one: KindSample) -> None:
    was, _ = pair(one)
    said = was.console("explain", client(one.takes))
    assert "asked: given" in said
    assert re.search(r"true +asked: given +\S+", said)


def test_generated_rulesets_and_assessments_have_every_kind() -> None:
    asked_, answered = set(), set()
    for seed in range(20):
        choices = seeded(seed)
        files = ruleset_from(choices, rules=10, max_inputs=11)
        given = [assessment_from(choices, files) for _ in range(5)]
        for name, raw in files["assessment"]["inputs"].items():
            kinds = {kind.name for kind in KINDS.values() if raw.get(kind.key) and _is(raw, kind.name)}
            asked_ |= kinds
            if any(one.get(name) is not None for one in given):
                answered |= kinds
    assert asked_ == answered == set(KINDS)


def _is(raw: Json, kind: str) -> bool:
    """Where several kinds are chosen by one key, its value says which."""
    sharing = [one for one in KINDS.values() if one.key == KINDS[kind].key and not one.options]
    return len(sharing) < 2 or raw[KINDS[kind].key] == kind


def test_the_guide_for_authors_has_every_kind_in_its_table() -> None:
    said = Page("rulesets.md").section("Kinds")
    assert [
        kind.name for kind in KINDS.values() if not re.search(rf"^\| `[^`]*{kind.name}", said, re.M)
    ] == []

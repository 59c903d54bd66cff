"""Every form of test is understood alike everywhere: by reader, engine, proofs, pages and the second opinion.

Each form is tried on each shape of question that it can be said of, for every answer that there is.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from schemas.language import KINDS, OPERATIONS, TEST_FORMS
from service.serving.assessment_schema import assessment_body
from tests.clinical.forms import initial, shown
from tests.clinical.questionnaires import form_of
from tests.docs.pages import ROOT, Page, in_code
from tests.generated import ruleset_from, seeded
from tests.generated.conditions import verbs_in
from tests.language.asking import Ruleset, diff
from tests.language.samples import CLIENT, FormSample, form_samples
from tests.properties.test_second_opinion import agree
from tests.reference import decide
from tests.reference.plain import RefusedError

Json = dict[str, Any]

each = pytest.mark.parametrize("one", form_samples(), ids=str)


@cache
def pair(one: FormSample) -> tuple[Ruleset, Ruleset]:
    """The rulesets with the test and with the changed one; they stay for all tests of a process."""
    folder = Path(mkdtemp(prefix="picoplan-language-"))
    was, now = (one.files(test) for test in one.tests)
    return Ruleset(folder / "before", was), Ruleset(folder / "after", now)


def clients(one: FormSample) -> list[Json]:
    """A client for every answer, with the question that follows answered, and without."""
    answered = [{"asked": answer} if answer is not None else {} for answer in one.answers]
    given = [{**one_answer, **wish} for one_answer in answered for wish in one.wishes]
    return [{**CLIENT, **some, **more} for some in given for more in ({}, {"next": True})]


def held(ruleset: Ruleset, one: FormSample) -> list[bool]:
    """For every answer whether the rule with the test fires."""
    taken = [client for client in clients(one) if ruleset.takes(client)]
    return [ruleset.hit("tested", client) is not None for client in taken]


@each
def test_the_reference_holds_it_true_for_the_same_answers_and_takes_the_same(one: FormSample) -> None:
    for ruleset in pair(one):
        for client in clients(one):
            if ruleset.takes(client):
                agree(ruleset.files, ruleset.answer(client), client)
            else:
                with pytest.raises(RefusedError):
                    decide(ruleset.files, client)
        assert {True, False} == set(held(ruleset, one))


@each
def test_the_schema_of_assessments_takes_what_the_service_takes(one: FormSample) -> None:
    """The question that follows is asked only where the test holds."""
    for ruleset in pair(one):
        body = assessment_body(ruleset.answering.snapshot.served["generated"].ruleset)
        validator = Draft202012Validator(body)
        taken = {json.dumps(client): ruleset.takes(client) for client in clients(one)}
        assert {said: validator.is_valid(json.loads(said)) for said in taken} == taken


@each
def test_a_fhir_form_asks_what_follows_where_it_is_true_and_nowhere_else(one: FormSample) -> None:
    for ruleset in pair(one):
        form = form_of(ruleset.answering.snapshot.served["generated"])
        assert form is not None
        taken = [client for client in clients(one) if "next" not in client and ruleset.takes(client)]
        assert taken
        for client in taken:
            fires = ruleset.hit("tested", client) is not None
            assert ("next" in shown(form, {**initial(form), **client})) is fires


@each
def test_an_editor_takes_it_and_marks_a_slip(one: FormSample) -> None:
    was, now = pair(one)
    assert [was.marked("factors"), now.marked("factors")] == [[], []]
    assert [was.marked("assessment"), now.marked("assessment")] == [[], []]
    assert was.marked("factors", one.files(f"{one.form.verb}x {one.values[0]}")) != []


@each
def test_the_page_says_it_and_that_it_was_changed(one: FormSample) -> None:
    was, now = pair(one)
    for anchor in ("rule-tested", "rule-negated", "question-next"):
        assert was.on_page(anchor) != now.on_page(anchor, since=was)
    said = now.on_page("changes", since=was)
    assert "The rule tested" in said
    assert "And then?" in said
    assert "No change in meaning" not in said


@each
def test_a_diff_never_calls_another_test_no_change(one: FormSample, tmp_path: Path) -> None:
    was, now = (
        Ruleset(tmp_path / str(place), one.files(test, asks=False)) for place, test in enumerate(one.tests)
    )
    compared = diff(was, now)
    edited = {(edit["kind"], edit["name"]) for edit in compared["edits"]}
    assert edited == {("rule", "tested"), ("rule", "negated")}
    assert compared["plans"] != []


@each
def test_a_diff_says_whose_assessments_are_taken_no_longer(one: FormSample) -> None:
    compared = diff(*pair(one))
    assert ("question", "next") in {(edit["kind"], edit["name"]) for edit in compared["edits"]}
    assert compared["refused"] or compared["accepted"]


@each
def test_an_explanation_shows_it_as_it_is_written(one: FormSample) -> None:
    was, _ = pair(one)
    client = next(each for each in clients(one) if was.takes(each))
    said = was.console("explain", client)
    assert re.search(r"(?:true|false|unknown) +asked: ", said)
    if one.form.verb != "is":
        assert f" {one.form.verb}" in said
    served = was.answer(client)
    conditions = {seen["condition"] for miss in served["not_fired"] for seen in miss["conditions"]}
    fired = {hit["rule"] for hit in served["fired"]}
    assert any(seen.startswith("asked: ") for seen in conditions) or {"tested", "negated"} <= fired


@each
def test_proofs_hold_it_true_for_the_same_answers(one: FormSample, tmp_path: Path) -> None:
    """That a client with a certain answer is never stopped is proven exactly where he is not."""
    was, _ = pair(one)
    guarantees, broken = [], set()
    for place, answer in enumerate(one.answers):
        taken = [client for client in clients(one) if client.get("asked") == answer and was.takes(client)]
        for rule, outcome in (("tested", "stop"), ("negated", "defer")):
            name = f"{outcome}-{place}"
            guarantees.append({"id": name, "title": name, "when": one.exactly(answer), "never": outcome})
            if any(was.hit(rule, client) is not None for client in taken):
                broken.add(name)
    ruleset = Ruleset(tmp_path, {**was.files, "guarantees": {"guarantees": guarantees}})
    said = [problem["message"] for problem in ruleset.check() if problem["code"] == "guarantee-broken"]
    assert {message.split()[0] for message in said} == broken
    assert broken


def test_a_test_that_does_not_fit_is_refused() -> None:
    fits = {(one.form.verb, one.shape) for one in form_samples()}
    others = [
        FormSample(form, shape)
        for form in TEST_FORMS.values()
        for shape in {kind.shape for kind in KINDS.values()}
        if (form.verb, shape) not in fits
    ]
    for other in others:
        folder = Path(mkdtemp(prefix="picoplan-language-"))
        ruleset = Ruleset(folder, other.files(other.tests[0]))
        assert [problem for problem in ruleset.check() if problem["severity"] == "error"], other


def test_every_opposite_is_a_form_of_the_same_shapes() -> None:
    for form in TEST_FORMS.values():
        if form.opposite is not None:
            assert TEST_FORMS[form.opposite].shapes == form.shapes


def test_generated_rulesets_have_every_form() -> None:
    drawn: set[str] = set()
    for seed in range(20):
        files = ruleset_from(seeded(seed), rules=60)
        drawn.update(verb for verb in verbs_in(files))
    assert drawn == set(TEST_FORMS)


def test_the_guide_for_authors_has_every_form_in_its_table() -> None:
    (table,) = Page("rulesets.md").marked("tests")
    said = [re.findall(r"`[a-z_. ]+: ([^`]+)`", row[1])[0] for row in table.rows]
    lacking = [verb for verb in TEST_FORMS if verb != "is" and not any(verb in one for one in said)]
    assert lacking == []


def test_the_guide_names_every_module_that_must_know_a_new_operation() -> None:
    """Each of them names every operation."""
    ending = Page("developing.md").section("Adding a test form").partition("Operation` and")[2]
    folders = (ROOT / folder for folder in ("schemas", "service"))
    knowing = {
        str(path.relative_to(ROOT))
        for folder in folders
        for path in folder.rglob("*.py")
        if all(f'"{operation}"' in path.read_text(encoding="utf-8") for operation in OPERATIONS)
    }
    assert knowing <= in_code(ending)
    assert len(knowing) == 7

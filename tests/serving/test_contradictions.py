"""Answers that can't all be true are refused, wherever they come from, and nobody reckons with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from service.analysis.compare.breaking import breaking
from service.analysis.proofs.case import opened
from service.analysis.proofs.logic import Deadline
from service.analysis.proofs.world import World
from service.model.ruleset import Ruleset
from service.serving.assessment_schema import assessment_body, assessment_json_schema
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.serving.sampling import sample_assessment
from service.serving.what_if import what_if
from service.store.folders import read_shelf
from tests.analysis.proofs.brute import everything
from tests.commandline.console import picoplan
from tests.language.samples import Files, clinic, rule
from tests.properties.serving import open_folder, write
from tests.web.test_openapi_answers import Asked as Served

MANY = {"id": "many", "when": {"goal": "some", "sessions_done": "above 10"}, "says": "So many for so little?"}
WISH = {
    "id": "wish",
    "when": {"wish": "below 50", "goal.far": "at least 95"},
    "says": "Not so little.",
}


def contradicting(*contradictions: dict[str, Any], version: str = "1.0.0") -> Files:
    """A ruleset with these contradictions."""
    files = clinic(rule("often", {"refer": "So many."}, {"sessions_done": "above 10"}))
    files["assessment"]["inputs"]["goal"]["changeable"] = True
    files["ruleset"]["version"] = version
    if contradictions:
        files["assessment"]["contradictions"] = list(contradictions)
    return files


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    opened = open_folder(write(contradicting(MANY, WISH), tmp_path_factory.mktemp("contradictions")))
    yield opened
    opened.snapshot.close()


def errors(answering: Answering, assessment: dict[str, Any]) -> list[tuple[Any, ...]]:
    answered = answering.evaluate({"ruleset": "generated", "assessment": assessment})
    if not isinstance(answered, Refused):
        return []
    return [(one.pointer, one.code, one.message, one.pointers) for one in answered.errors]


MANY_TOLD = (
    "/assessment/goal",
    "contradiction",
    "So many for so little?",
    ("/assessment/goal", "/assessment/sessions_done"),
)
WISH_TOLD = (
    "/assessment/wish",
    "contradiction",
    "Not so little.",
    ("/assessment/wish", "/assessment/goal"),
)


@pytest.mark.parametrize(
    ("assessment", "told"),
    [
        ({"goal": "some", "sessions_done": 11}, [MANY_TOLD]),
        ({"goal": "some", "sessions_done": 10}, []),
        ({"goal": "some"}, []),
        ({"goal": "complete", "sessions_done": 40}, []),
        ({"goal": "complete", "wish": 49}, [WISH_TOLD]),
        ({"goal": "complete"}, []),
        ({"goal": "some", "wish": 49}, []),
    ],
)
def test_an_assessment_for_which_one_is_true_is_refused(
    answering: Answering, assessment: dict[str, Any], told: list[Any]
) -> None:
    assert errors(answering, assessment) == told


def test_what_hangs_on_a_wrong_answer_is_no_contradiction_and_what_does_not_is_told_beside_it(
    answering: Answering,
) -> None:
    codes = [code for _, code, _, _ in errors(answering, {"goal": "much", "sessions_done": 11})]
    assert codes == ["unknown-option"]
    told = errors(answering, {"goal": "some", "sessions_done": 11, "seen": 101})
    assert sorted(code for _, code, _, _ in told) == ["contradiction", "out-of-bounds"]


def test_a_default_counts(tmp_path: Path) -> None:
    first = {"id": "first", "when": {"sessions_done": 0, "seen": "above 0"}, "says": "Seen before the first?"}
    opened = open_folder(write(contradicting(first), tmp_path))
    assert [one[0] for one in errors(opened, {"goal": "some", "seen": 5})] == ["/assessment/sessions_done"]
    assert errors(opened, {"goal": "some", "seen": 5, "sessions_done": 1}) == []
    opened.snapshot.close()


def test_a_server_answers_422_and_a_batch_goes_on(tmp_path: Path) -> None:
    served = Served(write(contradicting(MANY), tmp_path))
    wrong, right = ({"goal": "some", "sessions_done": done} for done in (11, 1))
    answered = served.client.post("/v1/evaluate", json={"ruleset": "generated", "assessment": wrong})
    assert answered.status_code == 422
    (error,) = answered.get_json()["errors"]
    assert error == {
        "pointer": "/assessment/goal",
        "code": "contradiction",
        "message": "So many for so little?",
        "hint": "",
        "pointers": ["/assessment/goal", "/assessment/sessions_done"],
    }
    assert (
        served.wrong("evaluate", "POST", "/v1/evaluate", {"ruleset": "generated", "assessment": wrong}) == []
    )
    items = [{"ruleset": "generated", "assessment": one} for one in (right, wrong, right)]
    told = served.client.post("/v1/evaluate/batch", json=items).get_json()
    assert [one.get("status") for one in told] == [None, 422, None]


def test_the_documents_say_what_is_accepted_neither_more_nor_less(answering: Answering) -> None:
    ruleset = answering.snapshot.served["generated"].ruleset
    valid = Draft202012Validator(assessment_body(ruleset))
    goals, wishes = ("some", "complete"), (None, 1, 49, 50, 99)
    for goal, done, wish in product(goals, (None, 0, 10, 11, 40), wishes):
        assessment = {"goal": goal, "sessions_done": done, "wish": wish}
        assert valid.is_valid(assessment) is (errors(answering, assessment) == []), assessment
    asked = assessment_json_schema(ruleset)["x-picoplan"]["contradictions"]
    assert [one["says"] for one in asked] == [MANY["says"], WISH["says"]]


def test_the_sample_of_the_documents_is_one_that_is_taken(tmp_path: Path) -> None:
    first = {"id": "first", "when": {"goal": "some"}, "says": "Never so little."}
    nobody = {"id": "nobody", "when": {"goal": "given"}, "says": "Never."}
    for at, (told, sample) in enumerate(((first, {"goal": "complete"}), (nobody, None))):
        opened = open_folder(write(contradicting(told), tmp_path / str(at)))
        assert sample_assessment(opened.snapshot.served["generated"]) == sample
        opened.snapshot.close()
        assert Served(tmp_path / str(at)).client.get("/openapi.json").status_code == 200


def test_what_if_never_proposes_one(answering: Answering) -> None:
    body = {"ruleset": "generated", "assessment": {"goal": "complete", "sessions_done": 20}}
    said = what_if(answering, body)
    assert not isinstance(said, Refused)
    assert said["changes"] == []
    assert said["complete"]


def test_evaluate_on_the_command_line_shows_the_text_at_the_first_answer(tmp_path: Path) -> None:
    root = write(contradicting(MANY), tmp_path)
    client = tmp_path / "client.yaml"
    client.write_text("sessions_done: 12\ngoal: some\n", encoding="utf-8")
    said = picoplan("evaluate", "generated", client, "--rulesets", root)
    assert said.code == 1
    assert "client.yaml:2:7: error contradiction So many for so little?" in said.out + said.err


def test_a_scenario_that_contradicts_is_an_error(tmp_path: Path) -> None:
    files = contradicting(MANY)
    wrong = {"name": "Odd", "assessment": {"goal": "some", "sessions_done": 12}, "expect": {"sessions": None}}
    files["scenarios/1"] = [wrong]
    said = picoplan("test", write(files, tmp_path) / "generated")
    assert said.code == 1
    assert "scenario-invalid" in said.out + said.err
    assert "So many for so little?" in said.out + said.err


def test_numbers_are_told_apart_where_a_contradiction_does(tmp_path: Path) -> None:
    """A guarantee that only clients between its number and the rules' would break is broken, and no other."""
    told = {"id": "told", "when": {"seen": "above 50"}, "says": "Too much."}
    high = rule("high", {"stop": "High."}, {"seen": "above 40"})
    for most, holds in ((50, True), (45, False)):
        told["when"] = {"seen": f"above {most}"}
        files = contradicting(told)
        files["factors"]["1-concern.yaml"]["rules"].append(high)
        promise = {"id": "p", "title": "P", "when": {"seen": "above 45"}, "always": "stop"}
        never = {"id": "n", "title": "N", "when": {"seen": "above 45"}, "never": "stop"}
        files["guarantees"] = {"guarantees": [promise, never]}
        said = picoplan("check", write(files, tmp_path / str(most)) / "generated").out
        assert "p does not hold" not in said
        assert ("n does not hold" in said) is holds, said


def test_proofs_leave_out_exactly_what_is_refused(answering: Answering) -> None:
    """Every assessment is tried: what the world accepts is what the service takes."""
    compiled = answering.snapshot.served["generated"]
    taken = [given for given, _ in everything(compiled).decisions]
    assert taken
    case = opened(compiled, Deadline(60))
    for contradiction in compiled.ruleset.contradictions:
        assert not case.solver.holds_somewhere(case.world.true(contradiction.when))
    whole = World(compiled.ruleset, case.solver, case.world.questions)
    assert case.solver.holds_somewhere(whole.accepts())


PROMISE = {"id": "never", "title": "Never", "when": {"goal": "some"}, "never": "refer"}


@pytest.mark.parametrize("with_it", [True, False])
def test_proofs_leave_out_what_is_refused(with_it: bool, tmp_path: Path) -> None:
    files = contradicting(*([MANY] if with_it else []))
    files["guarantees"] = {"guarantees": [PROMISE]}
    said = picoplan("check", write(files, tmp_path) / "generated")
    assert ("guarantee-broken" in said.out) is not with_it, said.out


def test_an_added_one_is_an_edit_that_refuses_and_is_told_with_its_clients(tmp_path: Path) -> None:
    old, new = (
        write(files, tmp_path / name) / "generated"
        for name, files in (("a", contradicting()), ("b", contradicting(MANY)))
    )
    said = picoplan("diff", old, new)
    assert "contradiction many added" in said.out
    assert "So many for so little?" in said.out
    (found,) = json.loads(picoplan("diff", "--json", old, new).out)["rulesets"]
    assert found["refused"], "whom it refuses is told"
    assert found["plans"] == []


def test_a_text_of_one_that_is_changed_is_an_edit_and_changes_no_plan(tmp_path: Path) -> None:
    old, new = (
        write(contradicting({**MANY, "says": says}), tmp_path / name) / "generated"
        for name, says in (("a", "So many?"), ("b", "Really so many?"))
    )
    (found,) = json.loads(picoplan("diff", "--json", old, new).out)["rulesets"]
    assert [(edit["kind"], edit["name"]) for edit in found["edits"]] == [("contradiction", "many")]
    assert (found["plans"], found["refused"]) == ([], [])


def test_the_page_and_the_editor_know_them(tmp_path: Path) -> None:
    root = write(contradicting(MANY), tmp_path)
    page = picoplan("docs", "generated", "--rulesets", root, "-o", "-").out
    assert 'id="contradiction-many"' in page
    assert "So many for so little?" in page
    schema = json.loads(picoplan("schema", root / "generated", "--kind", "assessment").out)
    assert Draft202012Validator(schema).is_valid(contradicting(MANY)["assessment"])
    for wrong in ({**MANY, "wen": 1}, {"id": "x", "says": "y"}, {**MANY, "when": {"scores.depth": 1}}):
        assert not Draft202012Validator(schema).is_valid(contradicting(wrong)["assessment"])


def test_a_clinic_takes_them_over_and_adds_its_own(tmp_path: Path) -> None:
    root = write(contradicting(MANY), tmp_path)
    ours = root / "ours"
    (ours / "factors").mkdir(parents=True)
    (ours / "ruleset.yaml").write_text("id: ours\ntitle: Ours\nversion: 1.0.0\nextends: generated\n")
    (ours / "assessment.yaml").write_text(
        "inputs: {pain: {label: Does it hurt?, kind: yes or no}}\n"
        "contradictions:\n- {id: ours, when: {pain: yes, sessions_done: 0}, says: What hurts?}\n"
    )
    opened = open_folder(root)
    found = opened.snapshot.served["ours"].ruleset.contradictions
    assert [one.id for one in found] == ["many", "ours"]
    folders = [Path(one.place.file).parent.name for one in found]
    assert folders == ["generated", "ours"]
    opened.snapshot.close()


def test_a_new_one_needs_a_new_major_version_and_a_reworded_one_does_not(tmp_path: Path) -> None:
    def ruleset(name: str, files: Files) -> Ruleset:
        found = read_shelf(write(files, tmp_path / name)).read["generated"].ruleset
        assert found is not None
        return found

    without, with_it = ruleset("a", contradicting()), ruleset("b", contradicting(MANY))
    (problem,) = breaking(without, with_it)
    assert problem.code == "breaking-edit"
    assert problem.place == with_it.contradictions[0].place
    assert "So many for so little?" in problem.message
    assert breaking(without, ruleset("c", contradicting(MANY, version="2.0.0"))) == ()
    assert breaking(with_it, ruleset("d", contradicting({**MANY, "says": "Really?"}))) == ()
    assert breaking(with_it, without) == ()
    narrower = {**MANY, "when": {"goal": "some", "sessions_done": "above 20"}}
    assert breaking(with_it, ruleset("e", contradicting(narrower))) == ()
    assert len(breaking(ruleset("f", contradicting(narrower)), with_it)) == 1

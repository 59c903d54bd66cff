"""docs/evaluate.md: its answers are the service's own, and it names all that they and errors can hold."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from schemas.answer import AnswerSchema, HitSchema
from schemas.codes import MISTAKE_CODES, WARNING_CODES
from schemas.language import SUPPORTS, VERDICTS
from schemas.request import EvaluateRequest, TableRequest
from schemas.responses import (
    AxisOptionSchema,
    AxisSchema,
    CellSchema,
    ChangeSchema,
    MistakeSchema,
    OutcomeSchema,
    ProblemSchema,
    TableSchema,
    WhatIfSchema,
)
from service.model.caller import SCOPES
from service.web import origins, problems
from service.web.batch import MOST_ARRAY_BYTES, MOST_ITEMS
from service.web.body import MOST_BYTES
from service.web.ndjson import MOST_SPOOLED, SLOWEST_CLIENT_S
from tests.docs.answers import answer_to, cells_of, client, part_of, possible_in, refusal_of
from tests.docs.batches import shown_batch
from tests.docs.codes import codes_in
from tests.docs.pages import Block, Page, in_code
from tests.docs.refresh import request_of
from tests.web.serving import Served

PAGE = Page("evaluate.md")


def named(heading: str) -> set[str]:
    """The words in the first column of the tables below a heading."""
    tables = [block for block in PAGE.blocks if block.heading == heading and block.language == "table"]
    return {word for table in tables for row in table.rows for word in re.findall(r"`([^`]+)`", row[0])}


@pytest.mark.parametrize("block", PAGE.marked("answer"), ids=str)
def test_an_answer_on_the_page_is_what_the_service_answers(block: Block) -> None:
    assert json.loads(block.text) == answer_to(request_of(PAGE, block.marks["answer"]))


@pytest.mark.parametrize("block", PAGE.marked("part", "of"), ids=str)
def test_a_part_of_an_answer_on_the_page_is_what_the_service_answers(block: Block) -> None:
    assert json.loads(block.text) == part_of(request_of(PAGE, block.marks["part"]), block.marks["of"])


@pytest.mark.parametrize("block", PAGE.marked("refusal"), ids=str)
def test_a_refusal_on_the_page_is_what_the_service_gives(block: Block) -> None:
    assert json.loads(block.text) == refusal_of(request_of(PAGE, block.marks["refusal"]))


@pytest.mark.parametrize("block", PAGE.marked("possible"), ids=str)
def test_what_would_make_one_session_enough_on_the_page_is_what_the_service_says(block: Block) -> None:
    assert json.loads(block.text) == possible_in(request_of(PAGE, block.marks["possible"]))


@pytest.mark.parametrize("block", PAGE.marked("cells", "of"), ids=str)
def test_the_cells_of_a_table_on_the_page_are_what_the_service_says(block: Block) -> None:
    assert json.loads(block.text) == cells_of(request_of(PAGE, block.marks["cells"]), block.marks["of"])


def test_every_member_of_a_table_is_described_and_no_other() -> None:
    members = {*TableSchema().fields, *CellSchema().fields, *AxisSchema().fields, *AxisOptionSchema().fields}
    asked = {*TableRequest().fields, "explain", "decision_id", "contradictions"}
    assert members - {"as_of", "ruleset", "language"} <= named("Try without deciding") <= members | asked


def test_every_member_of_what_other_answers_would_come_to_is_described_and_no_other() -> None:
    members = {*WhatIfSchema().fields, *ChangeSchema().fields} - {*OutcomeSchema().fields}
    assert members <= named("What if")
    assert named("What if") - members <= {"as_of", "one_session", "ruleset"}


@pytest.mark.parametrize("block", [*PAGE.marked("told"), *PAGE.marked("toldlines")], ids=str)
def test_what_is_told_of_a_batch_on_the_page_is_what_the_service_tells(block: Block) -> None:
    assert block.text == shown_batch(PAGE, block)


def test_the_python_client_for_batches_does_what_it_says(shipped_server: Served) -> None:
    (block,) = PAGE.marked("run")
    names: dict[str, Any] = {}
    exec(compile(block.text, str(block), "exec"), names)
    scars = json.loads(next(one for one in PAGE.marked("request") if one.marks["request"] == "scars").text)
    url = f"http://127.0.0.1:{shipped_server.port}"
    told = list(names["evaluate_all"]([scars["assessment"], {}], url))
    assert told[0]["verdict"] == "several_sessions"
    assert (told[1]["status"], told[1]["line"]) == (422, 2)


def test_the_bounds_of_a_batch_are_those_of_the_code() -> None:
    said = PAGE.section("Many at once")
    assert (MOST_ITEMS, MOST_ARRAY_BYTES, MOST_BYTES, MOST_SPOOLED) == (1_000, 8_000_000, 64 << 10, 1 << 30)
    assert SLOWEST_CLIENT_S == 15
    for bound in ("at most 1,000 bodies", "8 MB together", "at most 64 KB", "1 GB of it", "for 15 seconds"):
        assert bound in " ".join(said.split()), bound


def test_every_json_block_of_the_page_is_held_to_the_service() -> None:
    marks = {
        "request",
        "answer",
        "part",
        "refusal",
        "possible",
        "cells",
        "batch",
        "told",
        "lines",
        "toldlines",
    }
    blocks = [block for block in PAGE.blocks if block.language in ("json", "ndjson")]
    assert [str(block) for block in blocks if not marks & block.marks.keys()] == []


def test_every_member_of_an_answer_is_described_and_no_other() -> None:
    described = named("The answer, member by member")
    members = {*AnswerSchema().fields, *HitSchema().fields}
    assert members <= described
    assert described - members <= set(WARNING_CODES)


def test_every_member_of_a_problem_and_of_its_mistakes_is_described() -> None:
    said = in_code(PAGE.section("Errors"))
    assert {*ProblemSchema().fields, *MistakeSchema().fields} <= said


def test_every_member_of_a_request_is_described() -> None:
    assert set(EvaluateRequest().fields) <= named("The request")


def test_every_verdict_is_described_in_the_order_in_which_they_apply() -> None:
    (table,) = [block for block in PAGE.blocks if block.heading == "Verdicts"]
    assert [row[0].strip("`") for row in table.rows] == list(VERDICTS)


def test_every_support_is_named() -> None:
    assert set(SUPPORTS) <= in_code(PAGE.text)


def test_every_status_of_a_problem_is_in_the_table() -> None:
    said = {int(status) for status in re.findall(r"\b[45]\d\d\b", PAGE.section("Errors"))}
    assert set(problems._KINDS) == said & set(range(400, 600))


def test_every_code_of_a_mistake_is_in_the_table_and_no_other() -> None:
    calls = frozenset({"Refusal", "UnreadableBody", "refuse", "Mistake"})
    places = ("service/serving", "service/evaluation/intake.py", "service/web")
    places += ("service/drafting/drafts.py", "service/drafting/publishing.py", "schemas/drafts.py")
    given = codes_in(*places, "schemas/assessment.py", "schemas/request.py", calls=calls)
    assert named("Errors") - {*ProblemSchema().fields} == given == set(MISTAKE_CODES)


def test_every_warning_that_an_answer_can_hold_is_described() -> None:
    given = codes_in("service/evaluation/compiled.py", calls=frozenset({"AnswerWarning"}))
    assert given == set(WARNING_CODES)
    assert given <= named("The answer, member by member")


def test_every_endpoint_is_described() -> None:
    listed = client().get("/").get_json()["endpoints"]
    said = in_code(PAGE.text)
    assert {f"{one['method']} {one['path']}" for one in listed} <= said


def test_every_header_that_the_service_sets_is_described() -> None:
    answers = [
        client().get("/v1/rulesets"),
        client().get("/healthz"),
        client().delete("/v1/evaluate"),
        client().post("/v1/evaluate", data="x", content_type="text/plain"),
    ]
    usual = {"content-type", "content-length", "x-content-type-options"}
    described = {name.lower() for name in named("Headers")}
    assert {name.lower() for answer in answers for name, _ in answer.headers} - usual <= described


def test_every_header_of_keys_and_limits_and_every_one_that_pages_may_read_is_described() -> None:
    assert {*origins.EXPOSED, "WWW-Authenticate", "RateLimit", "RateLimit-Policy"} <= named("Headers")


def test_every_scope_of_a_key_is_described_and_no_other() -> None:
    assert named("Keys and limits") == set(SCOPES)


def test_in_the_shipped_rulesets_a_question_comes_after_those_that_decide_whether_it_is_asked() -> None:
    for one in client().get("/v1/rulesets").get_json()["rulesets"]:
        schema = client().get(f"/v1/rulesets/{one['id']}/assessment-schema").get_json(force=True)
        asked: list[str] = []
        for name, question in schema["properties"].items():
            only_if = " ".join(question["x-picoplan"]["only_if_written"] or [])
            looked_at = re.findall(r"([a-z_0-9]+)(?:\.[a-z_]+)?: ", only_if)
            assert set(looked_at) - {"any", "all", "not"} <= set(asked), name
            asked.append(name)

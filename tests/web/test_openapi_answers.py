"""Real answers are as the OpenAPI document says: every member, every header, nothing that it does not say."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.store.folders import read_shelf, shipped
from service.web.app import create_app
from service.web.log import open_log
from service.web.settings import Settings
from tests.generated import assessment_from, rulesets, seeded
from tests.properties.profile import examples
from tests.properties.serving import write
from tests.web.client import Client, client_of
from tests.web.described import Described
from tests.web.serving import Served

pytestmark = pytest.mark.long

BATCH = "/v1/evaluate/batch"
JSON = {"Content-Type": "application/json"}


class Asked:
    """An app in process beside its own document."""

    def __init__(self, folder: Path | None = None) -> None:
        self.client: Client = client_of(create_app(Settings(rulesets=folder), open_log(io.BytesIO())))
        self.described = Described(self.client.get("/openapi.json").get_json())

    def wrong(self, operation: str, method: str, path: str, body: Any = None) -> list[str]:
        """What of the answer is not as the document says."""
        answer = self.client.open(path, method=method, json=body)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        content = answer.get_json(force=True) if "json" in answer.content_type else answer.text
        return self.described.mistakes_in_answer(operation, answer.status_code, headers, content)


@cache
def asked() -> Asked:
    """The shipped rulesets."""
    return Asked()


def scenarios() -> Iterator[Any]:
    for name, one in read_shelf(shipped()).read.items():
        assert one.ruleset is not None
        for scenario in one.ruleset.scenarios:
            yield pytest.param(name, dict(scenario.assessment), id=f"{name}: {scenario.name}")


@pytest.mark.parametrize(("ruleset", "assessment"), [*scenarios()])
def test_the_answer_to_a_scenario_is_as_described(ruleset: str, assessment: dict[str, Any]) -> None:
    body = {"ruleset": ruleset, "assessment": assessment, "explain": True}
    requests = asked().described.operations()["evaluate"][2]["requestBody"]["content"]["application/json"]
    assert asked().described.mistakes(requests["schema"], body) == []
    assert asked().wrong("evaluate", "POST", "/v1/evaluate", body) == []
    del body["explain"]
    assert asked().wrong("what_if", "POST", "/v1/what-if", body) == []


@pytest.mark.parametrize("ruleset", ["pico-laser", "tattoo-kirby-desai", "example-clinic"])
def test_what_is_said_of_a_ruleset_and_of_each_of_its_rules_is_as_described(ruleset: str) -> None:
    path = f"/v1/rulesets/{ruleset}"
    assert asked().wrong("ruleset", "GET", path) == []
    assert asked().wrong("assessment_schema", "GET", f"{path}/assessment-schema") == []
    for rule in asked().client.get(path).get_json()["rules"]:
        assert asked().wrong("rule", "GET", f"{path}/rules/{rule['id']}") == []


@examples(20)
@given(st.data(), st.integers(0, 2**32))
def test_answers_and_rules_of_generated_rulesets_are_as_described(data: st.DataObject, seed: int) -> None:
    files, choices = data.draw(rulesets()), seeded(seed)
    with TemporaryDirectory() as name:
        one = Asked(write(files, Path(name)))
    for explain in (False, True, True):
        body = {"ruleset": "generated", "assessment": assessment_from(choices, files), "explain": explain}
        assert one.wrong("evaluate", "POST", "/v1/evaluate", body) == []
    assert one.wrong("ruleset", "GET", "/v1/rulesets/generated") == []
    for rule in one.client.get("/v1/rulesets/generated").get_json()["rules"]:
        assert one.wrong("rule", "GET", f"/v1/rulesets/generated/rules/{rule['id']}") == []


def test_answers_of_every_endpoint_and_problems_are_as_described(served: Served) -> None:
    found = Described(json.loads(served.ask("GET", "/openapi.json")[2]))
    example = found.operations()["evaluate"][2]["requestBody"]["content"]["application/json"]["examples"]
    body = example["small"]["value"]
    decision = json.loads(served.ask("POST", "/v1/evaluate", body)[2])["decision_id"]
    text = {"Content-Type": "text/plain"}
    keyed = {"Idempotency-Key": "0190-retry"}
    seen = set()
    for operation, status, method, path, sent, headers in (
        ("evaluate", 200, "POST", "/v1/evaluate", body, keyed),
        ("evaluate", 200, "POST", "/v1/evaluate", body, keyed),
        ("evaluate", 409, "POST", "/v1/evaluate", {**body, "explain": True}, keyed),
        ("evaluate", 400, "POST", "/v1/evaluate", b"{", {"Content-Type": "application/json"}),
        ("evaluate", 404, "POST", "/v1/evaluate", {**body, "ruleset": "no-such"}, {}),
        ("evaluate", 413, "POST", "/v1/evaluate", {**body, "digest": "x" * 70_000}, {}),
        ("evaluate", 415, "POST", "/v1/evaluate", b"x", text),
        ("evaluate", 422, "POST", "/v1/evaluate", {"assessment": []}, {}),
        ("evaluate", 503, "POST", "/v1/evaluate", {**body, "ruleset": "broken"}, {}),
        ("evaluate", 405, "PUT", "/v1/evaluate", {}, {}),
        ("evaluate", 417, "POST", "/v1/evaluate", body, {"Expect": "tea"}),
        ("evaluate", 501, "POST", "/v1/evaluate", body, {"Transfer-Encoding": "gzip, chunked"}),
        ("what_if", 200, "POST", "/v1/what-if", body, {}),
        ("what_if", 404, "POST", "/v1/what-if", {**body, "ruleset": "no-such"}, {}),
        ("what_if", 422, "POST", "/v1/what-if", {**body, "explain": True}, {}),
        ("evaluate_batch", 200, "POST", BATCH, json.dumps([body, {}, 7, body]).encode(), JSON),
        ("evaluate_batch", 200, "POST", BATCH, b"[]", JSON),
        ("evaluate_batch", 400, "POST", BATCH, b"[", JSON),
        ("evaluate_batch", 422, "POST", BATCH, b"[" + b"0," * 1_000 + b"0]", JSON),
        ("evaluate_batch", 415, "POST", BATCH, b"x", text),
        ("evaluate_batch", 422, "POST", BATCH, body, {}),
        ("metrics", 200, "GET", "/metrics", None, {}),
        ("rulesets", 200, "GET", "/v1/rulesets", None, {}),
        ("rulesets", 304, "GET", "/v1/rulesets", None, {"If-None-Match": "*"}),
        ("ruleset", 404, "GET", "/v1/rulesets/no-such", None, {}),
        ("ruleset_history", 200, "GET", "/v1/rulesets/small/history", None, {}),
        ("ruleset", 503, "GET", "/v1/rulesets/broken", None, {}),
        ("decision", 200, "GET", f"/v1/decisions/{decision}", None, {}),
        ("decision", 404, "GET", "/v1/decisions/no-such", None, {}),
        ("verify", 200, "POST", f"/v1/decisions/{decision}/verify", None, {}),
        ("try_assessment", 200, "POST", "/v1/try", {**body, "ref": "a-1", "test": True}, {}),
        ("plan_table", 422, "POST", "/v1/table", {**body, "rows": "x", "columns": ["y"]}, {}),
        ("find_decisions", 200, "POST", "/v1/refs/find", {"ref": "a-1"}, {}),
        ("find_decisions", 422, "POST", "/v1/refs/find", {"ref": "a b"}, {}),
        ("erase_decisions", 200, "POST", "/v1/refs/erase", {"ref": "a-1"}, {}),
        ("problem", 200, "GET", "/problems/not-found", None, {}),
        ("problem", 200, "GET", "/problems/too-deep", None, {"Accept": "text/html"}),
        ("problem", 404, "GET", "/problems/nothing", None, {}),
        ("health", 200, "GET", "/healthz", None, {}),
        ("ready", 503, "GET", "/readyz", None, {}),
        ("welcome", 200, "GET", "/", None, {}),
        ("openapi", 200, "GET", "/openapi.json", None, {"Accept-Encoding": "identity"}),
        ("docs", 200, "GET", "/docs", None, {}),
        ("docs_file", 200, "GET", "/docs/start.js", None, {}),
        ("docs_file", 404, "GET", "/docs/no-such", None, {}),
    ):
        got, said, content = served.ask(method, path, sent, headers)
        assert got == status, (operation, status)
        data = json.loads(content) if "json" in said.get("content-type", "") else content.decode()
        assert found.mistakes_in_answer(operation, status, said, data) == [], (operation, status)
        seen.add(operation)
    of_drafts = {name for name, one in found.operations().items() if one[1].startswith("/v1/drafts")}
    assert seen | of_drafts | {"assessment_schema", "rule"} == {*found.operations()}

"""What the clients send and tell: what HTTP has, with types, and errors that may go to a log."""

from __future__ import annotations

import ast
import json
import re
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from service.web.endpoints import ENDPOINTS
from tests.clients.calling import Caller, Json
from tests.clients.flaky import Flaky
from tests.web.batches import SCAR, SPOTS, WRONG
from tests.web.serving import Served

TABLE = {"ruleset": "small", "rows": "concern", "columns": ["severity"], "assessment": {"gold": False}}
BY_POST: list[tuple[str, str, Json]] = [
    ("evaluate", "/v1/evaluate", {**SPOTS, "as_of": "2026-12-01", "ref": "record-1", "test": True}),
    ("what_if", "/v1/what-if", SCAR),
    ("try_assessment", "/v1/try", SPOTS),
    ("table", "/v1/table", TABLE),
    ("find_decisions", "/v1/refs/find", {"ref": "record-1", "kinds": ["test"]}),
    ("erase_decisions", "/v1/refs/erase", {"ref": "record-2"}),
]
BY_GET: list[tuple[str, str, list[str], Json]] = [
    ("rulesets", "/v1/rulesets", [], {}),
    ("ruleset", "/v1/rulesets/small", ["small"], {}),
    ("ruleset", "/v1/rulesets/small?language=es", ["small"], {"language": "es"}),
    ("assessment_schema", "/v1/rulesets/small/assessment-schema", ["small"], {}),
    ("rule", "/v1/rulesets/small/rules/sun-spots", ["small", "sun-spots"], {}),
    ("ruleset_history", "/v1/rulesets/small/history", ["small"], {}),
]
OPEN = {"decision_id", "evaluated_at", "instance", "request_id", "decisions", "more"}
"""What differs between two answers to the same."""


def url_of(server: Served) -> str:
    return f"http://127.0.0.1:{server.port}"


def raw(server: Served, method: str, path: str, body: Json | None = None) -> bytes:
    status, _, content = server.ask(method, path, body)
    assert status == 200, content
    return content


def as_told(caller: Caller, content: bytes) -> Any:
    """JSON as the client tells it: in Python a fraction is an exact Decimal."""
    return json.loads(
        content, parse_float=(lambda digits: {"decimal": digits}) if caller.name == "python" else None
    )


def comparable(told: Any) -> Any:
    if isinstance(told, list):
        return [comparable(one) for one in told]
    if not isinstance(told, dict):
        return told
    return {name: comparable(value) for name, value in told.items() if name not in OPEN}


def test_a_method_that_sends_tells_what_the_endpoint_answers(caller: Caller, server: Served) -> None:
    told = caller.calls(url_of(server), [{"method": method, "request": body} for method, _, body in BY_POST])
    wanted = [as_told(caller, raw(server, "POST", path, body)) for _, path, body in BY_POST]
    assert comparable(told) == comparable(wanted)


def test_a_method_that_reads_tells_what_the_endpoint_answers(caller: Caller, server: Served) -> None:
    told = caller.calls(url_of(server), [{"method": one[0], "of": one[2], "told": one[3]} for one in BY_GET])
    assert told == [as_told(caller, raw(server, "GET", path)) for _, path, *_ in BY_GET]


def test_a_decision_is_read_and_verified(caller: Caller, server: Served) -> None:
    made = caller.call(url_of(server), "evaluate", request=SPOTS)
    calls = [{"method": method, "of": [made["decision_id"]]} for method in ("decision", "verify")]
    decision, verification = caller.calls(url_of(server), calls)
    assert decision["answer"] == made
    assert verification["same"] is True


def test_every_endpoint_of_decisions_and_rulesets_has_a_method_in_both() -> None:
    renamed = {"evaluate_batch": "evaluate_many", "plan_table": "table"}
    rules = {one.name: one.rule for one in ENDPOINTS if one.rule.startswith("/v1/")}
    wanted = {renamed.get(name, name) for name, rule in rules.items() if not rule.startswith("/v1/drafts")}
    assert python_methods() == wanted
    assert {re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", one) for one in node_methods()} == wanted


SOURCES = Path(__file__).resolve().parents[2] / "scripts" / "clients"


def python_methods() -> set[str]:
    source = (SOURCES / "python" / "picoplan_client" / "client.py").read_text(encoding="utf-8")
    (client,) = (one for one in ast.parse(source).body if isinstance(one, ast.ClassDef))
    names = {one.name for one in client.body if isinstance(one, ast.FunctionDef) and one.name[0] != "_"}
    return names - {"close"}


def node_methods() -> set[str]:
    source = (SOURCES / "typescript" / "src" / "client.ts").read_text(encoding="utf-8")
    return set(re.findall(r"^  (?:async \*)?([a-z]\w+)\(", source, re.M)) - {"constructor"}


def test_a_fraction_is_sent_and_told_exactly_in_python(wheel: Path, server: Served) -> None:
    exact = {"decimal": "62.5000000000000000000001"}
    assessment = {"concern": "sun_spots", "sessions_done": 1, "improvement": exact}
    caller = Caller.python(wheel)
    made = caller.call(url_of(server), "evaluate", request={"ruleset": "small", "assessment": assessment})
    decision = raw(server, "GET", f"/v1/decisions/{made['decision_id']}")
    assert b'"improvement":62.5000000000000000000001' in decision
    told = caller.call(url_of(server), "decision", made["decision_id"])
    assert told["assessment"]["improvement"] == exact


def test_a_number_that_json_has_not_is_not_sent(caller: Caller, server: Served) -> None:
    with Flaky(server.port) as flaky:
        not_there = {**SCAR, "assessment": {**SCAR["assessment"], "improvement": float("nan")}}
        told = caller.call(flaky.url, "evaluate", request=not_there)
    assert told == {"not sent": "JSON has no such number."}
    assert flaky.came == []


def test_an_error_has_all_that_the_problem_document_has(caller: Caller, server: Served) -> None:
    told = caller.call(url_of(server), "evaluate", request=WRONG)["error"]
    status, _, content = server.ask("POST", "/v1/evaluate", WRONG)
    problem = json.loads(content)
    assert told["status"] == status == 422
    assert told["line"] is None
    assert {name: told[name] for name in ("type", "detail", "errors")} == {
        name: problem[name] for name in ("type", "detail", "errors")
    }
    assert told["codes"] == [one["code"] for one in problem["errors"]]
    assert told["request_id"].startswith("urn:uuid:")


def test_the_text_of_an_error_holds_nothing_that_was_sent(caller: Caller, server: Served) -> None:
    answers = {"concern": "scarring", "Jane Roe": "of Leeds", "severity": "dreadful", "marks": ["purple"]}
    calls = [
        {"method": "evaluate", "request": {"ruleset": "small", "assessment": answers}},
        {"method": "evaluate_many", "of": [[{"ruleset": "small", "assessment": answers}]]},
        {"method": "table", "request": {**TABLE, "assessment": answers, "rows": "Jane Roe"}},
    ]
    one, (many,), table = caller.calls(url_of(server), calls)
    for error in (one["error"], many["error"], table["error"]):
        assert error["errors"]
        for word in chain(
            *((name, *(said if isinstance(said, list) else [said])) for name, said in answers.items())
        ):
            assert word not in error["text"], error["text"]


def test_the_key_goes_to_the_service_and_nowhere_else(caller: Caller, server: Served) -> None:
    with Flaky(server.port) as elsewhere, Flaky(server.port, f"307 {elsewhere.url}/v1/rulesets") as flaky:
        told = caller.call(flaky.url, "rulesets", options={"key": "the-key"})
    assert [one.headers["authorization"] for one in flaky.came] == ["Bearer the-key"]
    assert elsewhere.came == []
    assert told["error"]["status"] == 307


def test_the_end_of_the_line_of_a_key_file_is_no_part_of_the_key(caller: Caller, server: Served) -> None:
    with Flaky(server.port) as flaky:
        told = caller.call(flaky.url, "rulesets", options={"key": " the-key\r\n"})
    assert [one.headers["authorization"] for one in flaky.came] == ["Bearer the-key"]
    assert "rulesets" in told


def test_a_key_that_cannot_be_sent_is_refused_without_being_told(caller: Caller, server: Served) -> None:
    with pytest.raises(AssertionError) as raised:  # the program ends with what the client raised
        caller.call(url_of(server), "rulesets", options={"key": "the-\nkey"})
    assert "The key has a character that no key has." in str(raised.value)
    assert "the-\nkey" not in str(raised.value)
    assert "the-\\nkey" not in str(raised.value)


def test_the_headers_of_each_answer_are_told_to_who_wants_them(caller: Caller, server: Served) -> None:
    told = caller.calls_with_headers(url_of(server), [{"method": "evaluate", "request": WRONG}])
    assert told["heard"] == [told["told"][0]["error"]["request_id"]]


def test_many_are_told_in_order_with_the_line_of_each_error(caller: Caller, server: Served) -> None:
    requests = [{**(WRONG if at % 7 == 3 else SCAR), "ref": f"line-{at}"} for at in range(1, 1201)]
    told = caller.call(url_of(server), "evaluate_many", requests)
    assert [one.get("ref") or f"line-{one['error']['line']}" for one in told] == [
        one["ref"] for one in requests
    ]


def test_nothing_is_asked_where_there_is_nothing_to_ask(caller: Caller, server: Served) -> None:
    with Flaky(server.port) as flaky:
        assert caller.call(flaky.url, "evaluate_many", []) == []
    assert flaky.came == []


def test_many_that_are_refused_as_a_whole_raise(caller: Caller, server: Served) -> None:
    with Flaky(server.port, "403") as flaky:
        assert caller.call(flaky.url, "evaluate_many", [SCAR])["error"]["status"] == 403

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from schemas.codes import MISTAKE_CODES, PROBLEM_TYPES, WARNING_CODES
from schemas.language import SUPPORTS, VERDICTS, Move, Moved
from service.model.caller import INTERNAL
from service.model.ruleset import Effects, OneSession
from service.serving.assessment_schema import assessment_json_schema
from service.store.folders import read_shelf
from service.web import problems
from service.web.app import create_app
from service.web.call import Call
from service.web.endpoints import ENDPOINTS, endpoints
from service.web.log import open_log
from service.web.openapi import document as document_module
from service.web.openapi.components import named
from service.web.openapi.document import document
from service.web.openapi.operations import OPERATIONS
from service.web.settings import Settings
from tests.waiting import until
from tests.web.client import Client, client_of
from tests.web.described import Described
from tests.web.serving import Served
from tests.web.small import write_broken, write_small


def described(client: Client) -> Described:
    return Described(client.get("/openapi.json").get_json())


def schemas(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = described(client).document["components"]["schemas"]
    return found


@pytest.fixture
def two(tmp_path: Path) -> Client:
    """A client of an app over two small rulesets, of which ``a-1`` is the default."""
    for name in ("a-1", "b"):
        write_small(tmp_path, name)
    return client_of(create_app(Settings(rulesets=tmp_path, default_ruleset="a-1"), open_log()))


def test_it_is_openapi_3_1_by_the_specification_s_own_schema(served: Served, two: Client) -> None:
    status, headers, content = served.ask("GET", "/openapi.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    for one in (json.loads(content), two.get("/openapi.json").get_json()):
        assert one["openapi"] == "3.1.0"
        assert [str(error) for error in OpenAPIV31SpecValidator(one).iter_errors()] == []


def test_every_endpoint_of_the_table_is_in_it_and_no_other(served: Served) -> None:
    found = Described(json.loads(served.ask("GET", "/openapi.json")[2])).operations()
    assert {name: (method, path) for name, (method, path, _) in found.items()} == {
        one.name: (one.method, one.path) for one in ENDPOINTS
    }
    assert {*OPERATIONS} == {one.name for one in ENDPOINTS}


def test_without_a_log_decisions_are_not_in_it(client: Client) -> None:
    assert {*described(client).operations()} == {one.name for one in endpoints(logged=False)}


def test_every_status_of_a_problem_is_documented_where_it_can_occur(served: Served) -> None:
    found = Described(json.loads(served.ask("GET", "/openapi.json")[2]))
    said = {
        name: {int(status) for status in operation["responses"]}
        for name, (_, _, operation) in found.operations().items()
    }
    everywhere = {400, 403, 405, 417, 500, 501}
    assert all(everywhere <= statuses for statuses in said.values())
    assert said["evaluate"] == {200, 401, 404, 408, 409, 413, 415, 422, 429, 503} | everywhere
    in_paths = {name for name, (_, path, _) in found.operations().items() if "{" in path}
    assert {name for name, statuses in said.items() if 404 in statuses} == {
        *in_paths,
        *("evaluate", "try_assessment", "plan_table", "what_if", "begin_draft"),
    }
    assert {*problems.statuses()} - {401, 429} <= set.union(*said.values())


def test_every_problem_has_the_one_shape(served: Served) -> None:
    found = Described(json.loads(served.ask("GET", "/openapi.json")[2]))
    for name, (_, _, operation) in found.operations().items():
        for status in operation["responses"]:
            said = found.response(name, int(status))
            if int(status) >= 400 and (name, status) != ("ready", "503"):
                (media,) = said["content"]
                assert (media, said["content"][media]["schema"]) == (
                    "application/problem+json",
                    {"$ref": "#/components/schemas/Problem"},
                )
                assert said["content"][media]["example"]["status"] == int(status)


def test_every_member_of_every_schema_is_described(client: Client) -> None:
    for name, schema in schemas(client).items():
        assert schema.get("description"), name
        for member, said in schema.get("properties", {}).items():
            if not (
                name.startswith(("EvaluateRequest_", "TableRequest_", "WhatIfRequest_"))
                and member == "assessment"
            ):
                assert said.get("description"), f"{name}.{member}"


def test_words_that_are_closed_are_those_of_the_service(client: Client) -> None:
    found = schemas(client)
    answer, step = found["Answer"]["properties"], found["Step"]["properties"]
    assert answer["verdict"]["enum"] == list(VERDICTS)
    assert answer["support"]["anyOf"] == [{"type": "string", "enum": list(SUPPORTS)}, {"type": "null"}]
    assert answer["one_session"]["enum"] == [*get_args(OneSession), "undecided"]
    assert step["does"]["enum"] == list(get_args(Move))
    assert step["of"]["enum"] == list(get_args(Moved))
    assert [*found["Effects"]["properties"]] == [one.name for one in fields(Effects)]


def test_every_example_is_valid_by_its_schema(served: Served, two: Client) -> None:
    for one in (json.loads(served.ask("GET", "/openapi.json")[2]), two.get("/openapi.json").get_json()):
        found, seen = Described(one), 0
        for name, (_, _, operation) in found.operations().items():
            responses = [found.response(name, int(status)) for status in operation["responses"]]
            contents = [response.get("content", {}) for response in responses]
            for content in [*contents, operation.get("requestBody", {}).get("content", {})]:
                for said in content.values():
                    examples = [one["value"] for one in said.get("examples", {}).values()]
                    for example in [*examples, *([said["example"]] if "example" in said else [])]:
                        assert found.mistakes(said["schema"], example) == [], name
                        seen += 1
        assert seen > 40


def test_the_example_of_a_request_gets_the_example_of_an_answer(served: Served) -> None:
    found = Described(json.loads(served.ask("GET", "/openapi.json")[2]))
    operation = found.operations()["evaluate"][2]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    assert {*examples} == {"small"}
    status, _, content = served.ask("POST", "/v1/evaluate", examples["small"]["value"])
    shown = found.response("evaluate", 200)["content"]["application/json"]["example"]
    changing = ("decision_id", "evaluated_at", "as_of")
    assert status == 200
    assert {**json.loads(content), **{name: shown[name] for name in changing}} == shown


def test_the_assessment_of_each_ruleset_has_its_questions_options_bounds_and_labels(
    two: Client, tmp_path: Path
) -> None:
    ruleset = read_shelf(tmp_path).read["b"].ruleset
    assert ruleset is not None
    asked = assessment_json_schema(ruleset)["properties"]
    made = schemas(two)["Assessment_b"]
    assert list(made["properties"]) == list(asked)
    concern = made["properties"]["concern"]
    assert concern["enum"] == ["sun_spots", "scar"]
    assert "`sun_spots`: Sun spots" in concern["description"]
    assert made["properties"]["improvement"] | {"description": ""} == {
        "type": ["number", "null"],
        "minimum": -0.5,
        "maximum": 100,
        "description": "",
    }


def test_a_request_is_one_of_the_rulesets_and_only_the_default_need_not_be_named(two: Client) -> None:
    found = schemas(two)
    assert found["EvaluateRequest"]["oneOf"] == [
        {"$ref": "#/components/schemas/EvaluateRequest_a_1"},
        {"$ref": "#/components/schemas/EvaluateRequest_b"},
    ]
    either = [{"type": "string", "const": "a-1"}, {"type": "null"}]
    assert found["EvaluateRequest_a_1"]["properties"]["ruleset"]["anyOf"] == either
    assert found["EvaluateRequest_a_1"]["required"] == ["assessment"]
    assert found["EvaluateRequest_b"]["properties"]["ruleset"]["const"] == "b"
    assert found["EvaluateRequest_b"]["required"] == ["ruleset", "assessment"]


def test_a_caller_sees_his_rulesets_alone(two: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = two.get("/openapi.json").data
    assert b"Assessment_b" in everything
    clinic = replace(INTERNAL, key="k1", clinic="one", rulesets=frozenset(("a-1",)), default_ruleset="a-1")
    monkeypatch.setattr(document_module, "this_call", lambda: Call("GET", {}, caller=clinic))
    his = two.get("/openapi.json").data
    assert b"Assessment_a_1" in his
    for hidden in (b"Assessment_b", b"/b/", b'"b"'):
        assert hidden not in his
    monkeypatch.undo()
    assert two.get("/openapi.json").data == everything


def test_without_any_ruleset_there_is_a_request_of_any_assessment(tmp_path: Path) -> None:
    write_broken(tmp_path)
    found = schemas(client_of(create_app(Settings(rulesets=tmp_path), open_log())))
    assert found["EvaluateRequest"]["properties"]["assessment"]["type"] == "object"
    assert [name for name in found if name.startswith("Assessment")] == []


def spelled_otherwise(root: Path) -> None:
    """An edit of a label."""
    file = root / "assessment.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("Sun spots", "Sunny spots"), encoding="utf-8")


def test_the_same_rulesets_give_the_same_bytes_and_another_edit_others(tmp_path: Path) -> None:
    root = write_small(tmp_path)

    def written() -> tuple[bytes, str]:
        response = client_of(create_app(Settings(rulesets=tmp_path), open_log())).get("/openapi.json")
        return response.data, response.headers["ETag"]

    before = written()
    assert written() == before
    spelled_otherwise(root)
    content, tag = written()
    assert b"Sunny spots" in content
    assert tag != before[1]


def test_an_edit_that_goes_live_is_in_it(tmp_path: Path) -> None:
    rulesets = tmp_path / "rulesets"
    root = write_small(rulesets)
    with Served(tmp_path, rulesets=str(rulesets), workers=1) as server:
        tag = {"If-None-Match": server.ask("GET", "/openapi.json")[1]["etag"]}
        spelled_otherwise(root)
        until(lambda: server.ask("GET", "/openapi.json", headers=tag)[0] != 304)
        assert b"Sunny spots" in server.ask("GET", "/openapi.json", headers=tag)[2]


def test_who_has_it_is_told_that_it_has_not_changed(client: Client) -> None:
    tag = client.get("/openapi.json").headers["ETag"]
    again = client.get("/openapi.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_it_is_written_once_for_the_same_rulesets(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get("/openapi.json").data

    def written(*_: Any, **__: Any) -> bytes:
        raise AssertionError("written again")

    monkeypatch.setattr(document_module, "document", written)
    assert client.get("/openapi.json").data == first


def test_a_key_is_declared_and_every_scope_told_whether_the_operator_has_made_any_or_not() -> None:
    table = endpoints(logged=True)
    described = Described(json.loads(document(table, (), None, keyed=False)))
    scheme = described.document["components"]["securitySchemes"]["key"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    for one in table:
        operation = described.operations()[one.name][2]
        assert operation["security"] == [{"key": []}, {}]
        assert all(f"`{scope}`" in operation.get("description", "") for scope in one.scopes)
        done = min(operation["responses"])
        limits = {"RateLimit", "RateLimit-Policy"} & {*operation["responses"][done]["headers"]}
        assert bool(limits) is bool(one.scopes)


def test_who_sees_no_ruleset_where_keys_are_asked_for_is_told_to_send_one(two: Client) -> None:
    def says(keyed: bool) -> str:
        told: str = json.loads(document(endpoints(logged=True), (), None, keyed=keyed))["info"]["description"]
        return told

    assert "without a key" in says(keyed=True)
    assert "without a key" not in says(keyed=False)
    assert "without a key" not in described(two).document["info"]["description"]


def test_codes_types_and_warnings_are_closed_and_no_value_has_several_types(client: Client) -> None:
    found = schemas(client)
    assert found["Mistake"]["properties"]["code"]["enum"] == list(MISTAKE_CODES)
    assert found["Problem"]["properties"]["type"]["enum"] == list(PROBLEM_TYPES)
    assert found["AnswerWarning"]["properties"]["code"]["enum"] == list(WARNING_CODES)
    several = [one["type"] for one in _objects(found) if isinstance(one.get("type"), list)]
    assert [types for types in several if len({*types} - {"null"}) > 1] == []


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    below = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    if isinstance(data, dict):
        yield data
    for one in below:
        yield from _objects(one)


def test_no_two_rulesets_have_names_that_a_language_spells_alike() -> None:
    names = named(["a-b", "a_b", "ab", "-", "_"])
    spelled = ["".join(filter(str.isalnum, name)) for name in names.values()]
    assert len({*spelled}) == 5
    assert all(spelled)

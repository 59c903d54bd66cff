"""FHIR R4 over HTTP: what is served to whom, decided as ``/v1/evaluate`` does, and told as resources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from service.clinical.canonicals import Canonicals
from service.serving.evaluate import Answering
from service.store.api_keys import Token
from service.store.folders import read_shelf
from service.store.snapshot import take_snapshot
from service.web.app import AppParts, app_over, create_app
from service.web.fhir import ClinicalSettings
from service.web.live import Live
from service.web.log import open_log
from service.web.settings import Settings
from tests.clinical.forms import filled_in
from tests.waiting import until
from tests.web.client import client_of
from tests.web.clinics import clinics
from tests.web.small import write_broken, write_small

Json = dict[str, Any]

BASE = "/fhir/R4"
LOCAL = {"Host": "localhost"}
EVALUATE = f"{BASE}/QuestionnaireResponse/$evaluate"
SCAR: Json = {"concern": "scar", "severity": "mild", "marks": [], "gold": False}


@pytest.fixture
def client(tmp_path: Path) -> Client:
    write_small(tmp_path)
    write_broken(tmp_path)
    return client_of(create_app(Settings(rulesets=tmp_path)))


def form(client: Client) -> Json:
    got = client.get(f"{BASE}/Questionnaire/small", headers=LOCAL)
    assert got.status_code == 200
    return dict(got.json or {})


def evaluated(client: Client, response: object, **headers: str) -> TestResponse:
    return client.post(
        EVALUATE,
        data=json.dumps(response),
        content_type="application/fhir+json",
        headers={**LOCAL, **headers},
    )


def parameters(guidance: Json) -> list[Json]:
    (plan,) = guidance["contained"]
    assert guidance["outputParameters"] == {"reference": f"#{plan['id']}"}
    return list(plan["parameter"])


def test_what_there_is_is_told_to_everybody_on_this_machine(client: Client) -> None:
    got = client.get(f"{BASE}/metadata", headers=LOCAL)
    assert got.headers["Content-Type"] == "application/fhir+json"
    stated = got.json or {}
    assert (stated["resourceType"], stated["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    operation = client.get(f"{BASE}/OperationDefinition/evaluate", headers=LOCAL).json or {}
    (told,) = stated["rest"][0]["resource"][1]["operation"]
    assert told["definition"] == operation["url"]
    assert [one["name"] for one in operation["parameter"]] == ["questionnaire-response", "as-of", "return"]


def test_a_questionnaire_is_given_again_only_where_it_has_changed(client: Client) -> None:
    got = client.get(f"{BASE}/Questionnaire/small", headers=LOCAL)
    digest = json.loads(client.get("/v1/rulesets").data)["rulesets"][0]["digest"]
    assert got.headers["ETag"] == f'"{digest}"'
    again = client.get(f"{BASE}/Questionnaire/small", headers={**LOCAL, "If-None-Match": got.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("", 1),
        ("?url=http://127.0.0.1:8000/fhir/R4/Questionnaire/small", 1),
        ("?url=http://127.0.0.1:8000/fhir/R4/Questionnaire/small|1.2.0", 1),
        ("?url=http://127.0.0.1:8000/fhir/R4/Questionnaire/small&version=1.2.0", 1),
        ("?url=http://127.0.0.1:8000/fhir/R4/Questionnaire/small|9.0.0", 0),
        ("?url=http://127.0.0.1:8000/fhir/R4/Questionnaire/other", 0),
        ("?url=https://other.example/fhir/R4/Questionnaire/small", 0),
        (f"?url=http://127.0.0.1:8000/fhir/R4/Questionnaire/{'x' * 300}", 0),
    ],
)
def test_a_search_finds_questionnaires_by_their_url_and_version(
    client: Client, query: str, total: int
) -> None:
    found = client.get(f"{BASE}/Questionnaire{query}", headers=LOCAL).json or {}
    assert (found["type"], found["total"], len(found.get("entry", []))) == ("searchset", total, total)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", f"{BASE}/Questionnaire/nope", 404, "not-found"),
        ("GET", f"{BASE}/Questionnaire/a_b", 404, "not-found"),
        ("GET", f"{BASE}/Questionnaire/broken", 503, "transient"),
        ("GET", f"{BASE}/Patient/1", 404, "not-found"),
        ("POST", f"{BASE}/metadata", 405, "not-supported"),
    ],
)
def test_what_is_not_there_is_an_operation_outcome(
    client: Client, method: str, path: str, status: int, code: str
) -> None:
    got = client.open(path, method=method, headers=LOCAL)
    assert got.status_code == status
    (issue,) = (got.json or {})["issue"]
    assert (issue["severity"], issue["code"]) == ("error", code)
    assert issue["diagnostics"] == got.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/fhir+json", 400, "structure"),
        (b'{"a": 1, "a": 2}', "application/json", 400, "structure"),
        (b"[" * 65 + b"]" * 65, "application/json", 400, "structure"),
        (b'"' + b"x" * (1024 * 1024) + b'"', "application/json", 413, "too-long"),
        (b"<a/>", "application/fhir+xml", 415, "not-supported"),
        (b"{}", "application/json", 400, "structure"),
    ],
)
def test_a_body_that_can_not_be_read_is_an_operation_outcome(
    client: Client, body: bytes, content_type: str, status: int, code: str
) -> None:
    got = client.post(EVALUATE, data=body, content_type=content_type, headers=LOCAL)
    assert (got.status_code, (got.json or {})["issue"][0]["code"]) == (status, code)


def test_a_body_may_be_as_large_and_as_deep_as_resources_are(client: Client) -> None:
    deep: Any = []
    for _ in range(60):
        deep = [deep]
    response = filled_in(form(client), SCAR, contained=deep, text={"div": "x" * 900_000})
    assert evaluated(client, response).status_code == 200


def test_it_decides_as_the_evaluate_endpoint_does(client: Client) -> None:
    shown = form(client)
    for more in ({}, {"gold": True}, {"gold": None}, {"marks": ["dark"], "sensitive": True}):
        assessment = {name: answer for name, answer in {**SCAR, **more}.items() if answer is not None}
        answer = client.post("/v1/evaluate", json={"ruleset": "small", "assessment": assessment}).json or {}
        guidance = evaluated(client, filled_in(shown, assessment)).json or {}
        told = parameters(guidance)
        plain = {
            one["name"]: next(iter(v for k, v in one.items() if k.startswith("value")))
            for one in told
            if "part" not in one
        }
        assert plain["verdict"] == answer["verdict"]
        assert plain["verdict-text"] == answer["verdict_text"]
        assert plain["digest"] == answer["ruleset"]["digest"]
        assert guidance["status"] == ("data-required" if answer["unanswered"] else "success")
        assert [one["valueString"] for one in told if one["name"] == "unanswered"] == answer["unanswered"]
        sessions = [one for one in told if one["name"] == "sessions"]
        assert [{part["name"]: part["valueInteger"] for part in one["part"]} for one in sessions] == (
            [] if answer["sessions"] is None else [answer["sessions"]]
        )
        fired = [one["part"][0]["valueString"] for one in told if one["name"] == "fired"]
        assert fired == [hit["rule"] for hit in answer["fired"]]
        stops = [[part["valueString"] for part in one["part"]] for one in told if one["name"] == "stop"]
        assert stops == [[one["rule"], one["text"]] for one in answer["stops"]]


def test_all_mistakes_are_told_without_what_was_sent(client: Client) -> None:
    response = filled_in(form(client), SCAR)
    response["status"] = "in-progress"
    response["item"][0]["answer"] = [{"valueCoding": {"code": "Jane-Roe"}}]
    response["item"].append({"linkId": "Jane-Roe-home", "answer": [{"valueString": "Jane-Roe"}]})
    got = evaluated(client, response)
    assert got.status_code == 422
    issues = (got.json or {})["issue"]
    assert [(one["code"], one["details"]["coding"][0]["code"], one["expression"]) for one in issues] == [
        ("business-rule", "not-completed", ["QuestionnaireResponse.status"]),
        (
            "code-invalid",
            "unknown-input",
            [f"QuestionnaireResponse.item[{len(response['item']) - 1}].linkId"],
        ),
        ("code-invalid", "unknown-option", ["QuestionnaireResponse.item[0]"]),
    ]
    assert b"Jane" not in got.data


def test_beyond_this_machine_it_needs_a_public_url(client: Client, tmp_path: Path) -> None:
    for headers in ({"Host": "rules.example"}, {**LOCAL, "X-Forwarded-For": "10.0.0.7"}):
        got = client.get(f"{BASE}/metadata", headers=headers)
        assert (got.status_code, (got.json or {})["resourceType"]) == (404, "OperationOutcome")
    log = open_log()
    live = Live(log, Answering(take_snapshot(read_shelf(tmp_path, "r"))))
    settings = ClinicalSettings(Canonicals("https://rules.example"), is_public=True)
    public = client_of(app_over(live, None, log, AppParts(clinical=settings)))
    stated = public.get(f"{BASE}/metadata", headers={"Host": "other.example"}).json or {}
    assert stated["implementation"]["url"] == "https://rules.example/fhir/R4"


def test_keys_bind_as_elsewhere_and_a_request_can_be_sent_again(tmp_path: Path) -> None:
    """A key of a clinic sees the Questionnaires of its own rulesets alone."""
    with clinics(tmp_path, workers=1) as served:
        alpha, reader = served.add("a", clinic="alpha"), served.add("r", scopes=("read",))
        until(lambda: served.ask(None, "GET", "/v1/rulesets")[0] == 401)

        def ask(token: Token | None, method: str, path: str, body: Any = None, **more: str) -> Any:
            status, _, content = served.ask(token, method, f"{BASE}{path}", body, **more)
            return status, json.loads(content)

        assert ask(None, "GET", "/metadata")[0] == 200
        status, refused = ask(None, "GET", "/Questionnaire/alpha")
        assert (status, refused["issue"][0]["code"]) == (401, "login")
        status, shown = ask(alpha, "GET", "/Questionnaire/alpha")
        assert status == 200
        assert ask(alpha, "GET", "/Questionnaire/zeta")[0] == 404
        assert ask(alpha, "GET", "/Questionnaire")[1]["total"] == 1
        response, path = filled_in(shown, SCAR), "/QuestionnaireResponse/$evaluate"
        status, refused = ask(reader, "POST", path, response)
        assert (status, refused["issue"][0]["code"]) == (403, "forbidden")
        other = {**response, "questionnaire": response["questionnaire"].replace("alpha", "zeta")}
        assert ask(alpha, "POST", path, other)[0] == 422
        first, again = (ask(alpha, "POST", path, response, Idempotency_Key="one") for _ in range(2))
        assert first[0] == 200
        assert first == again
        changed = filled_in(shown, {**SCAR, "severity": "severe"})
        status, refused = ask(alpha, "POST", path, changed, Idempotency_Key="one")
        assert (status, refused["issue"][0]["code"]) == (409, "conflict")
        decision = first[1]["identifier"][0]["value"].removeprefix("urn:uuid:")
        status, _, content = served.ask(alpha, "GET", f"/v1/decisions/{decision}")
        logged = json.loads(content)
        assert (status, logged["assessment"], logged["clinic"]) == (200, SCAR, "alpha")
        assert (logged["face"], logged["iss"], logged["hook"]) == ("fhir", None, None)

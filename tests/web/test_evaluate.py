from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from service.web.app import create_app
from service.web.log import open_log
from service.web.settings import Settings
from tests.web.client import Client, client_of

SCAR = {"concern": "scar", "severity": "severe", "gold": False}


def post(client: Client, **body: Any) -> Any:
    return client.post("/v1/evaluate", json=body)


def test_an_assessment_is_answered_with_the_plan_and_why(client: Client) -> None:
    response = post(client, ruleset="small", assessment=SCAR)
    assert response.status_code == 200
    assert response.content_type == "application/json"
    assert response.json["verdict"] == "clinician_review"
    assert response.json["sessions"] == {"min": 4, "typical": 5, "max": 6}
    assert [hit["rule"] for hit in response.json["fired"]] == ["scars", "risky"]
    assert "not_fired" not in response.json


def test_an_answer_is_never_stored_or_sniffed_and_bears_the_id_of_its_request(client: Client) -> None:
    headers = post(client, ruleset="small", assessment=SCAR).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Request-Id"].startswith("urn:uuid:")


def test_explain_lists_the_rules_that_did_not_fire(client: Client) -> None:
    answer = post(client, ruleset="small", assessment=SCAR, explain=True).json
    assert [rule["rule"] for rule in answer["not_fired"]] == ["sun-spots", "gold"]


def test_two_answers_to_one_request_differ_only_in_id_and_time(client: Client) -> None:
    body = {"ruleset": "small", "assessment": {**SCAR, "marks": ["pale", "dark"]}, "as_of": "2026-12-01"}
    first, second = (post(client, **body) for _ in range(2))
    changed = first.data.replace(first.json["decision_id"].encode(), second.json["decision_id"].encode())
    changed = changed.replace(first.json["evaluated_at"].encode(), second.json["evaluated_at"].encode())
    assert first.json["decision_id"] != second.json["decision_id"]
    assert changed == second.data


def test_all_mistakes_of_a_request_are_told_at_once_each_with_its_place(client: Client) -> None:
    wrong = {"concern": "scarr", "gold": 1, "sessions_done": "5", "name": "x"}
    response = post(client, ruleset="small", assessment=wrong, as_of="today", more=1)
    assert response.status_code == 422
    assert [(error["pointer"], error["code"]) for error in response.json["errors"]] == [
        ("/as_of", "wrong-type"),
        ("/assessment/concern", "unknown-option"),
        ("/assessment/gold", "wrong-type"),
        ("/assessment/name", "unknown-input"),
        ("/assessment/sessions_done", "wrong-type"),
        ("/more", "unknown-member"),
    ]
    assert response.json["errors"][1]["hint"] == 'Did you mean "scar"?'


def test_what_never_served_is_not_found(client: Client) -> None:
    for pinned, code in (
        ({"ruleset": "smal"}, "unknown-ruleset"),
        ({"version": "9.9.9"}, "unknown-version"),
        ({"digest": "sha256:0"}, "unknown-digest"),
        ({"as_of": "2025-12-31"}, "not-effective"),
    ):
        response = post(client, **{"ruleset": "small", "assessment": SCAR, **pinned})
        assert response.status_code == 404, pinned
        assert [error["code"] for error in response.json["errors"]] == [code]


def test_an_unknown_ruleset_or_version_is_told_beside_other_mistakes(client: Client) -> None:
    for named, mistake in (
        ({"ruleset": "smal"}, ("/ruleset", "unknown-ruleset")),
        ({}, ("/ruleset", "missing")),
        ({"ruleset": None}, ("/ruleset", "missing")),
        ({"ruleset": "small", "version": "0.0.1"}, ("/version", "unknown-version")),
    ):
        for assessment in ({"concern": "scarr"}, []):
            response = post(client, **named, assessment=assessment, explain="yes", more=1)
            told = {(one["pointer"], one["code"]) for one in response.json["errors"]}
            assert response.status_code == 422
            assert told >= {mistake, ("/explain", "wrong-type"), ("/more", "unknown-member")}


def test_a_broken_ruleset_is_not_ready_and_says_when_to_come_again(client: Client) -> None:
    response = post(client, ruleset="broken", assessment=SCAR)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "30"


def test_a_request_that_names_no_ruleset_gets_the_default_one(rulesets: Path) -> None:
    settings = Settings(rulesets=rulesets, default_ruleset="small")
    client = client_of(create_app(settings, open_log(io.BytesIO())))
    assert post(client, assessment=SCAR).json["ruleset"]["id"] == "small"


def test_without_a_default_the_ruleset_must_be_named(client: Client) -> None:
    response = post(client, assessment=SCAR)
    assert response.status_code == 422
    assert response.json["errors"][0]["pointer"] == "/ruleset"


def test_a_line_of_the_log_says_which_ruleset_answered_and_nothing_of_the_client(
    client: Client, lines: io.BytesIO
) -> None:
    response = client.post("/v1/evaluate?who=secret-query", json={"ruleset": "small", "assessment": SCAR})
    line = json.loads(lines.getvalue().splitlines()[-1])
    assert line.pop("duration_ms") > 0
    del line["timestamp"], line["process"]
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": response.headers["X-Request-Id"],
        "method": "POST",
        "route": "/v1/evaluate",
        "status": 200,
        "client": "127.0.0.1",
        "key": None,
        "ruleset": "small",
        "digest": response.json["ruleset"]["digest"],
    }

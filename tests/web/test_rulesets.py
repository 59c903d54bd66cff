from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.store.folders import read_shelf
from service.web.app import create_app
from service.web.asgi import Application
from service.web.endpoints import PAGES
from service.web.log import open_log
from service.web.settings import Settings
from tests.web.client import Client, client_of
from tests.web.small import write_small


def test_the_list_shows_what_serves(client: Client) -> None:
    digest = client.get("/v1/rulesets/small").json["digest"]
    assert client.get("/v1/rulesets").json == {
        "rulesets": [
            {
                "id": "small",
                "title": "A small clinic",
                "version": "1.2.0",
                "digest": digest,
                "effective": "2026-01-01",
                "signed_off": False,
                "languages": ["en"],
            }
        ]
    }


def test_a_ruleset_says_who_it_is_and_what_it_holds(client: Client, rulesets: Path) -> None:
    shown = client.get("/v1/rulesets/small").json
    ruleset = read_shelf(rulesets).read["small"].ruleset
    assert ruleset is not None
    assert shown.pop("verdicts") == ruleset.verdicts
    assert shown == {
        "id": "small",
        "title": "A small clinic",
        "version": "1.2.0",
        "digest": ruleset.digest,
        "effective": "2026-01-01",
        "signed_off": False,
        "languages": ["en"],
        "owner": "Clinic lead",
        "extends": None,
        "limits": {"sessions": {"min": 1, "max": 12}, "interval_weeks": {"min": 2, "max": 26}},
        "factors": [{"id": "concern", "title": "Skin concern"}, {"id": "safety", "title": "Safety gates"}],
        "benefits": [{"id": "collagen", "text": "Collagen goes on rebuilding."}],
        "scores": ["care"],
        "conclusions": {"flags": [], "levels": {"risk": ["low", "high"]}},
        "rules": [
            {"id": "sun-spots", "factor": "concern", "title": "Sun spots"},
            {"id": "scars", "factor": "concern", "title": "Scars"},
            {"id": "gold", "factor": "safety", "title": "Gold therapy"},
            {"id": "risky", "factor": "safety", "title": "High risk"},
        ],
        "guarantees": [{"id": "gold-stops", "title": "Gold always stops"}],
        "evidence": [_paper("EV-1"), _paper("EV-2")],
    }


def test_a_rule_is_shown_as_answers_show_it_with_its_condition_and_its_papers(client: Client) -> None:
    assert client.get("/v1/rulesets/small/rules/sun-spots").json == {
        "rule": "sun-spots",
        "factor": "concern",
        "title": "Sun spots",
        "because": "One trial saw it.",
        "effects": {
            "sessions": {"min": 1, "typical": 2, "max": 3},
            "interval_weeks": {"min": 4, "typical": 5, "max": 6},
            "benefits": ["collagen"],
        },
        "support": "published",
        "evidence": ["EV-1"],
        "defined_at": "factors/1-concern.yaml:3",
        "when": ["concern: sun_spots"],
        "papers": [_paper("EV-1")],
    }


def test_groups_of_a_condition_are_written_in_the_languages_own_words(client: Client) -> None:
    assert client.get("/v1/rulesets/small/rules/scars").json["when"] == [
        "concern: scar",
        "any: [{severity: severe}, {marks: includes dark, sensitive: yes}]",
        "not: {gold: yes}",
    ]


def test_an_unknown_ruleset_or_rule_is_not_found_and_the_nearest_is_named(client: Client) -> None:
    for path, code, hint in (
        ("/v1/rulesets/smal", "unknown-ruleset", 'Did you mean "small"?'),
        ("/v1/rulesets/zzz/assessment-schema", "unknown-ruleset", 'Served are "small".'),
        ("/v1/rulesets/small/rules/scar", "unknown-rule", 'Did you mean "scars"?'),
    ):
        response = client.get(path)
        assert response.status_code == 404, path
        assert [(error["code"], error["hint"]) for error in response.json["errors"]] == [(code, hint)]


def test_a_broken_ruleset_is_not_shown(client: Client) -> None:
    assert client.get("/v1/rulesets/broken").status_code == 503


@pytest.mark.parametrize("path", ["", "/small", "/small/assessment-schema", "/small/rules/scars"])
def test_a_document_asked_for_again_by_its_etag_is_not_sent_again(client: Client, path: str) -> None:
    first = client.get(f"/v1/rulesets{path}")
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    for asked in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = client.get(f"/v1/rulesets{path}", headers={"If-None-Match": asked})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert client.get(f"/v1/rulesets{path}", headers={"If-None-Match": '"other"'}).data == first.data


def test_the_etag_of_a_rulesets_document_holds_its_digest(client: Client) -> None:
    first = client.get("/v1/rulesets/small")
    assert first.json["digest"] in first.headers["ETag"]


def test_head_answers_as_get_without_a_body(client: Client) -> None:
    got, head = client.get("/v1/rulesets/small"), client.head("/v1/rulesets/small")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == got.headers["ETag"]
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


def test_options_names_the_methods(client: Client) -> None:
    for path, methods in (("/v1/evaluate", "OPTIONS, POST"), ("/v1/rulesets", "GET, HEAD, OPTIONS")):
        response = client.options(path)
        assert (response.status_code, response.data, response.headers["Allow"]) == (204, b"", methods)


def test_the_welcome_names_every_endpoint(app: Application, client: Client) -> None:
    listed = {re.sub(r"{.*?}", "*", one["path"]) for one in client.get("/").json["endpoints"]}
    pages = {one.rule for one in PAGES}
    routes = {rule.rule for rule in app.app.url_map.iter_rules()} - pages
    assert listed == {re.sub(r"<.*?>", "*", rule) for rule in routes} - {"/"}


def test_readiness_names_what_serves_and_where_the_others_are_wrong(client: Client) -> None:
    response = client.get("/readyz")
    digest = client.get("/v1/rulesets/small").json["digest"]
    assert response.status_code == 503
    shown = response.json
    since = shown["rulesets"][1].pop("since")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(since)) < timedelta(minutes=5)
    assert shown == {
        "status": "not ready",
        "decision_log": None,
        "first_checks": None,
        "rulesets": [
            {
                "id": "broken",
                "version": None,
                "digest": None,
                "since": None,
                "state": "broken",
                "stale_since": None,
                "checking_since": None,
                "problems": [
                    'clinic/broken/factors/1-concern.yaml:13:16: error unknown-option "scarr" is not an '
                    'option of concern. Did you mean "scar"?'
                ],
            },
            {
                "id": "small",
                "version": "1.2.0",
                "digest": digest,
                "state": "current",
                "stale_since": None,
                "checking_since": None,
                "problems": [],
            },
        ],
    }


def test_the_service_is_ready_when_every_ruleset_serves(tmp_path: Path) -> None:
    write_small(tmp_path)
    client = client_of(create_app(Settings(rulesets=tmp_path), open_log(io.BytesIO())))
    response = client.get("/readyz")
    assert (response.status_code, response.json["status"]) == (200, "ready")


def test_health_is_ok_even_where_a_ruleset_is_broken(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json) == (200, {"status": "ok"})


def _paper(name: str) -> dict[str, str | None]:
    known: dict[str, dict[str, str]] = {
        "EV-1": {
            "title": "A trial",
            "authors": "A and B",
            "journal": "J",
            "year": "2020",
            "doi": "10.1/x",
            "says": "Two sessions.",
        },
        "EV-2": {"title": "Another", "url": "https://example.org/2"},
    }
    members = ("title", "authors", "journal", "year", "doi", "url", "says")
    return {"id": name, **{member: known[name].get(member) for member in members}}

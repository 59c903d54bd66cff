"""docs/fhir.md and docs/cds-hooks.md: what they send is answered as they say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from service.clinical.cards import OVERRIDE_REASONS
from service.reading.hook_clients import KEYS
from service.web.app import create_app
from service.web.settings import Settings
from tests.docs.pages import Page, in_code
from tests.web.client import client_of
from tests.web.test_fhir import LOCAL, parameters

Json = dict[str, Any]

FHIR, HOOKS = Page("fhir.md"), Page("cds-hooks.md")


def block(page: Page, name: str, value: str) -> Json:
    (found,) = [one for one in page.blocks if one.marks.get(name) == value]
    return dict(json.loads(found.text))


def test_the_response_of_the_page_gets_the_plan_that_it_shows() -> None:
    client = client_of(create_app(Settings()))
    path = "/fhir/R4/QuestionnaireResponse/$evaluate"
    got = client.post(path, json=block(FHIR, "fhir", "request"), headers=LOCAL)
    assert got.status_code == 200, got.data
    told = parameters(got.json or {})
    said = block(FHIR, "fhir", "plan")
    unanswered = [one for one in told if one["name"] == "unanswered"]
    values = {one["name"]: one.get("valueCode") for one in told}
    assert {
        **{name: values[name] for name in said if name != "unanswered"},
        "unanswered": len(unanswered),
    } == said


def test_the_page_names_every_part_of_a_plan() -> None:
    client = client_of(create_app(Settings()))
    got = client.post(
        "/fhir/R4/QuestionnaireResponse/$evaluate", json=block(FHIR, "fhir", "request"), headers=LOCAL
    )
    named = in_code(FHIR.section("A plan"))
    assert {one["name"] for one in parameters(got.json or {})} <= named


def test_the_call_of_the_page_gets_the_card_that_it_shows() -> None:
    sent = block(HOOKS, "hooks", "request")
    sent["prefetch"]["answers"]["authored"] = datetime.now(UTC).isoformat()
    client = client_of(create_app(Settings()))
    got = client.post("/cds-services/pico-laser", json=sent, headers=LOCAL)
    assert got.status_code == 200, got.data
    (card,) = (got.json or {})["cards"]
    shown = block(HOOKS, "hooks", "card")
    label = shown.pop("source")["label"]
    assert {name: card[name] for name in shown} == shown
    assert card["source"]["label"] == label


def test_the_page_names_every_key_of_a_client_and_every_reason() -> None:
    assert set(KEYS) <= in_code(HOOKS.section("Who may call"))
    assert set(OVERRIDE_REASONS) <= in_code(HOOKS.section("Feedback"))

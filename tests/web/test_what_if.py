"""What other answers would come to, over HTTP, under the shipped rulesets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.serving import JSON, Served

PATH = "/v1/what-if"
SAFE = (
    "pih_history gold_therapy suspicious_lesion pregnant_or_nursing infection_or_wound labial_herpes "
    "isotretinoin_6m recent_tan self_tanner_4w skin_disease_active vitiligo"
)
SPOTS: dict[str, Any] = {
    **dict.fromkeys(SAFE.split(), False),
    "light_risk": [],
    "bleaching": "no",
    "recent_procedure": [],
    "healing_risk": [],
    "near_eye": "no",
    "concern": "solar_lentigo",
    "severity": "mild",
    "phototype": "III",
    "goal": "complete",
    "device": "picosure",
    "age": 30,
}
BODY = {"ruleset": "pico-laser", "assessment": SPOTS}


def test_a_lower_goal_makes_one_session_enough_and_both_workers_say_so_alike(shipped_server: Served) -> None:
    answers = [shipped_server.ask("POST", PATH, BODY) for _ in range(8)]
    assert {status for status, _, _ in answers} == {200}
    assert len({content for _, _, content in answers}) == 1
    enough = json.loads(answers[0][2])["one_session"]
    instead = [[(one["input"], one["instead"]) for one in change["changed"]] for change in enough["changes"]]
    assert instead == [[("goal", "some")], [("goal", "clear")], [("goal", "nearly_all")]]


def test_what_is_asked_so_is_not_logged(shipped_server: Served) -> None:
    _, headers, content = shipped_server.ask("POST", PATH, BODY)
    assert b"decision_id" not in content
    assert headers["cache-control"] == "no-store"
    assert shipped_server.wait_for("request", request_id=headers["x-request-id"])["route"] == PATH
    assert all("solar_lentigo" not in json.dumps(line) for line in shipped_server.events())


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (400, b"{", JSON),
        (404, {"ruleset": "nothing", "assessment": SPOTS}, {}),
        (405, None, {}),
        (415, b"{}", {}),
        (422, {"ruleset": "pico-laser", "assessment": {"concern": "sun"}}, {}),
    ],
)
def test_mistakes_are_answered_in_the_one_shape(
    shipped_server: Served, status: int, body: Any, headers: dict[str, str]
) -> None:
    got, sent, content = shipped_server.ask("GET" if body is None else "POST", PATH, body, headers)
    assert (got, sent["content-type"]) == (status, "application/problem+json")
    assert json.loads(content)["status"] == status

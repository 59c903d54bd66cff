from __future__ import annotations

import io
import json
from typing import Any

import pytest

from service.engine.faults import EngineRefused
from service.evaluation.compiled import DoubleEntryError
from service.serving.evaluate import Answering, ReadyRequest
from service.store.folders import read_shelf
from service.store.snapshot import take_snapshot
from service.web.app import app_over
from service.web.asgi import Application
from service.web.live import Live
from service.web.log import open_log
from tests.web.client import Client, client_of

SECRET = "value-of-a-client"


class Failing(Answering):
    """Answers every request with one exception."""

    fault: Exception

    def answer(self, asked: ReadyRequest, *, in_pieces: bool = False) -> Any:
        raise self.fault


@pytest.fixture
def failing(rulesets: Any) -> Failing:
    return Failing(take_snapshot(read_shelf(rulesets)))


@pytest.fixture
def client(failing: Failing, lines: io.BytesIO) -> Client:
    log = open_log(lines)
    return client_of(app_over(Live(log, failing), None, log))


def fault_line(client: Client, lines: io.BytesIO) -> dict[str, Any]:
    """The first line that a failing request logs, after a look at what it answers."""
    response = client.post("/v1/evaluate", json={"ruleset": "small", "assessment": {"name": SECRET}})
    assert response.status_code == 500
    assert response.json["instance"] == response.headers["X-Request-Id"]
    assert b"Traceback" not in response.data
    assert SECRET.encode() not in response.data + lines.getvalue()
    line: dict[str, Any] = json.loads(lines.getvalue().splitlines()[0])
    assert line["request_id"] == response.json["instance"]
    assert line["level"] == "error"
    return line


def test_where_engine_and_evaluator_differ_the_log_names_the_rules_and_the_digest(
    client: Client, failing: Failing, lines: io.BytesIO
) -> None:
    ruleset = failing.snapshot.served["small"].ruleset
    failing.fault = DoubleEntryError(ruleset, ["scars"], ["gold"])
    line = fault_line(client, lines)
    assert (line["fault"], line["rules"], line["ruleset"]) == ("DoubleEntryError", ["scars", "gold"], "small")
    assert line["digest"] == ruleset.digest


def test_a_fault_of_the_engine_is_logged_with_the_digest(
    client: Client, failing: Failing, lines: io.BytesIO
) -> None:
    failing.fault = EngineRefused("durable_rules refused while firing: too many rules (106)")
    line = fault_line(client, lines)
    assert line["says"] == "durable_rules refused while firing: too many rules (106)"
    assert line["digest"] == failing.snapshot.served["small"].ruleset.digest


def test_of_any_other_fault_the_log_says_where_it_was_and_not_what_it_said(
    client: Client, failing: Failing, lines: io.BytesIO
) -> None:
    failing.fault = KeyError(SECRET)
    line = fault_line(client, lines)
    assert line["fault"] == "KeyError"
    assert line["at"][-1].endswith(" answer")


def test_a_fault_while_a_fault_is_answered_is_logged_in_the_same_way(
    app: Application, lines: io.BytesIO
) -> None:
    def spoil(response: Any) -> Any:
        raise KeyError(SECRET)

    app.app.after_request(spoil)
    lines.truncate(0)
    lines.seek(0)
    response = client_of(app).get("/healthz")
    assert (response.status_code, response.json["type"]) == (500, "/problems/internal-error")
    assert {json.loads(line)["event"] for line in lines.getvalue().splitlines()} == {
        "fault",
        "server fault",
        "request",
    }
    assert SECRET.encode() not in response.data + lines.getvalue()

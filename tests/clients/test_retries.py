"""A request is sent again where that is right, and never makes a second decision."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.clients.calling import Caller
from tests.clients.flaky import Flaky
from tests.web.batches import SCAR, SPOTS, WRONG
from tests.web.serving import Served


def decisions(server: Served) -> int:
    with closing(sqlite3.connect(server.database)) as connection:
        return int(connection.execute("SELECT count(*) FROM decisions").fetchone()[0])


@pytest.mark.parametrize(
    "fails",
    [["lose", "cut"], ["refuse", "503", "429"], ["502", "504", "408"]],
    ids="-".join,
)
def test_a_call_that_fails_underway_makes_one_decision(
    caller: Caller, server: Served, fails: list[str]
) -> None:
    before = decisions(server)
    with Flaky(server.port, *fails) as flaky:
        answer = caller.call(flaky.url, "evaluate", request=SCAR)
    assert answer["verdict"] == "clinician_review"
    assert len(flaky.came) == len(fails) + 1
    assert len({one.headers["idempotency-key"] for one in flaky.came}) == 1
    assert decisions(server) == before + 1


def test_each_call_has_a_key_of_its_own(caller: Caller, server: Served) -> None:
    with Flaky(server.port) as flaky:
        first, second = caller.calls(flaky.url, [{"method": "evaluate", "request": SCAR}] * 2)
    assert first["decision_id"] != second["decision_id"]
    assert len({one.headers["idempotency-key"] for one in flaky.came}) == 2


def test_two_calls_with_the_same_key_are_one_decision(caller: Caller, server: Served) -> None:
    call = {"method": "evaluate", "request": SCAR, "told": {"idempotency_key": f"{caller.name}-mine"}}
    first, second = caller.calls(f"http://127.0.0.1:{server.port}", [call, call])
    assert first == second


def test_it_waits_for_as_long_as_it_is_told(caller: Caller, server: Served) -> None:
    with Flaky(server.port, "503 1") as flaky:
        caller.call(flaky.url, "evaluate", request=SCAR)
    first, second = flaky.came
    assert second.at - first.at >= 0.99


def test_in_the_end_it_gives_up_and_says_what_it_was_told(caller: Caller, server: Served) -> None:
    with Flaky(server.port, *["503 0"] * 9) as flaky:
        told = caller.call(flaky.url, "evaluate", request=SCAR, options={"retries": 2})
    assert len(flaky.came) == 3
    assert told["error"]["status"] == 503
    assert told["error"]["text"] == "The answer does not come from picoplan. (503)"


def test_without_an_answer_in_the_end_it_says_so(caller: Caller, server: Served) -> None:
    with Flaky(server.port, *["refuse"] * 9) as flaky:
        told = caller.call(flaky.url, "evaluate", request=SCAR, options={"retries": 1})
    assert len(flaky.came) == 2
    assert told["error"]["status"] is None
    assert told["error"]["text"].startswith("No answer came: ")


def test_what_is_wrong_is_not_sent_again(caller: Caller, server: Served) -> None:
    with Flaky(server.port) as flaky:
        told = caller.call(flaky.url, "evaluate", request=WRONG)
    assert len(flaky.came) == 1
    assert told["error"]["status"] == 422


@pytest.mark.parametrize("fails", [pytest.param("lose", marks=pytest.mark.long), "cut", "half"])
def test_many_that_fail_underway_make_a_decision_each(caller: Caller, server: Served, fails: str) -> None:
    before = decisions(server)
    requests = [SCAR, WRONG, SPOTS] * 200
    with Flaky(server.port, fails, "pass", fails) as flaky:
        told = caller.call(flaky.url, "evaluate_many", requests)
    assert len(flaky.came) == 5
    assert [one.get("verdict") for one in told] == ["clinician_review", None, "several_sessions"] * 200
    assert [one["error"]["line"] for one in told[1::3]] == list(range(2, 601, 3))
    assert decisions(server) == before + 400
    assert len({one["decision_id"] for one in told if "decision_id" in one}) == 400


def test_many_that_are_sent_anew_with_their_key_are_told_the_same(caller: Caller, server: Served) -> None:
    call = {
        "method": "evaluate_many",
        "of": [[SCAR, SPOTS] * 200],
        "told": {"idempotency_key": f"{caller.name}-list"},
    }
    first, second = caller.calls(f"http://127.0.0.1:{server.port}", [call, call])
    assert first == second


def test_a_group_with_a_line_that_could_not_be_decided_is_sent_again(caller: Caller, server: Served) -> None:
    later = {
        "type": "/problems/unavailable",
        "title": "",
        "status": 503,
        "detail": "",
        "instance": "",
        "errors": [],
    }
    lines = "\n".join(json.dumps({**later, "line": line}) for line in (1, 2))
    with Flaky(server.port, f"200 {lines}") as flaky:
        told = caller.call(flaky.url, "evaluate_many", [SCAR, SPOTS])
    assert len(flaky.came) == 2
    assert flaky.came[0].body == flaky.came[1].body
    assert flaky.came[0].headers["idempotency-key"] == flaky.came[1].headers["idempotency-key"]
    assert ["verdict" in one for one in told] == [True, True]

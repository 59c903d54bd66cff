"""Decisions over HTTP, from a real server: logged before they are answered, looked up, and made again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import PATIENCE_S, until, until_all
from tests.web.serving import Served
from tests.web.small import write_small

SCAR = {"concern": "scar", "severity": "severe", "gold": False}


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one good ruleset."""
    folder = tmp_path_factory.mktemp("clinic")
    write_small(folder)
    return folder


@pytest.fixture(scope="module")
def shared(clinic: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over a SQLite file; whoever harms the file puts it right again."""
    with Served(tmp_path_factory.mktemp("log"), rulesets=str(clinic), workers=2) as server:
        yield server


def decide(server: Served, **members: Any) -> tuple[int, dict[str, str], bytes]:
    """The answer to one assessment."""
    return server.ask("POST", "/v1/evaluate", {"ruleset": "small", "assessment": SCAR, **members})


def made(server: Served, **members: Any) -> str:
    """The id of a decision."""
    status, _, content = decide(server, **members)
    assert status == 200
    return str(json.loads(content)["decision_id"])


def run(server: Served, statement: str, *values: object) -> list[Any]:
    """What somebody does to the file."""
    with closing(sqlite3.connect(server.database, isolation_level=None, timeout=PATIENCE_S)) as connection:
        return connection.execute(statement, values).fetchall()


def recovered(server: Served) -> None:
    """Wait until both workers answer again."""
    until_all(lambda: decide(server)[0] == 200)


def test_an_answer_is_in_the_log_when_it_is_given(shared: Served) -> None:
    status, headers, content = decide(shared, explain=True)
    assert status == 200
    assert "picoplan-logged" not in headers
    answer = json.loads(content)
    status, headers, found = shared.ask("GET", f"/v1/decisions/{answer['decision_id']}")
    assert status == 200
    assert headers["cache-control"] == "no-store"
    assert b'"answer":' + content in found, "byte for byte"
    data = json.loads(found)
    assert data["assessment"] == SCAR
    assert {name: data[name] for name in ("decision_id", "evaluated_at", "as_of", "ruleset", "verdict")} == {
        name: answer[name] for name in ("decision_id", "evaluated_at", "as_of", "ruleset", "verdict")
    }
    assert (data["clinic"], data["key"]) == (None, None)


def found(server: Served, ref: str, *kinds: str) -> list[tuple[str, str]]:
    """The decisions of a ref, each with its kind."""
    asked = {"ref": ref} | ({"kinds": kinds} if kinds else {})
    status, headers, content = server.ask("POST", "/v1/refs/find", asked)
    assert (status, headers["cache-control"]) == (200, "no-store")
    told = json.loads(content)
    assert told["more"] == 0
    assert all(one["ref"] == ref for one in told["decisions"])
    return [(one["decision_id"], one["kind"]) for one in told["decisions"]]


def test_a_ref_and_a_test_are_told_logged_and_made_again(shared: Served) -> None:
    for sent in ({"ref": "record-7", "test": True}, {"ref": None, "test": None}, {"test": False}, {}):
        content = decide(shared, **sent)[2]
        answer = json.loads(content)
        ref, test = sent.get("ref"), bool(sent.get("test"))
        assert (answer["ref"], answer["test"]) == (ref, test)
        logged = json.loads(shared.ask("GET", f"/v1/decisions/{answer['decision_id']}")[2])
        assert (logged["ref"], logged["kind"]) == (ref, "test" if test else "decision")
        again = shared.ask("POST", f"/v1/decisions/{answer['decision_id']}/verify")[2]
        assert json.loads(again)["same"] is True


def test_decisions_are_found_by_their_ref_and_those_for_clients_alone_unless_others_are_asked_for(
    shared: Served,
) -> None:
    first, test, last = (made(shared, ref="Find-1", test=test) for test in (False, True, False))
    made(shared, ref="find-1")
    assert found(shared, "Find-1") == [(last, "decision"), (first, "decision")]
    assert found(shared, "Find-1", "test") == [(test, "test")]
    everything = found(shared, "Find-1", "decision", "test", "self_check")
    assert [name for name, _ in everything] == [last, test, first]
    assert found(shared, "nobody") == []


def test_erasing_a_ref_takes_its_decisions_of_all_kinds_and_no_other(shared: Served) -> None:
    gone = [made(shared, ref="Erase-1", test=test) for test in (False, True, False)]
    kept = made(shared, ref="Erase-2")
    status, headers, content = shared.ask("POST", "/v1/refs/erase", {"ref": "Erase-1"})
    assert (status, json.loads(content)) == (200, {"erased": 3})
    assert [shared.ask("GET", f"/v1/decisions/{name}")[0] for name in (*gone, kept)] == [404, 404, 404, 200]
    assert json.loads(shared.ask("POST", "/v1/refs/erase", {"ref": "Erase-1"})[2]) == {"erased": 0}
    line = shared.wait_for("decisions erased", request_id=headers["x-request-id"])
    assert line["decisions"] == 3
    assert "Erase-1" not in shared.log_text()


@pytest.mark.parametrize("ref", ["", "a b", "Jane_Doe", "a" * 65, "é", "a\n", 7, {"a": "b"}, ["a"], True])
@pytest.mark.parametrize("path", ["/v1/evaluate", "/v1/try", "/v1/refs/find", "/v1/refs/erase"])
def test_a_ref_that_may_be_a_name_is_refused(shared: Served, path: str, ref: object) -> None:
    body = {"ref": ref} if "refs" in path else {"ruleset": "small", "assessment": SCAR, "ref": ref}
    status, _, content = shared.ask("POST", path, body)
    [mistake] = json.loads(content)["errors"]
    assert (status, mistake["pointer"], mistake["code"]) == (422, "/ref", "wrong-type")


@pytest.mark.parametrize(
    ("body", "mistakes"),
    [
        ({}, {("/ref", "missing")}),
        ({"ref": None}, {("/ref", "wrong-type")}),
        ({"rf": "a"}, {("/ref", "missing"), ("/rf", "unknown-member")}),
        ([1], {("", "wrong-type")}),
        ({"ref": "a", "kinds": ["secret"]}, {("/kinds", "wrong-type")}),
        ({"ref": "a", "kinds": []}, {("/kinds", "wrong-type")}),
    ],
)
def test_whoever_asks_wrongly_for_decisions_is_told_all_of_it(
    shared: Served, body: object, mistakes: set[tuple[str, str]]
) -> None:
    sent = {"Content-Type": "application/json"}
    status, _, content = shared.ask("POST", "/v1/refs/find", json.dumps(body).encode(), sent)
    told = {(one["pointer"], one["code"]) for one in json.loads(content)["errors"]}
    assert (status, told) == (422, mistakes)


def test_tests_are_counted_beside_decisions(shared: Served) -> None:
    made(shared, test=True)
    told = shared.ask("GET", "/metrics")[2].decode()
    assert 'picoplan_other_decisions_total{kind="test",ruleset="small"}' in told


def test_a_request_without_an_answer_is_not_logged(shared: Served) -> None:
    before = run(shared, "SELECT count(*) FROM decisions")
    assert shared.ask("POST", "/v1/evaluate", {"ruleset": "small", "assessment": {}})[0] == 422
    assert run(shared, "SELECT count(*) FROM decisions") == before


def test_many_answers_at_once_are_all_in_the_log(shared: Served) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: made(shared), range(120)))
    assert found <= {row[0] for row in run(shared, "SELECT decision_id FROM decisions")}


def test_a_decision_made_again_is_the_same(shared: Served) -> None:
    decision_id = made(shared, as_of="2026-06-01")
    status, _, content = shared.ask("POST", f"/v1/decisions/{decision_id.upper()}/verify")
    assert status == 200
    assert json.loads(content) == {
        "decision_id": decision_id,
        "same": True,
        "differences": [],
        "damaged": None,
        "note": None,
    }


@pytest.mark.parametrize("name", ["0193a0a0-0000-7000-8000-000000000000", "x", "'", "%00", "a" * 300])
@pytest.mark.parametrize("call", [("GET", ""), ("POST", "/verify")])
def test_an_unknown_id_is_not_found(shared: Served, name: str, call: tuple[str, str]) -> None:
    status, headers, content = shared.ask(call[0], f"/v1/decisions/{name}{call[1]}")
    assert status == 404
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(content)["errors"][0]["code"] == "unknown-decision"


def test_a_damaged_decision_is_not_shown_and_said_to_be_damaged(shared: Served) -> None:
    decision_id = made(shared)
    run(shared, "UPDATE decisions SET answer = replace(answer, '4', '3') WHERE decision_id = ?", decision_id)
    status, _, content = shared.ask("GET", f"/v1/decisions/{decision_id}")
    assert (status, json.loads(content)["errors"][0]["code"]) == (500, "decision-damaged")
    status, _, content = shared.ask("POST", f"/v1/decisions/{decision_id}/verify")
    verified = json.loads(content)
    assert (status, verified["same"], verified["differences"]) == (200, False, [])
    assert "damaged" in verified["damaged"]


def readiness(server: Served) -> tuple[int, str, str]:
    """What ``/readyz`` says."""
    status, _, content = server.ask("GET", "/readyz")
    told = json.loads(content)
    return status, told["status"], told["decision_log"]


def test_a_log_that_is_gone_gives_503_and_recovers_by_itself(shared: Served) -> None:
    decision_id = made(shared)
    assert readiness(shared) == (200, "ready", "written")
    file = shared.database
    aside = file.rename(file.with_name("aside"))
    try:
        refused = until(lambda: found if (found := decide(shared))[0] != 200 else None)
        status, headers, content = refused
        assert (status, json.loads(content)["errors"][0]["code"]) == (503, "not-logged")
        assert int(headers["retry-after"]) > 0
        assert b"scar" not in content
        assert shared.ask("GET", f"/v1/decisions/{decision_id}")[0] == 503
        assert shared.ask("GET", "/healthz")[0] == 200
        until(lambda: readiness(shared) == (200, "ready", "failing"))
    finally:
        aside.rename(file)
    recovered(shared)
    until_all(lambda: readiness(shared) == (200, "ready", "written"))
    assert shared.ask("GET", f"/v1/decisions/{decision_id}")[0] == 200


def test_a_log_that_is_kept_busy_gives_503_and_recovers_by_itself(shared: Served) -> None:
    with closing(sqlite3.connect(shared.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert decide(shared)[0] == 503
        other.execute("ROLLBACK")
    recovered(shared)


def test_no_line_of_the_servers_log_holds_an_assessment(shared: Served) -> None:
    assert "severe" not in shared.log_text()
    assert shared.events()


def test_best_effort_answers_without_its_log_says_so_and_catches_up(clinic: Path, tmp_path: Path) -> None:
    with Served(tmp_path, rulesets=str(clinic), workers=1, log_mode="best-effort") as server:
        assert "picoplan-logged" not in decide(server)[1]
        file = server.database
        aside = file.rename(file.with_name("aside"))
        found = until(lambda: found if "picoplan-logged" in (found := decide(server))[1] else None)
        status, headers, content = found
        assert (status, headers["picoplan-logged"]) == (200, "no")
        aside.rename(file)
        recovered(server)
        until(lambda: "picoplan-logged" not in decide(server)[1])
        assert server.ask("GET", f"/v1/decisions/{json.loads(content)['decision_id']}")[0] == 200


@pytest.mark.parametrize("database", ["postgres_url", "pgbouncer_url"])
def test_a_server_over_postgresql_logs_and_verifies(
    clinic: Path, tmp_path: Path, request: pytest.FixtureRequest, database: str
) -> None:
    environ = {"PICOPLAN_DATABASE_URL": request.getfixturevalue(database)}
    with Served(tmp_path, environ, rulesets=str(clinic), workers=2) as server:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: made(server), range(40)))
        for decision_id in found[:4]:
            _, _, content = server.ask("POST", f"/v1/decisions/{decision_id}/verify")
            assert json.loads(content)["same"] is True

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


def test_a_log_that_is_gone_gives_503_and_recovers_by_itself(shared: Served) -> None:
    decision_id = made(shared)
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
    finally:
        aside.rename(file)
    recovered(shared)
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

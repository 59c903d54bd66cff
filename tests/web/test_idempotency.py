"""Requests that are sent again, over HTTP: the same bytes, and one decision alone."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any

import psycopg
import pytest

from tests.waiting import PATIENCE_S
from tests.web.serving import Served
from tests.web.small import write_small
from tests.web.test_what_if import SPOTS

EVALUATE = "/v1/evaluate"
BODY: dict[str, Any] = {
    "ruleset": "small",
    "assessment": {"concern": "scar", "severity": "severe", "gold": False},
}
OTHER: dict[str, Any] = {**BODY, "assessment": {"concern": "sun_spots", "gold": False}}


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one good ruleset."""
    folder = tmp_path_factory.mktemp("clinic")
    write_small(folder)
    return folder


@pytest.fixture(scope="module")
def server(clinic: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with two workers over a SQLite file; whoever harms the file puts it right again."""
    with Served(tmp_path_factory.mktemp("again"), rulesets=str(clinic), workers=2) as running:
        yield running


@pytest.fixture
def key() -> str:
    """A key that nobody has sent yet."""
    return str(uuid.uuid4())


def send(server: Served, key: str, body: Any = None) -> tuple[int, dict[str, str], bytes]:
    """One request with a key, on a connection of its own: either worker may get it."""
    return server.ask("POST", EVALUATE, BODY if body is None else body, {"Idempotency-Key": key})


def logged(server: Served) -> int:
    """How many decisions are in the log."""
    with closing(sqlite3.connect(server.database, timeout=PATIENCE_S)) as connection:
        return int(connection.execute("SELECT count(*) FROM decisions").fetchone()[0])


def test_the_same_key_and_body_get_the_same_bytes_from_either_worker(server: Served, key: str) -> None:
    before = logged(server)
    first, *others = [send(server, key) for _ in range(12)]
    assert (first[0], first[1].get("idempotency-replayed")) == (200, None)
    assert {content for _, _, content in others} == {first[2]}
    assert {headers["idempotency-replayed"] for _, headers, _ in others} == {"true"}
    assert logged(server) == before + 1


def test_the_order_of_members_and_white_space_make_no_other_body(server: Served, key: str) -> None:
    first = send(server, key)
    assessment = dict(reversed(BODY["assessment"].items()))
    again = json.dumps({"assessment": assessment, "ruleset": "small"}, indent=3)
    status, _, content = server.ask(
        "POST", EVALUATE, again, {"Idempotency-Key": key, "Content-Type": "application/json"}
    )
    assert (status, content) == (200, first[2])


def test_another_body_under_the_same_key_is_refused(server: Served, key: str) -> None:
    assert send(server, key)[0] == 200
    before = logged(server)
    for other in (OTHER, {**BODY, "explain": True}):
        status, headers, content = send(server, key, other)
        assert (status, headers["content-type"]) == (409, "application/problem+json")
        assert json.loads(content)["errors"][0]["code"] == "idempotency-conflict"
    assert logged(server) == before


def test_the_same_body_in_another_language_is_refused_for_the_language(
    shipped_server: Served, key: str
) -> None:
    body = {"ruleset": "pico-laser", "assessment": SPOTS}
    told = [
        shipped_server.ask("POST", EVALUATE, body, {"Idempotency-Key": key, "Accept-Language": language})
        for language in ("en", "es", "en-GB")
    ]
    assert [status for status, _, _ in told] == [200, 409, 200]
    conflict = json.loads(told[1][2])
    for said in (conflict["detail"], conflict["errors"][0]["message"]):
        assert "in another language" in said


def test_without_a_key_each_request_is_a_decision_of_its_own(server: Served) -> None:
    one, two = (json.loads(server.ask("POST", EVALUATE, BODY)[2])["decision_id"] for _ in range(2))
    assert one != two


def test_a_request_that_was_refused_is_not_kept(server: Served, key: str) -> None:
    assert send(server, key, {"ruleset": "small", "assessment": {}})[0] == 422
    assert send(server, key)[0] == 200


@pytest.mark.parametrize("sent", ["", " ", "x" * 256, "caf\xe9"])
def test_a_key_that_is_none_is_refused(server: Served, sent: str) -> None:
    status, _, content = send(server, sent)
    assert (status, json.loads(content)["errors"][0]["code"]) == (400, "bad-idempotency-key")


def race(server: Served, key: str, bodies: list[Any]) -> list[tuple[int, dict[str, str], bytes]]:
    """All bodies under one key at the same moment."""
    gate = Barrier(len(bodies))

    def one(body: Any) -> tuple[int, dict[str, str], bytes]:
        gate.wait(PATIENCE_S)
        return send(server, key, body)

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(one, bodies))


def test_of_many_that_come_at_once_one_is_decided_and_all_get_that_answer(server: Served) -> None:
    for _ in range(10):
        before = logged(server)
        answers = race(server, str(uuid.uuid4()), [BODY] * 8)
        assert {status for status, _, _ in answers} == {200}
        assert len({content for _, _, content in answers}) == 1
        assert logged(server) == before + 1


def test_of_two_bodies_that_come_at_once_under_one_key_one_is_refused(server: Served) -> None:
    for _ in range(10):
        before = logged(server)
        answers = race(server, str(uuid.uuid4()), [BODY, OTHER])
        assert sorted(status for status, _, _ in answers) == [200, 409]
        assert logged(server) == before + 1


def test_a_logged_answer_that_was_damaged_is_not_given_again(server: Served, key: str) -> None:
    decision_id = json.loads(send(server, key)[2])["decision_id"]
    with closing(sqlite3.connect(server.database, isolation_level=None, timeout=PATIENCE_S)) as connection:
        connection.execute(
            "UPDATE decisions SET answer = replace(answer, '4', '3') WHERE decision_id = ?", [decision_id]
        )
    status, _, content = send(server, key)
    assert (status, json.loads(content)["errors"][0]["code"]) == (503, "decision-damaged")


def test_a_restart_forgets_no_key(clinic: Path, tmp_path: Path, key: str) -> None:
    with Served(tmp_path, rulesets=str(clinic), workers=1) as server:
        first = send(server, key)
    with Served(tmp_path, rulesets=str(clinic), workers=1) as server:
        status, headers, content = send(server, key)
        assert (status, headers["idempotency-replayed"]) == (200, "true")
        assert content == first[2]
        assert send(server, key, OTHER)[0] == 409


def test_without_the_log_such_a_request_is_not_answered_by_best_effort_either(
    clinic: Path, tmp_path: Path, key: str
) -> None:
    with Served(tmp_path, rulesets=str(clinic), workers=1, log_mode="best-effort") as server:
        assert send(server, key)[0] == 200
        file = server.database
        aside = file.rename(file.with_name("aside"))
        status, headers, content = send(server, str(uuid.uuid4()))
        assert (status, json.loads(content)["errors"][0]["code"]) == (503, "not-logged")
        assert int(headers["retry-after"]) > 0
        assert server.ask("POST", EVALUATE, BODY)[0] == 200
        aside.rename(file)


def test_it_is_the_same_over_postgresql(clinic: Path, tmp_path: Path, postgres_url: str) -> None:
    environ = {"PICOPLAN_DATABASE_URL": postgres_url}
    keys = [str(uuid.uuid4()) for _ in range(5)]
    with Served(tmp_path, environ, rulesets=str(clinic), workers=2) as server:
        for one in keys:
            answers = race(server, one, [BODY] * 6)
            assert len({content for _, _, content in answers}) == 1
            assert send(server, one, OTHER)[0] == 409
        with psycopg.connect(postgres_url) as connection:
            row = connection.execute("SELECT count(*), count(DISTINCT retry_key) FROM decisions").fetchone()
    assert row == (5, 5)


def test_a_batch_over_postgresql_is_logged_whole_and_told_the_same_again(
    clinic: Path, tmp_path: Path, postgres_url: str, key: str
) -> None:
    lines = "".join(f"{json.dumps(BODY if number % 3 else OTHER)}\n" for number in range(600)).encode()
    sent = {"Idempotency-Key": key, "Content-Type": "application/x-ndjson"}
    with Served(tmp_path, {"PICOPLAN_DATABASE_URL": postgres_url}, rulesets=str(clinic), workers=2) as server:
        first = server.ask("POST", f"{EVALUATE}/batch", lines[: lines.index(b"\n", 20_000) + 1], sent)
        whole = server.ask("POST", f"{EVALUATE}/batch", lines, sent)
        again = server.ask("POST", f"{EVALUATE}/batch", lines, sent)
        with psycopg.connect(postgres_url) as connection:
            row = connection.execute("SELECT count(*), count(DISTINCT retry_key) FROM decisions").fetchone()
    assert whole[2].count(b"\n") == 600
    assert whole[2].startswith(first[2]), "what was told before a break is told again"
    assert 0 < first[2].count(b"\n") < 600
    assert again[2] == whole[2]
    assert row == (600, 600)

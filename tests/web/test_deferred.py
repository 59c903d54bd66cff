"""Answers that wait for the log, over real connections: they keep nobody else waiting."""

from __future__ import annotations

import json
import select
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from service.web.items import GROUPS_AT_WORK, MOST_TOGETHER
from tests.waiting import PATIENCE_S, until
from tests.web.serving import Served, exchange
from tests.web.small import write_small

SCAR = {"concern": "scar", "severity": "severe", "gold": False}
ASKED = {"ruleset": "small", "assessment": SCAR}
ORIGIN = "https://clinic.example"
THREADS = 2
CROWD = 12
UNREAD = 2_000
"""More answers than any buffer on their way holds."""


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clinic")
    write_small(folder)
    return folder


@pytest.fixture(scope="module")
def server(clinic: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One worker with two threads, over a SQLite file."""
    folder = tmp_path_factory.mktemp("parked")
    told: dict[str, Any] = {"rulesets": str(clinic), "workers": 1, "threads": THREADS, "stalled": 600}
    with Served(folder, **told, allow_origins=(ORIGIN,)) as served:
        yield served


@contextmanager
def kept_busy(server: Served) -> Iterator[sqlite3.Connection]:
    """Nothing can be written to the log until this ends, or commits."""
    with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield other
        finally:
            if other.in_transaction:
                other.execute("ROLLBACK")


def request(path: str = "/v1/evaluate", **members: Any) -> bytes:
    body = json.dumps({**ASKED, **members}).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def connected(server: Served, *, receives: int | None = None) -> socket.socket:
    """A bare connection; ``receives``: so many bytes are kept for it before it reads."""
    made = socket.socket()
    if receives is not None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    made.settimeout(PATIENCE_S)
    made.connect(("127.0.0.1", server.port))
    return made


def answers(sock: socket.socket, number: int) -> list[dict[str, Any]]:
    """The next answers of a connection, each a 200."""
    found: list[dict[str, Any]] = []
    with sock.makefile("rb") as file:
        for _ in range(number):
            assert file.readline().split()[1] == b"200"
            length = 0
            while (line := file.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            found.append(json.loads(file.read(length)))
    return found


def asked(server: Served, number: int, since: int) -> list[dict[str, Any]]:
    """The log lines of so many requests for an evaluation, once they are there; ``since``: lines before."""

    def found() -> list[dict[str, Any]]:
        events = server.events()[since:]
        return [line for line in events if line["event"] == "request" and line["route"] == "/v1/evaluate"]

    until(lambda: len(found()) >= number)
    return found()


def test_others_are_served_while_more_requests_than_threads_wait_for_the_log(server: Served) -> None:
    server.ask("POST", "/v1/evaluate", ASKED)
    with kept_busy(server) as other:
        crowd = [connected(server) for _ in range(CROWD)]
        for sock in crowd:
            sock.sendall(request())
        time.sleep(0.3)
        assert server.ask("GET", "/healthz")[0] == 200
        assert server.ask("POST", "/v1/evaluate", {"ruleset": "small", "assessment": {}})[0] == 422
        assert select.select(crowd, [], [], 0)[0] == [], "all of the crowd wait still"
        other.execute("ROLLBACK")
        found = [answers(sock, 1)[0] for sock in crowd]
    for sock in crowd:
        sock.close()
    assert len({answer["decision_id"] for answer in found}) == CROWD
    for answer in found:
        assert server.ask("GET", f"/v1/decisions/{answer['decision_id']}")[0] == 200


def test_however_many_batches_wait_for_the_log_few_of_their_rows_are_before_those_of_others(
    server: Served,
) -> None:
    lines = (json.dumps(ASKED) + "\n").encode() * (MOST_TOGETHER + 1)
    head = request("/v1/evaluate/batch").partition(b"Content-Length")[0].replace(b"/json", b"/x-ndjson")
    stream = head + b"Content-Length: %d\r\n\r\n" % len(lines) + lines

    def waiting() -> int:
        text = server.ask("GET", "/metrics")[2].decode()
        return int(float(text.partition("\npicoplan_decision_log_rows_waiting ")[2].partition("\n")[0]))

    with kept_busy(server) as other:
        batches = [connected(server) for _ in range(4)]
        for sock in batches:
            sock.sendall(stream)
        most = GROUPS_AT_WORK * MOST_TOGETHER
        until(lambda: waiting() > MOST_TOGETHER)
        time.sleep(0.3)
        assert MOST_TOGETHER < waiting() <= most
        other.execute("ROLLBACK")
        for sock in batches:
            assert sock.recv(12) == b"HTTP/1.1 200"
            sock.close()


def test_connections_on_which_nothing_comes_keep_nobody_waiting(server: Served) -> None:
    idle = [connected(server) for _ in range(10 * THREADS)]
    for _ in range(3):
        assert server.ask("POST", "/v1/evaluate", ASKED)[0] == 200
    # None of them was let go so that others could be served.
    for sock in idle:
        sock.sendall(request())
    assert all(len(answers(sock, 1)) == 1 for sock in idle)
    for sock in idle:
        sock.close()


def test_a_connection_goes_on_after_an_answer_that_waited(server: Served) -> None:
    with closing(server.connect()) as connection:
        for _ in range(5):
            assert exchange(connection, "POST", "/v1/evaluate", ASKED)[0] == 200
            kept = connection.sock
            assert exchange(connection, "GET", "/healthz")[0] == 200
            assert connection.sock is kept


def test_a_connection_is_closed_where_the_client_asks_for_it(server: Served) -> None:
    with closing(connected(server)) as sock:
        sock.sendall(request().replace(b"Host: x", b"Host: x\r\nConnection: close"))
        assert len(answers(sock, 1)) == 1
        assert sock.recv(1) == b""


def test_requests_sent_one_after_the_other_without_waiting_are_answered_in_that_order(server: Served) -> None:
    days = [f"2026-06-{day:02d}" for day in range(1, 21)]
    with closing(connected(server)) as sock:
        sock.sendall(b"".join(request(as_of=day) for day in days))
        assert [answer["as_of"] for answer in answers(sock, len(days))] == days


def stuck(server: Served, since: int) -> int:
    """How many requests were answered before one could not be sent; ``since``: log lines before."""
    before, counted = -1, 0
    while before != counted or not counted:
        time.sleep(1)
        before, counted = counted, len(asked(server, 0, since))
    return counted


def test_a_client_that_does_not_read_keeps_nobody_waiting_and_gets_its_answers_whole(server: Served) -> None:
    days = [f"2026-06-{number % 28 + 1:02d}" for number in range(UNREAD)]
    with closing(connected(server, receives=2048)) as slow:
        since = len(server.events())
        for day in days:
            slow.sendall(request(explain=True, as_of=day))
        assert 0 < stuck(server, since) < UNREAD
        for _ in range(5):
            assert server.ask("POST", "/v1/evaluate", ASKED)[0] == 200
        found = answers(slow, UNREAD)
    assert [answer["as_of"] for answer in found] == days


def test_a_client_that_went_away_while_it_waited_harms_nobody_and_its_decision_is_logged(
    server: Served,
) -> None:
    with closing(sqlite3.connect(server.database)) as reader:
        before = reader.execute("SELECT count(*) FROM decisions").fetchone()[0]
        seen = server.ask("GET", "/healthz")[1]["x-request-id"]
        server.wait_for("request", request_id=seen)  # and so those before it
        lines = len(server.events())
        with kept_busy(server):
            for _ in range(CROWD):
                with closing(connected(server)) as sock:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    sock.sendall(request())
                    time.sleep(0.02)
        assert len(asked(server, CROWD, lines)) == CROWD
        assert server.ask("POST", "/v1/evaluate", ASKED)[0] == 200
        after = reader.execute("SELECT count(*) FROM decisions").fetchone()[0]
    assert after - before == CROWD + 1
    assert not [line for line in server.events()[lines:] if line["event"] not in ("request", "server")]


def test_who_waits_too_long_is_told_so_with_the_headers_of_every_answer(server: Served) -> None:
    status, good, _ = server.ask("POST", "/v1/evaluate", ASKED, {"Origin": ORIGIN})
    with kept_busy(server):
        status, headers, content = server.ask("POST", "/v1/evaluate", ASKED, {"Origin": ORIGIN})
    assert (status, headers["content-type"]) == (503, "application/problem+json")
    assert json.loads(content)["errors"][0]["code"] == "not-logged"
    assert json.loads(content)["instance"] == headers["x-request-id"]
    assert headers["retry-after"] == "2"
    assert headers["content-length"] == str(len(content))
    assert {*good} - {*headers} == set()
    assert headers["access-control-allow-origin"] == ORIGIN
    assert server.wait_for("request", request_id=headers["x-request-id"])["status"] == 503
    until(lambda: server.ask("POST", "/v1/evaluate", ASKED)[0] == 200)


def test_best_effort_waits_a_moment_for_a_slow_log_and_says_that_it_did_not_come(
    clinic: Path, tmp_path: Path
) -> None:
    told: dict[str, Any] = {"rulesets": str(clinic), "workers": 1, "log_mode": "best-effort"}
    with Served(tmp_path, **told) as server:
        assert "picoplan-logged" not in server.ask("POST", "/v1/evaluate", ASKED)[1]
        with kept_busy(server):
            status, headers, content = server.ask("POST", "/v1/evaluate", ASKED)
            assert (status, headers["picoplan-logged"]) == (200, "no")
            assert "decisions can't be logged" not in server.log_text(), "it did not wait until the log fails"
        decision = f"/v1/decisions/{json.loads(content)['decision_id']}"
        until(lambda: server.ask("GET", decision)[0] == 200)


def test_a_server_that_is_told_to_stop_answers_what_waits_first(clinic: Path, tmp_path: Path) -> None:
    with Served(tmp_path, rulesets=str(clinic), workers=1) as server:
        server.ask("POST", "/v1/evaluate", ASKED)
        with kept_busy(server) as other, closing(connected(server)) as sock:
            sock.sendall(request())
            time.sleep(0.3)
            server.process.terminate()
            time.sleep(0.5)
            other.execute("ROLLBACK")
            assert len(answers(sock, 1)) == 1

"""Streams of lines to a real server: three kinds of clients, broken ones, and what is left behind."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.waiting import until
from tests.web.batches import (
    BATCH,
    NDJSON,
    SCAR,
    SPOTS,
    WRONG,
    as_array,
    as_lines,
    comparable,
    ended,
    held,
    in_chunks,
    megabytes,
    numbered,
    opened,
    raw,
    response_on,
    workers,
)
from tests.web.serving import Served, exchange
from tests.web.small import write_small

pytestmark = pytest.mark.long

MANY = 6_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of two workers over one ruleset, which decides without being watched."""
    folder = tmp_path_factory.mktemp("clinic")
    write_small(folder)
    with Served(tmp_path_factory.mktemp("batches"), rulesets=str(folder), workers=2) as served:
        yield served


def bodies_of(number: int) -> list[bytes]:
    """So many bodies of three kinds, each third one with mistakes."""
    return [raw(SCAR, SPOTS, WRONG)[index % 3] for index in range(number)]


def told_alone(server: Served) -> list[bytes]:
    """What is told of the three kinds of bodies when they are sent alone, without ids and times."""
    return [
        comparable(server.ask("POST", "/v1/evaluate", body, {"Content-Type": "application/json"})[2])
        for body in raw(SCAR, SPOTS, WRONG)
    ]


def as_wanted(server: Served, told: bytes, number: int) -> bool:
    """Whether these are the answers to ``bodies_of`` so many, in order, with the bytes of single calls."""
    alone = told_alone(server)
    wanted = [
        numbered(alone[2], "line", index + 1) if index % 3 == 2 else alone[index % 3]
        for index in range(number)
    ]
    return comparable(told).split(b"\n") == [*wanted, b""]


@pytest.mark.parametrize("chunk", [None, 100, 100_000])
def test_a_client_that_sends_all_before_it_reads_gets_all_answers_in_order(
    server: Served, chunk: int | None
) -> None:
    body = as_lines(bodies_of(MANY))
    sent = body if chunk is None else in_chunks(body, chunk)
    with opened(server, len(body) if chunk is None else None) as client:
        client.sendall(sent)
        response = response_on(client)
        told = response.read()
    assert as_wanted(server, told, MANY)
    assert len(told) > 8_000_000, "more than fits between the two"
    counts = ended(server, response)
    assert (counts["lines"], counts["refused"], counts["whole"]) == (MANY, MANY // 3, True)


@pytest.mark.parametrize("chunk", [None, 3_000])
def test_a_client_that_sends_and_reads_at_once_gets_all_answers_in_order(
    server: Served, chunk: int | None
) -> None:
    body = as_lines(bodies_of(MANY))
    sent = body if chunk is None else in_chunks(body, chunk)
    with opened(server, len(body) if chunk is None else None) as client:
        sending = threading.Thread(target=client.sendall, args=(sent,))
        sending.start()
        told = response_on(client).read()
        sending.join()
    assert as_wanted(server, told, MANY)


@pytest.mark.parametrize("late", [b"", b"\r\n"])
def test_a_client_that_waits_for_each_answer_gets_it_before_it_sends_the_next_line(
    server: Served, late: bytes
) -> None:
    with opened(server) as client:
        response = response_on(client)  # the head comes before any line was sent
        for number in range(1, 30):
            line = raw(SCAR, WRONG)[number % 2] + b"\n"
            chunk = b"%x\r\n%s\r\n" % (len(line), line)
            client.sendall(chunk.removesuffix(late))  # with ``late`` a chunk's end comes after the answer
            told = json.loads(response.readline())
            assert told.get("line", number) == number
            client.sendall(late)
        client.sendall(b"0\r\n\r\n")
        assert response.read() == b""


def test_the_connection_is_good_for_the_next_request_and_for_one_that_was_sent_right_behind(
    server: Served,
) -> None:
    connection = server.connect()
    bodies = raw(SCAR, WRONG)
    for headers, body in (
        (NDJSON, as_lines(bodies)),
        ({"Content-Type": "application/json"}, as_array(bodies)),
    ):
        assert exchange(connection, "POST", BATCH, body, headers)[0] == 200
        first = connection.sock
        assert exchange(connection, "GET", "/healthz")[0] == 200
        assert connection.sock is first
    connection.close()
    body = as_lines(bodies)
    for length, sent in ((len(body), body), (None, in_chunks(body, 50))):
        with opened(server, length) as client:
            client.sendall(sent + b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            got = b"".join(iter(lambda: client.recv(65536), b""))
        assert got.count(b"HTTP/1.1 200 OK") == 2
        assert got.endswith(b'{"status":"ok"}')


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_that_breaks_off_gets_the_answers_to_its_whole_lines_and_no_proper_end(
    server: Served, chunked: bool
) -> None:
    body = as_lines(raw(SCAR, WRONG)) + raw(SCAR)[0]
    with opened(server, None if chunked else len(body) + 100) as client:
        client.sendall(in_chunks(body, 50).removesuffix(b"0\r\n\r\n") if chunked else body)
        client.shutdown(socket.SHUT_WR)
        response = response_on(client)
        with pytest.raises(http.client.IncompleteRead) as broken:
            response.read()
    assert broken.value.partial.count(b"\n") == 2
    counts = ended(server, response)
    assert (counts["lines"], counts["whole"], counts["says"]) == (2, False, "the body broke off")


def test_what_is_no_chunk_breaks_the_stream_off(server: Served) -> None:
    with opened(server) as client:
        client.sendall(in_chunks(as_lines(raw(SCAR)), 50).removesuffix(b"0\r\n\r\n") + b"no chunk\r\n")
        response = response_on(client)
        with pytest.raises(http.client.IncompleteRead) as broken:
            response.read()
    assert broken.value.partial.count(b"\n") == 1


def test_clients_that_go_away_leave_nothing_behind(server: Served) -> None:
    body = as_lines(bodies_of(MANY))
    server.ask("GET", "/healthz")
    before = {pid: held(pid) for pid in workers(server)}
    for how in range(12):
        client = opened(server, len(body))
        client.sendall(body if how % 3 else body[: len(body) // 2])
        response = response_on(client)
        if how % 2:
            response.read(1_000_000)
            # closed with answers unread, so that the server is told at once
        client.close()
        response.close()
        assert ended(server, response)["whole"] is False
    until(
        lambda: all(
            # up to 16 threads answer requests
            now[0] <= then[0] and now[1] <= then[1] and now[2] <= then[2] + 16
            for now, then in ((held(pid), before[pid]) for pid in before)
        ),
        lambda: {pid: (before[pid], held(pid)) for pid in before},
    )
    assert not [line for line in server.events() if line["event"] == "server fault"]


def test_the_memory_of_a_worker_does_not_grow_with_the_lines(server: Served) -> None:
    few, many = as_lines(bodies_of(2_000)), as_lines(bodies_of(3 * MANY))
    for _ in range(4):
        server.ask("POST", BATCH, few, NDJSON)
    before = {pid: megabytes(pid) for pid in workers(server)}
    highest = dict(before)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            for pid in highest:
                highest[pid] = max(highest[pid], megabytes(pid))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        status, _, told = server.ask("POST", BATCH, many, NDJSON)
    finally:
        over.set()
        watching.join()
    assert (status, told.count(b"\n")) == (200, 3 * MANY)
    assert len(told) > 20_000_000
    assert max(highest[pid] - before[pid] for pid in before) < 12, (before, highest)


def decisions(server: Served) -> list[tuple[str]]:
    """The ids of all decisions that were logged."""
    file = server.database
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT decision_id FROM decisions").fetchall()


def test_every_answer_of_a_batch_is_in_the_log_when_it_is_given(server: Served) -> None:
    told = server.ask("POST", BATCH, as_lines(raw(SCAR) * 700), NDJSON)[2].splitlines()
    assert {json.loads(line)["decision_id"] for line in told} <= {row[0] for row in decisions(server)}


def test_a_batch_that_is_sent_again_repeats_what_was_decided_and_decides_the_rest(server: Served) -> None:
    headers = {**NDJSON, "Idempotency-Key": "batch-1"}
    bodies = raw(SCAR, WRONG, SPOTS, SCAR, SPOTS)
    first = server.ask("POST", BATCH, as_lines(bodies[:3]), headers)[2].splitlines()
    before = len(decisions(server))
    again = server.ask("POST", BATCH, as_lines(bodies), headers)[2].splitlines()
    assert len(decisions(server)) == before + 2
    assert (again[0], again[2]) == (first[0], first[2]), "the same bytes"
    assert json.loads(again[1])["status"] == 422
    other = server.ask("POST", BATCH, as_lines([bodies[2], *bodies[1:]]), headers)[2].splitlines()
    refused = json.loads(other[0])
    assert (refused["status"], refused["line"], refused["errors"][0]["code"]) == (
        409,
        1,
        "idempotency-conflict",
    )
    assert other[2:] == again[2:]
    array = {"Content-Type": "application/json", "Idempotency-Key": "batch-2"}
    one = server.ask("POST", BATCH, as_array(bodies), array)[2]
    assert server.ask("POST", BATCH, as_array(bodies), array)[2].count(b"decision_id") == 4
    assert comparable(server.ask("POST", BATCH, as_array(bodies), array)[2]) == comparable(one)


def test_sigterm_lets_a_stream_end_that_is_on_its_way(tmp_path: Path) -> None:
    write_small(tmp_path / "rulesets")
    served = Served(tmp_path, rulesets=str(tmp_path / "rulesets"), workers=1)
    with opened(served) as client:
        response = response_on(client)
        os.kill(served.process.pid, signal.SIGTERM)
        served.wait_for("stopping")
        client.sendall(in_chunks(as_lines(raw(SCAR, SCAR)), 100))
        assert response.read().count(b"\n") == 2
    assert served.stop() == 0


def goes_on(client: socket.socket, response: http.client.HTTPResponse, line: bytes) -> bool:
    """Whether one more line is answered."""
    time.sleep(0.05)
    try:
        client.sendall(b"%x\r\n%s\r\n" % (len(line), line))
        return bool(response.readline())
    except (http.client.IncompleteRead, ConnectionError):
        return False


def test_a_stream_that_would_outlast_the_stop_is_broken_off_before_the_server_ends(tmp_path: Path) -> None:
    write_small(tmp_path / "rulesets")
    served = Served(tmp_path, rulesets=str(tmp_path / "rulesets"), workers=1, graceful_timeout=7)
    line = as_lines(raw(SCAR))
    with opened(served) as client:
        response = response_on(client)
        os.kill(served.process.pid, signal.SIGTERM)
        answered = 0
        while goes_on(client, response, line):
            answered += 1
        assert answered > 1
    assert served.stop() == 0
    assert served.wait_for("batch")["says"] == "the service stops"

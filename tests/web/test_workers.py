"""Connections are shared out among workers, and whichever of these ends or hangs is replaced."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any

import pytest

from tests.waiting import until
from tests.web.serving import Served, exchange
from tests.web.small import write_small
from tests.web.test_live import children, workers

WORKERS = 3
CROWD = 60
HANGS_AFTER_S = 3


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("clinic")
    write_small(folder)
    told = {"rulesets": str(folder), "workers": WORKERS, "hangs_after": HANGS_AFTER_S}
    with Served(tmp_path_factory.mktemp("shared"), **told) as served:
        until_all_take_part(served)
        yield served


@contextmanager
def crowd(server: Served, number: int) -> Iterator[Counter[int]]:
    """So many connections that are kept open, and how many of them each worker serves.

    Raises:
        ConnectionError: one of them came to a worker that ended.
    """
    with ExitStack() as stack:
        asked = set()
        for _ in range(number):
            connection = stack.enter_context(closing(server.connect()))
            status, headers, _ = exchange(connection, "GET", "/v1/rulesets")
            assert status == 200
            asked.add(headers["x-request-id"])

        def lines() -> list[dict[str, Any]]:
            """Those of this crowd: a line may come long after its answer, when the next crowd asks."""
            requests = [line for line in server.events() if line["event"] == "request"]
            return [line for line in requests if line["request_id"] in asked]

        until(lambda: len(lines()) == number)
        yield Counter(line["process"] for line in lines())


def until_all_take_part(server: Served) -> Counter[int]:
    """Wait until each worker takes its part of a small crowd; that crowd."""

    def all_of_them() -> Counter[int] | None:
        with suppress(ConnectionError), crowd(server, 3 * WORKERS) as shares:
            return shares if len(shares) == WORKERS else None
        return None

    return until(all_of_them)


def test_connections_that_stay_open_are_shared_out_among_all(server: Served) -> None:
    with crowd(server, CROWD) as shares:
        assert len(shares) == WORKERS
        assert min(shares.values()) >= CROWD // 20, (
            "the system shares them out by chance, evenly in the long run"
        )


def test_a_worker_that_hangs_is_killed_and_another_takes_its_place(server: Served) -> None:
    hung = workers(server)[0]
    os.kill(hung, signal.SIGSTOP)
    server.wait_for("process hangs, it is killed", pid=hung)
    assert len(until_all_take_part(server)) == WORKERS
    assert hung not in workers(server)


def test_a_service_that_was_stopped_as_a_whole_goes_on_with_the_workers_it_had(server: Served) -> None:
    before = workers(server)
    everything = [server.process.pid, *children(server.process.pid)]
    for one in everything:
        os.kill(one, signal.SIGSTOP)
    time.sleep(HANGS_AFTER_S + 1)
    for one in everything:  # the one that looks after the others is the first to look
        os.kill(one, signal.SIGCONT)
    until_all_take_part(server)
    assert workers(server) == before


def test_the_share_of_a_killed_worker_goes_to_others_and_then_to_who_takes_its_place(server: Served) -> None:
    killed = workers(server)[0]
    os.kill(killed, signal.SIGKILL)
    shares = until_all_take_part(server)
    assert killed not in shares
    assert len(shares) == WORKERS

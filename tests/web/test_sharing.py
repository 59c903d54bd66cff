"""Connections are shared out evenly among workers; none waits where one of them can't take it."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest

from service.web.sharing import Shares
from tests.waiting import until
from tests.web.serving import Served, exchange
from tests.web.small import write_small
from tests.web.test_live import workers

WORKERS = 3
CROWD = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("clinic")
    write_small(folder)
    told = {"rulesets": str(folder), "workers": WORKERS}
    with Served(tmp_path_factory.mktemp("shared"), **told) as served:
        for _ in range(WORKERS):
            served.until_ready()
        yield served


@contextmanager
def crowd(server: Served, number: int) -> Iterator[Counter[int]]:
    """So many connections that are kept open, and how many of them each worker serves."""
    with ExitStack() as stack:
        since = len(server.events())
        for _ in range(number):
            connection = stack.enter_context(closing(server.connect()))
            assert exchange(connection, "GET", "/v1/rulesets")[0] == 200

        def lines() -> list[dict[str, Any]]:
            return [line for line in server.events()[since:] if line.get("route") == "/v1/rulesets"]

        until(lambda: len(lines()) == number)
        yield Counter(line["process"] for line in lines())


def until_all_take_part(server: Served) -> Counter[int]:
    """Wait until each worker takes its part of a small crowd; that crowd."""

    def all_of_them() -> Counter[int] | None:
        with crowd(server, 3 * WORKERS) as shares:
            return shares if len(shares) == WORKERS else None

    return until(all_of_them)


def test_connections_that_stay_open_are_shared_out_evenly(server: Served) -> None:
    assert len(until_all_take_part(server)) == WORKERS
    with crowd(server, CROWD) as shares:
        assert max(shares.values()) - min(shares.values()) <= CROWD // 4


def test_a_worker_that_hangs_keeps_no_connection_from_the_others(server: Served) -> None:
    hung = workers(server)[0]
    os.kill(hung, signal.SIGSTOP)
    try:
        with crowd(server, 2 * WORKERS) as shares:
            assert hung not in shares
    finally:
        os.kill(hung, signal.SIGCONT)
    assert len(until_all_take_part(server)) == WORKERS


def test_the_share_of_a_killed_worker_goes_to_others_and_then_to_who_takes_its_place(server: Served) -> None:
    killed = workers(server)[0]
    os.kill(killed, signal.SIGKILL)
    shares = until_all_take_part(server)
    assert killed not in shares
    assert len(shares) == WORKERS


def test_nobody_is_ahead_of_workers_that_take_no_more() -> None:
    shares = Shares(3)
    one, other = shares.give(), shares.give()
    one.tell(5)
    assert not one.is_ahead(5)
    other.tell(4)
    assert one.is_ahead(5)
    assert not one.is_ahead(4)
    shares.take_back(other)
    assert not one.is_ahead(5)
    assert {shares.give().place, shares.give().place, one.place} == {0, 1, 2}


def test_a_worker_beyond_those_that_were_told_of_stays_by_itself() -> None:
    shares = Shares(1)
    one, beyond = shares.give(), shares.give()
    one.tell(1)
    beyond.tell(9)
    assert not beyond.is_ahead(9)
    shares.take_back(beyond)
    another = shares.give()
    another.tell(0)
    assert not one.is_ahead(1), "no place was freed by one that had none"
    shares.take_back(one)
    assert shares.give().place == one.place

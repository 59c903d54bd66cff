"""Replay on a real Dask scheduler: the same outcome whoever dies, nothing of a client in its logs."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.replaying import scheduler
from service.replaying.executor import Stretch, Task
from service.replaying.replay import STRETCH, ReplayOrder, ReplayWorker, replay
from service.replaying.scheduler import SchedulerTrouble, spread_over
from service.store.decisions.logged import Mark
from tests.commandline.console import picoplan
from tests.replaying.dask_cluster import ROOT, Cluster, cluster
from tests.replaying.past import Past

EDITS = (
    ("factors/1-concern.yaml", "sessions: 4 to 6", "sessions: 5 to 7"),
    ("factors/2-response.yaml", "when: {gold: yes}", "when: {sensitive: yes}"),
    ("assessment.yaml", "V: {times: 1.2}", "V: {times: 1.3}"),
)
STRETCHES = 4


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    return Past(tmp_path_factory.mktemp("past") / "past", STRETCHES * STRETCH - 300)


@pytest.fixture(scope="module")
def order(past: Past, tmp_path_factory: pytest.TempPathFactory) -> ReplayOrder:
    return past.order(past.candidate(tmp_path_factory.mktemp("edited") / "candidate", *EDITS))


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("dask") / "two") as made:
        made.worker()
        made.worker()
        yield made


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler without workers."""
    with cluster(tmp_path / "alone") as made:
        yield made


def test_the_outcome_is_that_of_one_process_and_dask_logs_nothing_of_it(
    two_workers: Cluster, order: ReplayOrder
) -> None:
    told: list[tuple[int, int]] = []
    tally = replay(order, scheduler=two_workers.address, on_progress=lambda done, of: told.append((done, of)))
    assert tally == replay(order)
    assert len(told) == STRETCHES
    assert told[-1] == (tally.seen, tally.seen)
    assert tally.kinds["plan"] > 0
    said = two_workers.said()
    for word in ("scars", "spots", "sensitive", "several_sessions", order.url):
        assert word not in said


@pytest.mark.long
def test_a_worker_that_is_killed_midway_changes_nothing(alone: Cluster, order: ReplayOrder) -> None:
    pids = [alone.worker(), alone.worker()]

    def kill_one(done: int, of: int) -> None:
        if len(pids) == 2 and done < of:
            alone.kill(pids.pop())

    assert replay(order, scheduler=alone.address, on_progress=kill_one) == replay(order)
    assert len(pids) == 1, "none was killed"


@pytest.mark.long
def test_a_worker_that_comes_later_helps(alone: Cluster, order: ReplayOrder) -> None:
    pids = [alone.worker()]

    def renew(done: int, of: int) -> None:
        if len(pids) == 1:
            pids.append(alone.worker())
            alone.kill(pids[0])

    assert replay(order, scheduler=alone.address, on_progress=renew).seen == STRETCHES * STRETCH - 300


def trouble(order: ReplayOrder, address: str) -> str:
    with pytest.raises(SchedulerTrouble) as raised:
        replay(order, scheduler=address)
    return str(raised.value)


@pytest.mark.parametrize(
    "address", ["", "nonsense", "host:8786", "tcp://host", "ftp://host:1", "tcp://h:1/x"]
)
def test_what_is_no_address_is_refused_with_one_that_is(order: ReplayOrder, address: str) -> None:
    assert trouble(order, address).endswith("write it as tcp://host:8786 or tls://host:8786")


@pytest.mark.long
def test_an_address_at_which_nobody_or_somebody_else_answers_is_told(
    order: ReplayOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "ANSWERS_IN_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        assert trouble(order, address) == f"no Dask scheduler of this version answers at {address}"
    assert trouble(order, address) == f"no Dask scheduler of this version answers at {address}"


def test_a_scheduler_without_workers_is_told(
    alone: Cluster, order: ReplayOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "PATIENCE_S", 1.0)
    wanted = f"the scheduler has no workers: start some, as with dask worker {alone.address}"
    assert trouble(order, alone.address) == wanted


@pytest.mark.long
def test_workers_that_are_all_gone_are_told(
    alone: Cluster, order: ReplayOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = alone.worker()

    def kill(done: int, of: int) -> None:
        monkeypatch.setattr(scheduler, "PATIENCE_S", 0.0)
        alone.kill(pid)

    with pytest.raises(SchedulerTrouble, match="all workers are gone: start some, and replay again"):
        replay(order, scheduler=alone.address, on_progress=kill)


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_scheduler_that_dies_or_hangs_is_told(
    alone: Cluster, order: ReplayOrder, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    alone.worker()
    monkeypatch.setattr(scheduler, "_AHEAD", 1)

    def end(done: int, of: int) -> None:
        monkeypatch.setattr(scheduler, "ANSWERS_IN_S", 2.0)
        os.kill(alone.scheduler.pid, how)

    with pytest.raises(SchedulerTrouble, match="the scheduler is gone or does not answer any more"):
        replay(order, scheduler=alone.address, on_progress=end)


@pytest.mark.long
def test_a_worker_without_picoplan_or_with_another_one_is_told(
    alone: Cluster, order: ReplayOrder, tmp_path: Path
) -> None:
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    bare = alone.worker({"PYTHONPATH": packages}, python=sys._base_executable)  # without what .pth files add
    said = trouble(order, alone.address)
    assert said.endswith(" has no picoplan: install this one where its dask worker finds it")
    assert "Traceback" not in alone.said()
    alone.kill(bare)
    for package in ("service", "schemas"):
        shutil.copytree(ROOT / package, tmp_path / "other" / package)
    with (tmp_path / "other" / "service" / "replaying" / "replay.py").open("a", encoding="utf-8") as file:
        file.write("# Another build.\n")
    alone.worker({"PYTHONPATH": str(tmp_path / "other")})
    said = trouble(order, alone.address)
    assert said.startswith("the worker tcp://127.0.0.1:")
    assert f", and this is {scheduler.build()}: install the same everywhere" in said


def test_a_worker_that_finds_no_log_or_another_one_is_told(
    two_workers: Cluster, order: ReplayOrder, past: Past, tmp_path: Path
) -> None:
    part = Stretch(None, past.made[-1].mark)

    def said(order: ReplayOrder, newest: Mark) -> str:
        with pytest.raises(SchedulerTrouble) as raised:
            list(spread_over(two_workers.address, Task(ReplayWorker, order), [part], newest))
        return str(raised.value)

    nowhere = tmp_path / "log.sqlite3"
    found = said(replace(order, url=f"sqlite:///{nowhere}"), past.made[-1].mark)
    assert found.startswith(f"a worker can't read the log: the database {nowhere} can't be opened:")
    assert not nowhere.exists()
    assert said(order, Mark("2030-01-01T00:00:00Z", "none")).startswith("a worker finds another log")


def test_a_fault_of_picoplan_in_a_worker_is_told_by_its_place_alone(
    two_workers: Cluster, past: Past, order: ReplayOrder
) -> None:
    wrong = replace(order, candidate={"small": "scars"})  # type: ignore[dict-item]
    said = trouble(wrong, two_workers.address)
    assert re.fullmatch(r"a fault of picoplan in a worker: AttributeError at \w+\.py:[0-9]+", said)
    assert "scars" not in two_workers.said()


def test_the_command_says_what_is_wrong_in_one_line(
    past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", past.url)
    asked = ["replay", "--candidate", past.candidate(tmp_path / "candidate"), "--scheduler", "here"]
    said = picoplan(*asked)
    wanted = '"here" is no address of a Dask scheduler: write it as tcp://host:8786 or tls://host:8786'
    assert (said.code, said.out, said.err) == (2, "", f"picoplan: {wanted}\n")
    both = picoplan(*asked, "--processes", "2")
    assert (both.code, "say --processes or --scheduler, not both" in both.err) == (2, True)


def test_the_command_replays_on_the_scheduler(
    two_workers: Cluster, past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", past.url)
    asked = ["replay", "--candidate", past.candidate(tmp_path / "candidate", *EDITS), "--limit", "300"]
    alone = picoplan(*asked)
    there = picoplan(*asked, "--scheduler", two_workers.address)
    assert (there.code, there.err, there.out) == (0, "", alone.out)

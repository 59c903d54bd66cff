#!/usr/bin/env python3
"""How fast a log is replayed, and in how much memory, whatever its size and whoever works on it.

    .venv/bin/python scripts/bench_replay.py                          20,000 decisions and five times as many
    .venv/bin/python scripts/bench_replay.py --decisions 1000000      that many, and a fifth of them
    .venv/bin/python scripts/bench_replay.py --dask                   on a Dask scheduler of its own, too

The log is SQLite, filled with the answers to the worked clients of the shipped pico-laser ruleset, over and
over. They are replayed under the same rules, by one process, and then by as many as there are processors.
The baseline is evaluating the same clients, nothing read and nothing compared. Rates are by the second of
processor time, for machines are shared; of several processes by the clock.

With --dask a scheduler and its workers are started: one worker replays it all, then two, then two of which
one is killed once a third is done. The outcome must be the same; two must reach 0.8 of twice one's rate, by
the clock, which only a quiet machine with two processors can show.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

from distributed import Client

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.fill_log import filled, worked_clients  # noqa: E402 - the checkout must be on the path first
from service.replaying.executor import usual_processes  # noqa: E402
from service.replaying.replay import ReplayOrder, replay  # noqa: E402
from service.store.decisions.selection import EVERYTHING  # noqa: E402
from service.store.editions import Edition, edition_of  # noqa: E402
from service.store.folders import read_shelf, shipped  # noqa: E402

_WANTED = 5_000
_MORE_MB = 40
_OF_LINEAR = 0.8


def main() -> int:
    """Print the rates; 1 where one is under what is wanted, or memory grows with the log."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--decisions", type=int, default=100_000, help="how many; a fifth comes first")
    parser.add_argument("--dask", action="store_true", help="replay on a Dask scheduler, too")
    told = parser.parse_args()
    most = told.decisions
    edition = edition_of(read_shelf(shipped(), only="pico-laser").read["pico-laser"])
    with tempfile.TemporaryDirectory(prefix="picoplan-bench-") as name:
        folder = Path(name)
        small, large = (_filled(folder, count) for count in (most // 5, most))
        print(f"evaluating alone: {_evaluating(edition):,.0f} decisions a second on one core")
        done = []
        for url, count, processes in ((small, most // 5, 1), (large, most, 1), (large, most, None)):
            seconds, megabytes = _in_a_process(url, edition, processes or max(usual_processes(), 2))
            done.append((count / seconds, megabytes))
            by = "one process" if processes == 1 else "as many processes as processors, by the clock"
            print(f"{count:>9,} decisions by {by}: {count / seconds:7,.0f} a second; {megabytes:.0f} MB")
        grown = done[1][1] - done[0][1]
        print(f"five times the log takes {grown:+.0f} MB")
        good = min(rate for rate, _ in done[:2]) >= _WANTED and grown < _MORE_MB
        return 0 if (not told.dask or _on_dask(folder, large, most, edition)) and good else 1


def _on_dask(folder: Path, url: str, count: int, edition: Edition) -> bool:
    """Replay on one worker, on two, and on two of which one is killed; whether all is as wanted."""
    order = ReplayOrder(url, {"pico-laser": edition}, EVERYTHING)
    small = ReplayOrder(_filled(folder, 16_000), {"pico-laser": edition}, EVERYTHING)
    rates, tallies = [], []
    for workers, killed in ((1, False), (2, False), (2, True)):
        with _cluster(folder, workers) as (address, processes):
            replay(small, scheduler=address)  # what each worker does once is not measured
            peak, began = [0.0], time.monotonic()
            watch = _watching(processes, peak, count // 3 if killed else None)
            tallies.append(replay(order, scheduler=address, on_progress=watch))
            seconds = time.monotonic() - began
        rates.append(count / seconds)
        how = f"{workers} Dask worker{'s' if workers > 1 else ''}{', one killed midway' if killed else ''}"
        print(
            f"{count:>9,} decisions by {how}: {count / seconds:7,.0f} a second;"
            f" {peak[0]:.0f} MB the largest worker"
        )
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    share = rates[1] / (2 * rates[0])
    same = all(tally == tallies[0] for tally in tallies) and tallies[0].kinds["same"] == count
    print(
        f"two workers reach {share:.2f} of linear; the outcome is {'the same' if same else 'NOT THE SAME'};"
    )
    print(f"this process took {ours:.0f} MB")
    return same and share >= _OF_LINEAR


def _watching(
    workers: list[subprocess.Popen[bytes]], peak: list[float], kill_after: int | None
) -> Callable[[int, int], None]:
    """Called with the progress: sees how large workers are, and kills one when it is time."""

    def watch(done: int, of: int) -> None:  # noqa: ARG001 - the progress bar's signature
        peak[0] = max([peak[0], *(_resident(one.pid) for one in workers if one.poll() is None)])
        if kill_after is not None and done >= kill_after and workers[0].poll() is None:
            workers[0].kill()
            workers[0].wait()

    return watch


def _resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return max((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), default=0.0)


@contextmanager
def _cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler, and the processes of its workers."""
    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)
    told = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0"]
    environ = {**os.environ, "DASK_TEMPORARY_DIRECTORY": str(folder)}

    def start(what: str, *more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--scheduler-file", str(file), *more]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, env=environ, cwd=folder, **quiet)

    made = [start("scheduler", *told)]
    try:
        while not file.exists() or not file.read_text().strip():
            time.sleep(0.1)
        own = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
        made += [start("worker", *own) for _ in range(workers)]
        address = json.loads(file.read_text())["address"]
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(workers)
        yield address, made[1:]
    finally:
        for process in reversed(made):
            process.kill()
            process.wait()


def _in_a_process(url: str, edition: Edition, processes: int) -> tuple[float, float]:
    """Seconds and megabytes of a replay, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    told: multiprocessing.Queue[tuple[float, float]] = context.Queue()
    worker = context.Process(target=_measure, args=(told, url, edition, processes))
    worker.start()
    seen = told.get()
    worker.join()
    return seen


def _measure(
    told: multiprocessing.Queue[tuple[float, float]], url: str, edition: Edition, at_once: int
) -> None:
    clock = time.process_time if at_once == 1 else time.monotonic
    began = clock()
    tally = replay(ReplayOrder(url, {"pico-laser": edition}, EVERYTHING), processes=at_once)
    seconds = clock() - began
    assert tally.kinds["same"] == tally.seen, "the same rules come to the same answers"
    told.put((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def _evaluating(edition: Edition) -> float:
    ready, clients = worked_clients(edition)
    some = list(islice(cycle(clients), 5_000))
    began = time.process_time()
    for client in some:
        ready.compiled.decide(client)
    return len(some) / (time.process_time() - began)


def _filled(folder: Path, count: int) -> str:
    url = f"sqlite:///{folder / f'{count}.sqlite3'}"
    filled(url, count)
    return url


if __name__ == "__main__":
    raise SystemExit(main())

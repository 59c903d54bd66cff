#!/usr/bin/env python3
"""How fast a log is replayed, and in how much memory, whatever its size.

    .venv/bin/python scripts/bench_replay.py                          20,000 decisions and five times as many
    .venv/bin/python scripts/bench_replay.py --decisions 1000000      that many, and a fifth of them

The log is SQLite, filled with the answers to the worked clients of the shipped pico-laser ruleset, over and
over. They are replayed under the same rules, by one process, and then by as many as there are processors.
The baseline is evaluating the same clients, nothing read and nothing compared. Rates are by the second of
processor time, for machines are shared; of several processes by the clock.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from uuid import UUID

import orjson

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from service.evaluation.compiled import CompiledRuleset  # noqa: E402
from service.model.decision import Decision  # noqa: E402
from service.replaying.replay import (  # noqa: E402
    ReplayOrder,
    replay,
    usual_processes,
)
from service.serving.older import Ready  # noqa: E402 - the checkout must be on the path first
from service.store.database import Database  # noqa: E402
from service.store.decisions.log import DecisionLog  # noqa: E402
from service.store.decisions.logged import Logged, logged  # noqa: E402
from service.store.decisions.selection import EVERYTHING  # noqa: E402
from service.store.editions import Edition, edition_of, readable  # noqa: E402
from service.store.folders import read_shelf, shipped  # noqa: E402

_WANTED = 5_000
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_AT_ONCE = 2_000
_MORE_MB = 40


def main() -> int:
    """Print the rates; 1 where one is under what is wanted, or memory grows with the log."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--decisions", type=int, default=100_000, help="how many; a fifth comes first")
    most = parser.parse_args().decisions
    edition = edition_of(read_shelf(shipped(), only="pico-laser").read["pico-laser"])
    with tempfile.TemporaryDirectory() as folder:
        small, large = (_filled(Path(folder), edition, count) for count in (most // 5, most))
        print(f"evaluating alone: {_evaluating(edition):,.0f} decisions a second on one core")
        told = multiprocessing.get_context("spawn").Queue()  # each measured in a process of its own
        runs = [(small, most // 5, 1), (large, most, 1), (large, most, max(usual_processes(), 2))]
        done = []
        for url, count, processes in runs:
            worker = multiprocessing.get_context("spawn").Process(
                target=_measure, args=(told, url, edition, processes)
            )
            worker.start()
            seconds, megabytes = told.get()
            worker.join()
            done.append((count / seconds, megabytes))
            by = "one process" if processes == 1 else f"{processes} processes, by the clock"
            print(f"{count:>9,} decisions by {by}: {count / seconds:7,.0f} a second; {megabytes:.0f} MB")
    grown = done[1][1] - done[0][1]
    print(f"five times the log takes {grown:+.0f} MB")
    return 0 if min(rate for rate, _ in done[:2]) >= _WANTED and grown < _MORE_MB else 1


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
    ready, clients = _ready(edition)
    some = list(islice(cycle(clients), 5_000))
    began = time.process_time()
    for client in some:
        ready.compiled.decide(client)
    return len(some) / (time.process_time() - began)


def _ready(edition: Edition) -> tuple[Ready, list[dict[str, object]]]:
    ready = Ready(CompiledRuleset(readable(edition)))
    read = read_shelf(shipped(), only="pico-laser").read["pico-laser"].ruleset
    assert read is not None
    clients = [dict(one.assessment) for one in read.scenarios]
    return ready, [one for one in clients if isinstance(ready.compiled.decide(one), Decision)]


def _filled(folder: Path, edition: Edition, count: int) -> str:
    url = f"sqlite:///{folder / f'{count}.sqlite3'}"
    writer = DecisionLog(Database(url)).writer()
    decisions = _decisions(edition, count)
    while some := [one.row for one in islice(decisions, _AT_ONCE)]:
        writer.write(some)
    writer.close()
    return url


def _decisions(edition: Edition, count: int) -> Iterator[Logged]:
    ready, clients = _ready(edition)
    for number, client in enumerate(islice(cycle(clients), count)):
        decision = ready.compiled.decide(client)
        assert isinstance(decision, Decision)
        at = _FIRST + timedelta(seconds=number)
        answer = ready.writer.write(
            decision,
            decision_id=str(UUID(int=(int(at.timestamp() * 1000) << 80) + (7 << 76) + (2 << 62) + number)),
            evaluated_at=at.isoformat()[:19] + "Z",
            as_of=at.date().isoformat(),
            explain=False,
        )
        yield logged(client, answer, orjson.dumps(answer))


if __name__ == "__main__":
    raise SystemExit(main())

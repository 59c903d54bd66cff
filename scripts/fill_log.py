#!/usr/bin/env python3
"""Fills a decision log to measure with, and says what a decision takes.

    .venv/bin/python scripts/fill_log.py sqlite:////tmp/log.sqlite3 --decisions 100000
    .venv/bin/python scripts/fill_log.py postgresql://picoplan@/bench --decisions 100000

The decisions are the answers to the worked clients of the shipped pico-laser ruleset, over and over, one a
second, each with an id of its own. They are made once for each client and written in bulk, so that a million
take a minute or two. The database should be a new one; its size is told after it was tidied.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, cycle, islice
from pathlib import Path
from uuid import UUID

import orjson

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from service.evaluation.compiled import CompiledRuleset  # noqa: E402 - the checkout must be on the path first
from service.model.decision import Decision  # noqa: E402
from service.serving.choosing import Ready  # noqa: E402
from service.store.archive import Archive  # noqa: E402
from service.store.database import Database  # noqa: E402
from service.store.decisions.log import DecisionLog  # noqa: E402
from service.store.decisions.logged import Logged, logged  # noqa: E402
from service.store.editions import Edition, edition_of, readable  # noqa: E402
from service.store.folders import read_shelf, shipped  # noqa: E402
from service.store.upkeep import compact  # noqa: E402

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_AT_ONCE = 2_000


def main() -> int:
    """Fill it, and print the bytes a decision."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", help="where the log is, as PICOPLAN_DATABASE_URL says it")
    parser.add_argument("--decisions", type=int, default=100_000)
    told = parser.parse_args()
    print(f"{told.decisions:,} decisions take {filled(told.url, told.decisions):,.0f} bytes each")
    return 0


def filled(url: str, decisions: int) -> float:
    """Fill the log at a URL; the bytes that each decision takes there, indexes and all."""
    edition = edition_of(read_shelf(shipped(), only="pico-laser").read["pico-laser"])
    database = Database(url)
    try:
        Archive(database).publish(edition, FIRST)
        _, empty = compact(database)
        fill(database, edition, decisions)
        _, full = compact(database)
    finally:
        database.close()
    return (full - empty) / decisions


def fill(database: Database, edition: Edition, decisions: int) -> None:
    """Log so many decisions of the shipped pico-laser ruleset."""
    writer = DecisionLog(database).writer()
    made = islice(_decisions(edition), decisions)
    try:
        while some := [one.row for one in islice(made, _AT_ONCE)]:
            writer.write(some)
    finally:
        writer.close()


def worked_clients(edition: Edition) -> tuple[Ready, list[dict[str, object]]]:
    """The ruleset, ready to answer, and the clients of its scenarios that get an answer."""
    ready = Ready(CompiledRuleset(readable(edition)))
    read = read_shelf(shipped(), only="pico-laser").read["pico-laser"].ruleset
    assert read is not None
    clients = [dict(one.assessment) for one in read.scenarios]
    return ready, [one for one in clients if isinstance(ready.compiled.decide(one), Decision)]


def _decisions(edition: Edition) -> Iterator[Logged]:
    ready, clients = worked_clients(edition)
    answers = []
    for client in clients:
        decision = ready.compiled.decide(client)
        assert isinstance(decision, Decision)
        answer = ready.writer.write(decision, decision_id="", evaluated_at="", as_of="", explain=False)
        answers.append((client, answer))
    for number, (client, answer) in zip(count(), cycle(answers), strict=False):
        at = FIRST + timedelta(seconds=number)
        own = {
            "decision_id": str(UUID(int=(int(at.timestamp() * 1000) << 80) + (7 << 76) + (2 << 62) + number)),
            "evaluated_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "as_of": at.date().isoformat(),
        }
        answer = {**answer, **own}
        yield logged(client, answer, orjson.dumps(answer))


if __name__ == "__main__":
    raise SystemExit(main())

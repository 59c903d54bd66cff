"""The memory part of the bench: each process of a service that logs, after some thousand answers."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path

from scripts.bench_service import served
from service.store.folders import read_shelf, shipped

_ANSWERS = 3_000
_ON_A_CONNECTION = 50


def megabytes() -> dict[str, dict[str, float]]:
    """MB of each process by its name, of the largest worker alone, once every worked client was asked for.

    ``Rss`` counts pages that processes share for each of them, ``Pss`` a part of them, so that all add up.
    """
    with served() as (port, folder):
        _ask(port)
        lines = [json.loads(line) for line in (folder / "log").read_text().splitlines() if line[:1] == "{"]
        pids = {event: [one["process"] for one in lines if one["event"] == event] for event in _EVENTS}
        supervisor, workers = pids["listening"][0], pids["worker serves"]
        children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
        others = zip(_BESIDE, [pid for pid in map(int, children) if pid not in workers], strict=False)
        named = {"supervisor": supervisor, **dict(others)}
        sizes = {name: _sizes(pid) for name, pid in named.items()}
        return {"worker": max(map(_sizes, workers), key=lambda one: one["Rss"]), **sizes}


_EVENTS = ("listening", "worker serves")
_BESIDE = ("bench", "publisher")  # as they are started


def _ask(port: int) -> None:
    """Ask for every worked client of the shipped rulesets, over and over, on many connections."""
    read = [one.ruleset for one in read_shelf(shipped()).read.values() if one.ruleset is not None]
    bodies = [
        json.dumps({"ruleset": ruleset.id, "assessment": dict(one.assessment)})
        for ruleset in read
        for one in ruleset.scenarios
    ]
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    for number, body in enumerate(islice(cycle(bodies), _ANSWERS)):
        if number % _ON_A_CONNECTION == 0:
            connection.close()
        connection.request("POST", "/v1/evaluate", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"bench: a worked client was answered by {answer.status}")
    connection.close()


def _sizes(pid: int) -> dict[str, float]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {line.partition(":")[0]: line.split()[1] for line in lines if line.startswith(("Rss:", "Pss:"))}
    return {name: int(kilobytes) / 1024 for name, kilobytes in found.items()}

#!/usr/bin/env python3
"""Edits under load: does every answer come from one whole edit, does none fail, and how soon is an edit live?

    .venv/bin/python scripts/live_edits.py                  1,000 edits: most of an hour
    .venv/bin/python scripts/live_edits.py --edits 30       a quick look

A real server runs on a copy of the shipped rulesets, clients ask it without a pause, and meanwhile files are
saved in place, by atomic renames, by swapping a symbolic link and by git checkout. A third of the edits are
broken, some are half-written at first. Midway a worker and the publisher are killed (kill -9). A request cut
off by the kill of its worker is sent once more. Exit code 1 where a claim fails.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.live_edits_clients import Client, Question, Seen  # noqa: E402 - the checkout must be on the path
from scripts.live_edits_folder import MISTAKES, WAYS, Folder  # noqa: E402
from scripts.live_edits_server import PATIENCE_S, Server  # noqa: E402
from service.store.folders import read_shelf, shipped  # noqa: E402

QUICK, SLOW = "tattoo-kirby-desai", "pico-laser"
_SLOW_EVERY = 10
_WARM = 500
"""With so many edits memory has settled after a fifth of them, and growth can be told from settling."""


@dataclass
class Run:
    """One run: its edits, which of them are good, and how long each took to be live."""

    server: Server
    folder: Folder
    seen: Seen
    chance: random.Random
    good: set[int] = field(default_factory=lambda: {0})
    from_save: list[float] = field(default_factory=list)
    from_passing: list[float] = field(default_factory=list)
    within: int = 2
    refused_as_before: int = 0
    missed: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    did: Counter[str] = field(default_factory=Counter)
    current: dict[str, str] = field(default_factory=dict)

    def edit(self, number: int) -> None:
        """Make one edit, and wait until it is live everywhere, or refused."""
        ruleset = SLOW if number % _SLOW_EVERY == 0 else QUICK
        way, kind = WAYS[number % len(WAYS)], number // len(WAYS) % 3
        began = time.time()
        if kind == 2:
            mistake = MISTAKES[number // 3 % len(MISTAKES)]
            self.folder.edit(ruleset, number, way, mistake)
            self.did[f"{way}, broken"] += 1
            if not self.server.wait("edit waits", began, 4, ruleset=ruleset):
                self.refused_as_before += 1  # the same lines as the edit before it: not logged again
            return
        self.good.add(number)
        if kind == 1 and way == "in place":
            self.folder.half_written(ruleset, number, lambda: time.sleep(self.chance.uniform(0.02, 0.8)))
            self.did["half-written, then whole"] += 1
        else:
            self.folder.edit(ruleset, number, way)
            self.did[f"{way}, good"] += 1
        self.until_live(ruleset, number, began, time.time())

    def until_live(self, ruleset: str, number: int, began: float, saved: float) -> None:
        """Wait until an edit is live in every worker, and a client has seen it."""
        until = time.time() + PATIENCE_S
        while time.time() < until:
            for published in self.server.since(began):
                if published["event"] == "edition published" and published["ruleset"] == ruleset:
                    last = self._live_since(published)
                    if last and number in self.seen.edits.get(f"{ruleset} {published['digest']}", ()):
                        self.from_save.append(last - saved)
                        self.from_passing.append(last - published["at_s"])
                        if self.from_passing[-1] > self.within:
                            late = f"edit {number} at {published['timestamp']}: {self.from_passing[-1]:.2f} s"
                            self.late.append(late)
                        self.current[ruleset] = published["digest"]
                        self.seen.live[ruleset] = number
                        return
            time.sleep(0.01)
        self.missed.append(f"edit {number} of {ruleset} is not live in every worker")

    def _live_since(self, published: dict[str, Any]) -> float | None:
        """Since when every worker serves it."""
        live = {
            one["process"]: one["at_s"]
            for one in self.server.since(published["at_s"] - 1)
            if one["event"] == "ruleset serves" and one["digest"] == published["digest"]
        }
        workers = self.server.serving()
        return max(live[pid] for pid in workers) if workers and workers <= live.keys() else None


def main() -> int:
    """Run; 1 where a claim fails."""
    chosen = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped, too
    with tempfile.TemporaryDirectory(prefix="picoplan-live-") as name:
        return run(Path(name), chosen)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for option, default, what in (
        ("--edits", 1_000, "edits to make"),
        ("--workers", 2, "processes that answer"),
        ("--clients", 4, "clients that ask"),
        (
            "--within",
            2,
            "seconds from passing to being live; more where the machine is busy with other things",
        ),
        ("--seed", 7, "of what is left to chance"),
        ("--bound-mb", 12, "megabytes that a process may grow after the first fifth"),
    ):
        parser.add_argument(option, type=int, default=default, metavar="N", help=f"{what} ({default:,})")
    return parser.parse_args()


def run(base: Path, chosen: argparse.Namespace) -> int:
    """Serve, and stop whatever happens."""
    folder = Folder(base, shipped())
    server = Server(base, folder.link, chosen.workers)
    try:
        return asked(folder, server, chosen)
    finally:
        server.stop()


def asked(folder: Folder, server: Server, chosen: argparse.Namespace) -> int:
    """Ask, edit and kill while it serves; then hold the claims against what was seen."""
    seen, kills = Seen(), list[float]()
    clients = [Client(server.port, questions(), seen, kills) for _ in range(chosen.clients)]
    for client in clients:
        client.start()
    edits = Run(server, folder, seen, random.Random(chosen.seed), within=chosen.within)
    memory = [server.resident()]
    marks = {chosen.edits * part // 5 for part in range(1, 6)}
    began = time.time()
    for number in range(1, chosen.edits + 1):
        edits.edit(number)
        if number == chosen.edits // 2:
            kill(server, kills, "worker")
        if number == chosen.edits // 2 + chosen.edits // 10:
            kill(server, kills, "publisher")
        if number in marks:
            memory.append(server.resident())
            print(f"{number:,} edits in {time.time() - began:.0f} s, {seen.answers:,} answers", flush=True)
    asked_last = settle(edits)
    for client in clients:
        client.stopping.set()
    for client in clients:
        client.join()
    processes = server.processes()
    code = server.stop()
    show(edits, memory, time.time() - began)
    return 0 if all(claims(edits, chosen, memory, asked_last, code, processes)) else 1


def questions() -> list[Question]:
    """Assessments of both rulesets that fire many rules: those of their scenarios."""
    read = read_shelf(shipped()).read
    return [
        Question(name, json.dumps({"ruleset": name, "assessment": dict(scenario.assessment)}).encode())
        for name in (QUICK, SLOW, QUICK)
        if (ruleset := read[name].ruleset) is not None
        for scenario in ruleset.scenarios[:40]
    ]


def kill(server: Server, kills: list[float], what: str) -> None:
    """Kill a worker or the publisher, as the system does when memory runs out."""
    pid = next(pid for name, pid in server.processes().items() if name.startswith(what))
    if what == "worker":
        kills.append(time.time())
    os.kill(pid, signal.SIGKILL)
    print(f"killed the {what} {pid}", flush=True)


def settle(edits: Run) -> float:
    """End with a good edit of both rulesets, and let clients ask for a while; when that began."""
    for number, ruleset in ((10_000_000, QUICK), (10_000_001, SLOW)):
        edits.good.add(number)
        began = time.time()
        edits.folder.edit(ruleset, number, "in place")
        edits.until_live(ruleset, number, began, time.time())
    moment = time.time()
    time.sleep(1)
    return moment


def show(edits: Run, memory: list[dict[str, float]], seconds: float) -> None:
    """Print the figures."""
    seen = edits.seen
    print(f"\n{sum(edits.did.values()):,} edits in {seconds:.0f} s: {dict(sorted(edits.did.items()))}")
    print(f"of the broken ones {edits.refused_as_before} had the same mistakes as the one before them")
    print(
        f"{seen.answers:,} answers, {len(seen.edits):,} digests; {seen.cut} cut off by a kill and sent again"
    )
    for what, times in (("save", edits.from_save), ("passing", edits.from_passing)):
        ordered = sorted(times)
        p50, p95 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.95))
        print(
            f"from {what} to live in all workers: p50 {p50:.2f} s, p95 {p95:.2f} s, most {ordered[-1]:.2f} s"
        )
    print("resident MB at the start and after each fifth:")
    for what in sorted({what for one in memory for what in one}):
        print(f"  {what:<16}", "  ".join(f"{one[what]:6.1f}" if what in one else "     -" for one in memory))


def claims(
    edits: Run,
    chosen: argparse.Namespace,
    memory: list[dict[str, float]],
    asked_last: float,
    code: int,
    processes: dict[str, int],
) -> list[bool]:
    """Hold each claim against what was seen."""
    seen = edits.seen
    unlike = {key: named for key, named in seen.edits.items() if len(named) > 1 or not named <= edits.good}
    behind = [
        f"{name} {digest}"
        for name, digest in edits.current.items()
        if seen.latest[name][0] < asked_last or seen.latest[name][1] != digest
    ]
    grown = [
        f"{what} {memory[-1][what] - first:.1f} MB"
        for what in memory[-1]
        if (first := next((one[what] for one in memory[1:] if what in one), memory[-1][what])) is not None
        and memory[-1][what] - first > chosen.bound_mb
    ]
    left = [f"{what} {pid}" for what, pid in processes.items() if Path(f"/proc/{pid}").exists()]
    faults = [str(one) for one in edits.server.events if "fault" in one["event"] or one["event"] == "no JSON"]
    return [
        claim("no request failed, no answer was a mixture or of what was live before", seen.failed),
        claim(
            "each digest is of one good edit", [f"{key}: {sorted(named)}" for key, named in unlike.items()]
        ),
        claim("every good edit came to be live in all workers", edits.missed),
        claim(f"within {chosen.within} s of passing", edits.late),
        claim("all workers are on the same digests at the end", behind),
        chosen.edits < _WARM or claim(f"no process grew by over {chosen.bound_mb} MB after a fifth", grown),
        claim("the log holds no fault", faults),
        claim("it stopped with exit code 0 and left no process", [*left, *([str(code)] if code else [])]),
    ]


def claim(says: str, against: list[str]) -> bool:
    """Print whether a claim holds, and what speaks against it."""
    print(f"{'FAILED' if against else 'held'}: {says}")
    for one in against[:10]:
        print(f"    {one}")
    return not against


if __name__ == "__main__":
    sys.exit(main())

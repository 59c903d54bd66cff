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
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from live_edits_folder import MARK, MISTAKES, WAYS, Folder  # noqa: E402 - the checkout must be on the path

from service.library.folders import read_shelf, shipped  # noqa: E402

QUICK, SLOW = "tattoo-kirby-desai", "pico-laser"
_SLOW_EVERY = 10
_PATIENCE_S = 60
_CUT_S = 3


@dataclass
class Seen:
    """What clients have seen: digests with the edits that their answers named, and what went wrong."""

    answers: int = 0
    cut: int = 0
    failed: list[str] = field(default_factory=list)
    edits: dict[str, set[int]] = field(default_factory=dict)
    latest: dict[str, tuple[float, str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Server:
    """The service on a free port, and what its log says."""

    def __init__(self, folder: Path, rulesets: Path, workers: int) -> None:
        self._log = folder / "log"
        command = [sys.executable, "-m", "service.commandline", "serve", "--rulesets", str(rulesets)]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--port", "0", "--workers", str(workers)],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env={**os.environ, "PICOPLAN_DATA_DIR": str(folder / "data"), "PICOPLAN_DATABASE_URL": ""},
            )
        self.events: list[dict[str, Any]] = []
        self._over = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = int(self.wait("listening", 0.0)["at"].rpartition(":")[2])

    def wait(self, event: str, since: float, seconds: float = _PATIENCE_S, **members: Any) -> dict[str, Any]:
        """The first line of that kind after a moment; {} where there is none in time."""
        wanted = {"event": event, **members}
        until = time.time() + seconds
        while time.time() < until and self.process.poll() is None:
            found = [one for one in self.since(since) if wanted.items() <= one.items()]
            if found:
                return found[0]
            time.sleep(0.01)
        return {}

    def since(self, moment: float) -> list[dict[str, Any]]:
        """The lines after a moment."""
        found = []
        for one in reversed(self.events):
            if one["at_s"] < moment:
                break
            found.append(one)
        return found[::-1]

    def processes(self) -> dict[str, int]:
        """The process ids by what each is: master, publisher, workers."""
        master = self.process.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()
        workers = {one["says"].rsplit(" ", 1)[1] for one in self.events if _boots(one)}
        found = {f"worker {pid}": int(pid) for pid in children if pid in workers}
        publishers = [int(pid) for pid in children if pid not in workers]
        return {"master": master, **({"publisher": publishers[0]} if publishers else {}), **found}

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        return [pid for what, pid in self.processes().items() if what.startswith("worker")]

    def stop(self) -> int:
        """Stop it; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(_PATIENCE_S)
        self._over = True
        self._reader.join()
        return code

    def _read(self) -> None:
        with self._log.open("rb") as log:
            rest = b""
            while True:
                rest += log.read(1 << 20)
                *lines, rest = rest.split(b"\n")
                self.events += [_event(line) for line in lines if b'"event":"request"' not in line]
                if not lines:
                    if self._over:
                        return
                    time.sleep(0.01)


def _event(line: bytes) -> dict[str, Any]:
    try:
        event: dict[str, Any] = json.loads(line)
    except ValueError:
        return {"event": "no JSON", "says": line.decode(errors="replace"), "at_s": time.time()}
    return {**event, "at_s": datetime.fromisoformat(event["timestamp"]).timestamp()}


def _boots(event: dict[str, Any]) -> bool:
    return str(event.get("says", "")).startswith("Booting worker")


class Client(threading.Thread):
    """Asks without a pause on one connection, and holds each answer against itself."""

    def __init__(self, port: int, bodies: list[bytes], seen: Seen, kills: list[float]) -> None:
        super().__init__(daemon=True)
        self._port, self._bodies, self._seen, self._kills = port, bodies, seen, kills
        self._connection: http.client.HTTPConnection | None = None
        self.stopping = threading.Event()

    def run(self) -> None:
        """Ask until told to stop."""
        turn = 0
        while not self.stopping.wait(0.004):
            turn += 1
            self._ask(self._bodies[turn % len(self._bodies)], again=True)

    def _ask(self, body: bytes, *, again: bool) -> None:
        asked = time.time()
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE_S)
            self._connection.request("POST", "/v1/evaluate", body, {"Content-Type": "application/json"})
            response = self._connection.getresponse()
            status, raw = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection = None
            if again and any(kill - _CUT_S < time.time() < kill + _CUT_S for kill in self._kills):
                self._seen.cut += 1
                self._ask(body, again=False)
            else:
                self._seen.failed.append(repr(error))
            return
        self._note(asked, status, raw)

    def _note(self, asked: float, status: int, raw: bytes) -> None:
        seen = self._seen
        if status != 200:
            seen.failed.append(f"{status} {raw[:200]!r}")
            return
        of = json.loads(raw)["ruleset"]
        marks = {int(one) for one in MARK.findall(raw)}
        with seen.lock:
            seen.answers += 1
            seen.edits.setdefault(f"{of['id']} {of['digest']}", set()).update(marks)
            seen.latest[of["id"]] = max(seen.latest.get(of["id"], (0.0, "")), (asked, of["digest"]))
            if len(marks) > 1:
                seen.failed.append(f"a mixture: one answer holds the edits {sorted(marks)}")


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
    missed: list[str] = field(default_factory=list)
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
                self.did["refused as before"] += 1  # the same lines as the edit before it: not logged again
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
        until = time.time() + _PATIENCE_S
        while time.time() < until:
            for published in self.server.since(began):
                if published["event"] == "edition published" and published["ruleset"] == ruleset:
                    last = self._live_since(published)
                    if last and number in self.seen.edits.get(f"{ruleset} {published['digest']}", ()):
                        self.from_save.append(last - saved)
                        self.from_passing.append(last - published["at_s"])
                        self.current[ruleset] = published["digest"]
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
        workers = self.server.workers()
        return max(live[pid] for pid in workers) if workers and set(workers) <= live.keys() else None


def main() -> int:
    """Run; 1 where a claim fails."""
    chosen = arguments()
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
    clients = [Client(server.port, bodies(), seen, kills) for _ in range(chosen.clients)]
    for client in clients:
        client.start()
    edits = Run(server, folder, seen, random.Random(chosen.seed))
    memory = [resident(server)]
    marks = {chosen.edits * part // 5 for part in range(1, 6)}
    began = time.time()
    for number in range(1, chosen.edits + 1):
        edits.edit(number)
        if number == chosen.edits // 2:
            kill(server, kills, "worker")
        if number == chosen.edits // 2 + chosen.edits // 10:
            kill(server, kills, "publisher")
        if number in marks:
            memory.append(resident(server))
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


def bodies() -> list[bytes]:
    """Assessments of both rulesets that fire many rules: those of their scenarios."""
    read = read_shelf(shipped()).read
    return [
        json.dumps({"ruleset": name, "assessment": dict(scenario.assessment)}).encode()
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


def resident(server: Server) -> dict[str, float]:
    """Resident megabytes of each process."""
    found = {}
    for what, pid in server.processes().items():
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS"):
                found[what] = int(line.split()[1]) / 1024
    return found


def show(edits: Run, memory: list[dict[str, float]], seconds: float) -> None:
    """Print the figures."""
    seen = edits.seen
    print(f"\n{sum(edits.did.values()):,} edits in {seconds:.0f} s: {dict(sorted(edits.did.items()))}")
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
        claim("no request failed, no answer was a mixture", seen.failed),
        claim(
            "each digest is of one good edit", [f"{key}: {sorted(named)}" for key, named in unlike.items()]
        ),
        claim("every good edit came to be live in all workers", edits.missed),
        claim("within 2 s of passing", [f"{one:.2f} s" for one in edits.from_passing if one > 2]),
        claim("all workers are on the same digests at the end", behind),
        claim(f"no process grew by more than {chosen.bound_mb} MB after the first fifth", grown),
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

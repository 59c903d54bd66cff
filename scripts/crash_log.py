"""Is every answer in the log? Workers are killed (kill -9) at random moments under load, over and over.

Clients ask a real server with two workers without pause, and keep what they were answered. Then each of
these decisions has to be in the log, byte for byte.

    python -m scripts.crash_log [--kills 50] [--clients 8] [--database URL] [--seed 1]
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_STARTS_WITHIN_S = 180
_WORKERS = 2


@dataclass
class Seen:
    """What the clients were answered: the bytes by decision, and how often they got no answer."""

    answers: dict[str, bytes] = field(default_factory=dict)
    unlogged: int = 0
    refused: int = 0
    cut_off: int = 0


def main() -> int:
    """1 where an answer is not in the log."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--database", default="", help="its URL; without it a SQLite file of its own")
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="picoplan-crash-") as name:
        folder = Path(name)
        url = told.database or f"sqlite:///{folder / 'log.sqlite3'}"
        seen = _under_fire(told, url, folder)
        return _report(seen, url, told.kills)


def _under_fire(told: argparse.Namespace, url: str, folder: Path) -> Seen:
    """What was answered while workers were killed."""
    seen = Seen()
    environ = {**os.environ, "PICOPLAN_DATABASE_URL": url}
    command = [sys.executable, "-m", "service.commandline", "serve", "--port", "0", "--no-watch"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--workers", str(_WORKERS)], cwd=ROOT, env=environ, stderr=log, start_new_session=True
        )
    try:
        port = _port(folder / "log", server)
        over = threading.Event()
        clients = [
            threading.Thread(target=_ask_on, args=(port, seen, over, number))
            for number in range(told.clients)
        ]
        for client in clients:
            client.start()
        try:
            _kill(server.pid, told.kills, random.Random(told.seed), seen)
        finally:
            over.set()
            for client in clients:
                client.join()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
    return seen


def _kill(master: int, kills: int, draw: random.Random, seen: Seen) -> None:
    """Kill a worker that is at work, again and again; another is started each time."""
    done = 0
    while done < kills:
        before = len(seen.answers)
        time.sleep(draw.uniform(0.05, 0.5))
        workers = _children(master)
        if len(workers) < _WORKERS or len(seen.answers) == before:
            continue
        os.kill(draw.choice(workers), signal.SIGKILL)
        done += 1


def _ask_on(port: int, seen: Seen, over: threading.Event, number: int) -> None:
    """One client: it asks on one connection, and on another where that was cut."""
    body = json.dumps({"ruleset": "pico-laser", "assessment": _assessment(number)})
    connection: http.client.HTTPConnection | None = None
    while not over.is_set():
        try:
            connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("POST", "/v1/evaluate", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            seen.cut_off += 1
            if connection is not None:
                connection.close()
            connection = None
            time.sleep(0.01)
            continue
        if response.status != 200:
            seen.refused += 1
        elif response.headers.get("Picoplan-Logged") == "no":
            seen.unlogged += 1
        else:
            seen.answers[json.loads(content)["decision_id"]] = content


def _assessment(number: int) -> dict[str, Any]:
    phototypes = ("I", "II", "III", "IV", "V", "VI")
    return {
        "concern": "acne_scar",
        "severity": "moderate",
        "phototype": phototypes[number % len(phototypes)],
        "goal": "clear",
        "device": "picosure",
    }


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _port(log: Path, server: subprocess.Popen[bytes]) -> int:
    until = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < until and server.poll() is None:
        for line in log.read_text().splitlines():
            if '"listening"' in line and line.endswith("}"):
                return int(str(json.loads(line)["at"]).rpartition(":")[2])
        time.sleep(0.1)
    raise SystemExit(f"crash_log: the server did not start:\n{log.read_text()[-2000:]}")


def _report(seen: Seen, url: str, kills: int) -> int:
    from service.store.database import Database
    from service.store.decisions.log import DecisionLog
    from service.store.decisions.logged import Logged

    log = DecisionLog(Database(url))
    lost = []
    for decision_id, content in seen.answers.items():
        found = log.decision(decision_id)
        if not isinstance(found, Logged) or found.answer != content:
            lost.append(decision_id)
    more = log.count() - len(seen.answers)
    log.close()
    print(
        f"{kills} kills, {len(seen.answers)} answers, {len(lost)} of them not in the log; "
        f"{more} logged whose answer did not arrive; {seen.cut_off} requests cut off, "
        f"{seen.refused} answered with a problem, {seen.unlogged} answered unlogged"
    )
    for decision_id in lost[:10]:
        print(f"  lost: {decision_id}")
    return 1 if lost or not seen.answers else 0


if __name__ == "__main__":
    sys.exit(main())

"""The server of the live-edits script: started, read by its log, and weighed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 60


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
        self._caught_up: set[int] = set()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = int(self.wait("listening", 0.0)["at"].rpartition(":")[2])
        until = time.time() + PATIENCE_S
        while len(self.workers()) < workers and time.time() < until:
            time.sleep(0.01)
        self._caught_up |= set(self.workers())  # those that are there from the start

    def wait(self, event: str, since: float, seconds: float = PATIENCE_S, **members: Any) -> dict[str, Any]:
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
        workers = {str(one["process"]) for one in self.events if one["event"] == "worker serves"}
        found = {f"worker {pid}": int(pid) for pid in children if pid in workers}
        publishers = [int(pid) for pid in children if pid not in workers]
        return {"master": master, **({"publisher": publishers[0]} if publishers else {}), **found}

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        return [pid for what, pid in self.processes().items() if what.startswith("worker")]

    def serving(self) -> set[int]:
        """The workers that take requests: one that was started later does once it has caught up."""
        return {pid for pid in self.workers() if pid in self._caught_up}

    def resident(self) -> dict[str, float]:
        """Resident megabytes of each process."""
        found = {}
        for what, pid in self.processes().items():
            for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
                if line.startswith("VmRSS"):
                    found[what] = int(line.split()[1]) / 1024
        return found

    def stop(self) -> int:
        """Stop it; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(PATIENCE_S)
        self._over = True
        self._reader.join()
        return code

    def _read(self) -> None:
        with self._log.open("rb") as log:
            rest = b""
            while True:
                rest += log.read(1 << 20)
                *lines, rest = rest.split(b"\n")
                found = [_event(line) for line in lines if b'"event":"request"' not in line]
                self.events += found
                self._caught_up |= {one["process"] for one in found if one["event"] == "ruleset serves"}
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

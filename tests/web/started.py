"""Processes that serve, each as ``subprocess.Popen`` would have it, most of them forked from a loaded one."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

from tests.waiting import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
_COMMAND = [sys.executable, "-m", "tests.web.launch"]
_OURS = ("PICOPLAN_", "PYTEST_")
"""How the variables begin that nothing reads while it is loaded."""


class Forked:
    """A process forked from the loaded one."""

    def __init__(self, loaded: Loaded, pid: int) -> None:
        self._loaded = loaded
        self.pid = pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative for a signal; None: it runs, as far as was asked."""
        return self._loaded.ended.get(self.pid)

    def poll(self) -> int | None:
        """Its exit code; None: it runs."""
        self._loaded.hear(0)
        return self.returncode

    def wait(self, timeout: float = PATIENCE_S) -> int:
        """Its exit code, once it has ended."""
        until = monotonic() + timeout
        while (code := self.returncode) is None:
            assert monotonic() < until, f"{self.pid} has not ended"
            self._loaded.hear(0.1)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)


class Loaded:
    """A process that has loaded the service, and forks itself for each server."""

    def __init__(self) -> None:
        self.environ = _read_by_others(os.environ)
        self.ended: dict[int, int] = {}
        self._began: list[int] = []
        self._heard = b""
        self._one_at_a_time = threading.RLock()
        self._process = subprocess.Popen(_COMMAND, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        atexit.register(self.end)

    def start(self, told: Mapping[str, Any], environ: Mapping[str, str], log: Path) -> Forked:
        """Fork a server."""
        assert self._process.stdin is not None
        asked = {"told": told, "environ": dict(environ), "log": str(log)}
        with self._one_at_a_time:
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            self._process.stdin.flush()
            while not self._began:
                self.hear(PATIENCE_S)
            return Forked(self, self._began.pop())

    def hear(self, seconds: float) -> None:
        """Take what it says within some seconds."""
        assert self._process.stdout is not None
        with self._one_at_a_time:
            told = self._process.stdout.fileno()
            if not select.select([told], [], [], seconds)[0]:
                return
            read = os.read(told, 65_536)
            assert read, "the process that servers are forked from is gone"
            *lines, self._heard = (self._heard + read).split(b"\n")
            for line in map(json.loads, lines):
                if "began" in line:
                    self._began.append(line["began"])
                else:
                    self.ended[line["ended"]] = line["code"]

    def end(self) -> None:
        """Let it end."""
        self._process.communicate()


loaded = cache(Loaded)


def started(
    told: Mapping[str, Any], environ: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes] | Forked:
    """A server that was told these settings; what it writes goes to a file.

    Where anything but the service is to read other variables than it has here, it loads all by itself.
    """
    with log.open("wb") as written:
        if _read_by_others(environ) == loaded().environ:
            return loaded().start(told, environ, log)
        return subprocess.Popen(
            [*_COMMAND, json.dumps(told)], cwd=ROOT, stdout=written, stderr=written, env=environ
        )


def _read_by_others(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith(_OURS)}

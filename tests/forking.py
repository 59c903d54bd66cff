"""Processes forked from one that has loaded what they run, which is most of what a start costs.

``Loaded`` starts that process and asks it. There ``fork_for_each_line`` is told of processes on the standard
input, a line for each, and says on the standard output which process each is, and with which code each ends.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

from tests.waiting import PATIENCE_S

ROOT = Path(__file__).resolve().parents[1]
_OURS = ("PICOPLAN_", "PYTEST_")
"""How the variables begin that nothing reads while it is loaded."""


Stream = tuple[str, int]
"""A file by its path, and how it is opened: in order those of input, output and complaints, then others."""


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
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


class Loaded:
    """A process that has loaded what a module runs, and forks itself for each that is asked for."""

    def __init__(self, module: str) -> None:
        self.environ = _read_by_others(os.environ)
        self.ended: dict[int, int] = {}
        self._began: list[int] = []
        self._heard = b""
        self._one_at_a_time = threading.RLock()
        command = [sys.executable, "-m", module]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        atexit.register(self.end)

    def fits(self, environ: Mapping[str, str]) -> bool:
        """Whether a process with these variables would have loaded the same."""
        return _read_by_others(environ) == self.environ

    def start(self, asked: Any, environ: Mapping[str, str], streams: Sequence[Stream]) -> Forked:
        """Fork a process that does as it is asked, with these variables and these streams: see ``Stream``."""
        assert self._process.stdin is not None
        said = {"asked": asked, "environ": dict(environ), "streams": streams}
        with self._one_at_a_time:
            self._process.stdin.write(json.dumps(said).encode() + b"\n")
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
            assert read, "the process that others are forked from is gone"
            *lines, self._heard = (self._heard + read).split(b"\n")
            for line in map(json.loads, lines):
                if "began" in line:
                    self._began.append(line["began"])
                else:
                    self.ended[line["ended"]] = line["code"]

    def end(self) -> None:
        """Let it end."""
        self._process.communicate()


@cache
def loaded(module: str) -> Loaded:
    """The one process of this run that has loaded what the module runs."""
    return Loaded(module)


def _read_by_others(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith(_OURS)}


def fork_for_each_line(does: Callable[[Any, Sequence[int]], None]) -> None:
    """Fork for each line of standard input; the new process does as it is asked, and has its streams open."""
    signal.signal(signal.SIGCHLD, lambda *_: _tell_who_ended())
    for line in sys.stdin:
        said = json.loads(line)
        streams = [os.open(path, how) for path, how in said["streams"]]
        process = os.fork()
        if process == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.environ.clear()
            os.environ.update(said["environ"])
            for theirs, ours in enumerate(streams[:3]):
                os.dup2(ours, theirs)
                os.close(ours)
            does(said["asked"], streams)
        for one in streams:
            os.close(one)
        _tell(began=process)


def _tell_who_ended() -> None:
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if process == 0:
            return
        _tell(ended=process, code=os.waitstatus_to_exitcode(status))


def _tell(**said: int) -> None:
    os.write(1, json.dumps(said).encode() + b"\n")  # in one piece, also from a handler of signals

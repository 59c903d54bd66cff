"""Checks in processes of their own, with limits: whatever an edit does there costs that process alone.

``RunningCheck`` is one check of one ruleset, as the publisher has it made. ``CheckRounds`` checks a whole
folder over and over, as ``picoplan watch`` does.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

import service
from service.model.problem import Place, Problem
from service.vetting.report import (
    FAILED,
    CheckLimits,
    CheckMessage,
    CheckReport,
    CheckRequest,
    End,
    FolderChecked,
    as_line,
    message_from_line,
)
from service.vetting.sources import Fingerprints

OUT_OF_MEMORY = 90
FAULTY = 91
"""Exit codes by which the process says why it has no result: too little memory, a fault of ours."""

QUICK_S = 30.0
"""Far more seconds than reading, checks and scenarios of a folder take."""

_BLOCK = 1 << 16
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(parent: int) -> None:
    """Have the system end this process once its parent, the process ``parent``, is gone.

    Where the system can't (it is not Linux), :func:`is_orphan` has to be asked now and then.

    Raises:
        SystemExit: the parent is gone already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if is_orphan(parent):
        raise SystemExit(0)


def adopt_orphans() -> None:
    """Have what this process's own processes leave behind become its own, so that it can wait for that."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def is_orphan(parent: int) -> bool:
    """Whether the process ``parent``, which started this one, is gone."""
    return os.getppid() != parent


class CheckProcess:
    """A process that checks: started first, told what to check later, so that it can wait ready."""

    def __init__(self) -> None:
        self._request = tempfile.TemporaryFile()  # noqa: SIM115 - a file: a process that never reads must not hold us up
        self._told = b""
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "service.vetting.check",
                str(os.getpid()),
                str(self._request.fileno()),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(self._request.fileno(),),
            env=_environment(),
            start_new_session=True,  # a Ctrl-C in the terminal does not reach it
        )
        os.set_blocking(self.fileno(), False)

    def begin(self, request: CheckRequest) -> None:
        """Have it check."""
        assert self._process.stdin is not None
        self._request.write(as_line(request))
        self._request.close()
        with suppress(BrokenPipeError):  # it has ended: its exit code says why
            self._process.stdin.write(b"\n")
            self._process.stdin.flush()

    def fileno(self) -> int:
        """What becomes readable as it goes on, so that it can be waited for in a selector."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def messages(self) -> Iterator[CheckMessage | int]:
        """What it has told since this was last asked; at its end, and last of all, its exit code."""
        while True:
            try:
                block = os.read(self.fileno(), _BLOCK)
            except BlockingIOError:
                return
            if not block:
                code = self._process.wait()
                self.end()
                yield code
                return
            *lines, self._told = (self._told + block).split(b"\n")
            for line in lines:
                yield message_from_line(line)

    def end(self) -> None:
        """End it; what it would have found does not matter any more."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._request):
            if stream is not None:
                with suppress(BrokenPipeError):  # what was left to write is of no use any more
                    stream.close()


def _environment() -> dict[str, str]:
    """This environment, in which the process finds the same picoplan as this one."""
    found = [str(Path(service.__file__).resolve().parent.parent)]
    if os.environ.get("PYTHONPATH"):
        found.append(os.environ["PYTHONPATH"])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(found)}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class RunningCheck:
    """A running check of one ruleset."""

    def __init__(self, request: CheckRequest, ruleset: str, fingerprints: Fingerprints) -> None:
        """Start it. ``fingerprints``: of the ruleset's folders now, for a check that can't say so itself."""
        self.request = request
        self.ruleset = ruleset
        self.fingerprints = fingerprints
        self.began = monotonic()
        self._report: CheckReport | None = None
        self._too_slow = False
        self._process = CheckProcess()
        self._process.begin(request)

    def fileno(self) -> int:
        """What becomes readable as it goes on, so that it can be waited for in a selector."""
        return self._process.fileno()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def report(self) -> CheckReport | None:
        """What came of it; None while it goes on. A check that takes too long is stopped."""
        if monotonic() >= self.began + self.request.limits.seconds and not self._too_slow:
            self._too_slow = True
            os.kill(self.pid, signal.SIGKILL)
        try:
            for message in self._process.messages():
                if isinstance(message, CheckReport):
                    self._report = message
                elif isinstance(message, int):
                    return self._ended(message)
        except (ValueError, KeyError, TypeError):
            self.stop()
            return self._failed(FAULTY)
        return None

    def stop(self) -> None:
        """End it; what it would have found does not matter any more."""
        self._process.end()

    def _ended(self, code: int) -> CheckReport:
        if code == 0 and self._report is not None:
            return self._report
        return self._failed(code or FAULTY)

    def _failed(self, code: int) -> CheckReport:
        end, message = why_ended(code, self.request.limits, too_slow=self._too_slow)
        place = Place(f"{self.request.source.shown(self.ruleset)}/ruleset.yaml")
        problem = Problem(place, FAILED, message)
        seconds = monotonic() - self.began
        return CheckReport(self.ruleset, self.fingerprints, (problem,), end=end, seconds=seconds)


def why_ended(code: int, limits: CheckLimits, *, too_slow: bool) -> tuple[End, str]:
    """Why a check came to no end, by the exit code of its process; ``too_slow``: it was stopped for that."""
    if too_slow or code == -signal.SIGXCPU:
        message = (
            f"The check took more than {limits.seconds:g} seconds and was stopped. "
            "Undo the last edit, or split what it made large: rules with many alternatives, long lists."
        )
        return "too slow", message
    if code == OUT_OF_MEMORY:
        message = (
            f"The check needed more than {limits.memory_mb:,} MB of memory and was stopped. "
            "Undo the last edit, or split what it made large: rules with many alternatives, long lists."
        )
        return "too large", message
    how = f"was ended by {_signal_name(-code)}" if code < 0 else f"failed (exit code {code})"
    message = (
        f"The check {how}; perhaps it needed more than its {limits.memory_mb:,} MB of memory. "
        "It is tried again. If it goes on failing, undo the last edit."
    )
    return "crashed", message


@dataclass(frozen=True, slots=True)
class RoundEnded:
    """A round that found no end of its own, and why: what a person is told."""

    message: str


class CheckRounds:
    """Checks of a folder, one at a time: a new one ends the one before it.

    A process for the next round waits ready, all its modules loaded, so that a round begins at once.
    """

    def __init__(self, request: CheckRequest, quick_s: float = QUICK_S) -> None:
        """``quick_s``: seconds within which all but the proofs must be done."""
        self._request = request
        self._quick_s = quick_s
        self._running: CheckProcess | None = None
        self._waiting: CheckProcess | None = None
        self._deadline = 0.0
        self._proving = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (self._running, self._waiting):
            if process is not None:
                process.end()

    def begin(self) -> None:
        """Begin a round; one that still runs is ended, and what it had left to say is never told."""
        if self._running is not None:
            self._running.end()
        self._running, self._waiting = self._waiting or CheckProcess(), None
        self._proving = False
        self._deadline = monotonic() + self._quick_s
        self._running.begin(self._request)

    @property
    def pid(self) -> int | None:
        """The process of the round that runs."""
        return None if self._running is None else self._running.pid

    @property
    def fileno(self) -> int | None:
        """What becomes readable as the round goes on; None where none runs."""
        return None if self._running is None else self._running.fileno()

    @property
    def seconds_left(self) -> float:
        """Until the round has taken too long."""
        return max(self._deadline - monotonic(), 0.0)

    def messages(self) -> Iterator[CheckMessage | RoundEnded]:
        """What the round has told since it was last asked; ended where it takes too long or fails."""
        if self._running is None:
            return
        if self.seconds_left <= 0:
            yield self._too_slow(self._running)
            return
        for message in self._running.messages():
            if isinstance(message, int):
                self._running = None
                if message != 0:
                    yield _failed_round(message)
                return
            yield self._heard(message)

    def _heard(self, message: CheckMessage) -> CheckMessage:
        if isinstance(message, FolderChecked):
            self._proving = True
            seconds = self._request.prove_seconds or 0
            self._deadline = monotonic() + self._quick_s + message.rulesets * seconds
            if self._waiting is None:
                self._waiting = CheckProcess()  # now, for the first result was waited for
        return message

    def _too_slow(self, running: CheckProcess) -> RoundEnded:
        running.end()
        self._running = None
        what = "Proving" if self._proving else "Checking"
        mend = (
            "What is not proven yet stays so; split the largest rules."
            if self._proving
            else "Undo the last edit, or split what it made large: rules with many alternatives, long lists."
        )
        return RoundEnded(f"{what} took too long and was stopped. {mend}")


def _failed_round(code: int) -> RoundEnded:
    how = f"was ended by {_signal_name(-code)}" if code < 0 else "came to no end"
    return RoundEnded(
        f"The check {how}. The last edit may have made something too large: undo it, or split it."
    )

"""Rounds of checks, one at a time, each in a process of its own: a new one ends the one before it.

A process for the next round waits ready, all its modules loaded, so that a round begins at once.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

import service
from service.authoring.told import Checked, Order, Part, as_line, part_from_line

QUICK_S = 30.0
"""Far more seconds than reading, checks and scenarios take."""

_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Ended:
    """A round that found no end of its own, and why: what a person is told."""

    message: str


class Rounds:
    """The round that runs, and the process that waits for the next one."""

    def __init__(self, order: Order, quick_s: float = QUICK_S) -> None:
        """``quick_s``: seconds within which all but the proofs must be done."""
        self._order = order
        self._quick_s = quick_s
        self._running: subprocess.Popen[bytes] | None = None
        self._waiting: subprocess.Popen[bytes] | None = None
        self._said = b""
        self._deadline = 0.0
        self._proving = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (self._running, self._waiting):
            if process is not None:
                _end(process)

    def begin(self) -> None:
        """Begin a round; one that still runs is ended, and what it had left to say is never told."""
        if self._running is not None:
            _end(self._running)
        self._running = self._waiting or _process()
        self._waiting = None
        self._said = b""
        self._proving = False
        self._deadline = monotonic() + self._quick_s
        try:
            assert self._running.stdin is not None
            self._running.stdin.write(as_line(self._order))
            self._running.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended: `told` says why

    @property
    def pid(self) -> int | None:
        """The process of the round that runs."""
        return None if self._running is None else self._running.pid

    @property
    def fileno(self) -> int | None:
        """What becomes readable as the round goes on; None where none runs."""
        if self._running is None or self._running.stdout is None:
            return None
        return self._running.stdout.fileno()

    @property
    def seconds_left(self) -> float:
        """Until the round has taken too long."""
        return max(self._deadline - monotonic(), 0.0)

    def told(self) -> Iterator[Part | Ended]:
        """What the round has told since it was last asked; ended where it takes too long or fails."""
        fileno = self.fileno
        if fileno is None:
            return
        if self.seconds_left <= 0:
            yield self._too_slow()
            return
        while _readable(fileno):
            block = os.read(fileno, _BLOCK)
            if not block:
                yield from self._finished()
                return
            *lines, self._said = (self._said + block).split(b"\n")
            for line in lines:
                yield self._heard(part_from_line(line))

    def _heard(self, part: Part) -> Part:
        if isinstance(part, Checked):
            self._proving = True
            self._deadline = monotonic() + self._quick_s + part.rulesets * self._order.seconds
            if self._waiting is None:
                self._waiting = _process()  # now, for the first result was waited for
        return part

    def _finished(self) -> Iterator[Ended]:
        assert self._running is not None
        code = self._running.wait()
        _end(self._running)
        self._running = None
        if code != 0:
            how = f"was ended by {_signal(-code)}" if code < 0 else "came to no end"
            yield Ended(
                f"The check {how}. The last edit may have made something too large: undo it, or split it."
            )

    def _too_slow(self) -> Ended:
        assert self._running is not None
        _end(self._running)
        self._running = None
        what = "Proving" if self._proving else "Checking"
        mend = (
            "What is not proven yet stays so; split the largest rules."
            if self._proving
            else "Undo the last edit, or split what it made large: rules with many alternatives, long lists."
        )
        return Ended(f"{what} took too long and was stopped. {mend}")


def _process() -> subprocess.Popen[bytes]:
    """A process that waits for an order; a Ctrl-C in the terminal does not reach it."""
    root = str(Path(service.__file__).resolve().parent.parent)
    found = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "service.authoring.round"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": found},
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            try:
                stream.close()
            except BrokenPipeError:
                continue  # what was left to write is of no use any more


def _readable(fileno: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(fileno, selectors.EVENT_READ)
        return bool(selector.select(0))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

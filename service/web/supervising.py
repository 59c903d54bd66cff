"""The parent of all processes of the service: whichever of them ends is started again."""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from mmap import mmap
from time import monotonic
from typing import NoReturn

from service.web.log import Log, frames

AGAIN_S = (0.0, 1.0, 5.0, 30.0)
"""Seconds until a process that ended is started again: at once, and later where it ends over and over.

One that was at work, as its heartbeat said, is started again at once, however often it is killed.
"""

STEADY_S = 60
"""A process that has lived so long starts over at once."""

_LOOKS_EVERY_S = 1.0
_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_BEAT = struct.Struct("@d")


class Heartbeat:
    """When a process said last that it works, in memory that its parent sees."""

    def __init__(self, late_after_s: float = 30.0) -> None:
        self._late_after_s = late_after_s
        self._memory = mmap(-1, _BEAT.size)
        self.forget()

    def beat(self) -> None:
        """It works now."""
        self._memory[:] = _BEAT.pack(monotonic())

    def forget(self) -> None:
        """It has not said so yet."""
        self._memory[:] = _BEAT.pack(0.0)

    @property
    def has_beaten(self) -> bool:
        """Whether it has said so at all."""
        return self._last() > 0

    @property
    def is_late(self) -> bool:
        """Whether it should have said so again."""
        return self.has_beaten and monotonic() - self._last() > self._late_after_s

    def _last(self) -> float:
        last: float = _BEAT.unpack(self._memory[:])[0]
        return last


@dataclass(slots=True)
class Child:
    """A process to be kept alive.

    ``work`` is what it does until it is told to stop, given its parent's id and whether it is the first;
    ``ended`` is called in the parent, with its id, however it ended.
    """

    name: str
    work: Callable[[int, bool], None]
    ended: Callable[[int], None] = lambda _: None
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    pid: int = 0
    number: int = 0
    starts: int = 0
    ends: int = 0
    began: float = 0.0
    start_at: float = 0.0


class Supervisor:
    """Keeps processes alive until it is told to stop: SIGTERM lets what they do end, SIGINT does not."""

    def __init__(
        self, children: Sequence[Child], log: Log, stops_within_s: float, started: Callable[[], bool]
    ) -> None:
        """What has not stopped after so many seconds is killed. ``started`` is asked until it says so."""
        self._started = started
        self._children = children
        self._log = log
        self._stops_within_s = stops_within_s

    def run(self) -> None:
        """Until told to stop."""
        awaited = {*_STOPS, signal.SIGCHLD}
        signal.pthread_sigmask(signal.SIG_BLOCK, awaited)  # none is lost between two looks
        told, has_started = None, False
        while told is None:
            for child in self._children:
                self._reap(child)
                if child.pid and child.heartbeat.is_late:
                    self._log.error("process hangs, it is killed", name=child.name, pid=child.pid)
                    child.heartbeat.forget()
                    self._signal(child, signal.SIGKILL)
                if not child.pid and monotonic() >= child.start_at:
                    self._start(child)
            has_started = has_started or self._started()
            found = signal.sigtimedwait(awaited, _LOOKS_EVERY_S if has_started else 0.02)
            if found is not None and found.si_signo in _STOPS:
                told = found.si_signo
        self._stop(signal.SIGINT if told == signal.SIGINT else signal.SIGTERM)

    def _start(self, child: Child) -> None:
        parent = os.getpid()
        child.starts += 1
        child.began = monotonic()
        child.heartbeat.forget()
        child.pid = os.fork()
        if child.pid == 0:
            self._work(child, parent)

    def _work(self, child: Child, parent: int) -> NoReturn:
        """In the new process."""
        code = 1
        try:
            for number in (*_STOPS, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            child.work(parent, child.starts == 1)
            code = 0
        except SystemExit:
            code = 0
        except BaseException as error:  # noqa: BLE001 - whatever it is, it must not go on as a parent
            self._log.error(
                "process fault", name=child.name, fault=type(error).__qualname__, at=frames(error)
            )
        finally:
            os._exit(code)

    def _reap(self, child: Child) -> None:
        if not child.pid or not self._has_ended(child):
            return
        steady = child.heartbeat.has_beaten or monotonic() > child.began + STEADY_S
        child.ends = 0 if steady else child.ends + 1
        pause = AGAIN_S[min(child.ends, len(AGAIN_S) - 1)]
        child.start_at = monotonic() + pause
        self._log.warning("process ended", name=child.name, number=child.number, starts_again_in_s=pause)

    def _has_ended(self, child: Child) -> bool:
        with suppress(ChildProcessError):
            if os.waitpid(child.pid, os.WNOHANG)[0] == 0:
                return False
        pid, child.pid = child.pid, 0
        child.ended(pid)
        return True

    def _stop(self, number: int) -> None:
        self._log.info("stopping")
        for child in self._children:
            self._signal(child, number)
        until = monotonic() + self._stops_within_s
        while any(child.pid for child in self._children):
            for child in self._children:
                if child.pid and not self._has_ended(child) and monotonic() >= until:
                    self._signal(child, signal.SIGKILL)
            signal.sigtimedwait({signal.SIGCHLD}, 0.1)

    def _signal(self, child: Child, number: int) -> None:
        if child.pid:
            with suppress(ProcessLookupError):
                os.kill(child.pid, number)

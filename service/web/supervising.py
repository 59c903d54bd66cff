"""gunicorn's master, which keeps a publisher alive beside its workers."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any, NoReturn

from gunicorn import util
from gunicorn.arbiter import Arbiter

from service.web.log import Log, frames

AGAIN_S = (0.0, 1.0, 5.0, 30.0)
"""Seconds until a publisher that ended is started again: at once, and later where it ends over and over."""

STEADY_S = 60
"""A publisher that has lived so long starts over at once."""

_STOPS_WITHIN_S = 5

Work = Callable[[int, bool], None]
"""What the publisher does until it is told to stop: given its parent's id, and whether it is the first."""


class Supervisor(Arbiter):
    """The master of the workers and of one publisher. Whichever of them is killed is started again."""

    def __init__(self, app: Any, work: Work | None, lines: Log) -> None:
        self._work = work
        self._lines = lines
        self._publisher = 0
        self._began = 0.0
        self._ends = 0
        self._starts = 0
        self._start_at = 0.0
        super().__init__(app)

    def manage_workers(self) -> None:
        """Start what is not there; the publisher first, for it has more to do before it is of use."""
        self._manage_publisher()
        super().manage_workers()

    def stop(self, graceful: bool = True) -> None:
        """Stop the publisher and the workers."""
        self._work = None
        self._signal_publisher(signal.SIGTERM)
        super().stop(graceful)
        until = monotonic() + _STOPS_WITHIN_S
        while not self._has_ended() and monotonic() < until:
            sleep(0.05)
        self._signal_publisher(signal.SIGKILL)

    def _manage_publisher(self) -> None:
        if self._work is None:
            return
        if self._publisher and self._has_ended():
            self._ends = 0 if monotonic() > self._began + STEADY_S else self._ends + 1
            pause = AGAIN_S[min(self._ends, len(AGAIN_S) - 1)]
            self._start_at = monotonic() + pause
            self._lines.warning("publisher ended", starts_again_in_s=pause)
        if not self._publisher and monotonic() >= self._start_at:
            self._start(self._work)

    def _start(self, work: Work) -> None:
        parent = os.getpid()
        self._starts += 1
        self._began = monotonic()
        self._publisher = os.fork()
        if self._publisher == 0:
            self._publish(work, parent)

    def _publish(self, work: Work, parent: int) -> NoReturn:
        """In the new process: leave all that is the workers', and work."""
        code = 1
        try:
            for number in (*self.SIGNALS, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            for listener in self.LISTENERS:
                os.close(listener.fileno())  # not listener.close(), which may remove the others' socket
            for worker in self.WORKERS.values():
                worker.tmp.close()
            util._setproctitle(f"publisher [{self.proc_name}]")  # type: ignore[attr-defined]
            work(parent, self._starts == 1)
            code = 0
        except SystemExit:
            code = 0
        except BaseException as error:  # noqa: BLE001 - whatever it is, it must not go on as a master
            self._lines.error("publisher fault", fault=type(error).__qualname__, at=frames(error))
        finally:
            os._exit(code)

    def _has_ended(self) -> bool:
        """Whether there is no publisher any more; gunicorn, too, may have seen it end."""
        if not self._publisher:
            return True
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(self._publisher, os.WNOHANG)[0] == 0:
                return False
        self._publisher = 0
        return True

    def _signal_publisher(self, number: int) -> None:
        if self._publisher:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._publisher, number)

"""One check in a process of its own, with limits: whatever an edit does there costs that process alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic

import service
from service.model.problem import Place, Problem
from service.vetting.looking import Basis
from service.vetting.verdict import FAILED, End, Limits, Order, Verdict, verdict_from_json

OUT_OF_MEMORY = 90
FAULTY = 91
"""Exit codes by which the process says why it has no verdict: too little memory, a fault of ours."""

_BLOCK = 1 << 16


class Checking:
    """A running check. ``fileno`` becomes readable as it goes on, so it can be waited for in a selector."""

    def __init__(self, order: Order, basis: Basis) -> None:
        """Start it. ``basis``: how the ruleset's folders look now, for a check that can't say so itself."""
        self.order = order
        self.basis = basis
        self.began = monotonic()
        self._said = bytearray()
        self._too_slow = False
        with tempfile.TemporaryFile() as told:  # a file: a process that never reads must not hold us up
            told.write(order.to_json())
            told.seek(0)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "service.vetting.checker", str(os.getpid())],
                stdin=told,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
            )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)

    def fileno(self) -> int:
        """What the process writes to."""
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def deadline(self) -> float:
        """When it has taken too long, by the monotonic clock."""
        return self.began + self.order.limits.seconds

    def verdict(self) -> Verdict | None:
        """What came of it; None while it goes on. A check past its deadline is stopped."""
        if monotonic() >= self.deadline and not self._too_slow:
            self._too_slow = True
            self._process.kill()
        if not self._has_ended():
            return None
        code = self._process.wait()
        self._close()
        if code == 0:
            try:
                return verdict_from_json(bytes(self._said))
            except (ValueError, KeyError, TypeError):
                code = FAULTY
        return self._failed(code)

    def stop(self) -> None:
        """End it; what it would have found does not matter any more."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _has_ended(self) -> bool:
        while True:
            try:
                block = os.read(self.fileno(), _BLOCK)
            except BlockingIOError:
                return False
            if not block:
                return True
            self._said += block

    def _close(self) -> None:
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _failed(self, code: int) -> Verdict:
        end, message = self._why(code)
        ruleset = self.order.ruleset
        place = Place(f"{self.order.source.shown(ruleset)}/ruleset.yaml")
        problem = Problem(place, FAILED, message)
        return Verdict(ruleset, self.basis, (problem,), end=end, seconds=monotonic() - self.began)

    def _why(self, code: int) -> tuple[End, str]:
        limits: Limits = self.order.limits
        if self._too_slow or code == -signal.SIGXCPU:
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
        how = f"was ended by {_signal(-code)}" if code < 0 else f"failed (exit code {code})"
        message = (
            f"The check {how}; perhaps it needed more than its {limits.memory_mb:,} MB of memory. "
            "It is tried again. If it goes on failing, undo the last edit."
        )
        return "crashed", message


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _environment() -> dict[str, str]:
    """This environment, in which the process finds the same picoplan as this one."""
    found = [str(Path(service.__file__).resolve().parent.parent)]
    if os.environ.get("PYTHONPATH"):
        found.append(os.environ["PYTHONPATH"])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(found)}

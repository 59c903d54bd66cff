"""Waiting for what must come, however slow or busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 100
"""Nothing that comes takes so long. Less than a test may run, so that it can still say what did not come."""

_FIRST_LOOK_S, _LOOK_AGAIN_S = 0.005, 0.1
"""Seconds until it looks again, at first and at most: each look may cost a request."""

Found = TypeVar("Found")


def until(
    holds: Callable[[], Found | None], otherwise: Callable[[], object] = lambda: "it never came"
) -> Found:
    """What ``holds`` returns, once that counts as true; ``otherwise`` says what there is where it never does.

    Raises:
        AssertionError: it did not hold within ``PATIENCE_S`` seconds.
    """
    deadline, pause = time.monotonic() + PATIENCE_S, _FIRST_LOOK_S
    while not (found := holds()):
        assert time.monotonic() < deadline, otherwise()
        time.sleep(pause)
        pause = min(pause * 1.5, _LOOK_AGAIN_S)
    return found


def until_all(holds: Callable[[], bool]) -> None:
    """Wait until it holds 16 times running: in both workers of a server, as far as that can be told.

    Each connection comes to either of them by chance, so that all come to the same in one of 32,768 tries;
    while one worker is ahead of the other, some ten are made.
    """
    until(lambda: all(holds() for _ in range(16)))

"""How often the threads of a process take turns at Python while one of them has much to do."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

OFTEN_S = 0.001
"""Seconds that a thread works on while others wait. A request waits for its turn several times: with Python's
own 5 ms it took twice as long beside a batch. The batch itself takes no longer."""

_lock = threading.Lock()
_many: list[float] = []


@contextmanager
def turns_taken_often() -> Iterator[None]:
    """Meanwhile threads take turns often; as before once the last of those that asked for it is done."""
    with _lock:
        _many.append(sys.getswitchinterval())
        sys.setswitchinterval(OFTEN_S)
    try:
        yield
    finally:
        with _lock:
            usual = _many[0]
            _many.pop()
            if not _many:
                sys.setswitchinterval(usual)

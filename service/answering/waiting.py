"""Requests that wait for their rows to be logged, and how they go on: one after the other.

A thread that goes on needs Python's one interpreter. Were all of a commit woken at once they would fight for
it; so each wakes the next once its own answer is out.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence

from service.library.decisions.logged import Row


class Ticket:
    """The rows of one request, and where it waits for them.

    ``settled``: it is known whether they are on the disk, ``safe``, or why not, ``fault``; or nobody asks.
    """

    __slots__ = ("_held", "abandoned", "fault", "rows", "safe", "settled")

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.safe = self.settled = self.abandoned = False
        self.fault: Exception | None = None
        self._held = threading.Lock()
        self._held.acquire()

    def wait(self, seconds: float) -> bool:
        """Wait to be woken for so many seconds; False: it was not, and its request goes away."""
        if self._held.acquire(timeout=seconds):
            return True
        self.abandoned = True
        return self._held.acquire(blocking=False)  # it may have been woken just now

    def wake(self) -> bool:
        """Let its request go on; False: that has gone away, and won't wake another."""
        self._held.release()
        return not (self.abandoned and self._held.acquire(blocking=False))


class Line:
    """Settled tickets whose requests are still to go on."""

    def __init__(self) -> None:
        self._tickets: deque[Ticket] = deque()

    def settle(self, tickets: Iterable[Ticket], fault: Exception | None = None) -> None:
        """Settle what is not settled: the rows are safe, unless there is a fault. One request goes on."""
        asking = [ticket for ticket in tickets if not ticket.settled]
        for ticket in asking:
            ticket.safe, ticket.fault, ticket.settled = fault is None, fault, True
        self.hurry()
        self._tickets.extend(asking)
        self.wake_next()

    def wake_next(self) -> bool:
        """Let the next request go on; False: there is none."""
        while True:
            try:
                ticket = self._tickets.popleft()
            except IndexError:
                return False
            if ticket.wake():
                return True

    def hurry(self) -> bool:
        """Let all go on: one before them may hang at a client that does not read. False: there were none."""
        found = False
        while self.wake_next():
            found = True
        return found


class Receipt:
    """What a request gets for its rows: whether they are ``safe``, and its turn to wake the next.

    The next one waits until this is passed on, or let fall.
    """

    __slots__ = ("_line", "safe")

    def __init__(self, *, safe: bool, line: Line | None = None) -> None:
        self.safe = safe
        self._line = line

    def pass_on(self) -> None:
        """Let the next request go on, for this one's answer is out."""
        line, self._line = self._line, None
        if line is not None:
            line.wake_next()

    def __del__(self) -> None:
        self.pass_on()

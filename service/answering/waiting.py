"""Requests that wait for their rows to be logged, and how they are let go: one by one.

A thread that is let go needs Python's one interpreter. Were all of a commit let go at once they would fight
for it; so each lets go the next, once it runs itself.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from service.library.decisions.logged import Row


class Ticket:
    """The rows of one request, and where it waits for them.

    ``safe``: they are on the disk; ``fault`` is why they are not. ``let_go``: it is settled, or nobody waits.
    """

    __slots__ = ("_abandoned", "_following", "_held", "fault", "let_go", "rows", "safe")

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.safe = self.let_go = self._abandoned = False
        self.fault: Exception | None = None
        self._following: Ticket | None = None
        self._held = threading.Lock()
        self._held.acquire()

    @property
    def is_abandoned(self) -> bool:
        """Whether its request has waited for too long, and went."""
        return self._abandoned

    def wait(self, seconds: float) -> None:
        """Wait until it is let go, or so many seconds."""
        let_go = self._held.acquire(timeout=seconds)
        if not let_go:
            self._abandoned = True
            let_go = self._held.acquire(blocking=False)  # it may have been let go just now
        if let_go and self._following is not None:
            self._following._wake()

    def _wake(self) -> None:
        ticket: Ticket | None = self
        while ticket is not None:
            ticket._held.release()
            # Whoever gets hold of it sees to the next: its own request or, where that is gone, this thread.
            if not (ticket._abandoned and ticket._held.acquire(blocking=False)):
                return
            ticket = ticket._following


def settle(tickets: Sequence[Ticket], fault: Exception | None = None) -> None:
    """Let requests go: their rows are safe, unless there is a fault."""
    waiting = [ticket for ticket in tickets if not ticket.let_go]
    following: Ticket | None = None
    for ticket in reversed(waiting):
        ticket.safe, ticket.fault, ticket.let_go = fault is None, fault, True
        ticket._following, following = following, ticket
    if following is not None:
        following._wake()

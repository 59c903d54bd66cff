"""What waits until its rows are in the log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from time import monotonic

from service.store.decisions.logged import Row


class Ticket:
    """The rows of one request on their way into the log.

    It is settled once, by whoever comes first: its rows are ``safe`` on the disk, or nobody may count on it,
    and ``fault`` says why. Where they are ``new``, too, the log kept none in place of them.
    """

    __slots__ = ("_first", "_then", "fault", "new", "rows", "safe", "settled", "until")

    def __init__(self, rows: Sequence[Row], then: Callable[[Ticket], None], patience: float) -> None:
        """``then`` is called with it once it is settled, in the thread that settles it.

        Its request waits for ``patience`` seconds: ``until``, on the monotonic clock.
        """
        self.rows = rows
        self.until = monotonic() + patience
        self.safe = self.new = self.settled = False
        self.fault: Exception | None = None
        self._then = then
        self._first = threading.Lock()

    def settle(self, fault: Exception | None = None, *, new: bool = False) -> bool:
        """Its rows are safe, unless there is a fault; False: it was settled before."""
        if not self._first.acquire(blocking=False):
            return False
        self.safe, self.new, self.fault, self.settled = fault is None, new, fault, True
        self._then(self)
        return True

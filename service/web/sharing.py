"""Workers share out connections evenly.

All of them listen on one socket, and whichever happens to be awake would take most of a crowd: clients that
keep their connections open would be served by one processor for as long as these last.
"""

from __future__ import annotations

import socket
from mmap import mmap
from time import monotonic
from typing import Any

from service.web.parking import ParkingWorker

LEAVES_FOR_S = 0.01
"""Seconds that a worker leaves a new connection to those who have fewer, before it takes it all the same."""

_BYTES = 4


class Share:
    """How many connections a worker has, beside the others."""

    def __init__(self, counts: memoryview, place: int) -> None:
        self._counts = counts
        self.place = place

    def tell(self, connections: int | None) -> None:
        """Tell the others how many; None: it takes no more."""
        self._counts[self.place] = 0 if connections is None else connections + 1

    def is_of(self, counts: memoryview) -> bool:
        """Whether it is one of these."""
        return self._counts is counts

    def is_ahead(self, connections: int) -> bool:
        """Whether another worker that takes more has fewer than so many."""
        return any(0 < other <= connections for other in self._counts)


class Shares:
    """The shares of all workers, in memory that they have in common. Made before they are forked."""

    def __init__(self, most: int) -> None:
        """For so many workers at once, those that are ending included."""
        self._counts = memoryview(mmap(-1, most * _BYTES)).cast("i")
        self._free = set(range(most))

    def give(self) -> Share:
        """The share of a worker that is about to be forked. One beyond those told of stays by itself."""
        if not self._free:
            return Share(memoryview(bytearray(_BYTES)).cast("i"), 0)
        return Share(self._counts, self._free.pop())

    def take_back(self, share: Share) -> None:
        """The worker has ended, however it did."""
        share.tell(None)
        if share.is_of(self._counts):
            self._free.add(share.place)


class SharingWorker(ParkingWorker):
    """A worker that leaves new connections to those who have fewer."""

    share: Share
    """Is set before it is forked."""

    def __init__(self, *told: Any, **named: Any) -> None:
        super().__init__(*told, **named)
        self._leaves_until = 0.0
        self._has_left = False

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """Serve what comes, and tell the others how many connections there are."""
        self.share.tell(self.nr_conns if self.alive else None)
        left = self._leaves_until - monotonic()
        super().wait_for_and_dispatch_events(timeout if left <= 0 else left)

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """Take new connections or not, and not while they are left to others."""
        super().set_accept_enabled(bool(enabled) and monotonic() >= self._leaves_until)

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, unless another worker has fewer and takes it soon."""
        if not self._has_left and self.share.is_ahead(self.nr_conns):
            self._has_left = True
            self._leaves_until = monotonic() + LEAVES_FOR_S
            self.set_accept_enabled(enabled=False)
            return
        self._has_left = False
        super().accept(listener)
        self.share.tell(self.nr_conns)

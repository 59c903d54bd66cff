"""A process that was told to stop: readiness says so, what runs ends, and streams break off in time."""

from __future__ import annotations

import asyncio


class Draining:
    """Used on one event loop. ``began``: the service was told to stop; ``is_over``: nothing may run on."""

    def __init__(self) -> None:
        self.began = self.is_over = False
        self._limits: set[asyncio.Timeout] = set()

    def begin(self, seconds: float) -> None:
        """From now on; whatever runs may run on for so many seconds."""
        self.began = True
        asyncio.get_running_loop().call_later(seconds, self._end)

    def add(self, limit: asyncio.Timeout) -> None:
        """Let a limit of time expire when it is over."""
        self._limits.add(limit)

    def discard(self, limit: asyncio.Timeout) -> None:
        """The limit is not in force any more."""
        self._limits.discard(limit)

    def _end(self) -> None:
        self.is_over = True
        for limit in self._limits:
            limit.reschedule(asyncio.get_running_loop().time())

"""Waiting on an event loop: without a timer for each that waits, or a wake for each that is done."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from time import monotonic

from service.serving.deciding import PendingDecision
from service.serving.outcome import Decided
from service.serving.recording import Ticket

LOOKS_EVERY_S = 0.25
"""Seconds between two looks at what waits for too long."""


class TimeLimit:
    """So many seconds for each of many waits on one event loop; one timer looks after all of them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[Callable[[], object], float] = {}
        self._looks = False

    def begin(self, late: Callable[[], object]) -> None:
        """A wait begins. Where it does not ``end`` in time ``late`` is called, soon after."""
        self._until[late] = monotonic() + self._seconds
        if not self._looks:
            self._looks = True
            asyncio.get_running_loop().call_later(LOOKS_EVERY_S, self._look)

    def end(self, late: Callable[[], object]) -> None:
        """The wait that began with this is over, in time or not."""
        self._until.pop(late, None)

    def _look(self) -> None:
        now, over = monotonic(), []
        for late, until in self._until.items():  # they began in this order
            if until > now:
                break
            over.append(late)
        for late in over:
            self.end(late)
            late()
        self._looks = bool(self._until)
        if self._looks:
            asyncio.get_running_loop().call_later(LOOKS_EVERY_S, self._look)


class DeferredAnswers:
    """Waits for decisions to be logged, on the event loop of one process."""

    def __init__(self, patience: float) -> None:
        """``patience`` is in seconds."""
        self._patience = TimeLimit(patience)
        self._settled: deque[asyncio.Future[None]] = deque()
        self._rings = False

    async def decided(self, pending: PendingDecision) -> Decided:
        """What is told of what was decided, once it may be."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        ticket = pending.hand_in(partial(self._settle, loop, future))
        if ticket is not None and not ticket.settled:
            late = partial(pending.give_up, ticket)
            self._patience.begin(late)
            try:
                await future
            finally:
                self._patience.end(late)
        if pending.must_ask(ticket):
            return await asyncio.to_thread(pending.decided, ticket)
        return pending.decided(ticket)

    def _settle(self, loop: asyncio.AbstractEventLoop, future: asyncio.Future[None], _: Ticket) -> None:
        """Any thread calls this, mostly the one that writes the log, for each that it has written."""
        self._settled.append(future)
        if not self._rings:
            self._rings = True
            loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._rings = False  # before they are looked at: whatever comes later rings again
        while self._settled:
            future = self._settled.popleft()
            if not future.done():
                future.set_result(None)

"""Answers that wait for the log on an event loop: one wake of the loop for a commit, however many wait."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from time import monotonic

from service.serving.deciding import PendingDecision
from service.serving.outcome import Decided
from service.serving.recording import Ticket

LOOKS_EVERY_S = 0.25
"""Seconds between two looks at what waits for too long."""


class DeferredAnswers:
    """Waits for decisions to be logged, on the event loop of one process."""

    def __init__(self) -> None:
        self._settled: deque[tuple[asyncio.Future[Ticket], Ticket]] = deque()
        self._waiting: deque[tuple[PendingDecision, Ticket]] = deque()
        self._rings = self._looks = False

    async def told(self, pending: PendingDecision) -> Decided:
        """What is told of what was decided, once it may be."""
        ticket = await self._logged(pending)
        if pending.must_ask(ticket):
            return await asyncio.to_thread(pending.told, ticket)
        return pending.told(ticket)

    async def _logged(self, pending: PendingDecision) -> Ticket | None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Ticket] = loop.create_future()
        ticket = pending.hand_in(partial(self._settle, loop, future))
        if ticket is None or ticket.settled:
            return ticket
        self._waiting.append((pending, ticket))
        if not self._looks:
            self._looks = True
            loop.call_later(LOOKS_EVERY_S, self._look, loop)
        return await future

    def _settle(
        self, loop: asyncio.AbstractEventLoop, future: asyncio.Future[Ticket], ticket: Ticket
    ) -> None:
        """Any thread calls this, mostly the one that writes the log, for each that it has written."""
        self._settled.append((future, ticket))
        if not self._rings:
            self._rings = True
            loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._rings = False  # before they are looked at: whatever comes later rings again
        while self._settled:
            future, ticket = self._settled.popleft()
            if not future.done():
                future.set_result(ticket)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = monotonic()
        while self._waiting:
            pending, ticket = self._waiting[0]
            if not ticket.settled:
                if now < ticket.until:
                    break
                pending.give_up(ticket)
            self._waiting.popleft()
        self._looks = bool(self._waiting)
        if self._looks:
            loop.call_later(LOOKS_EVERY_S, self._look, loop)

"""Waiting on an event loop: without a timer for each that waits, or a wake for each that is done."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from service.serving.deciding import PendingDecision
from service.serving.outcome import Decided
from service.serving.recording import Ticket

LOOKS_EVERY_S = 0.25
"""Seconds between two looks at what waits for too long."""

T = TypeVar("T")


class Deadline:
    """So many seconds for each of many waits of one event loop; one timer looks after all of them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._looks = False

    async def within(self, waits: Awaitable[T]) -> T:
        """What is waited for.

        Raises:
            TimeoutError: it took too long; that may be noticed ``LOOKS_EVERY_S`` late.
        """
        task = asyncio.current_task()
        assert task is not None
        self._until[task] = monotonic() + self._seconds
        if not self._looks:
            self._looks = True
            asyncio.get_running_loop().call_later(LOOKS_EVERY_S, self._look)
        try:
            return await waits
        except asyncio.CancelledError:
            if task in self._late and task.uncancel() <= 0:
                raise TimeoutError from None
            raise
        finally:
            self._until.pop(task, None)
            self._late.discard(task)

    def _look(self) -> None:
        now = monotonic()
        late = []
        for task, until in self._until.items():  # they began in this order
            if until > now:
                break
            late.append(task)
        for task in late:
            del self._until[task]
            self._late.add(task)
            task.cancel()
        self._looks = bool(self._until)
        if self._looks:
            asyncio.get_running_loop().call_later(LOOKS_EVERY_S, self._look)


class DeferredAnswers:
    """Waits for decisions to be logged, on the event loop of one process."""

    def __init__(self, patience: float) -> None:
        """``patience`` is in seconds."""
        self._patience = Deadline(patience)
        self._settled: deque[asyncio.Future[None]] = deque()
        self._rings = False

    async def told(self, pending: PendingDecision) -> Decided:
        """What is told of what was decided, once it may be."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        ticket = pending.hand_in(partial(self._settle, loop, future))
        if ticket is not None and not ticket.settled:
            try:
                await self._patience.within(future)
            except TimeoutError:
                pending.give_up(ticket)
        if pending.must_ask(ticket):
            return await asyncio.to_thread(pending.told, ticket)
        return pending.told(ticket)

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

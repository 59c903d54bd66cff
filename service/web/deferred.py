"""Waiting on an event loop: without a timer for each that waits, or a wake for each that is done."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Any

from service.serving.deciding import PendingDecision
from service.serving.outcome import Decided
from service.serving.recording import Ticket

LOOKS_EVERY_S = 0.25
"""Seconds between two looks at what waits for too long."""


class Deadline:
    """So many seconds for what a task does in a ``with``, on one event loop: then it is a ``TimeoutError``.

    It may come ``LOOKS_EVERY_S`` too late: one timer looks after all tasks.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._looks = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._until[task] = monotonic() + self._seconds
        if not self._looks:
            self._looks = True
            asyncio.get_running_loop().call_later(LOOKS_EVERY_S, self._look)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task = asyncio.current_task()
        if self._until.pop(task, None) is None and task in self._late:  # type: ignore[arg-type]  # it is one
            self._late.discard(task)
            if task.uncancel() <= 0 and kind is asyncio.CancelledError:
                raise TimeoutError from error

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
                with self._patience:
                    await future
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

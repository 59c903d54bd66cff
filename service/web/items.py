"""Many assessments of one request -> the bytes of their answers, each as if it had been asked alone."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Literal, NamedTuple, TypeVar

import orjson

from service.engine.faults import EngineFault
from service.evaluation.compiled import DoubleEntryError
from service.serving.deciding import Deciding, PendingDecision, retry_key
from service.serving.evaluate import Answering
from service.serving.outcome import Decided, Failed, LoggedAnswer, Outcome
from service.serving.refused import Refused
from service.web.body import UnreadableBody
from service.web.call import Call
from service.web.deferred import DeferredAnswers
from service.web.evaluating import NO_DECISION, log_no_decision
from service.web.log import Log, frames
from service.web.problems import problem_data, refused_data, unreadable_data
from service.web.telemetry import Telemetry

Member = Literal["index", "line"]
"""What a problem document calls the number of the item that it is about."""


class Item(NamedTuple):
    """One item of a request: its number, and what it holds, as JSON data or not to be read."""

    number: int
    body: object


@dataclass(slots=True)
class ItemCount:
    """How many items were answered, and how many refused."""

    lines: int = 0
    refused: int = 0


class AnsweredItem(NamedTuple):
    """What is told of one item; ``logged``: no answer, or its decision is safely in the log."""

    content: bytes
    logged: bool


MOST_TOGETHER = 100
"""So many items are decided and logged together, where as many are there."""

GROUPS_AT_WORK = 2
"""Groups of all batches between their reading and their answers: one is decided while one is logged. What a
single request finds before it in the log's queue are their rows alone, and memory holds no more of them."""

SLICE_S = 0.002
"""Seconds of work on batches, one after the other, between which single requests are answered."""

T = TypeVar("T")


class Turns:
    """All batches of a process do their work in turns, a slice each, so that nobody else waits for long."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self.groups = asyncio.Semaphore(GROUPS_AT_WORK)

    async def do(self, work: Generator[None, None, T]) -> T:
        """Do all of the work, piece by piece; what it returns."""
        while True:
            async with self._lock:
                until = perf_counter() + SLICE_S
                try:
                    while perf_counter() < until:
                        next(work)
                except StopIteration as end:
                    result: T = end.value
                    return result
                await asyncio.sleep(0)  # whoever came meanwhile is answered before the next slice


@dataclass(frozen=True, slots=True)
class BatchAnswering:
    """Answers the items of one request, group by group, and counts them.

    ``answering`` is asked for each group. With ``sent``, an idempotency key, an item that was decided before
    is told the same again.
    """

    answering: Callable[[], Answering]
    deciding: Deciding
    deferred: DeferredAnswers
    turns: Turns
    log: Log
    telemetry: Telemetry
    call: Call
    member: Member
    sent: str | None
    count: ItemCount = field(default_factory=ItemCount)

    async def answered(self, items: Iterable[Item]) -> list[AnsweredItem]:
        """What is told of each of a group; their decisions are logged together, before this returns.

        At most ``MOST_TOGETHER`` are a group; they are read from ``items`` in turns, too.
        """
        async with self.turns.groups:
            group = await self.turns.do(_read(items))
            asked = [item for item in group if not isinstance(item.body, UnreadableBody)]
            decided = await self._decided(asked)
            outcomes = {item.number: outcome for item, outcome in zip(asked, decided.outcomes, strict=True)}
            told = await self.turns.do(self._tell(group, outcomes, safe=decided.safe))
        self.count.lines += len(group)
        return told

    def log_end(self, why: str = "") -> None:
        """Log how many there were, and why that is not all; nothing of what they hold."""
        self.log.info(
            "batch",
            request_id=self.call.id,
            lines=self.count.lines,
            refused=self.count.refused,
            whole=not why,
            **({"says": why} if why else {}),
            duration_ms=round((perf_counter() - self.call.started) * 1000, 3),
        )

    async def _decided(self, asked: Sequence[Item]) -> Decided:
        call, answering = self.call, self.answering()
        pending = self.deciding.begin(answering, call.caller, self.telemetry.of(call), call.languages)
        if self.sent is not None:
            keys = [retry_key(call.caller, "batch", self.sent, item.number) for item in asked]
            await asyncio.to_thread(pending.look_up, [item.body for item in asked], keys)
        if all(answering.is_at_hand(item.body) for item in asked):
            await self.turns.do(self._decide(pending, asked))
        else:
            await asyncio.to_thread(deque, self._decide(pending, asked), 0)
        return await self.deferred.decided(pending)

    def _decide(self, pending: PendingDecision, asked: Sequence[Item]) -> Generator[None, None, None]:
        for item in asked:
            try:
                pending.decide(item.body)
            except Exception as error:  # noqa: BLE001 - whatever one came upon, the others are answered
                self._log_fault(error, item.number)
            yield

    def _tell(
        self, group: Sequence[Item], outcomes: Mapping[int, Outcome], *, safe: bool
    ) -> Generator[None, None, list[AnsweredItem]]:
        told = []
        for item in group:
            told.append(self._answered(item, outcomes.get(item.number), safe=safe))
            yield
        return told

    def _answered(self, item: Item, outcome: Outcome | None, *, safe: bool) -> AnsweredItem:
        if isinstance(outcome, LoggedAnswer):
            return AnsweredItem(outcome.content, safe or outcome.again)
        self.count.refused += 1
        data = self._problem(item, outcome)
        data[self.member] = item.number
        return AnsweredItem(orjson.dumps(data), True)

    def _problem(self, item: Item, outcome: Refused | Failed | None) -> dict[str, Any]:
        instance = self.call.id
        if isinstance(item.body, UnreadableBody):
            return unreadable_data(item.body, instance)
        if isinstance(outcome, Refused):
            return refused_data(outcome, instance)
        if isinstance(outcome, Failed) and isinstance(outcome.fault, DoubleEntryError | EngineFault):
            log_no_decision(self.log, self.call, outcome, **{self.member: item.number})
            return problem_data(500, instance, NO_DECISION)
        return problem_data(500, instance)

    def _log_fault(self, error: Exception, number: int) -> None:
        self.log.error(
            "fault",
            request_id=self.call.id,
            fault=type(error).__qualname__,
            at=frames(error),
            **{self.member: number},
        )


def _read(items: Iterable[Item]) -> Generator[None, None, list[Item]]:
    read = []
    for item in items:
        read.append(item)
        yield
    return read

"""Many assessments of one request -> the bytes of their answers, each as if it had been asked alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Literal, NamedTuple

import orjson

from service.serving.deciding import Deciding
from service.serving.outcome import Decided, Failed, LoggedAnswer, Outcome
from service.serving.refused import Refused
from service.serving.repeating import retry_key
from service.web.body import UnreadableBody
from service.web.call import Call
from service.web.evaluating import NO_DECISION, log_no_decision
from service.web.live import Live
from service.web.log import Log, frames
from service.web.problems import problem_data, refused_data, unreadable_data

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


@dataclass(frozen=True, slots=True)
class BatchAnswering:
    """Answers the items of one request, group by group, and counts them.

    With ``sent``, an idempotency key, an item that was decided before is told the same again.
    """

    live: Live
    deciding: Deciding
    log: Log
    call: Call
    member: Member
    sent: str | None
    count: ItemCount = field(default_factory=ItemCount)

    def answered(self, items: Sequence[Item]) -> list[AnsweredItem]:
        """What is told of each; their decisions are logged together, before this returns."""
        asked = [item for item in items if not isinstance(item.body, UnreadableBody)]
        outcomes, safe = self._outcomes(asked)
        told = [self._told(item, outcomes.get(item.number), safe=safe) for item in items]
        self.count.lines += len(items)
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

    def _outcomes(self, asked: Sequence[Item]) -> tuple[dict[int, Outcome], bool]:
        if not asked:
            return {}, True
        try:
            decided = self._decided(asked)
        except Exception as error:  # noqa: BLE001 - whatever one of them came upon, the others are answered
            if len(asked) > 1:
                return self._one_by_one(asked)
            self._log_fault(error, asked[0].number)
            return {}, True
        found = {item.number: outcome for item, outcome in zip(asked, decided.outcomes, strict=True)}
        return found, decided.safe

    def _one_by_one(self, asked: Sequence[Item]) -> tuple[dict[int, Outcome], bool]:
        found: dict[int, Outcome] = {}
        all_safe = True
        for item in asked:
            outcomes, safe = self._outcomes([item])
            found |= outcomes
            all_safe = all_safe and safe
        return found, all_safe

    def _decided(self, asked: Sequence[Item]) -> Decided:
        caller, sent = self.call.caller, self.sent
        keys = None if sent is None else [retry_key(caller, "batch", sent, item.number) for item in asked]
        return self.deciding.decide(self.live.answering, [item.body for item in asked], caller, keys)

    def _told(self, item: Item, outcome: Outcome | None, *, safe: bool) -> AnsweredItem:
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
        if isinstance(outcome, Failed):
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

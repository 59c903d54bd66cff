"""Logged decisions made again: replayed under edited rules, or verified under their own edition.

The log is cut into stretches, which are worked on by one process, by several, or by the workers of a Dask
scheduler. What comes out is put together in the log's order, the same whoever worked on it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import orjson

from schemas.language import NEWEST_LANGUAGE
from service.engine.faults import EngineFault
from service.evaluation.compiled import CompiledRuleset
from service.model.exact_json import read_json
from service.model.problem import Refusal
from service.replaying.comparing import Tally, compared
from service.replaying.executor import Stretch, Task, spread
from service.replaying.scheduler import spread_over
from service.serving.choosing import MOST_KEPT, Ready
from service.serving.verifying import Verified, Verifier
from service.store.archive import Archive
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import DamagedRow, Logged, Mark
from service.store.decisions.selection import Selection
from service.store.editions import Edition, readable, renewed
from service.store.faults import Damaged, NeverServed

STRETCH = 2_000
"""So many decisions are worked on at once."""


def stretches(
    log: DecisionLog, selection: Selection, since: Mark | None, until: Mark | None
) -> Iterator[Stretch]:
    """The log, cut."""
    if until is None:
        return
    marks = log.marks(STRETCH, selection, since, until)
    for begin, end in pairwise(_with(since, marks)):
        assert end is not None
        yield Stretch(begin, end)


def _with(first: Mark | None, marks: Iterable[Mark]) -> Iterator[Mark | None]:
    yield first
    yield from marks


class LogWorker:
    """Works on stretches of the log at a URL, which somebody else has opened and brought up to date."""

    def __init__(self, url: str, selection: Selection) -> None:
        self._database = Database(url, as_it_is=True)
        self._log = DecisionLog(self._database)
        self._selection = selection

    def holds(self, mark: Mark) -> bool:
        """Whether the log has a decision there."""
        return self._log.decision(mark.decision_id) is not None

    def close(self) -> None:
        """Let go of the database; the next stretch takes hold of it again."""
        self._log.close()


@dataclass(frozen=True, slots=True)
class ReplayOrder:
    """What to replay: decisions of the log at ``url``, under the candidate's rulesets by their id.

    ``url`` may hold a password: don't show it.
    """

    url: str = field(repr=False)
    candidate: Mapping[str, Edition]
    selection: Selection


def replay(
    order: ReplayOrder,
    *,
    most: int | None = None,
    processes: int = 1,
    scheduler: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Tally:
    """Replay the decisions that are meant; with ``most`` only so many, the newest.

    Both sides are of the newest version of the language: a decision made under an earlier one is first made
    again by its own edition under the newest, and that answer is the one before.

    ``scheduler`` is the address of a Dask scheduler, whose workers work on it in the place of ``processes``
    of this machine. ``on_progress`` is called with how many are done and how many there are, as work goes on.
    The outcome does not depend on who works on it.

    Raises:
        CantReplay: the engine refused, or differs from the evaluator.
        DatabaseFault: the database can't be used.
        SchedulerTrouble: the scheduler or its workers can't do it.
    """
    database = Database(order.url)
    log = DecisionLog(database)
    try:
        until = log.last(order.selection)
        since = None if most is None else log.last(order.selection, most + 1)
        of = log.count(order.selection, since, until) if until is not None else 0
        parts = stretches(log, order.selection, since, until)
        tally = Tally()
        task = Task(ReplayWorker, replace(order, url=database.url))
        if scheduler is None:
            done = spread(task, parts, 1 if of <= STRETCH else processes)
        else:
            done = spread_over(scheduler, task, parts, until)
        for part in done:
            tally.merge(part)
            if on_progress is not None:
                on_progress(tally.seen, of)
        return tally
    finally:
        log.close()


class ReplayWorker(LogWorker):
    """Replays stretches of the log."""

    def __init__(self, order: ReplayOrder) -> None:
        super().__init__(order.url, order.selection)
        self._ready = {
            name: Ready(CompiledRuleset(readable(edition))) for name, edition in order.candidate.items()
        }
        self._renewed = _RenewedEditions(Archive(self._database))

    def work(self, stretch: Stretch) -> Tally:
        """The counts of one stretch."""
        tally = Tally()
        for row in self._log.decisions(self._selection, stretch.since, stretch.until):
            if isinstance(row, DamagedRow):
                tally.add_damaged(row.decision_id)
            else:
                self._replay(tally, row)
        return tally

    def _replay(self, tally: Tally, row: Logged) -> None:
        ready = self._ready.get(row.ruleset)
        if ready is None:
            tally.elsewhere += 1
            return
        assessment = read_json(row.assessment)
        has_long_numbers = Decimal in map(type, assessment.values())
        was = read_json(row.answer) if has_long_numbers else orjson.loads(row.answer)  # which is quicker
        if row.language_version != NEWEST_LANGUAGE:
            tally.renewed += 1
            was = self._renewed.answer(row, assessment) or was
        now = _answer(ready, row, assessment, was.get("language"))
        refused = isinstance(now, tuple)
        tally.add(row.decision_id, was, None if refused else now, compared(was, now))  # type: ignore[arg-type]


class _RenewedEditions:
    """Editions of earlier versions of the language, as they decide under the newest; a few are kept."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._kept: OrderedDict[str, Ready | None] = OrderedDict()

    def answer(self, row: Logged, assessment: object) -> dict[str, Any] | None:
        """What the edition of a decision answers now; None: it can't be had, or takes it no more."""
        ready = self._ready(row)
        answer = None if ready is None else _answer(ready, row, assessment, None)
        return answer if isinstance(answer, dict) else None

    def _ready(self, row: Logged) -> Ready | None:
        if row.digest not in self._kept:
            try:
                ruleset = readable(self._archive.edition(row.digest, row.language_version))
                self._kept[row.digest] = Ready(CompiledRuleset(renewed(ruleset)))
            except (Damaged, NeverServed, EngineFault):
                self._kept[row.digest] = None
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(row.digest)
        return self._kept[row.digest]


def _answer(
    ready: Ready, row: Logged, assessment: object, language: str | None
) -> dict[str, Any] | tuple[Refusal, ...]:
    """What an edition answers to a logged assessment, in the language of the answer where it has that."""
    there = language if language in ready.compiled.by_language else None
    decision = ready.compiled.decide(assessment, date.fromisoformat(row.as_of).month, there)
    if isinstance(decision, tuple):
        return decision
    return ready.writer.write(
        decision,
        decision_id=row.decision_id,
        evaluated_at=row.evaluated_at,
        as_of=row.as_of,
        explain=False,
    )


@dataclass(frozen=True, slots=True)
class VerifyOrder:
    """Which decisions of the database at ``url`` to verify. It may hold a password: don't show it."""

    url: str = field(repr=False)
    selection: Selection


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of a part of the log.

    ``but_for_sign_off``: how many of the ``decisions`` are the same but for the sign-off; ``wrong``: all that
    are not the same.
    """

    decisions: int
    but_for_sign_off: int
    wrong: tuple[Verified, ...]


def verify_all(
    order: VerifyOrder, *, processes: int = 1, on_progress: Callable[[int, int], None] | None = None
) -> Iterator[Counted]:
    """Verify the decisions that are meant, part by part in the log's order.

    ``on_progress`` is called as by ``replay``.

    Raises:
        CantReplay: the engine refused, or differs from the evaluator.
        DatabaseFault: the database can't be used.
    """
    log = DecisionLog(Database(order.url))
    try:
        until = log.last(order.selection)
        of = log.count(order.selection, until=until) if until is not None else 0
        done = 0
        parts = stretches(log, order.selection, None, until)
        for part in spread(Task(VerifyWorker, order), parts, 1 if of <= STRETCH else processes):
            done += part.decisions
            if on_progress is not None:
                on_progress(done, of)
            yield part
    finally:
        log.close()


class VerifyWorker(LogWorker):
    """Verifies stretches of the log."""

    def __init__(self, order: VerifyOrder) -> None:
        super().__init__(order.url, order.selection)
        self._verifier = Verifier(Archive(self._database), look_once=True)

    def work(self, stretch: Stretch) -> Counted:
        """What comes of one."""
        decisions = but_for_sign_off = 0
        wrong: list[Verified] = []
        for row in self._log.decisions(self._selection, stretch.since, stretch.until):
            verified = self._verifier.verify(row)
            decisions += 1
            but_for_sign_off += verified.same and verified.note is not None
            if not verified.same:
                wrong.append(verified)
        return Counted(decisions, but_for_sign_off, tuple(wrong))

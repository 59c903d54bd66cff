"""Work on the log by several processes: cut into stretches, put together in the log's order.

What comes out is the same whatever the number of processes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, Protocol, TypeVar

from service.engine.faults import EngineFault
from service.evaluation.compiled import DoubleEntryError
from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import Mark
from service.store.decisions.selection import Selection

STRETCH = 2_000
"""So many decisions are worked on at once."""

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class CantReplay(Exception):
    """A fault of the engine, told by the process that met it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the log: after ``since``, up to ``until``."""

    since: Mark | None
    until: Mark


class Worker(Protocol[T_co]):
    """Works on stretches, in a process of its own or in this one."""

    def work(self, stretch: Stretch) -> T_co:
        """What comes of one."""

    def close(self) -> None:
        """Let go of the database."""


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """How to get a worker: ``begin`` is called with ``told`` in each process."""

    begin: Callable[[Any], Worker[T]]
    told: Any


def usual_processes() -> int:
    """As many as there are processors for this one."""
    return len(os.sched_getaffinity(0))


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


def spread(task: Task[T], parts: Iterable[Stretch], processes: int) -> Iterator[T]:
    """What comes of each part, in their order.

    Raises:
        CantReplay: the engine refused, or differs from the evaluator.
        DatabaseFault: the database can't be used.
    """
    if processes == 1:
        worker = task.begin(task.told)
        try:
            for part in parts:
                yield _worked(worker, part)
        finally:
            worker.close()
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _begin, (task,)) as pool:
        under_way: deque[Future[T]] = deque()
        try:
            for part in parts:
                under_way.append(pool.submit(_work, part))
                if len(under_way) > 2 * processes:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _with(first: Mark | None, marks: Iterable[Mark]) -> Iterator[Mark | None]:
    yield first
    yield from marks


_OWN: list[Worker[Any]] = []
"""The worker of this process, where it is one of the pool's."""


def _begin(task: Task[Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that a person has started
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _OWN.append(task.begin(task.told))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(part: Stretch) -> Any:
    return _worked(_OWN[0], part)


def _worked(worker: Worker[T], part: Stretch) -> T:
    try:
        return worker.work(part)
    except (DoubleEntryError, EngineFault) as fault:
        raise CantReplay(str(fault)) from None  # theirs does not travel between processes

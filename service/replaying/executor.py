"""Work on stretches of the log, in this process or in several; what comes of it keeps the log's order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from service.engine.faults import EngineFault
from service.evaluation.compiled import DoubleEntryError
from service.store.decisions.logged import Mark

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
F = TypeVar("F")


class CantReplay(Exception):
    """A fault of the engine, told by the process that met it."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the log: after ``since``, up to ``until``."""

    since: Mark | None
    until: Mark


class StretchWorker(Protocol[T_co]):
    """Works on stretches, in a process of its own or in this one."""

    def work(self, stretch: Stretch) -> T_co:
        """What comes of one."""

    def holds(self, mark: Mark) -> bool:
        """Whether its log has a decision there."""

    def close(self) -> None:
        """Let go of the database; the next stretch takes hold of it again."""


@dataclass(frozen=True, slots=True)
class Task(Generic[T]):
    """How to get a worker: ``begin`` is called with ``order`` in each process."""

    begin: Callable[[Any], StretchWorker[T]]
    order: Any


def usual_processes() -> int:
    """As many as there are processors for this one."""
    return len(os.sched_getaffinity(0))


def spread(task: Task[T], parts: Iterable[Stretch], processes: int) -> Iterator[T]:
    """What comes of each part, in their order, worked on by so many processes of this machine.

    Raises:
        CantReplay: the engine refused, or differs from the evaluator.
        DatabaseFault: the database can't be used.
    """
    if processes == 1:
        worker = task.begin(task.order)
        try:
            for part in parts:
                yield worked(worker, part)
        finally:
            worker.close()
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _begin, (task,)) as pool:
        try:
            under_way = (lambda part: pool.submit(_work, part)), (lambda future: future.result())
            yield from in_order(parts, *under_way, ahead=2 * processes)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def in_order(
    parts: Iterable[Stretch], submit: Callable[[Stretch], F], result: Callable[[F], T], *, ahead: int
) -> Iterator[T]:
    """The result of each part, in their order, while at most ``ahead`` later ones are under way."""
    under_way: deque[F] = deque()
    for part in parts:
        under_way.append(submit(part))
        if len(under_way) > ahead:
            yield result(under_way.popleft())
    while under_way:
        yield result(under_way.popleft())


def worked(worker: StretchWorker[T], part: Stretch) -> T:
    """What a worker makes of a part.

    Raises:
        CantReplay: the engine refused, or differs from the evaluator.
        DatabaseFault: the database can't be used.
    """
    try:
        return worker.work(part)
    except (DoubleEntryError, EngineFault) as fault:
        raise CantReplay(str(fault)) from None  # theirs does not travel between processes


_OWN: list[StretchWorker[Any]] = []
"""The worker of this process, where it is one of the pool's."""


def _begin(task: Task[Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that a person has started
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _OWN.append(task.begin(task.order))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(part: Stretch) -> Any:
    return worked(_OWN[0], part)

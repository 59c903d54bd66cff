"""Few work at a time: in order, none forgotten, nobody kept out by those that wait for something else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from service.web import few as module
from service.web.few import AT_ONCE, SLOW_AFTER_S, Few
from tests.waiting import PATIENCE_S, until


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as made:
        yield made


@pytest.fixture
def begun() -> list[Future[None]]:
    """What each thread that was let in has to do, in order."""
    return []


@pytest.fixture
def few(pool: ThreadPoolExecutor, begun: list[Future[None]]) -> Few:
    return Few(lambda work_on, work: begun.append(pool.submit(work_on, work)))


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def until_all_are_slow(self) -> None:
        """Go on until all that works now has done so for long."""
        self.now += 2 * SLOW_AFTER_S


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "monotonic", made)
    return made


class Gate:
    """Work that goes on when it is let, and how much of it is going on."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.came: list[int] = []

    def work(self, number: int) -> Callable[[], None]:
        def waits() -> None:
            self.came.append(number)
            assert self.let.wait(PATIENCE_S)

        return waits


def test_no_more_than_few_work_at_once_and_the_others_follow_in_their_order(
    few: Few, begun: list[Future[None]]
) -> None:
    gate = Gate()
    for number in range(20):
        few.add(gate.work(number))
    until(lambda: len(gate.came) == AT_ONCE)
    assert len(begun) == AT_ONCE
    assert few.some_wait
    gate.let.set()
    until(lambda: len(gate.came) == 20)
    assert gate.came[AT_ONCE:] == sorted(gate.came[AT_ONCE:])
    assert not few.some_wait


def test_those_that_wait_for_something_else_keep_nobody_out(few: Few, clock: Clock) -> None:
    slow, quick = Gate(), Gate()
    quick.let.set()
    for number in range(AT_ONCE):
        few.add(slow.work(number))
    until(lambda: len(slow.came) == AT_ONCE)
    few.add(quick.work(0))
    few.look()
    assert not quick.came
    clock.until_all_are_slow()
    few.look()
    until(lambda: quick.came == [0])
    for number in range(1, 5):
        few.add(quick.work(number))
    until(lambda: len(quick.came) == 5)
    slow.let.set()


def test_after_slow_ones_no_more_than_few_work_at_once(
    few: Few, clock: Clock, begun: list[Future[None]]
) -> None:
    slow, quick = Gate(), Gate()
    for number in range(AT_ONCE):
        few.add(slow.work(number))
    until(lambda: len(slow.came) == AT_ONCE)
    clock.until_all_are_slow()
    for number in range(20):
        few.add(quick.work(number))
    few.look()
    until(lambda: len(quick.came) == AT_ONCE)
    slow.let.set()
    until(lambda: all(one.done() for one in begun[:AT_ONCE]))
    assert len(quick.came) == AT_ONCE
    quick.let.set()
    until(lambda: len(quick.came) == 20)


def test_work_that_fails_does_not_take_its_place_with_it(pool: ThreadPoolExecutor) -> None:
    failed: list[Future[None]] = []
    few = Few(lambda work_on, work: failed.append(pool.submit(work_on, work)))
    for _ in range(3 * AT_ONCE):
        few.add(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
        few.look()
        until(lambda: all(one.done() for one in failed))
        few.look()
    assert {type(one.exception(PATIENCE_S)) for one in failed} == {ZeroDivisionError}
    gate = Gate()
    gate.let.set()
    few.add(gate.work(0))
    until(lambda: gate.came == [0])


def test_whatever_comes_from_wherever_all_of_it_is_done_once(few: Few) -> None:
    done: list[int] = []
    over = threading.Event()

    def look_on() -> None:
        while not over.wait(0.001):
            few.look()

    looker = threading.Thread(target=look_on)
    looker.start()

    def work(number: int) -> Callable[[], None]:
        def does() -> None:
            if number % 50 == 0:
                time.sleep(2 * SLOW_AFTER_S)
            done.append(number)

        return does

    with ThreadPoolExecutor(4) as adding:
        list(adding.map(lambda number: few.add(work(number)), range(2_000)))
    until(lambda: len(done) == 2_000)
    over.set()
    looker.join()
    assert sorted(done) == list(range(2_000))

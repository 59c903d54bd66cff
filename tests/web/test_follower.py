"""What follows a database: no fault ends it, each trouble is told once, and its end is told."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from service.store.faults import Gone
from service.web.follower import Follower
from tests.waiting import PATIENCE_S


class Looks:
    """Looks that come out as listed, and what was told; the one after the last never ends."""

    def __init__(self, outcomes: Iterable[BaseException | None]) -> None:
        self._outcomes = iter(outcomes)
        self.threads: list[threading.Thread] = []
        self.told: list[str] = []
        self.done = threading.Event()
        self.follower = Follower(self._look, self.told.append, every_s=0.001)

    def _look(self) -> None:
        self.threads.append(threading.current_thread())
        for outcome in self._outcomes:
            if outcome is not None:
                raise outcome
            return
        self.done.set()
        threading.Event().wait()


def gone() -> Gone:
    return Gone("the database is away")


def test_a_trouble_is_told_once_however_long_it_lasts_and_so_is_its_end() -> None:
    looks = Looks([None, gone(), gone(), gone(), None, None, gone()])
    for _ in range(7):
        looks.follower.catch_up()
    assert looks.told == ["the database is away", "", "the database is away"]


def test_while_all_is_well_nothing_is_told() -> None:
    looks = Looks([None, None])
    for _ in range(2):
        looks.follower.catch_up()
    assert looks.told == []


def test_a_trouble_that_becomes_another_is_told_anew() -> None:
    looks = Looks([gone(), Gone("the database is busy"), None])
    for _ in range(3):
        looks.follower.catch_up()
    assert looks.told == ["the database is away", "the database is busy", ""]


def test_of_a_fault_of_ours_its_kind_and_origin_are_told_and_never_its_message() -> None:
    looks = Looks([KeyError("a client's answer")])
    looks.follower.catch_up()
    [told] = looks.told
    assert told.startswith("KeyError at ")
    assert "test_follower.py" in told
    assert "answer" not in told


def test_no_fault_ends_the_thread_that_looks() -> None:
    looks = Looks([None, KeyError("ours"), gone(), ZeroDivisionError(), None])
    looks.follower.follow()
    assert looks.done.wait(PATIENCE_S)
    assert [one.partition(" at ")[0] for one in looks.told] == [
        "KeyError",
        "the database is away",
        "ZeroDivisionError",
        "",
    ]
    first, *later = looks.threads
    assert first is threading.current_thread(), "it has looked before follow comes back"
    assert len(set(later)) == 1
    assert later[0].daemon

"""Decisions are logged before they are answered: many at once; and what happens where that fails."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from service.serving import recording
from service.serving.recording import LogHealth, Mode, NotLogged, Recorder, Ticket
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import ROW, Row
from service.store.faults import Gone
from tests.serving.recorded import record
from tests.store.decided import decision, ids
from tests.waiting import PATIENCE_S, until


class Events(list[str]):
    """What was told, as lines; from any thread."""

    def info(self, event: str, **details: object) -> None:
        self.append(f"{event} {details}")

    def error(self, event: str, **details: object) -> None:
        self.append(f"{event} {details}")


class Slow:
    """A log in memory that is written only while it is let, and that can be made to fail."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.let.set()
        self.fault: Exception | None = None
        self.commits: list[list[str]] = []

    @property
    def written(self) -> list[str]:
        return [name for commit in self.commits for name in commit]

    def write(self, rows: Sequence[Row]) -> bool:
        assert self.let.wait(PATIENCE_S)
        self.probe()
        self.commits.append([row[ROW.index("decision_id")] for row in rows])
        return True

    def probe(self) -> None:
        if self.fault is not None:
            raise self.fault

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "PROBE_AGAIN_S", 0.02)


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite3"


@pytest.fixture
def log(file: Path) -> Iterator[DecisionLog]:
    opened = DecisionLog(Database(f"sqlite:///{file}", patience=0))
    yield opened
    opened.close()


Open = Callable[..., Recorder]


@pytest.fixture
def recorder(events: Events) -> Iterator[Open]:
    """Makes recorders, and ends them."""
    made: list[Recorder] = []

    def make(log: DecisionLog | Slow, mode: Mode = "required", **told: float | int) -> Recorder:
        writer = log.writer if isinstance(log, DecisionLog) else lambda: log
        made.append(Recorder(writer, events, mode, **told))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close(0.2)


def test_what_was_recorded_is_in_the_log_when_record_returns(log: DecisionLog, recorder: Open) -> None:
    one = recorder(log)
    for number in range(3):
        assert record(one, [decision(number)]).safe
        assert log.count() == number + 1


def test_nothing_to_record_needs_no_log(slow: Slow, recorder: Open) -> None:
    slow.fault = Gone("away")
    assert record(recorder(slow), []).safe


def test_many_requests_at_once_share_commits_and_lose_nothing(log: DecisionLog, recorder: Open) -> None:
    one = recorder(log)
    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(lambda number: record(one, [decision(number)]).safe, range(200)))
    assert ids(list(log.decisions())) == ids([decision(number) for number in range(200)])


def test_those_that_come_during_a_commit_are_committed_together(slow: Slow, recorder: Open) -> None:
    one = recorder(slow)
    slow.let.clear()
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(record, one, [decision(0)])
        until(lambda: one._commit_began is not None)
        others = [pool.submit(record, one, [decision(number)]) for number in range(1, 8)]
        until(lambda: one.standing().waiting == 8)
        slow.let.set()
        assert first.result(PATIENCE_S).safe
        assert all(other.result(PATIENCE_S).safe for other in others)
    assert [len(commit) for commit in slow.commits] == [1, 7]


def test_a_commit_waits_for_as_many_as_came_with_the_one_before(
    slow: Slow, recorder: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "GATHERING_S", PATIENCE_S)
    one = recorder(slow)
    slow.let.clear()
    first = one.hand_in([decision(0)], lambda _: None)
    until(lambda: one._commit_began is not None)
    for number in range(1, 4):
        one.hand_in([decision(number)], lambda _: None)
    slow.let.set()
    until(lambda: first.settled)
    fifth = one.hand_in([decision(4)], lambda _: None)
    until(lambda: fifth.settled)
    for number in range(5, 9):
        one.hand_in([decision(number)], lambda _: None)
    until(lambda: len(slow.written) == 9)
    assert [len(commit) for commit in slow.commits] == [1, 4, 4]


def test_each_process_after_a_fork_writes_by_itself(log: DecisionLog, recorder: Open) -> None:
    one = recorder(log)
    record(one, [decision(0)])
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if record(one, [decision(1)]).safe else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    record(one, [decision(2)])
    assert log.count() == 3


def test_required_gives_no_answer_while_the_log_is_busy_and_recovers_by_itself(
    log: DecisionLog, file: Path, recorder: Open, events: Events
) -> None:
    one = recorder(log)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotLogged, match="kept busy"):
            record(one, [decision(0)])
        told: list[Ticket] = []
        late = one.hand_in([decision(1)], told.append)
        assert told == [late], "who comes later is not kept waiting"
        assert "kept busy" in str(late.fault)
        other.execute("ROLLBACK")
    until(lambda: one.standing().trouble is None)
    assert record(one, [decision(2)]).safe
    assert ids(list(log.decisions())) == ids([decision(2)])
    assert [event.partition(" {")[0] for event in events] == [
        "decisions can't be logged",
        "decisions can be logged again",
    ]


def test_a_log_that_fails_on_after_it_could_be_written_for_a_moment_is_told_to_fail(
    slow: Slow, recorder: Open, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "TELL_AGAIN_S", 0.3)
    one = recorder(slow)
    for number in range(2):
        slow.fault = Gone("it is full")
        with pytest.raises(NotLogged, match="full"):
            record(one, [decision(number)])
        if number == 0:
            slow.fault = None
            until(lambda: one.standing().trouble is None)
    until(lambda: len(events) == 3)
    failing, well = "decisions can't be logged", "decisions can be logged again"
    assert [event.partition(" {")[0] for event in events] == [failing, well, failing]


def test_required_gives_no_answer_while_the_file_is_gone_and_recovers_by_itself(
    log: DecisionLog, file: Path, recorder: Open
) -> None:
    one = recorder(log)
    assert record(one, [decision(0)]).safe
    aside = file.rename(file.with_name("aside"))
    with pytest.raises(NotLogged):
        record(one, [decision(1)])
    aside.rename(file)
    until(lambda: one.standing().trouble is None)
    assert record(one, [decision(2)]).safe
    assert {*ids([decision(0), decision(2)])} <= {*ids(list(log.decisions()))}


def test_required_waits_only_so_long_and_takes_back_what_was_not_begun(slow: Slow, recorder: Open) -> None:
    one = recorder(slow, patience=0.2)
    slow.let.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(record, one, [decision(0)])
        until(lambda: one._commit_began is not None)
        for refused in (first, pool.submit(record, one, [decision(1)])):
            with pytest.raises(NotLogged, match="takes too long"):
                refused.result(PATIENCE_S)
    told: list[Ticket] = []
    late = one.hand_in([decision(2)], told.append)
    assert told == [late], "a commit that hangs is not waited for again"
    assert "takes too long" in str(late.fault)
    slow.let.set()
    until(lambda: one.standing() == LogHealth(None, 1, 0, 0))
    assert record(one, [decision(3)]).safe
    assert len(slow.written) == 2


def test_best_effort_answers_while_the_log_is_away_and_logs_later_in_order(
    slow: Slow, recorder: Open, events: Events
) -> None:
    one = recorder(slow, "best-effort")
    assert record(one, [decision(0)]).safe
    slow.fault = Gone("the database is away")
    assert [record(one, [decision(number)]).safe for number in range(1, 4)] == [False] * 3
    assert one.standing() == LogHealth("the database is away", 1, 3, 0)
    slow.fault = None
    until(lambda: one.standing() == LogHealth(None, 4, 0, 0))
    assert slow.written == ids([decision(number) for number in range(4)])
    assert record(one, [decision(4)]).safe
    assert "scars" not in str(events)


def test_best_effort_answers_before_the_log_is_done_where_that_is_slow(slow: Slow, recorder: Open) -> None:
    one = recorder(slow, "best-effort")
    slow.let.clear()
    assert not record(one, [decision(0)]).safe
    assert not record(one, [decision(1)]).safe
    assert not slow.written
    slow.let.set()
    until(lambda: one.standing() == LogHealth(None, 2, 0, 0))


def test_best_effort_loses_the_oldest_where_too_many_wait_and_says_so(
    slow: Slow, recorder: Open, events: Events
) -> None:
    one = recorder(slow, "best-effort", most_waiting=3)
    slow.fault = Gone("the database is away")
    for number in range(5):
        assert not record(one, [decision(number)]).safe
    assert one.standing() == LogHealth("the database is away", 0, 3, 2)
    slow.fault = None
    until(lambda: one.standing().waiting == 0)
    assert slow.written == ids([decision(number) for number in (2, 3, 4)])
    assert sum("too many wait" in event for event in events) == 1
    assert "'lost': 2" in events[-1]


def test_closing_writes_what_waits(slow: Slow, recorder: Open) -> None:
    one = recorder(slow, "best-effort", patience=0.01)
    slow.let.clear()
    assert not record(one, [decision(0), decision(1)]).safe
    threading.Timer(0.05, slow.let.set).start()
    one.close(PATIENCE_S)
    assert slow.written == ids([decision(0), decision(1)])


def test_closing_while_the_log_is_away_says_how_many_are_lost(
    slow: Slow, recorder: Open, events: Events
) -> None:
    one = recorder(slow, "best-effort")
    slow.fault = Gone("the database is away")
    assert not record(one, [decision(0)]).safe
    one.close(PATIENCE_S)
    assert events[-1] == "decisions are lost, the process ends {'decisions': 1}"


@pytest.mark.parametrize("mode", ["required", "best-effort"])
def test_a_fault_of_ours_costs_its_own_decision_and_no_other(slow: Slow, recorder: Open, mode: Mode) -> None:
    one = recorder(slow, mode)
    slow.fault = ValueError("scars")
    if mode == "required":
        with pytest.raises(NotLogged):
            record(one, [decision(0)])
    else:
        assert not record(one, [decision(0)]).safe
    slow.fault = None
    assert record(one, [decision(1)]).safe
    assert one.standing() == LogHealth(None, 1, 0, 1)


def test_what_is_handed_in_waits_for_nothing_and_is_told_by_the_writer(slow: Slow, recorder: Open) -> None:
    one = recorder(slow)
    slow.let.clear()
    told: list[tuple[Ticket, bool, str]] = []
    tickets = [
        one.hand_in(
            [decision(number)],
            lambda ticket: told.append((ticket, ticket.safe, threading.current_thread().name)),
        )
        for number in range(3)
    ]
    assert not told
    slow.let.set()
    until(lambda: len(told) == 3)
    assert told == [(ticket, True, "decision log") for ticket in tickets]


def test_where_there_is_no_hope_it_is_told_at_once(slow: Slow, recorder: Open) -> None:
    one = recorder(slow)
    slow.fault = Gone("the database is away")
    with pytest.raises(NotLogged):
        record(one, [decision(0)])
    told: list[Ticket] = []
    ticket = one.hand_in([decision(1)], told.append)
    assert told == [ticket]
    assert (ticket.safe, str(ticket.fault)) == (False, "the database is away")


def test_what_was_given_up_before_it_began_is_told_once_and_is_not_logged(slow: Slow, recorder: Open) -> None:
    one = recorder(slow)
    slow.let.clear()
    told: list[str] = []
    one.hand_in([decision(0)], lambda _: told.append("begun"))
    until(lambda: one._commit_began is not None)
    late = one.hand_in([decision(1)], lambda _: told.append("late"))
    one.give_up(late)
    one.give_up(late)
    assert (told, str(late.fault)) == (["late"], "the log takes too long")
    slow.let.set()
    until(lambda: one.standing() == LogHealth(None, 1, 0, 0))
    assert told == ["late", "begun"]
    assert slow.written == ids([decision(0)])


def test_with_best_effort_what_was_given_up_is_logged_all_the_same(slow: Slow, recorder: Open) -> None:
    one = recorder(slow, "best-effort")
    slow.let.clear()
    ticket = one.hand_in([decision(0)], lambda _: None)
    one.give_up(ticket)
    slow.let.set()
    until(lambda: one.standing() == LogHealth(None, 1, 0, 0))
    assert not ticket.safe


def test_an_answer_that_fails_to_be_told_costs_no_other_its_own(
    slow: Slow, recorder: Open, events: Events
) -> None:
    one = recorder(slow)
    slow.let.clear()
    told: list[Ticket] = []
    one.hand_in([decision(0)], lambda _: 1 / 0)  # type: ignore[arg-type, return-value]
    other = one.hand_in([decision(1)], told.append)
    slow.let.set()
    until(lambda: told == [other])
    assert record(one, [decision(2)]).safe
    assert events == ["an answer was not told {'fault': 'ZeroDivisionError'}"]

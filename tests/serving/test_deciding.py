"""Decisions for many requests: logged together, told in order, and the same where a request comes again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.engine.faults import EngineFault
from service.model.caller import INTERNAL, Caller
from service.serving.deciding import Deciding, PendingDecision, retry_key
from service.serving.evaluate import Answering
from service.serving.outcome import Failed, LoggedAnswer, Outcome
from service.serving.recording import Recorder
from service.serving.refused import Refused
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import DamagedRow, Logged
from service.store.faults import Gone
from tests.serving.archived import ASSESSMENT, Clinic
from tests.serving.recorded import decide, settled
from tests.serving.test_recording import Events

BODY = {"ruleset": "small", "assessment": ASSESSMENT}
BAD = {"ruleset": "small", "assessment": {}}


@pytest.fixture
def answering(tmp_path: Path) -> Answering:
    return Clinic(tmp_path).answering()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[DecisionLog]:
    log = DecisionLog(Database(f"sqlite:///{tmp_path}/log.sqlite3"))
    yield log
    log.close()


@pytest.fixture
def deciding(log: DecisionLog) -> Iterator[Deciding]:
    recorder = Recorder(log.writer, Events())
    yield Deciding(recorder, log)
    recorder.close()


def keys(count: int, sent: str = "k", caller: Caller = INTERNAL) -> list[str]:
    return [retry_key(caller, "batch", sent, number) for number in range(count)]


def contents(outcomes: Iterable[object]) -> list[bytes | None]:
    return [one.content if isinstance(one, LoggedAnswer) else None for one in outcomes]


def test_a_bad_request_does_not_spoil_the_others_and_the_order_is_kept(
    deciding: Deciding, answering: Answering, log: DecisionLog
) -> None:
    decided = decide(deciding, answering, [BODY, BAD, BODY, [], BODY])
    assert [type(one) for one in decided.outcomes] == [
        LoggedAnswer,
        Refused,
        LoggedAnswer,
        Refused,
        LoggedAnswer,
    ]
    told = [orjson.loads(content)["decision_id"] for content in contents(decided.outcomes) if content]
    assert {one.decision_id for one in log.newest()} == set(told)
    assert len(set(told)) == 3


def test_whose_decision_it_is_stands_in_the_log(
    deciding: Deciding, answering: Answering, log: DecisionLog
) -> None:
    decide(deciding, answering, [BODY], Caller(key="k1", clinic="north", rulesets=frozenset({"small"})))
    (listed,) = log.newest()
    assert (listed.clinic, listed.api_key) == ("north", "k1")


def test_requests_sent_again_are_told_the_same_and_new_ones_among_them_are_decided(
    deciding: Deciding, answering: Answering, log: DecisionLog
) -> None:
    first = decide(deciding, answering, [BODY, BAD, BODY], retry_keys=keys(3))
    again = decide(deciding, answering, [BODY, BODY, BODY, BODY], retry_keys=keys(4))
    assert contents(again.outcomes)[0] == contents(first.outcomes)[0]
    assert contents(again.outcomes)[2] == contents(first.outcomes)[2]
    assert [one.again for one in again.outcomes if isinstance(one, LoggedAnswer)] == [
        True,
        False,
        True,
        False,
    ]
    assert log.count() == 4


def test_the_key_of_another_caller_is_another_key(
    deciding: Deciding, answering: Answering, log: DecisionLog
) -> None:
    other = Caller(key="other")
    decide(deciding, answering, [BODY], retry_keys=keys(1))
    decided = decide(deciding, answering, [BODY], other, keys(1, caller=other))
    assert [one.again for one in decided.outcomes if isinstance(one, LoggedAnswer)] == [False]
    assert log.count() == 2


def test_the_same_key_at_another_endpoint_or_number_is_another_key() -> None:
    made = {retry_key(INTERNAL, "evaluate", "k"), *keys(3), retry_key(Caller(key="a"), "evaluate", "k")}
    assert len(made) == 5


def test_another_body_under_a_key_is_a_conflict(deciding: Deciding, answering: Answering) -> None:
    decide(deciding, answering, [BODY], retry_keys=keys(1))
    (outcome,) = decide(deciding, answering, [{**BODY, "explain": True}], retry_keys=keys(1)).outcomes
    assert isinstance(outcome, Refused)
    assert outcome.why == "conflict"


class Late:
    """A past that knows nothing at first, as where two come at once: the other is logged in between."""

    def __init__(self, log: DecisionLog) -> None:
        self._log = log
        self._looks = 0

    def made_for(self, retry_keys: Iterable[str]) -> Mapping[str, Logged | DamagedRow]:
        self._looks += 1
        return {} if self._looks == 1 else self._log.made_for(retry_keys)


def test_of_two_that_come_at_once_the_slower_is_told_the_answer_of_the_quicker(
    deciding: Deciding, answering: Answering, log: DecisionLog
) -> None:
    first = decide(deciding, answering, [BODY], retry_keys=keys(1))
    recorder = Recorder(log.writer, Events())
    slower = decide(Deciding(recorder, Late(log)), answering, [BODY], retry_keys=keys(1))
    recorder.close()
    assert contents(slower.outcomes) == contents(first.outcomes)
    assert log.count() == 1


class GoneAfter:
    """A past that can be asked so often, and then is gone."""

    def __init__(self, looks: int) -> None:
        self._looks = looks

    def made_for(self, retry_keys: Iterable[str]) -> Mapping[str, Logged | DamagedRow]:
        self._looks -= 1
        if self._looks < 0:
            raise Gone("the database is gone")
        return {}


def test_where_it_can_not_be_known_whether_a_request_came_before_it_is_not_answered(
    answering: Answering, log: DecisionLog
) -> None:
    recorder = Recorder(log.writer, Events())
    for looks in (0, 1):  # before it is decided; after another was kept
        deciding = Deciding(recorder, GoneAfter(looks))
        (outcome,) = decide(deciding, answering, [BODY], retry_keys=keys(1)).outcomes
        assert isinstance(outcome, Refused)
        assert outcome.why == "not_logged"
        decide(Deciding(recorder, log), answering, [BODY], retry_keys=keys(1))
    recorder.close()


def begun(deciding: Deciding, answering: Answering, body: object, key: str | None = None) -> PendingDecision:
    """The decision on the one body of a request, before it is logged."""
    pending = deciding.begin(answering)
    pending.decide(body, key)
    return pending


def told(pending: PendingDecision) -> tuple[Outcome, bool]:
    """What is told of a request, and whether the log had to be asked first."""
    ticket = settled(pending)
    asked = pending.must_ask(ticket)
    return pending.decided(ticket).outcomes[0], asked


def test_a_decision_is_made_before_it_is_logged_and_told_afterwards(
    deciding: Deciding, answering: Answering, log: DecisionLog
) -> None:
    pending = begun(deciding, answering, BODY)
    assert log.count() == 0
    outcome, asked = told(pending)
    assert outcome is pending.outcomes[0]
    assert not asked
    assert log.count() == 1


def test_the_log_is_not_asked_about_a_request_that_is_new(answering: Answering, log: DecisionLog) -> None:
    recorder = Recorder(log.writer, Events())
    deciding = Deciding(recorder, GoneAfter(0))
    outcome, asked = told(begun(deciding, answering, BODY, keys(1)[0]))
    recorder.close()
    assert isinstance(outcome, LoggedAnswer)
    assert not asked


@pytest.mark.parametrize("again", [BODY, BAD, {"ruleset": "gone", "assessment": {}}])
def test_a_begun_request_that_comes_again_is_told_what_its_key_was_told_whatever_it_would_be_now(
    deciding: Deciding, answering: Answering, log: DecisionLog, again: dict[str, Any]
) -> None:
    (key,) = keys(1)
    first, _ = told(begun(deciding, answering, BODY, key))
    second, asked = told(begun(deciding, answering, again, key))
    assert isinstance(first, LoggedAnswer)
    if again is BODY:
        assert isinstance(second, LoggedAnswer)
        assert (second.content, second.again, asked) == (first.content, True, True)
    else:
        assert isinstance(second, Refused)
        assert second.why == "conflict"
    assert log.count() == 1


def test_a_begun_request_is_told_the_same_where_its_ruleset_no_longer_answers(
    deciding: Deciding, answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = keys(1)
    first, _ = told(begun(deciding, answering, BODY, key))
    gone = answering.asked({"ruleset": "gone", "assessment": {}})
    monkeypatch.setattr(answering, "asked", lambda *_, **__: gone)
    second, _ = told(begun(deciding, answering, BODY, key))
    assert contents([second]) == contents([first])
    other, _ = told(begun(deciding, answering, BODY, keys(1, "other")[0]))
    assert other is gone


def test_a_begun_request_that_the_log_can_not_tell_apart_is_not_answered(
    answering: Answering, log: DecisionLog
) -> None:
    recorder = Recorder(log.writer, Events())
    deciding, (key,) = Deciding(recorder, GoneAfter(0)), keys(1)
    assert isinstance(told(begun(deciding, answering, BODY, key))[0], LoggedAnswer)
    for body in (BODY, BAD):
        outcome, _ = told(begun(deciding, answering, body, key))
        assert isinstance(outcome, Refused)
        assert outcome.why == "not_logged"
    recorder.close()


def test_a_fault_of_the_engine_is_that_of_one_request_alone(
    deciding: Deciding, answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering.asked

    def failing(body: Any, caller: Caller = INTERNAL, **more: Any) -> Any:
        if body == BAD:
            raise EngineFault("no")
        return asked(body, caller, **more)

    monkeypatch.setattr(answering, "asked", failing)
    decided = decide(deciding, answering, [BODY, BAD, BODY])
    assert [type(one) for one in decided.outcomes] == [LoggedAnswer, Failed, LoggedAnswer]


def test_without_a_log_decisions_are_made_all_the_same(answering: Answering) -> None:
    decided = decide(Deciding(), answering, [BODY])
    assert [type(one) for one in decided.outcomes] == [LoggedAnswer]
    assert decided.safe

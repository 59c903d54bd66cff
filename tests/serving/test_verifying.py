"""Logged decisions made again: the same bytes, or what differs, or what is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.model.ruleset import Ruleset
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.serving.verifying import (
    SIGNED_SINCE,
    UNSIGNED_SINCE,
    AnswerDifference,
    Verified,
    Verifier,
    differing,
)
from service.store.decisions.logged import DamagedRow, Logged, Mark, logged
from service.store.editions import Edition, edition_of
from service.store.folders import read_shelf
from tests.serving.archived import ASSESSMENT, Clinic
from tests.store.decided import tamper


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    made = Clinic(tmp_path)
    made.publish("1.3.0")
    yield made
    made.archive.close()


def decide(answering: Answering, **members: Any) -> Logged:
    """A decision as the service logs it."""
    answer = answering.evaluate({"ruleset": "small", "assessment": ASSESSMENT, **members})
    assert not isinstance(answer, Refused)
    return logged(ASSESSMENT, answer, orjson.dumps(answer))


def verify(clinic: Clinic, one: Logged | DamagedRow) -> Verified:
    """Made again, from what the archive holds now."""
    return Verifier(clinic.archive).verify(one)


def forged(one: Logged, change: dict[str, Any]) -> Logged:
    """The decision as if it had been answered otherwise."""
    return replace(one, answer=orjson.dumps(orjson.loads(one.answer) | change))


def sign(clinic: Clinic, signed: bool) -> Edition:
    """The edition of the folder, signed off or not, put into the archive."""
    edition = replace(edition_of(read_shelf(clinic.root).read["small"]), signed_off=signed)
    clinic.archive.publish(edition, datetime.now(UTC))
    return edition


@pytest.mark.parametrize("members", [{}, {"as_of": "2031-01-01"}, {"explain": True}, {"explain": False}])
def test_a_decision_comes_out_the_same_byte_for_byte(clinic: Clinic, members: dict[str, Any]) -> None:
    one = decide(clinic.answering(), **members)
    assert verify(clinic, one) == Verified(one.decision_id, same=True)


def test_a_decision_of_before_there_were_refs_and_tests_comes_out_the_same(clinic: Clinic) -> None:
    one = decide(clinic.answering())
    answer = orjson.loads(one.answer)
    del answer["ref"], answer["test"]
    assert verify(clinic, replace(one, answer=orjson.dumps(answer))).same
    assert verify(clinic, forged(one, {"test": True})).same, "the row's digest holds what was asked"


def test_it_is_made_again_under_the_edition_of_then(clinic: Clinic) -> None:
    one = decide(clinic.answering())
    clinic.publish("1.4.0")
    other = decide(clinic.answering())
    assert one.digest != other.digest
    assert verify(clinic, one).same
    assert verify(clinic, other).same


def test_an_answer_that_differs_is_told_with_the_members_that_differ(clinic: Clinic) -> None:
    one = decide(clinic.answering())
    sessions = {"min": 4, "typical": 4, "max": 6}
    found = verify(clinic, forged(one, {"verdict": "defer", "sessions": sessions, "extra": 1}))
    assert found.same is False
    assert found.damaged is None
    assert found.differences == (
        AnswerDifference("/verdict", "defer", "several_sessions"),
        AnswerDifference("/sessions/typical", 4, 5),
        AnswerDifference("/extra", 1, None),
    )
    assert found.as_json()["differences"][1] == {"pointer": "/sessions/typical", "logged": 4, "again": 5}


def test_the_same_data_in_other_bytes_is_not_the_same(clinic: Clinic) -> None:
    one = decide(clinic.answering())
    spaced = replace(one, answer=one.answer.replace(b'":', b'": '))
    assert verify(clinic, spaced).differences == (AnswerDifference("", "the same data", "in other bytes"),)


def test_an_assessment_that_is_refused_now_is_told_with_its_place(clinic: Clinic) -> None:
    one = replace(decide(clinic.answering()), assessment=b'{"concern":"warts","phototype":"I","gold":false}')
    found = verify(clinic, one)
    assert [(at.pointer, at.logged) for at in found.differences] == [("/assessment/concern", "accepted")]
    assert found.differences[0].again.startswith("refused: ")


def test_only_the_first_differences_are_told(clinic: Clinic) -> None:
    one = decide(clinic.answering())
    assert len(verify(clinic, forged(one, {f"m{number}": 1 for number in range(40)})).differences) == 10


def test_a_damaged_row_is_told(clinic: Clinic) -> None:
    found = verify(clinic, DamagedRow("an id", Mark("", "an id")))
    assert (found.same, found.differences) == (False, ())
    assert found.damaged == "the logged decision is damaged: it comes to another digest"


def test_a_damaged_archive_is_told_even_after_a_decision_was_verified(clinic: Clinic) -> None:
    one = decide(clinic.answering())
    verifier = Verifier(clinic.archive)
    assert verifier.verify(one).same
    tamper(f"sqlite:///{clinic.file}", "UPDATE ruleset_texts SET deflated = x'00'")
    found = verifier.verify(one)
    assert found.same is False
    assert "damaged" in str(found.damaged)


def test_an_edition_that_the_archive_lacks_is_told(clinic: Clinic) -> None:
    one = replace(decide(clinic.answering()), digest="sha256:" + "7" * 64)
    assert str(verify(clinic, one).damaged).startswith("the archive has no edition sha256:77")


def test_a_later_sign_off_changes_nothing_but_is_said(clinic: Clinic) -> None:
    one = decide(clinic.answering())
    assert b"not-signed-off" in one.answer
    sign(clinic, True)
    assert verify(clinic, one) == Verified(one.decision_id, same=True, note=SIGNED_SINCE)
    assert forged(one, {"verdict": "defer"}) != one
    assert verify(clinic, forged(one, {"verdict": "defer"})).note is None


def test_a_sign_off_taken_back_changes_nothing_but_is_said(clinic: Clinic) -> None:
    sign(clinic, True)
    snapshot = clinic.snapshot()
    compiled = snapshot.served["small"]
    signed: Ruleset = replace(compiled.ruleset, signed_off=True)
    snapshot = replace(snapshot, served={"small": type(compiled)(signed)})
    one = decide(Answering(snapshot))
    assert b"not-signed-off" not in one.answer
    assert verify(clinic, one) == Verified(one.decision_id, same=True)
    sign(clinic, False)
    assert verify(clinic, one) == Verified(one.decision_id, same=True, note=UNSIGNED_SINCE)


def test_an_edition_is_read_once_where_that_is_asked_for(clinic: Clinic) -> None:
    one = decide(clinic.answering())
    clinic.counting.asked.clear()
    verifier = Verifier(clinic.counting, look_once=True)
    assert all(verifier.verify(one).same for _ in range(3))
    assert clinic.counting.asked == [one.digest]


@pytest.mark.parametrize(
    ("was", "again", "found"),
    [
        ({"a": [1, 2]}, {"a": [1, 2]}, []),
        ({"a": [1, 2]}, {"a": [1]}, [AnswerDifference("/a/1", 2, None)]),
        ({"a": 1}, {"a": True}, [AnswerDifference("/a", 1, True)]),
        ({"a": 1}, {"a": 1.0}, [AnswerDifference("/a", 1, 1.0)]),
        ({"a/b": {"c": "x"}}, {"a/b": {"c": "y"}}, [AnswerDifference("/a~1b/c", "x", "y")]),
        ({"a": None}, {}, [AnswerDifference("/a", None, None)]),
    ],
)
def test_differences_are_found_down_to_the_member(
    was: Any, again: Any, found: list[AnswerDifference]
) -> None:
    assert list(differing(was, again)) == found

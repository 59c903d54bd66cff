"""A number of a request keeps all its digits: in bounds, rules, answer and log, and when decided again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.json_numbers import MOST_DIGITS
from service.model.exact_json import read_json
from service.model.number import exact
from service.serving.deciding import Deciding
from service.serving.evaluate import Answering
from service.serving.outcome import LoggedAnswer
from service.serving.recording import Recorder
from service.serving.refused import Refused
from service.serving.verifying import Verified, Verifier
from service.store.archive import Archive
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import Logged
from service.store.editions import edition_of
from service.store.folders import read_shelf
from service.store.snapshot import take_snapshot
from tests.properties.profile import examples
from tests.serving.recorded import decide
from tests.serving.test_recording import Events

SHIPPED = Path(__file__).parents[2] / "rulesets"
CASES = Path(__file__).parent / "exact_numbers"
BELOW_THE_GOAL = (CASES / "json-decimal-rounded.json").read_text()
ABOVE_THE_BOUND = (CASES / "json-above-bound-accepted.json").read_text()
NUMBER = "74.9999999999999999999"
GOAL = 75
"""How many percent "clear" asks for."""


@dataclass(frozen=True)
class Desk:
    """The shipped ruleset, its archive, and the log of what is decided."""

    answering: Answering
    archive: Archive
    log: DecisionLog
    deciding: Deciding
    verifier: Verifier

    def told(self, assessment: str) -> Any:
        """What comes of an assessment as JSON text."""
        body = read_json(b'{"ruleset": "pico-laser", "assessment": %s}' % assessment.encode())
        return decide(self.deciding, self.answering, [body]).outcomes[0]

    def decided(self, assessment: str) -> tuple[dict[str, Any], Logged]:
        """The answer, and what the log has of it."""
        outcome = self.told(assessment)
        assert isinstance(outcome, LoggedAnswer)
        answer = read_json(outcome.content)
        logged = self.log.decision(answer["decision_id"])
        assert isinstance(logged, Logged)
        return answer, logged


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    shelf = read_shelf(SHIPPED)
    archive = Archive(Database(f"sqlite:///{folder}/archive.sqlite3"))
    archive.publish(edition_of(shelf.read["pico-laser"]), datetime.now(UTC))
    log = DecisionLog(Database(f"sqlite:///{folder}/log.sqlite3"))
    recorder = Recorder(log.writer, Events())
    answering = Answering(take_snapshot(shelf))
    yield Desk(answering, archive, log, Deciding(recorder, log), Verifier(archive))
    recorder.close()
    answering.snapshot.close()
    log.close()
    archive.close()


def matched(answer: dict[str, Any]) -> list[Any]:
    """The improvement wherever a rule looked at it."""
    found = [hit["matched"].get("improvement_pct") for hit in answer["fired"]]
    return [one for one in found if one is not None]


def test_what_is_just_below_the_goal_is_below_it(desk: Desk) -> None:
    answer, logged = desk.decided(BELOW_THE_GOAL)
    assert "sun-spots-again" in [hit["rule"] for hit in answer["fired"]]
    assert answer["verdict"] == "several_sessions"
    assert set(matched(answer)) == {Decimal(NUMBER)}
    assert NUMBER.encode() in logged.assessment
    assert NUMBER.encode() in logged.answer


def test_what_is_just_above_a_bound_is_out_of_bounds(desk: Desk) -> None:
    outcome = desk.told(ABOVE_THE_BOUND)
    assert isinstance(outcome, Refused)
    (error,) = outcome.errors
    assert (error.pointer, error.code) == ("/assessment/improvement_pct", "out-of-bounds")


@pytest.mark.parametrize(
    "number", ["50." + "0" * MOST_DIGITS + "1", "5e31", "5e-31", "9" * 1000, "5e999999999"]
)
def test_a_number_that_is_longer_than_any_is_told_at_its_place_beside_all_other_mistakes(
    desk: Desk, number: str
) -> None:
    sent = BELOW_THE_GOAL.replace(NUMBER, number)
    outcome = desk.told(sent.replace('"goal": "clear"', f'"goal": {number}'))
    assert isinstance(outcome, Refused)
    assert [(error.pointer, error.code) for error in outcome.errors] == [
        ("/assessment/goal", "wrong-type"),
        ("/assessment/improvement_pct", "out-of-bounds"),
    ]
    assert outcome.errors[1].hint == "Send at most 30 significant digits and an exponent from -30 to 30."


SPELLINGS = ("{:f}", "{:e}", "{:.31f}", "{:E}")
PERCENTS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(1, 10**MOST_DIGITS - 1),
    st.integers(MOST_DIGITS - 2, MOST_DIGITS),
)
BESIDE = st.sampled_from([Decimal(step) for step in ("-1e-28", "-1e-9", "0", "1e-9", "1e-28")])


@examples(40)
@given(PERCENTS | BESIDE.map(lambda step: GOAL + step.normalize()), st.sampled_from(SPELLINGS))
def test_a_decimal_comes_back_as_it_was_sent_everywhere(desk: Desk, percent: Decimal, spelling: str) -> None:
    answer, logged = desk.decided(BELOW_THE_GOAL.replace(NUMBER, spelling.format(percent)))
    assert {exact(one) for one in matched(answer)} == {Fraction(percent)}
    assert exact(read_json(logged.assessment)["improvement_pct"]) == Fraction(percent)
    assert ("sun-spots-again" in [hit["rule"] for hit in answer["fired"]]) == (Fraction(percent) < GOAL)
    assert desk.verifier.verify(logged) == Verified(logged.decision_id, same=True)


def test_five_and_zero_tenths_is_logged_and_told_as_five(desk: Desk) -> None:
    answer, logged = desk.decided(
        BELOW_THE_GOAL.replace(NUMBER, "50.0").replace('"age": 40', '"age": 4.00e1')
    )
    assert set(map(repr, matched(answer))) == {"50"}
    assert json.loads(logged.assessment)["age"] == 40
    assert b'"improvement_pct":50,' in logged.assessment
    assert b'"age":40,' in logged.assessment


def test_members_that_are_null_are_not_given(desk: Desk) -> None:
    nothing = dict.fromkeys(("as_of", "version", "digest", "explain"))
    assessment = read_json(BELOW_THE_GOAL.encode())
    answer = desk.answering.evaluate({"ruleset": "pico-laser", "assessment": assessment, **nothing})
    assert isinstance(answer, dict)
    assert "not_fired" not in answer
    refused = desk.answering.evaluate({"ruleset": None, "assessment": assessment})
    assert isinstance(refused, Refused)
    assert [(error.pointer, error.code) for error in refused.errors] == [("/ruleset", "missing")]
    refused = desk.answering.evaluate({"ruleset": "pico-laser", "assessment": None})
    assert isinstance(refused, Refused)
    assert [(error.pointer, error.code) for error in refused.errors] == [("/assessment", "wrong-type")]

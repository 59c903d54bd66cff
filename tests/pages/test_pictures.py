"""Pictures say what the answer says: each step where its numbers are, each session when it may be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from service.evaluation.compiled import CompiledRuleset
from service.pages.pictures import Calendar, calendar, waterfall
from service.pages.verdict import VerdictView, verdict_view
from service.serving.evaluate import Answering
from service.store.folders import read_shelf, shipped
from service.store.snapshot import Snapshot, take_snapshot
from service.wording.steps import WorkedStep
from tests.web.test_what_if import SPOTS


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    """The shipped rulesets."""
    return take_snapshot(read_shelf(shipped()))


def view(snapshot: Snapshot, day: date | None = None, **answers: Any) -> tuple[VerdictView, dict[str, Any]]:
    """What is shown of a client, and his answer."""
    assessment = {**SPOTS, **answers}
    answer = Answering(snapshot).evaluate({"ruleset": "pico-laser", "assessment": assessment})
    assert isinstance(answer, dict)
    compiled: CompiledRuleset = snapshot.served["pico-laser"]
    return verdict_view(compiled.ruleset, assessment, answer, day), answer


def test_a_waterfall_has_a_bar_for_each_step_over_one_scale(snapshot: Snapshot) -> None:
    shown, answer = view(snapshot)
    (sessions, weeks) = shown.worked
    steps = [step for step in answer["steps"] if step["of"] == "sessions"]
    assert sessions.picture is not None
    assert [bar.says for bar in sessions.picture.bars] == [step.now for step, _ in sessions.steps]
    places = dict(sessions.picture.marks)
    for step, bar in zip(steps, sessions.picture.bars, strict=True):
        if str(step["min"]) in places:
            assert bar.left == places[str(step["min"])]
    last = sessions.picture.bars[-1]
    assert last.kind == "last"
    assert (last.left, last.middle) == (places["1"], places["2"])
    assert sessions.picture.sentence == (
        "How the sessions come about, in 4 steps: 1, 1, 2 to 1, 2, 3 (min, typical, max)."
    )
    assert weeks.steps[0][1] is not None
    assert weeks.steps[0][1].id == "lentigo-mild"


def test_a_base_that_is_not_used_is_set_off_and_has_no_typical_line(snapshot: Snapshot) -> None:
    rows = [("lentigo-mild", "base_not_used", span(1, 2)), ("no-such-rule", "base", span(3, 5, 4))]
    steps = [{"rule": rule, "does": does, **numbers} for rule, does, numbers in rows]
    worked = [
        WorkedStep("not used", "lentigo-mild: another base needs more", "1, 1, 2"),
        WorkedStep("base", "no-such-rule", "3, 4, 5"),
    ]
    picture = waterfall(snapshot.served["pico-laser"].ruleset, "sessions", steps, worked)
    assert picture is not None
    unused, base = picture.bars
    assert (unused.kind, unused.middle) == ("unused", None)
    assert (base.kind, base.middle is None) == ("last", False)
    assert unused.left + unused.width < base.left
    assert picture.sentence.endswith("in 2 steps: 3, 4, 5 (min, typical, max).")


def span(low: int, high: int, typical: int | None = None) -> dict[str, int]:
    return {"min": low, "typical": typical or low, "max": high}


def planned(**members: Any) -> dict[str, Any]:
    """The parts of an answer that a calendar looks at."""
    return {
        "sessions": span(2, 3),
        "remaining": None,
        "interval_weeks": span(4, 6),
        "review_weeks": span(8, 8),
        **members,
    }


def times(found: Calendar | None) -> list[tuple[str, str, str]]:
    assert found is not None
    return [(one.what, one.weeks, one.days) for one in found.times]


def test_session_k_is_k_less_one_intervals_after_the_next() -> None:
    assert times(calendar({}, planned(), date(2026, 12, 1))) == [
        ("Session 1", "to begin with", "2026-12-01"),
        ("Session 2", "4 to 6 weeks later", "2026-12-29 to 2027-01-12"),
        ("Session 3, if needed", "8 to 12 weeks later", "2027-01-26 to 2027-02-23"),
        ("We look again", "8 weeks later", "2027-01-26"),
    ]


def test_sessions_that_are_done_are_not_planned_again() -> None:
    found = times(calendar({"sessions_done": 2}, planned(remaining=span(1, 1), review_weeks=None), None))
    assert found == [("Session 3", "to begin with", "")]


@pytest.mark.parametrize(
    "members",
    [{"sessions": None}, {"interval_weeks": None}, {"sessions": span(2, 2), "remaining": span(0, 0)}],
)
def test_without_sessions_to_come_or_weeks_there_is_no_calendar(members: dict[str, Any]) -> None:
    assert calendar({}, planned(**members), None) is None


def test_a_day_near_the_end_of_time_has_weeks_alone() -> None:
    found = times(calendar({}, planned(), date.max))
    assert [days for _, _, days in found] == ["9999-12-31", "", "", ""]


def test_too_many_sessions_are_told_in_words_alone() -> None:
    found = calendar({}, planned(sessions=span(20, 60)), None)
    assert found is not None
    assert found.picture is None
    assert len(found.times) == 61

from __future__ import annotations

from collections import Counter

import pytest

from tests.evaluation.worked import Case, cases, shown
from tests.properties.serving import answer, serving
from tests.reference import decide

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_worked_by_hand_comes_out_so(case: Case) -> None:
    with serving(case.files) as answering:
        answered = answer(answering, case.asked)
    assert {member: shown(answered, member) for member in case.expect} == case.expect


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_reference_comes_to_the_same(case: Case) -> None:
    members = set(case.expect) - {"verdict_text"}
    answered = decide(case.files, case.asked)
    for member in members:
        found = shown(answered, member)
        if member == "steps":
            assert sorted(found) == sorted(case.expect[member])
        else:
            assert found == case.expect[member], member


def test_no_two_cases_make_the_same_claim() -> None:
    assert [name for name, count in Counter(case.name for case in CASES).items() if count > 1] == []


@pytest.mark.parametrize(
    "does",
    [
        "base",
        "base_not_used",
        "times",
        "add",
        "round",
        "will_not_suffice",
        "unvouched",
        "widen",
        "most",
        "limit",
        "replan",
    ],
)
def test_every_move_of_the_arithmetic_has_a_case(does: str) -> None:
    assert any(f" {does} " in step for case in CASES for step in case.expect.get("steps", ()))


def test_every_verdict_has_a_case() -> None:
    assert {case.expect.get("verdict") for case in CASES} >= {
        "do_not_treat",
        "defer",
        "clinician_review",
        "goal_reached",
        "one_session_may_suffice",
        "several_sessions",
    }

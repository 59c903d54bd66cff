"""A round of checks tells what it finds, and nothing that happens to it reaches whoever ordered it."""

from __future__ import annotations

import os
import selectors
import signal
import time
from pathlib import Path

import pytest

from service.authoring.rounds import Ended, Rounds
from service.authoring.told import (
    Checked,
    Order,
    Part,
    Proved,
    Proving,
    Refused,
    as_line,
    order_from_line,
    part_from_line,
)
from service.authoring.writing import write_schemas
from service.model.problem import Place, Problem
from tests.commandline.samples import edit, write_small

PATIENCE_S = 60


def heard(rounds: Rounds, until: type[object]) -> list[Part | Ended]:
    """What the round tells up to a part of this kind."""
    parts: list[Part | Ended] = []
    deadline = time.monotonic() + PATIENCE_S
    while not any(isinstance(part, until) for part in parts):
        assert time.monotonic() < deadline, parts
        with selectors.DefaultSelector() as selector:
            if rounds.fileno is not None:
                selector.register(rounds.fileno, selectors.EVENT_READ)
            selector.select(min(rounds.seconds_left, 1))
        parts += rounds.told()
    return parts


@pytest.fixture
def rulesets(tmp_path: Path) -> Path:
    return write_small(tmp_path)


def test_checks_and_scenarios_come_first_and_proofs_after_them(rulesets: Path) -> None:
    edit(rulesets / "small" / "ruleset.yaml", "allow: {gap: Sun spots are left open here.}", "")
    with Rounds(Order(str(rulesets))) as rounds:
        rounds.begin()
        parts = [part for part in heard(rounds, Proved) if not isinstance(part, Proving)]
    checked, proved = parts
    assert isinstance(checked, Checked)
    assert isinstance(proved, Proved)
    assert (checked.rulesets, checked.scenarios, checked.failed, checked.untested) == (1, 2, 0, 0)
    assert checked.problems == ()
    assert {problem.code for problem in proved.problems} == {"gap"}


def test_problems_and_failed_scenarios_are_told_apart(rulesets: Path) -> None:
    edit(rulesets / "small" / "scenarios" / "1-all.yaml", "typical: 5", "typical: 4")
    edit(rulesets / "small" / "factors" / "2-response.yaml", "We begin gently.", '"At 0.3 J/cm2."')
    with Rounds(Order(str(rulesets), prove=False)) as rounds:
        rounds.begin()
        (checked,) = heard(rounds, Checked)
    assert isinstance(checked, Checked)
    assert [problem.code for problem in checked.problems] == ["fluence-unit"]
    assert [problem.code for problem in checked.failures] == ["scenario-failed"]
    assert checked.failed == 1


def test_a_new_round_ends_the_one_before_it(rulesets: Path) -> None:
    with Rounds(Order(str(rulesets))) as rounds:
        rounds.begin()
        before = rounds.pid
        assert before is not None
        rounds.begin()
        assert rounds.pid != before
        assert not _lives(before)
        heard(rounds, Proved)


def test_a_round_that_hangs_is_stopped_and_said_to_be(rulesets: Path) -> None:
    with Rounds(Order(str(rulesets)), quick_s=0.5) as rounds:
        rounds.begin()
        process = rounds.pid
        assert process is not None
        os.kill(process, signal.SIGSTOP)
        (ended,) = heard(rounds, Ended)
        assert ended == Ended(
            "Checking took too long and was stopped. Undo the last edit, or split what it made large: "
            "rules with many alternatives, long lists."
        )
        assert not _lives(process)
        assert rounds.fileno is None


def test_a_round_that_is_killed_is_said_to_be_and_the_next_one_works(rulesets: Path) -> None:
    with Rounds(Order(str(rulesets), prove=False)) as rounds:
        rounds.begin()
        assert rounds.pid is not None
        os.kill(rounds.pid, signal.SIGKILL)
        (ended,) = heard(rounds, Ended)
        assert isinstance(ended, Ended)
        assert ended.message.startswith("The check was ended by SIGKILL.")
        rounds.begin()
        assert isinstance(heard(rounds, Checked)[0], Checked)


def test_no_process_is_left_behind(rulesets: Path) -> None:
    with Rounds(Order(str(rulesets))) as rounds:
        rounds.begin()
        heard(rounds, Checked)
        processes = [process.pid for process in (rounds._running, rounds._waiting) if process is not None]
    assert processes  # one, where the round is over already
    assert not any(map(_lives, processes))


def test_a_folder_that_holds_no_ruleset_any_more_is_said_to(tmp_path: Path) -> None:
    with Rounds(Order(str(tmp_path))) as rounds:
        rounds.begin()
        (refused,) = heard(rounds, Refused)
    assert isinstance(refused, Refused)
    assert refused.message.startswith(f"{tmp_path} holds no ruleset")


def test_schemas_are_kept_up_to_date_where_there_are_some(rulesets: Path) -> None:
    with Rounds(Order(str(rulesets))) as rounds:
        rounds.begin()
        heard(rounds, Proved)
        assert not (rulesets / "small" / ".schemas").exists()
        write_schemas(rulesets / "small")
        edit(rulesets / "small" / "assessment.yaml", "{spots:", "{burns: {label: Burns, most: 2}, spots:")
        rounds.begin()
        heard(rounds, Proved)
    assert '"burns"' in (rulesets / "small" / ".schemas" / "factors.json").read_text(encoding="utf-8")


def test_a_round_says_which_folders_outside_it_rests_on(rulesets: Path) -> None:
    clinic = rulesets / "clinic"
    clinic.mkdir()
    header = "id: clinic\ntitle: C\nversion: 1.0.0\nextends: small\n"
    (clinic / "ruleset.yaml").write_text(header, encoding="utf-8")
    with Rounds(Order(str(clinic), prove=False)) as rounds:
        rounds.begin()
        (checked,) = heard(rounds, Checked)
    assert isinstance(checked, Checked)
    assert checked.extended == (str(rulesets / "small"),)


@pytest.mark.parametrize(
    "part",
    [
        Checked(
            1, (Problem(Place("a.yaml", 1, 2), "gap", "é", "warning", ("{}",)),), 2, 1, (), 0, 0.5, ("/x",)
        ),
        Proving("small", 1, 3),
        Proved((Problem(Place("a.yaml"), "gap", "m"),), 1, 0, 0.5),
        Refused("no"),
    ],
)
def test_what_is_told_arrives_as_it_was(part: Part) -> None:
    assert part_from_line(as_line(part)) == part


def test_an_order_arrives_as_it_was() -> None:
    order = Order("rulesets", prove=False, seconds=2.5, memory_mb=100)
    assert order_from_line(as_line(order)) == order


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True

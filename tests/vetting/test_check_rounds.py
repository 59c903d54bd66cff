"""A round of checks tells what it finds, and nothing that happens to it reaches whoever ordered it."""

from __future__ import annotations

import os
import selectors
import signal
import time
from datetime import date
from pathlib import Path

import pytest

from service.model.problem import Place, Problem
from service.store.editions import Edition
from service.vetting.process import CheckRounds, RoundEnded
from service.vetting.report import (
    CheckLimits,
    CheckMessage,
    CheckReport,
    CheckRequest,
    FolderChecked,
    FolderProved,
    FolderRefused,
    ProvingProgress,
    Served,
    as_line,
    message_from_line,
    request_from_line,
)
from service.vetting.sources import Fingerprints, Source
from tests.commandline.samples import edit, write_small
from tests.waiting import PATIENCE_S


def heard(rounds: CheckRounds, until: type[object]) -> list[CheckMessage | RoundEnded]:
    """What the round tells up to a part of this kind."""
    parts: list[CheckMessage | RoundEnded] = []
    deadline = time.monotonic() + PATIENCE_S
    while not any(isinstance(part, until) for part in parts):
        assert time.monotonic() < deadline, parts
        with selectors.DefaultSelector() as selector:
            if rounds.fileno is not None:
                selector.register(rounds.fileno, selectors.EVENT_READ)
            selector.select(min(rounds.seconds_left, 1))
        parts += rounds.messages()
    return parts


def asked(folder: Path, prove_seconds: float | None = PATIENCE_S) -> CheckRequest:
    """A request to check a folder."""
    return CheckRequest(Source(folder, str(folder)), CheckLimits(), prove_seconds=prove_seconds)


@pytest.fixture
def rulesets(tmp_path: Path) -> Path:
    return write_small(tmp_path)


def test_checks_and_scenarios_come_first_and_proofs_after_them(rulesets: Path) -> None:
    edit(rulesets / "small" / "ruleset.yaml", "allow: {gap: Sun spots are left open here.}", "")
    with CheckRounds(asked(rulesets)) as rounds:
        rounds.begin()
        parts = [part for part in heard(rounds, FolderProved) if not isinstance(part, ProvingProgress)]
    checked, proved = parts
    assert isinstance(checked, FolderChecked)
    assert isinstance(proved, FolderProved)
    assert (checked.rulesets, checked.scenarios, checked.failed, checked.untested) == (1, 2, 0, 0)
    assert checked.problems == ()
    assert {problem.code for problem in proved.problems} == {"gap"}


def test_problems_and_failed_scenarios_are_told_apart(rulesets: Path) -> None:
    edit(rulesets / "small" / "scenarios" / "1-all.yaml", "typical: 5", "typical: 4")
    edit(rulesets / "small" / "factors" / "2-response.yaml", "We begin gently.", '"At 0.3 J/cm2."')
    with CheckRounds(asked(rulesets, prove_seconds=None)) as rounds:
        rounds.begin()
        (checked,) = heard(rounds, FolderChecked)
    assert isinstance(checked, FolderChecked)
    assert [problem.code for problem in checked.problems] == ["fluence-unit"]
    assert [problem.code for problem in checked.failures] == ["scenario-failed"]
    assert checked.failed == 1


def test_a_new_round_ends_the_one_before_it(rulesets: Path) -> None:
    with CheckRounds(asked(rulesets)) as rounds:
        rounds.begin()
        before = rounds.pid
        assert before is not None
        rounds.begin()
        assert rounds.pid != before
        assert not _lives(before)
        heard(rounds, FolderProved)


def test_a_round_that_hangs_is_stopped_and_said_to_be(rulesets: Path) -> None:
    with CheckRounds(asked(rulesets), quick_s=0.5) as rounds:
        rounds.begin()
        process = rounds.pid
        assert process is not None
        os.kill(process, signal.SIGSTOP)
        (ended,) = heard(rounds, RoundEnded)
        assert ended == RoundEnded(
            "Checking took too long and was stopped. Undo the last edit, or split what it made large: "
            "rules with many alternatives, long lists."
        )
        assert not _lives(process)
        assert rounds.fileno is None


def test_a_round_that_is_killed_is_said_to_be_and_the_next_one_works(rulesets: Path) -> None:
    with CheckRounds(asked(rulesets, prove_seconds=None)) as rounds:
        rounds.begin()
        assert rounds.pid is not None
        os.kill(rounds.pid, signal.SIGKILL)
        (ended,) = heard(rounds, RoundEnded)
        assert isinstance(ended, RoundEnded)
        assert ended.message.startswith("The check was ended by SIGKILL.")
        rounds.begin()
        assert isinstance(heard(rounds, FolderChecked)[0], FolderChecked)


def test_no_process_is_left_behind(rulesets: Path) -> None:
    with CheckRounds(asked(rulesets)) as rounds:
        rounds.begin()
        heard(rounds, FolderChecked)
        processes = [process.pid for process in (rounds._running, rounds._waiting) if process is not None]
    assert processes  # one, where the round is over already
    assert not any(map(_lives, processes))


def test_a_folder_that_holds_no_ruleset_any_more_is_said_to(tmp_path: Path) -> None:
    with CheckRounds(asked(tmp_path)) as rounds:
        rounds.begin()
        (refused,) = heard(rounds, FolderRefused)
    assert isinstance(refused, FolderRefused)
    assert refused.message.startswith(f"{tmp_path} holds no ruleset")


def test_a_round_says_which_folders_outside_it_rests_on(rulesets: Path) -> None:
    clinic = rulesets / "clinic"
    clinic.mkdir()
    header = "id: clinic\ntitle: C\nversion: 1.0.0\nextends: small\n"
    (clinic / "ruleset.yaml").write_text(header, encoding="utf-8")
    with CheckRounds(asked(clinic, prove_seconds=None)) as rounds:
        rounds.begin()
        (checked,) = heard(rounds, FolderChecked)
    assert isinstance(checked, FolderChecked)
    assert checked.extended == (str(rulesets / "small"),)


EDITION = Edition("small", "1.0.0", "sha256:a", date(2027, 1, 1), "é", {"small/ruleset.yaml": "id: small\n"})
GAP = Problem(Place("a.yaml", 1, 2), "gap", "é", "warning", ("{}",))


@pytest.mark.parametrize(
    "message",
    [
        FolderChecked(1, (GAP,), 2, 1, (), 0, 0.5, ("/x",)),
        ProvingProgress("small", 1, 3),
        FolderProved((GAP,), 1, 0, 0.5),
        FolderRefused("no"),
        CheckReport("small", Fingerprints({"small": "x"}), (GAP,), EDITION, seconds=0.5),
        CheckReport("small", Fingerprints({}), (GAP,), guarantees={"gold-stops": "proven"}),
    ],
)
def test_what_is_told_arrives_as_it_was(message: CheckMessage) -> None:
    assert message_from_line(as_line(message)) == message


def test_a_request_arrives_as_it_was() -> None:
    source = Source(Path("rulesets"), "clinic")
    for request in (
        CheckRequest(source, CheckLimits(1, None, 100, 0), prove_seconds=None),
        CheckRequest(source, CheckLimits(), "small", Served(EDITION, ("sha256:b", "sha256:a")), 2.5),
    ):
        assert request_from_line(as_line(request)) == request


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True

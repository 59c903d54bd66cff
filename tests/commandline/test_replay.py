"""``picoplan replay``: what would have changed for past clients."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commandline.console import CommandOutput, on_a_terminal, picoplan
from tests.replaying.past import CLIENTS, Past

MORE = ("factors/1-concern.yaml", "sessions: 4 to 6", "sessions: 5 to 7")


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    made = Past(tmp_path)
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", made.url)
    return made


def replay(
    past: Past, folder: Path, *arguments: str, edits: tuple[tuple[str, str, str], ...] = ()
) -> CommandOutput:
    return picoplan("replay", "--candidate", past.candidate(folder / "candidate", *edits), *arguments)


def test_that_nothing_changes_is_said(past: Past, tmp_path: Path) -> None:
    said = replay(past, tmp_path, "--fail-above", "0")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{len(CLIENTS)} decisions replayed under small 1.2.0 (")
    assert "100.0 %  the same answer" in said.out
    assert said.out.endswith("Nothing would have changed.\n")


def test_what_changes_is_told_by_plan_sessions_rule_and_example(past: Past, tmp_path: Path) -> None:
    said = replay(past, tmp_path, edits=(MORE,))
    assert said.code == 0
    assert "         4   25.0 %  another plan: the verdict, the numbers or what is unanswered\n" in said.out
    assert "                   +1          4  ########################################\n" in said.out
    assert "4  scars\n" in said.out
    first = past.made[0].decision_id
    assert f"    {first}  sessions 4-5-6 -> 5-6-7; remaining 4-5-6 -> 5-6-7\n" in said.out
    assert "Verdicts" not in said.out


def test_verdicts_that_change_stand_in_a_table(past: Past, tmp_path: Path) -> None:
    said = replay(
        past, tmp_path, edits=(("factors/2-response.yaml", "when: {gold: yes}", "when: {sensitive: yes}"),)
    )
    table = said.out.partition("Verdicts, before (down) and after (across)\n")[2].splitlines()[:3]
    assert table[0].split() == ["do_not_treat", "clinician_review", "several_sessions"]
    assert table[1].split() == ["do_not_treat", "4", "2", "2"]
    assert table[2].split()[0] == "clinician_review"


def test_the_document_has_the_same_counts(past: Past, tmp_path: Path) -> None:
    data = json.loads(replay(past, tmp_path, "--json", edits=(MORE,)).out)
    assert (data["decisions"], data["replayed"], data["changed"]) == (len(CLIENTS), len(CLIENTS), 4)
    assert data["changed_percent"] == 25
    assert data["sessions"]["shift"][-1] == {"sessions": 1, "decisions": 4}
    assert data["rules"] == [{"rule": "scars", "no_longer": 0, "now": 0, "edited": 4}]
    moved = [one["decision_id"] for one in data["examples"] if one["kind"] == "sessions +1"]
    assert moved[0] == past.made[0].decision_id
    assert [one["id"] for one in data["candidate"]] == ["small"]


@pytest.mark.parametrize(("above", "code"), [("24.9", 1), ("25", 0), ("100", 0)])
def test_fail_above_fails_where_more_changes(past: Past, tmp_path: Path, above: str, code: int) -> None:
    said = replay(past, tmp_path, "--fail-above", above, edits=(MORE,))
    assert said.code == code
    assert said.err == ("25.0 % of the plans change, more than 24.9 %.\n" if code else "")


def test_a_candidate_with_errors_is_refused_with_its_problems(past: Past, tmp_path: Path) -> None:
    said = replay(past, tmp_path, edits=(("factors/1-concern.yaml", "concern: scars", "concern: scar"),))
    assert (said.code, said.out) == (1, "")
    assert 'error unknown-option "scar" is not an option of concern' in said.err
    assert said.err.endswith("is not good: nothing was replayed.\n")


def test_days_and_a_limit_take_a_part_of_the_log(past: Past, tmp_path: Path) -> None:
    assert replay(past, tmp_path, "--limit", "3").out.startswith("3 decisions replayed")
    said = replay(past, tmp_path, "--since", "2026-06-02", "--until", "2026-06-30", "--ruleset", "small")
    assert said.out.startswith(f"{len(CLIENTS) - 12} decisions replayed")
    assert replay(past, tmp_path, "--since", "2027-01-01").out.startswith("0 decisions replayed")


def test_a_ruleset_that_the_candidate_lacks_is_wrong_usage(past: Past, tmp_path: Path) -> None:
    said = replay(past, tmp_path, "--ruleset", "smal")
    assert said.code == 2
    assert 'there is no ruleset "smal"' in said.err
    assert 'Did you mean "small"?' in said.err


def test_it_runs_on_a_terminal_too(past: Past, tmp_path: Path) -> None:
    candidate = past.candidate(tmp_path / "candidate", MORE)
    said = on_a_terminal("replay", "--candidate", candidate, "--processes", "2", environ={"NO_COLOR": "1"})
    assert said.code == 0
    assert "another plan" in said.out

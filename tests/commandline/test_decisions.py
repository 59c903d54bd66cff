"""``picoplan decisions``: the log on the command line."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from schemas.request import DecisionKind
from service.commandline import decisions as decisions_command
from service.commandline.arguments import Period
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import Logged
from tests.commandline.console import CommandOutput, in_a_pipe, on_a_terminal, picoplan
from tests.replaying.past import CLIENTS, Past
from tests.store.decided import tamper, write


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    made = Past(tmp_path)
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", made.url)
    return made


def decisions(*arguments: str | Path) -> CommandOutput:
    return picoplan("decisions", *arguments)


def test_list_shows_the_newest_first_a_line_each(past: Past) -> None:
    said = decisions("list", "--limit", "2")
    assert said.code == 0
    newest = past.made[-1]
    first, second, *others = said.out.splitlines()
    assert first.split() == ["made", "(UTC)", "decision", "ruleset", "verdict"]
    made = newest.evaluated_at.replace("T", " ").removesuffix("Z")
    assert second == f"{made}  {newest.decision_id}  small 1.2.0  {newest.verdict}"
    assert len(others) == 1
    assert (
        said.err == f"... and {len(CLIENTS) - 2} decisions before them: see --limit, --since and --until.\n"
    )


def test_list_takes_days_rulesets_and_verdicts(past: Past) -> None:
    stopped = [one.decision_id for one in past.made if one.verdict == "do_not_treat"]
    said = decisions("list", "--verdict", "do_not_treat", "--json")
    assert [json.loads(line)["decision_id"] for line in said.out.splitlines()] == stopped[::-1]
    assert len(decisions("list", "--until", "2026-06-01", "--json").out.splitlines()) == 12
    assert decisions("list", "--ruleset", "other").err.startswith("No such decision is logged in ")


def test_list_export_and_replay_take_the_decisions_of_one_clinic(past: Past, tmp_path: Path) -> None:
    norths = [one.decision_id for one in past.made if one.clinic == "north"]
    listed = decisions("list", "--clinic", "north", "--json").out.splitlines()
    assert [json.loads(line)["decision_id"] for line in listed] == norths[::-1]
    exported = decisions("export", "--clinic", "north").out.splitlines()
    assert [json.loads(line)["decision_id"] for line in exported] == norths
    said = picoplan("replay", "--candidate", past.candidate(tmp_path / "new"), "--clinic", "north", "--json")
    assert json.loads(said.out)["replayed"] == len(norths)


@pytest.fixture
def marked(past: Past) -> list[Logged]:
    """Decisions of a client of ours: one for him, a test and a self-check; the log has them, too."""
    kinds: list[DecisionKind] = ["decision", "test", "self_check"]
    some = [
        replace(one, decision_id=one.decision_id[:-4] + "ffff", kind=kind, ref="record-7", clinic="north")
        for one, kind in zip(past.made, kinds, strict=False)
    ]
    with closing(DecisionLog(Database(past.url))) as log:
        write(log, *some)
    return some


def test_list_and_export_take_decisions_alone_unless_others_are_asked_for(
    past: Past, marked: list[Logged]
) -> None:
    for command in (("list", "--json"), ("export",)):
        for options, expected in (
            ((), ["decision"]),
            (("--kind", "test"), ["test"]),
            (("--kind", "self_check", "--kind", "decision"), ["decision", "self_check"]),
        ):
            said = decisions(*command, "--ref", "record-7", *options).out.splitlines()
            assert sorted(json.loads(line)["kind"] for line in said) == expected
    assert len(decisions("list", "--json", "--limit", "1000").out.splitlines()) == len(past.made) + 1
    assert " do_not_treat (test)\n" in decisions("list", "--kind", "test").out


def test_list_and_show_say_by_which_face_a_decision_was_asked_for(past: Past) -> None:
    hooked = replace(
        past.made[0],
        decision_id=past.made[0].decision_id[:-4] + "fffe",
        ref="record-8",
        face="hooks",
        iss="https://ehr.example/",
        hook="patient-view",
    )
    with closing(DecisionLog(Database(past.url))) as log:
        write(log, hooked)
    said = json.loads(decisions("list", "--ref", "record-8", "--json").out)
    assert (said["face"], said["iss"], said["hook"]) == ("hooks", "https://ehr.example/", "patient-view")
    assert "(by hooks of https://ehr.example/)\n" in decisions("list", "--ref", "record-8").out
    shown = decisions("show", hooked.decision_id).out
    assert f"under small {hooked.version}, by hooks of https://ehr.example/\n" in shown


def test_replay_takes_decisions_alone_unless_others_are_asked_for(
    past: Past, marked: list[Logged], tmp_path: Path
) -> None:
    replay = ("replay", "--candidate", past.candidate(tmp_path / "new"), "--json")
    assert json.loads(picoplan(*replay).out)["decisions"] == len(past.made) + 1
    assert json.loads(picoplan(*replay, "--kind", "test").out)["decisions"] == 1


def test_erase_deletes_the_decisions_of_one_ref_of_all_kinds(past: Past, marked: list[Logged]) -> None:
    assert decisions("erase", "record-7", "--dry-run").out == "3 decisions would be erased.\n"
    assert decisions("erase", "record-7", "--clinic", "south").out.startswith("No decision in ")
    assert decisions("erase", "record-7").out == "3 decisions erased.\n"
    assert decisions("show", marked[0].decision_id).code == 2
    assert decisions("show", past.made[0].decision_id).code == 0
    assert decisions("erase", "record-7").out.endswith(" was made with that ref.\n")


def test_show_gives_the_plan_as_it_was_given(past: Past) -> None:
    one = past.made[0]
    said = decisions("show", one.decision_id)
    assert said.code == 0
    assert said.err == ""
    assert said.out.startswith(f"Decision {one.decision_id}, made 2026-06-01T12:00:00Z for 2026-06-01\n")
    assert "4 to 6, typically 5" in said.out
    data = json.loads(decisions("show", one.decision_id, "--json").out)
    assert data["assessment"] == CLIENTS[0]
    assert data["answer"] == json.loads(one.answer)


def test_export_writes_every_decision_byte_for_byte(past: Past, tmp_path: Path) -> None:
    file = tmp_path / "export.ndjson"
    said = decisions("export", file)
    assert (said.code, said.out) == (0, "")
    lines = file.read_bytes().splitlines()
    assert [json.loads(line)["decision_id"] for line in lines] == [one.decision_id for one in past.made]
    assert past.made[0].answer in lines[0]
    assert file.stat().st_mode & 0o777 == 0o600
    assert in_a_pipe("decisions", "export").out.encode() == file.read_bytes()
    assert len(decisions("export", "--since", "2026-06-02").out.splitlines()) == len(CLIENTS) - 12


def test_an_export_that_can_not_be_written_leaves_nothing_behind(past: Past, tmp_path: Path) -> None:
    said = decisions("export", tmp_path / "nowhere" / "file")
    assert said.code == 2
    assert "can't be written" in said.err
    assert not (tmp_path / "nowhere").exists()


def test_verify_says_of_each_that_it_is_the_same(past: Past) -> None:
    names = [past.made[0].decision_id, past.made[1].decision_id]
    said = decisions("verify", *names)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [f"{name}: the same, byte for byte" for name in names]
    said = decisions("verify", "--all", "--since", "2026-06-02", "--processes", "1")
    rest = len(CLIENTS) - 12
    assert (said.code, said.out) == (0, f"{rest} decisions of {rest} the same, byte for byte; 0 not.\n")


def test_verify_fails_where_a_row_is_damaged(past: Past) -> None:
    broken = past.made[2].decision_id
    tamper(past.url, "UPDATE decisions SET verdict = 'defer' WHERE decision_id = ?", broken)
    said = decisions("verify", "--all")
    assert said.code == 1
    assert f"{broken}: the logged decision is damaged" in said.out
    assert said.out.endswith(
        f"{len(CLIENTS) - 1} decisions of {len(CLIENTS)} the same, byte for byte; 1 not.\n"
    )
    assert decisions("show", broken).code == 1
    said = decisions("export")
    assert said.code == 1
    assert said.out.count('"damaged"') == 1
    assert json.loads(decisions("verify", broken, "--json").out)["same"] is False


def test_verify_fails_where_the_archive_is_damaged(past: Past) -> None:
    tamper(past.url, "UPDATE ruleset_texts SET deflated = x'00'")
    said = decisions("verify", past.made[0].decision_id)
    assert said.code == 1
    assert "the archived files" in said.out
    shown = decisions("show", past.made[0].decision_id)
    assert shown.code == 1
    assert '"several_sessions"' in shown.out, "the answer is there all the same"


def test_purge_deletes_what_is_older_than_a_day(past: Past) -> None:
    said = decisions("purge", "--before", "2026-06-02")
    assert (said.code, said.out) == (0, "12 decisions from before 2026-06-02 deleted.\n")
    assert len(decisions("list", "--json").out.splitlines()) == len(CLIENTS) - 12
    assert decisions("purge", "--before", "2026-06-02").out.startswith("No decision in ")


def test_purge_keeps_three_years_where_nothing_is_said(past: Past) -> None:
    assert decisions("purge", "--yes").out.startswith("No decision in ")


@pytest.mark.parametrize(
    ("period", "today", "day"),
    [
        ((3, "y"), "2029-06-01", "2026-06-01"),
        ((3, "y"), "2028-02-29", "2025-02-28"),
        ((4, "y"), "2028-02-29", "2024-02-29"),
        ((1, "m"), "2026-03-31", "2026-02-28"),
        ((18, "m"), "2026-01-15", "2024-07-15"),
        ((26, "w"), "2026-07-02", "2026-01-01"),
        ((90, "d"), "2026-03-31", "2025-12-31"),
        ((99_999, "y"), "2026-03-31", "0001-01-01"),
    ],
)
def test_a_period_is_one_of_the_calendar(period: tuple[int, str], today: str, day: str) -> None:
    assert Period(*period).before(date.fromisoformat(today)) == date.fromisoformat(day)


def test_purge_keeps_what_is_younger_than_a_period_and_tries_first_what_it_would_do(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions_command, "_today", lambda: date(2029, 6, 2))
    said = decisions("purge", "--keep", "36m", "--dry-run")
    assert (said.code, said.out) == (0, "12 decisions from before 2026-06-02 would be deleted.\n")
    said = decisions("purge", "--keep", "36m")
    assert (said.code, said.out) == (0, "12 decisions from before 2026-06-02 deleted.\n")
    assert decisions("purge", "--keep", "99999y").out.startswith("No decision in ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--keep", "3 years"], "is no period: write a number of days, weeks, months or years"),
        (["--keep", "0d"], "is no period"),
        (["--keep", "3y", "--before", "2026-06-02"], "Say --before or --keep, not both."),
    ],
)
def test_what_can_not_be_purged_by_is_said_with_the_mend(past: Past, arguments: list[str], says: str) -> None:
    said = decisions("purge", *arguments)
    assert said.code == 2
    assert says in said.err


def test_on_a_terminal_a_list_is_shown_as_in_a_pipe(past: Past) -> None:
    said = on_a_terminal("decisions", "list", "--limit", "1", environ={"NO_COLOR": "1"})
    assert said.code == 0
    assert past.made[-1].decision_id in said.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["verify"], "Name decisions by their ids, or say --all."),
        (["verify", "--all", "x"], "Name decisions by their ids, or say --all."),
        (["verify", "x", "--since", "2026-01-01"], "go with --all"),
        (["verify", "x"], 'no decision "x" is logged'),
        (["show", "x"], 'no decision "x" is logged'),
        (["list", "--since", "2026-02-01", "--until", "2026-01-01"], "is before --since"),
        (["list", "--since", "yesterday"], '"yesterday" is not a date'),
        (["lists"], 'There is no command "lists".'),
    ],
)
def test_wrong_usage_is_said_in_a_line(past: Past, arguments: list[str], says: str) -> None:
    said = decisions(*arguments)
    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert said.err.count("\n") == 1


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PICOPLAN_DATABASE_URL", raising=False)
    said = decisions("list", "--rulesets", tmp_path / "nowhere")
    assert (said.code, said.out) == (2, "")
    assert "is not a folder" in said.err

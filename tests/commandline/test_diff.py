"""``picoplan diff`` names what was edited and whose answers change, and tells by its exit code."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.analysis.proofs.logic import Undecided
from service.store.archive import open_archive
from service.store.editions import edition_of
from service.store.folders import read_shelf
from tests.commandline.console import in_a_pipe, on_a_terminal, picoplan
from tests.commandline.samples import edit, write_small

EDITED = """\

What was edited
  rule scars changed, new/small/factors/1-concern.yaml:3:9
    then, sessions: 4 to 6, typically 5 -> 5 to 6, typically 6

To be read
  rule scars, new/small/factors/1-concern.yaml:3:9
    The number of “Scars” changed, and its support (published), paper (EV-1) and reason are the same \
as before: is the new number in the paper?

What it means
  The same assessments are accepted, and no plans change but those below. \
This is proven over every possible assessment.
  Other plans:
    concern scars, phototype I:
      sessions 4 to 6, typically 5 -> 5 to 6, typically 6
        for example {concern: scars, phototype: I, gold: no}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the same rulesets in ``old`` and ``new``."""
    old = write_small(tmp_path)
    shutil.copytree(old, tmp_path / "new")
    old.rename(tmp_path / "old")
    return tmp_path


def more_sessions(folder: Path) -> None:
    edit(
        folder / "new/small/factors/1-concern.yaml",
        "sessions: 4 to 6, interval",
        "sessions: 5 to 6, interval",
    )


def test_an_edit_is_named_with_what_it_means_and_an_example(folder: Path) -> None:
    more_sessions(folder)
    said = in_a_pipe("diff", "old", "new", folder=folder)
    assert (said.err, said.code) == ("", 0)
    assert said.out.startswith("small 1.2.0 (")
    assert EDITED in said.out
    assert said.out == in_a_pipe("diff", "old/small", "new/small", folder=folder).out


def test_where_no_time_is_left_for_whom_plans_change_the_edited_rules_are_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_time(*_: object) -> None:
        raise Undecided

    monkeypatch.setattr("service.analysis.compare.compare.regions", out_of_time)
    more_sessions(folder)
    said = picoplan("diff", "old", "new", folder=folder).out
    assert "  Other plans:\n    Some of those for whom scars fires:\n      sessions 4 to 6" in said
    assert "for whom exactly the number of sessions changes" in said
    edit(folder / "new/small/assessment.yaml", "label: Scars, most: 7", "label: Scars, most: 6")
    said = picoplan("diff", "old", "new", folder=folder).out
    assert "  Other plans:\n    Some assessments:\n      sessions 4 to 6" in said


def test_the_example_is_one_that_evaluate_takes_and_that_changes(folder: Path) -> None:
    more_sessions(folder)
    shown = picoplan("diff", "old", "new", folder=folder).out
    example = next(line for line in shown.splitlines() if "for example" in line).partition("for example ")[2]
    before, after = (
        json.loads(
            picoplan("evaluate", "small", "-", "--json", "--rulesets", side, folder=folder, stdin=example).out
        )
        for side in ("old", "new")
    )
    assert before["sessions"] == {"min": 4, "typical": 5, "max": 6}
    assert after["sessions"] == {"min": 5, "typical": 6, "max": 6}


def test_a_folder_against_itself_means_nothing_and_is_proven(folder: Path) -> None:
    said = picoplan("diff", "old", "new", "--fail-on-change", folder=folder)
    assert (said.err, said.code) == ("", 0)
    assert "  Nothing.\n" in said.out
    assert "No change in meaning" in said.out
    assert "This is proven over every possible assessment." in said.out


def test_other_texts_alone_are_no_change(folder: Path) -> None:
    edit(folder / "new/small/factors/2-response.yaml", "We begin gently.", "We begin very gently.")
    said = picoplan("diff", "old", "new", "--fail-on-change", folder=folder)
    assert said.code == 0
    assert "No plan changes, and the same assessments are accepted." in said.out
    assert "advise of darker: We begin gently. -> We begin very gently." in said.out


def test_fail_on_change_exits_with_1_where_a_plan_or_what_is_accepted_changes(folder: Path) -> None:
    edit(
        folder / "new/small/assessment.yaml",
        "gold: {label",
        "age: {label: Age, whole number: 0 to 99}\n  gold: {label",
    )
    assert picoplan("diff", "old", "new", folder=folder).code == 0
    assert picoplan("diff", "old", "new", "--fail-on-change", folder=folder).code == 1
    more_sessions(folder)
    said = picoplan("diff", "old", "new", "--fail-on-change", folder=folder)
    assert said.code == 1
    assert "Accepted now:" in said.out


def test_json_has_all_of_it(folder: Path) -> None:
    more_sessions(folder)
    said = picoplan("diff", "old", "new", "--json", folder=folder)
    (one,) = json.loads(said.out)["rulesets"]
    assert (one["id"], one["changes"], one["not_decided"]) == ("small", True, [])
    assert one["edits"] == [
        {
            "kind": "rule",
            "name": "scars",
            "how": "changed",
            "file": "new/small/factors/1-concern.yaml",
            "line": 3,
            "column": 9,
            "parts": [{"part": "then, sessions", "old": "4 to 6, typically 5", "new": "5 to 6, typically 6"}],
        }
    ]
    assert [(each["rule"], each["line"]) for each in one["to_be_read"]] == [("scars", 3)]
    first = one["plans"][0]
    assert first["where"] == ["concern scars, phototype I"]
    assert first["example"] == {"concern": "scars", "phototype": "I", "gold": False}
    assert first["changes"] == [
        {"part": "sessions", "old": "4 to 6, typically 5", "new": "5 to 6, typically 6"}
    ]


def test_rulesets_that_only_one_side_has_are_named(folder: Path) -> None:
    shutil.copytree(folder / "new/small", folder / "new/other")
    edit(folder / "new/other/ruleset.yaml", "id: small", "id: other")
    said = picoplan("diff", "old", "new", folder=folder)
    assert said.out.splitlines()[-1] == "ruleset other added"
    assert picoplan("diff", "new", "old", folder=folder).out.splitlines()[-1] == "ruleset other removed"
    assert picoplan("diff", "old", "new", "--fail-on-change", folder=folder).code == 1


def test_what_can_t_be_read_is_one_line(folder: Path) -> None:
    said = picoplan("diff", "old", "nowhere", folder=folder)
    assert (said.out, said.err, said.code) == ("", "picoplan: nowhere is not a folder\n", 2)


def test_a_ruleset_with_mistakes_is_not_compared(folder: Path) -> None:
    edit(folder / "new/small/factors/1-concern.yaml", "{concern: scars}", "{concern: scar}")
    said = picoplan("diff", "old", "new", folder=folder)
    assert (said.out, said.code) == ("", 2)
    assert said.err.startswith("new/small/factors/1-concern.yaml:5:21: error unknown-option")


def test_a_version_that_was_served_is_compared_by_its_version_or_its_digest(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PICOPLAN_DATA_DIR", str(folder / "data"))
    monkeypatch.delenv("PICOPLAN_DATABASE_URL", raising=False)
    edition = edition_of(read_shelf(folder / "old", "old").read["small"])
    archive = open_archive(folder / "new")
    archive.publish(edition, datetime(2026, 1, 2, tzinfo=UTC))
    archive.close()
    more_sessions(folder)
    for named in ("small@1.2.0", edition.digest, edition.digest.removeprefix("sha256:")[:12]):
        said = picoplan("diff", named, "new", "--rulesets", "new", folder=folder)
        assert (said.err, said.code) == ("", 0)
        assert EDITED in said.out
    unknown = picoplan("diff", "small@9.0.0", "new", "--rulesets", "new", folder=folder)
    assert (unknown.out, unknown.code) == ("", 2)
    assert unknown.err == (
        'picoplan: small@9.0.0 is no folder, and no such version was ever served. There is "small@1.2.0".\n'
    )


def test_colour_is_for_a_terminal_only(folder: Path) -> None:
    shown = on_a_terminal("diff", folder / "old", folder / "new")
    assert "\x1b[1mWhat was edited\x1b[0m" in shown.out
    assert "\x1b" not in in_a_pipe("diff", folder / "old", folder / "new").out

from __future__ import annotations

import io
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.store.archive import Archive, open_archive
from service.store.database import Database
from service.store.editions import Edition, Published, read_edition
from service.store.whereabouts import database_url
from service.vetting import publish_action
from service.vetting import publisher as publishing
from service.vetting.publish_action import PublishAction
from service.vetting.publisher import publish_first
from service.vetting.report import CheckLimits, CheckReport
from service.vetting.sources import Fingerprints
from service.vetting.watcher import SETTLED
from tests.store.made import NOON
from tests.vetting.desk import Desk, at_once, at_work
from tests.vetting.held import HeldChecks
from tests.waiting import PATIENCE_S, until
from tests.web.small import write_small

CONCERN = "small/factors/1-concern.yaml"
HEADER = "small/ruleset.yaml"
QUESTIONS = "small/assessment.yaml"


def test_what_the_folder_holds_is_published_and_not_twice(desk: Desk) -> None:
    desk.work()
    os.utime(desk.rulesets / HEADER)
    desk.work()
    assert (desk.versions(), desk.waits()) == (["1.2.0"], [])


def test_a_saved_edit_is_published_as_exactly_the_bytes_that_were_checked(desk: Desk) -> None:
    desk.edit(CONCERN, "One trial saw it.", "Two trials saw it.")
    edition = desk.archive.edition(desk.digests()[-1])
    text = (desk.rulesets / CONCERN).read_text(encoding="utf-8")
    assert edition.files[CONCERN] == text
    read = read_edition(edition).ruleset
    assert read is not None
    assert "Two trials saw it." in [rule.because for rule in read.rules]


def test_a_broken_edit_waits_and_the_last_good_goes_on(desk: Desk) -> None:
    before = desk.digests()
    desk.edit(CONCERN, "concern: scar\n", "concern: scarr\n")
    assert (desk.digests(), desk.waits()) == (before, ["unknown-option"])
    [line] = desk.archive.waiting()["small"].problems
    assert line.startswith('clinic/small/factors/1-concern.yaml:13:16: error unknown-option "scarr" is not')
    desk.edit(CONCERN, "concern: scarr\n", "concern: scar\n")
    assert (desk.digests(), desk.waits()) == (before, [])


def test_since_when_an_edit_waits_is_since_the_first_mistake(desk: Desk) -> None:
    desk.edit(CONCERN, "concern: scar\n", "concern: scarr\n")
    first = desk.archive.waiting()["small"].at
    desk.edit(CONCERN, "concern: scarr\n", "concern: scarrr\n")
    assert "scarrr" in desk.archive.waiting()["small"].problems[0]
    assert desk.archive.waiting()["small"].at == first


def test_a_broken_ruleset_holds_no_other_back(desk: Desk) -> None:
    desk.add("other")
    desk.write(CONCERN, "concern: scar\n", "concern: scarr\n")
    desk.edit("other/ruleset.yaml", "version: 1.2.0", "version: 1.3.0")
    assert (desk.waits(), desk.versions("other")) == (["unknown-option"], ["1.2.0", "1.3.0"])


def test_an_edit_whose_scenario_or_check_or_guarantee_fails_waits(desk: Desk) -> None:
    scenario = desk.rulesets / "small/scenarios/1.yaml"
    scenario.parent.mkdir()
    client = "- {name: spots, assessment: {concern: sun_spots, gold: no}, expect: {verdict: defer}}\n"
    scenario.write_text(client, encoding="utf-8")
    desk.work()
    assert desk.waits() == ["scenario-failed"]
    scenario.unlink()
    desk.edit(HEADER, "limits: {sessions: 1 to 12", "limits: {sessions: 1 to 1")
    assert desk.waits() != []
    assert desk.versions() == ["1.2.0"]


def test_what_the_engine_of_the_service_would_not_survive_costs_only_the_check(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "AGAIN_S", (PATIENCE_S,))  # not while the other is being checked
    desk.add("other")
    desk.write(CONCERN, "One trial saw it.", "Two trials saw it.")
    desk.kill_check("small")
    desk.write("other/ruleset.yaml", "version: 1.2.0", "version: 1.3.0")
    desk.work()
    assert (desk.waits(), desk.versions("other")) == (["check-failed"], ["1.2.0", "1.3.0"])
    [line] = desk.archive.waiting()["small"].problems
    assert "The check was ended by SIGSEGV; perhaps" in line


def test_a_check_that_was_ended_from_outside_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "AGAIN_S", (0.1,))
    desk.write(CONCERN, "One trial saw it.", "Two trials saw it.")
    desk.kill_check("small", signal.SIGKILL)
    desk.work()

    def published() -> bool:
        desk.work()
        return len(desk.digests()) == 2

    until(published)
    assert desk.waits() == []


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (CheckLimits(seconds=0), "took more than 0 seconds"),
        (CheckLimits(memory_mb=1), "1 MB of memory"),
    ],
)
def test_a_check_that_takes_too_much_is_stopped_and_is_a_problem_of_its_ruleset(
    rulesets: Path, archive: Archive, limits: CheckLimits, says: str
) -> None:
    desk = Desk(rulesets, archive, io.BytesIO(), limits)
    desk.work()
    assert (desk.versions(), desk.waits()) == ([], ["check-failed"])
    assert says in archive.waiting()["small"].problems[0]


def test_an_edit_that_refuses_what_was_accepted_needs_a_new_major_version(desk: Desk) -> None:
    question = "  new: {label: New?, kind: yes or no, required: yes}\n"
    desk.edit(QUESTIONS, "  gold:", f"{question}  gold:")
    assert (desk.versions(), desk.waits()) == (["1.2.0"], ["breaking-edit"])
    desk.edit(HEADER, "version: 1.2.0", "version: 1.3.0")
    assert desk.waits() == ["breaking-edit"]
    desk.edit(HEADER, "version: 1.3.0", "version: 2.0.0")
    assert (desk.versions(), desk.waits()) == (["1.2.0", "2.0.0"], [])


def test_going_back_to_what_served_is_published_whatever_it_refuses(desk: Desk) -> None:
    question = "  new: {label: New?, kind: yes or no}\n"
    desk.edit(QUESTIONS, "  gold:", f"{question}  gold:")
    desk.edit(QUESTIONS, question, "")
    assert desk.waits() == []
    first, second, third = desk.digests()
    assert (first == third, first == second) == (True, False)


def test_a_restart_does_not_undo_a_rollback_made_elsewhere(desk: Desk) -> None:
    first = desk.archive.edition(desk.digests()[0])
    desk.edit(HEADER, "version: 1.2.0", "version: 1.3.0")
    desk.archive.publish(first, datetime.now(UTC))
    again = Desk(desk.rulesets, desk.archive, io.BytesIO())
    again.work()
    assert again.versions() == ["1.2.0", "1.3.0", "1.2.0"]
    again.edit(HEADER, "version: 1.3.0", "version: 1.4.0")
    assert again.versions()[-1] == "1.4.0"


def test_what_was_edited_while_the_service_was_down_is_published_also_where_it_goes_back(desk: Desk) -> None:
    desk.edit(HEADER, "version: 1.2.0", "version: 1.3.0")
    desk.write(HEADER, "version: 1.3.0", "version: 1.2.0")
    Desk(desk.rulesets, desk.archive, io.BytesIO()).work()
    assert desk.versions() == ["1.2.0", "1.3.0", "1.2.0"]


def test_two_services_on_one_folder_publish_each_edit_once(desk: Desk) -> None:
    second = Desk(desk.rulesets, open_archive(desk.rulesets), io.BytesIO())
    second.work()
    for number in range(3, 6):
        desk.write(HEADER, f"version: 1.{number - 1}.0", f"version: 1.{number}.0")
        desk.publisher.look()
        second.work()
        desk.work()
    assert desk.versions() == ["1.2.0", "1.3.0", "1.4.0", "1.5.0"]


def test_a_machine_that_gets_the_files_later_does_not_undo_what_the_others_went_on_to(
    desk: Desk, tmp_path: Path
) -> None:
    late = tmp_path / "late"
    at_once(write_small(late))
    behind = Desk(late, desk.archive, io.BytesIO())
    behind.work()
    for version in ("1.3.0", "1.4.0"):
        desk.edit(HEADER, f"version: {desk.versions()[-1]}", f"version: {version}")
    behind.edit(HEADER, "version: 1.2.0", "version: 1.3.0")
    assert desk.versions() == ["1.2.0", "1.3.0", "1.4.0"]
    behind.edit(HEADER, "version: 1.3.0", "version: 1.4.0")
    assert desk.versions() == ["1.2.0", "1.3.0", "1.4.0"]


def test_with_signed_only_an_edit_waits_for_its_sign_off(rulesets: Path, archive: Archive) -> None:
    desk = Desk(rulesets, archive, io.BytesIO(), only_signed=True)
    desk.work()
    assert (desk.versions(), desk.waits()) == ([], ["awaits-sign-off"])
    open_desk = Desk(rulesets, archive, io.BytesIO())
    open_desk.work()
    [digest] = desk.digests()
    desk.edit(HEADER, "version: 1.2.0", "version: 1.3.0")
    assert (desk.versions(), desk.waits()) == (["1.2.0"], ["awaits-sign-off"])
    desk.edit(HEADER, "version: 1.3.0", "version: 1.2.0")
    sign_off = f'- {{digest: "{digest}", role: Clinic lead, date: 2026-11-23}}\n'
    (rulesets / "small/sign-off.yaml").write_text(sign_off, encoding="utf-8")
    desk.work()
    assert (desk.waits(), archive.edition(digest).signed_off) == ([], True)


def test_signing_alone_makes_an_edit_go_live(rulesets: Path, archive: Archive, tmp_path: Path) -> None:
    elsewhere = Desk(rulesets, open_archive(tmp_path / "elsewhere"), io.BytesIO())
    elsewhere.work()
    [digest] = elsewhere.digests()
    desk = Desk(rulesets, archive, io.BytesIO(), only_signed=True)
    desk.work()
    sign_off = f'- {{digest: "{digest}", role: Clinic lead, date: 2026-11-23}}\n'
    (rulesets / "small/sign-off.yaml").write_text(sign_off, encoding="utf-8")
    desk.work()
    assert (desk.digests(), desk.waits(), desk.versions()) == ([digest], [], ["1.2.0"])


def test_a_folder_that_is_gone_is_said_and_forgotten_when_it_is_back(desk: Desk) -> None:
    away = desk.rulesets.parent / "away"
    desk.add("other")
    (desk.rulesets / "small").rename(away)
    desk.work()
    assert (desk.versions(), desk.waits(), desk.waits("other")) == (["1.2.0"], ["ruleset-gone"], [])
    away.rename(desk.rulesets / "small")
    desk.work()
    assert desk.waits() == []
    desk.rulesets.rename(away)
    desk.work()
    assert (desk.waits(), desk.waits("other")) == (["ruleset-gone"], ["ruleset-gone"])
    away.rename(desk.rulesets)
    desk.work()
    assert (desk.waits(), desk.waits("other")) == ([], [])


def test_a_ruleset_that_never_served_is_forgotten_with_its_folder(desk: Desk) -> None:
    new = write_small(desk.rulesets, "new")
    desk.edit("new/ruleset.yaml", "id: new", "id: newer")
    assert desk.waits("new") != []
    new.rename(desk.rulesets.parent / "away")
    desk.work()
    assert desk.waits("new") == []


def test_an_edit_of_an_extended_ruleset_is_one_of_those_that_extend_it(desk: Desk) -> None:
    child = desk.rulesets / "child"
    child.mkdir()
    header = "id: child\ntitle: A child\nversion: 1.0.0\nextends: small\n"
    (child / "ruleset.yaml").write_text(header, encoding="utf-8")
    desk.work()
    desk.edit(CONCERN, "One trial saw it.", "Two trials saw it.")
    assert (len(desk.digests()), len(desk.digests("child"))) == (2, 2)
    desk.edit(CONCERN, "concern: scar\n", "concern: scarr\n")
    assert (desk.waits(), desk.waits("child")) == (["unknown-option"], ["unknown-option"])
    desk.edit(CONCERN, "concern: scarr\n", "concern: scar\n")
    desk.edit(CONCERN, "because: Two trials saw it.", r'because: "Two\0 trials saw it."')
    assert (desk.waits(), desk.waits("child")) == (["bad-character"], ["bad-character"])
    assert len(desk.digests("child")) == 2


def test_a_ruleset_that_extends_one_not_there_yet_is_looked_at_when_it_comes(desk: Desk) -> None:
    child = desk.rulesets / "child"
    child.mkdir()
    header = "id: child\ntitle: A child\nversion: 1.0.0\nextends: parent\n"
    (child / "ruleset.yaml").write_text(header, encoding="utf-8")
    desk.work()
    assert desk.waits("child") == ["unknown-ruleset"]
    write_small(desk.rulesets, "parent")
    desk.work()
    assert (desk.waits("child"), desk.versions("child")) == ([], ["1.0.0"])


def test_an_edit_that_is_effective_on_a_day_that_another_version_has_waits(desk: Desk) -> None:
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    desk.edit(HEADER, "version: 1.2.0", f"version: 1.3.0\neffective: {day}")
    desk.edit(HEADER, "version: 1.3.0", "version: 1.4.0")
    assert (desk.versions(), desk.waits()) == (["1.2.0", "1.3.0"], ["effective-overlap"])


def test_an_edit_outlives_a_database_that_is_busy(rulesets: Path, data_dir: Path) -> None:
    archive = Archive(Database(database_url(rulesets), patience=1))
    desk = Desk(rulesets, archive, io.BytesIO())
    desk.work()
    [file] = data_dir.glob("*/*.sqlite3")
    desk.write(HEADER, "version: 1.2.0", "version: 1.3.0")
    desk.publisher.look()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    def in_trouble() -> bool:
        desk.publisher.collect()
        return any(line["event"] == "trouble with the database" for line in desk.lines())

    until(in_trouble)
    other.execute("ROLLBACK")
    other.close()
    assert desk.versions() == ["1.2.0"]
    desk.work()
    assert desk.versions() == ["1.2.0", "1.3.0"]
    assert {line["event"] for line in desk.lines()[-2:]} == {
        "no more trouble with the database",
        "edition published",
    }


def test_a_newest_edition_that_is_damaged_keeps_no_edit_back(desk: Desk, data_dir: Path) -> None:
    [file] = data_dir.glob("*/*.sqlite3")
    with sqlite3.connect(file) as database:
        database.execute("UPDATE ruleset_texts SET deflated = x'00'")
    database.close()
    desk.edit(CONCERN, "One trial saw it.", "Two trials saw it.")
    assert len(desk.digests()) == 2


def test_a_start_does_not_wait_for_a_long_check_and_says_that_it_goes_on(
    rulesets: Path, archive: Archive
) -> None:
    desk = Desk(rulesets, archive, io.BytesIO())
    publish_first(desk.publisher, 0.0, everything=False)
    assert (desk.versions(), desk.waits()) == ([], ["being-checked"])
    publish_first(desk.publisher, 60, everything=False)
    assert (desk.versions(), desk.waits()) == (["1.2.0"], [])


def test_a_start_checks_only_what_was_never_published_unless_told_to_check_everything(desk: Desk) -> None:
    desk.write(HEADER, "version: 1.2.0", "version: 1.3.0")
    publish_first(desk.publisher.anew(), 60, everything=False)
    assert desk.versions() == ["1.2.0"]
    publish_first(desk.publisher.anew(), 60, everything=True)
    assert desk.versions() == ["1.2.0", "1.3.0"]


def test_one_ruleset_is_a_folder_of_one(rulesets: Path, archive: Archive) -> None:
    desk = Desk(rulesets / "small", archive, io.BytesIO())
    desk.work()
    desk.edit("factors/1-concern.yaml", "concern: scar\n", "concern: scarr\n")
    assert [one.ruleset for one in archive.timeline()] == ["small"]
    assert archive.waiting()["small"].problems[0].startswith("clinic/factors/1-concern.yaml:13:16: error")


def test_the_limits_of_a_check_are_those_that_the_page_for_developers_names() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "developing.md"
    text = page.read_text(encoding="utf-8")
    limits = replace(CheckLimits())
    assert f"{limits.seconds:g} seconds" in text
    assert f"{limits.memory_mb // 1024} GB of memory" in text


def test_steady_saves_starve_no_edit(desk: Desk, held: HeldChecks, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often and long is saved while a check runs, what it has read goes live, and then the newest."""
    gone_by = 0.0
    monkeypatch.setattr(publishing, "monotonic", lambda: time.monotonic() + gone_by)
    with at_work(desk):
        desk.write(HEADER, "version: 1.2.0", "version: 1.3.0")
        first = held.next()
        for number in range(14):
            desk.write(HEADER, f"version: 1.{number + 3}.0", f"version: 1.{number + 4}.0")
            time.sleep(SETTLED + 0.05)  # each save is a burst of its own
            gone_by += 3.5
        assert held.waiting() == [first]
        held.release(first)
        last = held.next()
        assert desk.versions() == ["1.2.0", "1.3.0"]
        held.release(last)
        until(lambda: desk.versions() == ["1.2.0", "1.3.0", "1.17.0"], desk.versions)
    text = desk.archive.edition(desk.digests()[1]).files[HEADER]
    assert "version: 1.3.0\n" in text  # the very bytes that were read, not those that lay there later


def test_where_more_have_changed_than_are_checked_at_a_time_each_has_its_turn(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "MOST_AT_ONCE", 1)
    desk.add("other")
    began = []
    for number in range(3, 6):
        for name in ("other", "small"):
            desk.write(f"{name}/ruleset.yaml", f"version: 1.{number - 1}.0", f"version: 1.{number}.0")
        desk.publisher.look()
        began += desk.publisher.running
        while desk.publisher.running:
            time.sleep(0.01)
            desk.publisher.collect()
    assert began == ["small", "other", "small"]


class Refusing:
    """An archive that does not take editions, as a database would that can't hold a text of them."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def __getattr__(self, name: str) -> Any:
        return getattr(self._archive, name)

    def publish(self, edition: Edition, at: datetime, guarantees: Any) -> Published:
        """Refuse it."""
        raise ValueError("a text of the clinic")


def test_what_cannot_be_stored_is_a_problem_of_its_ruleset_and_keeps_no_other_back(desk: Desk) -> None:
    desk.add("other")
    desk.publisher.archive = Refusing(desk.archive)  # type: ignore[assignment]
    desk.edit(CONCERN, "One trial saw it.", "Two trials saw it.")
    assert (desk.versions(), desk.waits()) == (["1.2.0"], ["not-stored"])
    [line] = desk.archive.waiting()["small"].problems
    assert line == (
        "clinic/small/ruleset.yaml:1:1: error not-stored The database does not take this edition "
        "(ValueError). Undo the last edit, and tell the operator."
    )
    assert [one for one in desk.lines() if one["event"] == "edition can't be stored"]
    assert "a text of the clinic" not in str(desk.lines())
    desk.publisher.archive = desk.archive
    desk.edit("other/ruleset.yaml", "version: 1.2.0", "version: 1.3.0")
    assert desk.versions("other") == ["1.2.0", "1.3.0"]
    Desk(desk.rulesets, desk.archive, io.BytesIO()).work()  # a start tries again
    assert (len(desk.versions()), desk.waits()) == (2, [])


def test_a_text_that_postgresql_does_not_take_is_told_with_its_place(
    rulesets: Path, postgres_url: str
) -> None:
    """A file with the escape for NUL never comes so far; whatever does is told all the same."""
    archive = Archive(Database(postgres_url))
    desk = Desk(rulesets, archive, io.BytesIO())
    desk.work()
    desk.edit(HEADER, "title: A small clinic", r'title: "A small\0 clinic"')
    assert (desk.versions(), desk.waits()) == (["1.2.0"], ["bad-character"])
    edition = archive.edition(desk.digests()[0])
    header = edition.files[HEADER].replace("title: A small clinic", r'title: "A\0"')
    odd = replace(edition, digest="sha256:odd", title="A\0", files={**edition.files, HEADER: header})
    report = CheckReport("small", Fingerprints({}), (), odd)
    desk.publisher._store(report, PublishAction("publish"))
    [line] = archive.waiting()["small"].problems
    assert line == (
        "clinic/small/ruleset.yaml:2:8: error not-stored The database does not take the title: "
        "it has the character NUL. Type it anew."
    )
    desk.edit(HEADER, r'title: "A small\0 clinic"', "title: A small clinic")
    assert (desk.versions(), desk.waits()) == (["1.2.0"], [])
    archive.close()


def test_a_ruleset_is_being_checked_until_its_first_check_is_over(
    rulesets: Path, archive: Archive, held: HeldChecks
) -> None:
    desk = Desk(rulesets, archive, io.BytesIO())
    desk.publisher.look()
    waiting = archive.waiting()["small"]
    assert waiting.is_being_checked
    assert waiting.problems == (
        "clinic/small/ruleset.yaml:1:1: error being-checked It is checked for the first time.",
    )
    held.release(held.next())
    desk.work()
    assert (desk.versions(), desk.waits()) == (["1.2.0"], [])
    desk.write(CONCERN, "concern: scar\n", "concern: scarr\n")
    desk.publisher.look()
    assert desk.waits() == []  # the last good version serves
    held.release(held.next())
    desk.work()
    assert not archive.waiting()["small"].is_being_checked


def test_a_restart_checks_nothing_that_is_as_it_was(desk: Desk) -> None:
    desk.add("other")
    desk.edit("other/factors/1-concern.yaml", "concern: scar\n", "concern: scarr\n")
    again = Desk(desk.rulesets, desk.archive, io.BytesIO())
    again.publisher.look()
    assert not again.publisher.is_busy
    again.edit("other/factors/1-concern.yaml", "concern: scarr\n", "concern: scar\n")
    assert (again.waits("other"), again.versions("other")) == ([], ["1.2.0"])
    assert again.lines()[-1]["event"] == "no edit waits"


def edited(desk: Desk, _: pytest.MonkeyPatch) -> None:
    desk.write(CONCERN, "One trial saw it.", "Two trials saw it.")


def gone_on(desk: Desk, _: pytest.MonkeyPatch) -> None:
    edition = desk.archive.edition(desk.digests()[0])
    desk.archive.publish(replace(edition, digest="sha256:" + "0" * 64), datetime.now(UTC))


def forgotten(desk: Desk, _: pytest.MonkeyPatch) -> None:
    desk.archive.note_waiting("small", ["something else"], datetime.now(UTC))


def another_picoplan(_: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish_action, "code_digest", lambda: "another")


@pytest.mark.parametrize("change", [edited, gone_on, forgotten, another_picoplan])
def test_a_restart_checks_again_where_anything_has_changed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, change: Callable[[Desk, pytest.MonkeyPatch], None]
) -> None:
    change(desk, monkeypatch)
    again = Desk(desk.rulesets, desk.archive, io.BytesIO())
    again.publisher.look()
    assert again.publisher.running.keys() == {"small"}
    again.publisher.stop()


def test_a_restart_that_lets_only_signed_editions_live_checks_again(desk: Desk) -> None:
    again = Desk(desk.rulesets, desk.archive, io.BytesIO(), only_signed=True)
    again.publisher.look()
    assert again.publisher.running.keys() == {"small"}
    again.publisher.stop()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"made_by": 1, "reports": 2}', "\0"])
def test_a_file_of_kept_reports_that_is_damaged_is_as_good_as_none(
    desk: Desk, data_dir: Path, text: str
) -> None:
    [file] = data_dir.glob("*/checked.json")
    file.write_text(text, encoding="utf-8")
    again = Desk(desk.rulesets, desk.archive, io.BytesIO())
    again.publisher.look()
    assert again.publisher.running.keys() == {"small"}
    again.work()
    assert again.versions() == ["1.2.0"]


def test_edits_of_a_retired_ruleset_wait_untold_until_it_is_restored(desk: Desk) -> None:
    desk.archive.retire("small", NOON)
    desk.edit(HEADER, "version: 1.2.0", "version: 1.3.0")
    assert (desk.versions(), desk.waits()) == (["1.2.0"], [])
    desk.archive.restore("small")
    desk.work()
    assert (desk.versions(), desk.waits()) == (["1.2.0", "1.3.0"], [])


def test_the_folder_of_a_retired_ruleset_may_go_and_is_missed_again_once_it_is_restored(desk: Desk) -> None:
    desk.add("other")
    shutil.rmtree(desk.rulesets / "small")
    desk.work()
    assert desk.waits() == ["ruleset-gone"]
    desk.archive.retire("small", NOON)
    desk.work()
    assert desk.waits() == []
    desk.archive.restore("small")
    desk.work()
    assert desk.waits() == ["ruleset-gone"]


def test_what_a_check_finds_of_a_ruleset_that_was_retired_meanwhile_is_forgotten(
    desk: Desk, held: HeldChecks
) -> None:
    desk.write(HEADER, "version: 1.2.0", "version: 1.3.0")
    desk.publisher.look()
    desk.archive.retire("small", NOON)
    held.release(held.next())
    desk.work()
    assert desk.versions() == ["1.2.0"]


def test_while_an_edit_is_checked_it_is_told_since_when(desk: Desk, held: HeldChecks) -> None:
    assert desk.archive.checks() == {}
    desk.write(CONCERN, "One trial saw it.", "Two trials saw it.")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", held.environ)
        desk.publisher.look()
    (since,) = desk.archive.checks().values()
    assert abs(datetime.now(UTC) - since) < timedelta(seconds=PATIENCE_S)
    assert desk.digests() == desk.digests()[:1], "what served goes on meanwhile"
    desk.publisher.stop()
    assert desk.archive.checks() == {}, "a check that is ended goes on no more"


def test_a_check_whose_publisher_was_killed_is_told_no_more(desk: Desk) -> None:
    desk.archive.note_check("small", datetime.now(UTC))
    desk.archive.note_check("of-another-folder", datetime.now(UTC))
    desk.publisher.anew().look()
    assert set(desk.archive.checks()) == {"of-another-folder"}

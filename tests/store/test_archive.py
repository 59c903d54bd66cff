"""The archive keeps what was published, whole and in order, in either kind of database."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from service.store.archive import MOST_LINES, Archive
from service.store.database import Database
from service.store.editions import ALWAYS, Edition
from service.store.faults import CannotOpen, Damaged, NeverServed
from tests.store.made import NOON, edition, later, on

ROOT = Path(__file__).resolve().parents[2]

PUBLISH = """
import sys
from service.store.archive import Archive
from service.store.database import Database
from tests.store.made import NOON, edition
archive = Archive(Database(sys.argv[1]))
for number in range(10):
    archive.publish(edition(text=f"# {sys.argv[2]} {number}"), NOON)
print(archive.generation())
"""

FORK = """
import os, sys
from service.store.archive import Archive
from service.store.database import Database
from tests.store.made import NOON, edition
archive = Archive(Database(sys.argv[1]))
archive.publish(edition(), NOON)
children = []
for number in range(3):
    child = os.fork()
    if not child:
        archive.publish(edition(text=f"# {number}"), NOON)
        os._exit(0)
    children.append(child)
codes = [os.waitpid(child, 0)[1] for child in children]
archive.publish(edition("2.0.0"), NOON)
print(codes, len(archive.timeline()))
"""


def run(script: str, *arguments: str) -> subprocess.Popen[str]:
    """Start the script in a process of its own."""
    command = [sys.executable, "-W", "error", "-c", script, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8")


def execute(url: str, statement: str) -> None:
    """Change the database behind picoplan's back."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_an_edition_comes_back_as_it_was_published(archive: Archive) -> None:
    given = edition(effective=on("2026-07-01"), signed_off=True, title="Zäpfchen ✓")
    archive.publish(given, NOON)
    back = archive.edition(given.digest)
    assert back == given
    assert list(back.files) == list(given.files)


def test_files_come_back_to_the_last_byte(archive: Archive) -> None:
    given = edition(text="\ufeff# \r\n tail without an end ä\u2028")
    archive.publish(given, NOON)
    assert archive.edition(given.digest).files == given.files


def test_what_is_the_newest_already_is_not_published_again(archive: Archive) -> None:
    first = archive.publish(edition(), NOON)
    before = archive.generation()
    assert archive.publish(edition(), later(3)) == first
    assert archive.timeline() == (first,)
    assert archive.generation() == before


def test_going_back_to_a_digest_puts_it_on_the_timeline_again(archive: Archive) -> None:
    for at, one in enumerate([edition("1.0.0"), edition("2.0.0"), edition("1.0.0")]):
        archive.publish(one, later(at))
    assert [(one.version, one.sequence) for one in archive.timeline()] == [
        ("1.0.0", 1),
        ("2.0.0", 2),
        ("1.0.0", 3),
    ]


def test_the_timeline_tells_what_was_published(archive: Archive) -> None:
    given = edition(effective=on("2026-07-01"))
    published = archive.publish(given, NOON)
    assert archive.timeline() == (published,)
    assert (published.ruleset, published.digest, published.at) == ("small", given.digest, NOON)
    assert (published.effective, published.title) == (given.effective, given.title)


@pytest.mark.parametrize(
    ("effective", "starts"),
    [(None, ALWAYS), ("2026-01-01", "2026-01-01"), ("2026-12-01", "2026-12-01")],
)
def test_the_first_edition_has_nobody_before_it(
    sqlite_archive: Archive, effective: str | None, starts: date | str
) -> None:
    first = edition(effective=effective and on(effective))
    assert str(sqlite_archive.publish(first, NOON).starts) == str(starts)


@pytest.mark.parametrize(
    ("effective", "starts"),
    [
        (None, "2026-06-04"),
        ("2026-01-01", "2026-06-04"),
        ("2026-06-04", "2026-06-04"),
        ("2026-12-01", "2026-12-01"),
    ],
)
def test_a_later_edition_starts_when_it_is_effective_but_not_before_it_is_published(
    sqlite_archive: Archive, effective: str | None, starts: str
) -> None:
    sqlite_archive.publish(edition(), NOON)
    second = sqlite_archive.publish(edition("2.0.0", effective=effective and on(effective)), later(3))
    assert second.starts == on(starts)


def test_a_rollback_starts_on_the_day_of_the_rollback(sqlite_archive: Archive) -> None:
    old = edition(effective=on("2026-01-01"))
    for at, one in enumerate([old, edition("2.0.0"), old]):
        published = sqlite_archive.publish(one, later(at))
    assert published.starts == on("2026-06-03")


def test_a_clock_that_is_behind_does_not_turn_the_order_round(sqlite_archive: Archive) -> None:
    sqlite_archive.publish(edition(), NOON)
    assert sqlite_archive.publish(edition("2.0.0"), later(-1)).at == NOON


def test_rulesets_have_timelines_of_their_own(sqlite_archive: Archive) -> None:
    sqlite_archive.publish(edition(), NOON)
    other = replace(edition("9.0.0"), ruleset="other")
    assert sqlite_archive.publish(other, later(5)).starts == ALWAYS


def test_the_generation_changes_with_whatever_can_be_told(archive: Archive) -> None:
    seen = [archive.generation()]

    def changed(does: Callable[[], object]) -> bool:
        does()
        seen.append(archive.generation())
        return seen[-1] > seen[-2]

    assert changed(lambda: archive.publish(edition(), NOON))
    assert changed(lambda: archive.publish(edition(signed_off=True), NOON)), "now it is signed off"
    assert not changed(lambda: archive.publish(edition(signed_off=True), NOON))
    assert changed(lambda: archive.note_waiting("small", ["a"], NOON))
    assert not changed(lambda: archive.note_waiting("small", ["a"], later(1)))
    assert changed(lambda: archive.note_waiting("small", ["b"], later(1)))
    assert changed(lambda: archive.clear_waiting("small"))
    assert not changed(lambda: archive.clear_waiting("small"))
    assert not changed(archive.timeline)


def test_signing_off_is_noted_without_a_new_edition(sqlite_archive: Archive) -> None:
    sqlite_archive.publish(edition(), NOON)
    sqlite_archive.publish(edition(signed_off=True), NOON)
    assert sqlite_archive.edition(edition().digest).signed_off
    assert len(sqlite_archive.timeline()) == 1


def test_what_was_proven_is_kept_with_what_was_published_and_noted_anew(archive: Archive) -> None:
    assert archive.publish(edition(), NOON).guarantees == {}
    assert archive.timeline()[0].guarantees == {}
    before = archive.generation()
    archive.publish(edition(), NOON, {"gold-stops": "proven"})
    assert archive.timeline()[0].guarantees == {"gold-stops": "proven"}
    assert archive.generation() > before
    archive.publish(edition(), NOON)
    assert archive.timeline()[0].guarantees == {"gold-stops": "proven"}
    archive.publish(edition(), NOON, {"gold-stops": "not decided"})
    assert archive.timeline()[0].guarantees == {"gold-stops": "not decided"}


def test_what_waits_is_told_with_its_reasons(archive: Archive) -> None:
    archive.note_waiting("small", ["rulesets/small/ruleset.yaml:1:1: error x y", "ü"], NOON)
    archive.note_waiting("other", [], later(1))
    waiting = archive.waiting()
    assert list(waiting) == ["other", "small"]
    assert waiting["small"].problems == ("rulesets/small/ruleset.yaml:1:1: error x y", "ü")
    assert waiting["small"].at == NOON


def test_of_very_many_reasons_the_first_are_kept(sqlite_archive: Archive) -> None:
    sqlite_archive.note_waiting("small", map(str, range(MOST_LINES + 7)), NOON)
    kept = sqlite_archive.waiting()["small"].problems
    assert (len(kept), kept[-1]) == (MOST_LINES + 1, "... and 7 more")


def test_a_digest_that_was_never_published_is_no_edition(archive: Archive) -> None:
    with pytest.raises(NeverServed, match="sha256:0"):
        archive.edition("sha256:0")


def test_a_text_that_many_editions_share_is_stored_once_and_small(
    sqlite_archive: Archive, tmp_path: Path
) -> None:
    for number in range(20):
        files = {"small/ruleset.yaml": f"# {number}", "small/factors/1-a.yaml": "the same\n" * 5_000}
        one = Edition("small", "1.0.0", "", None, "", files)
        sqlite_archive.publish(edition("1.0.0", files=one.files), later(number))
    assert len(sqlite_archive.timeline()) == 20
    with sqlite3.connect(tmp_path / "archive.sqlite3") as raw:
        stored = raw.execute("SELECT COUNT(*), SUM(LENGTH(deflated)) FROM ruleset_texts").fetchone()
    raw.close()
    assert stored[0] == 21
    assert stored[1] < 2_000


@pytest.mark.parametrize("spoil", ["x'00'", "substr(deflated, 3)"])
def test_a_text_that_was_changed_is_never_given_out(
    sqlite_archive: Archive, tmp_path: Path, spoil: str
) -> None:
    sqlite_archive.publish(edition(), NOON)
    with sqlite3.connect(tmp_path / "archive.sqlite3") as raw:
        raw.execute(f"UPDATE ruleset_texts SET deflated = {spoil}")
    raw.close()
    with pytest.raises(Damaged, match=edition().digest):
        sqlite_archive.edition(edition().digest)


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE ruleset_texts SET deflated = ''",
        "UPDATE ruleset_edition_files SET name = 'small/factors/2-a.yaml' WHERE position = 2",
        "DELETE FROM ruleset_edition_files WHERE position = 1",
    ],
)
def test_publishing_again_mends_what_was_damaged(url: str, archive: Archive, spoil: str) -> None:
    given, other = edition(), edition(text="# other")
    for one in (other, given):
        archive.publish(one, NOON)
    execute(url, spoil)
    before = archive.generation()
    archive.publish(given, NOON)
    assert archive.edition(given.digest) == given
    assert len(archive.timeline()) == 2
    assert archive.generation() == before + 1, "the others look again"


def test_a_text_in_place_of_another_is_never_given_out(url: str, archive: Archive) -> None:
    archive.publish(edition(), NOON)
    execute(url, "UPDATE ruleset_edition_files SET name = 'small/factors/2-a.yaml' WHERE position = 2")
    with pytest.raises(Damaged, match="come to another digest"):
        archive.edition(edition().digest)


@pytest.mark.long
def test_processes_that_open_and_publish_at_once_lose_nothing(empty_url: str) -> None:
    started = [run(PUBLISH, empty_url, name) for name in "abc"]
    assert [process.wait(60) for process in started] == [0, 0, 0]
    for process in started:
        process.communicate()
    archive = Archive(Database(empty_url))
    timeline = archive.timeline()
    assert [one.sequence for one in timeline] == list(range(1, 31))
    assert len({one.digest for one in timeline}) == 30
    assert archive.generation() == 30
    archive.close()


def test_another_process_sees_what_was_published(url: str, archive: Archive) -> None:
    before = archive.generation()
    process = run(PUBLISH, url, "a")
    told, _ = process.communicate(timeout=60)
    assert archive.generation() == int(told) > before


def test_an_archive_that_was_opened_before_a_fork_goes_on_in_every_process(url: str) -> None:
    process = run(FORK, url)
    told, _ = process.communicate(timeout=60)
    assert told == "[0, 0, 0] 5\n"


def test_what_a_later_picoplan_has_written_is_not_touched(url: str) -> None:
    Database(url).close()
    execute(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(CannotOpen, match="later picoplan"):
        Database(url)


def test_a_ruleset_is_retired_once_keeps_its_timeline_and_is_restored(archive: Archive) -> None:
    published = archive.publish(edition(), NOON)
    archive.note_waiting("small", ["x:1:1: error bad Broken."], NOON)
    before = archive.generation()
    assert archive.retire("small", NOON)
    assert archive.generation() == before + 1
    assert archive.retired() == {"small": NOON}
    assert (archive.waiting(), archive.timeline()) == ({}, (published,))
    assert archive.edition(published.digest) == edition()
    assert not archive.retire("small", later(1))
    assert (archive.retired(), archive.generation()) == ({"small": NOON}, before + 1)
    assert archive.restore("small")
    assert (archive.retired(), archive.generation()) == ({}, before + 2)
    assert not archive.restore("small")

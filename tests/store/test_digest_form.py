"""An archive of before digests were of texts goes on: its digests, its decisions, and what is signed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.reading.folder import digest_of
from service.replaying.replay import VerifyOrder, verify_all
from service.serving.evaluate import Answering
from service.store.archive import Archive
from service.store.database import Database
from service.store.decisions.selection import EVERYTHING
from service.store.editions import Edition, digests_before, edition_of, readable
from service.store.folders import read_shelf
from service.store.snapshot import take_snapshot
from service.vetting.publish_action import publish_action
from service.vetting.report import CheckReport, as_line, message_from_line
from service.vetting.sources import Fingerprints
from tests.commandline.samples import write_small
from tests.store.earlier import OLD_DIGEST, ROWS, leave_to_picoplan, write_as_windows_does
from tests.store.made import NOON, edition
from tests.store.test_archive import execute

ASSESSMENT = {"concern": "scars", "phototype": "I", "gold": False}


def held(root: Path) -> Edition:
    return edition_of(read_shelf(root).read["small"])


@pytest.fixture
def earlier_url(empty_url: str) -> str:
    """The URL of a database that an earlier picoplan left."""
    leave_to_picoplan(empty_url)
    return empty_url


@pytest.fixture
def opened(earlier_url: str) -> Iterator[Archive]:
    """Its archive, brought up to date."""
    archive = Archive(Database(earlier_url))
    yield archive
    archive.close()


def test_an_edition_of_before_keeps_its_digest_and_its_bytes(opened: Archive, tmp_path: Path) -> None:
    back = opened.edition(OLD_DIGEST)
    assert (back.form, back.digest) == (1, OLD_DIGEST)
    assert readable(back).digest == OLD_DIGEST
    root = write_as_windows_does(tmp_path)
    assert {name: text.encode() for name, text in back.files.items()} == {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*.yaml")
    }


def test_decisions_of_before_come_out_the_same(opened: Archive, earlier_url: str) -> None:
    (part,) = verify_all(VerifyOrder(earlier_url, EVERYTHING))
    assert (part.decisions, part.but_for_sign_off, part.wrong) == (len(ROWS["decisions"]), 0, ())


def test_the_same_folder_is_published_under_its_new_digest_and_both_answer(
    opened: Archive, tmp_path: Path
) -> None:
    root = write_as_windows_does(tmp_path)
    new = held(root)
    assert new.digest != OLD_DIGEST
    assert opened.publish(new, NOON + timedelta(days=9)).digest == new.digest
    assert opened.edition(new.digest) == new
    answering = Answering(take_snapshot(read_shelf(root)), archive=opened, timeline=opened.timeline())
    plans = []
    for digest in (OLD_DIGEST, new.digest):
        said = answering.evaluate({"ruleset": "small", "assessment": ASSESSMENT, "digest": digest})
        assert isinstance(said, dict), said
        assert said["ruleset"]["digest"] == digest
        plans.append({name: said[name] for name in ("verdict", "sessions", "interval_weeks", "fired")})
    assert plans[0] == plans[1]


def test_an_edition_of_before_that_is_changed_is_damaged_down_to_a_line_end(
    opened: Archive, earlier_url: str
) -> None:
    execute(earlier_url, "UPDATE ruleset_editions SET digest_form = 2")
    with pytest.raises(Exception, match="damaged: they come to another digest"):
        opened.edition(OLD_DIGEST)


def test_machines_with_other_line_ends_share_an_edition_and_neither_mends_it(archive: Archive) -> None:
    unix = edition(text="# a\n# b\n")
    windows = edition(text="# a\r\n# b\r\n")
    assert unix.digest == windows.digest
    archive.publish(windows, NOON)
    generation = archive.generation()
    archive.publish(unix, NOON)
    archive.publish(windows, NOON)
    assert (archive.generation(), len(archive.timeline())) == (generation, 1)
    assert archive.edition(unix.digest).files == windows.files


def test_what_is_spoiled_in_a_row_of_before_is_mended_in_the_newer_form(url: str, archive: Archive) -> None:
    unix, windows = edition(text="# a\n"), edition(text="# a\r\n")
    archive.publish(unix, NOON)
    execute(url, "UPDATE ruleset_editions SET digest_form = 1")
    assert archive.edition(unix.digest).form == 1
    archive.publish(windows, NOON)
    assert archive.edition(unix.digest) == windows


@pytest.mark.parametrize(
    ("published", "last_published", "does"),
    [
        (
            "O",
            "O",
            "publish",
        ),  # picoplan is renewed: the same text under its new digest
        ("OxO", "x", "publish"),
        ("Ox", "O", "leave"),  # gone back to x before that: the folder is still left behind
        ("Ox", None, "leave"),
        ("Ox", "x", "publish"),  # somebody went back to the text
        ("ON", "O", "keep"),
    ],
)
def test_a_rollback_of_before_is_not_undone_by_the_new_digest(
    published: str, last_published: str | None, does: str, tmp_path: Path, sqlite_archive: Archive
) -> None:
    new = held(write_as_windows_does(tmp_path))
    digests = {"O": OLD_DIGEST, "N": new.digest, "x": edition().digest, None: None}
    for name in published:
        one = {"O": None, "N": new, "x": edition()}[name]
        if one is not None:
            sqlite_archive.publish(one, NOON)
        else:
            old_digest = digest_of(
                {p.removeprefix("small/"): t.encode() for p, t in new.files.items()}, form=1
            )
            assert old_digest == OLD_DIGEST
            sqlite_archive.publish(
                Edition("small", new.version, OLD_DIGEST, None, new.title, new.files, form=1), NOON
            )
    action = publish_action(
        CheckReport("small", Fingerprints({}), (), new),
        sqlite_archive.timeline(),
        last_published=digests[last_published],
        folder="small",
        only_signed=False,
    )
    assert action.does == does


def test_the_form_is_told_between_processes() -> None:
    one = Edition("small", "1.0.0", "sha256:a", None, "", {}, form=1)
    told = message_from_line(as_line(CheckReport("small", Fingerprints({}), (), one)))
    assert isinstance(told, CheckReport)
    assert told.edition == one


def test_digests_of_before_are_of_the_same_text_alone(tmp_path: Path) -> None:
    windows = held(write_as_windows_does(tmp_path / "windows"))
    unix = held(write_small(tmp_path / "unix"))
    assert windows.digest == unix.digest
    assert OLD_DIGEST in digests_before(windows)
    assert unix.digest in digests_before(unix) & digests_before(edition_without_mark(windows))
    assert OLD_DIGEST not in digests_before(edition())


def edition_without_mark(one: Edition) -> Edition:
    return Edition(
        one.ruleset, one.version, one.digest, None, one.title,
        {name: text.removeprefix("\ufeff") for name, text in one.files.items()},
    )  # fmt: skip

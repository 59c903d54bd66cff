"""Going back from a page: the same as picoplan rollback, and checked in a process of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from service.drafting.going_back import CantGoBack, History, WentBack
from service.model.ruleset import SignOff
from service.store.editions import Published, digest_of_files
from tests.drafting.desk import Desk
from tests.store.made import NOON

RULES = "factors/1-concern.yaml"
AT = NOON + timedelta(days=30)


def history(desk: Desk) -> History:
    """What was published at the desk."""
    return History(desk.archive, desk.publishing.destination)


def go_back(desk: Desk, digest: str, newest: str = "") -> WentBack | CantGoBack:
    """What becomes of going back, of somebody who has seen what is newest now, or something else."""
    return history(desk).go_back("small", digest, newest or desk.newest.digest, lambda: AT)


def edit(desk: Desk, old: str, new: str, file: str = RULES) -> None:
    """Replace a text in a file of the folder."""
    path = desk.rulesets / "small" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.fixture
def first(desk: Desk) -> Published:
    """The edition before the one that is live."""
    found = desk.newest
    assert found is not None
    edit(desk, "version: 1.2.0", "version: 1.3.0", "ruleset.yaml")
    edit(desk, "title: Sun spots", "title: Spots by the sun")
    desk.publish(10)
    return found


def test_editions_are_told_with_who_has_signed_them(desk: Desk, first: Published) -> None:
    entry = f"- {{digest: '{first.digest}', role: Director, date: 2026-06-01}}\n"
    (desk.rulesets / "small" / "sign-off.yaml").write_text(entry)
    newest, before = history(desk).editions("small")
    assert (newest.published.version, newest.signed) == ("1.3.0", ())
    assert before.signed == (SignOff(first.digest, "Director", "2026-06-01"),)
    assert history(desk).editions("nothing") == ()


def test_an_edition_goes_back_as_it_was_and_serves(desk: Desk, first: Published) -> None:
    before = desk.files()
    went = go_back(desk, first.digest)
    assert isinstance(went, WentBack)
    assert desk.newest == went.live
    assert went.live is not None
    assert (went.live.version, went.live.digest) == ("1.2.0", first.digest)
    assert desk.files() == dict(desk.archive.edition(first.digest).own_files)
    (kept,) = went.kept
    assert (kept / RULES).read_bytes() == before[RULES]
    again = go_back(desk, first.digest)
    assert again == WentBack(went.edition, live=went.live), "it is there already"


CLIENT = "- {name: spots, assessment: {concern: sun_spots, gold: no}, expect: {verdict: defer}}\n"


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        (RULES, "factor: concern\nrules: [\n", "bracket"),
        ("scenarios/1.yaml", CLIENT, "scenario-failed"),
    ],
)
def test_what_is_not_good_any_more_changes_nothing(
    desk: Desk, first: Published, file: str, text: str, code: str
) -> None:
    """An edition that this picoplan can't read, or that now answers otherwise."""
    before, edition = desk.files(), desk.archive.edition(first.digest)
    files = {**edition.files, f"small/{file}": text}
    odd = replace(edition, files=files, digest=digest_of_files(replace(edition, files=files)))
    desk.archive.publish(odd, AT)
    went = go_back(desk, odd.digest)
    assert isinstance(went, CantGoBack)
    assert [one.code for one in went.errors] == [code]
    assert went.errors[0].place.file == f"clinic/small/{file}"
    assert desk.files() == before
    assert [path.name for path in desk.rulesets.iterdir()] == ["small"]


def test_where_it_may_not_be_written_or_never_served_nothing_is_done(desk: Desk, first: Published) -> None:
    before = desk.files()
    never = go_back(desk, "sha256:" + "0" * 64)
    assert isinstance(never, CantGoBack)
    desk.archive.retire("small", AT)
    retired = go_back(desk, first.digest)
    assert isinstance(retired, CantGoBack)
    assert "picoplan rulesets restore small" in retired.why
    desk.may_write = False
    assert isinstance(go_back(desk, first.digest), CantGoBack)
    assert desk.files() == before


def test_what_nobody_has_signed_waits_where_only_signed_goes_live(desk: Desk, first: Published) -> None:
    desk.only_signed = True
    went = go_back(desk, first.digest)
    assert isinstance(went, WentBack)
    assert (went.live, went.waits_for_signature) == (None, True)


def test_a_folder_that_is_gone_comes_back(desk: Desk, first: Published) -> None:
    newest = desk.newest
    assert newest is not None
    (desk.rulesets / "small").rename(desk.rulesets.parent / "gone")
    went = go_back(desk, newest.digest)
    assert isinstance(went, WentBack)
    assert went.live == newest
    assert desk.files() == dict(desk.archive.edition(newest.digest).own_files)
    assert first.digest != newest.digest


def test_where_another_was_published_meanwhile_nothing_is_done(desk: Desk, first: Published) -> None:
    seen, before = desk.newest.digest, desk.files()
    edit(desk, "version: 1.3.0", "version: 1.4.0", "ruleset.yaml")
    desk.publish(12)
    moved = desk.files()
    went = go_back(desk, first.digest, seen)
    assert isinstance(went, CantGoBack)
    assert "Version 1.4.0 was published meanwhile" in went.why
    assert desk.files() == moved != before

"""No two versions of a ruleset claim the same days."""

import pytest

from service.store.archive import Archive
from service.store.editions import overlaps
from tests.store.made import edition, later, on

V1, V2 = ("1.0.0", None), ("2.0.0", "2026-09-01")


def published(archive: Archive, *versions: tuple[str, str | None]) -> None:
    """Publish versions with their effective days, one on each day from the first of June on."""
    for at, (version, effective) in enumerate(versions):
        archive.publish(edition(version, effective=effective and on(effective)), later(at))


def said(archive: Archive, version: str, effective: str | None, text: str = "") -> list[str]:
    """The problems of one more version."""
    found = overlaps(
        archive.timeline(), edition(version, text, effective=effective and on(effective)), "r.yaml"
    )
    return [str(problem) for problem in found]


def test_two_versions_that_are_effective_from_the_same_day_on_overlap(sqlite_archive: Archive) -> None:
    published(sqlite_archive, V1, V2)
    assert said(sqlite_archive, "3.0.0", "2026-09-01") == [
        "r.yaml:3:12: error effective-overlap Version 2.0.0 is effective from 2026-09-01 on, too. "
        "Name a later day, leave it out to serve at once, or keep version 2.0.0."
    ]


def test_a_version_that_claims_days_of_the_one_before_it_overlaps(sqlite_archive: Archive) -> None:
    published(sqlite_archive, V1, V2)
    assert said(sqlite_archive, "3.0.0", "2026-08-31") == [
        "r.yaml:3:12: error effective-overlap Version 2.0.0 serves from 2026-09-01 on, which is later. "
        "Name that day or a later one, or leave it out to serve at once."
    ]


@pytest.mark.parametrize(
    ("version", "effective", "why"),
    [
        ("3.0.0", "2026-09-02", "it follows"),
        ("3.0.0", None, "it goes live at once, and nobody claims that moment"),
        ("2.0.0", "2026-09-01", "an edit of the version keeps its day"),
        ("2.0.0", "2026-08-01", "a version may move its own day"),
        ("2.0.0", "2026-10-01", "a version may move its own day"),
    ],
)
def test_what_claims_no_day_of_another_does_not_overlap(
    sqlite_archive: Archive, version: str, effective: str | None, why: str
) -> None:
    published(sqlite_archive, V1, V2)
    assert said(sqlite_archive, version, effective, "# edited") == [], why


def test_the_first_version_overlaps_nothing(sqlite_archive: Archive) -> None:
    assert said(sqlite_archive, "1.0.0", "2020-01-01") == []


def test_an_edit_on_another_day_keeps_the_effective_day_of_its_version(sqlite_archive: Archive) -> None:
    published(sqlite_archive, ("1.0.0", "2026-01-01"))
    sqlite_archive.publish(edition("1.0.0", "# 2", effective=on("2026-01-01")), later(5))
    assert said(sqlite_archive, "1.0.0", "2026-01-01", "# 3") == []


def test_a_rollback_does_not_overlap(sqlite_archive: Archive) -> None:
    published(sqlite_archive, ("1.0.0", "2026-01-01"), V2)
    assert said(sqlite_archive, "1.0.0", "2026-01-01") == []


def test_a_version_that_was_rolled_back_before_its_day_leaves_the_day_free(sqlite_archive: Archive) -> None:
    published(sqlite_archive, V1, V2, V1)
    assert said(sqlite_archive, "3.0.0", "2026-09-01") == []


def test_without_a_file_name_the_problem_is_placed_in_the_rulesets_own_header(
    sqlite_archive: Archive,
) -> None:
    published(sqlite_archive, V1, V2)
    found = overlaps(sqlite_archive.timeline(), edition("3.0.0", effective=on("2026-09-01")))
    assert [problem.place.file for problem in found] == ["small/ruleset.yaml"]

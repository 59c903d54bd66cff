from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from service.model.problem import Place, Problem
from service.store.editions import Edition, Published
from service.vetting.publish_action import publish_action
from service.vetting.report import CheckReport
from service.vetting.sources import Fingerprints

EDITION = Edition("small", "1.0.0", "sha256:a", None, "Small", {"small/ruleset.yaml": "id: small\n"})
WARNING = Problem(Place("small/ruleset.yaml", 2, 3), "gap", "A gap.", "warning", ('{"a": 1}',))
REPORT = CheckReport("small", Fingerprints({"small": "x"}), (WARNING,), EDITION, seconds=0.5)


def history(*digests: str) -> list[Published]:
    moment = datetime(2026, 6, 1, tzinfo=UTC)
    return [
        Published("small", "1.0.0", f"sha256:{digest}", date(2026, 6, 1), moment, number)
        for number, digest in enumerate(digests)
    ]


@pytest.mark.parametrize(
    ("published", "last_published", "does"),
    [
        ("", None, "publish"),  # the first
        ("b", None, "publish"),  # new
        ("b", "b", "publish"),
        ("a", None, "keep"),
        ("ba", "b", "keep"),
        ("ab", "a", "leave"),  # a rollback or another machine went on to b; nobody has edited this folder
        ("ab", None, "leave"),  # a machine that was never here before, with older files
        ("bac", "b", "leave"),  # the files of another machine, coming late
        ("ab", "b", "publish"),  # somebody went back
        ("bab", "b", "publish"),
        ("abc", "x", "publish"),  # from something that never served back to what did
    ],
)
def test_what_becomes_of_a_good_edit(published: str, last_published: str | None, does: str) -> None:
    last_published = last_published and f"sha256:{last_published}"
    action = publish_action(
        REPORT, history(*published), last_published=last_published, folder="small", only_signed=False
    )
    assert (action.does, action.problems) == (does, ())


@pytest.mark.parametrize(
    ("published", "last_published", "does"),
    [
        ("a", "a", "publish"),  # picoplan is renewed: the same text under the newest version
        ("a", None, "publish"),
        ("ba", "a", "publish"),
        ("ab", "a", "leave"),  # others have gone on from it
    ],
)
def test_what_serves_under_an_earlier_version_of_the_language_is_published_under_the_newest(
    published: str, last_published: str | None, does: str
) -> None:
    last_published = last_published and f"sha256:{last_published}"
    earlier = [replace(one, language_version=1) for one in history(*published)]
    action = publish_action(REPORT, earlier, last_published=last_published, folder="small", only_signed=False)
    assert (action.does, action.problems) == (does, ())


def test_an_edit_with_errors_waits_for_them_and_not_for_its_warnings() -> None:
    error = replace(WARNING, severity="error")
    report = replace(REPORT, problems=(WARNING, error), edition=None)
    action = publish_action(report, (), last_published=None, folder="small", only_signed=False)
    assert (action.does, action.problems) == ("wait", (error,))


def test_where_only_signed_ones_go_live_the_problem_is_at_the_ruleset() -> None:
    action = publish_action(REPORT, history("b"), last_published=None, folder="c/small", only_signed=True)
    [problem] = action.problems
    assert (str(problem.place), problem.code) == ("c/small/ruleset.yaml:1:1", "awaits-sign-off")
    signed = replace(REPORT, edition=replace(EDITION, signed_off=True))
    action = publish_action(signed, history("b"), last_published=None, folder="c/small", only_signed=True)
    assert action.does == "publish"

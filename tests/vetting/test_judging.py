from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from service.model.problem import Place, Problem
from service.store.editions import Edition, Published
from service.vetting.judging import decide
from service.vetting.looking import Basis
from service.vetting.verdict import Verdict, verdict_from_json

EDITION = Edition("small", "1.0.0", "sha256:a", None, "Small", {"small/ruleset.yaml": "id: small\n"})
WARNING = Problem(Place("small/ruleset.yaml", 2, 3), "gap", "A gap.", "warning", ('{"a": 1}',))
VERDICT = Verdict("small", Basis({"small": "x"}), (WARNING,), EDITION, seconds=0.5)


def history(*digests: str) -> list[Published]:
    moment = datetime(2026, 6, 1, tzinfo=UTC)
    return [
        Published("small", "1.0.0", f"sha256:{digest}", date(2026, 6, 1), moment, number)
        for number, digest in enumerate(digests)
    ]


@pytest.mark.parametrize(
    ("published", "handled", "does"),
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
def test_what_becomes_of_a_good_edit(published: str, handled: str | None, does: str) -> None:
    handled = handled and f"sha256:{handled}"
    decision = decide(VERDICT, history(*published), handled=handled, folder="small", only_signed=False)
    assert (decision.does, decision.problems) == (does, ())


def test_an_edit_with_errors_waits_for_them_and_not_for_its_warnings() -> None:
    error = replace(WARNING, severity="error")
    verdict = replace(VERDICT, problems=(WARNING, error), edition=None)
    decision = decide(verdict, (), handled=None, folder="small", only_signed=False)
    assert (decision.does, decision.problems) == ("wait", (error,))


def test_where_only_signed_ones_go_live_the_problem_is_at_the_ruleset() -> None:
    decision = decide(VERDICT, history("b"), handled=None, folder="clinic/small", only_signed=True)
    [problem] = decision.problems
    assert (str(problem.place), problem.code) == ("clinic/small/ruleset.yaml:1:1", "awaits-sign-off")
    signed = replace(VERDICT, edition=replace(EDITION, signed_off=True))
    decision = decide(signed, history("b"), handled=None, folder="clinic/small", only_signed=True)
    assert decision.does == "publish"


def test_a_verdict_is_the_same_after_its_way_between_processes() -> None:
    for verdict in (VERDICT, replace(VERDICT, edition=replace(EDITION, effective=date(2027, 1, 1)))):
        assert verdict_from_json(verdict.to_json()) == verdict

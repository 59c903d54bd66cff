"""What is to be looked at before a draft is published, and how what it holds stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from service.drafting.checklist import BEGINS_WITHIN, Known, Line, Standing, checklist, standing
from service.drafting.draft_report import DraftReport
from service.model.ruleset import SignOff
from service.store.editions import Published
from tests.drafting.desk import DAY, GOOD, Desk, good
from tests.store.made import NOON

RULES = "factors/1-concern.yaml"
DIGEST = str(GOOD["digest"])
LOOKED: dict[str, Any] = {"gaps": []}


def known(desk: Desk, **changes: Any) -> Known:
    """What is known of a draft of ``small`` in which nothing is wrong, but for some changes."""
    state = desk.begin({RULES: b"factor: concern\n"})
    report = good(state, **changes)
    return Known(state, report, desk.publishing.destination, desk.timeline, LOOKED, DAY)


def line(of: Known, name: str) -> Line:
    """The line of that name."""
    (found,) = (one for one in checklist(of) if one.name == name)
    return found


def said(of: Known, name: str) -> tuple[str, str]:
    """How a line stands, and in which words."""
    found = line(of, name)
    return found.looks, found.says


def test_every_line_has_its_state_and_a_way_where_something_is_to_be_done(desk: Desk) -> None:
    lines = checklist(known(desk, scenarios=[{"as_expected": True}]))
    assert [(one.name, one.looks, one.says) for one in lines] == [
        ("errors", "good", "None."),
        ("clients", "good", "1 of 1."),
        ("guarantees", "good", "None is promised."),
        ("warnings", "good", "None."),
        ("never-tried", "good", "Every rule and condition is tried."),
        ("changes", "open", "Not as it stands."),
        ("support", "good", "No rule says something else over the support that it had."),
        ("version", "good", "1.3.0; live is 1.2.0."),
        ("day", "good", "As soon as it is checked."),
        ("base", "good", "Yes."),
        ("folder", "good", "It holds what the draft was begun from."),
        ("signatures", "open", "None."),
    ]
    assert all(one.way for one in lines if one.looks in ("open", "wrong") and one.name != "signatures")


def test_until_it_is_checked_nothing_is_called_good_that_is_not_known(desk: Desk) -> None:
    start = known(desk)
    of = replace(start, report=DraftReport(start.state.number, "checking"), coverage=None)
    working = [one.name for one in checklist(of) if one.looks == "working"]
    assert working == [
        *("errors", "clients", "guarantees", "warnings", "never-tried"),
        *("changes", "support", "version", "day", "signatures"),
    ]
    tried = replace(of, report=DraftReport(1, "checked", scenarios=[{"as_expected": True}]))
    assert [said(tried, name)[0] for name in ("errors", "clients", "guarantees")] == [
        "good",
        "good",
        "working",
    ]


def test_what_errors_hide_is_no_work_in_progress(desk: Desk) -> None:
    error = {"severity": "error", "code": "x"}
    start = known(desk)
    broken = DraftReport(start.state.number, "checked", problems=[error], is_final=True)
    of = replace(start, report=broken, coverage=None)
    assert "working" not in [one.looks for one in checklist(of)]
    assert said(of, "guarantees") == ("open", "Known once there are no errors.")


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        ({"problems": [{"severity": "error", "code": "x"}]}, "errors", ("wrong", "1 error.")),
        (
            {"stage": "failed", "message": "It took too long."},
            "errors",
            ("wrong", "It took too long."),
        ),
        ({"problems": [{"severity": "warning", "code": "x"}] * 2}, "warnings", ("open", "2 warnings.")),
        (
            {"scenarios": [{"as_expected": True}, {"as_expected": False}]},
            "clients",
            ("wrong", "1 of 2 not as expected."),
        ),
        ({}, "clients", ("open", "There are no clients to try it with.")),
        ({"guarantees": [{"state": "proven"}] * 3}, "guarantees", ("good", "3 of 3 proven.")),
        (
            {"guarantees": [{"state": "proven"}, {"state": "not decided"}]},
            "guarantees",
            ("open", "1 of 2 proven and 1 not decided."),
        ),
        (
            {"guarantees": [{"state": "broken"}, {"state": "not decided"}]},
            "guarantees",
            ("wrong", "0 of 2 proven, 1 not decided and 1 broken."),
        ),
        (
            {"stage": "checked", "message": "Proofs took too long.", "guarantees": [{"state": "proven"}]},
            "guarantees",
            ("wrong", "Proofs took too long."),
        ),
        (
            {"version": "1.2.0"},
            "version",
            ("open", "1.2.0, as live: give it a higher number, so that people can tell them apart."),
        ),
        (
            {"effective": "2026-01-01"},
            "day",
            (
                "wrong",
                "Version 1.2.0 is effective from 2026-01-01 on, too. Name a later day, leave it out to serve "
                "at once, or keep version 1.2.0.",
            ),
        ),
        ({"effective": "2027-02-28"}, "day", ("good", "As soon as it is checked.")),
        (
            {"effective": "2027-03-02"},
            "day",
            ("good", "On 2027-03-02; what is live goes on until then."),
        ),
    ],
)
def test_each_line_says_what_is_the_case(
    desk: Desk, changes: dict[str, Any], name: str, expected: tuple[str, str]
) -> None:
    assert said(known(desk, **changes), name) == expected


def test_a_client_who_is_no_error_of_the_rules_is_counted_once(desk: Desk) -> None:
    failed = [
        {"severity": "error", "code": "scenario-failed", "message": part}
        for part in ("a verdict", "a number")
    ]
    of = known(desk, problems=failed, scenarios=[{"as_expected": False, "problems": failed}])
    assert (said(of, "errors")[0], said(of, "clients")) == ("good", ("wrong", "1 of 1 not as expected."))


def test_what_no_client_has_tried_is_told_by_rules(desk: Desk) -> None:
    gaps = [{"rule": "a"}, {"rule": "a"}, {"rule": "b"}]
    of = replace(known(desk), coverage={"gaps": gaps})
    assert said(of, "never-tried") == ("open", "Conditions of 2 rules.")
    failed = replace(of, coverage=None, trouble="It took too long.")
    assert said(failed, "never-tried") == ("open", "Not known. It took too long.")


def test_changes_count_as_read_for_one_digest_alone(desk: Desk) -> None:
    of = known(desk)
    assert line(of, "changes").way == ("compare", "Compare with live")
    read = replace(of, state=replace(of.state, changes_read=DIGEST))
    assert said(read, "changes") == ("good", "As it stands.")
    assert said(replace(read, report=good(read.state, digest="sha256:9")), "changes")[0] == "open"


def test_of_a_new_ruleset_the_changes_to_what_it_extends_are_read(desk: Desk) -> None:
    new = replace(known(desk, extends="pico-laser"), timeline=())
    assert line(new, "changes").way == ("compare", "Compare with pico-laser")
    assert said(new, "changes") == ("open", "Not as it stands.")
    alone = replace(known(desk), timeline=())
    says = "Nothing is live, and it extends nothing, to compare it with."
    assert (line(alone, "changes").way, said(alone, "changes")) == (None, ("good", says))


def test_the_example_of_a_new_ruleset_does_not_go_live_untold(desk: Desk) -> None:
    of = known(desk, of_example=["the rule “Working outdoors”"])
    assert "example" not in [one.name for one in checklist(of)]
    new = line(replace(of, timeline=()), "example")
    assert (new.looks, new.each) == ("open", ("The rule “Working outdoors”.",))


def test_a_number_over_the_support_of_another_is_to_be_read_and_keeps_nothing_back(desk: Desk) -> None:
    of = known(desk, to_be_read=[{"rule": "spots", "says": "Is it in the paper?"}])
    assert said(of, "support") == ("open", "1 rule to be read beside the papers, or the reason.")
    assert line(of, "support").each == ("Is it in the paper?",)
    unknown = known(desk, to_be_read=None)
    assert said(unknown, "support") == ("open", "Not known: the check came to no end.")


def test_a_draft_of_what_has_moved_is_kept_back(desk: Desk) -> None:
    of = known(desk)
    other = replace(desk.archive.edition(desk.newest.digest), digest="sha256:" + "1" * 64, version="1.2.5")
    moved = replace(of, timeline=(desk.archive.publish(other, NOON + timedelta(days=1)),))
    assert said(moved, "base") == ("wrong", "Live has moved: it is version 1.2.5 now.")
    assert line(moved, "base").way == ("rebase", "See both sides")
    later = replace(of.state, draft=replace(of.state.draft, began=NOON + timedelta(days=2)))
    begun_from_earlier = replace(moved, state=later)
    says = "It was begun from an earlier edition: live is version 1.2.5."
    assert said(begun_from_earlier, "base") == ("wrong", says)


def test_what_the_folder_holds_is_said(desk: Desk) -> None:
    of = known(desk)
    folder = desk.rulesets / "small"
    (folder / RULES).write_bytes(of.state.files[RULES])
    assert said(of, "folder") == ("good", "It holds this draft.")
    (folder / RULES).write_text("theirs: yes\n")
    assert said(of, "folder")[0] == "wrong"
    new = desk.begin({"ruleset.yaml": b"id: mine\n"}, "mine", new=True)
    mine = replace(of, state=new, timeline=())
    assert said(mine, "folder") == ("good", "It will be made.")
    assert said(mine, "base") == ("good", "It is a new ruleset.")
    desk.may_write = False
    assert "folder" not in [one.name for one in checklist(known(desk))]


def test_signatures_of_this_digest_are_named_and_missed_where_they_are_needed(desk: Desk) -> None:
    of = known(desk)
    entries = (SignOff(DIGEST, "Director", "2027-02-01"), SignOff("sha256:0", "Nurse", "2027-02-01"))
    signed = replace(of, state=replace(of.state, signed=entries))
    assert said(signed, "signatures") == ("good", "Director on 2027-02-01.")
    desk.only_signed = True
    assert said(known(desk), "signatures")[0] == "wrong"


# How it stands

LIVE = Published("small", "1.3.0", DIGEST, NOON.date(), NOON, 2)
LATER = Published("small", "1.3.0", DIGEST, date(2027, 4, 1), NOON, 2)
BEFORE = Published("small", "1.2.0", "sha256:0", NOON.date(), NOON, 1)
UNSIGNED = "clinic/small/ruleset.yaml:1:1: error awaits-sign-off Only what was signed off goes live here."
BROKEN = "clinic/small/ruleset.yaml:1:1: error bad-id The id is wrong."


def stands(
    *timeline: Published, saved: datetime | None = NOON, since: datetime | None = None, **told: Any
) -> Standing:
    """How the draft's digest stands."""
    problems = told.get("problems", ())
    waits = NOON if problems else None
    return standing(
        DIGEST,
        timeline or (BEFORE,),
        saved=saved,
        checking_since=since,
        waits_since=waits,
        problems=problems,
        now=NOON + told.get("after", timedelta()),
    )


def test_what_is_saved_is_followed_until_it_is_live() -> None:
    assert stands(saved=None) == Standing("not saved")
    assert stands() == Standing("saved", NOON)
    assert stands(since=NOON) == Standing("checking", NOON)
    assert stands(LIVE, BEFORE) == Standing("live", NOON)
    assert stands(LATER, BEFORE) == Standing("waits for its day", NOON, date(2027, 4, 1))
    assert [one.is_settled for one in (stands(), stands(since=NOON), stands(LIVE))] == [False, False, True]


def test_a_check_that_does_not_begin_is_not_promised_for_ever() -> None:
    assert stands(after=BEGINS_WITHIN).is_now == "not begun"
    assert stands(after=BEGINS_WITHIN, since=NOON).is_now == "checking"
    assert stands(LIVE, after=BEGINS_WITHIN).is_now == "live"
    assert not stands(after=BEGINS_WITHIN).is_settled, "it may begin yet"


def test_why_it_waits_is_told() -> None:
    assert stands(problems=(UNSIGNED,)) == Standing("waits to be signed", NOON, None, (UNSIGNED,))
    assert stands(problems=(BROKEN,)) == Standing("waits", NOON, None, (BROKEN,))
    assert stands(problems=(BROKEN,), since=NOON) == Standing("checking", NOON), "it is looked at again"
    assert stands(LIVE, problems=(BROKEN,)).is_now == "live"


def test_what_served_before_is_not_live_again_by_its_digest_alone() -> None:
    assert stands(BEFORE, LIVE, saved=None) == Standing("not saved")


def test_a_broken_guarantee_has_the_way_to_its_problem_for_it_may_be_taken_over(desk: Desk) -> None:
    of = known(desk, guarantees=[{"state": "broken"}, {"state": "proven"}])
    assert line(of, "guarantees").way == ("edit", "Edit")

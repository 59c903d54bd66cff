"""Signing a draft and saving it into the folder: what keeps it back, and that nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.documenting.signature import read_sign_offs
from service.drafting import publishing
from service.drafting.draft_report import DraftReport
from service.drafting.packing import patch, zipped
from service.drafting.publishing import Saved, not_good, signatures, with_signatures
from service.model.caller import Caller
from service.model.draft import DraftState, file_tag
from service.model.ruleset import SignOff
from service.serving.refused import Refused
from tests.drafting.desk import DAY, DIRECTOR, GOOD, HOUSE, LEAD, Desk, good
from tests.store.made import NOON

RULES = "factors/1-concern.yaml"
DIGEST = str(GOOD["digest"])
FAILED = {"severity": "error", "code": "scenario-failed", "message": "sessions.min"}
ALSO_FAILED = {**FAILED, "message": "sessions.max"}
ODD = {"as_expected": False, "problems": [FAILED, ALSO_FAILED]}
BROKEN = {"severity": "error", "code": "unknown-option"}
NURSE = "- {digest: sha256:0, role: Nurse, date: 2027-01-01}\n"
WARNING = {"severity": "warning", "code": "gap"}


def edited(desk: Desk) -> DraftState:
    """A draft of ``small`` with other rules."""
    before = (desk.rulesets / "small" / RULES).read_bytes()
    return desk.begin({RULES: before.replace(b"title: Sun spots", b"title: Spots by the sun")})


def save(desk: Desk, state: DraftState, caller: Caller = HOUSE, **changes: Any) -> Saved | Refused:
    """Save a draft in which nothing is wrong."""
    report, seen = good(state, **changes), changes.pop("seen", DIGEST)
    return desk.publishing.save(caller, state, report, desk.timeline, seen=seen, at=NOON)


def sign(
    desk: Desk, state: DraftState, caller: Caller = HOUSE, role: str | None = "Medical director", **told: Any
) -> DraftState | Refused:
    """Sign a draft in which nothing is wrong."""
    told = {"day": None, "today": DAY, "seen": DIGEST, "report": good(state), **told}
    return desk.publishing.sign(caller, state, told.pop("report"), role=role, **told)


def codes(refused: object) -> list[str]:
    """With which codes it was refused."""
    assert isinstance(refused, Refused), refused
    return [one.code for one in refused.errors]


def test_what_is_saved_stands_in_the_folder_and_is_named(desk: Desk) -> None:
    state = edited(desk)
    saved = save(desk, state)
    assert saved == Saved("small", "1.3.0", DIGEST, "clinic/small")
    assert desk.files() == dict(state.files)
    assert [path.name for path in desk.rulesets.iterdir()] == ["small"]
    assert save(desk, state) == Saved("small", "1.3.0", DIGEST, "clinic/small", is_new=False)


def test_a_new_ruleset_gets_its_folder(desk: Desk) -> None:
    state = desk.begin({"ruleset.yaml": b"id: mine\n", RULES: b"factor: concern\n"}, "mine", new=True)
    publishing = desk.publishing
    saved = publishing.save(HOUSE, state, good(state), (), seen=DIGEST, at=NOON)
    assert isinstance(saved, Saved)
    assert desk.files("mine") == dict(state.files)


@pytest.mark.parametrize("file", [RULES, "texts.es.yaml"])
def test_where_somebody_has_saved_meanwhile_nothing_is_changed(desk: Desk, file: str) -> None:
    state = edited(desk)
    (desk.rulesets / "small" / file).write_text("theirs: yes\n")
    before = desk.files()
    assert codes(save(desk, state)) == ["changed-meanwhile"]
    assert desk.files() == before


@pytest.mark.parametrize("is_signed", [True, False])
def test_of_two_who_save_the_same_at_once_the_second_adds_no_more_than_its_signature(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, is_signed: bool
) -> None:
    state, swap = edited(desk), publishing.swap_in_for
    signed = sign(desk, state)
    assert isinstance(signed, DraftState)

    def after_the_first(*told: Any) -> Path | None:
        monkeypatch.setattr(publishing, "swap_in_for", swap)
        assert isinstance(save(desk, signed if is_signed else state), Saved)
        return swap(*told)

    monkeypatch.setattr(publishing, "swap_in_for", after_the_first)
    second = save(desk, signed)
    if is_signed:
        assert second == Saved("small", "1.3.0", DIGEST, "clinic/small", is_new=False)
    else:
        assert second == Saved("small", "1.3.0", DIGEST, "clinic/small")
    assert b"Medical director" in desk.files()["sign-off.yaml"]


def test_where_live_has_moved_nothing_is_changed_also_if_the_folder_was_not(desk: Desk) -> None:
    state, before = edited(desk), desk.files()
    other = replace(desk.archive.edition(desk.newest.digest), digest="sha256:" + "1" * 64)
    desk.archive.publish(other, NOON + timedelta(days=1))
    assert codes(save(desk, state)) == ["changed-meanwhile"]
    assert desk.files() == before


def test_of_two_who_publish_one_wins_and_the_other_is_told(desk: Desk) -> None:
    first, second = edited(desk), desk.begin({RULES: b"factor: concern\nrules: []\n"})
    assert isinstance(save(desk, first), Saved)
    assert codes(save(desk, second)) == ["changed-meanwhile"]
    assert desk.files() == dict(first.files)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"stage": "checking", "is_final": False}, "draft-busy"),
        ({"stage": "checked", "is_final": False}, "draft-busy"),
        ({"stage": "checked", "message": "The proofs took too long."}, "draft-not-good"),
        ({"stage": "failed", "message": "It needed too much memory."}, "draft-not-good"),
        ({"problems": [BROKEN]}, "draft-not-good"),
        ({"problems": [FAILED, ALSO_FAILED], "scenarios": [ODD]}, "draft-not-good"),
        ({"stage": "checked", "is_final": False, "problems": [BROKEN]}, "draft-not-good"),
        ({"state": 7}, "changed-meanwhile"),
        ({"digest": "sha256:" + "2" * 64}, "changed-meanwhile"),
    ],
)
def test_what_is_not_good_or_not_what_was_seen_is_neither_signed_nor_saved(
    desk: Desk, changes: dict[str, Any], code: str
) -> None:
    state, before = edited(desk), desk.files()
    report = replace(good(state), **changes)
    assert codes(sign(desk, state, report=report)) == [code]
    saved = desk.publishing.save(HOUSE, state, report, desk.timeline, seen=DIGEST, at=NOON)
    assert codes(saved) == [code]
    assert (desk.files(), desk.state(state.draft).signed) == (before, ())


def test_warnings_and_guarantees_that_are_not_decided_keep_nothing_back() -> None:
    report = DraftReport(1, **{**GOOD, "problems": [WARNING], "guarantees": [{"state": "not decided"}]})  # type: ignore[arg-type]
    assert not_good(report) is None


def test_why_a_draft_can_not_be_signed_is_counted(desk: Desk) -> None:
    problems = [BROKEN, BROKEN, FAILED, ALSO_FAILED]
    refused = not_good(good(edited(desk), problems=problems, scenarios=[ODD]))
    assert isinstance(refused, Refused)
    assert refused.errors[0].message == "The draft has 2 errors and 1 client not as expected."


def test_a_service_that_may_not_write_or_a_key_that_may_not_publish_writes_nothing(desk: Desk) -> None:
    state, before = edited(desk), desk.files()
    readers = replace(LEAD, scopes=frozenset(("edit", "read")))
    others = replace(LEAD, edits=frozenset(("other",)))
    assert [codes(save(desk, state, one)) for one in (readers, others)] == [["publish-not-allowed"]] * 2
    desk.may_write = False
    assert codes(save(desk, state)) == ["edits-not-allowed"]
    assert desk.files() == before


@pytest.mark.parametrize("ruleset", ["pico-laser", "../elsewhere", "Big", ""])
def test_a_shipped_ruleset_and_what_has_no_place_in_the_folder_is_not_written(
    desk: Desk, ruleset: str
) -> None:
    state = desk.begin({"ruleset.yaml": b"id: x\n"}, ruleset, new=True)
    saved = desk.publishing.save(HOUSE, state, good(state), (), seen=DIGEST, at=NOON)
    assert codes(saved) == ["edits-not-allowed"]
    assert [path.name for path in desk.rulesets.iterdir()] == ["small"]


def test_signatures_go_into_the_folder_with_what_they_are_of(desk: Desk) -> None:
    (desk.rulesets / "small" / "sign-off.yaml").write_text(
        "# ours\n- {digest: sha256:0, role: Nurse, date: 2027-01-01}\n"
    )
    state = edited(desk)
    signed = sign(desk, state, role=" Medical   director ")
    assert isinstance(signed, DraftState)
    assert signed.signed == (SignOff(DIGEST, "Medical director", "2027-03-01"),)
    assert isinstance(save(desk, signed), Saved)
    assert read_sign_offs(desk.rulesets / "small") == (
        SignOff("sha256:0", "Nurse", "2027-01-01"),
        *signed.signed,
    )
    assert desk.files()["sign-off.yaml"].startswith(b"# ours\n")
    again = save(desk, signed)
    assert isinstance(again, Saved)
    assert not again.is_new


def test_what_was_saved_unsigned_is_signed_and_saved_again(desk: Desk) -> None:
    state = edited(desk)
    assert isinstance(save(desk, state), Saved)
    signed = sign(desk, state)
    assert isinstance(signed, DraftState)
    saved = save(desk, signed)
    assert isinstance(saved, Saved)
    assert saved.is_new
    assert read_sign_offs(desk.rulesets / "small") == signed.signed


def test_an_edit_undoes_signatures_and_none_of_another_digest_counts(desk: Desk) -> None:
    state = edited(desk)
    assert isinstance(sign(desk, state), DraftState)
    draft, before = state.draft, state.files[RULES]
    desk.store.save(draft.id, {RULES: before + b"\n"}, {RULES: file_tag(before)}, None, NOON)
    assert desk.state(draft).signed == ()
    other = replace(state, signed=(SignOff("sha256:9", "Nurse", "2027-01-01"),))
    assert signatures(other, good(other), desk.publishing.destination) == ()
    assert isinstance(save(desk, other), Saved)
    assert read_sign_offs(desk.rulesets / "small") == ()


def test_where_only_signed_editions_go_live_an_unsigned_draft_is_not_saved(desk: Desk) -> None:
    desk.only_signed = True
    state, before = edited(desk), desk.files()
    assert codes(save(desk, state)) == ["awaits-sign-off"]
    assert desk.files() == before
    signed = sign(desk, state)
    assert isinstance(signed, DraftState)
    assert isinstance(save(desk, signed), Saved)


def test_a_key_signs_as_its_role_and_who_has_none_types_it(desk: Desk) -> None:
    state = edited(desk)
    assert codes(sign(desk, state, LEAD, None)) == ["role-needed"]
    assert codes(sign(desk, state, LEAD, "Medical director")) == ["role-needed"]
    assert codes(sign(desk, state, DIRECTOR, "Nurse")) == ["bad-role"]
    assert [codes(sign(desk, state, role=role)) for role in (None, " ", "a\nb", "x" * 81)] == [
        ["bad-role"]
    ] * 4
    signed = sign(desk, state, DIRECTOR, None)
    assert isinstance(signed, DraftState)
    assert [one.role for one in signed.signed] == ["Medical director"]


def test_a_signature_is_of_a_day_that_has_come_and_not_long_ago(desk: Desk) -> None:
    state = edited(desk)
    assert codes(sign(desk, state, day=DAY + timedelta(days=1))) == ["day-to-come"]
    assert codes(sign(desk, state, day=date(2019, 12, 31))) == ["day-too-early"]
    signed = sign(desk, state, day=DAY - timedelta(days=3))
    assert isinstance(signed, DraftState)
    assert [one.date for one in signed.signed] == ["2027-02-26"]


def test_a_file_of_sign_offs_that_nothing_can_be_added_to_keeps_a_signed_draft_back(desk: Desk) -> None:
    (desk.rulesets / "small" / "sign-off.yaml").write_text("not: a list\n")
    signed = sign(desk, edited(desk))
    assert isinstance(signed, DraftState)
    before = desk.files()
    assert codes(save(desk, signed)) == ["folder-not-written"]
    assert desk.files() == before
    assert "sign-off.yaml" not in with_signatures(signed, desk.publishing.destination)[1]


def test_a_sign_off_that_stands_in_the_drafts_own_files_signs_nothing(desk: Desk) -> None:
    entry = f"- {{digest: '{DIGEST}', role: Director, date: 2027-01-01}}\n".encode()
    state = desk.begin({"sign-off.yaml": entry})
    assert isinstance(save(desk, state), Saved)
    assert "sign-off.yaml" not in desk.files()


def test_a_draft_that_is_taken_out_has_its_signatures_and_those_of_before(desk: Desk) -> None:
    (desk.rulesets / "small" / "sign-off.yaml").write_text(
        "- {digest: sha256:0, role: Nurse, date: 2027-01-01}\n"
    )
    signed = sign(desk, edited(desk))
    assert isinstance(signed, DraftState)
    before, after = with_signatures(signed, desk.publishing.destination)
    assert before["sign-off.yaml"] == desk.files()["sign-off.yaml"]
    assert after["sign-off.yaml"].startswith(before["sign-off.yaml"])
    assert b"Medical director" in patch("small", before, after)
    assert zipped("small", after) != zipped("small", signed.files)


def test_what_lies_in_the_folder_and_is_of_no_ruleset_is_kept_and_named(desk: Desk) -> None:
    state = edited(desk)
    (desk.rulesets / "small" / "notes.txt").write_text("mine")
    saved = save(desk, state)
    assert isinstance(saved, Saved)
    assert saved.kept == "clinic/.small.before-publish-20260601-120000"
    assert (desk.rulesets / ".small.before-publish-20260601-120000" / "notes.txt").read_text() == "mine"


def test_a_day_that_another_version_has_keeps_a_draft_back(desk: Desk) -> None:
    state, before = edited(desk), desk.files()
    assert codes(save(desk, state, effective="2026-01-01")) == ["effective-overlap"]
    assert desk.files() == before
    assert isinstance(save(desk, state, effective="2027-12-01"), Saved)

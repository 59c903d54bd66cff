"""Logged decisions under other rules: what changes, how, and by which rules."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from service.replaying.comparing import NOBODY, Tally, compared
from service.replaying.replay import STRETCH, replay
from service.store.decisions.selection import Selection
from tests.replaying.past import CLIENTS, Past
from tests.store.decided import tamper

MORE = ("factors/1-concern.yaml", "sessions: 4 to 6", "sessions: 5 to 7")
SCARS = sum(client["concern"] == "scars" for client in CLIENTS)
TREATED = sum(client["concern"] == "scars" and not client["gold"] for client in CLIENTS)


@pytest.fixture
def past(tmp_path: Path) -> Past:
    return Past(tmp_path / "past")


def replayed(past: Past, folder: Path, *edits: tuple[str, str, str]) -> Tally:
    """What the edits make of the log."""
    return replay(past.order(past.candidate(folder / "candidate", *edits)))


def test_the_same_rules_change_nothing(past: Past, tmp_path: Path) -> None:
    tally = replayed(past, tmp_path)
    assert tally.kinds == {"same": len(CLIENTS)}
    assert (tally.changed, tally.percent, tally.rules, tally.examples) == (0, 0.0, {}, {})


def test_a_moved_rule_a_new_version_and_a_sign_off_change_nothing(past: Past, tmp_path: Path) -> None:
    edits = [
        ("ruleset.yaml", "version: 1.2.0", "version: 1.3.0"),
        ("factors/1-concern.yaml", "factor: concern\n", "# moved\n\nfactor: concern\n"),
    ]
    assert replayed(past, tmp_path, *edits).kinds == {"same": len(CLIENTS)}


def test_decisions_of_an_earlier_version_of_the_language_are_first_made_again(tmp_path: Path) -> None:
    past = Past(tmp_path / "past", language_version=1)
    tally = replayed(past, tmp_path, MORE)
    assert (tally.renewed, tally.changed) == (len(CLIENTS), TREATED)
    (same,) = tally.examples["reasons"][:1]
    assert [change.member for change in same.changes] == ["fired"]


def test_more_sessions_are_counted_by_how_many_and_by_the_rule(past: Past, tmp_path: Path) -> None:
    tally = replayed(past, tmp_path, MORE)
    stopped = SCARS - TREATED  # the rule fires for them, too
    assert tally.kinds == {"plan": TREATED, "reasons": stopped, "same": len(CLIENTS) - SCARS}
    assert tally.changed == TREATED
    assert {shift: number for shift, number in tally.shifts.items() if shift} == {1: TREATED}
    assert tally.rules == {"scars": Counter(edited=TREATED)}
    assert list(tally.examples) == ["sessions +1", "reasons"]
    first = tally.examples["sessions +1"][0]
    assert first.decision_id == past.made[0].decision_id
    (sessions,) = (change for change in first.changes if change.member == "sessions")
    assert sessions.was == {"min": 4, "typical": 5, "max": 6}
    assert sessions.now == {"min": 5, "typical": 6, "max": 7}


def test_another_verdict_is_counted_as_before_and_after(past: Past, tmp_path: Path) -> None:
    stop = ("factors/2-response.yaml", "when: {gold: yes}", "when: {sensitive: yes}")
    tally = replayed(past, tmp_path, stop)
    stopped = tally.verdicts["several_sessions", "do_not_treat"]
    freed = tally.verdicts["do_not_treat", "several_sessions"]
    assert stopped == freed > 0
    assert tally.rules["gold"]["now"] > 0
    assert tally.rules["gold"]["no_longer"] > 0
    assert tally.shifts["gone"] == tally.shifts["new"] == stopped
    assert "several_sessions -> do_not_treat" in tally.examples


def test_a_rule_that_fires_no_longer_is_named(past: Past, tmp_path: Path) -> None:
    narrowed = ("factors/2-response.yaml", "        - phototype: V\n", "")
    tally = replayed(past, tmp_path, narrowed)
    assert tally.kinds["plan"] > 0
    assert tally.rules["darker"]["no_longer"] == tally.kinds["plan"] + tally.kinds["words"]


def test_an_attribute_that_changes_is_nobodys_rule(past: Past, tmp_path: Path) -> None:
    tally = replayed(past, tmp_path, ("assessment.yaml", "V: {times: 1.2}", "V: {times: 2}"))
    assert tally.kinds["plan"] > 0
    assert tally.rules == {NOBODY: Counter(edited=tally.kinds["plan"] + tally.kinds["words"])}


def test_assessments_that_are_refused_now_are_counted_by_mistake(past: Past, tmp_path: Path) -> None:
    edits = [
        ("assessment.yaml", "scars: {label: Scars, most: 7}", "keloid: {label: Scars, most: 7}"),
        ("factors/1-concern.yaml", "when: {concern: scars}", "when: {concern: keloid}"),
        (
            "scenarios/1-all.yaml",
            "- name: Gold\n  assessment: {concern: scars",
            "- name: Gold\n  assessment: {concern: keloid",
        ),
        ("scenarios/1-all.yaml", "  assessment: {concern: scars", "  assessment: {concern: keloid"),
    ]
    tally = replayed(past, tmp_path, *edits)
    assert tally.kinds == {"refused": SCARS, "same": len(CLIENTS) - SCARS}
    assert tally.changed == SCARS
    ((pointer, code), mistake), *others = tally.mistakes.items()
    assert (pointer, code, mistake.decisions) == ("/assessment/concern", "unknown-option", SCARS)
    assert mistake.decision_id == past.made[0].decision_id
    assert others == []
    assert (
        sum(tally.verdicts[before, "refused"] for before, after in tally.verdicts if after == "refused")
        == SCARS
    )


def test_other_words_are_no_other_plan(past: Past, tmp_path: Path) -> None:
    tally = replayed(past, tmp_path, ("factors/2-response.yaml", "We begin gently.", "We begin slowly."))
    assert tally.kinds["words"] > 0
    assert tally.changed == 0
    assert tally.rules == {"darker": Counter(edited=tally.kinds["words"])}


def test_other_reasons_are_told_apart(past: Past, tmp_path: Path) -> None:
    tally = replayed(past, tmp_path, ("factors/1-concern.yaml", "Trials gave four to six.", "Trials did."))
    assert tally.kinds == {"reasons": SCARS, "same": len(CLIENTS) - SCARS}
    assert tally.rules == {}


def test_a_member_that_older_answers_have_not_yet_is_no_change_where_it_is_empty() -> None:
    older = {"verdict": "defer", "advice": []}
    assert compared(older, {**older, "benefits": [], "sessions": None}).kind == "same"
    assert compared(older, {**older, "benefits": [{"id": "collagen"}]}).kind == "words"


def test_days_and_the_newest_can_be_chosen(past: Past, tmp_path: Path) -> None:
    candidate = past.candidate(tmp_path / "candidate", MORE)
    order = past.order(candidate, Selection(since=date(2026, 6, 2), until=date(2026, 6, 2)))
    assert replay(order).replayed == len(CLIENTS) - 12
    assert replay(past.order(candidate), most=3).replayed == 3
    assert replay(past.order(candidate), most=300).replayed == len(CLIENTS)
    assert replay(past.order(candidate, Selection(since=date(2027, 1, 1)))).replayed == 0


def test_decisions_of_rulesets_that_the_candidate_lacks_are_left_out(past: Past, tmp_path: Path) -> None:
    order = past.order(past.candidate(tmp_path / "candidate"))
    other = type(order)(order.url, {}, order.selection)
    tally = replay(other)
    assert (tally.replayed, tally.elsewhere, tally.seen) == (0, len(CLIENTS), len(CLIENTS))


def test_damaged_decisions_are_left_out_and_named(past: Past, tmp_path: Path) -> None:
    broken = past.made[3].decision_id
    tamper(past.url, "UPDATE decisions SET answer = x'7b7d' WHERE decision_id = ?", broken)
    tally = replayed(past, tmp_path)
    assert (tally.replayed, tally.damaged, tally.damaged_ids) == (len(CLIENTS) - 1, 1, [broken])


def test_the_outcome_is_the_same_whatever_the_number_of_processes(tmp_path: Path) -> None:
    past = Past(tmp_path / "past", 2 * STRETCH + 300)
    stop = ("factors/2-response.yaml", "when: {gold: yes}", "when: {sensitive: yes}")
    order = past.order(past.candidate(tmp_path / "candidate", MORE, stop))
    told: list[tuple[int, int]] = []
    alone = replay(order, processes=1, on_progress=lambda done, of: told.append((done, of)))
    assert alone.replayed == len(past.made)
    assert told == [(STRETCH, len(past.made)), (2 * STRETCH, len(past.made)), (len(past.made),) * 2]
    assert replay(order, processes=2) == alone


def test_replay_reads_postgresql_too(tmp_path: Path, postgres_url: str) -> None:
    past = Past(tmp_path / "past", url=postgres_url)
    tally = replay(past.order(past.candidate(tmp_path / "candidate", MORE)))
    assert tally.kinds["plan"] == TREATED

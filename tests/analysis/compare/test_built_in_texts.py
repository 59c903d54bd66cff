"""Reasons that are built in name a question or a number of sessions: where these change, it is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.analysis.compare.compare import Comparison, compare
from service.analysis.compare.meaning import meaning_lines
from service.evaluation.compiled import CompiledRuleset
from service.store.folders import read_shelf
from tests.language.samples import Files, clinic, rule, written


def compared(folder: Path, *both: Files, decided: bool = True) -> Comparison:
    compiled = []
    for name, files in zip(("old", "new"), both, strict=True):
        ruleset = read_shelf(written(folder / name, files)).read["generated"].ruleset
        assert ruleset is not None
        compiled.append(CompiledRuleset(ruleset))
    found = compare(*compiled)
    for one in compiled:
        one.close()
    assert not (decided and found.not_decided)
    return found


def test_another_cap_is_told_to_those_who_have_no_numbers_for_it(tmp_path: Path) -> None:
    base = rule("base", {"sessions": "14 to 18"})
    found = compared(tmp_path, *(clinic(base=[base, rule("cap", {"most sessions": cap})]) for cap in (8, 7)))
    (one,) = found.plans
    assert one.says == ("a clinician is asked, or is no longer asked, for another reason",)
    ((_, before, after),) = one.changes
    assert "more than 8 sessions" in before
    assert "more than 7 sessions" in after


ASKED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a factor": ({}, {"sessions times": "depth.small"}),
    "a cap": ({}, {"most sessions": "depth.large"}),
    "a question that must be asked": ({"must ask": True}, {"advise": "We begin gently"}),
}


@pytest.mark.parametrize(("question", "then"), ASKED.values(), ids=ASKED)
def test_another_label_is_told_to_those_who_did_not_answer(
    question: dict[str, Any], then: dict[str, Any], tmp_path: Path
) -> None:
    def labelled(label: str) -> Files:
        options = {"a": {"label": "A", "small": 2, "large": 8}, "b": {"label": "B", "small": 3, "large": 9}}
        return clinic(
            rule("reckons", then), inputs={"depth": {"label": label, "one of": options, **question}}
        )

    found = compared(tmp_path, labelled("How deep?"), labelled("How deep is it?"))
    assert not found.plans
    (one,) = found.texts
    assert one.says == ("label of depth: How deep? -> How deep is it?",)
    assert one.where == ("depth not given",)


def test_another_label_of_a_question_that_nobody_is_told_of_is_no_change(tmp_path: Path) -> None:
    def labelled(label: str) -> Files:
        looks = rule("looks", {"advise": "We begin gently"}, {"deep": True})
        return clinic(looks, inputs={"deep": {"label": label, "kind": "yes or no"}})

    found = compared(tmp_path, labelled("Deep?"), labelled("Is it deep?"))
    assert not found.plans
    assert not found.texts


def test_another_support_is_told_where_a_number_moves_to_a_rule_that_knows_it_less_well(
    tmp_path: Path,
) -> None:
    sure = {"support": "published", "evidence": ["EV-1"]}
    weeks = {"interval weeks": "4 to 6"}
    found = compared(
        tmp_path,
        clinic(base=[{**rule("trials", {"sessions": "4 to 6", **weeks}), **sure}]),
        clinic(base=[{**rule("trials", weeks), **sure}, rule("guess", {"sessions": "4 to 6"})]),
    )
    assert not found.plans
    (one,) = found.texts
    assert one.says == ("support of the numbers",)
    assert one.changes == (("support", "published", "judgement"),)


def test_another_sum_of_a_score_is_told_though_no_plan_and_no_word_of_a_rule_changes(tmp_path: Path) -> None:
    def depth(more: float) -> Files:
        options = {"a": {"label": "A", "adds": 1}, "b": {"label": "B", "adds": more}}
        asked = {"depth": {"label": "How deep?", "one of": options}}
        return clinic(rule("deeper", {"points": {"lines": "depth.adds"}}, {"depth": "given"}), inputs=asked)

    found = compared(tmp_path, depth(3), depth(3.5))
    assert not found.plans
    (one,) = found.texts
    assert one.says == ("score lines comes to something else",)
    assert one.changes == (("lines", "3", "3.5"),)


def test_sessions_done_that_are_not_whole_any_more_are_not_taken_off(tmp_path: Path) -> None:
    def counted(kind: str) -> Files:
        return clinic(
            inputs={"sessions_done": {"label": "How many were done?", kind: "0 to 40", "default": 0}}
        )

    found = compared(tmp_path, counted("whole number"), counted("number"), decided=False)
    assert [one for one in found.plans if any("still needed" in says for says in one.says)]


def test_the_first_day_of_a_version_is_told(tmp_path: Path) -> None:
    later = clinic()
    later["ruleset"]["effective"] = "2099-01-01"
    lines = list(meaning_lines(compared(tmp_path, clinic(), later)))
    assert any(line.startswith("It serves from 2099-01-01 on") for line in lines)


def test_a_rule_of_weaker_support_that_is_always_beaten_is_no_change(tmp_path: Path) -> None:
    trials = {**rule("trials", {"sessions": "4 to 6"}), "support": "derived", "evidence": ["EV-1"]}
    beaten = {**rule("beaten", {"sessions": "2 to 3"}), "support": "judgement"}
    found = compared(tmp_path, clinic(base=[trials]), clinic(base=[trials, beaten]))
    assert not found.plans
    assert not found.texts


def test_a_score_is_told_beside_a_rule_that_has_its_name_and_adds_to_another(tmp_path: Path) -> None:
    def clinics(more: float) -> Files:
        options = {"a": {"label": "A", "adds": 1}, "b": {"label": "B", "adds": more}}
        asked = {"depth": {"label": "How deep?", "one of": options}}
        deeper = rule("deeper", {"points": {"lines": "depth.adds"}}, {"depth": "given"})
        other = rule("lines-too", {"points": {"count": more}}, {"depth": "given"})
        return clinic(deeper, other, inputs=asked)

    found = compared(tmp_path, clinics(3), clinics(4))
    assert not found.plans
    assert {says for one in found.texts for says in one.says} == {
        "points of lines-too: count 3 -> count 4",
        "score lines comes to something else",
    }

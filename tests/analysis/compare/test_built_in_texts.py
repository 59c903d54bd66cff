"""Reasons that are built in name a question or a number of sessions: where these change, it is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.analysis.compare.compare import Comparison, compare
from service.evaluation.compiled import CompiledRuleset
from service.store.folders import read_shelf
from tests.language.samples import Files, clinic, rule, written


def compared(folder: Path, *both: Files) -> Comparison:
    compiled = []
    for name, files in zip(("old", "new"), both, strict=True):
        ruleset = read_shelf(written(folder / name, files)).read["generated"].ruleset
        assert ruleset is not None
        compiled.append(CompiledRuleset(ruleset))
    found = compare(*compiled)
    for one in compiled:
        one.close()
    assert not found.not_decided
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

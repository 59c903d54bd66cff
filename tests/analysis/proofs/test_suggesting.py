"""Assessments for what no scenario has seen: small, right at what rules ask, and run by the engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from service.analysis.proofs.results import RuleOutcome
from service.analysis.proofs.suggestions import Suggestions, suggest
from service.model.condition import tests_of as each_test
from service.model.ruleset import Ruleset
from service.store.folders import read_shelf
from service.store.snapshot import take_snapshot
from tests.analysis.checks.samples import write
from tests.analysis.proofs.brute import count, everything
from tests.generated import rulesets
from tests.properties.profile import examples
from tests.properties.serving import serving

RULES = """\
- {id: base, title: B, when: {concern: given}, then: {sessions: 3 to 5}, because: So, support: judgement}
- {id: late, title: L, when: {sessions_done: at least 3}, then: {advise: Hi}, because: So, support: judgement}
- {id: never, title: N, when: {concern: spots, depth: severe}, then: {refer: H}, because: S,
   support: judgement}
- {id: half, title: H, when: {improvement: below 50}, then: {advise: Hi}, because: So, support: judgement}
"""


def suggested(folder: Path, *wanted: RuleOutcome) -> Suggestions:
    write(folder, RULES)
    snapshot = take_snapshot(read_shelf(folder, "r"))
    try:
        return suggest(snapshot.served["small"], wanted)
    finally:
        snapshot.close()


def test_an_assessment_is_small_and_right_at_what_the_rule_asks(tmp_path: Path) -> None:
    found = suggested(tmp_path, RuleOutcome("late", None, holds=True), RuleOutcome("late", 0, holds=False))
    assert dict(found.assessments) == {
        RuleOutcome("late", None, holds=True): {"concern": "spots", "sessions_done": 3},
        RuleOutcome("late", 0, holds=False): {"concern": "spots"},
    }


def test_a_number_is_just_inside_of_what_the_rule_asks(tmp_path: Path) -> None:
    found = suggested(tmp_path, RuleOutcome("half", None, holds=True))
    assert found.assessments[0][1] == {"concern": "spots", "improvement": 49}


def test_what_nothing_brings_about_is_said_to_be_impossible(tmp_path: Path) -> None:
    wanted = [
        RuleOutcome("never", None, holds=True),
        RuleOutcome("base", 0, holds=False),
        RuleOutcome("never", 1, holds=True),
    ]
    found = suggested(tmp_path, *wanted)
    assert found.impossible == {wanted[0], wanted[1]}
    assert dict(found.assessments) == {wanted[2]: {"concern": "scars", "depth": "severe"}}


def all_outcomes(ruleset: Ruleset) -> Iterator[RuleOutcome]:
    for rule in ruleset.rules:
        yield RuleOutcome(rule.id, None, holds=True)
        for number, _ in enumerate(each_test(rule.when)):
            yield from (RuleOutcome(rule.id, number, holds=True), RuleOutcome(rule.id, number, holds=False))


@examples(60)
@given(st.data())
def test_suggestions_bring_about_all_that_some_assessment_does(data: st.DataObject) -> None:
    files: dict[str, Any] = data.draw(rulesets(min_rules=2, max_rules=9, max_inputs=4))
    with serving(files) as answering:
        compiled = answering.snapshot.served["generated"]
        assume(count(compiled.ruleset) <= 1_500)
        wanted = list(all_outcomes(compiled.ruleset))
        found = suggest(compiled, wanted)
        possible: set[RuleOutcome] = set()
        for _, decision in everything(compiled).decisions:
            possible |= {RuleOutcome(hit.rule.id, None, holds=True) for hit in decision.fired}
            for one in compiled.explainer.explain(decision.facts):
                possible |= {
                    RuleOutcome(one.rule.id, number, holds=seen.truth == "true")
                    for number, seen in enumerate(one.conditions)
                }
        assert found.impossible == set(wanted) - possible
        assert not found.undecided
        for sought, assessment in found.assessments:
            assert sought in possible
            assert not isinstance(compiled.decide_example(json.loads(json.dumps(assessment))), tuple)

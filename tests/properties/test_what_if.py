from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.evaluation.alike_answers import AlikeAnswers
from service.evaluation.changing import Alternative, WhatIf
from service.evaluation.compiled import CompiledRuleset
from service.model.decision import Decision
from tests.generated import assessment_from, assessments, rulesets, seeded
from tests.properties.profile import examples
from tests.properties.serving import serving


class EachApart(AlikeAnswers):
    """Takes no two answers for alike, so that each change is decided by itself."""

    def kind_of(self, question: str, answer: Any, matter: Any) -> Hashable:
        """The answer itself."""
        return question, repr(answer)


def seen(change: Alternative) -> tuple[Any, ...]:
    fired = [hit.rule.id for hit in change.decision.fired]
    return change.to, change.without, repr(change.decision.plan), fired, change.decision.unanswered


def asked(compiled: CompiledRuleset, assessment: dict[str, Any], now: Decision) -> list[tuple[Any, ...]]:
    """What every change of one or two answers comes to, whoever may choose them."""
    every = WhatIf(compiled, assessment, now, compiled.ruleset.inputs)
    return [seen(change) for change in every.changes().tried]


@examples(30)
@given(st.data(), st.integers(0, 2**32))
def test_one_decision_for_answers_that_no_rule_tells_apart_is_what_each_would_come_to(
    data: st.DataObject, seed: int
) -> None:
    files = data.draw(rulesets(max_inputs=5))
    choices = seeded(seed)
    given_all = [data.draw(assessments(files)), *(assessment_from(choices, files) for _ in range(2))]
    with serving(files) as answering:
        compiled = answering.snapshot.served["generated"]
        alike, apart = compiled.alike, EachApart(compiled.ruleset, ())
        for assessment in given_all:
            now = compiled.decide(assessment, 11)
            assert isinstance(now, Decision)
            compiled.alike = alike
            found = asked(compiled, assessment, now)
            compiled.alike = apart
            assert found == asked(compiled, assessment, now)

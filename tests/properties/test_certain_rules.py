"""What a client is told as certain is so under whatever is answered to what he is not sure of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.evaluation.changing import open_with
from service.model.decision import Decision
from service.serving.self_checking import certain_rules
from tests.generated import assessment_from, assessments, rulesets, seeded
from tests.properties.profile import examples
from tests.properties.serving import serving

OTHERS = 12
"""Other answers to what is open, of each client."""


@examples(60)
@given(st.data(), st.integers(0, 2**32))
def test_a_certain_rule_fires_whatever_is_answered_to_the_open_questions(
    data: st.DataObject, seed: int
) -> None:
    files = data.draw(rulesets())
    client = data.draw(assessments(files))
    choices = seeded(seed)
    with serving(files) as answering:
        compiled = answering.snapshot.served["generated"]
        questions = choices.some(sorted(client), min(1, len(client)), min(3, len(client)))
        is_open = open_with(compiled.ruleset, questions)
        sure = {name: answer for name, answer in client.items() if name not in is_open}
        decided = []
        for other in [client, *(assessment_from(choices, files) for _ in range(OTHERS))]:
            whole = sure | {name: answer for name, answer in other.items() if name in is_open}
            if isinstance(decision := compiled.decide(whole, 11), Decision):
                decided.append(decision)
        for one in decided[:3]:
            certain = {rule.id for rule in certain_rules(compiled.ruleset, one.facts, questions)}
            for other_decision in decided:
                assert certain <= {hit.rule.id for hit in other_decision.fired}

"""No false alarm and no false proof: each verdict against every assessment of small rulesets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from service.analysis.proofs import (
    caps_below_bases,
    conflicts,
    dead_branches,
    gaps,
    needless_questions,
    redundant,
    shadowed,
    unasked_gates,
    unreachable,
)
from service.analysis.proofs.case import ProofCase, opened
from service.analysis.proofs.guarantees import prove_guarantee
from service.analysis.proofs.logic import Deadline
from service.analysis.proofs.unasked_gates import may_stay_unasked
from service.evaluation.compiled import CompiledRuleset
from service.evaluation.truth import truth_of
from service.model.condition import Condition
from service.model.decision import Decision
from service.model.problem import Place
from service.model.ruleset import Guarantee
from tests.analysis.proofs.brute import Everything, breaks, count, everything, lowers
from tests.analysis.proofs.under_way import NUMBERS, rulesets_under_way
from tests.generated import graded_rulesets, rulesets
from tests.properties.profile import TIMES, examples
from tests.properties.serving import serving

pytestmark = pytest.mark.timeout(0 if TIMES > 1 else 300)

MOST = 2_500
OUTCOMES = ("stop", "defer", "refer", "numbers", "one session", "sessions above 3", "sessions above 8")
PLACE = Place("guarantees.yaml")


@pytest.fixture(scope="session")
def states() -> Iterator[Counter[str]]:
    """How often each state of a guarantee came out."""
    counted: Counter[str] = Counter()
    yield counted
    assert counted["not decided"] <= 0.05 * max(counted.total(), 100), counted


def small(data: st.DataObject) -> dict[str, Any]:
    return data.draw(rulesets(min_rules=2, max_rules=9, max_inputs=4, interval_attributes=True))


def known(case: ProofCase) -> ProofCase:
    return replace(case, unreachable=unreachable.unreachable(case))


@examples(120)
@given(data=st.data())
def test_what_proofs_say_of_rules_holds_for_every_assessment(data: st.DataObject) -> None:
    with serving(small(data)) as answering:
        compiled = answering.snapshot.served["generated"]
        assume(count(compiled.ruleset) <= MOST)
        tried = everything(compiled)
        case = known(opened(compiled, Deadline(60)))
        check_unreachable(case, tried)
        check_branches(case, tried)
        check_shadowed(case, tried)
        check_redundant(case, tried)
        check_conflicts(case, tried)
        check_gaps(case, tried)
        check_idle(case, tried)
        check_unasked(case, tried)
        for problem in caps_below_bases.find(case):
            assert runs(compiled, problem.examples)


def check_unreachable(case: ProofCase, tried: Everything) -> None:
    fired = set().union(*tried.fired())
    assert case.unreachable == {rule.id for rule in case.ruleset.rules} - fired
    assert len(list(unreachable.find(case))) == len(case.unreachable)


def check_branches(case: ProofCase, tried: Everything) -> None:
    """An alternative is dead where it is true for no assessment for which its rule fires."""
    dead = 0
    for rule in case.ruleset.rules:
        if rule.id in case.unreachable:
            continue
        parts = [truth_of(part) for part in dead_branches._alternatives(rule.when)]
        firing = [
            decision.facts
            for (_, decision), fired in zip(tried.decisions, tried.fired(), strict=True)
            if rule.id in fired
        ]
        dead += sum(not any(part(facts) is True for facts in firing) for part in parts)
    assert len(list(dead_branches.find(case))) == dead


def check_shadowed(case: ProofCase, tried: Everything) -> None:
    expected: set[str] = set()
    for member, key in (("sessions", "sessions"), ("interval_weeks", "interval weeks")):
        bases = {
            rule.id: getattr(rule.then, member).need()
            for rule in case.ruleset.rules
            if getattr(rule.then, member) is not None
        }
        winning = set()
        for fired in tried.fired():
            most = max((bases[name] for name in fired & bases.keys()), default=None)
            winning |= {name for name in fired & bases.keys() if bases[name] == most}
        expected |= {(key, name) for name in bases.keys() - winning - case.unreachable}
    found = {
        (p.message.split('"')[1], p.message.split()[p.message.split().index("of") + 1])
        for p in shadowed.find(case)
    }
    assert found == expected


def check_redundant(case: ProofCase, tried: Everything) -> None:
    always: dict[str, set[str]] = {}
    for fired in tried.fired():
        for name in fired:
            always[name] = always[name] & fired if name in always else set(fired)
    for problem in redundant.find(case):
        rule, other = problem.message.split()[0], problem.message.split("fires, ")[1].split()[0]
        assert other in always[rule] - {rule}


def check_conflicts(case: ProofCase, tried: Everything) -> None:
    rules = {rule.id: rule for rule in case.ruleset.rules}
    expected: set[str] = set()
    for fired in tried.fired():
        says = [(rules[name].factor, rules[name].then.one_session, name) for name in fired]
        denied = {factor for factor, said, _ in says if said == "will_not_suffice"}
        expected |= {name for factor, said, name in says if said == "may_suffice" and factor in denied}
    found = [problem for problem in conflicts.find(case) if problem.severity == "error"]
    assert {problem.message.split()[0] for problem in found} == expected
    assert all(runs(case.engine.compiled, problem.examples) for problem in found)


def check_gaps(case: ProofCase, tried: Everything) -> None:
    speaking = {
        rule.id
        for rule in case.ruleset.rules
        if any(
            effect.category == "gate" or (effect.category == "base" and effect.quantity == "sessions")
            for effect, _ in rule.then.present()
        )
    }
    silent = any(not fired & speaking for fired in tried.fired())
    found = list(gaps.find(case))
    assert bool(found) is silent
    assert all(runs(case.engine.compiled, problem.examples) for problem in found)


def check_idle(case: ProofCase, tried: Everything) -> None:
    """No two assessments that differ in such an answer alone come to anything else."""
    named = {problem.message.split('"')[1] for problem in needless_questions.find(case)}
    for name in named:
        by_rest: dict[str, set[str]] = {}
        for given_, decision in tried.decisions:
            rest = json.dumps({key: value for key, value in given_.items() if key != name}, sort_keys=True)
            came = [hit.rule.id for hit in decision.fired], decision.plan.sessions, decision.plan.remaining
            by_rest.setdefault(rest, set()).add(repr(came))
        assert all(len(came) == 1 for came in by_rest.values()), name


def check_unasked(case: ProofCase, tried: Everything) -> Counter[bool]:
    """Each question is named that is left out by somebody with a plan, and an answer to it keeps him from it.

    How many were named (True), and how many left open (False).
    """
    decisions = {json.dumps(given_, sort_keys=True): decision for given_, decision in tried.decisions}
    expected: set[str] = set()
    for given_, decision in tried.decisions:
        for name in given_:
            plain = decisions.get(json.dumps({k: v for k, v in given_.items() if k != name}, sort_keys=True))
            asked = plain is None or not may_stay_unasked(case.ruleset.inputs[name])
            if plain is not None and not asked and planned(plain) and kept_back(case, decision):
                expected.add(name)
    named = list(unasked_gates.pairs(case))
    assert expected <= {one.id for one, _ in named}
    for one, pair in named:
        if pair is not None:
            assert pair.plain == {name: value for name, value in pair.answered.items() if name != one.id}
            plain, kept = (case.engine.decision(given_) for given_ in (pair.plain, pair.answered))
            assert plain is not None
            assert kept is not None
            assert planned(plain)
            assert not planned(kept)
            assert pair.rule.id in kept_back(case, kept)
    told = list(unasked_gates.find(case))
    assert all(
        runs(case.engine.compiled, problem.examples) is (problem.code != "not-decided") for problem in told
    )
    return Counter(pair is not None for _, pair in named)


def kept_back(case: ProofCase, decision: Decision) -> set[str]:
    """The rules that keep the client from a plan: by gates, or as sessions brought nothing or too little."""
    plan, fired = decision.plan, {hit.rule.id: hit.rule.then for hit in decision.fired}
    nothing = case.ruleset.says("no-improvement")
    return {
        note.rule
        for note in (*plan.stops, *plan.deferrals, *plan.referrals)
        if note.rule in fired
        and (
            any(fired[note.rule].present("gate"))
            or note.text == nothing
            or any(slow.text == note.text for _, slow in fired[note.rule].present("conditional gate"))
        )
    }


def planned(decision: Decision) -> bool:
    return decision.plan.verdict in ("goal_reached", "one_session_may_suffice", "several_sessions")


def runs(compiled: CompiledRuleset, texts: tuple[str, ...]) -> bool:
    return bool(texts) and all(
        not isinstance(compiled.decide_example(json.loads(text)), tuple) for text in texts
    )


@examples(120)
@given(data=st.data())
def test_a_guarantee_is_proven_only_where_no_assessment_breaks_it(
    data: st.DataObject, states: Counter[str]
) -> None:
    with serving(small(data)) as answering:
        compiled = answering.snapshot.served["generated"]
        assume(count(compiled.ruleset) <= MOST)
        tried = everything(compiled)
        case = opened(compiled, Deadline(60))
        whens: list[Condition | None] = [None, *(rule.when for rule in compiled.ruleset.rules[:3])]
        for outcome in OUTCOMES:
            when = data.draw(st.sampled_from(whens))
            for always in (True, False):
                said = {"always": outcome} if always else {"never": outcome}
                guarantee = Guarantee("one", "One", PLACE, when, **said)
                proof, _ = prove_guarantee(case, guarantee)
                states[proof.state] += 1
                event(f"{outcome} {proof.state}")
                broken_by = [
                    one for one, decision in held_to(guarantee, tried) if breaks(guarantee, decision)
                ]
                agree(proof.state, proof.examples, bool(broken_by), guarantee)
                for text in proof.examples:
                    decision = compiled.decide_example(json.loads(text))
                    assert not isinstance(decision, tuple)
                    assert breaks(guarantee, decision)


def held_to(guarantee: Guarantee, tried: Everything) -> Iterator[tuple[dict[str, Any], Any]]:
    holds = truth_of(guarantee.when) if guarantee.when is not None else None
    for given_, decision in tried.decisions:
        if holds is None or holds(decision.facts) is True:
            yield given_, decision


def agree(state: str, texts: tuple[str, ...], broken: bool, guarantee: Guarantee) -> None:
    if state == "proven":
        assert not broken, guarantee
    if broken:
        assert state != "proven", guarantee
    assert bool(texts) is (state == "broken")


@examples(120)
@given(data=st.data())
def test_raising_an_answer_is_proven_only_where_no_pair_breaks_it(
    data: st.DataObject, states: Counter[str]
) -> None:
    with serving(small(data)) as answering:
        compiled = answering.snapshot.served["generated"]
        assume(count(compiled.ruleset) <= MOST)
        raisable = [
            one
            for one in compiled.ruleset.inputs.values()
            if one.kind in ("levels", "number", "whole number")
        ]
        assume(raisable)
        tried = everything(compiled)
        case = opened(compiled, Deadline(60))
        for one in raisable:
            when = data.draw(st.sampled_from([None, *(rule.when for rule in compiled.ruleset.rules[:3])]))
            guarantee = Guarantee("one", "One", PLACE, when, raising=one.id)
            proof, _ = prove_guarantee(case, guarantee)
            states[proof.state] += 1
            event(proof.state)
            agree(proof.state, proof.examples, pair_breaks(guarantee, tried), guarantee)
            if proof.examples:
                pair = [compiled.decide_example(json.loads(text)) for text in proof.examples]
                assert lowers(*pair)  # type: ignore[arg-type]


@examples(25)
@given(files=graded_rulesets())
def test_raising_is_proven_only_where_no_pair_breaks_it_by_scores_caps_and_parts(
    files: dict[str, Any], states: Counter[str]
) -> None:
    with serving(files) as answering:
        compiled = answering.snapshot.served["generated"]
        tried = everything(compiled)
        case = opened(compiled, Deadline(60))
        whens = (None, compiled.ruleset.rules[0].when)
        for raised, when in [("grade", None), ("grade", whens[1]), ("spots", None)]:
            guarantee = Guarantee("one", "One", PLACE, when, raising=raised)
            proof, _ = prove_guarantee(case, guarantee)
            states[proof.state] += 1
            event(proof.state)
            agree(proof.state, proof.examples, pair_breaks(guarantee, tried), guarantee)
            if proof.examples:
                pair = [compiled.decide_example(json.loads(text)) for text in proof.examples]
                assert lowers(*pair)  # type: ignore[arg-type]


def pair_breaks(guarantee: Guarantee, tried: Everything) -> bool:
    name = guarantee.raising
    assert name is not None
    one = tried.compiled.ruleset.inputs[name]
    order = [option.id for option in one.options]
    by_rest: dict[str, list[tuple[Any, Any]]] = {}
    for given_, decision in held_to(guarantee, tried):
        if name in given_:
            rest = json.dumps({key: value for key, value in given_.items() if key != name}, sort_keys=True)
            rank = order.index(given_[name]) if order else given_[name]
            by_rest.setdefault(rest, []).append((rank, decision))
    return any(
        mine < its and lowers(lower, higher)
        for alike in by_rest.values()
        for mine, lower in alike
        for its, higher in alike
    )


@examples(60)
@given(data=st.data())
def test_what_is_proven_of_plans_made_again_no_assessment_breaks(
    data: st.DataObject, states: Counter[str]
) -> None:
    with serving(data.draw(rulesets_under_way())) as answering:
        compiled = answering.snapshot.served["generated"]
        tried = everything(compiled, NUMBERS)
        case = opened(compiled, Deadline(60))
        left_out = check_unasked(case, tried)
        event(f"questions left out {dict(left_out)}")
        whens: list[Condition | None] = [None, *(rule.when for rule in compiled.ruleset.rules)]
        promised = [
            Guarantee("one", "One", PLACE, data.draw(st.sampled_from(whens)), raising=name)
            for name in ("grade", *NUMBERS)
            if name in compiled.ruleset.inputs
        ]
        promised += [
            Guarantee("one", "One", PLACE, data.draw(st.sampled_from(whens)), **said)
            for outcome in OUTCOMES[2:]
            for said in ({"always": outcome}, {"never": outcome})
        ]
        for guarantee in promised:
            proof, _ = prove_guarantee(case, guarantee)
            event(f"{guarantee.raising or guarantee.always or guarantee.never} {proof.state}")
            broken = (
                pair_breaks(guarantee, tried)
                if guarantee.raising is not None
                else any(breaks(guarantee, decision) for _, decision in held_to(guarantee, tried))
            )
            agree(proof.state, proof.examples, broken, guarantee)

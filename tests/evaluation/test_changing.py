"""What other answers would come to: each change is small, real, and none is missed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.evaluation.changing import Alternative, Alternatives, WhatIf, outcome
from service.evaluation.compiled import CompiledRuleset
from service.model.decision import Decision
from service.serving.what_if import bringing_one_session
from service.store.folders import read_shelf, shipped
from service.store.snapshot import take_snapshot

SAFE: dict[str, Any] = dict.fromkeys(
    [
        "pih_history",
        "gold_therapy",
        "suspicious_lesion",
        "pregnant_or_nursing",
        "infection_or_wound",
        "labial_herpes",
        "isotretinoin_6m",
        "recent_tan",
        "self_tanner_4w",
        "skin_disease_active",
        "vitiligo",
    ],
    False,
) | {"light_risk": [], "bleaching": "no", "recent_procedure": [], "healing_risk": [], "near_eye": "no"}
SPOTS: dict[str, Any] = {
    **SAFE,
    "concern": "solar_lentigo",
    "severity": "mild",
    "phototype": "III",
    "goal": "complete",
    "device": "picosure",
    "age": 30,
}


@pytest.fixture(scope="module")
def compiled() -> Iterator[CompiledRuleset]:
    snapshot = take_snapshot(read_shelf(shipped() / "pico-laser", "r"))
    yield snapshot.served["pico-laser"]
    snapshot.close()


def asked(compiled: CompiledRuleset, **other: Any) -> WhatIf:
    assessment = {**SPOTS, **other}
    now = compiled.decide(assessment)
    assert isinstance(now, Decision), now
    return WhatIf(compiled, assessment, now)


def one_is_enough(decision: Decision) -> bool:
    return decision.plan.one_session == "may_suffice"


def to(changes: tuple[Alternative, ...]) -> list[dict[str, Any]]:
    return [dict(change.to) for change in changes]


def test_a_lower_goal_is_the_smallest_change_that_makes_one_session_enough(compiled: CompiledRuleset) -> None:
    enough = asked(compiled).enough(one_is_enough)
    assert enough.all
    assert to(enough.changes) == [{"goal": "some"}, {"goal": "clear"}, {"goal": "nearly_all"}]


def test_two_answers_are_changed_where_one_does_not_do(compiled: CompiledRuleset) -> None:
    enough = asked(compiled, recent_tan=True).enough(one_is_enough)
    assert to(enough.changes) == [
        {"goal": goal, "recent_tan": False} for goal in ("some", "clear", "nearly_all")
    ]


def test_it_is_said_where_nothing_makes_one_session_enough(compiled: CompiledRuleset) -> None:
    enough = asked(compiled, phototype="VI").enough(one_is_enough)
    assert (enough.changes, enough.all) == ((), True)


def test_what_no_rule_can_bring_is_known_without_a_try_and_rightly(compiled: CompiledRuleset) -> None:
    ruleset = compiled.ruleset
    bringing = bringing_one_session(ruleset)
    seen = set()
    for scenario in ruleset.scenarios[::9]:
        now = compiled.decide(scenario.assessment, 6)
        assert isinstance(now, Decision), scenario.name
        if one_is_enough(now):
            continue
        asking = WhatIf(compiled, scenario.assessment, now)
        tried, known = asking.enough(one_is_enough), asking.enough(one_is_enough, bringing)
        assert known.changes == tried.changes, scenario.name
        seen.add(bool(tried.changes))
    assert seen == {True, False}


def test_every_change_of_one_or_two_answers_that_makes_a_difference_is_listed(
    compiled: CompiledRuleset,
) -> None:
    changes = asked(compiled).changes()
    assert changes.all
    brute = brute_force(compiled, changes)
    assert {tuple(change.to.items()) for change in changes.outcomes()} == brute


def brute_force(compiled: CompiledRuleset, changes: Alternatives) -> set[tuple[tuple[str, Any], ...]]:
    """Each change of one or two answers that comes to something no part of it comes to."""
    inputs = compiled.ruleset.inputs
    options = {
        "goal": [option.id for option in inputs["goal"].options],
        "device": [option.id for option in inputs["device"].options],
        "recent_tan": [True, False],
        "self_tanner_4w": [True, False],
    }
    singles = [(name, value) for name in options for value in options[name] if value != SPOTS[name]]
    pairs = [
        (one, two)
        for one in singles
        for two in singles
        if list(options).index(one[0]) < list(options).index(two[0])
    ]
    came = {}
    for change in [*((one,) for one in singles), *pairs]:
        decision = compiled.decide({**SPOTS, **dict(change)})
        assert isinstance(decision, Decision)
        came[change] = outcome(decision)
    now = outcome(changes.now)
    order = list(inputs)
    return {
        tuple(sorted(change, key=lambda part: order.index(part[0])))
        for change, outcome_ in came.items()
        if outcome_ != now and not (len(change) == 2 and any(came[(part,)] == outcome_ for part in change))
    }


def test_a_question_that_nobody_can_choose_to_answer_otherwise_is_left_alone(
    compiled: CompiledRuleset,
) -> None:
    changeable = {one.id for one in compiled.ruleset.inputs.values() if one.changeable}
    changed = {name for change in asked(compiled).changes().tried for name in change.to}
    assert changed <= changeable


def test_numbers_are_tried_where_a_rule_can_tell_a_difference(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    (folder / "factors").mkdir(parents=True)
    (folder / "ruleset.yaml").write_text(
        "id: small\ntitle: Small\nversion: 1.0.0\nlimits: {sessions: 1 to 20, interval weeks: 2 to 26}\n"
        "factors: {concern: Concern}\n"
    )
    (folder / "assessment.yaml").write_text(
        "inputs:\n  size: {label: Size, number: 0 to 100, required: true, changeable: true}\n"
    )
    (folder / "factors" / "1.yaml").write_text(
        "factor: concern\nrules:\n"
        "- {id: a, title: A, when: {size: above 30}, then: {sessions: 6}, because: So, support: judgement}\n"
        "- {id: b, title: B, when: {size: at most 30}, then: {sessions: 3}, because: S, support: judgement}\n"
    )
    snapshot = take_snapshot(read_shelf(tmp_path, "r"))
    small = snapshot.served["small"]
    now = small.decide({"size": 80})
    assert isinstance(now, Decision)
    found = WhatIf(small, {"size": 80}, now).changes().outcomes()
    snapshot.close()
    assert [change.to["size"] for change in found] == [0, 1, 30]

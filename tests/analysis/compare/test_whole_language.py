"""Each effect of the language belongs to a part of the plan or to the texts, and nothing masks a change.

What a comparison goes by follows from the table of the language. To drop one row of it fails here, without
a search: a change of that effect would be neither in the plan nor in the texts, and so "proven" to be none.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.language import EFFECTS, Effect, effects
from service.analysis.compare.compare import compare
from service.analysis.compare.plan_differences import PART_OF, SHOWS
from service.analysis.compare.plan_parts import CALLING, STOPPING, WITHHOLDING, differing, plan_parts
from service.analysis.compare.text_changes import FOLLOWING, WORDING, text_changes
from service.analysis.compare.versions import VersionPair
from service.analysis.proofs.gaps import SAYING
from service.analysis.proofs.logic import Deadline, Solver
from service.analysis.proofs.profile import GATES_OF, NUMBER_EFFECTS, profile
from service.analysis.proofs.world import World
from service.evaluation.compiled import CompiledRuleset
from service.model.decision import Decision
from service.model.ruleset import Ruleset
from service.store.folders import read_shelf
from tests.language.samples import CLIENT, VALUES, Change, Files, changes, clinic, rule, written

each_change = pytest.mark.parametrize("change", changes(), ids=str)
each_gate = pytest.mark.parametrize("gate", effects("gate"), ids=lambda gate: gate.name)


def read(folder: Path, files: Files) -> Ruleset:
    found = read_shelf(written(folder, files)).read["generated"]
    assert found.ruleset is not None, found.problems
    return found.ruleset


@pytest.fixture
def pair(change: Change, tmp_path: Path) -> VersionPair:
    return VersionPair(
        read(tmp_path / "old", change.before), read(tmp_path / "new", change.after), Deadline(seconds=60)
    )


@each_change
def test_an_effect_with_a_part_of_the_plan_is_a_facet_of_that_part_and_any_other_a_text(
    change: Change, pair: VersionPair
) -> None:
    old, new = plan_parts(pair, pair.old), plan_parts(pair, pair.new)
    differ = {
        facet[0]: part
        for part in PART_OF.values()
        for facet in differing(old.by_part[part], new.by_part[part])
    }
    texts = [says for one in text_changes(pair) for says in one.says]
    of_it = [says for says in texts if f"{change.effect.key} of sample" in says]
    if change.effect.part is None:
        assert of_it
    elif change.gives_another_reason:
        assert of_it, "another text is told"
        assert change.effect.name not in differ
    elif change.effect.category == "gate":
        assert not of_it, "a new gate is planned"
        assert change.effect.name in differ
    else:
        assert differ[change.effect.name] in (change.effect.part, "course")


def test_no_effect_is_left_out_of_the_texts_and_the_plan() -> None:
    texts = {*FOLLOWING, *WORDING}
    assert {effect.name for effect in effects() if effect.key not in texts} == {
        effect.name
        for effect in effects()
        if effect.part is not None and not effect.category.endswith("gate")
    }


def test_every_quantity_and_gate_is_a_member_in_which_a_change_shows() -> None:
    for effect in effects():
        if effect.part is not None:
            member = effect.quantity or effect.member or effect.name
            # A conditional gate shows among gates, where what is seen of progress leads to it.
            assert PART_OF[member] == ("gates" if effect.category == "conditional gate" else effect.part)
            assert member in SHOWS[effect.part]


def masked(gate: Effect, base: str) -> Files:
    """All have this base, and nearly all meet the gate: who says that all is clear does not."""
    open_question = {"clear": {"label": "Is all clear?", "kind": "yes or no"}}
    meets = {"any": [{"clear": "unknown"}, {"clear": False}]}
    text = VALUES[gate.value](gate)[0]
    weeks = (
        {"interval weeks": "4 to 6", "review weeks": "3 to 5"}
        if base == "1 to 2"
        else {"interval weeks": "5 to 7", "review weeks": "4 to 5"}
    )
    return clinic(
        rule("gated", {gate.key: text}, meets),
        inputs=open_question,
        base=[rule("base", {"sessions": base, **weeks})],
    )


@each_gate
def test_a_change_that_a_gate_hides_from_nearly_all_is_found_where_it_shows(
    gate: Effect, tmp_path: Path
) -> None:
    old, new = (read(tmp_path / base[0], masked(gate, base)) for base in ("1 to 2", "3 to 4"))
    before, after = CompiledRuleset(old), CompiledRuleset(new)
    found = compare(before, after)
    before.close()
    after.close()
    assert not found.not_decided
    assert {name for one in found.plans for name, _, _ in one.changes} >= {
        "sessions",
        "weeks between sessions",
        "weeks until the review",
    }
    for one in found.plans:
        assert one.example is not None
        if gate.name in WITHHOLDING | CALLING:
            assert one.example.get("clear") is True, "where nothing else is decided it shows best"


@each_gate
def test_what_a_gate_hides_is_what_the_engine_leaves_out(gate: Effect, tmp_path: Path) -> None:
    compiled = CompiledRuleset(read(tmp_path, masked(gate, "1 to 2")))
    decided = compiled.decide(CLIENT)
    compiled.close()
    assert isinstance(decided, Decision)
    assert (decided.plan.sessions is None) is (gate.name in WITHHOLDING)
    assert (decided.plan.review_weeks is None) is (gate.name in STOPPING)


def test_gates_withhold_stop_or_call() -> None:
    assert WITHHOLDING | (CALLING - {"unanswered"}) == {gate.name for gate in effects("gate")}
    assert not WITHHOLDING & CALLING
    assert STOPPING < WITHHOLDING
    assert {gate for gates in GATES_OF.values() for gate in gates} == {*effects("gate")}
    assert {effect.name for effect in SAYING} >= WITHHOLDING | (CALLING - {"unanswered"})


@each_change
def test_what_moves_the_sessions_is_in_their_profile(change: Change, tmp_path: Path) -> None:
    without = profile(World.alone(read(tmp_path / "old", clinic()), Solver(Deadline(60))))
    made = profile(World.alone(read(tmp_path / "new", change.after), Solver(Deadline(60))))
    more = {
        "base": len(made.bases) + len(made.scored) - len(without.bases) - len(without.scored),
        "factor": len(made.factors) - len(without.factors),
        "addition": len(made.additions) - len(without.additions),
        "cap": len(made.caps) - len(without.caps),
    }
    for category, effects_of in NUMBER_EFFECTS.items():
        expected = change.effect.category == category and change.effect.quantity == "sessions"
        assert (more[category] > 0) is expected
        assert (EFFECTS[change.effect.name] in effects_of) is expected
    assert (made.blocked is not False) or not change.effect.withholds

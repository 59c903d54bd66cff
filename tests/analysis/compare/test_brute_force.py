"""What is said of an edit is held against every assessment of small rulesets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, event, given, note
from hypothesis import strategies as st

from service.analysis.compare.breaking import breaking
from service.analysis.compare.compare import Comparison, compare
from service.analysis.compare.statements import Statement
from service.evaluation.compiled import CompiledRuleset, without_month
from service.store.folders import read_shelf
from tests.analysis.compare.editing import Files, edited
from tests.analysis.compare.tried import Tried, counts_progress
from tests.analysis.proofs.brute import count
from tests.generated import dump, rulesets
from tests.generated.choosing import drawn
from tests.properties.profile import TIMES, examples
from tests.properties.serving import write
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.timeout(0 if TIMES > 1 else 300)

MOST = 2_500


@pytest.fixture(scope="session")
def seen() -> Iterator[Counter[str]]:
    """What came out how often: a property that never meets a change says nothing."""
    counted: Counter[str] = Counter()
    yield counted
    assert counted["changed"] >= counted.total() / 8, counted
    assert counted["proven the same"] >= counted.total() / 8, counted
    assert counted["not decided"] <= 0.25 * counted.total(), counted


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Files, Files]:
    files = draw(rulesets(min_rules=2, max_rules=8, max_inputs=4, interval_attributes=True))
    return files, edited(drawn(draw), files)


def compiled(files: Files) -> CompiledRuleset:
    with TemporaryDirectory() as name:
        ruleset = read_shelf(write(files, Path(name))).read["generated"].ruleset
    assume(ruleset is not None and count(ruleset) <= MOST)
    assert ruleset is not None
    return CompiledRuleset(ruleset)


@examples(80)
@given(pair=pairs())
def test_what_is_said_of_an_edit_holds_for_every_assessment(
    pair: tuple[Files, Files], seen: Counter[str]
) -> None:
    with ExitStack() as closing:
        old, new = (compiled(files) for files in pair)
        closing.callback(old.close)
        closing.callback(new.close)
        for files in pair:
            for name, text in dump(files).items():
                note(f"--- {name}\n{text}")
        comparison = compare(old, new, seconds=PATIENCE_S)
        tried = Tried(old, new)
        check_accepted(tried, comparison)
        check_plans(tried, comparison)
        check_examples(tried, comparison)
        check_count(tried, comparison)
    outcome = (
        "not decided" if comparison.not_decided else "changed" if comparison.plans else "proven the same"
    )
    event(outcome)
    seen[outcome] += 1


def check_accepted(tried: Tried, comparison: Comparison) -> None:
    refused = [one for one in tried.answered if one.new is None]
    accepted = [one for one in tried.answered if one.old is None]
    assert bool(refused) == bool(comparison.refused)
    assert bool(accepted) == bool(comparison.accepted)
    assert bool(breaking(tried.old.ruleset, tried.new.ruleset, seconds=PATIENCE_S)) == bool(refused)
    for statements, turned in ((comparison.refused, refused), (comparison.accepted, accepted)):
        if all(one.whole for one in statements):
            for one in turned:
                assert covered(tried, statements, one), (one.given, statements)
    for statement in comparison.refused:
        for one in tried.answered:
            if one.old is not None and covered(tried, (statement,), one):
                assert one.new is None, (one.given, statement)


def check_plans(tried: Tried, comparison: Comparison) -> None:
    changed = [one for one in tried.answered if one.changed]
    if changed:
        assert comparison.plans or comparison.not_decided, (changed[0], comparison.edits)
    if not comparison.not_decided and all(one.cubes for one in comparison.plans):
        for one in changed:
            assert covered(tried, comparison.plans, one), (one.given, comparison.plans)
    for statement in comparison.plans:
        for one in tried.answered if statement.whole else ():
            begun = counts_progress(tried.old.ruleset, tried.new.ruleset)
            if one.old is not None and one.new is not None and not one.hidden and not begun:
                assert one.changed or not covered(tried, (statement,), one), (one.given, statement)


def check_examples(tried: Tried, comparison: Comparison) -> None:
    for statement in comparison.plans:
        assert statement.example is not None
        assert statement.changes
        old, new = (one.decide_example(statement.example) for one in (tried.old, tried.new))
        assert not isinstance(old, tuple)
        assert not isinstance(new, tuple)
    for statement in comparison.refused:
        asked, _ = without_month(statement.example or {})  # what is refused is so in every month
        assert tried.new.refusals(asked)
        assert not tried.old.refusals(asked)


def check_count(tried: Tried, comparison: Comparison) -> None:
    counted = comparison.count
    rulesets_ = (tried.old.ruleset, tried.new.ruleset)
    if counted is None or counts_progress(*rulesets_):
        return
    if any("number" in one.inputs[name].kind for one in tried.asked for name in counted.over):
        return
    both = [one for one in tried.answered if one.old is not None and one.new is not None]

    def ways(chosen: list) -> int:  # type: ignore[type-arg]
        return len({str([one.given.get(name) for name in counted.over]) for one in chosen})

    assert counted.all == ways(both)
    assert counted.changed == ways([one for one in both if one.changed])


def covered(tried: Tried, statements: tuple[Statement, ...], one: object) -> bool:
    return any(tried.inside(cube, one) for each in statements for cube in each.cubes)  # type: ignore[arg-type]

"""What scenarios cover: by rule and by the outcomes of each test, what can't be counted as covered."""

from pathlib import Path

from service.analysis.checks.coverage import (
    Coverage,
    Covered,
    RuleOutcome,
    coverage,
    evident,
    outcomes_of,
    outcomes_seen,
)
from service.evaluation.truth import Explainer
from service.model.ruleset import Ruleset
from tests.analysis.checks.samples import read

RULES = """
- id: one
  title: One
  when: {concern: spots, any: [{goal: some}, {not: {depth: mild}}]}
  then: {sessions: 1 to 2}
  because: It is so.
  support: judgement
- {id: two, title: Two, when: {sessions_done: given}, then: {advise: Look again.}, because: It is so.}
"""


def ruleset(tmp_path: Path) -> Ruleset:
    return read(tmp_path, RULES)


def every(ruleset: Ruleset) -> set[RuleOutcome]:
    return {outcome for rule in ruleset.rules for outcome in outcomes_of(rule)} | {
        RuleOutcome(rule.id, None, holds=True) for rule in ruleset.rules
    }


def missing(found: Coverage) -> list[tuple[str, int | None, bool]]:
    return [tuple(gap.outcome) for gap in found.gaps]


def test_each_test_counts_twice_those_inside_groups_too(tmp_path: Path) -> None:
    one, two = ruleset(tmp_path).rules
    assert outcomes_of(one) == tuple(
        RuleOutcome("one", test, holds) for test in range(3) for holds in (True, False)
    )
    assert len(outcomes_of(two)) == 2


def test_nothing_seen_is_nothing_covered_but_for_what_can_not_be(tmp_path: Path) -> None:
    found = coverage(ruleset(tmp_path), frozenset())
    assert found.rules == Covered(seen=0, all=2, impossible=0)
    assert found.outcomes == Covered(seen=1, all=8, impossible=1)
    assert found.percent == 0
    assert len(found.gaps) == 9


def test_a_question_with_a_default_is_never_anything_but_given(tmp_path: Path) -> None:
    assert evident(ruleset(tmp_path)) == {RuleOutcome("two", 0, holds=False)}


def test_all_seen_is_all_covered(tmp_path: Path) -> None:
    read = ruleset(tmp_path)
    found = coverage(read, every(read) - evident(read))
    assert (found.percent, found.gaps) == (100, ())


def test_what_was_shown_to_be_impossible_counts_as_covered(tmp_path: Path) -> None:
    read = ruleset(tmp_path)
    left = RuleOutcome("one", 2, holds=True)
    seen = every(read) - evident(read) - {left}
    assert missing(coverage(read, seen)) == [("one", 2, True)]
    found = coverage(read, seen, frozenset({left}))
    assert (found.percent, found.outcomes.impossible) == (100, 2)


def test_a_hundred_percent_is_said_only_of_all() -> None:
    assert Covered(9_999, 10_000, 0).percent == 99.9
    assert Covered(2, 3, 0).percent == 66.6
    assert Covered(0, 0, 0).percent == 100


def test_gaps_stand_where_their_tests_stand_in_that_order(tmp_path: Path) -> None:
    found = coverage(ruleset(tmp_path), frozenset())
    assert [gap.place for gap in found.gaps] == sorted(gap.place for gap in found.gaps)
    assert {gap.written for gap in found.gaps if gap.outcome.rule == "one"} == {
        None,
        "concern: spots",
        "goal: some",
        "depth: mild",
    }


def test_unknown_is_seen_as_not_true(tmp_path: Path) -> None:
    read = ruleset(tmp_path)
    seen = set(
        outcomes_seen(Explainer(read).explain({"concern": "spots", "goal": "some", "sessions_done": 0}))
    )
    assert RuleOutcome("one", None, holds=True) in seen
    assert {outcome for outcome in seen if outcome.rule == "one" and outcome.test is not None} == {
        RuleOutcome("one", 0, holds=True),
        RuleOutcome("one", 1, holds=True),
        RuleOutcome("one", 2, holds=False),
    }
    assert RuleOutcome("two", None, holds=True) in seen

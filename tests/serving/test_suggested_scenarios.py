"""A ready scenario for what no scenario covers: named in words, and as expected as soon as it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.evaluation.compiled import CompiledRuleset
from service.model.decision import Decision
from service.serving.answer import AnswerWriter
from service.serving.trying import covering, scenario_text, seen_in, try_scenarios
from service.store.folders import read_shelf
from service.store.snapshot import take_snapshot
from tests.commandline.samples import write_small

LONG = {
    "concern": "scars",
    "phototype": "V",
    "sensitive": True,
    "gold": False,
}


def compiled(rulesets: Path) -> CompiledRuleset:
    shelf = read_shelf(rulesets, "rulesets")
    assert shelf.all_problems == ()
    return take_snapshot(shelf).served["small"]


def tried_all(one: CompiledRuleset) -> list[object]:
    return [tried.problems for tried in try_scenarios(one, one.ruleset.scenarios)]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("Darker skin", "darker"),
        ('Odd: a "name", with # and {braces}', "gold"),
        ("'quoted'", "scars"),
    ],
)
def test_a_written_scenario_reads_back_and_is_as_expected(name: str, rule: str, tmp_path: Path) -> None:
    one = compiled(write_small(tmp_path))
    decision = one.decide(LONG)
    assert isinstance(decision, Decision)
    answer = AnswerWriter(one).write(decision, decision_id="", evaluated_at="", as_of="", explain=False)
    text = scenario_text(name, LONG, answer, rules=[rule])
    (tmp_path / "rulesets/small/scenarios/1-all.yaml").write_text(text, encoding="utf-8")
    again = compiled(tmp_path / "rulesets")
    [scenario] = again.ruleset.scenarios
    assert scenario.name == name
    assert scenario.assessment == LONG
    fires = rule != "gold"
    assert (scenario.fired, scenario.not_fired) == (((rule,), ()) if fires else ((), (rule,)))
    assert scenario.expected.keys() == {"verdict", "sessions"}
    assert tried_all(again) == [()]


def test_a_client_without_numbers_expects_none(tmp_path: Path) -> None:
    one = compiled(write_small(tmp_path))
    stopped = LONG | {"gold": True}
    decision = one.decide(stopped)
    assert isinstance(decision, Decision)
    answer = AnswerWriter(one).write(decision, decision_id="", evaluated_at="", as_of="", explain=False)
    assert scenario_text("Gold", stopped, answer, rules=["gold"]).endswith(
        "  expect:\n    verdict: do_not_treat\n    sessions: null\n    fired: [gold]\n"
    )


def test_what_is_missing_gets_scenarios_that_bring_it_about(tmp_path: Path) -> None:
    root = write_small(tmp_path)
    one = compiled(root)
    found = covering(one, list(try_scenarios(one, one.ruleset.scenarios)))
    assert found.coverage.percent < 100
    assert found.undecided == frozenset()
    (root / "small/scenarios/2-more.yaml").write_text("\n".join(found.ready), encoding="utf-8")
    again = compiled(root)
    assert set(tried_all(again)) == {()}
    assert covering(again, list(try_scenarios(again, again.ruleset.scenarios))).coverage.percent == 100


def test_names_say_the_rule_and_the_test_and_never_meet(tmp_path: Path) -> None:
    root = write_small(tmp_path)
    (root / "small/scenarios/1-all.yaml").write_text(
        "- {name: Darker skin, assessment: {concern: scars, phototype: I}, "
        "expect: {verdict: several_sessions}}\n",
        encoding="utf-8",
    )
    one = compiled(root)
    names = [
        text.splitlines()[0].removeprefix("- name: ")
        for text in covering(one, list(try_scenarios(one, one.ruleset.scenarios))).ready
    ]
    assert "Darker skin (2)" in names
    assert any("holds" in name for name in names)
    assert len(set(names)) == len(names)


def test_a_scenario_that_could_not_be_planned_has_seen_nothing(tmp_path: Path) -> None:
    root = write_small(tmp_path)
    text = "- {name: Nobody, assessment: {concern: scars}, expect: {verdict: several_sessions}}\n"
    (root / "small/scenarios/1-all.yaml").write_text(text, encoding="utf-8")
    one = compiled(root)
    assert seen_in(one, try_scenarios(one, one.ruleset.scenarios)) == frozenset()

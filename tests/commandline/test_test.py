"""``picoplan test`` runs the scenarios; a failure reads like any other problem."""

from pathlib import Path

import pytest

from service.library.folders import shipped
from tests.commandline.console import in_a_pipe, on_a_terminal, picoplan
from tests.commandline.samples import edit, write_small


@pytest.fixture
def rulesets(tmp_path: Path) -> Path:
    return write_small(tmp_path)


def scenarios(rulesets: Path) -> Path:
    return rulesets / "small/scenarios/1-all.yaml"


def test_every_shipped_scenario_is_as_expected() -> None:
    said = in_a_pipe("test", shipped())
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith(" scenarios, all as expected.\n")


def test_scenarios_that_are_as_expected_get_one_line(rulesets: Path) -> None:
    said = picoplan("test", folder=rulesets.parent)
    assert (said.out, said.err, said.code) == ("2 scenarios, all as expected.\n", "", 0)


def test_each_difference_is_a_line_that_points_at_what_was_expected(rulesets: Path) -> None:
    edit(scenarios(rulesets), "{min: 4, typical: 5, max: 6}", "{min: 4, typical: 4, max: 9}")
    edit(scenarios(rulesets), "not fired: [darker]", "not fired: [scars, darker]")
    edit(scenarios(rulesets), "verdict: do_not_treat", "verdict: defer")
    said = in_a_pipe("test", folder=rulesets.parent)
    at = "rulesets/small/scenarios/1-all.yaml"
    assert (said.code, said.err) == (1, "")
    assert said.out == (
        f'{at}:5:24: error scenario-failed "Scars in light skin": sessions.typical is 5, expected 4\n'
        f'{at}:5:36: error scenario-failed "Scars in light skin": sessions.max is 6, expected 9\n'
        f'{at}:8:17: error scenario-failed "Scars in light skin": scars fired, expected it not to\n'
        f'{at}:12:12: error scenario-failed "Gold": verdict is do_not_treat, expected defer\n'
        "2 of 2 scenarios failed.\n"
    )


def test_an_invalid_assessment_points_at_the_answer_that_is_wrong(rulesets: Path) -> None:
    edit(scenarios(rulesets), "gold: yes", "gold: perhaps")
    said = picoplan("test", folder=rulesets.parent)
    assert said.code == 1
    assert said.out == (
        'rulesets/small/scenarios/1-all.yaml:11:46: error scenario-invalid "Gold": gold must be true or '
        "false, not a text. Send true or false without quotes.\n1 of 2 scenarios failed.\n"
    )


def test_a_missing_answer_points_at_the_assessment(rulesets: Path) -> None:
    edit(scenarios(rulesets), "concern: scars, phototype: I, gold: yes", "phototype: I, gold: yes")
    said = picoplan("test", folder=rulesets.parent)
    assert 'scenarios/1-all.yaml:11:3: error scenario-invalid "Gold": concern is required' in said.out


def test_a_ruleset_with_errors_is_reported_and_not_tested(rulesets: Path) -> None:
    edit(rulesets / "small/factors/1-concern.yaml", "{concern: scars}", "{concern: scar}")
    said = picoplan("test", folder=rulesets.parent)
    assert said.code == 1
    assert said.out == (
        'rulesets/small/factors/1-concern.yaml:5:21: error unknown-option "scar" is not an option of '
        'concern. Did you mean "scars"?\nNo scenarios. 1 ruleset with errors not tested.\n'
    )


def test_filter_runs_the_scenarios_with_the_text_in_their_name(rulesets: Path) -> None:
    edit(scenarios(rulesets), "verdict: do_not_treat", "verdict: defer")
    said = picoplan("test", "--filter", "LIGHT skin", folder=rulesets.parent)
    assert (said.out, said.code) == ("1 scenario, all as expected.\n", 0)


def test_a_filter_that_leaves_no_scenario_is_wrong_usage(rulesets: Path) -> None:
    said = picoplan("test", "--filter", "nobody", folder=rulesets.parent)
    assert (said.out, said.err, said.code) == ("", 'picoplan: no scenario has "nobody" in its name\n', 2)


def test_a_ruleset_that_is_not_yet_in_effect_is_tested_for_its_first_day(rulesets: Path) -> None:
    edit(rulesets / "small/ruleset.yaml", "version: 1.2.0", "version: 1.2.0\neffective: 2999-01-01")
    edit(scenarios(rulesets), "    verdict: several_sessions", "    as_of: 2999-01-01")
    assert picoplan("test", folder=rulesets.parent).out == "2 scenarios, all as expected.\n"


def test_a_scenario_before_the_ruleset_is_in_effect_is_invalid(rulesets: Path) -> None:
    edit(rulesets / "small/ruleset.yaml", "version: 1.2.0", "version: 1.2.0\neffective: 2026-12-01")
    edit(scenarios(rulesets), "- name: Gold", "- name: Gold\n  as of: 2026-11-30")
    said = picoplan("test", folder=rulesets.parent)
    assert said.out.splitlines()[0] == (
        'rulesets/small/scenarios/1-all.yaml:11:3: error scenario-invalid "Gold": '
        "the ruleset serves from 2026-12-01 on. Name a later day."
    )


def test_quick_work_shows_no_progress_bar_even_on_a_terminal(rulesets: Path) -> None:
    assert on_a_terminal("test", rulesets).out == "2 scenarios, all as expected.\n"

"""``picoplan test`` runs the scenarios; a failure reads like any other problem."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from service.store.folders import shipped
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
    assert [line for line in said.out.splitlines() if not line.startswith("    ")] == [
        f'{at}:5:24: error scenario-failed "Scars in light skin": sessions.typical is 5, expected 4',
        f'{at}:5:36: error scenario-failed "Scars in light skin": sessions.max is 6, expected 9',
        f'{at}:8:17: error scenario-failed "Scars in light skin": scars fired, expected it not to',
        f'{at}:12:12: error scenario-failed "Gold": verdict is do_not_treat, expected defer',
        "2 of 2 scenarios failed.",
    ]


def test_an_invalid_assessment_points_at_the_answer_that_is_wrong(rulesets: Path) -> None:
    edit(scenarios(rulesets), "gold: yes", "gold: perhaps")
    said = picoplan("test", folder=rulesets.parent)
    assert said.code == 1
    assert said.out == (
        'rulesets/small/scenarios/1-all.yaml:11:46: error scenario-invalid "Gold": gold: "perhaps" is '
        "neither yes nor no. Write one of these.\n1 of 2 scenarios failed.\n"
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


# -- what stands below a failure ------------------------------------------------------------------


def told(rulesets: Path) -> list[str]:
    """The lines of the run but for its summary."""
    said = picoplan("test", folder=rulesets.parent)
    assert said.code == 1
    return said.out.splitlines()[:-1]


def below(rulesets: Path, first: str) -> list[str]:
    """What stands below the line that ends so."""
    lines = told(rulesets)
    [at] = [number for number, line in enumerate(lines) if line.endswith(first)]
    rest = lines[at + 1 :]
    return rest[: next((number for number, line in enumerate(rest) if not line.startswith("    ")), None)]


def expecting(
    rulesets: Path, expect: str, assessment: str = "{concern: scars, phototype: V, gold: no}"
) -> Path:
    text = f"- name: A client\n  assessment: {assessment}\n  expect: {expect}\n"
    scenarios(rulesets).write_text(text, encoding="utf-8")
    return rulesets


def test_a_range_is_told_part_by_part_with_the_rule_after_which_it_is_no_longer_as_expected(
    rulesets: Path,
) -> None:
    expecting(rulesets, "{sessions: {min: 4, typical: 5, max: 6}}")
    assert below(rulesets, "sessions.typical is 6, expected 5") == []  # told once, below the last of them
    assert below(rulesets, "sessions.max is 7, expected 6") == [
        "                      expected  got",
        "    sessions.min      4         4",
        "    sessions.typical  5         6    <",
        "    sessions.max      6         7    <",
        "    why  scars (factors/1-concern.yaml:3) gives the base: 4, 5, 6 (as expected up to here)",
        "         darker (factors/2-response.yaml:3) multiplies: 4.8, 6, 7.2",
        "         rounded: 4, 6, 8",
        "         longest (factors/1-concern.yaml:11) is the most: 4, 6, 7",
    ]


def test_numbers_that_were_taken_away_name_the_rule_that_did(rulesets: Path) -> None:
    gold = "{concern: scars, phototype: I, gold: yes}"
    expecting(rulesets, "{sessions: {typical: 5}}", gold)
    assert below(rulesets, "expected {typical: 5}") == [
        "              expected      got",
        "    sessions  {typical: 5}  null",
        "    why  gold (factors/2-response.yaml:14) fired: stop: Gold therapy rules lasers out.",
    ]


def test_numbers_that_no_rule_gave_say_so(rulesets: Path) -> None:
    expecting(rulesets, "{sessions: {typical: 5}}", "{concern: spots, phototype: I, gold: no}")
    [_, _, why] = below(rulesets, "expected {typical: 5}")
    assert why == "    why  No rule of small gives a number of sessions for this assessment."


def test_a_rule_that_should_fire_names_its_first_condition_that_was_not_true(rulesets: Path) -> None:
    expecting(rulesets, "{fired: [gold]}", "{concern: scars, phototype: I}")
    assert below(rulesets, "gold did not fire, expected it to") == [
        "    expected    got",
        "    gold fires  gold does not fire",
        "    why  gold (factors/2-response.yaml:14) did not fire: gold: yes is unknown, not given",
    ]


def test_a_group_of_conditions_is_told_with_what_each_looked_at(rulesets: Path) -> None:
    expecting(rulesets, "{fired: [darker]}", "{concern: scars, phototype: I, gold: no}")
    why = " ".join(" ".join(below(rulesets, "darker did not fire, expected it to")[2:]).split())
    assert why == (
        "why darker (factors/2-response.yaml:3) did not fire: any: [{phototype: V}, {sensitive: yes}] is "
        "false: phototype given I; sensitive given no"
    )


def test_a_rule_that_should_not_fire_says_what_it_fired_for(rulesets: Path) -> None:
    expecting(rulesets, "{not fired: [darker]}")
    assert below(rulesets, "darker fired, expected it not to")[2:] == [
        "    why  darker (factors/2-response.yaml:3) fired, for phototype V"
    ]


def test_a_verdict_names_who_led_to_it_and_who_would_have_led_to_the_expected_one(rulesets: Path) -> None:
    expecting(rulesets, "{verdict: do_not_treat}")
    assert [line for line in below(rulesets, "expected do_not_treat") if "gold" in line] == [
        "         gold (factors/2-response.yaml:14) did not fire: gold: yes is false, given no"
    ]
    expecting(rulesets, "{verdict: several_sessions}", "{concern: scars, phototype: V}")
    assert below(rulesets, "expected several_sessions")[2:] == [
        "    why  Not asked yet, so a clinician looks first: Gold therapy ever?"
    ]


def test_lists_are_told_item_beside_item(rulesets: Path) -> None:
    expecting(rulesets, "{advice: [{rule: gold}], benefits: []}")
    assert below(rulesets, "advice lacks {rule: gold}")[:3] == [
        "            expected      got",
        "    advice  {rule: gold}  -                                                 <",
        "            -             {rule: darker, text: We begin gently., at: null}  <",
    ]
    assert below(rulesets, "expected []") == [
        "              expected  got",
        "    benefits  -         {id: collagen, text: Collagen goes on rebuilding.}",
        "    why  scars (factors/1-concern.yaml:3) fired: benefits: [collagen]",
    ]


def test_the_first_line_of_every_failure_is_a_problem_and_all_else_is_set_in(rulesets: Path) -> None:
    expecting(rulesets, "{verdict: defer, support: published, sessions: null, one_session: may_suffice}")
    lines = told(rulesets)
    firsts = [line for line in lines if not line.startswith("    ")]
    assert len(firsts) == 4
    assert all(line.startswith("rulesets/small/scenarios/1-all.yaml:3:") for line in firsts)
    assert all(" error scenario-failed " in line for line in firsts)


# -- JUnit ----------------------------------------------------------------------------------------


def junit(rulesets: Path, *more: str) -> ET.Element:
    file = rulesets.parent / "out" / "tests.xml"
    picoplan("test", "--junit", file, *more, folder=rulesets.parent)
    assert [path.name for path in file.parent.iterdir()] == ["tests.xml"]
    return ET.parse(file).getroot()


def test_junit_has_a_suite_for_each_ruleset_and_a_case_for_each_scenario(rulesets: Path) -> None:
    edit(scenarios(rulesets), "verdict: do_not_treat", "verdict: defer")
    whole = junit(rulesets)
    [suite] = whole
    assert {name: whole.attrib[name] for name in ("tests", "failures", "errors")} == {
        "tests": "2",
        "failures": "1",
        "errors": "0",
    }
    assert (suite.tag, suite.attrib["name"], suite.attrib["failures"]) == ("testsuite", "small", "1")
    good, bad = suite
    assert good.attrib | {"time": ""} == {
        "classname": "small.1-all",
        "name": "Scars in light skin",
        "file": "rulesets/small/scenarios/1-all.yaml",
        "line": "1",
        "time": "",
    }
    assert float(good.attrib["time"]) >= 0
    assert list(good) == []
    [failure] = bad
    assert failure.tag == "failure"
    assert failure.attrib == {
        "type": "scenario-failed",
        "message": '"Gold": verdict is do_not_treat, expected defer',
    }
    assert (failure.text or "").startswith(
        "rulesets/small/scenarios/1-all.yaml:12:12: error scenario-failed "
    )
    assert "    why  gold (factors/2-response.yaml:14) fired" in (failure.text or "")


def test_junit_counts_a_ruleset_with_errors_as_an_error(rulesets: Path) -> None:
    edit(rulesets / "small/factors/1-concern.yaml", "{concern: scars}", "{concern: scar}")
    whole = junit(rulesets)
    assert whole.attrib["errors"] == "1"
    [error] = whole.iter("error")
    assert error.attrib["type"] == "unknown-option"


def test_junit_stays_xml_whatever_a_name_holds(rulesets: Path) -> None:
    edit(scenarios(rulesets), "name: Gold", r'name: "<Gold> & \uffff \"therapy\" ✓"')
    assert [case.attrib["name"] for case in junit(rulesets).iter("testcase")][1] == '<Gold> & ? "therapy" ✓'


def test_a_junit_file_that_can_not_be_written_is_one_line(rulesets: Path) -> None:
    said = picoplan("test", "--junit", rulesets / "small/ruleset.yaml/x.xml", folder=rulesets.parent)
    assert said.code == 2
    assert said.err.endswith("can't be written: Not a directory\n")
    said = picoplan("test", "--junit", rulesets, folder=rulesets.parent)
    assert (said.err.endswith("can't be written: Is a directory\n"), said.code) == (True, 2)


# -- coverage -------------------------------------------------------------------------------------


def test_coverage_names_what_no_scenario_has_seen_with_its_place(rulesets: Path) -> None:
    said = picoplan("test", "--coverage", folder=rulesets.parent)
    at = "rulesets/small/factors"
    assert said.code == 0
    assert said.out.splitlines() == [
        "2 scenarios, all as expected.",
        f'{at}/1-concern.yaml:5:21: not covered "concern: scars" of scars is anything but true in no '
        "scenario",
        f"{at}/2-response.yaml:3:9: not covered darker fires in no scenario",
        f'{at}/2-response.yaml:7:22: not covered "phototype: V" of darker is true in no scenario',
        f'{at}/2-response.yaml:8:22: not covered "sensitive: yes" of darker is true in no scenario',
        "small: 75 % (3 of 4) rules fired, 70 % (7 of 10) outcomes of conditions seen (1 of them no client "
        "can bring about).",
    ]


@pytest.mark.parametrize(("percent", "code"), [("70", 0), ("70.1", 1), ("100", 1), ("0", 0)])
def test_fail_under_fails_where_a_ruleset_is_covered_less(rulesets: Path, percent: str, code: int) -> None:
    said = picoplan("test", "--fail-under", percent, folder=rulesets.parent)
    assert said.code == code
    assert (f"small is covered to 70 %, which is less than {percent} %." in said.out) == bool(code)


def test_fail_under_takes_a_percentage(rulesets: Path) -> None:
    said = picoplan("test", "--fail-under", "101", folder=rulesets.parent)
    assert (said.out, said.code) == ("", 2)


def test_suggested_scenarios_are_as_expected_and_cover_the_rest(rulesets: Path) -> None:
    said = picoplan("test", "--suggest", folder=rulesets.parent)
    assert said.code == 0
    file = "rulesets/small/scenarios/suggested.yaml"
    assert said.out.splitlines()[-1].endswith(f" for small written to {file}. Read them, then keep them.")
    covered = picoplan("test", "--fail-under", "100", folder=rulesets.parent)
    assert covered.code == 0
    assert "all as expected." in covered.out
    assert (
        picoplan("test", "--suggest", folder=rulesets.parent).out == covered.out
    )  # nothing is left to write
    assert picoplan("check", "--strict", folder=rulesets.parent).code == 0


def test_suggestions_never_overwrite_a_file(rulesets: Path) -> None:
    there = rulesets / "small/scenarios/suggested.yaml"
    there.write_text("# mine\n", encoding="utf-8")
    said = picoplan("test", "--suggest", folder=rulesets.parent)
    assert "written to rulesets/small/scenarios/suggested-2.yaml." in said.out
    assert there.read_text(encoding="utf-8") == "# mine\n"


def test_suggestions_for_a_part_of_the_scenarios_are_refused(rulesets: Path) -> None:
    said = picoplan("test", "--suggest", "--filter", "gold", folder=rulesets.parent)
    assert (said.code, "Leave --filter out" in said.err) == (2, True)


def test_the_rules_of_an_extended_ruleset_are_not_counted_again(rulesets: Path) -> None:
    clinic = rulesets / "clinic"
    clinic.mkdir()
    header = "id: clinic\ntitle: Clinic\nversion: 1.0.0\nextends: small\n"
    (clinic / "ruleset.yaml").write_text(header, encoding="utf-8")
    said = picoplan("test", "rulesets/clinic", "--coverage", folder=rulesets.parent)
    assert said.out.splitlines() == [
        "No scenarios.",
        "clinic: 100 % (0 of 0) rules fired, 100 % (0 of 0) outcomes of conditions seen.",
    ]

"""Each check finds its mistake at its place, stays silent otherwise, and has a page."""

import importlib
import shutil
from pathlib import Path

import pytest

from service.analysis.checks.check import CHECKS
from service.analysis.checks.texts import unit_in
from service.store.folders import read_shelf
from tests.analysis.checks.samples import problems, rule
from tests.mistakes.making import BASE


@pytest.mark.parametrize("code", CHECKS)
def test_every_check_has_a_page_with_its_four_headings(code: str) -> None:
    page = importlib.import_module(CHECKS[code].__module__).__doc__ or ""
    assert page.startswith(f"{code}: ")
    assert [line for line in page.splitlines() if line in ("Summary", "Avoid", "Prefer", "Why")] == [
        "Summary",
        "Avoid",
        "Prefer",
        "Why",
    ]


# -- fluence-unit ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Start with 0.4 J/cm2.", "J/cm2"),
        ("0.71 J/cm² at 8 mm", "J/cm²"),
        ("between 0.2 and 0.5 j / cm^2", "j / cm^2"),
        ("J per cm2", "J per cm2"),
        ("1 J cm-2", "J cm-2"),
        ("165 mJ a pulse", "mJ"),
        ("2J", "J"),
        ("a few millijoules", "millijoules"),
    ],
)
def test_a_unit_of_fluence_or_energy_is_seen(text: str, unit: str) -> None:
    assert unit_in(text) == unit


@pytest.mark.parametrize(
    "text",
    ["Dr J. Smith", "J Am Acad Dermatol", "5 mm", "3 Jahre", "MJ said so", "Option J", "755 nm", "30 cm2"],
)
def test_what_only_looks_like_a_unit_is_left_alone(text: str) -> None:
    assert unit_in(text) is None


def test_a_fluence_in_a_rules_text_is_warned_of_where_it_stands(tmp_path: Path) -> None:
    said = rule("{concern: spots}", '{sessions: 1 to 2, advise: "Use 0.4 J/cm2."}')
    assert problems(tmp_path, said) == [
        '1-concern.yaml:3:76: warning fluence-unit "advise" of one names J/cm2. '
        "An answer holds no fluence and no energy: leave the setting out."
    ]


def test_a_fluence_in_the_reason_of_a_rule_is_warned_of(tmp_path: Path) -> None:
    said = rule("{concern: spots}", "{sessions: 1 to 2}", 'because: "They used 3 mJ."')
    [problem] = problems(tmp_path, said)
    assert 'warning fluence-unit "because" of one names mJ.' in problem


def test_a_fluence_in_a_verdict_or_benefit_is_warned_of(tmp_path: Path) -> None:
    texts = "verdicts: {defer: Wait with 2 J.}\nbenefits: {collagen: More collagen at 400 mJ.}\n"
    found = problems(tmp_path, rule("{concern: spots}", "{sessions: 1 to 2}"), header=texts)
    assert [problem.partition(" An answer")[0] for problem in found] == [
        "ruleset.yaml:1:5: warning fluence-unit The text of the benefit collagen names mJ.",
        "ruleset.yaml:1:5: warning fluence-unit The text of the verdict defer names J.",
    ]


# -- cap-below-base -------------------------------------------------------------------------------


def test_a_cap_at_the_min_of_its_own_base_is_warned_of(tmp_path: Path) -> None:
    said = rule("{concern: spots}", "{sessions: 6 to 10, most sessions: 6}")
    assert problems(tmp_path, said) == [
        '1-concern.yaml:3:77: warning cap-below-base "most sessions" 6 is not above the min of the rule\'s '
        "own base, 6: such a plan gets no numbers. Raise it, or lower the base."
    ]


def test_a_cap_at_the_least_base_from_a_score_is_warned_of(tmp_path: Path) -> None:
    base = "{sessions from score: {score: kd, at least: 5}, most sessions: 5, points: {kd: 1}}"
    [problem] = problems(tmp_path, rule("{concern: spots}", base))
    assert "warning cap-below-base" in problem


@pytest.mark.parametrize(
    "then",
    [
        "{sessions: 6 to 10, most sessions: 7}",
        "{most sessions: 2}",
        "{sessions: 6 to 10, most sessions: concern.most}",
    ],
)
def test_a_cap_above_the_base_or_without_one_is_fine(tmp_path: Path, then: str) -> None:
    assert problems(tmp_path, rule("{concern: spots}", then)) == []


# -- attribute-may-be-unknown ---------------------------------------------------------------------


def test_an_attribute_of_a_question_that_may_be_left_out_is_warned_of(tmp_path: Path) -> None:
    said = rule("{concern: spots}", "{sessions: 2 to 4, sessions times: goal.times}")
    assert problems(tmp_path, said) == [
        '1-concern.yaml:3:76: warning attribute-may-be-unknown "goal.times" is unknown where "goal" is not '
        'answered: then there are no numbers. Add "goal: given" to "when", or make the question required.'
    ]


@pytest.mark.parametrize(
    "then",
    [
        "{sessions: 2 to 4, most sessions: depth.kd}",
        "{sessions: 2 to 4, interval weeks: 4 to 6, add interval weeks: depth.kd}",
        "{points: {kd: depth.kd}}",
        "{points: {kd: [1, depth.kd]}}",
        "{sessions: 2 to 4, remaining from progress: "
        "{improvement: improvement, sessions: sessions_done, target: goal.pct}}",
    ],
)
def test_every_effect_that_takes_an_attribute_is_looked_at(tmp_path: Path, then: str) -> None:
    [problem] = problems(tmp_path, rule("{sessions_done: given}", then))
    assert "warning attribute-may-be-unknown" in problem


@pytest.mark.parametrize(
    "when",
    [
        "{goal: given}",
        "{goal: at least some}",
        "{goal.pct: above 10}",
        "{any: [{goal: some}, {goal.pct: above 60}]}",
        "{all: [{concern: spots}, {goal: clear}]}",
        "{not: {goal: clear}}",
        "{not: {any: [{goal: clear}, {concern: spots}]}}",
        "{conclusions.deep: yes}",
        "{any: [{concern: spots}, {conclusions.deep: yes}]}",
    ],
)
def test_a_rule_that_waits_for_the_answer_or_for_a_conclusion_is_fine(tmp_path: Path, when: str) -> None:
    other = "- {id: two, title: Two, when: {concern: scars}, then: {conclude: {deep: yes}}, because: So.}"
    said = rule(when, "{sessions: 2 to 4, sessions times: goal.times}") + "\n" + other
    found = problems(tmp_path, said)
    assert not [problem for problem in found if "attribute-may-be-unknown" in problem]


def test_the_month_vouches_for_no_answer(tmp_path: Path) -> None:
    said = rule("{as of.month: 6 to 8}", "{sessions: 2 to 4, most sessions: depth.kd}")
    assert [one for one in problems(tmp_path, said) if "attribute-may-be-unknown" in one]


@pytest.mark.parametrize(
    "when",
    [
        "{any: [{goal: clear}, {concern: spots}]}",
        "{not: {goal: clear, concern: spots}}",
        "{not: {goal: given}}",
        "{goal: unknown}",
    ],
)
def test_a_test_that_need_not_hold_does_not_vouch_for_the_answer(tmp_path: Path, when: str) -> None:
    found = problems(tmp_path, rule(when, "{sessions: 2 to 4, sessions times: goal.times}"))
    assert [problem for problem in found if "attribute-may-be-unknown" in problem]


def test_a_question_that_must_be_answered_where_it_is_asked_is_fine(tmp_path: Path) -> None:
    said = rule("{concern: scars}", "{sessions: 2 to 4, most sessions: depth.kd}")
    assert problems(tmp_path, said) == []


def test_a_warning_of_a_check_can_be_allowed_with_a_reason(tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    shutil.copytree(BASE / "pico-laser", folder)
    header = folder / "ruleset.yaml"
    text = header.read_text(encoding="utf-8").replace("id: pico-laser", "id: clinic")
    text = text.replace("Plan for several sessions.", "Plan for several at 2 J/cm2.")
    header.write_text(text, encoding="utf-8")
    assert [problem.code for problem in read_shelf(folder).all_problems] == ["fluence-unit"]
    header.write_text(
        header.read_text(encoding="utf-8") + "allow: {fluence-unit: A sample.}\n", encoding="utf-8"
    )
    assert read_shelf(folder).all_problems == ()


def test_an_allow_of_a_check_that_warns_of_nothing_is_itself_a_warning(tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    shutil.copytree(BASE / "pico-laser", folder)
    header = folder / "ruleset.yaml"
    text = header.read_text(encoding="utf-8").replace("id: pico-laser", "id: clinic")
    header.write_text(text + "allow: {fluence-unit: A sample.}\n", encoding="utf-8")
    assert [problem.code for problem in read_shelf(folder).all_problems] == ["unused-allow"]

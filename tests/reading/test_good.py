"""What the language allows is read without a word, and means what it says.

The cases are files, written as those of broken rulesets are.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from service.model.condition import AllOf, AnyOf, Condition, Interval, Not, Test
from service.model.number import Triple
from service.model.ruleset import AttributeRef, FromProgress, FromScore, Ruleset
from tests.reading.reading import HERE, copied, load_case, prepare, read

CASES = sorted((HERE / "good").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_good_ruleset_is_read_without_a_problem(path: Path, tmp_path: Path) -> None:
    found = read(tmp_path, prepare(tmp_path, load_case(path)))
    assert [str(problem) for problem in found.problems] == []
    assert found.ruleset is not None


def ruleset(tmp_path: Path, case: str) -> Ruleset:
    found = read(tmp_path, prepare(tmp_path, load_case(HERE / "good" / f"{case}.yaml")))
    assert found.ruleset is not None, found.problems
    return found.ruleset


def meanings(tmp_path: Path, case: str) -> list[tuple[str, str, object]]:
    """What each test of the extra rule comes to: its own words, its operation, and its operand."""
    (rule,) = (rule for rule in ruleset(tmp_path, case).rules if rule.id == "extra")
    assert isinstance(rule.when, AnyOf)
    read_tests = [part for part in rule.when.parts if isinstance(part, Test)]
    return [(test.written, test.op, test.interval or set(test.values)) for test in read_tests]


def test_every_test_of_a_level_is_a_set_of_levels(tmp_path: Path) -> None:
    meant = [values for _, op, values in meanings(tmp_path, "every-test-of-a-level") if op == "among"]
    mild, moderate, severe = "mild", "moderate", "severe"
    low, middle, high = {mild}, {moderate}, {severe}
    assert meant == [
        low,
        low | high,
        middle | high,
        *[middle] * 3,
        middle | high,
        middle,
        *[middle | high] * 2,
        *[low | middle] * 2,
        *[middle | high] * 2,
        *[low | middle] * 2,
        low | middle,
        low | middle,
        *[{"high"}] * 4,
    ]


def test_every_test_of_a_number_is_an_interval_or_its_points(tmp_path: Path) -> None:
    meant = [(op, operand) for _, op, operand in meanings(tmp_path, "every-test-of-a-number")]
    forties = ("within", Interval(40, 50))
    assert meant == [
        ("among", {40}),
        ("among", {40, 50}),
        ("not_among", {40}),
        ("not_among", {40, 50}),
        ("not_among", {40, 50}),
        ("within", Interval(low=40)),
        ("within", Interval(low=40)),
        ("within", Interval(high=40)),
        ("within", Interval(low=40, low_open=True)),
        ("within", Interval(high=Fraction(81, 2), high_open=True)),
        *[forties] * 4,
        ("given", set()),
        ("unknown", set()),
        ("among", {Fraction(5, 4)}),
        ("within", Interval(Fraction(1, 2), Fraction(3, 2))),
        ("among", {Fraction(54, 25)}),
        ("within", Interval(low=90)),
        ("within", Interval(1, 2)),
        ("within", Interval(low=2)),
        ("within", Interval(-5, 10)),
        ("within", Interval(-5, -1)),
        ("within", Interval(low=-3, low_open=True)),
    ]


def test_every_test_of_a_set_is_of_any_or_of_none(tmp_path: Path) -> None:
    meant = [(op, operand) for _, op, operand in meanings(tmp_path, "every-test-of-a-set")]
    assert meant == [
        *[("includes_any", {"pih"})] * 2,
        ("includes_any", {"pih", "blister"}),
        ("includes_any", {"pih"}),
        ("includes_any", {"pih", "blister"}),
        ("includes_none", {"pih", "blister"}),
        ("includes_none", {"pih"}),
        ("given", set()),
        ("unknown", set()),
        ("includes_any", {1064}),
        ("includes_any", {532, 755}),
    ]


def test_every_test_of_yes_or_no_is_of_one_answer(tmp_path: Path) -> None:
    meant = [(op, operand) for _, op, operand in meanings(tmp_path, "every-test-of-yes-or-no")]
    yes, no = ("among", {True}), ("among", {False})
    assert meant == [yes, no, yes, no, no, yes, yes, ("given", set()), ("unknown", set()), no, yes]


def test_options_named_like_numbers_stay_names(tmp_path: Path) -> None:
    meant = [
        (written, operand) for written, _, operand in meanings(tmp_path, "options-named-like-numbers-and-yes")
    ]
    assert meant == [
        ("stage: 1", {"1"}),
        ("stage: at least 3", {"3", "4"}),
        ("stage: 1 to 3", {"1", "2", "3"}),
        ("stage: [1, 4]", {"1", "4"}),
        ("depth: -2 to 0", {"-2", "-1", "0"}),
        ("depth: above -1", {"0", "1"}),
        ("band: [18-25, 26-40]", {"18-25", "26-40"}),
        ("band: 012", {"012"}),
        ("band: not 1e3", {"18-25", "26-40", "012"}),
        ("ink: no", {"no"}),
        ("ink: not [none, yes]", {"most", "no", "True"}),
        ("ink: most", {"most"}),
        ("ink: True", {"True"}),
        ("ink.kd: at least 2", Interval(low=2)),
        ("tags: includes no", {"no"}),
        ("tags: includes any of [none, 5]", {"none", "5"}),
    ]


def shape(condition: Condition) -> object:
    """A condition without places: ``("any", ...)``, ``("not", ...)``, and tests by their own words."""
    if isinstance(condition, Test):
        return condition.written
    if isinstance(condition, Not):
        return ("not", shape(condition.part))
    return ("all" if isinstance(condition, AllOf) else "any", *map(shape, condition.parts))


def test_groups_of_tests_nest_as_they_are_written(tmp_path: Path) -> None:
    (rule,) = (rule for rule in ruleset(tmp_path, "groups-of-tests").rules if rule.id == "extra")
    assert shape(rule.when) == (
        "all",
        "severity: mild",
        ("any", "age: 40", ("all", "age: 50", ("not", "width: above 3"))),
        ("all", ("all", "concern: tattoo", "age: given"), ("not", ("any", "age: 20", "age: 30"))),
        ("not", ("all", "severity: severe", "concern: melasma")),
    )


def test_every_attribute_has_the_kind_of_its_values(tmp_path: Path) -> None:
    laser = ruleset(tmp_path, "attributes-of-every-kind").inputs["laser"]
    assert {name: domain.shape for name, domain in laser.attributes.items()} == {
        "pulse": "choice",
        "nm": "set",
        "fractional": "yes_no",
        "w": "number",
        "tags": "set",
        "flags": "set",
        "none_of_it": "set",
    }
    assert dict(laser.options[0].attributes) == {
        "pulse": "picosecond",
        "nm": (755, 532),
        "fractional": True,
        "w": Fraction(1, 2),
        "tags": ("x", "y"),
        "flags": (True,),
        "none_of_it": (),
    }


def test_texts_on_several_lines_are_one_text(tmp_path: Path) -> None:
    (rule,) = (rule for rule in ruleset(tmp_path, "multi-line-texts").rules if rule.id == "extra")
    assert rule.then.advise == ((None, "Wear a hat.\n- And: sun cream."),)
    assert rule.then.refer == "Look at it on the next line"
    assert rule.then.expect == "It goes on"
    assert rule.then.stop == "Never\nagain"


def test_every_effect_of_the_language_has_its_value(tmp_path: Path) -> None:
    rules = ruleset(tmp_path, "the-languages-own-effects-and-guarantees").rules
    effects = {rule.id: rule.then for rule in rules}
    assert effects["acne-scar-moderate"].sessions == Triple(4, 5, 6)
    assert effects["effect-0"].sessions_from_score == FromScore(
        "kirby_desai", Fraction(4, 5), Fraction(5, 2), 2
    )
    assert effects["effect-1"].sessions_times == Fraction(6, 5)
    assert effects["effect-2"].sessions_times == AttributeRef("goal", "times")
    assert effects["effect-3"].sessions_times == Triple(Fraction(4, 5), 1, Fraction(6, 5))
    assert effects["effect-4"].add_sessions == 1
    assert effects["effect-5"].add_sessions == Triple(-1, 1, 2)
    assert effects["effect-9"].add_interval_weeks == AttributeRef("phototype", "kd")
    assert effects["effect-10"].review_weeks == Triple(4, 6, 8)
    assert effects["effect-18"].points == (
        ("kirby_desai", (AttributeRef("phototype", "kd"), Fraction(1, 2))),
    )
    target = AttributeRef("goal", "clearance_pct")
    progress = FromProgress("improvement_pct", "sessions_done", target, 10)
    assert effects["effect-19"].remaining_from_progress == progress
    assert effects["effect-27"].one_session == "may_suffice"
    assert [effects[f"effect-{n}"].sessions for n in (30, 31, 32, 33)] == [Triple(3, 4, 5)] * 4
    assert (effects["until"].defer, effects["until"].until) == ("Not now", "it has healed")


def test_a_ruleset_knows_where_the_parts_of_its_rules_stand(tmp_path: Path) -> None:
    found = read(copied(tmp_path)).ruleset
    assert found is not None
    scars = found.rules[0]
    assert str(scars.place) == "clinic/factors/1-concern.yaml:3:9"
    assert str(scars.places["then", "sessions"]) == "clinic/factors/1-concern.yaml:9:7"
    assert str(scars.places["then", "benefits", 1]) == "clinic/factors/1-concern.yaml:11:30"
    assert ("then", "refer") not in scars.places
    assert ("then", "benefits", 2) not in scars.places
    assert len(scars.places) == len(set(scars.places)) == 19


@pytest.mark.parametrize("case", ["windows-line-ends", "byte-order-mark", "old-mac-line-ends"])
def test_line_ends_and_byte_order_marks_move_no_place(case: str, tmp_path: Path) -> None:
    (rule,) = (rule for rule in ruleset(tmp_path, case).rules if rule.id == "extra")
    assert str(rule.place) == "clinic/factors/3-extra.yaml:3:9"
    assert isinstance(rule.when, Test)
    assert str(rule.when.place) == "clinic/factors/3-extra.yaml:6:17"


def test_a_scenario_is_what_its_json_would_be(tmp_path: Path) -> None:
    (scenario,) = ruleset(tmp_path, "the-languages-own-examples").scenarios
    assert scenario.assessment == {
        "concern": "acne_scar",
        "severity": "moderate",
        "phototype": "IV",
        "goal": "clear",
        "device": "picosure",
        "gold_therapy": False,
    }
    assert (scenario.fired, scenario.not_fired) == (("acne-scar-moderate",), ())
    assert str(scenario.as_of) == "2026-12-01"
    assert "fired" not in scenario.expected
    assert str(scenario.places["expect", "sessions", "min"]) == "pico-laser/scenarios/all.yaml:9:16"


def test_null_is_none_in_what_is_expected_also_where_a_tool_put_it_in_quotes(tmp_path: Path) -> None:
    written = ruleset(tmp_path, "null-is-a-word").scenarios
    assert [scenario.expected for scenario in written if "mild scars" in scenario.name] == [
        {"review_weeks": None, "sessions": {"min": None}},
        {"review_weeks": None, "sessions": {"min": None}, "support": None},
    ]

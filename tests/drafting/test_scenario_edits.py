"""One worked client is edited in his file, and nothing else of it: over every client that picoplan ships."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.analysis.checks.scenarios import failures
from service.drafting.scenario_edits import (
    CantEdit,
    accepted,
    added,
    changed,
    copied,
    names_in,
    text_of,
    without,
)
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Place
from service.model.ruleset import Scenario
from service.reading.yaml_reader import compose
from service.serving.trying import ScenarioResult, try_scenarios
from service.store.folders import read_shelf, shipped
from service.store.snapshot import take_snapshot

RULESETS = ("pico-laser", "tattoo-kirby-desai", "example-clinic")
SHARE = 5
"""Of so many clients one is edited: a file is read anew for each."""


def compiled(rulesets: Path, name: str) -> CompiledRuleset:
    """A ruleset of a folder."""
    return take_snapshot(read_shelf(rulesets)).served[name]


def by_name(one: CompiledRuleset) -> dict[str, Scenario]:
    """Its clients."""
    return {scenario.name: scenario for scenario in one.ruleset.scenarios}


def said(scenarios: Mapping[str, Scenario], leaving_out: set[str]) -> dict[str, Scenario]:
    """What the others say, wherever they stand."""
    return {name: replace(one, place=Place("")) for name, one in scenarios.items() if name not in leaving_out}


def file_of(scenario: Scenario) -> str:
    return f"scenarios/{scenario.place.file.rpartition('/')[2]}"


@pytest.fixture(scope="module", params=RULESETS)
def ruleset(request: pytest.FixtureRequest) -> Iterator[CompiledRuleset]:
    """Each shipped ruleset."""
    one = compiled(shipped(), request.param)
    yield one
    one.close()


def content(ruleset: CompiledRuleset, scenario: Scenario) -> bytes:
    return (shipped() / ruleset.ruleset.id / file_of(scenario)).read_bytes()


def test_a_client_copied_and_deleted_again_leaves_every_byte(ruleset: CompiledRuleset) -> None:
    for scenario in ruleset.ruleset.scenarios[::SHARE]:
        file, raw = file_of(scenario), content(ruleset, scenario)
        twice = copied(file, raw, scenario.name, "Another, with a comma")
        assert names_in(file, twice).count("Another, with a comma") == 1
        assert without(file, twice, "Another, with a comma") == raw


def test_a_client_given_another_name_is_all_that_changes(ruleset: CompiledRuleset) -> None:
    for scenario in ruleset.ruleset.scenarios[::SHARE]:
        file, raw = file_of(scenario), content(ruleset, scenario)
        before = raw.decode().splitlines()
        after = changed(file, raw, scenario.name, {"name": 'A "new": name #1'}).decode().splitlines()
        (line,) = [number for number, (was, now) in enumerate(zip(before, after, strict=True)) if was != now]
        assert before[line].startswith("- name: ")
        assert after[line].startswith('- name: "A \\"new\\": name #1"')


def test_a_change_to_what_stands_there_changes_nothing(ruleset: CompiledRuleset) -> None:
    for scenario in ruleset.ruleset.scenarios[::SHARE]:
        file, raw = file_of(scenario), content(ruleset, scenario)
        parts: dict[str, Any] = {"name": scenario.name, "assessment": scenario.assessment}
        assert changed(file, raw, scenario.name, parts) == raw


def test_every_client_who_differs_passes_once_what_he_gets_is_accepted(
    ruleset: CompiledRuleset, tmp_path: Path
) -> None:
    """Some clients are given the answers of the next one in their file; then what he gets is accepted."""
    name = ruleset.ruleset.id
    for one in RULESETS:
        shutil.copytree(shipped() / one, tmp_path / one)
    folder = tmp_path / name
    for file in sorted(folder.glob("scenarios/*.yaml")):
        raw = file.read_bytes()
        own = [one for one in ruleset.ruleset.scenarios if one.place.file.endswith(f"/{file.name}")]
        for scenario, other in [*zip(own, [*own[1:], own[0]], strict=True)][::SHARE]:
            raw = changed(file.name, raw, scenario.name, {"assessment": other.assessment})
        file.write_bytes(raw)
    mixed = compiled(tmp_path, name)
    swapped = by_name(mixed)
    results = list(try_scenarios(mixed, mixed.ruleset.scenarios))
    failed = [one for one in results if one.failures]
    assert failed
    for result in failed:
        path = folder / file_of(result.scenario)
        path.write_bytes(accepted(path.name, path.read_bytes(), result))
    again = compiled(tmp_path, name)
    accepted_now = by_name(again)
    assert accepted_now.keys() == swapped.keys()
    assert {one.scenario.name: one.problems for one in try_scenarios(again, again.ruleset.scenarios)} == {
        one.scenario.name: () if one.failures else one.problems for one in results
    }
    names = {one.scenario.name for one in failed}
    assert said(accepted_now, names) == said(swapped, names)


# -- how files are written --------------------------------------------------------------------------------

WRITTEN = """\
# Clients of ours.

- name: First   # a remark
  assessment: {concern: freckles, age: 40, light_risk: []}
  expect:
    # what counts
    verdict: defer   # for now
    sessions: {min: 1, typical: 2, max: 3}
    fired: [a, b]
  # and one further in

# between

-
  name: 'Second'
  assessment:
    concern: freckles
    age: 41
  expect: {verdict: defer, fired: [a]}
"""


def tried(
    name: str, expect: Mapping[str, Any], fired: tuple[str, ...], answer: dict[str, Any]
) -> ScenarioResult:
    """What came of a client who gets this answer."""
    scenario = Scenario(name, {}, expect, fired, (), None, Place("scenarios/a.yaml"))
    answer = {"fired": [], **answer}
    failed = tuple(failures(scenario, answer))
    return ScenarioResult(scenario, tuple(one.problem for one in failed), failed, None, answer)


FIRST = {"verdict": "defer", "sessions": {"min": "1", "typical": "2", "max": "3"}}
GETS = {"verdict": "several_sessions", "sessions": {"min": 1, "typical": 4, "max": 6}}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_accepting_changes_just_the_numbers_and_words_that_differ(end: str, mark: bytes) -> None:
    raw = mark + WRITTEN.replace("\n", end).encode()
    answer = {**GETS, "fired": [{"rule": "b"}]}
    after = accepted("scenarios/a.yaml", raw, tried("First", FIRST, ("a", "b"), answer))
    wanted = (
        WRITTEN.replace("verdict: defer   #", "verdict: several_sessions   #", 1)
        .replace("typical: 2, max: 3", "typical: 4, max: 6")
        .replace("    fired: [a, b]\n", "    fired: [b]\n    not fired: [a]\n")
    )
    assert after == mark + wanted.replace("\n", end).encode()


def test_a_rule_that_no_longer_fires_is_expected_not_to() -> None:
    answer = {"verdict": "defer", "fired": []}
    after = accepted("a", WRITTEN.encode(), tried("Second", {"verdict": "defer"}, ("a",), answer))
    assert after.decode() == WRITTEN.replace("defer, fired: [a]}", "defer, not fired: [a]}")


@pytest.mark.parametrize(
    ("expected", "got", "becomes"),
    [
        (
            "sessions: null",
            {"sessions": {"min": 1, "typical": 2, "max": 3}},
            "sessions: {min: 1, typical: 2, max: 3}",
        ),
        ("sessions: {min: 1, max: 2}", {"sessions": None}, "sessions: null"),
        (
            "sessions: {min: 1, max: 2}",
            {"sessions": {"min": 1, "typical": 3, "max": 4}},
            "sessions: {min: 1, max: 4}",
        ),
        ("unanswered: []", {"unanswered": ["age"]}, "unanswered: [age]"),
        ("unanswered:\n    - age\n    - sex", {"unanswered": ["sex"]}, "unanswered: [sex]"),
        (
            "benefits: [{id: a}]",
            {"benefits": [{"id": "a"}, {"id": "b", "text": "x"}]},
            "benefits: [{id: a}, {id: b}]",
        ),
        ("referrals: []", {"referrals": [{"rule": "r", "text": "Look."}]}, "referrals: [{rule: r}]"),
        ("conclusions: {dark: yes}", {"conclusions": {}}, "conclusions: {dark: no}"),
        ("scores: {kd: 8}", {"scores": {"kd": 9.5}}, "scores: {kd: 9.5}"),
        ("scores: {kd: 8}", {"scores": {"kd": None}}, "scores: {kd: null}"),
        ('verdict: "defer"', {"verdict": "do_not_treat"}, "verdict: do_not_treat"),
        ("verdict:\n      defer", {"verdict": "do_not_treat"}, "verdict: do_not_treat"),
    ],
)
def test_what_is_accepted_keeps_the_shape_of_what_was_expected(
    expected: str, got: dict[str, Any], becomes: str
) -> None:
    head = "- name: One\n  assessment: {}\n  expect:\n    one_session: undecided\n    "
    raw = f"{head}{expected}\n"
    data: Any = compose("a", raw.encode()).data
    answer = {"one_session": "undecided", "verdict": "defer", **got}
    after = accepted("a", raw.encode(), tried("One", data[0]["expect"], (), answer))
    assert after.decode() == f"{head}{becomes}\n"


def test_answers_are_changed_added_and_taken_out_where_they_stand() -> None:
    parts: dict[str, Any] = {"assessment": {"concern": "tattoo", "light_risk": [], "inks": ["black", "red"]}}
    after = changed("a", WRITTEN.encode(), "First", parts).decode()
    assert "{concern: tattoo, inks: [black, red], light_risk: []}" in after
    parts = {"assessment": {"age": 41, "sex": True}}
    after = changed("a", WRITTEN.encode(), "Second", parts).decode()
    assert "  assessment:\n    sex: yes\n    age: 41\n" in after
    assert (
        changed("a", WRITTEN.encode(), "Second", {"as of": "2026-12-01"})
        .decode()
        .endswith("fired: [a]}\n  as of: 2026-12-01\n")
    )


def test_remarks_between_clients_stay_and_those_within_one_go_with_him() -> None:
    after = without("a", WRITTEN.encode(), "First")
    assert after is not None
    assert after.decode().startswith("# Clients of ours.\n\n# between\n\n-\n")
    assert without("a", WRITTEN.encode(), "Second") == WRITTEN[: WRITTEN.index("\n-\n")].encode()


def test_a_file_that_would_hold_nothing_goes() -> None:
    assert without("a", b"- name: One\n  assessment: {}\n  expect: {verdict: defer}\n", "One") is None


def test_a_new_client_stands_at_the_end() -> None:
    item = "- name: New\n  assessment: {age: 4}\n  expect:\n    verdict: defer\n"
    assert added("a", None, item).decode() == item
    assert added("a", WRITTEN.encode(), item).decode() == f"{WRITTEN}\n{item}"
    indented = "  - name: One\n    assessment: {}\n    expect: {verdict: defer}"
    assert (
        added("a", indented.encode(), item)
        .decode()
        .endswith("\n\n  - name: New\n    assessment: {age: 4}\n    expect:\n      verdict: defer\n")
    )
    assert text_of("a", added("a", WRITTEN.encode(), item), "New") == item


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"- name: [", "mistake of YAML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"name: One", "not a list of clients"),
        (b"- One", "not a list of clients"),
        (b"[{name: One, assessment: {}, expect: {verdict: defer}}]", "in brackets"),
        (b"- name: Other\n  expect: {}\n", 'no client "One"'),
    ],
)
def test_what_cannot_be_edited_is_told_why(raw: bytes, says: str) -> None:
    with pytest.raises(CantEdit, match=says):
        without("scenarios/a.yaml", raw, "One")


def test_two_clients_never_get_the_same_name() -> None:
    with pytest.raises(CantEdit, match="another name"):
        copied("a", WRITTEN.encode(), "First", "Second")
    with pytest.raises(CantEdit, match="another name"):
        changed("a", WRITTEN.encode(), "First", {"name": "Second"})


def test_there_is_nothing_to_accept_of_one_who_gets_no_answer() -> None:
    scenario = tried("First", FIRST, (), GETS).scenario
    with pytest.raises(CantEdit, match="no answer to accept"):
        accepted("a", WRITTEN.encode(), ScenarioResult(scenario, ()))

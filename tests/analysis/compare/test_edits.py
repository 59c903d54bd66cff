"""An edit is what somebody meant to change: what only looks otherwise is none, and no edit is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.analysis.compare.compare import Comparison, compare
from service.analysis.compare.edits import edits
from service.analysis.compare.meaning import edited_lines, meaning_lines
from service.documenting.changes import changes_since, differences
from service.evaluation.compiled import CompiledRuleset
from service.model.ruleset import Ruleset
from service.store.folders import shipped
from tests.analysis.compare.test_cases import BASE, after, read
from tests.documenting.samples import ruleset

Edit = tuple[str, str, str]
"""A file, a text in it, and what stands there instead."""

SAME: dict[str, list[Edit]] = {
    "true for yes": [
        ("assessment.yaml", "default: no}", "default: false}"),
        ("assessment.yaml", "must ask: true", "must ask: yes"),
        ("factors/2-response.yaml", "{sensitive: yes}", "{sensitive: true}"),
        ("guarantees.yaml", "{gold: yes}", "{gold: true}"),
        ("scenarios/1-all.yaml", "gold: no}", "gold: false}"),
    ],
    "keys of when in another order": [
        ("factors/1-concern.yaml", "{concern: spots, severity: mild}", "{severity: mild, concern: spots}"),
    ],
    "options in another order": [
        ("assessment.yaml", "[black, red, green]", "[green, black, red]"),
        (
            "assessment.yaml",
            "      spots: {label: Sun spots, most: 4}\n      scars: {label: Scars, most: 8}\n",
            "      scars: {label: Scars, most: 8}\n      spots: {most: 4, label: Sun spots}\n",
        ),
    ],
    "a list of values in another order": [
        ("assessment.yaml", "only if: {concern: [spots, scars]}", "only if: {concern: [scars, spots]}"),
    ],
    "effects in another order": [
        (
            "factors/1-concern.yaml",
            "{sessions: 5 to 9, interval weeks: 6 to 8}",
            "{interval weeks: 6 to 8, sessions: 5 to 9}",
        ),
    ],
    "numbers written otherwise": [
        ("factors/1-concern.yaml", "{sessions: 5 to 9,", "{sessions: {min: 5, typical: 7, max: 9},"),
        ("factors/1-concern.yaml", "interval weeks: 4 to 6", "interval weeks: 4–6"),
        ("assessment.yaml", "times: 0.5}", "times: 0.50}"),
        ("assessment.yaml", "0 to 120", "0-120"),
        ("ruleset.yaml", "sessions: 1 to 20", "sessions: 1-20"),
    ],
}

TOLD: dict[str, tuple[Edit, str, str]] = {
    "levels in another order": (
        ("assessment.yaml", "levels: [mild, moderate, severe]", "levels: [moderate, mild, severe]"),
        "  levels: mild, moderate, severe -> moderate, mild, severe",
        "The question “How severe is it?”, choices, from low to high: was “mild, moderate and severe”, "
        "is now “moderate, mild and severe”.",
    ),
    "factors in another order": (
        ("ruleset.yaml", "progress: Progress, safety: Safety", "safety: Safety, progress: Progress"),
        "    new: concern, response, safety, progress",
        "The ruleset, factors, in their order: was “concern, response, progress and safety”, "
        "is now “concern, response, safety and progress”.",
    ),
    "a level less": (
        ("assessment.yaml", "levels: [mild, moderate, severe]", "levels: [mild, severe]"),
        "  option moderate, label: moderate -> nothing",
        "The question “How severe is it?”, choices: no longer “moderate”.",
    ),
    "yes for no": (
        ("assessment.yaml", "default: no}", "default: yes}"),
        "  default: no -> yes",
        "The question “Sensitive skin?”, if it is left open: was “Taken as “no””, is now “Taken as “yes””.",
    ),
    "another part of when": (
        (
            "factors/1-concern.yaml",
            "{concern: spots, severity: mild}",
            "{severity: moderate, concern: spots}",
        ),
        "    new: severity: moderate, concern: spots",
        "The rule “Mild sun spots”, when: no longer “How severe is it? is mild”; "
        "now “How severe is it? is moderate”.",
    ),
    "any for all": (
        (
            "factors/1-concern.yaml",
            "{concern: spots, severity: mild}",
            "{any: [{concern: spots}, {severity: mild}]}",
        ),
        "    new: any: [{concern: spots}, {severity: mild}]",
        "The rule “Mild sun spots”, when: no longer “What should be treated? is Sun spots”, "
        "“How severe is it? is mild”; now “at least one of these "
        "(What should be treated? is Sun spots / How severe is it? is mild)”.",
    ),
    "another attribute of one option": (
        ("assessment.yaml", "{label: Scars, most: 8}", "{label: Scars, most: 7}"),
        "  option scars, most: 8 -> 7",
        "The question “What should be treated?”, what rules know of the answers: "
        "no longer “Scars (Most: 8)”; now “Scars (Most: 7)”.",
    ),
    "a digit far behind the point": (
        ("assessment.yaml", "times: 0.5}", "times: 0.50000000001}"),
        "  option some, times: 0.5 -> 0.50000000001",
        "The question “What result is hoped for?”, what rules know of the answers: "
        "no longer “Some (Times: 0.5)”; now “Some (Times: 0.50000000001)”.",
    ),
    "a digit far behind the point of an amount": (
        ("factors/2-response.yaml", "add interval weeks: 2,", "add interval weeks: 2.0000001,"),
        "  then, add interval weeks: 2 -> 2.0000001",
        "The rule “Sensitive skin”, what it does: no longer “Between sessions: 2 weeks more”; "
        "now “Between sessions: 2.0000001 weeks more”.",
    ),
    "another text": (
        ("factors/2-response.yaml", "We begin gently.", "We begin slowly."),
        "  then, advise: We begin gently. -> We begin slowly.",
        "The rule “Sensitive skin”, what it does: no longer “Advice: We begin gently.”; "
        "now “Advice: We begin slowly.”.",
    ),
    "what is asked no more": (
        ("assessment.yaml", "inputs:", "removed: {border: Ask for the edge.}\ninputs:"),
        "  removed, border: nothing -> Ask for the edge.",
        "What was asked as “border” is new. Text: “Ask for the edge.”.",
    ),
    "a rule by another id": (
        ("factors/1-concern.yaml", "id: tattoo", "id: ink"),
        "  id: tattoo -> ink",
        "The rule “Tattoos”, id: was “tattoo”, is now “ink”.",
    ),
}


def edited(folder: Path, *made: Edit) -> tuple[Ruleset, Ruleset]:
    """The base, and the same after these edits."""
    case: dict[str, Any] = {"edits": [{"file": file, "before": was, "after": now} for file, was, now in made]}
    return read(BASE, "old"), after(folder, case)


def rewritten(folder: Path, rewrite: Callable[[bytes], bytes]) -> tuple[Ruleset, Ruleset]:
    """The base, and the same with every file rewritten by a tool."""
    root = folder / "clinic"
    shutil.copytree(BASE, root)
    for path in root.rglob("*.yaml"):
        path.write_bytes(rewrite(path.read_bytes()))
    return read(BASE, "old"), read(root, "new")


def in_words(old: Ruleset, new: Ruleset) -> tuple[list[str], tuple[str, ...]]:
    """The edits as ``diff`` prints them, and as the page that is signed says them."""
    return [*edited_lines(Comparison(edits(old, new)))], changes_since(old, new).edited


@pytest.mark.parametrize("name", SAME)
def test_what_means_the_same_is_no_edit(tmp_path: Path, name: str) -> None:
    old, new = edited(tmp_path, *SAME[name])
    assert old.digest != new.digest
    assert in_words(old, new) == (["Nothing."], ())


@pytest.mark.parametrize("name", SAME)
def test_what_is_no_edit_changes_nothing_that_clients_are_told(tmp_path: Path, name: str) -> None:
    old, new = (CompiledRuleset(one) for one in edited(tmp_path, *SAME[name]))
    comparison = compare(old, new)
    old.close()
    new.close()
    assert [*meaning_lines(comparison)] == [
        "No change in meaning: all are accepted, planned and told as before. "
        "This is proven over every possible assessment."
    ]


@pytest.mark.parametrize("name", TOLD)
def test_what_means_something_else_is_an_edit_and_the_only_one(tmp_path: Path, name: str) -> None:
    made, line, sentence = TOLD[name]
    lines, page = in_words(*edited(tmp_path, made))
    assert line in lines
    assert sum(not text.startswith(" ") for text in lines) == 1
    assert page == (sentence,)


def test_scores_and_conclusions_in_another_order_are_no_edit(tmp_path: Path) -> None:
    plain = "advise: We begin gently.}"
    both = (
        "advise: We begin gently., points: {a: [1, 3], b: 2}, conclude: {calm: yes, mild: yes}}",
        "conclude: {mild: true, calm: true}, points: {b: 2, a: [3, 1]}, advise: We begin gently.}",
    )
    sides = []
    for number, text in enumerate(both):
        (tmp_path / str(number)).mkdir()
        sides.append(edited(tmp_path / str(number), ("factors/2-response.yaml", plain, text))[1])
    assert in_words(*sides) == (["Nothing."], ())
    old, new = map(CompiledRuleset, sides)
    assert compare(old, new).texts == ()
    old.close()
    new.close()


def test_line_ends_of_another_machine_are_no_edit(tmp_path: Path) -> None:
    old, new = rewritten(tmp_path, lambda text: text.replace(b"\n", b"\r\n"))
    assert in_words(old, new) == (["Nothing."], ())


def test_files_that_a_tool_wrote_anew_with_sorted_keys_have_other_levels_and_factors_alone(
    tmp_path: Path,
) -> None:
    def sort(text: bytes) -> bytes:
        return yaml.dump(yaml.load(text, Loader=yaml.CBaseLoader), sort_keys=True).encode()

    _, page = in_words(*rewritten(tmp_path, sort))
    assert page == (
        "The ruleset, factors, in their order: was “concern, response, progress and safety”, "
        "is now “concern, progress, response and safety”.",
        "The question “What result is hoped for?”, choices, from low to high: was “Some, Clear and All”, "
        "is now “Clear, All and Some”.",
    )


@pytest.mark.parametrize("rule", ["{concern: not tattoo}", "{goal: at least clear}", "{concern: given}"])
def test_a_rule_whose_words_stay_is_not_edited_by_an_option_more(tmp_path: Path, rule: str) -> None:
    """More options pass it now: that is an edit of the question, and of no rule."""
    begun = ("factors/2-response.yaml", "when: {concern: tattoo}", f"when: {rule}")
    more = (
        ("assessment.yaml", "tattoo: {label: Tattoo, most: 15}", "tattoo: {label: Tattoo, most: 15}\n"
         "      veins: {label: Veins, most: 5}"),
        ("assessment.yaml", "complete: {label: All, times: 2}", "complete: {label: All, times: 2}, "
         "perfect: {label: Perfect, times: 3}"),
    )  # fmt: skip
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    _, old = edited(tmp_path / "before", begun)
    _, new = edited(tmp_path / "after", begun, *more)
    assert {edit.kind for edit in edits(old, new)} == {"question"}
    assert changes_since(old, new).edited == (
        "The question “What should be treated?”, choices: now “Veins”.",
        "The question “What should be treated?”, what rules know of the answers: now “Veins (Most: 5)”.",
        "The question “What result is hoped for?”, choices: now “Perfect”.",
        "The question “What result is hoped for?”, what rules know of the answers: now “Perfect (Times: 3)”.",
        "The question “What result is hoped for?”, choices, from low to high: was “Some, Clear and All”, "
        "is now “Some, Clear, All and Perfect”.",
    )


def test_a_clinic_with_one_laser_of_its_own_has_nothing_else_of_its_own(tmp_path: Path) -> None:
    shutil.copytree(shipped() / "pico-laser", tmp_path / "pico-laser")
    own = tmp_path / "mini"
    own.mkdir()
    (own / "ruleset.yaml").write_text(
        "id: mini\ntitle: Mini\nversion: 1.0.0\nextends: pico-laser\n", encoding="utf-8"
    )
    (own / "assessment.yaml").write_text(
        "inputs:\n  device:\n    one of:\n"
        "      x: {label: X, wavelengths_nm: [532], pulse: picosecond, fractional: no}\n",
        encoding="utf-8",
    )
    assert differences(ruleset(tmp_path, "pico-laser"), ruleset(tmp_path, "mini")) == (
        "The question “Which laser is used?”, choices: now “X”.",
        "The question “Which laser is used?”, what rules know of the answers: "
        "now “X (Wavelengths (nm): 532, Pulse: picosecond, Fractional: no)”.",
    )

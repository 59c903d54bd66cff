"""Edits of the shipped rulesets: what they mean is told, and each example really changes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.analysis.compare.breaking import breaking
from service.analysis.compare.compare import Comparison, compare
from service.analysis.compare.meaning import changes
from service.evaluation.compiled import CompiledRuleset
from service.store.folders import read_shelf, shipped
from tests.analysis.compare.tried import plan_of
from tests.waiting import PATIENCE_S

TATTOO = "factors/1-concern-tattoo.yaml"
SAMPLES = "what remains after sessions were done, looked at in samples"
TEXTURE = "factors/1-concern-texture.yaml"
RESPONSE = "factors/2-response.yaml"
SAFETY = "factors/6-safety.yaml"


@pytest.fixture(scope="module")
def pico() -> Iterator[CompiledRuleset]:
    read = read_shelf(shipped() / "pico-laser").read["pico-laser"]
    assert read.ruleset is not None
    compiled = CompiledRuleset(read.ruleset)
    yield compiled
    compiled.close()


def edited(folder: Path, file: str, before: str, after: str, ruleset: str = "pico-laser") -> CompiledRuleset:
    root = folder / ruleset
    shutil.copytree(shipped() / ruleset, root)
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, (file, before)
    path.write_text(text.replace(before, after), encoding="utf-8")
    read = read_shelf(root).read[ruleset]
    assert read.ruleset is not None, read.problems
    return CompiledRuleset(read.ruleset)


def says(comparison: Comparison) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    return [(one.where, one.says) for one in comparison.plans]


def each_example_changes(old: CompiledRuleset, new: CompiledRuleset, comparison: Comparison) -> None:
    for one in comparison.plans:
        assert one.example is not None
        before, after = old.decide_example(one.example), new.decide_example(one.example)
        assert not isinstance(before, tuple)
        assert not isinstance(after, tuple)
        assert plan_of(before, {}) != plan_of(after, {}), one


@pytest.mark.parametrize("name", ["pico-laser", "tattoo-kirby-desai", "example-clinic"])
def test_a_shipped_ruleset_means_the_same_as_its_copy_with_a_comment(name: str, tmp_path: Path) -> None:
    new = edited(tmp_path, "ruleset.yaml", f"id: {name}\n", f"id: {name} # ours\n", name)
    read = read_shelf(shipped() / name).read[name]
    assert read.ruleset is not None
    old = CompiledRuleset(read.ruleset)
    assert old.ruleset.digest != new.ruleset.digest
    assert compare(old, new, seconds=PATIENCE_S) == Comparison(())
    assert breaking(old.ruleset, new.ruleset, seconds=PATIENCE_S) == ()


def test_one_edited_base_is_told(pico: CompiledRuleset, tmp_path: Path) -> None:
    before, after = "{min: 3, typical: 4, max: 6}", "{min: 4, typical: 5, max: 6}"
    new = edited(tmp_path, TEXTURE, f"sessions: {before}", f"sessions: {after}")
    comparison = compare(pico, new, seconds=PATIENCE_S)
    assert comparison.not_decided == (SAMPLES,)
    each_example_changes(pico, new, comparison)
    first = comparison.plans[0]
    assert first.where == ("concern striae, phototype I to IV",)
    assert first.changes == (("sessions", "3 to 6, typically 4", "4 to 6, typically 5"),)
    last = comparison.plans[-1]
    assert last.where == ("concern striae, phototype VI",)
    assert last.says == ("sessions 3 to 6, typically 5 -> no number",)


def test_a_base_from_which_progress_is_expected_changes_plans_under_way(
    pico: CompiledRuleset, tmp_path: Path
) -> None:
    before, after = "{min: 5, typical: 8, max: 15}", "{min: 6, typical: 9, max: 15}"
    new = edited(tmp_path, TATTOO, f"sessions: {before}", f"sessions: {after}")
    comparison = compare(pico, new, seconds=PATIENCE_S)
    assert comparison.not_decided == (SAMPLES,)
    assert comparison.plans[0].says == ("sessions: more",)


def test_a_wider_gate_says_who_is_referred_now(pico: CompiledRuleset, tmp_path: Path) -> None:
    title = "title: Skin types V and VI see a clinician first\n    when:\n      phototype: at least "
    new = edited(tmp_path, RESPONSE, f"{title}V", f"{title}IV")
    comparison = compare(pico, new, seconds=PATIENCE_S)
    where, now = (
        ("phototype IV, sessions_done 0 or not given",),
        ("referred by darker-skin-sees-a-clinician now",),
    )
    assert says(comparison) == [(where, now)]
    count = comparison.count
    assert count is not None
    assert (count.over, count.changed, count.all) == (("phototype", "sessions_done"), 2, 252)
    each_example_changes(pico, new, comparison)


def test_a_gate_that_no_longer_stops_is_seen(pico: CompiledRuleset, tmp_path: Path) -> None:
    text = (shipped() / "pico-laser" / SAFETY).read_text(encoding="utf-8")
    gate = next(line for line in text.splitlines() if line.strip() == "gold_therapy: yes")
    new = edited(
        tmp_path, SAFETY, f"{gate}\n", f"{gate}\n{gate.replace('gold_therapy: yes', 'goal: clear')}\n"
    )
    comparison = compare(pico, new, seconds=PATIENCE_S)
    assert [where for where, _ in says(comparison)] == [
        ("goal some, nearly_all or complete, gold_therapy yes",)
    ]
    assert all("no longer stopped by" in says_it for _, each in says(comparison) for says_it in each)
    each_example_changes(pico, new, comparison)


def test_what_remains_is_looked_at_in_samples(pico: CompiledRuleset, tmp_path: Path) -> None:
    new = edited(
        tmp_path,
        "factors/5-progress.yaml",
        "margin: 10, expected: {clears: 75}",
        "margin: 5, expected: {clears: 75}",
    )
    comparison = compare(pico, new, seconds=PATIENCE_S)
    assert comparison.plans
    assert all(not one.whole and one.says[0].startswith("still needed") for one in comparison.plans)
    each_example_changes(pico, new, comparison)


def test_a_new_laser_is_accepted_and_changes_nothing_else(pico: CompiledRuleset, tmp_path: Path) -> None:
    laser = "picomine: {label: Mine, wavelengths_nm: [755], pulse: picosecond, fractional: no}"
    new = edited(tmp_path, "assessment.yaml", "      qs-ndyag:  ", f"      {laser}\n      qs-ndyag:  ")
    comparison = compare(pico, new, seconds=PATIENCE_S)
    assert (comparison.plans, comparison.texts, comparison.refused) == ((), (), ())
    assert [one.where for one in comparison.accepted] == [("device picomine",)]
    assert breaking(pico.ruleset, new.ruleset, seconds=PATIENCE_S) == ()


def test_without_time_nothing_is_claimed(pico: CompiledRuleset, tmp_path: Path) -> None:
    new = edited(tmp_path, "assessment.yaml", "times_complete: 1.25}", "times_complete: 1.3}")
    comparison = compare(pico, new, seconds=0)
    assert comparison.not_decided
    assert comparison.means_something
    told = changes(pico, new, seconds=0)
    assert not told.decided
    assert not any("proven over" in line for line in told.meaning)


def test_without_time_a_breaking_edit_is_not_decided(pico: CompiledRuleset, tmp_path: Path) -> None:
    new = edited(tmp_path, "assessment.yaml", "whole number: 0 to 120", "whole number: 16 to 120")
    (problem,) = breaking(pico.ruleset, new.ruleset, seconds=0)
    assert (problem.code, problem.severity) == ("not-decided", "warning")
    (problem,) = breaking(pico.ruleset, new.ruleset, seconds=PATIENCE_S)
    assert (problem.code, problem.severity, problem.place.file[-15:]) == (
        "breaking-edit",
        "error",
        "assessment.yaml",
    )
    assert "Raise the version to 3.0.0" in problem.message

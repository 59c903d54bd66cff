"""What a draft means beside what is live is said as ``picoplan diff`` says it: never more is proven."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.analysis.compare.compare import compare
from service.analysis.compare.meaning import NOT_DECIDED, meaning_lines
from service.drafting.comparing import live_side, meaning_data
from service.evaluation.compiled import CompiledRuleset
from service.store.editions import edition_of, extended_edition
from service.store.folders import read_shelf
from service.store.snapshot import take_snapshot
from service.wording.labels import Labels
from tests.commandline.samples import write_small


@pytest.fixture(scope="module")
def rulesets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small ruleset."""
    return write_small(tmp_path_factory.mktemp("comparing"))


@pytest.fixture(scope="module")
def live(rulesets: Path) -> Iterator[CompiledRuleset]:
    """It, as it is live."""
    side = live_side(edition_of(read_shelf(rulesets).read["small"]))
    yield side
    side.close()


def edited(rulesets: Path, folder: Path, old: str, new: str) -> CompiledRuleset:
    """The ruleset with another text in its rules."""
    for path in (rulesets / "small").rglob("*.yaml"):
        to = folder / "small" / path.relative_to(rulesets / "small")
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return take_snapshot(read_shelf(folder)).served["small"]


EDITS = (
    ("because: Darker skin is given more time.", "because: It heals slowly."),
    ("sessions: 4 to 6,", "sessions: 4 to 7,"),
)


@pytest.mark.parametrize("seconds", [30.0, 0.000001])
@pytest.mark.parametrize(("old", "new"), EDITS)
def test_what_is_proven_is_said_in_the_words_of_the_command(
    rulesets: Path, live: CompiledRuleset, tmp_path: Path, old: str, new: str, seconds: float
) -> None:
    draft = edited(rulesets, tmp_path, old, new)
    labels = Labels(draft.ruleset, live.ruleset)
    comparison = compare(live, draft, seconds=seconds, labels=labels)
    lines = list(meaning_lines(comparison, labels))
    said = meaning_data(live, draft, seconds=seconds)
    assert said["decided"] is (not comparison.not_decided)
    assert said["decided"] is (NOT_DECIDED not in lines)
    assert said["verdict"] == lines[: len(said["verdict"])]
    after = lines[lines.index(NOT_DECIDED) + 1 :] if NOT_DECIDED in lines else []
    assert [f"  {one}" for one in said["not_decided"]] == after
    titles = [kinds["title"] for kinds in said["kinds"] if kinds["statements"]]
    assert titles == [line for line in lines if line in titles]
    for kinds in said["kinds"]:
        for one in kinds["statements"]:
            assert f"  {one['for_whom']}" in lines
            assert all(f"    {says}" in lines for says in one["says"])
    draft.close()


def test_what_takes_too_long_is_never_proven(rulesets: Path, live: CompiledRuleset, tmp_path: Path) -> None:
    draft = edited(rulesets, tmp_path, *EDITS[1])
    said = meaning_data(live, draft, seconds=0.000001)
    assert not said["decided"]
    assert not any("proven over every" in line for line in said["verdict"])
    draft.close()


def test_an_example_is_answered_by_both(rulesets: Path, live: CompiledRuleset, tmp_path: Path) -> None:
    draft = edited(rulesets, tmp_path, *EDITS[1])
    said = meaning_data(live, draft, seconds=30)
    (plans,) = [kinds for kinds in said["kinds"] if kinds["title"] == "Other plans:"]
    example = plans["statements"][0]["example"]
    assert example["live"]["says"] != example["draft"]["says"]
    assert example["live"]["filled"] == example["draft"]["filled"]
    assert example["answers"]
    draft.close()


def test_a_new_ruleset_is_held_against_the_one_that_it_extends(rulesets: Path, tmp_path: Path) -> None:
    shutil.copytree(rulesets / "small", tmp_path / "small")
    own = tmp_path / "corner"
    (own / "factors").mkdir(parents=True)
    header = "id: corner\ntitle: Our corner\nversion: 1.0.0\nowner: Lead\nextends: small\n"
    (own / "ruleset.yaml").write_text(header, encoding="utf-8")
    (own / "assessment.yaml").write_text("inputs: {}\n", encoding="utf-8")
    rule = (
        "factor: concern\nrules:\n  - id: careful\n    title: Careful\n    when: {concern: scars}\n"
        "    then: {advise: Come rested.}\n    because: We saw it.\n"
    )
    (own / "factors/1-ours.yaml").write_text(rule, encoding="utf-8")
    shelf = read_shelf(tmp_path)
    edition = extended_edition(shelf.read["corner"])
    assert edition is not None, shelf.all_problems
    assert extended_edition(shelf.read["small"]) is None
    before = live_side(edition)
    small, corner = shelf.read["small"].ruleset, take_snapshot(shelf).served["corner"]
    assert small is not None
    assert (before.ruleset.id, before.ruleset.digest) == ("small", small.digest)
    said = meaning_data(before, corner, seconds=30)
    assert (said["extended"], said["decided"]) == ("small", True)
    assert "Come rested." in str(said["kinds"])
    assert meaning_data(before, before, seconds=30)["extended"] is None

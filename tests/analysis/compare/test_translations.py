"""A changed translation is another text, and the same plan for everybody."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.commandline.console import picoplan
from tests.serving.translated import translate
from tests.web.small import write_small


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two copies of a ruleset, the second one in Spanish."""
    write_small(tmp_path / "old")
    shutil.copytree(tmp_path / "old", tmp_path / "new")
    translate(tmp_path / "new", "small", "es")
    return tmp_path / "old" / "small", tmp_path / "new" / "small"


def diff(old: Path, new: Path) -> dict[str, Any]:
    said = picoplan("diff", "--json", old, new)
    assert said.code == 0, said.err
    (found,) = json.loads(said.out)["rulesets"]
    return dict(found)


def said(found: dict[str, Any]) -> list[str]:
    assert not found["plans"]
    assert not found["not_decided"]
    return [text for one in found["texts"] for text in one["says"]]


def test_another_translation_is_told_with_its_text_and_its_language(pair: tuple[Path, Path]) -> None:
    _, new = pair
    shutil.copytree(new.parent, other := new.parents[1] / "other")
    file = other / "small" / "texts.es.yaml"
    file.write_text(file.read_text().replace("es{Gold therapy}", "Oro"))
    found = diff(new, other / "small")
    assert said(found) == ['in es, "title" of gold: es{Gold therapy} -> Oro']
    assert [(one["kind"], one["name"]) for one in found["edits"]] == [("translation", "es")]


def test_a_language_that_came_or_went_is_told_once(pair: tuple[Path, Path]) -> None:
    old, new = pair
    assert said(diff(old, new)) == ["answers in es: now"]
    assert said(diff(new, old)) == ["answers in es: no longer"]


def test_where_the_original_changes_its_translation_falls_away_and_both_are_told(
    pair: tuple[Path, Path],
) -> None:
    _, new = pair
    shutil.copytree(new.parent, other := new.parents[1] / "other")
    rules = other / "small" / "factors" / "1-concern.yaml"
    rules.write_text(rules.read_text().replace("One trial saw it", "Two trials saw it"))
    assert sorted(said(diff(new, other / "small"))) == [
        "because of sun-spots: One trial saw it. -> Two trials saw it.",
        'in es, "because" of sun-spots: es{One trial saw it.} -> Two trials saw it.',
    ]


def test_translations_that_went_with_their_rule_are_no_edit_of_their_own(pair: tuple[Path, Path]) -> None:
    _, translated = pair
    clinics = [translated.parents[1] / name for name in ("before", "after")]
    for root, disabled in zip(clinics, ("", "disable: [gold]\n"), strict=True):
        shutil.copytree(translated.parent, root)
        (root / "clinic").mkdir()
        header = f"id: clinic\ntitle: Clinic\nversion: 1.0.0\nextends: small\n{disabled}"
        (root / "clinic" / "ruleset.yaml").write_text(header)
    found = diff(*(root / "clinic" for root in clinics))
    assert [(one["kind"], one["name"]) for one in found["edits"]] == [("rule", "gold")]

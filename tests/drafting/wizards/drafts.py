"""Rulesets as a wizard sees them: as read, with the texts of all their files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from service.drafting.wizards.trial import Texts
from service.model.ruleset import Ruleset
from service.store.folders import read_shelf, shipped
from tests.web.small import ASSESSMENT, CONCERN, EVIDENCE, GUARANTEES, RULESET, SAFETY

SMALL: Mapping[str, str] = {
    "ruleset.yaml": RULESET,
    "assessment.yaml": ASSESSMENT,
    "factors/1-concern.yaml": CONCERN,
    "factors/2-safety.yaml": SAFETY,
    "guarantees.yaml": GUARANTEES,
    "evidence.yaml": EVIDENCE,
}


@cache
def shipped_draft(name: str) -> tuple[Ruleset, Texts]:
    """A shipped ruleset."""
    return _read(shipped(), name)


def draft_of(folder: Path, name: str, files: Mapping[str, str]) -> tuple[Ruleset, Texts]:
    """A ruleset of these files, written into the folder."""
    for file, text in files.items():
        path = folder / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return _read(folder, name)


def _read(folder: Path, name: str) -> tuple[Ruleset, Texts]:
    read = read_shelf(folder, only=name).read[name]
    assert read.ruleset is not None, read.problems
    return read.ruleset, {file: raw.decode() for file, raw in read.files.items()}

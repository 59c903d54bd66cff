"""Rulesets to make documents of: samples, the shipped ones, and a small one with everything in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from service.documenting.dossier import Dossier, gather
from service.model.ruleset import Ruleset
from service.store.folders import read_shelf, shipped

SAMPLES = Path(__file__).parent / "rulesets"
SHIPPED = shipped()


def ruleset(folder: Path, name: str) -> Ruleset:
    """Read one ruleset of a folder."""
    found = read_shelf(folder).read[name]
    assert found.ruleset is not None, found.problems
    return found.ruleset


def dossier(folder: Path, name: str, older: Ruleset | None = None) -> Dossier:
    """Gather all that is known of one ruleset of a folder."""
    return gather(read_shelf(folder, "rulesets"), name, older=older)


@cache
def shipped_dossier(name: str) -> Dossier:
    """Gather all that is known of a shipped ruleset, once for all tests of a process."""
    return dossier(SHIPPED, name)

"""Copies of rulesets with a mistake in them, and what comes of it, stage by stage."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from service.analysis.checks.check import CHECKS
from service.analysis.compare.breaking import breaking, raises_major
from service.analysis.compare.edits import edits
from service.model.problem import Problem, in_order
from service.model.ruleset import Ruleset
from service.reading.ruleset import Read
from service.serving.trying import try_scenarios
from service.store.folders import read_shelf
from service.store.snapshot import Snapshot, take_snapshot
from service.vetting.check import check_shelf

CASES = Path(__file__).parent / "cases"
SLIPS = Path(__file__).parent / "slips"
BASE = Path(__file__).parent / "rulesets"
"""The rulesets as they first shipped, for what is shipped later moves no mistake; and two small ones."""
RULESETS = ("corner-clinic", "example-clinic", "laser-room", "pico-laser", "tattoo-kirby-desai")
EXTENDED = {"corner-clinic": "laser-room", "example-clinic": "pico-laser"}
CLIENT = "client.yaml"
SHOWN_AS = "rulesets"

Problems = tuple[Problem, ...]


def load_case(path: Path) -> dict[str, Any]:
    """One case as plain data in which every scalar is text."""
    case = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
    assert isinstance(case, dict)
    return case


def copied(folder: Path, ruleset: str) -> Path:
    """The folder of rulesets with a copy of one, and of the one that it extends."""
    for name in filter(None, (EXTENDED.get(ruleset), ruleset)):
        shutil.copytree(BASE / name, folder / name)
    return folder


def make(folder: Path, case: Mapping[str, Any]) -> Path:
    """The folder of rulesets with the mistake of a case in it.

    Each of ``edits`` names a ``file`` of the ruleset and what is done to it: the one place that reads
    ``replace`` becomes ``with``; ``append`` is written below; ``rename`` and ``copy`` give a new name;
    ``write`` makes the whole file; ``delete``; ``saved`` is how an editor saved it: with "Windows line ends",
    "a byte order mark" or "Latin-1". ``client``: the file of a client that lies beside the rulesets.
    """
    root = copied(folder, case["ruleset"])
    if "client" in case:
        (root / CLIENT).write_text(case["client"], encoding="utf-8")
    edit(root, case, "edits")
    return root


def edit(root: Path, case: Mapping[str, Any], which: str) -> None:
    """Make these edits of the case: in its ruleset below the folder, or in the client's file beside it."""
    for one in case[which]:
        _edit(root if one["file"] == CLIENT else root / case["ruleset"], one)


def _edit(ruleset: Path, edit: Mapping[str, str]) -> None:
    path = ruleset / edit["file"]
    if "rename" in edit:
        path.rename(ruleset / edit["rename"])
    elif "copy" in edit:
        target = ruleset / edit["copy"]
        target.parent.mkdir(exist_ok=True)
        shutil.copy(path, target)
    elif "delete" in edit:
        path.unlink()
    elif "write" in edit:
        path.write_text(edit["write"], encoding="utf-8")
    elif "saved" in edit:
        _save(path, edit["saved"])
    else:
        _change(path, edit)


def _change(path: Path, edit: Mapping[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    if "append" in edit:
        changed = text + edit["append"]
    else:
        assert text.count(edit["replace"]) == 1, f"{text.count(edit['replace'])} times: {edit['replace']}"
        changed = text.replace(edit["replace"], edit["with"])
    path.write_text(changed, encoding="utf-8")


def _save(path: Path, saved: str) -> None:
    text = path.read_text(encoding="utf-8")
    if saved == "Windows line ends":
        path.write_bytes(text.replace("\n", "\r\n").encode())
    elif saved == "a byte order mark":
        path.write_bytes(text.encode("utf-8-sig"))
    else:
        assert saved == "Latin-1", saved
        path.write_bytes(text.encode("latin-1"))


class Looked:
    """What each stage finds in one ruleset of a folder, as the command line would say it."""

    def __init__(self, root: Path, ruleset: str) -> None:
        self._shelf = read_shelf(root, SHOWN_AS, only=ruleset)
        self._name = ruleset
        self.snapshot: Snapshot = take_snapshot(self._shelf)

    @property
    def read(self) -> Read:
        """What came of reading it."""
        return self._shelf.read[self._name]

    @property
    def ruleset(self) -> Ruleset:
        """The ruleset, where it has no errors."""
        assert self.read.ruleset is not None, self.read.problems
        return self.read.ruleset

    def reading(self) -> Problems:
        """What reading and checks find, as ``picoplan check --no-proofs`` says it."""
        return self._shelf.all_problems

    def proofs(self) -> Problems:
        """What proofs find; nothing is proven of a ruleset with errors. There is time for a busy machine."""
        checked = check_shelf(self._shelf, scenarios=False, prove_seconds=100)
        checked.close()
        return checked.proof_problems

    def scenarios(self) -> Problems:
        """What ``picoplan test`` finds."""
        return in_order(
            problem
            for compiled in self.snapshot.served.values()
            for tried in try_scenarios(compiled, compiled.ruleset.scenarios)
            for problem in tried.problems
        )

    def client_of(self, problem: Problem) -> Mapping[str, object]:
        """The client of the scenario in which the problem stands: the last that begins above it."""
        above = [one for one in self.ruleset.scenarios if one.place <= problem.place]
        return max(above, key=lambda one: one.place).assessment

    def refused(self, before: Ruleset) -> Problems:
        """Assessments of before that are refused, where the version does not say so."""
        return () if raises_major(before, self.ruleset) else breaking(before, self.ruleset)

    def edited(self, before: Ruleset) -> list[str]:
        """What ``picoplan diff`` says was edited since before."""
        return [f"{edit.kind} {edit.name} {edit.how}" for edit in edits(before, self.ruleset)]

    def run(self, problems: Iterable[Problem]) -> int:
        """Run the examples of problems; how many there were. Each is an assessment that can be planned."""
        count = 0
        for problem in problems:
            for text in problem.examples:
                assert not isinstance(self.snapshot.served[self._name].decide(json.loads(text)), tuple), text
                count += 1
        return count


def stage_of(problem: Problem) -> str:
    """Whether reading or a check found it."""
    return "check" if problem.code in CHECKS else "reading"

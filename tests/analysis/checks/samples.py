"""Small rulesets written as files, as a clinic lead writes them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

from service.model.problem import Problem
from service.model.ruleset import Ruleset
from service.store.folders import read_shelf

HEADER = """\
id: small
title: Small plan
version: 1.0.0
limits: {sessions: 1 to 20, interval weeks: 2 to 26}
factors: {concern: Concern}
"""
INPUTS = """\
inputs:
  concern:
    label: What should be treated?
    one of: {spots: {label: Sun spots, most: 4}, scars: {label: Scars, most: 8}}
    required: true
  goal:
    label: What is hoped for?
    levels: {some: {times: 0.5, pct: 50}, clear: {times: 1, pct: 75}}
  depth:
    label: How deep?
    levels: {mild: {kd: 1}, severe: {kd: 3}}
    required: true
    only if: {concern: scars}
  improvement: {label: Improvement seen, number: 0 to 100}
  sessions_done: {label: Sessions done, whole number: 0 to 40, default: 0}
"""


def write(folder: Path, rules: str, *, header: str = "", inputs: str = INPUTS, **files: str) -> Path:
    """Write the ruleset ``small`` below ``folder``; ``header`` is added to its ruleset.yaml."""
    root = folder / "small"
    (root / "factors").mkdir(parents=True)
    (root / "ruleset.yaml").write_text(HEADER + header, encoding="utf-8")
    (root / "assessment.yaml").write_text(inputs, encoding="utf-8")
    listed = "factor: concern\nrules:\n" + indent(dedent(rules).strip("\n"), "  ") + "\n"
    (root / "factors" / "1-concern.yaml").write_text(listed, encoding="utf-8")
    for name, text in files.items():
        (root / name).mkdir()
        (root / name / "1.yaml").write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return root


def rule(when: str, then: str, more: str = "because: It is so.") -> str:
    """One rule in flow style."""
    return f"- {{id: one, title: One, when: {when}, then: {then}, {more}, support: judgement}}"


def problems(folder: Path, rules: str, *, header: str = "", inputs: str = INPUTS) -> list[str]:
    """What is wrong with the ruleset, places by file name alone."""
    write(folder, rules, header=header, inputs=inputs)
    return [_short(problem) for problem in read_shelf(folder, "r").all_problems]


def read(folder: Path, rules: str, **files: str) -> Ruleset:
    """The ruleset, which has no problems."""
    write(folder, rules, **files)
    shelf = read_shelf(folder, "r")
    assert not shelf.all_problems, shelf.all_problems
    ruleset = shelf.read["small"].ruleset
    assert ruleset is not None
    return ruleset


def _short(problem: Problem) -> str:
    return str(problem).removeprefix("r/small/").removeprefix("factors/")

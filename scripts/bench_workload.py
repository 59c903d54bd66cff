"""The workload of scripts/bench.py: generated rules and assessments of which about eight rules fire each.

The rules come in five shapes: two options; a range of levels and a yes or no; a level and a list of
options; an option and a decimal; two numbers. With more than 60 rules each rule also names one of
several sites, as a clinic's rules name concerns, so that about as many fire as with 60.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

CONCERNS = ("lentigines", "freckles", "melasma", "marks", "ota", "scars", "pores", "tattoo")
SEVERITIES = ("mild", "moderate", "severe")
GOALS = ("some", "clear", "complete")
DEVICES = ("alex", "ndyag", "ktp", "titanium")


@dataclass(frozen=True)
class Compared:
    """One condition: input, comparison (eq, in, gte, lte, gt, lt) and value."""

    name: str
    op: str
    value: object


Rules = list[tuple[str, list[Compared]]]


def rules(count: int, seed: int = 7) -> Rules:
    """``count`` rules by id."""
    draw = random.Random(seed)
    sites = max(count // 60, 1)
    made: Rules = []
    for index in range(count):
        shape = index % 5
        if shape == 0:
            parts = [
                Compared("concern", "eq", draw.choice(CONCERNS)),
                Compared("severity", "eq", draw.choice(SEVERITIES)),
            ]
        elif shape == 1:
            low = draw.randint(1, 5)
            parts = [
                Compared("phototype", "gte", low),
                Compared("phototype", "lte", low + 1),
                Compared("sensitive", "eq", draw.random() < 0.5),
            ]
        elif shape == 2:
            parts = [
                Compared("goal", "eq", draw.choice(GOALS)),
                Compared("concern", "in", sorted(draw.sample(CONCERNS, 3))),
            ]
        elif shape == 3:
            parts = [
                Compared("device", "eq", draw.choice(DEVICES)),
                Compared("depth_mm", "gt", round(draw.uniform(0.1, 2.0), 2)),
            ]
        else:
            parts = [
                Compared("sessions_done", "gte", draw.randint(0, 6)),
                Compared("improvement", "lt", draw.randint(10, 90)),
            ]
        if sites > 1:
            parts.insert(0, Compared("site", "eq", f"site{draw.randrange(sites)}"))
        made.append((f"r{index:04d}", parts))
    return made


def assessments(count: int, rule_count: int, seed: int = 11) -> list[dict[str, object]]:
    """``count`` assessments for a workload of ``rule_count`` rules."""
    draw = random.Random(seed)
    sites = max(rule_count // 60, 1)
    return [
        {
            "site": f"site{draw.randrange(sites)}",
            "concern": draw.choice(CONCERNS),
            "severity": draw.choice(SEVERITIES),
            "phototype": draw.randint(1, 6),
            "sensitive": draw.random() < 0.3,
            "goal": draw.choice(GOALS),
            "device": draw.choice(DEVICES),
            "depth_mm": round(draw.uniform(0, 2.5), 2),
            "sessions_done": draw.randint(0, 8),
            "improvement": draw.randint(0, 100),
        }
        for _ in range(count)
    ]


def holds(parts: list[Compared], assessment: dict[str, object]) -> bool:
    """Whether every part of a rule holds: the plain reading that every engine is held against."""
    for part in parts:
        seen, wanted = assessment[part.name], part.value
        passes = {
            "eq": lambda a, b: a == b,
            "in": lambda a, b: a in b,
            "gte": lambda a, b: a >= b,
            "lte": lambda a, b: a <= b,
            "gt": lambda a, b: a > b,
            "lt": lambda a, b: a < b,
        }[part.op](seen, wanted)
        if not passes:
            return False
    return True


_WORDS = {"eq": "", "gte": "at least ", "lte": "at most ", "gt": "above ", "lt": "below "}


def write_ruleset(folder: Path, made: Rules) -> None:
    """The same rules as a ruleset folder, each giving sessions and advice."""
    sites = sorted({str(p.value) for _, parts in made for p in parts if p.name == "site"} | {"site0"})
    folder.mkdir(parents=True)
    (folder / "factors").mkdir()
    (folder / "ruleset.yaml").write_text(
        f"id: {folder.name}\ntitle: Generated\nversion: 1.0.0\n"
        "limits: {sessions: 1 to 20, interval weeks: 2 to 26}\nfactors: {concern: Concern}\n"
    )
    lines = ["inputs:"]
    for name, options in (
        ("site", sites),
        ("concern", CONCERNS),
        ("severity", SEVERITIES),
        ("goal", GOALS),
        ("device", DEVICES),
    ):
        lines.append(f"  {name}: {{label: {name}, one of: [{', '.join(options)}], required: true}}")
    lines += [
        "  phototype: {label: phototype, whole number: 1 to 6, required: true}",
        "  sensitive: {label: sensitive, kind: yes or no, required: true}",
        "  depth_mm: {label: depth, number: 0 to 5, required: true}",
        "  sessions_done: {label: done, whole number: 0 to 40, required: true}",
        "  improvement: {label: improvement, number: 0 to 100, required: true}",
    ]
    (folder / "assessment.yaml").write_text("\n".join(lines) + "\n")
    text = ["factor: concern", "rules:"]
    for rule_id, parts in made:
        text.append(f"  - {{id: {rule_id}, title: Rule {rule_id}, when: {_when(parts)},")
        text.append("     then: {sessions: 3 to 5, advise: Look again.}, because: Made, support: judgement}")
    (folder / "factors" / "1-concern.yaml").write_text("\n".join(text) + "\n")


def _when(parts: list[Compared]) -> str:
    tests: dict[str, list[str]] = {}
    for part in parts:
        if part.op == "in":
            said = "[" + ", ".join(part.value) + "]"  # type: ignore[arg-type]
        elif isinstance(part.value, bool):
            said = "yes" if part.value else "no"
        else:
            said = f"{_WORDS[part.op]}{part.value}"
        tests.setdefault(part.name, []).append(said)
    pieces = []
    for name, said_of in tests.items():
        if len(said_of) == 2:
            low, high = said_of[0].removeprefix("at least "), said_of[1].removeprefix("at most ")
            pieces.append(f"{name}: {low} to {high}")
        else:
            pieces.append(f"{name}: {said_of[0]}")
    return "{" + ", ".join(pieces) + "}"

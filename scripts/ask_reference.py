#!/usr/bin/env python3
"""Does the service answer random assessments of random rulesets as the tests' reference does?

    .venv/bin/python scripts/ask_reference.py                                  a quick look
    .venv/bin/python scripts/ask_reference.py --assessments 100000 --seed 7    a long run

Each ruleset is written to files, read, compiled and asked as any other; answer and steps must be those of the
reference, a second reading of the language that shares no arithmetic with the service. A disagreement is made
smaller, rule by rule, and shown with its files. The counts at the end say how many assessments had a plan
under way, and which verdicts came out. Exit code 1 where the two disagree.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.generated import Choices, assessment_from, dump, ruleset_from, seeded  # noqa: E402 - from the checkout
from tests.properties.serving import answer, serving, steps  # noqa: E402
from tests.reference import comparable, decide  # noqa: E402

_EACH = 20
"""Assessments of each ruleset."""


@dataclass(frozen=True)
class Asked:
    """One assessment of a ruleset, for a day."""

    files: dict[str, Any]
    assessment: dict[str, Any]
    as_of: str


def main() -> int:
    """Ask until enough was asked; 1 where the two disagree."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--assessments", type=int, default=2_000, help="how many assessments")
    parser.add_argument("--seed", type=int, default=1, help="which rulesets; another seed asks about others")
    parser.add_argument("--most-rules", type=int, default=25, help="rules in a ruleset, at most")
    parser.add_argument("--most-shown", type=int, default=3, help="disagreements shown before it stops")
    chosen = parser.parse_args()
    counted: Counter[str] = Counter()
    number = 0
    while counted["assessments"] < chosen.assessments and counted["disagreements"] < chosen.most_shown:
        choices = seeded(chosen.seed * 1_000_003 + number)
        ask(choices, chosen.most_rules, f"--seed {chosen.seed}, ruleset {number}", counted)
        number += 1
    print(f"seed {chosen.seed}: {number} rulesets; {summary(counted)}")
    return 1 if counted["disagreements"] else 0


def ask(choices: Choices, most_rules: int, called: str, counted: Counter[str]) -> None:
    """Ask one ruleset about several assessments, and show the first of which the two disagree."""
    files = ruleset_from(choices, choices.whole(1, most_rules), interval_attributes=True)
    with serving(files, flow=choices.chance(50)) as answering:
        for _ in range(_EACH):
            asked = Asked(files, assessment_from(choices, files), f"2026-{choices.whole(1, 12):02}-15")
            answered = answer(answering, asked.assessment, as_of=asked.as_of)
            expected = decide(files, asked.assessment, asked.as_of)
            count(expected, counted)
            if differences(answered, expected):
                counted["disagreements"] += 1
                show(smaller(asked), called)
                return


def count(expected: dict[str, Any], counted: Counter[str]) -> None:
    """Count what an answer is."""
    replanned = any(step["does"] == "replan" for step in expected["steps"])
    counted["assessments"] += 1
    counted[expected["verdict"]] += 1
    counted["under way"] += replanned
    counted["under way with numbers"] += replanned and expected["sessions"] is not None


def summary(counted: Counter[str]) -> str:
    """The counts in words."""
    return ", ".join(f"{number} {name}" for name, number in counted.most_common() if number)


def differences(answered: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """What the two say differently, a line each."""
    one, other = comparable(answered, ordered=True), comparable(expected, ordered=True)
    found = [
        f"{member}: service {one[member]!r}, reference {other[member]!r}"
        for member in one
        if one[member] != other[member]
    ]
    if steps(answered) != steps(expected):
        found.append(f"steps: service {steps(answered)}, reference {steps(expected)}")
    return found


def disagree(asked: Asked) -> list[str]:
    """What the two say differently of a ruleset that may no longer be a valid one: then nothing."""
    try:
        with serving(asked.files) as answering:
            answered = answer(answering, asked.assessment, as_of=asked.as_of)
            return differences(answered, decide(asked.files, asked.assessment, asked.as_of))
    except (AssertionError, LookupError, ValueError):
        return []


def smaller(asked: Asked) -> Asked:
    """The same disagreement with as few rules, inputs and answers as can be left out one by one."""
    while True:
        found = next((less for less in lesser(asked) if disagree(less)), None)
        if found is None:
            return asked
        asked = found


def lesser(asked: Asked) -> Iterator[Asked]:
    """The same with one thing left out."""
    for file, raw in asked.files["factors"].items():
        others = {name: one for name, one in asked.files["factors"].items() if name != file}
        yield Asked({**asked.files, "factors": others}, asked.assessment, asked.as_of)
        for kind in ("rules", "tables"):
            for place in range(len(raw.get(kind, ()))):
                left = [one for at, one in enumerate(raw[kind]) if at != place]
                rest = {key: value for key, value in raw.items() if key != kind}
                less = {**others, file: {**rest, **({kind: left} if left else {})}}
                yield Asked({**asked.files, "factors": less}, asked.assessment, asked.as_of)
    inputs = asked.files["assessment"]["inputs"]
    for name in inputs:
        fewer = {key: value for key, value in inputs.items() if key != name}
        given = {key: value for key, value in asked.assessment.items() if key != name}
        kept = {**asked.files["assessment"], "inputs": fewer}
        yield Asked({**asked.files, "assessment": kept}, given, asked.as_of)
    for name in asked.assessment:
        given = {key: value for key, value in asked.assessment.items() if key != name}
        yield Asked(asked.files, given, asked.as_of)


def show(asked: Asked, called: str) -> None:
    """The files, the assessment and what the two say differently."""
    print(f"== they disagree ({called})")
    for path, text in dump(asked.files).items():
        if path != "evidence.yaml":
            print(f"-- {path}\n{text}", end="")
    print(f"-- assessment, as of {asked.as_of}\n{json.dumps(asked.assessment)}")
    print("-- what differs", *disagree(asked), sep="\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())

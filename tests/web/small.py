"""A small ruleset with a question of each kind, and ways to lay it out as files."""

from pathlib import Path

RULESET = """\
id: small
title: A small clinic
version: 1.2.0
effective: 2026-01-01
owner: Clinic lead
limits: {sessions: 1 to 12, interval weeks: 2 to 26}
factors: {concern: Skin concern, safety: Safety gates}
conclusions: {risk: [low, high]}
benefits: {collagen: Collagen goes on rebuilding.}
"""
ASSESSMENT = """\
inputs:
  concern:
    label: What should be treated?
    help: What a clinician has diagnosed.
    one of:
      sun_spots: {label: Sun spots, deep: no, times: 0.5, colours: [brown]}
      scar: {label: Scar, deep: yes, times: 1, colours: []}
    required: true
  severity: {label: How severe?, levels: [mild, severe], required: true, only if: {concern: scar}}
  marks: {label: Which marks?, any of: {dark: Dark, pale: Pale}}
  sensitive: {label: Sensitive skin?, kind: yes or no, default: no, changeable: true}
  gold: {label: Gold therapy ever?, kind: yes or no, must ask: true}
  sessions_done: {label: Sessions done, whole number: 0 to 40, default: 0}
  improvement:
    label: Improvement seen
    number: -0.5 to 100
    unit: "%"
    only if: {any: [{sessions_done: at least 1}, {not: {sensitive: yes, concern: scar}}]}
"""
CONCERN = """\
factor: concern
rules:
  - id: sun-spots
    title: Sun spots
    when: {concern: sun_spots}
    then: {sessions: {min: 1, typical: 2, max: 3}, interval weeks: 4 to 6, benefits: [collagen]}
    because: One trial saw it.
    support: published
    evidence: [EV-1]
  - id: scars
    title: Scars
    when:
      concern: scar
      any: [{severity: severe}, {marks: includes dark, sensitive: yes}]
      not: {gold: yes}
    then: {sessions: 4 to 6, conclude: {risk: high}}
    because: Scars are deep.
    support: judgement
"""
SAFETY = """\
factor: safety
rules:
  - id: gold
    title: Gold therapy
    when: {gold: yes}
    then: {stop: Gold and these lasers do not go together.}
    because: Skin that has had gold turns grey.
  - id: risky
    title: High risk
    when: {conclusions.risk: high}
    then: {refer: A clinician looks first., points: {care: 2}}
    because: It may scar.
"""
GUARANTEES = """\
guarantees:
  - {id: gold-stops, title: Gold always stops, when: {gold: yes}, always: stop}
"""
EVIDENCE = """\
EV-1: {title: A trial, authors: A and B, journal: J, year: 2020, doi: 10.1/x, says: Two sessions.}
EV-2: {title: Another, url: "https://example.org/2"}
"""


def write_small(folder: Path, name: str = "small") -> Path:
    """Write the ruleset into ``folder``, under the id ``name``."""
    root = folder / name
    (root / "factors").mkdir(parents=True)
    files = {
        "ruleset.yaml": RULESET.replace("id: small", f"id: {name}", 1),
        "assessment.yaml": ASSESSMENT,
        "factors/1-concern.yaml": CONCERN,
        "factors/2-safety.yaml": SAFETY,
        "guarantees.yaml": GUARANTEES,
        "evidence.yaml": EVIDENCE,
    }
    for path, text in files.items():
        (root / path).write_text(text, encoding="utf-8")
    return root


def write_broken(folder: Path, name: str = "broken") -> Path:
    """Write a ruleset with one mistake: the rule on line 3 of its first factor file tests "scarr"."""
    root = write_small(folder, name)
    path = root / "factors/1-concern.yaml"
    path.write_text(CONCERN.replace("concern: scar\n", "concern: scarr\n"), encoding="utf-8")
    return root

"""A small ruleset in which every text that an author can write tries to break out of the page."""

from __future__ import annotations

import json
from pathlib import Path

ATTACK = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&lt;/style></style>"


def attack(name: str) -> str:
    """A hostile text as a YAML scalar; ``name`` tells where it stands."""
    return json.dumps(f"{name} {ATTACK}")


RULESET = f"""\
id: hostile
title: {attack("title")}
version: 1.0.0
owner: {attack("owner")}
extends: null
limits: {{sessions: 1 to 20, interval weeks: 2 to 26}}
factors: {{concern: {attack("factor")}}}
conclusions: {{risk: [low, high]}}
verdicts: {{several_sessions: {attack("verdict")}}}
benefits: {{collagen: {attack("benefit")}}}
allow: {{fluence-unit: {attack("reason")}}}
"""
ASSESSMENT = f"""\
inputs:
  concern:
    label: {attack("question")}
    help: {attack("help")}
    one of:
      scars: {{label: {attack("option")}, most: 8, kind: texture}}
      spots: {{label: {attack("other option")}, most: 4, kind: pigment}}
    required: true
  age: {{label: {attack("age")}, whole number: 0 to 120, unit: {attack("unit")}}}
  gold: {{label: {attack("gold")}, kind: yes or no, must ask: true, only if: {{concern: scars}}}}
"""
FACTOR = f"""\
factor: concern
rules:
  - id: scars
    title: {attack("rule")}
    when: {{concern: scars, any: [{{age: at least 18}}, {{age: unknown}}, {{concern.kind: texture}}]}}
    then:
      sessions: 4 to 6
      most sessions: concern.most
      expect: {attack("expect")}
      advise: {attack("advise")}
      refer: {attack("refer")}
      conclude: {{risk: high, high_need: yes}}
      points: {{difficulty: 2}}
      benefits: [collagen]
    because: {attack("because")}
    support: published
    evidence: [EV-1, EV-2]
  - id: gates
    title: {attack("gates")}
    when: {{gold: yes}}
    then: {{defer: {attack("defer")}, until: {attack("until")}, stop: {attack("stop")}}}
    because: "5 J/cm2"
  - id: none
    title: {attack("none")}
    when: {{concern: spots}}
    then: {{no numbers: {attack("no numbers")}}}
    because: {attack("because")}
"""
EVIDENCE = f"""\
EV-1:
  title: {attack("paper")}
  authors: {attack("authors")}
  journal: {attack("journal")}
  year: {attack("year")}
  doi: {attack("doi")}
  says: {attack("says")}
EV-2: {{title: {attack("paper 2")}, url: "javascript:alert(1)"}}
"""
GUARANTEES = f"""\
guarantees:
  - {{id: gold, title: {attack("guarantee")}, when: {{gold: yes}}, always: stop}}
"""
SCENARIOS = f"""\
- name: {attack("client")}
  assessment: {{concern: scars, age: 40, gold: no}}
  expect: {{sessions: null, verdict_text: {attack("expected")}}}
- name: {attack("mistaken client")}
  assessment: {{concern: {attack("no option")}, gold: no}}
  expect: {{verdict: defer}}
"""
SIGN_OFF = f"""\
- {{digest: {attack("digest")}, role: {attack("role")}, date: 2026-01-01}}
"""


def write_hostile(folder: Path) -> Path:
    """Write the ruleset below ``folder``; the folder of rulesets."""
    for name, text in {
        "ruleset.yaml": RULESET,
        "assessment.yaml": ASSESSMENT,
        "factors/1-concern.yaml": FACTOR,
        "evidence.yaml": EVIDENCE,
        "guarantees.yaml": GUARANTEES,
        "scenarios/1-all.yaml": SCENARIOS,
        "sign-off.yaml": SIGN_OFF,
    }.items():
        path = folder / "hostile" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder

"""A small ruleset of a clinic, with every kind of thing that a plan shows."""

from pathlib import Path

HEADER = """\
id: small
title: Small plan
version: 1.2.0
limits: {sessions: 1 to 20, interval weeks: 2 to 26}
factors: {concern: Skin concern, response: Skin response}
verdicts: {several_sessions: Plan for several sessions.}
benefits: {collagen: Collagen goes on rebuilding.}
allow: {gap: Sun spots are left open here.}
"""
INPUTS = """\
inputs:
  concern:
    label: What should be treated?
    one of: {spots: {label: Sun spots, most: 4}, scars: {label: Scars, most: 7}}
    required: true
  phototype: {label: Skin type, levels: {I: {times: 1}, V: {times: 1.2}}, required: true}
  sensitive: {label: Sensitive skin?, kind: yes or no, default: no}
  gold: {label: Gold therapy ever?, kind: yes or no, must ask: true}
"""
CONCERN = """\
factor: concern
rules:
  - id: scars
    title: Scars
    when: {concern: scars}
    then: {sessions: 4 to 6, interval weeks: 4 to 6, benefits: [collagen], expect: Scars soften.}
    because: Trials gave four to six.
    support: published
    evidence: [EV-1]

  - id: longest
    title: The longest course
    when: {concern: given}
    then: {most sessions: concern.most}
    because: No study went further.
    support: judgement
"""
RESPONSE = """\
factor: response
rules:
  - id: darker
    title: Darker skin
    when:
      any:
        - phototype: V
        - sensitive: yes
    then: {sessions times: phototype.times, add interval weeks: 2, advise: We begin gently.}
    because: Darker skin is given more time.
    support: judgement
    evidence: [EV-1, EV-2]

  - id: gold
    title: Gold
    when: {gold: yes}
    then: {stop: Gold therapy rules lasers out.}
    because: Gold in the skin turns dark.
"""
EVIDENCE = """\
EV-1: {title: A trial of scars, journal: J Scars, year: 2020, doi: 10.1000/scars, says: Four to six.}
EV-2: {title: Darker skin, url: "https://example.org/skin", says: Slower.}
"""
SCENARIOS = """\
- name: Scars in light skin
  assessment: {concern: scars, phototype: I, gold: no}
  expect:
    verdict: several_sessions
    sessions: {min: 4, typical: 5, max: 6}
    benefits: [{id: collagen}]
    fired: [scars]
    not fired: [darker]

- name: Gold
  assessment: {concern: scars, phototype: I, gold: yes}
  expect: {verdict: do_not_treat, sessions: null}
"""


def write_small(folder: Path) -> Path:
    """Write the ruleset to ``folder/rulesets/small``; the folder of rulesets."""
    root = folder / "rulesets" / "small"
    for name, text in {
        "ruleset.yaml": HEADER,
        "assessment.yaml": INPUTS,
        "factors/1-concern.yaml": CONCERN,
        "factors/2-response.yaml": RESPONSE,
        "evidence.yaml": EVIDENCE,
        "scenarios/1-all.yaml": SCENARIOS,
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root.parent


def edit(path: Path, before: str, after: str) -> None:
    """Change one place of a file as a person would."""
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{before!r} stands {text.count(before)} times in {path.name}"
    path.write_text(text.replace(before, after), encoding="utf-8")

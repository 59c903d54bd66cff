"""The samples of a code's page, each put into a ruleset that is otherwise in order.

What a sample is shows in its first keys: parts of a rule, whole rules, questions, keys of ruleset.yaml, or a
whole file where the page names it. Lines such as ``# guarantees.yaml`` begin another file. What a rule of a
sample leaves out (title, because, support) is filled in.
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent, indent

import yaml

from service.analysis.checks.pages import Sample
from tests.docs.folders import Folder, folders_of, without, write
from tests.docs.pages import Page
from tests.serving.translated import translate

BASE = folders_of(Page("problems.md"))["base"]
"""The ruleset that docs/problems.md shows; the samples of all but proofs are parts of it."""

WORLD: Folder = {
    "ruleset.yaml": BASE["ruleset.yaml"].replace("id: base", "id: world"),
    "assessment.yaml": dedent("""\
        inputs:
          concern:
            label: What should be treated?
            one of:
              solar_lentigo: {label: Sun spots, target: epidermal}
              acne_scar: {label: Acne scars, target: texture}
              tattoo: {label: Tattoo, target: ink}
            required: true
          severity: {label: How severe?, levels: [mild, moderate, severe], required: true}
          phototype: {label: Skin type, levels: [I, II, III, IV, V, VI], required: true}
          pih_history: {label: Dark marks before?, kind: yes or no, required: true}
          gold_therapy: {label: Gold therapy?, kind: yes or no, required: true}
          tattoo_over_30_cm2: {label: Is it large?, kind: yes or no, default: no}
        """),
    "factors/1-concern.yaml": dedent("""\
        factor: concern
        rules:
          - {id: w-other, title: A, when: {concern: not acne_scar}, then: {refer: A.}, because: A.}
          - {id: w-mild, title: B, when: {severity: mild}, then: {advise: B.}, because: B.}
          - {id: w-type, title: C, when: {phototype: I}, then: {advise: C.}, because: C.}
          - {id: w-marks, title: D, when: {pih_history: yes}, then: {advise: D.}, because: D.}
          - {id: w-gold, title: E, when: {gold_therapy: yes}, then: {advise: E.}, because: E.}
          - {id: w-large, title: F, when: {tattoo_over_30_cm2: yes}, then: {advise: F.}, because: F.}
        """),
}
"""A ruleset in which every question matters and nobody is left without a word: for samples of proofs."""

_SAMPLES = "factors/9-samples.yaml"
_OF_A_RULE = {"when", "then"}
_OF_THE_HEADER = {
    *("id", "version", "extends", "language", "time zone"),
    *("limits", "factors", "conclusions", "verdicts", "benefits"),
}


def with_sample(base: Folder, sample: Sample) -> Folder:
    """A copy of the folder with the sample in it."""
    if sample.file and sample.file.startswith("texts."):
        return base | {sample.file: _translated(sample.file, sample.text)}
    if sample.file:
        return base | {sample.file: sample.text}
    folder = base
    for file, text in _files(sample.text):
        folder = folder | _placed(folder, file, text)
    return folder


def _translated(file: str, text: str) -> str:
    """All texts of the base in a language, those of the sample as it has them."""
    with TemporaryDirectory() as name:
        write(Path(name), {"base": BASE})
        path = translate(Path(name), "base", file.split(".")[1])
        whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    for section, texts in yaml.safe_load(text).items():
        whole[section] |= texts
    return yaml.safe_dump(whole, allow_unicode=True, sort_keys=False)


def _files(text: str) -> list[tuple[str, str]]:
    """The text by the files that it names; what stands before the first name is of no file in particular."""
    parts = re.split(r"^# (\S+\.yaml)\n", text, flags=re.M)
    named = list(zip(parts[1::2], parts[2::2], strict=True))
    return [("", parts[0]), *named] if parts[0].strip() else named


def _placed(folder: Folder, file: str, text: str) -> Folder:
    keys = set(re.findall(r"^([A-Za-z_][A-Za-z_ ]*):", text, re.M))
    if file == "guarantees.yaml":
        return {file: f"guarantees:\n{indent(text, '  ')}"}
    if file == "client-page.yaml":
        return {file: text}
    if text.startswith("- "):
        return {_SAMPLES: f"factor: concern\nrules:\n{indent(_filled(text), '  ')}"}
    if keys and keys <= _OF_A_RULE:
        return {_SAMPLES: f"factor: concern\nrules:\n{indent(_filled(_rule(text, keys)), '  ')}"}
    if keys == {"inputs"}:
        below = text.partition("\n")[2]
        return {"assessment.yaml": folder["assessment.yaml"] + below}
    if keys == {"contradictions"}:
        return {"assessment.yaml": folder["assessment.yaml"] + text}
    if keys <= _OF_THE_HEADER:
        return {"ruleset.yaml": without(folder["ruleset.yaml"], keys) + text}
    return {"assessment.yaml": folder["assessment.yaml"] + indent(text, "  ")}


def _rule(text: str, keys: set[str]) -> str:
    """A whole rule around its parts."""
    when = "" if "when" in keys else "  when: {concern: given}\n"
    then = "" if "then" in keys else "  then: {advise: A sample.}\n"
    return f"- id: sample-rule\n{when}{indent(text, '  ')}{then}"


def _filled(text: str) -> str:
    """Rules in block style with the keys that the page leaves out because they say nothing of the problem."""
    rules = re.split(r"^(?=- )", text, flags=re.M)
    return "".join(_with_all(rule) for rule in rules if rule.strip())


def _with_all(rule: str) -> str:
    if not re.match(r"- id: \S+\n", rule) or "because:" in rule or "title:" in rule:
        return rule
    return rule + "  title: A sample\n  because: A sample.\n  support: judgement\n"

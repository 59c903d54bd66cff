"""What is expected and what is refused is said by labels, as a clinician reads it."""

from __future__ import annotations

from pathlib import Path

from service.evaluation.compiled import CompiledRuleset
from service.store.folders import read_shelf
from service.wording.answers import expectation, refusal_words
from service.wording.labels import Labels
from tests.web.small import write_small

CLIENT = """\
- name: A scar
  assessment: {concern: scar, severity: severe}
  expect:
    verdict: clinician_review
    sessions: {typical: 5}
    unanswered: [gold]
    fired: [scars]
    not fired: [gold]
"""


def test_expectations_and_refusals_name_labels(tmp_path: Path) -> None:
    root = write_small(tmp_path)
    (root / "scenarios").mkdir()
    (root / "scenarios/1.yaml").write_text(CLIENT)
    ruleset = read_shelf(tmp_path).read["small"].ruleset
    assert ruleset is not None
    labels = Labels(ruleset)
    assert expectation(labels, ruleset.scenarios[0]) == (
        "verdict A clinician looks first; sessions typical 5; unanswered Gold therapy ever?; "
        "“Scars” fires; “Gold therapy” does not fire"
    )
    compiled = CompiledRuleset(ruleset)
    refused = compiled.decide({"concern": "scar", "smoker": True}, 1)
    compiled.close()
    assert isinstance(refused, tuple)
    assert [refusal_words(labels, one) for one in refused] == [
        "“How severe?” is required.",
        "“smoker” is not asked there.",
    ]

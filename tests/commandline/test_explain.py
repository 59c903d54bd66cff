"""``picoplan explain`` shows every rule, and each condition against what was given."""

import re
from pathlib import Path

import pytest

from service.store.folders import shipped
from tests.commandline.console import picoplan
from tests.commandline.samples import edit, write_small

EXPLAINED = """\
Small plan (small 1.2.0) on 2026-12-01
A clinician looks at this first. (clinician_review)

Skin concern
  fired      Scars (scars) factors/1-concern.yaml:3
      true    concern: scars                          given scars
  fired      The longest course (longest) factors/1-concern.yaml:11
      true    concern: given                          given scars

Skin response
  fired      Darker skin (darker) factors/2-response.yaml:3
      true    any:
        true    phototype: V                          given V
        false   sensitive: yes                        no by default
  unknown    Gold (gold) factors/2-response.yaml:14
      unknown gold: yes                               not given

3 of 4 rules fired.
"""


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    write_small(tmp_path)
    return tmp_path


def explain(clinic: Path, text: str) -> str:
    said = picoplan("explain", "small", "-", "--as-of", "2026-12-01", folder=clinic, stdin=text)
    assert (said.err, said.code) == ("", 0)
    return said.out


def test_every_rule_stands_under_its_factor_with_the_truth_of_its_conditions(clinic: Path) -> None:
    assert explain(clinic, "{concern: scars, phototype: V}") == EXPLAINED


def test_what_stands_below_not_is_shown_with_its_own_truth(clinic: Path) -> None:
    edit(
        clinic / "rulesets/small/factors/2-response.yaml", "{gold: yes}", "{gold: yes, not: {concern: spots}}"
    )
    out = explain(clinic, "{concern: spots, phototype: I, gold: yes}")
    assert (
        "  not fired  Gold (gold) factors/2-response.yaml:14\n"
        "      true    gold: yes                               given yes\n"
        "      false   not:\n"
        "        true    concern: spots                        given spots\n"
    ) in out


def test_a_mistake_in_the_assessment_is_named_at_its_place(clinic: Path) -> None:
    said = picoplan("explain", "small", "-", folder=clinic, stdin="{concern: spots, phototype: II}")
    assert (said.out, said.code) == ("", 1)
    assert said.err.startswith('<stdin>:1:29: error unknown-option phototype: "II" is not one of')


def test_conclusions_scores_and_sets_are_shown_as_they_stand() -> None:
    text = (
        "{concern: tattoo, tattoo_made: amateur, inks: [blue, black], phototype: I, goal: clear, "
        "device: picosure}"
    )
    said = picoplan("explain", "pico-laser", "-", "--rulesets", shipped(), stdin=text)
    assert said.code == 0
    assert "given black, blue" in said.out
    assert "is no" in said.out


def test_a_rule_alone_is_shown_with_its_digest(clinic: Path) -> None:
    said = picoplan("explain", "small", "--rule", "scars", folder=clinic)
    lines = said.out.splitlines()
    assert lines[0] == "Scars (scars) factors/1-concern.yaml:3"
    assert re.fullmatch(r"digest: [0-9a-f]{64}", lines[1])
    assert "  when  concern: scars" in lines
    unknown = picoplan("explain", "small", "--rule", "scar", folder=clinic)
    assert unknown.code == 2
    assert 'Did you mean "scars"?' in unknown.err


def test_one_rule_is_shown_of_a_ruleset_that_is_named_by_its_folder(clinic: Path) -> None:
    by_id = picoplan("explain", "small", "--rule", "scars", folder=clinic)
    assert picoplan("explain", "rulesets/small", "--rule", "scars", folder=clinic) == by_id

"""``picoplan rulesets``: retire a ruleset, and let it serve again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commandline.console import CommandOutput, picoplan
from tests.replaying.past import Past


@pytest.fixture
def past(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    made = Past(tmp_path)
    monkeypatch.setenv("PICOPLAN_DATABASE_URL", made.url)
    return made


def rulesets(*arguments: str) -> CommandOutput:
    return picoplan("rulesets", *arguments)


def test_a_ruleset_is_retired_and_restored_and_what_it_decided_stays(past: Past) -> None:
    [shown] = rulesets("list").out.splitlines()
    assert shown.startswith("small: serves 1.2.0 (")
    said = rulesets("retire", "small")
    assert (said.code, said.out) == (0, "small is retired. What was decided under it stays.\n")
    assert rulesets("retire", "small").out.startswith("small was retired before, on ")
    [listed] = [json.loads(line) for line in rulesets("list", "--json").out.splitlines()]
    assert (listed["id"], listed["version"]) == ("small", None)
    assert listed["retired"].endswith("Z")
    assert " retired " in rulesets("list").out
    refused = picoplan("rollback", "small", "1.2.0", "--rulesets", past.root.parent)
    assert (refused.code, refused.err.count("picoplan rulesets restore small")) == (2, 1)
    verified = picoplan("decisions", "verify", "--all", "--processes", "1")
    assert verified.code == 0
    assert verified.out.endswith("; 0 not.\n")
    said = rulesets("restore", "small")
    assert (said.code, said.out) == (0, "small serves again, with version 1.2.0.\n")
    assert rulesets("restore", "small").out == "small is not retired.\n"


@pytest.mark.parametrize("name", ["retire", "restore"])
def test_a_ruleset_that_never_served_is_refused_with_the_nearest(past: Past, name: str) -> None:
    said = rulesets(name, "smal")
    assert said.code == 2
    assert 'no ruleset "smal" has served' in said.err
    assert 'Did you mean "small"?' in said.err

"""docs/pico-laser-2.md: all that 2.0.0 asks otherwise is there, and who stays on 1.x does so as it says."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.commandline.main import main
from service.model.ruleset import Ruleset
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.store.archive import Archive, open_archive
from service.store.editions import edition_of
from service.store.folders import read_shelf, shipped
from service.store.snapshot import take_snapshot
from tests.commandline.samples import edit
from tests.docs.pages import Block, Page
from tests.docs.test_going_back import alike
from tests.mistakes.making import BASE as FIRST

PAGE = Page("pico-laser-2.md")
NAMES = ("pico-laser", "tattoo-kirby-desai")
CLINIC = """\
id: our-clinic
title: Our clinic
version: 1.0.0
extends: pico-laser
"""
RULE = """\
factor: concern
rules:
  - id: ours
    title: Our amateur tattoos
    when: {tattoo_kind: amateur_black}
    then: {advise: We begin slowly.}
    because: So we like it.
"""
SCENARIO = """\
- name: An amateur tattoo
  assessment:
    {concern: tattoo, tattoo_kind: amateur_black, inks: [black], phototype: II, goal: clear, device: picosure}
  expect: {fired: [ours]}
"""


def rulesets(folder: Path) -> dict[str, Ruleset]:
    found = {name: read.ruleset for name, read in read_shelf(folder).read.items()}
    return {name: ruleset for name, ruleset in found.items() if ruleset is not None}


@pytest.fixture(scope="module")
def versions() -> tuple[dict[str, Ruleset], dict[str, Ruleset]]:
    """The shipped rulesets in their first version, and as they are."""
    return rulesets(FIRST), rulesets(shipped())


def parts(ruleset: Ruleset) -> set[str]:
    """What others may name: questions, answers, attributes, conclusions, rules and guarantees."""
    named = {*ruleset.inputs, *ruleset.flags, *(rule.id for rule in ruleset.rules)}
    named |= {f"guarantee {one.id}" for one in ruleset.guarantees}
    for one in ruleset.inputs.values():
        named |= {f"{one.id}.{name}" for name in (*one.attributes, *(option.id for option in one.options))}
        named |= {f"{one.id}.yes", f"{one.id}.no"} if one.kind == "yes or no" else set()
    return named


@pytest.mark.parametrize("name", NAMES)
def test_what_is_gone_and_what_must_be_asked_anew_stands_on_the_page(
    versions: tuple[dict[str, Ruleset], dict[str, Ruleset]], name: str
) -> None:
    old, new = versions[0][name], versions[1][name]
    said = re.sub(r"`: `true`", ".yes`", re.sub(r"`: `false`", ".no`", PAGE.text))
    said += re.sub(r"`(tattoo_kind)`: `", r"`\1.", said)
    missing = {one for one in parts(old) - parts(new) if f"{one}`".replace("guarantee ", "") not in said}
    assert missing == set()
    asked = {one.id for one in new.inputs.values() if one.id not in old.inputs}
    assert {one for one in asked if f"`{one}`" not in PAGE.text} == set()
    answers = {one for one in parts(old) - parts(new) if one.partition(".")[0] in old.inputs}
    assert answers == set(new.removed)


def test_what_is_put_in_its_place_is_there(versions: tuple[dict[str, Ruleset], dict[str, Ruleset]]) -> None:
    there = {one.rpartition(" ")[2] for name in NAMES for one in parts(versions[1][name])}
    there |= {one.rpartition(".")[2] for one in there} | {"[]", "true"}
    rows = [row for mark in ("gone", "rules") for row in shown(mark).rows]
    named = {one for row in rows for one in re.findall(r"`([^`]+)`", row[1]) if ": " not in one}
    assert named - there == set()
    assert len(named) > 20


@dataclass
class Upgraded:
    """A clinic that 1.x served, with 2.0.0 of what it extends."""

    root: Path
    archive: Archive

    def answering(self) -> Answering:
        snapshot = take_snapshot(read_shelf(shipped()))
        return Answering(snapshot, archive=self.archive, timeline=self.archive.timeline())


@pytest.fixture
def upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Upgraded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PICOPLAN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("PICOPLAN_DATABASE_URL", raising=False)
    root = tmp_path / "rulesets"
    shutil.copytree(FIRST / "pico-laser", root / "pico-laser")
    files = {"ruleset.yaml": CLINIC, "factors/1-concern.yaml": RULE, "scenarios/1-tattoo.yaml": SCENARIO}
    for name, text in files.items():
        (root / "our-clinic" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "our-clinic" / name).write_text(text, encoding="utf-8")
    archive = open_archive(root)
    for read in read_shelf(root).read.values():
        archive.publish(edition_of(read), datetime.now(UTC) - timedelta(days=9))
    shutil.rmtree(root / "pico-laser")
    yield Upgraded(root, archive)
    archive.close()


def shown(mark: str) -> Block:
    return next(block for block in PAGE.blocks if block.marks.get("shows") == mark)


def test_what_is_gone_is_refused_with_its_hint_and_answered_where_the_version_is_named(
    upgraded: Upgraded,
) -> None:
    pinned = json.loads(shown("pinned").text)
    client: dict[str, Any] = {
        **pinned["assessment"],
        "inks": ["black"],
        "phototype": "II",
        "goal": "clear",
        "device": "picosure",
        "light_risk": False,
    }
    answering = upgraded.answering()
    refused = answering.evaluate({**pinned, "version": None, "assessment": client})
    assert isinstance(refused, Refused)
    told = json.loads(shown("refused").text)
    assert told in [
        {"pointer": one.pointer, "code": one.code, "message": one.message, "hint": one.hint}
        for one in refused.errors
    ]
    answered = answering.evaluate({**pinned, "assessment": client})
    answering.snapshot.close()
    assert not isinstance(answered, Refused), answered.errors
    assert answered["ruleset"]["version"] == pinned["version"]
    assert answered["sessions"] == {"min": 2, "typical": 4, "max": 6}


@pytest.mark.long
def test_a_clinic_that_extends_is_told_and_can_stay(
    upgraded: Upgraded, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "rulesets"]) == 1
    assert shown("check").text.strip() in capsys.readouterr().out
    command, said = shown("stay").text.split("\n", 1)
    assert main(command.removeprefix("$ picoplan ").split()) == 0
    assert alike(capsys.readouterr().out) == alike(said)
    assert main(["check", "rulesets"]) == 0
    assert read_shelf(upgraded.root).read["our-clinic"].ruleset is not None
    (upgraded.root / "pico-laser").rename(upgraded.root / "pico-laser-1")
    edit(upgraded.root / "pico-laser-1" / "ruleset.yaml", "id: pico-laser", "id: pico-laser-1")
    edit(upgraded.root / "our-clinic" / "ruleset.yaml", "extends: pico-laser\n", shown("beside").text)
    shutil.copytree(shipped() / "pico-laser", upgraded.root / "pico-laser")
    found = read_shelf(upgraded.root)
    assert found.all_problems == ()
    assert sorted(found.read) == ["our-clinic", "pico-laser", "pico-laser-1"]

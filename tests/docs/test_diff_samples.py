"""docs/rulesets.md, "What does my edit mean?": the command says what the page says, but for digests."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.commandline.main import main
from service.store.archive import open_archive
from service.store.editions import edition_of
from service.store.folders import read_shelf, shipped
from tests.commandline.samples import edit
from tests.docs.test_rulesets import PAGE

(SHOWN,) = (
    block for block in PAGE.blocks if block.heading == "What does my edit mean?" and block.language == "text"
)
CONDITION = "title: Skin types V and VI see a clinician first\n    when:\n      phototype: at least "


def test_the_command_of_the_page_says_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PICOPLAN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("PICOPLAN_DATABASE_URL", raising=False)
    root = tmp_path / "rulesets"
    shutil.copytree(shipped() / "pico-laser", root / "pico-laser")
    archive = open_archive(root)
    archive.publish(edition_of(read_shelf(root).read["pico-laser"]), datetime.now(UTC))
    archive.close()
    edit(root / "pico-laser/ruleset.yaml", "version: 2.1.0", "version: 2.2.0")
    edit(root / "pico-laser/factors/2-response.yaml", f"{CONDITION}V", f"{CONDITION}IV")
    command, said = SHOWN.text.split("\n", 1)
    assert main(command.removeprefix("$ picoplan ").split()) == 0
    digest = re.compile(r"\b[0-9a-f]{12}\b")
    assert digest.sub("x", capsys.readouterr().out) == digest.sub("x", said)

"""docs/rulesets.md, "Versions and going back": commands say what the page says, but for digests and times."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.commandline.main import main
from service.store.archive import open_archive
from service.store.editions import edition_of
from service.store.folders import read_shelf
from tests.docs.folders import write
from tests.docs.test_rulesets import FOLDERS, PAGE

SHOWN = [
    block for block in PAGE.blocks if block.heading == "Versions and going back" and block.language == "text"
]


def alike(text: str) -> str:
    """The text with every digest and every time the same."""
    for pattern in (r"\b[0-9a-f]{12}\b", r"\b\d{8}-\d{6}\b", r"\b\d{4}-\d{2}-\d{2}\b", r"\b\d{2}:\d{2}\b"):
        text = re.sub(pattern, "x", text)
    return text


def test_the_commands_of_the_page_say_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PICOPLAN_DATA_DIR", str(tmp_path / "data"))
    root, folder = tmp_path / "rulesets", FOLDERS["my-clinic"]
    for days, version in enumerate(("1.0.0", "1.1.0")):
        header = folder["ruleset.yaml"].replace("version: 1.0.0", f"version: {version}")
        write(root, {"my-clinic": folder | {"ruleset.yaml": header}})
        archive = open_archive(root)
        at = datetime.now(UTC) - timedelta(days=20 - days)
        archive.publish(edition_of(read_shelf(root).read["my-clinic"]), at)
        archive.close()
    assert len(SHOWN) == 2
    for block in SHOWN:
        command, said = block.text.split("\n", 1)
        assert main(command.removeprefix("$ picoplan ").split()) == 0
        assert alike(capsys.readouterr().out) == alike(said)

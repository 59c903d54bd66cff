"""findings/: each keeps the form that its README states. None is run here: they ask the network."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

FOLDER = ROOT / "findings"
SCRIPTS = sorted(path for path in FOLDER.iterdir() if path.name != "README.md")


def test_there_is_nothing_but_scripts_and_what_they_are() -> None:
    assert (FOLDER / "README.md").is_file()
    assert [path.name for path in SCRIPTS if path.suffix != ".sh" or not path.is_file()] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_finding_stands_alone_in_a_temporary_folder_and_says_what_was_seen(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("#!/bin/sh\n# ")
    assert os.access(path, os.X_OK)
    for part in ("set -eu", "mktemp -d", "# Guessed: ", "# Seen: ", "exit 1"):
        assert part in text
    assert "picoplan" not in text


def test_no_ci_runs_them() -> None:
    for name in (".ci/run", ".github/workflows/ci.yml", "scripts/test"):
        assert "findings" not in (ROOT / name).read_text(encoding="utf-8")

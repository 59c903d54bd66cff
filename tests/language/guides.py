"""The guides of docs/developing.md as a newcomer follows them: each change that they show, made in a copy.

A block of a guide is marked with ``guide: NAME``, and shows the changes of one file as a diff without line
numbers: what stands there, with what is taken away and added. What stands there must be found exactly once,
so that a guide which no longer fits the code fails.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT, Block, Page

COPIED = ("service", "schemas", "rulesets", "tests", "docs", "scripts", "pyproject.toml", "README.md")
BESIDE_THE_CODE = ("tests", "docs")
TIMEOUT_S = 200


def blocks(guide: str) -> list[Block]:
    """The changes that a guide shows, in its order."""
    return [block for block in Page("developing.md").marked("guide") if block.marks["guide"] == guide]


def file_of(block: Block) -> str:
    """The file that a block changes."""
    found = re.match(r"--- (\S+)\n", block.text)
    assert found is not None, f"{block}: the first line names the file"
    return found.group(1)


def touched(guide: str) -> set[str]:
    """The files that a guide changes, tests and docs aside."""
    files = {file_of(block) for block in blocks(guide)}
    return {file for file in files if not file.startswith(BESIDE_THE_CODE)}


def copied(folder: Path) -> Path:
    """A copy of the project; where the folder has one already, what was changed in it is put back."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, folder / name, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
            )
        else:
            shutil.copy(source, folder / name)
    return folder


def follow(guide: str, project: Path) -> None:
    """Make every change of a guide in a copy of the project."""
    assert blocks(guide)
    for block in blocks(guide):
        path = project / file_of(block)
        text = path.read_text(encoding="utf-8")
        for hunk in filter(None, re.split(r"^@@.*\n", block.text.partition("\n")[2], flags=re.M)):
            before, after = _sides(hunk)
            assert text.count(before) == 1, f"{block}: this stands {text.count(before)} times:\n{before}"
            text = text.replace(before, after)
        path.write_text(text, encoding="utf-8")


def _sides(hunk: str) -> tuple[str, str]:
    lines = hunk.splitlines(keepends=True)
    before = "".join(line[1:] or "\n" for line in lines if not line.startswith("+"))
    return before, "".join(line[1:] or "\n" for line in lines if not line.startswith("-"))


def run_tests(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run tests of a copy, by the code of the copy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *arguments],
        cwd=project,
        env={**kept, "PYTHONPATH": str(project)},
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
    )

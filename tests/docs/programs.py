"""The programs of docs/integrate.md, run as an integrator would run them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import Page

PAGE = Page("integrate.md")
PROGRAMS = {block.marks["file"]: block for block in PAGE.marked("file")}
PRINTS = {block.marks["prints"]: block.text for block in PAGE.marked("prints")}

_BY_ENDING = {".sh": "bash", ".py": sys.executable, ".mjs": "node"}


def runner(name: str) -> str | None:
    """What runs the file; None: it is none to run."""
    return _BY_ENDING.get(Path(name).suffix)


def write_files(folder: Path) -> None:
    """Write every file of the page."""
    for name, block in PROGRAMS.items():
        (folder / name).write_text(block.text, encoding="utf-8")


def run(name: str, folder: Path, url: str, key: str, client: Path) -> subprocess.CompletedProcess[str]:
    """Run one program in the folder against the service at the URL; ``client`` is the wheel of ours."""
    beside = Path(sys.executable).parent  # where this project's tools are
    environment = {
        **os.environ,
        "PATH": f"{beside}:{os.environ['PATH']}",
        "PICOPLAN_URL": url,
        "PICOPLAN_KEY": key,
        "PYTHONPATH": str(client),
    }
    command = [str(runner(name)), name]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200, check=False
    )

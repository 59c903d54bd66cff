"""docs/integrate.md: its programs run against a real service, and print what the page shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.programs import PAGE, PRINTS, PROGRAMS, run, runner, write_files
from tests.web.serving import Served

KEY = "no-keys-are-asked-for"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("integrate"), watch=False) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_files(tmp_path)
    return tmp_path


def printed(name: str, folder: Path, served: Served) -> str:
    """What a program prints; it must end well."""
    tool = str(runner(name))
    if shutil.which(tool) is None or (tool == "bash" and shutil.which("curl") is None):
        pytest.skip(f"{tool} or curl is not installed")
    done = run(name, folder, f"http://127.0.0.1:{served.port}", KEY)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", PRINTS)
def test_a_program_prints_what_the_page_shows(name: str, folder: Path, served: Served) -> None:
    assert printed(name, folder, served) == PRINTS[name]


def test_the_javascript_program_prints_what_the_python_program_does(folder: Path, served: Served) -> None:
    assert printed("evaluate.mjs", folder, served) == PRINTS["evaluate.py"]


def test_every_program_of_the_page_is_run() -> None:
    runnable = {name for name in PROGRAMS if runner(name)}
    assert runnable - PRINTS.keys() == {"evaluate.mjs", "generate.sh"}
    blocks = [block for block in PAGE.blocks if block.language in ("sh", "python", "js")]
    assert [str(block) for block in blocks if "file" not in block.marks and "export" not in block.text] == []

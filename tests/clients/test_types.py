"""The types of both clients: a program that uses every method passes, and wrong uses do not."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts.make_clients import node_tools
from tests.clients.calling import HERE
from tests.clients.test_calls import node_methods, python_methods
from tests.waiting import PATIENCE_S

PYTHON, NODE = HERE / "example.py", HERE / "example.ts"


def ran(folder: Path, *command: str | Path) -> str:
    """What a checker says; nothing where it finds nothing."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S * 2, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel where a checker looks into it."""
    folder = tmp_path_factory.mktemp("types")
    zipfile.ZipFile(wheel).extractall(folder)
    shutil.copy(PYTHON, folder)
    return folder


def mypy(folder: Path) -> str:
    return ran(folder, sys.executable, "-m", "mypy", "--strict", "--config-file=", ".")


def tsc(folder: Path) -> str:
    options = ("--noEmit", "--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes")
    target = ("--target", "ES2022", "--module", "NodeNext", "--lib", "ES2022,DOM,DOM.Iterable")
    return ran(folder, node_tools() / ".bin" / "tsc", *options, *target, "example.ts")


@pytest.mark.long
def test_mypy_takes_the_python_client_and_its_example_and_refuses_wrong_uses(unpacked: Path) -> None:
    assert mypy(unpacked) == ""


@pytest.mark.long
def test_tsc_takes_the_typescript_example_and_refuses_wrong_uses(node_folder: Path) -> None:
    shutil.copy(NODE, node_folder)
    (node_folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    assert tsc(node_folder) == ""


def test_the_examples_use_every_method() -> None:
    assert set(re.findall(r"\bpico\.(\w+)\(", PYTHON.read_text(encoding="utf-8"))) == python_methods()
    assert set(re.findall(r"\bpico\.(\w+)\(", NODE.read_text(encoding="utf-8"))) == node_methods()


def test_both_examples_hold_the_same_wrong_uses() -> None:
    python = PYTHON.read_text(encoding="utf-8").count("# type: ignore[")
    assert python == NODE.read_text(encoding="utf-8").count("// @ts-expect-error") >= 10

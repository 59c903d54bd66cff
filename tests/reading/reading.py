"""Rulesets in a folder of their own, read as the library reads them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from service.reading.extending import Finder
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector
from service.reading.ruleset import Read, read_ruleset
from service.reading.yaml_reader import compose

HERE = Path(__file__).parent
COMMON = HERE / "common"


def beside(folder: Path) -> Finder:
    """Find the rulesets that lie in a folder, each shown by its own name."""

    def find(name: str) -> tuple[Path, str] | None:
        return (folder / name, name) if (folder / name / "ruleset.yaml").is_file() else None

    return find


def read(folder: Path, name: str = "clinic", later: tuple[str, ...] = ()) -> Read:
    """Read one of the rulesets that lie in a folder."""
    return read_ruleset(folder / name, name, beside(folder), later)


def copied(folder: Path) -> Path:
    """The common rulesets, copied to where they can be broken."""
    shutil.copytree(COMMON, folder, dirs_exist_ok=True)
    return folder


def load_case(path: Path) -> dict[str, Any]:
    """One case as plain data in which every scalar is text."""
    case = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
    assert isinstance(case, dict)
    return case


def prepare(folder: Path, case: Mapping[str, Any]) -> str:
    """Lay out the rulesets of a case; the name of the one that it is about comes back.

    ``ruleset`` is ``clinic`` where a case does not name another. What is done to it, in this order:
    ``remove`` files; write ``files`` (a path that ends in / is a folder, ``encoding`` is that of their
    text); ``change`` what stands in files, each with ``file``, ``replace`` and ``with``.
    """
    name = str(case.get("ruleset", "clinic"))
    if not case.get("alone"):
        copied(folder)
    for path in case.get("remove", ()):
        entry = folder / name / path
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    for path, text in case.get("files", {}).items():
        _write(folder / name / path, path, text, case.get("encoding", "utf-8"))
    for change in case.get("change", [case] if "replace" in case else []):
        _change(folder / name / change["file"], change["replace"], change["with"])
    return name


def _write(path: Path, written: str, text: str | None, encoding: str) -> None:
    if written.endswith("/"):
        path.mkdir(parents=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((text or "").encode(encoding))


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8", newline="")


def node_of(text: str, *keys: str | int) -> Node:
    """The value below ``keys`` in a file ``f.yaml`` of this text."""
    tree = compose("f.yaml", text.encode())
    assert tree.problems == []
    node = Node(tree, (), tree.data)
    for key in keys:
        node = node.child(key)
    return node


def said(problems: ProblemCollector) -> list[str]:
    """The problems found, without their file."""
    return [str(problem).removeprefix("f.yaml:") for problem in problems.noted]

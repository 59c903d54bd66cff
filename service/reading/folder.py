"""A ruleset's folder: which files it holds, which don't belong, and the digest of all of them."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from service.model.problem import Place, Problem, did_you_mean, shown
from service.reading.composing import MOST_BYTES, compose
from service.reading.spot import Spot
from service.reading.tree import Tree

FILES = ("ruleset.yaml", "assessment.yaml", "guarantees.yaml", "evidence.yaml", "sign-off.yaml")
FOLDERS = ("factors", "scenarios")
MOST_FILES = 500
MOST_TOTAL_BYTES = 8_000_000

_TEMPORARY = re.compile(
    r"(\..*|~\$.*|.*~|#.*#|.*\.(swp|swo|tmp|bak\d*|part|crdownload)|Thumbs\.db|desktop\.ini)\Z", re.I
)
_PLAN = (
    "ruleset.yaml, assessment.yaml, factors/, guarantees.yaml, scenarios/, evidence.yaml and sign-off.yaml"
)


@dataclass(slots=True)
class Layer:
    """One ruleset's folder as read: a tree for each file, and what is wrong with the folder itself."""

    path: Path
    shown_as: str
    trees: dict[str, Tree] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    digest: str = ""

    @property
    def id(self) -> str:
        """The id that the folder bears."""
        return self.path.name

    def spot(self, name: str) -> Spot | None:
        """The whole of one file, or None where the folder has none of that name."""
        tree = self.trees.get(name)
        return None if tree is None or tree.broken else Spot(tree, (), tree.data)

    def below(self, folder: str) -> list[tuple[str, Spot]]:
        """The files of ``factors`` or ``scenarios`` in name order, each with its own name."""
        names = sorted(name for name in self.trees if name.startswith(folder + "/"))
        return [(name[len(folder) + 1 :], spot) for name in names if (spot := self.spot(name)) is not None]

    @property
    def broken(self) -> bool:
        """Whether a file could not be read to its end, so that parts of the ruleset are not known."""
        return any(tree.broken for tree in self.trees.values())


def is_ruleset(folder: Path) -> bool:
    """Whether the folder looks like one ruleset rather than a folder of rulesets."""
    return any(
        (folder / name).is_file() for name in ("ruleset.yaml", "ruleset.yml", "assessment.yaml")
    ) or any((folder / name).is_dir() for name in FOLDERS)


def ruleset_folders(root: Path, shown_as: str) -> tuple[list[Path], list[Problem]]:
    """The ruleset folders directly below ``root`` in name order, and files there that don't belong."""
    folders, problems = [], []
    for entry in sorted(root.iterdir(), key=lambda path: path.name):
        if _TEMPORARY.match(entry.name):
            continue
        if entry.is_dir():
            folders.append(entry)
        elif re.search(r"\.ya?ml", entry.name, re.I):
            message = f'"{shown(entry.name)}" lies outside a ruleset\'s folder. Move it into one.'
            problems.append(Problem(Place(f"{shown_as}/{entry.name}"), "stray-file", message))
    return folders, problems


def read_folder(path: Path, shown_as: str) -> Layer:
    """Read every file of one ruleset's folder; mistakes become problems of the layer or of its trees."""
    layer = Layer(path, shown_as)
    contents: dict[str, bytes] = {}
    for entry in _entries(layer, path, shown_as):
        if entry.name in FILES and entry.is_file():
            _take(layer, contents, entry, entry.name)
        elif entry.name in FOLDERS and entry.is_dir():
            for below in _entries(layer, entry, f"{shown_as}/{entry.name}"):
                if below.name.endswith(".yaml") and below.is_file() and below.name != ".yaml":
                    _take(layer, contents, below, f"{entry.name}/{below.name}")
                else:
                    _stray_below(layer, below, f"{shown_as}/{entry.name}")
        else:
            _stray(layer, entry)
    for name in ("ruleset.yaml", "assessment.yaml"):
        if name not in contents and not (name == "assessment.yaml" and _extends(layer)):
            message = f"The ruleset has no {name}. Add it."
            layer.problems.append(Problem(Place(f"{shown_as}/{name}"), "missing-file", message))
    layer.digest = digest_of(contents)
    return layer


def _extends(layer: Layer) -> bool:
    spot = layer.spot("ruleset.yaml")
    return spot is not None and spot.child("extends").data is not None


def digest_of(contents: dict[str, bytes], *, above: str = "") -> str:
    """``sha256:...`` of the files by name and content (sign-off.yaml aside), after the extended one's."""
    digest = hashlib.sha256(above.encode())
    for name in sorted(contents):
        if name != "sign-off.yaml":
            for part in (name.encode(), contents[name]):
                digest.update(len(part).to_bytes(8, "big") + part)
    return "sha256:" + digest.hexdigest()


def _entries(layer: Layer, folder: Path, shown_as: str) -> list[Path]:
    try:
        entries = sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError as error:
        layer.problems.append(
            Problem(Place(shown_as), "unreadable", f"The folder can't be read: {error.strerror}.")
        )
        return []
    kept = [entry for entry in entries if not _TEMPORARY.match(entry.name)]
    if len(kept) > MOST_FILES:
        message = f"More than {MOST_FILES} files. Put several rules or scenarios in one file."
        layer.problems.append(Problem(Place(shown_as), "too-many-files", message))
        return []
    return kept


def _take(layer: Layer, contents: dict[str, bytes], path: Path, name: str) -> None:
    file = f"{layer.shown_as}/{name}"
    try:
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except OSError as error:
        layer.problems.append(
            Problem(Place(file), "unreadable", f"The file can't be read: {error.strerror}.")
        )
        return
    if sum(map(len, contents.values())) + len(raw) > MOST_TOTAL_BYTES:
        layer.problems.append(Problem(Place(file), "file-too-large", "All files together are over 8 MB."))
        return
    contents[name] = raw
    tree = compose(file, raw)
    layer.trees[name] = tree
    layer.problems.extend(tree.problems)


def _stray(layer: Layer, entry: Path) -> None:
    name = shown(entry.name)
    mend = _right_name(entry, (*FILES, *FOLDERS))
    if entry.is_dir() and not mend:
        mend = " Move it elsewhere."
    if entry.name in FOLDERS:
        message = f'"{name}" must be a folder with .yaml files in it.'
    elif entry.name in FILES:
        message = f'"{name}" must be a plain file.'
    else:
        message = f'"{name}" is not of a ruleset.{mend or f" Its files are {_PLAN}."}'
    layer.problems.append(Problem(Place(f"{layer.shown_as}/{entry.name}"), "stray-file", message))


def _stray_below(layer: Layer, entry: Path, shown_as: str) -> None:
    stem = re.sub(r"(\.ya?ml|\.txt|\.json)+\Z", "", entry.name, flags=re.I)
    mend = " Files here end in .yaml." if entry.is_dir() else f' Rename it to "{shown(stem)}.yaml".'
    message = f'"{shown(entry.name)}" is not read, so its content would be lost.{mend}'
    layer.problems.append(Problem(Place(f"{shown_as}/{entry.name}"), "stray-file", message))


def _right_name(entry: Path, known: tuple[str, ...]) -> str:
    stem = re.sub(r"(\.ya?ml|\.txt|\.json)+\Z", "", entry.name, flags=re.I).lower()
    for name in known:
        if stem == name.removesuffix(".yaml") or stem == name.removesuffix("s"):
            return f' Rename it to "{name}".'
    return did_you_mean(entry.name, known).replace("Did you mean", "Rename it to").replace("?", ".")

"""Where rulesets lie: the folder at hand, and the shipped ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import service
from service.analysis.checks.check import CHECKS, check
from service.analysis.proofs.results import PROOFS
from service.model.problem import Problem, in_order
from service.reading.allowing import allowed
from service.reading.folder import is_ruleset, ruleset_folders
from service.reading.node import Data
from service.reading.ruleset import Finder, Read, read_ruleset
from service.reading.yaml_reader import compose

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
_MAY_BE_CONTROL = re.compile(rb"\\[0abefruUvx]")


class NotARulesetsFolder(Exception):
    """The path is no folder of rulesets: wrong usage, said in one line."""


def shipped() -> Path:
    """The folder of the rulesets that come with picoplan: in the package, or beside it in a checkout."""
    package = Path(service.__file__).parent
    inside = package / "rulesets"
    return inside if inside.is_dir() else package.parent / "rulesets"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What came of reading a folder: each ruleset by id, and problems of the folder itself.

    ``shown_as`` is how places in it begin; ``single``: it is one ruleset rather than a folder of them.
    """

    root: Path
    read: dict[str, Read]
    problems: tuple[Problem, ...]
    shown_as: str = ""
    single: bool = False

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """Every problem of the folder and its rulesets, each once, sorted by place."""
        found = {problem for read in self.read.values() for problem in read.problems}
        return tuple(sorted(found | set(self.problems)))


def read_shelf(
    root: Path,
    shown_as: str | None = None,
    only: str | None = None,
    instead: Mapping[str, Path] | None = None,
) -> Shelf:
    """Read the folder ``root``: a folder of rulesets, or one ruleset. Places begin with ``shown_as``.

    ``only``: read this one of its rulesets alone. ``instead``: read these folders, by the id whose name they
    bear, as if they lay there.

    Raises:
        NotARulesetsFolder: there is no such folder, it can't be read, or no ruleset is in it.
    """
    label = (shown_as if shown_as is not None else str(root)).rstrip("/") or "/"
    root, single, folders, problems = _listed(root, label)
    others = dict(instead or {})
    if not single:
        folders += [root / name for name in others if root / name not in folders]
    beside = (root.parent, str(Path(label).parent)) if single else (root, label)
    find = _finder(beside, others)
    read = {}
    for folder in folders:
        if only is not None and folder.name != only:
            continue
        name = label if single else _below(label, folder.name)
        path = others.get(folder.name, folder)
        read[folder.name] = _checked(read_ruleset(path, name, find, later={*CHECKS, *PROOFS}), name)
    return Shelf(root, read, tuple(problems), label, single)


def _listed(root: Path, label: str) -> tuple[Path, bool, list[Path], list[Problem]]:
    """The folder itself, whether it is one ruleset, the rulesets' folders, and what else is wrong with it."""
    if not root.is_dir():
        raise NotARulesetsFolder(f"{label} is not a folder")
    try:
        root = root.resolve()
        single = is_ruleset(root)
        folders, problems = ([root], []) if single else ruleset_folders(root, label)
    except OSError as error:
        raise NotARulesetsFolder(f"{label} can't be read: {error.strerror}") from error
    if not folders and not problems:
        raise NotARulesetsFolder(f"{label} holds no ruleset: a ruleset is a folder with ruleset.yaml in it")
    return root, single, folders, problems


def _finder(beside: tuple[Path, str], others: Mapping[str, Path]) -> Finder:
    """Looks extended rulesets up: among ``others``, then ``beside`` (as shown), then the shipped ones."""

    def find(ruleset_id: str) -> tuple[Path, str] | None:
        if "/" in ruleset_id or ruleset_id in ("", ".", ".."):
            return None
        if ruleset_id in others:
            return others[ruleset_id], _below(beside[1], ruleset_id)
        for folder, name in (beside, (shipped(), str(shipped()))):
            if (folder / ruleset_id / "ruleset.yaml").is_file():
                return folder / ruleset_id, _below(name, ruleset_id)
        return None

    return find


def _below(label: str, name: str) -> str:
    return name if label == "." else f"{label}/{name}"


def _checked(read: Read, shown_as: str) -> Read:
    """The ruleset with the problems that the checks find; it is no good where one of them is an error."""
    characters = tuple(_control_characters(read, shown_as))
    if characters:
        read = replace(read, problems=in_order((*read.problems, *characters)), ruleset=None)
    if read.ruleset is None:
        return read
    problems = allowed(check(read.ruleset), read.allows, later=PROOFS, known=CHECKS)
    broken = any(problem.severity == "error" for problem in problems)
    return replace(
        read, problems=in_order((*read.problems, *problems)), ruleset=None if broken else read.ruleset
    )


def _control_characters(read: Read, shown_as: str) -> Iterator[Problem]:
    """Texts of the ruleset's own files in which an escape stands for a control character, such as NUL.

    Such a character in the file itself is an error of YAML. Archived editions are read without this check.
    """
    for name, raw in read.files.items():
        folder, _, file = name.partition("/")
        if folder == read.id and _MAY_BE_CONTROL.search(raw):
            tree = compose(f"{shown_as}/{file}", raw)
            for path, text in _texts(tree.data, ()):
                if _CONTROL.search(text):
                    message = "An escape in this text stands for a control character. Type the text anew."
                    yield Problem(tree.at(path), "bad-character", message)


def _texts(node: Data, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(node, str):
        yield path, node
    elif node is not None:
        below = node.items() if isinstance(node, dict) else enumerate(node)
        for step, one in below:
            yield from _texts(one, (*path, step))

"""Folders of rulesets: where they lie, and reading one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import service
from service.analysis.checks.check import CHECKS, check
from service.analysis.proofs.results import PROOFS
from service.model.problem import Problem, in_order
from service.reading.allowing import allowed
from service.reading.extending import LayerReader
from service.reading.folder import Layer, is_ruleset, read_folder, ruleset_folders
from service.reading.ruleset import Finder, Read, read_ruleset


class NotARulesetsFolder(Exception):
    """The path is no folder of rulesets: wrong usage, said in one line."""


def shipped() -> Path:
    """The folder of the rulesets that come with picoplan: in the package, or beside it in a checkout."""
    package = Path(service.__file__).parent
    inside = package / "rulesets"
    return inside if inside.is_dir() else package.parent / "rulesets"


def shipped_ids() -> tuple[str, ...]:
    """The rulesets that come with picoplan, in order."""
    return tuple(sorted(one.name for one in shipped().iterdir() if one.is_dir()))


def is_shipped(ruleset: str) -> bool:
    """Whether a ruleset comes with picoplan, so that it can only be built upon."""
    return ruleset in shipped_ids()


@dataclass(frozen=True, slots=True)
class Shelf:
    """What came of reading a folder: each ruleset by id, and problems of the folder itself.

    ``shown_as`` is how places in it begin; ``single``: it is one ruleset rather than a folder of them;
    ``given`` is ``root`` before links were followed.
    """

    root: Path
    read: dict[str, Read]
    problems: tuple[Problem, ...]
    shown_as: str = ""
    single: bool = False
    given: Path = Path()

    def folder(self, name: str) -> tuple[Path, str]:
        """The folder of one of its rulesets, and how places in it begin."""
        if self.single:
            return self.root, self.shown_as
        return self.root / name, _below(self.shown_as, name)

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
    read_layer: LayerReader | None = None,
) -> Shelf:
    """Read the folder ``root``: a folder of rulesets, or one ruleset. Places begin with ``shown_as``.

    ``only``: read this one of its rulesets alone. ``instead``: read these folders, by the id whose name they
    bear, as if they lay there. ``read_layer`` reads each folder, in another way than as it is.

    Raises:
        NotARulesetsFolder: there is no such folder, it can't be read, or no ruleset is in it.
    """
    label = (shown_as if shown_as is not None else str(root)).rstrip("/") or "/"
    given = root
    others = dict(instead or {})
    root, single, folders, problems = _listed(root, label, may_be_empty=bool(others))
    if not single:
        folders += [root / name for name in others if root / name not in folders]
    beside = (root.parent, str(Path(label).parent)) if single else (root, label)
    find = _finder(beside, others)
    read: dict[str, Read] = {}
    files = _FoldersOnce(alone=single)
    for folder in folders:
        if only is not None and folder.name != only:
            continue
        name = label if single else _below(label, folder.name)
        path = others.get(folder.name, folder)
        found = read_ruleset(path, name, find, later={*CHECKS, *PROOFS}, read=read_layer or files.read)
        files.keep(found)
        read[folder.name] = with_checks(found)
    return Shelf(root, read, tuple(problems), label, single, given)


class _FoldersOnce:
    """Reads the files of a folder once, for the ruleset itself and for those that extend it.

    A ruleset with errors is read again: reading it further may put what is out of place into its place.
    ``alone``: it is given by itself, and not in a folder of rulesets.
    """

    def __init__(self, *, alone: bool) -> None:
        self._alone = alone
        self._kept: dict[tuple[Path, str], Layer] = {}
        self._open: dict[tuple[Path, str], Layer] = {}

    def read(self, path: Path, shown_as: str, most_values: int) -> Layer:
        """The folder's layer, as :func:`read_folder` reads it."""
        key = (path, shown_as)
        kept = self._kept.get(key)
        if kept is None or kept.values > most_values:
            layer = read_folder(path, shown_as, most_values, alone=self._alone)
        else:
            layer = kept
        self._open[key] = _as_read(layer)
        return _as_read(layer)

    def keep(self, read: Read) -> None:
        """Keep the folders read for a ruleset, if it has no errors."""
        if read.ruleset is not None:
            self._kept |= self._open
        self._open = {}


def _as_read(layer: Layer) -> Layer:
    """The layer with notes of its own, for reading goes on to note what is wrong with it."""
    return replace(layer, problems=list(layer.problems), unread=set(layer.unread))


def _listed(root: Path, label: str, *, may_be_empty: bool) -> tuple[Path, bool, list[Path], list[Problem]]:
    """The folder itself, whether it is one ruleset, the rulesets' folders, and what else is wrong with it."""
    if not root.is_dir():
        raise NotARulesetsFolder(f"{label} is not a folder")
    try:
        root = root.resolve()
        single = is_ruleset(root)
        folders, problems = ([root], []) if single else ruleset_folders(root, label)
    except OSError as error:
        raise NotARulesetsFolder(f"{label} can't be read: {error.strerror}") from error
    if not folders and not problems and not may_be_empty:
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


def with_checks(read: Read) -> Read:
    """The ruleset with the problems that the checks find; it is no good where one of them is an error."""
    if read.ruleset is None:
        return read
    problems = allowed(check(read.ruleset), read.allows, later=PROOFS, known=CHECKS, beside=read.problems)
    broken = any(problem.severity == "error" for problem in problems)
    return replace(
        read, problems=in_order((*read.problems, *problems)), ruleset=None if broken else read.ruleset
    )

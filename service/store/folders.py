"""Folders of rulesets: where they lie, reading one, and an archived edition's files put back into theirs."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import service
from service.analysis.checks.check import CHECKS, check
from service.analysis.proofs.results import PROOFS
from service.model.problem import Problem, in_order
from service.reading.allowing import allowed
from service.reading.extending import LayerReader
from service.reading.folder import (
    FILES,
    FOLDERS,
    SIGN_OFF,
    Layer,
    bound_of,
    is_ruleset,
    is_temporary,
    leads_out,
    read_folder,
    ruleset_folders,
)
from service.reading.ruleset import Finder, Read, read_ruleset
from service.store.editions import Edition
from service.store.faults import Damaged

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


class CantRestore(Exception):
    """The folder can't be replaced; nothing was changed. Says why in one line."""


@contextmanager
def staged(edition: Edition, folder: Path) -> Iterator[Path]:
    """A folder beside ``folder``, hidden, with the edition's own files and the sign-offs of before.

    Raises:
        CantRestore: it can't be made.
        Damaged: the edition has files that are not of a ruleset.
    """
    files = _own_files(edition)
    try:
        beside = Path(tempfile.mkdtemp(prefix=".picoplan-rollback-", dir=folder.parent))
    except OSError as error:
        raise CantRestore(f"nothing can be written to {folder.parent}: {_why(error)}") from error
    try:
        new = beside / edition.ruleset
        try:
            _write(new, files, folder)
        except OSError as error:
            raise CantRestore(f"the files can't be written to {folder.parent}: {_why(error)}") from error
        yield new
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def swap_in(new: Path, folder: Path, at: datetime) -> Path | None:
    """Put ``new`` in the place of ``folder``; what was there is kept beside it, hidden, and that comes back.

    None where nothing was there. Hidden files of the folder, such as those of git, stay in it.

    Raises:
        CantRestore: it can't be replaced; it is as it was.
    """
    try:
        if not os.path.lexists(folder):
            new.rename(folder)
            return None
        kept = _free_name(folder.parent / f".{folder.name}.before-rollback-{at:%Y%m%d-%H%M%S}")
        _swap(new, folder, kept)
    except OSError as error:
        raise CantRestore(f"{folder} can't be replaced: {_why(error)}") from error
    if not kept.is_symlink():
        _take_hidden_along(kept, folder)
    return kept


def _own_files(edition: Edition) -> Mapping[str, bytes]:
    files = edition.own_files
    for name in files:
        above, _, below = name.partition("/")
        plain = name in FILES if not below else above in FOLDERS and "/" not in below
        if not plain or is_temporary(below or above):
            raise Damaged(f"the archived files of {edition.digest} are damaged: one has an odd name")
    return files


def _write(new: Path, files: Mapping[str, bytes], before: Path) -> None:
    """Write the files, with the rights of those that they replace."""
    new.mkdir()
    _like(before, new)
    for name in files:
        path = new / name
        if not path.parent.is_dir():
            path.parent.mkdir()
            _like(before / path.parent.name, path.parent)
        with path.open("wb") as stream:
            stream.write(files[name])
            stream.flush()
            os.fsync(stream.fileno())
        _like(before / name, path)
    bound = bound_of(before)
    if bound is not None and (before / SIGN_OFF).is_file() and not leads_out(before / SIGN_OFF, bound):
        shutil.copy2(before / SIGN_OFF, new / SIGN_OFF)
        _like(before / SIGN_OFF, new / SIGN_OFF)


def replace_file(path: Path, content: bytes) -> None:
    """Give a file this content in one step: who reads it meanwhile sees the old or the new whole.

    It keeps its rights and its owner; where it is new, it has the rights of its folder.

    Raises:
        OSError: it can't be written, and is as it was.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            _like(path, Path(name))
        else:
            Path(name).chmod(path.parent.stat().st_mode & 0o666)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _like(before: Path, new: Path) -> None:
    """Give a file the rights and the owner of the one before, as far as that goes."""
    with suppress(OSError):
        shutil.copymode(before, new)
        found = before.stat()
        os.chown(new, found.st_uid, found.st_gid)


def _free_name(path: Path) -> Path:
    number, free = 1, path
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free


def _swap(new: Path, folder: Path, kept: Path) -> None:
    if _exchanged(new, folder):
        try:
            new.rename(kept)
        except OSError:
            _exchanged(new, folder)
            raise
        return
    folder.rename(kept)
    try:
        new.rename(folder)
    except OSError:
        kept.rename(folder)
        raise


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the two have each other's place now, without a moment in between; not every system can."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    names = os.fsencode(one), os.fsencode(other)
    if renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code))


def _take_hidden_along(kept: Path, folder: Path) -> None:
    with suppress(OSError):
        for entry in kept.iterdir():
            if is_temporary(entry.name) and not os.path.lexists(folder / entry.name):
                entry.rename(folder / entry.name)


def _why(error: OSError) -> str:
    return (error.strerror or "unknown").lower()


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
    root, single, folders, problems = _listed(root, label)
    others = dict(instead or {})
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


def with_checks(read: Read) -> Read:
    """The ruleset with the problems that the checks find; it is no good where one of them is an error."""
    if read.ruleset is None:
        return read
    problems = allowed(check(read.ruleset), read.allows, later=PROOFS, known=CHECKS, beside=read.problems)
    broken = any(problem.severity == "error" for problem in problems)
    return replace(
        read, problems=in_order((*read.problems, *problems)), ruleset=None if broken else read.ruleset
    )

"""Where rulesets come from, and fingerprints of what the folders hold: equal ones hold the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from service.model.problem import Problem
from service.reading.folder import (
    FOLDERS,
    MOST_FILES,
    bound_of,
    is_ruleset,
    is_temporary,
    leads_out,
    ruleset_folders,
)
from service.reading.yaml_text import MOST_BYTES
from service.store.folders import NotARulesetsFolder, shipped

NOTHING = ""
"""The fingerprint of a folder that is not there."""

NAMES = "*"
"""Stands for which folders there are, whatever they hold."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Of the folders that a ruleset rests on: its own and those it extends or names, by id."""

    by_id: Mapping[str, str]

    def still(self, source: Source) -> bool:
        """Whether the folders have these fingerprints now."""
        return source.fingerprints(self.by_id) == self


@dataclass(frozen=True, slots=True)
class Source:
    """Where rulesets come from: a folder of them, or one ruleset. Places begin with ``shown_as``.

    ``may_be_empty``: rulesets may come to lie there later.
    """

    root: Path
    shown_as: str
    may_be_empty: bool = False

    @property
    def is_single(self) -> bool:
        """Whether it is one ruleset, and no folder of them."""
        return is_ruleset(self.root)

    def shown(self, ruleset: str) -> str:
        """How the folder of one ruleset is shown."""
        if self.is_single:
            return self.shown_as
        return ruleset if self.shown_as == "." else f"{self.shown_as}/{ruleset}"

    def ids(self) -> tuple[str, ...]:
        """The rulesets that are there now, in order.

        Raises:
            NotARulesetsFolder: there is no such folder, it can't be read, or no ruleset is in it and it may
                not be empty.
        """
        if not self.root.is_dir():
            raise NotARulesetsFolder(f"{self.shown_as} is not a folder")
        try:
            root = self.root.resolve()
            if is_ruleset(root):
                return (root.name,)
            folders, problems = ruleset_folders(root, self.shown_as)
        except OSError as error:
            raise NotARulesetsFolder(f"{self.shown_as} can't be read: {error.strerror}") from error
        if not folders and not problems and not self.may_be_empty:
            raise NotARulesetsFolder(
                f"{self.shown_as} holds no ruleset: a ruleset is a folder with ruleset.yaml in it"
            )
        return tuple(folder.name for folder in folders)

    def strays(self) -> list[Problem]:
        """Files beside the rulesets that look like parts of one."""
        try:
            return [] if self.is_single else ruleset_folders(self.root.resolve(), self.shown_as)[1]
        except OSError:
            return []

    def fingerprints(self, ids: Iterable[str]) -> Fingerprints:
        """The fingerprints that the folders of these rulesets have now."""
        return Fingerprints({name: self.fingerprint(name) for name in ids})

    def fingerprint(self, ruleset: str) -> str:
        """The fingerprint of the folder of one ruleset."""
        if ruleset == NAMES:
            return " ".join(self._names())
        folder = self.folder(ruleset)
        return NOTHING if folder is None else _fingerprint_of(folder, bound_of(folder, alone=self.is_single))

    def folder(self, ruleset: str) -> Path | None:
        """The folder of one ruleset, beside the others or shipped."""
        if "/" in ruleset or ruleset in ("", ".", ".."):
            return None
        for folder in (self._beside() / ruleset, shipped() / ruleset):
            if folder.is_dir():
                return folder
        return None

    def outside(self, ids: Iterable[str]) -> list[Path]:
        """The folders of these rulesets that are not in the source, in order."""
        root = self.root.resolve()
        found = {folder for name in ids if (folder := self.folder(name)) is not None}
        return sorted(folder for folder in found if not folder.is_relative_to(root))

    def _beside(self) -> Path:
        root = self.root.resolve()
        return root.parent if is_ruleset(root) else root

    def _names(self) -> list[str]:
        try:
            return sorted(entry.name for entry in self._beside().iterdir() if not is_temporary(entry.name))
        except OSError:
            return []


def _fingerprint_of(folder: Path, bound: Path | None) -> str:
    """What links lead to outside of ``bound`` is not read; without it, nothing is."""
    hashed = blake2b(digest_size=16)
    if bound is None:
        _note(hashed, "", _OUTSIDE)
    else:
        _add(hashed, folder, "", bound, deeper=True)
    return hashed.hexdigest()


_OUTSIDE = b"outside"


def _add(hashed: blake2b, folder: Path, prefix: str, bound: Path, *, deeper: bool) -> None:
    try:
        names = sorted(entry.name for entry in folder.iterdir() if not is_temporary(entry.name))
    except OSError as error:
        _note(hashed, prefix, f"unreadable {error.errno}".encode())
        return
    for name in names[: MOST_FILES + 1]:
        path = folder / name
        if leads_out(path, bound):
            _note(hashed, prefix + name, _OUTSIDE)
        elif deeper and name in FOLDERS and path.is_dir():
            _note(hashed, prefix + name, b"folder")
            _add(hashed, path, f"{name}/", bound, deeper=False)
        else:
            _note(hashed, prefix + name, _content(path))


def _content(path: Path) -> bytes:
    try:
        if path.is_file():
            with path.open("rb") as stream:
                return b"file " + stream.read(MOST_BYTES + 1)
    except OSError as error:
        return f"unreadable {error.errno}".encode()
    return b"folder" if path.is_dir() else b"other"


def _note(hashed: blake2b, name: str, content: bytes) -> None:
    for part in (name.encode("utf-8", "surrogateescape"), content):
        hashed.update(len(part).to_bytes(8, "big") + part)

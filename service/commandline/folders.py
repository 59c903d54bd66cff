"""Files and folders that a command works on: rulesets, versions that served, and what it writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from service.commandline.arguments import Unreadable
from service.model.problem import Problem, in_order
from service.store.faults import DatabaseFault
from service.store.folders import NotARulesetsFolder, Shelf, read_shelf, shipped
from service.store.snapshot import Snapshot, take_snapshot

if TYPE_CHECKING:
    from service.store.archive import Archive


def open_shelf(folder: str | None, only: str | None = None) -> Shelf:
    """Read the folder as the person typed it; without one, ``rulesets`` here, else the shipped ones.

    ``only``: read this one of its rulesets alone.

    Raises:
        Unreadable: it is no folder of rulesets.
    """
    if folder is None:
        folder = "rulesets" if Path("rulesets").is_dir() else str(shipped())
    if not folder:
        raise Unreadable('"" is not a folder')
    try:
        return read_shelf(Path(folder), folder, only)
    except NotARulesetsFolder as error:
        raise Unreadable(str(error)) from error
    except OSError as error:
        raise Unreadable(f"{folder} can't be read: {error.strerror}") from error


def located(ruleset: str, rulesets: str | None) -> tuple[str, str | None]:
    """The id of a ruleset and its folder of rulesets, where it is named by its id or by its own folder.

    Raises:
        Unreadable: it is named by its folder, and a folder of rulesets is named, too.
    """
    path = Path(ruleset)
    is_path = os.sep in ruleset or ruleset in (os.curdir, os.pardir)
    beside = rulesets is None and not (Path("rulesets") / ruleset).is_dir()
    if not is_path and not (beside and (path / "ruleset.yaml").is_file()):
        return ruleset, rulesets
    if rulesets is not None:
        raise Unreadable(f"name the ruleset by its id beside --rulesets, such as {path.name or 'pico-laser'}")
    whole = path if path.name not in ("", os.curdir, os.pardir) else path.resolve()
    return whole.name, str(whole.parent)


@contextmanager
def opened_archive(rulesets: Path) -> Iterator[Archive]:
    """The versions that served from a folder as it was given.

    What reads databases is loaded only here: it takes time.

    Raises:
        Unreadable: the database can't be used.
    """
    from service.store.archive import open_archive

    try:
        archive = open_archive(rulesets)
        try:
            yield archive
        finally:
            archive.close()
    except DatabaseFault as fault:
        raise Unreadable(str(fault)) from fault


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder of rulesets, compiled, and every problem of it, sorted by place."""

    shelf: Shelf
    snapshot: Snapshot
    problems: tuple[Problem, ...]


def open_rulesets(folder: str | None) -> Opened:
    """Read and compile: what the engine does not take is a problem too.

    Raises:
        Unreadable: it is no folder of rulesets.
    """
    shelf = open_shelf(folder)
    snapshot = take_snapshot(shelf)
    broken = [problem for problems in snapshot.broken.values() for problem in problems]
    return Opened(shelf, snapshot, in_order([*shelf.all_problems, *broken]))


def write_whole(file: str, text: str) -> None:
    """Put the text into the file, its folder made where it is not there; a pipe or a terminal is written to.

    Raises:
        Unreadable: it can't be written.
    """
    path = Path(file)
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        path = path.resolve()
        if not path.parent.exists():
            path.parent.mkdir(parents=True)
        half = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            half.write_text(text, encoding="utf-8")
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
    except OSError as error:
        raise Unreadable(f"{file} can't be written: {error.strerror}") from error

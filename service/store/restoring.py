"""The files of an archived edition put back into their folder: made ready beside it, swapped in at once."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from service.reading.folder import FILES, FOLDERS, SIGN_OFF, is_temporary
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
    if (before / SIGN_OFF).is_file():
        shutil.copy2(before / SIGN_OFF, new / SIGN_OFF)
        _like(before / SIGN_OFF, new / SIGN_OFF)


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

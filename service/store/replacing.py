"""A ruleset's folder put in the place of another in one step, and a file in that of another.

Whoever reads meanwhile, and whoever comes after a process that was killed, finds the old or the new whole.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from pathlib import Path
from typing import Literal

from service.reading.folder import (
    FILES,
    FOLDERS,
    SIGN_OFF,
    as_text,
    bound_of,
    is_temporary,
    language_of,
    leads_out,
    printable,
)
from service.reading.yaml_text import MOST_BYTES
from service.store.faults import Damaged

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2

Occasion = Literal["rollback", "publish"]
"""For what a folder is replaced."""


class CantReplace(Exception):
    """A ruleset's folder can't be replaced; nothing was changed. Says why in one line."""


class ChangedMeanwhile(CantReplace):
    """The folder does not hold what it was thought to hold: somebody has saved there. Nothing was changed."""


@contextmanager
def staged(folder: Path, files: Mapping[str, bytes]) -> Iterator[Path]:
    """A folder beside ``folder``, hidden and of the same name, with these files and the sign-offs of before.

    ``files``: those of a ruleset by name, such as ``factors/1-concern.yaml``. ``folder`` stays as it is.

    Raises:
        CantReplace: it can't be made.
        Damaged: a file has a name that none of a ruleset has.
    """
    if not all(map(is_file_of_ruleset, files)):
        raise Damaged(f"the files for {folder.name} are damaged: one has an odd name")
    try:
        beside = Path(tempfile.mkdtemp(prefix=".picoplan-staged-", dir=folder.parent))
    except OSError as error:
        raise CantReplace(f"nothing can be written to {folder.parent}: {_why(error)}") from error
    try:
        new = beside / folder.name
        try:
            _write(new, files, folder)
        except OSError as error:
            raise CantReplace(f"the files can't be written to {folder.parent}: {_why(error)}") from error
        yield new
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def swap_in(new: Path, folder: Path, at: datetime) -> Path | None:
    """Put ``new`` in the place of ``folder``; what was there is kept beside it, hidden, and that comes back.

    None where nothing was there. Hidden files of the folder, such as those of git, stay in it.

    Raises:
        CantReplace: it can't be replaced; it is as it was.
    """
    with _one_at_a_time(folder.parent):
        kept = _swapped_in(new, folder, at, "rollback")
    if kept is not None:
        _take_hidden_along(kept, folder)
    return kept


def swap_in_for(
    new: Path, folder: Path, expected: Mapping[str, bytes], signed: bytes, at: datetime
) -> Path | None:
    """Like :func:`swap_in`, but only in the place of a folder that holds the ``expected`` files of a ruleset.

    Where none are expected, nothing may be there. What was there is kept only where there was more than that.
    ``signed``: what its sign-offs were when ``new`` was made, which has them; empty: there were none.

    Raises:
        ChangedMeanwhile: it holds other files; they stay.
        CantReplace: it can't be replaced; it is as it was.
    """
    with _one_at_a_time(folder.parent):
        try:
            is_as_expected = _holds(folder, expected, signed)
        except OSError as error:
            raise CantReplace(f"{folder} can't be read: {_why(error)}") from error
        if not is_as_expected:
            raise ChangedMeanwhile(f"{folder} does not hold what it did: somebody has saved there")
        kept = _swapped_in(new, folder, at, "publish")
        if kept is not None:
            _held_until_now(kept, folder, new, expected, signed)
    if kept is None:
        return None
    _take_hidden_along(kept, folder)
    if kept.is_symlink() or any(not _is_of_ruleset(path, kept) for path in _entries(kept)):
        return kept
    shutil.rmtree(kept, ignore_errors=True)
    return None


def _held_until_now(
    kept: Path, folder: Path, new: Path, expected: Mapping[str, bytes], signed: bytes
) -> None:
    """Look at what was taken away, for a save may have come before the exchange; then undo that."""
    try:
        if _holds(kept, expected, signed):
            return
        _swap(kept, folder, new)
    except OSError as error:
        raise CantReplace(f"what {folder} held is kept in {kept}: {_why(error)}") from error
    raise ChangedMeanwhile(f"{folder} does not hold what it did: somebody has just saved there")


def is_file_of_ruleset(name: str) -> bool:
    """Whether a file of a ruleset has a name such as this, within its folder."""
    above, slash, below = name.partition("/")
    if not slash:
        return above in FILES or language_of(above) is not None
    plain = below.endswith(".yaml") and printable(below) == below and not is_temporary(below)
    return above in FOLDERS and plain and "/" not in below


def held_files(folder: Path) -> dict[str, bytes]:
    """The files of a ruleset that a folder holds now, by name, but for its sign-offs; none: it is not there.

    Raises:
        OSError: they can't be read.
    """
    bound = bound_of(folder)
    if bound is None or not folder.is_dir():
        return {}
    held: dict[str, bytes] = {}
    for path in _entries(folder):
        name = path.relative_to(folder).as_posix()
        if name != SIGN_OFF and path.is_file() and is_file_of_ruleset(name) and not leads_out(path, bound):
            with path.open("rb") as stream:
                held[name] = stream.read(MOST_BYTES + 1)
    return held


def same_texts(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> bool:
    """Whether these files come to the same digest: line ends may be those of another machine."""
    texts = [
        {name: as_text(raw) for name, raw in files.items() if name != SIGN_OFF} for files in (one, other)
    ]
    return texts[0] == texts[1]


def _holds(folder: Path, expected: Mapping[str, bytes], signed: bytes) -> bool:
    if not expected:
        return not os.path.lexists(folder) or all(is_temporary(path.name) for path in folder.iterdir())
    return same_texts(held_files(folder), expected) and held_sign_offs(folder) == signed


def held_sign_offs(folder: Path) -> bytes:
    """What a folder's file of sign-offs holds now; nothing where it has none that can be read."""
    bound, path = bound_of(folder), folder / SIGN_OFF
    try:
        return b"" if bound is None or leads_out(path, bound) else path.read_bytes()
    except OSError:
        return b""


def _entries(folder: Path) -> Iterator[Path]:
    """What lies in a ruleset's folder, and in its folders of files."""
    for path in folder.iterdir():
        yield path
        if path.name in FOLDERS and path.is_dir():
            yield from path.iterdir()


def _is_of_ruleset(path: Path, folder: Path) -> bool:
    name = path.relative_to(folder).as_posix()
    return path.is_dir() if name in FOLDERS else is_file_of_ruleset(name) and path.is_file()


def _write(new: Path, files: Mapping[str, bytes], before: Path) -> None:
    """Write the files, with the rights of those that they replace."""
    new.mkdir()
    _like(before, new)
    for name in files:
        path = new / name
        if not path.parent.is_dir():
            path.parent.mkdir()
            _like(before / path.parent.name, path.parent)
        path.write_bytes(files[name])
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


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Nobody else who asks for this replaces what lies in the folder meanwhile, as far as the system can."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise CantReplace(f"{folder} can't be read: {_why(error)}") from error
    try:
        with suppress(OSError):  # not every network drive can
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
        with suppress(OSError):
            os.fsync(lock)
    finally:
        os.close(lock)


def _swapped_in(new: Path, folder: Path, at: datetime, occasion: Occasion) -> Path | None:
    """Where what was there lies now; None where nothing was there."""
    try:
        _settle(new)
        if not os.path.lexists(folder):
            new.rename(folder)
            return None
        kept = _free_name(folder.parent / f".{folder.name}.before-{occasion}-{at:%Y%m%d-%H%M%S}")
        _swap(new, folder, kept)
    except OSError as error:
        raise CantReplace(f"{folder} can't be replaced: {_why(error)}") from error
    return kept


def _settle(new: Path) -> None:
    """Have all of a folder on the disk before anybody finds it in its place."""
    for path in (*_entries(new), new):
        handle = os.open(path, os.O_RDONLY)
        try:
            with suppress(OSError) if path.is_dir() else nullcontext():  # not every drive settles a folder
                os.fsync(handle)
        finally:
            os.close(handle)


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
    if kept.is_symlink():
        return
    with suppress(OSError):
        for entry in kept.iterdir():
            if is_temporary(entry.name) and not os.path.lexists(folder / entry.name):
                entry.rename(folder / entry.name)


def _why(error: OSError) -> str:
    return (error.strerror or "unknown").lower()

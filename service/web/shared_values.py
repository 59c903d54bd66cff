"""Where metrics keep their values: in memory, or in files that the processes of one server share."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client import values
from prometheus_client.multiprocess import mark_process_dead

_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_NAME = "picoplan-metrics-"
_LOCK = "in-use"
_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 16 * 1024 * 1024
"""A file in memory that can't grow kills the process that writes to it, so memory must have room."""


def keep_values(folder: Path | None) -> None:
    """Let metrics that are made from now on keep their values in files of a folder, or in memory (None).

    The library has one setting for a process, which it takes from a variable where nobody says otherwise.
    Here it is said, whatever the variable is; where files are shared the library asks it for their folder.
    """
    if folder is None:
        values.ValueClass = values.MutexValue
    else:
        os.environ[_VARIABLE] = str(folder)
        values.ValueClass = values.MultiProcessValue()  # type: ignore[no-untyped-call]  # the library's


@contextmanager
def shared_folder() -> Iterator[Path]:
    """A folder for the values of one server, removed at the end by the process that made it.

    Folders that a killed server left behind are removed too.

    Raises:
        OSError: no folder can be made.
    """
    parent = _parent()
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=_NAME, dir=parent))
    maker = os.getpid()
    try:
        # Held until the last process that was forked off has ended. It gets its name once it is locked.
        with (folder / f"{_LOCK}.new").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            Path(lock.name).rename(folder / _LOCK)
            yield folder
    finally:
        if os.getpid() == maker:
            shutil.rmtree(folder, ignore_errors=True)


def forget_process(folder: Path, pid: int) -> None:
    """Take what an ended process gave to gauges out of the folder; its counts stay."""
    with suppress(OSError):  # a value too much must not end the server
        mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]  # the library's


def _parent() -> Path:
    if os.access(_MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(_MEMORY).free >= _ENOUGH_BYTES:
        return _MEMORY
    return Path(tempfile.gettempdir())


def _sweep(parent: Path) -> None:
    for lock in parent.glob(f"{_NAME}*/{_LOCK}"):
        with suppress(OSError), lock.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)

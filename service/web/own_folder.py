"""A folder of one server's own, for as long as it runs."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOCK = "in-use"


@contextmanager
def own_folder(name: str, parent: Path) -> Iterator[Path]:
    """A folder in ``parent`` that its owner alone can open, removed at the end by the process that made it.

    Folders whose names begin so, too, and that a killed server left behind are removed.

    Raises:
        OSError: no folder can be made.
    """
    _sweep(name, parent)
    folder = Path(tempfile.mkdtemp(prefix=name, dir=parent))
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


def _sweep(name: str, parent: Path) -> None:
    for lock in parent.glob(f"{name}*/{_LOCK}"):
        with suppress(OSError), lock.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)

"""The folder that a person edits, watched in a thread: what was saved, to wait for beside other things."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

from service.store.watching import changes


class Watched:
    """Files that were saved in a folder, as they are saved."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._also: frozenset[Path] = frozenset()
        self._saved: deque[frozenset[Path]] = deque()
        self._stop = Event()
        self.fileno, self._wake = os.pipe()
        os.set_blocking(self.fileno, False)
        self._thread = self._watching()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        os.close(self.fileno)
        os.close(self._wake)

    def watch_too(self, folders: Iterable[Path]) -> None:
        """Watch these folders, too, and no others beside the first."""
        also = frozenset(folders)
        if also != self._also:
            self._end()
            self._also = also
            self._stop = Event()
            self._thread = self._watching()

    def saved(self) -> frozenset[Path]:
        """What was saved since this was last asked."""
        try:
            while os.read(self.fileno, 4096):
                pass
        except BlockingIOError:
            pass
        found: set[Path] = set()
        while self._saved:
            found |= self._saved.popleft()
        return frozenset(found)

    def _watching(self) -> Thread:
        bursts = changes(self._folder, self._stop, sorted(self._also))

        def run() -> None:
            for burst in bursts:
                self._saved.append(burst)
                os.write(self._wake, b".")

        thread = Thread(target=run, daemon=True)
        thread.start()
        return thread

    def _end(self) -> None:
        self._stop.set()
        self._thread.join()

"""Watches folders of rulesets: what changed, once for each burst of saves.

The file system's events only wake the watcher. What changed is told by looking at every file again, so that
a save in place, an atomic rename, a swapped symbolic link, a folder that was put in another's place and a
file system without events all come to the same. What the reader ignores (hidden and temporary files) never
counts as a change, though it may be the link through which all other files are reached.
"""

from __future__ import annotations

import logging
import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Self

from watchfiles import watch

from service.reading.folder import is_temporary

LOOK_AGAIN = 0.5
"""Seconds between looks where no event came."""

SETTLED = 0.15
"""Seconds without a further change after which a burst is over."""

LONGEST_BURST = 2.0
"""Seconds after which changes are told although more keep coming."""

_DEEPEST = 3  # a folder of rulesets, a ruleset, its factors: what lies deeper is never read
_MOST = 20_000

_Look = tuple[int, ...]

logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it logs every event


@dataclass(frozen=True, slots=True)
class _Seen:
    """Every file by path, and every folder on which events are to be had, each with how it looked."""

    files: Mapping[Path, _Look]
    folders: Mapping[Path, _Look]

    def changed_since(self, before: _Seen) -> frozenset[Path]:
        """The files that are new, gone or different."""
        both = self.files.keys() | before.files.keys()
        return frozenset(path for path in both if self.files.get(path) != before.files.get(path))


class FolderWatcher:
    """Watches folders in a thread of its own; ``fileno`` becomes readable when something was saved.

    Where the system gives no events, and on a network drive, changes are seen a little later.
    """

    def __init__(self, folder: Path) -> None:
        """Watch a folder of rulesets, or one ruleset, from now on."""
        self._folder = folder
        self._also: frozenset[Path] = frozenset()
        self._saved: deque[frozenset[Path]] = deque()
        self._settling = Event()
        self._readable, self._wake = os.pipe()
        os.set_blocking(self._readable, False)
        os.set_blocking(self._wake, False)
        self._stop, self._thread = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def fileno(self) -> int:
        """What becomes readable when something was saved, to wait for beside other things."""
        return self._readable

    @property
    def is_settling(self) -> bool:
        """Whether files are being saved just now: soon ``saved`` has them all."""
        return self._settling.is_set()

    def watch_too(self, folders: Iterable[Path]) -> None:
        """Watch these folders, too, and no others beside the first."""
        also = frozenset(folders)
        if also != self._also:
            self._also = also
            before = self._stop, self._thread
            self._stop, self._thread = self._started()  # first, so that nothing is missed in between
            _end(*before)

    def saved(self) -> frozenset[Path]:
        """What was saved since this was last asked."""
        with suppress(BlockingIOError):
            while os.read(self._readable, 4096):
                pass
        found: set[Path] = set()
        while self._saved:
            found |= self._saved.popleft()
        return frozenset(found)

    def close(self) -> None:
        """Watch no more."""
        _end(self._stop, self._thread)
        os.close(self._readable)
        os.close(self._wake)

    def _started(self) -> tuple[Event, Thread]:
        stop = Event()
        bursts = changes(self._folder, stop, sorted(self._also), self._settling)
        thread = Thread(target=self._watch, args=(bursts,), daemon=True)
        thread.start()
        return stop, thread

    def _watch(self, bursts: Iterator[frozenset[Path]]) -> None:
        with suppress(RuntimeError):  # whoever waits looks now and then by himself, too
            for burst in bursts:
                self._saved.append(burst)
                with suppress(BlockingIOError):  # it is readable as it is
                    os.write(self._wake, b".")


def _end(stop: Event, thread: Thread) -> None:
    stop.set()
    thread.join()


def changes(
    folder: Path, stop: Event, also: Iterable[Path] = (), settling: Event | None = None
) -> Iterator[frozenset[Path]]:
    """The files that changed, one set for each burst, from this call on until ``stop`` is set.

    ``folder`` is a folder of rulesets or one ruleset; ``also`` are further ones, such as those that it
    extends. Paths begin with the folders as given; a folder that is not there is waited for. Nothing is
    lost while the caller is busy with a set: what changed meanwhile is the next one. ``settling`` is set
    while a burst goes on.
    """
    roots = (folder, *also)
    told = _look(roots)  # at the call, not at the first step: nothing is missed in between
    return _bursts(told, lambda: _look(roots), stop, settling or Event())


def _bursts(
    told: _Seen, look: Callable[[], _Seen], stop: Event, settling: Event
) -> Iterator[frozenset[Path]]:
    waking = _Waking(stop)
    try:
        waking.on(told.folders)
        while not stop.is_set():
            seen = look()
            waking.on(seen.folders)
            if seen.changed_since(told):
                settling.set()
                seen = _settled(seen, look, stop)
                settling.clear()
                if changed := seen.changed_since(told):  # none, where it was changed back
                    yield changed
                told = seen
            else:
                told = seen
                waking.wait()
    finally:
        waking.close()


def _settled(seen: _Seen, look: Callable[[], _Seen], stop: Event) -> _Seen:
    """What is there once nothing has changed for a moment."""
    began = monotonic()
    while not stop.wait(SETTLED) and monotonic() - began < LONGEST_BURST:
        again = look()
        if not again.changed_since(seen):
            return again
        seen = again
    return seen


class _Waking:
    """Waits for an event in the folders, or for a while where there is none to be had."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._folders: Mapping[Path, _Look] = {}
        self._events: Iterator[object] | None = None

    def on(self, folders: Mapping[Path, _Look]) -> None:
        """Have events of these folders, of which some may have been put in others' places."""
        if folders != self._folders:
            self.close()
            self._folders = folders

    def wait(self) -> None:
        """Until something happens, or ``LOOK_AGAIN`` seconds."""
        try:
            if self._events is None and self._folders:
                self._events = watch(
                    *self._folders,
                    watch_filter=None,
                    debounce=100,
                    step=10,
                    stop_event=self._stop,
                    rust_timeout=round(LOOK_AGAIN * 1000),
                    yield_on_timeout=True,
                    recursive=False,
                )
            if self._events is not None:
                next(self._events, None)
                return
        except (OSError, RuntimeError):  # too many watches, a folder gone just now: looking will do
            self.close()
        self._stop.wait(LOOK_AGAIN)

    def close(self) -> None:
        """Let go of the watches."""
        if self._events is not None and hasattr(self._events, "close"):
            self._events.close()
        self._events = None


def _look(roots: Iterable[Path]) -> _Seen:
    files: dict[Path, _Look] = {}
    folders: dict[Path, _Look] = {}
    for root in roots:
        _look_at(root, 0, files, folders)
        for above in _swappable(root.absolute()):
            _note(above, folders)
    return _Seen(files, folders)


def _swappable(root: Path) -> Iterator[Path]:
    """The folders in which a rename puts another folder in the root's place."""
    yield root.parent
    for part in (root, *root.parents):
        if part.is_symlink():
            yield part.parent


def _note(folder: Path, folders: dict[Path, _Look]) -> bool:
    try:
        found = folder.stat()
    except OSError:
        return False
    if not stat.S_ISDIR(found.st_mode):
        return False
    folders[folder] = (found.st_dev, found.st_ino)
    return True


def _look_at(folder: Path, depth: int, files: dict[Path, _Look], folders: dict[Path, _Look]) -> None:
    if not _note(folder, folders):
        return
    try:
        with os.scandir(folder) as entries:
            kept = [entry for entry in entries if not is_temporary(entry.name)]
    except OSError:
        return
    for entry in kept:
        path = folder / entry.name
        if len(files) >= _MOST:
            return
        files[path] = _of(entry)
        if depth + 1 < _DEEPEST and stat.S_ISDIR(files[path][0]):
            _look_at(path, depth + 1, files, folders)


def _of(entry: os.DirEntry[str]) -> _Look:
    """How a file looks; of a folder only which it is, for what is in it is looked at itself."""
    try:
        found = entry.stat()
    except OSError:
        return (0,)  # a link to nothing
    if stat.S_ISDIR(found.st_mode):
        return (found.st_mode, found.st_dev, found.st_ino)
    return (
        found.st_mode, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    )  # fmt: skip

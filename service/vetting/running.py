"""The publisher at work: before the service listens, and beside it in a process of its own."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic
from typing import Protocol

from service.store.watching import changes
from service.vetting.lifetime import die_with_parent, is_orphan
from service.vetting.publisher import Publisher

SETTLED_S = 0.15
"""Seconds without a further change after which an edit is looked at; the watcher itself waits a little."""

LONGEST_BURST_S = 2.0
"""Seconds after which it is looked at although changes keep coming."""

LOOK_AGAIN_S = 3.0
"""Seconds between looks where nothing was seen to change: an event may be missed."""

_TICK_S = 0.25


def publish_first(publisher: Publisher, seconds: float, *, everything: bool) -> None:
    """Judge what was never published, or everything; whatever takes longer is left for later.

    Raises:
        DatabaseFault: the archive can't be used.
    """
    until = monotonic() + seconds
    served = {one.ruleset for one in publisher.archive.timeline()}
    only = None if everything else [name for name in publisher.source.ids() if name not in served]
    publisher.look(only)
    while publisher.is_busy and monotonic() < until:
        _wait([*publisher.running.values()], min(_TICK_S, until - monotonic()))
        if publisher.collect():
            publisher.look(only)
    publisher.postpone()


def publish_until_stopped(publisher: Publisher, parent: int) -> None:
    """Watch and publish until this process is told to stop, or the process ``parent`` is gone."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda *_: stopping.set())
    die_with_parent(parent)
    watcher = _Watcher(publisher.source.root)
    pace = _Pace()
    try:
        while not (stopping.is_set() or is_orphan(parent)):
            if publisher.collect():
                pace.looks_soon()
            if pace.is_due():
                publisher.look()
                pace.has_looked()
                watcher.also(publisher.elsewhere())
            _wait([watcher, *publisher.running.values()], pace.pause())
            if watcher.has_seen():
                pace.saw_an_edit()
    finally:
        publisher.stop()
        watcher.stop()


class _Readable(Protocol):
    def fileno(self) -> int: ...


def _wait(those: Iterable[_Readable], seconds: float) -> None:
    """Until one of them can be read, or the time is over."""
    with selectors.DefaultSelector() as selector:
        for one in those:
            selector.register(one, selectors.EVENT_READ)
        selector.select(max(seconds, 0))


class _Pace:
    """When to look: once a burst of changes is over, but no later than after a while; and now and then."""

    def __init__(self) -> None:
        self._burst: float | None = None
        self._due = monotonic()

    def saw_an_edit(self) -> None:
        """Something changed just now."""
        now = monotonic()
        self._burst = now if self._burst is None else self._burst
        self._due = min(now + SETTLED_S, self._burst + LONGEST_BURST_S)

    def looks_soon(self) -> None:
        """What was seen is dealt with: look what else there is, though not in the midst of a burst."""
        if self._burst is None:
            self._due = monotonic()

    def is_due(self) -> bool:
        """Whether to look now."""
        return monotonic() >= self._due

    def has_looked(self) -> None:
        """It was looked at just now."""
        self._burst = None
        self._due = monotonic() + LOOK_AGAIN_S

    def pause(self) -> float:
        """Seconds to wait at most."""
        return min(max(self._due - monotonic(), 0.0), _TICK_S)


class _Watcher:
    """Waits for changes in a thread of its own; ``fileno`` becomes readable when there were some."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._also: tuple[Path, ...] | None = None
        self._stop = threading.Event()
        self._seen, self._tell = os.pipe()
        os.set_blocking(self._seen, False)
        os.set_blocking(self._tell, False)

    def fileno(self) -> int:
        return self._seen

    def also(self, folders: tuple[Path, ...]) -> None:
        """Watch these folders, too, and no others but the root."""
        if folders != self._also:
            self._stop.set()
            self._also, self._stop = folders, threading.Event()
            bursts = changes(self._root, self._stop, folders)
            threading.Thread(target=self._watch, args=(bursts, self._stop), daemon=True).start()

    def has_seen(self) -> bool:
        """Whether something changed since this was last asked."""
        with contextlib.suppress(BlockingIOError):
            return bool(os.read(self._seen, 4096))
        return False

    def stop(self) -> None:
        """Watch no more."""
        self._stop.set()

    def _watch(self, bursts: Iterator[object], stop: threading.Event) -> None:
        # Where watching fails, looking now and then is left.
        with contextlib.suppress(OSError, RuntimeError):
            for _ in bursts:
                if stop.is_set():
                    return
                with contextlib.suppress(BlockingIOError):
                    os.write(self._tell, b".")

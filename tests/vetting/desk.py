"""A publisher at a folder: edit files, let it work, and see what serves."""

from __future__ import annotations

import io
import json
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from service.store.archive import Archive
from service.vetting.publisher import Publisher, publish_until
from service.vetting.report import CheckLimits
from service.vetting.sources import Source
from service.vetting.watcher import FolderWatcher
from service.web.log import open_log
from tests.vetting.held import HeldChecks
from tests.waiting import PATIENCE_S, until
from tests.web.small import write_small


def at_once(ruleset: Path) -> Path:
    """Let the ruleset serve from when it goes live, not from a day that it names."""
    header = ruleset / "ruleset.yaml"
    header.write_text(
        header.read_text(encoding="utf-8").replace("effective: 2026-01-01\n", ""), encoding="utf-8"
    )
    return ruleset


@contextmanager
def at_work(desk: Desk) -> Iterator[None]:
    """The publisher at work as in the service: it watches the folder, and nobody tells it to look."""
    over = threading.Event()
    with FolderWatcher(desk.rulesets) as watcher:
        thread = threading.Thread(target=publish_until, args=(desk.publisher, watcher, over.is_set))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(PATIENCE_S)
    assert not thread.is_alive()


class Desk:
    """A publisher of a folder shown as ``clinic``, at work when told to."""

    def __init__(
        self,
        rulesets: Path,
        archive: Archive,
        lines: io.BytesIO,
        limits: CheckLimits | None = None,
        *,
        only_signed: bool = False,
    ) -> None:
        self.rulesets, self.archive, self._lines = rulesets, archive, lines
        log = open_log(lines)
        self.publisher = Publisher(
            Source(rulesets, "clinic"), archive, log, only_signed=only_signed, limits=limits or CheckLimits()
        )

    def work(self) -> None:
        """Look, and deal with all that there is to deal with."""
        self.publisher.look()

        def at_its_end() -> bool:
            if self.publisher.is_busy and self.publisher.collect():
                self.publisher.look()
            return not self.publisher.is_busy

        until(at_its_end)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text in a file of the folder, and let the publisher work."""
        self.write(path, old, new)
        self.work()

    def add(self, name: str) -> None:
        """Put another ruleset beside the others, and let the publisher work."""
        at_once(write_small(self.rulesets, name))
        self.work()

    def write(self, path: str, old: str, new: str) -> None:
        """Replace a text in a file of the folder."""
        file = self.rulesets / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def versions(self, ruleset: str = "small") -> list[str]:
        """The versions of a ruleset in the order in which they were published."""
        return [one.version for one in self.archive.timeline() if one.ruleset == ruleset]

    def digests(self, ruleset: str = "small") -> list[str]:
        """Their digests."""
        return [one.digest for one in self.archive.timeline() if one.ruleset == ruleset]

    def waits(self, ruleset: str = "small") -> list[str]:
        """The codes of the problems for which the newest edit of a ruleset waits."""
        waiting = self.archive.waiting().get(ruleset)
        return [line.split(" ")[2] for line in waiting.problems] if waiting else []

    def lines(self) -> list[dict[str, Any]]:
        """What the publisher has logged."""
        return [json.loads(line) for line in self._lines.getvalue().splitlines()]

    def kill_check(self, ruleset: str, number: int = signal.SIGSEGV) -> None:
        """Start the check of an edit, and end it as a fault of the engine would, before its own end."""
        held = HeldChecks(Path(tempfile.mkdtemp(dir=self.rulesets.parent)))
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("PYTHONPATH", held.environ)
            self.publisher.look()
        check = self.publisher.running[ruleset].pid
        until(lambda: check in held.waiting())
        os.kill(check, number)

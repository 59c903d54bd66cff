"""A server for ``bench_log``: ``python -m scripts.bench_log_server WHAT FILE THREADS RULESETS``.

WHAT is unlogged, file, sqlite or postgresql. It serves the folder RULESETS without watching it, and writes
its address to FILE.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from service.serving.recording import Recorder
from service.store.archive import open_archive
from service.store.decisions.logged import Row
from service.store.editions import edition_of
from service.store.folders import read_shelf
from service.web.app import AppParts, app_over, live_over
from service.web.decisions import open_records
from service.web.listening import listening
from service.web.log import open_log
from service.web.server import Worker, run
from service.web.settings import Settings


class FlushedFile:
    """The least that a log can do: rows are appended to a file, and it is flushed."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, rows: Sequence[Row]) -> bool:
        """Append them; they are on the disk when this returns."""
        os.write(self._file, pickle.dumps(rows))
        os.fdatasync(self._file)
        return True

    def probe(self) -> None:
        """A file of its own can be written."""

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def main() -> None:
    """Serve until told to stop."""
    what, told, threads, rulesets = sys.argv[1:]
    settings = Settings(Path(rulesets), port=0, workers=2)
    if int(threads):
        settings = replace(settings, threads=int(threads))
    log, root = open_log(), settings.source.root
    archive = open_archive(root)
    archive.publish(edition_of(read_shelf(root, only="pico-laser").read["pico-laser"]), datetime.now(UTC))
    live = live_over(archive, settings, log)
    records = None if what == "unlogged" else open_records(root, "required", archive, log)
    if what == "file" and records is not None:
        recorder = Recorder(lambda: FlushedFile(Path(f"{told}.{os.getpid()}.log")), log)
        records = replace(records, recorder=recorder)
    application = app_over(live, None, log, AppParts(records=records))
    worker = Worker(application, starts=live.follow)
    if records is not None:
        worker = replace(worker, ends=records.recorder.close)
    with listening(settings) as address:
        Path(told).write_text(f"{address}\n")
        run(settings, address, worker, log)


if __name__ == "__main__":
    main()

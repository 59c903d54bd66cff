"""A real Dask scheduler and its workers, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import PATIENCE_S, until

ROOT = Path(__file__).resolve().parents[2]


class Cluster:
    """A scheduler on this machine; its files, and those of its workers, are in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self._file = folder / "scheduler.json"
        told = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0"]
        self.scheduler = self._start("scheduler", *told, "--scheduler-file", str(self._file))
        self.address = until(self._address, self.said)

    def worker(self, environ: dict[str, str] | None = None, python: str = sys.executable) -> int:
        """Start a worker with one thread, and wait until the scheduler knows it; its process id."""
        before = self.said().count("Register worker addr")
        told = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(self.folder)]
        made = self._start(
            "worker", *told, "--scheduler-file", str(self._file), environ=environ, python=python
        )
        until(lambda: self.said().count("Register worker addr") > before, self.said)
        return made.pid

    def kill(self, pid: int) -> None:
        """End a process at once."""
        (process,) = [one for one in self.processes if one.pid == pid]
        process.kill()
        process.wait(PATIENCE_S)

    def said(self) -> str:
        """All that scheduler and workers have logged."""
        return "".join(path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.log")))

    def close(self) -> None:
        """End all of it."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(PATIENCE_S)

    def _start(
        self,
        what: str,
        *told: str,
        environ: dict[str, str] | None = None,
        python: str = sys.executable,
    ) -> subprocess.Popen[bytes]:
        with (self.folder / f"{what}-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [python, "-m", "distributed.cli.dask_" + what, *told],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    "PYTHONPATH": "",
                    "DASK_TEMPORARY_DIRECTORY": str(self.folder),
                    **(environ or {}),
                },
            )
        self.processes.append(process)
        return process

    def _address(self) -> str | None:
        try:
            return str(json.loads(self._file.read_text(encoding="utf-8"))["address"])
        except (OSError, ValueError):
            return None


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A scheduler without workers, for as long as it is needed."""
    folder.mkdir()
    made = Cluster(folder)
    try:
        yield made
    finally:
        made.close()

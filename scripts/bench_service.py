"""A service of its own for benches: over the shipped rulesets, on a free port, with the usual workers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def served() -> Iterator[tuple[int, Path]]:
    """A service of its own, once it is ready: its port, and where its database is."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as written:
            process = subprocess.Popen(
                [sys.executable, "-m", "service.commandline", "serve", "--port", "0"],
                cwd=ROOT,
                env={**os.environ, "PICOPLAN_DATA_DIR": folder},
                stdout=written,
                stderr=written,
            )
        try:
            yield _port(log), Path(folder)
        finally:
            process.terminate()
            process.wait(60)


def _port(log: Path) -> int:
    for _ in range(2_400):
        text = log.read_text(encoding="utf-8")
        found = re.search(r'"at":"http://127\.0\.0\.1:(\d+)"', text)
        if found is not None and text.count('"edition published"') >= 3:
            return int(found[1])
        time.sleep(0.1)
    raise SystemExit(f"the service does not begin:\n{log.read_text(encoding='utf-8')}")

"""The console: in this process where that will do, else a process of its own in a pipe or on a terminal."""

from __future__ import annotations

import errno
import io
import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from service.commandline.main import main
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "service.commandline"]
TIMEOUT_S = PATIENCE_S


@dataclass(frozen=True, slots=True)
class CommandOutput:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without what changes output, and with the checkout to import from."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "GITHUB_ACTIONS", "PY_COLORS")
    }
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm", **(changes or {})}


def picoplan(*arguments: str | Path, folder: Path = ROOT, stdin: str = "") -> CommandOutput:
    """Run picoplan in this process, its streams those of a pipe."""
    given = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") for _ in range(2))
    with chdir(folder), patch.object(sys, "stdin", given), redirect_stdout(out), redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return CommandOutput(code, _read(out), _read(err))


def _read(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


def in_a_pipe(
    *arguments: str | Path, folder: Path = ROOT, stdin: str = "", environ: Mapping[str, str] | None = None
) -> CommandOutput:
    """Run picoplan as a process of its own."""
    ran = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        env=environment(environ),
    )
    return CommandOutput(ran.returncode, ran.stdout, ran.stderr)


def on_a_terminal(*arguments: str | Path, environ: Mapping[str, str] | None = None) -> CommandOutput:
    """Run picoplan with its output and complaints on one terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=environment(environ),
    )
    os.close(theirs)
    read = b""
    try:
        while piece := os.read(ours, 65_536):
            read += piece
    except OSError as error:
        if error.errno != errno.EIO:  # how a terminal says that nobody writes to it any more
            raise
    finally:
        os.close(ours)
    return CommandOutput(process.wait(TIMEOUT_S), read.decode().replace("\r\n", "\n"), "")

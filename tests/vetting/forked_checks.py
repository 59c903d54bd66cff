"""The processes of checks, forked from one that has loaded what a check needs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.forking import Forked, loaded

PIPE, DEVNULL = subprocess.PIPE, subprocess.DEVNULL
_CHECKS = "tests.vetting.launch"


class ForkedCheck:
    """The process of a check, as far as whoever ordered it needs ``subprocess.Popen``."""

    def __init__(self, process: Forked, given: int, told: int) -> None:
        self.pid, self.wait, self.kill = process.pid, process.wait, process.kill
        self.stdin, self.stdout = os.fdopen(given, "wb"), os.fdopen(told, "rb")


def Popen(  # noqa: N802 - stands where subprocess has it
    command: Sequence[str], *, pass_fds: tuple[int], **how: Any
) -> ForkedCheck | subprocess.Popen[bytes]:
    """The process of a check; where it is to read other variables than are read here, it loads all itself."""
    if not loaded(_CHECKS).fits(os.environ):
        return subprocess.Popen(command, pass_fds=pass_fds, **how)
    (theirs, given), (told, ours) = os.pipe(), os.pipe()
    own = f"/proc/{os.getpid()}/fd"
    streams = [
        (f"{own}/{theirs}", os.O_RDONLY),
        (f"{own}/{ours}", os.O_WRONLY),
        (os.devnull, os.O_WRONLY),
        (f"{own}/{pass_fds[0]}", os.O_RDONLY),
    ]
    process = loaded(_CHECKS).start(str(Path.cwd()), how["env"], streams)
    os.close(theirs)
    os.close(ours)
    return ForkedCheck(process, given, told)

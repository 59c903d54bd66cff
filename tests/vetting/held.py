"""Checks that are held at their end, in their own processes, until a test lets them go."""

import os
from pathlib import Path

from tests.waiting import until

_AT_START = """
import os
import time

_exit = os._exit


def _held(code):
    own = os.path.join({folder!r}, str(os.getpid()))
    with open(own + ".waits", "w"):
        pass
    while not os.path.exists(own + ".go"):
        time.sleep(0.01)
    _exit(code)


os._exit = _held
"""


class HeldChecks:
    """Holds every check that starts from now on once it has told what it found, and before it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.environ = str(folder / "at-start")
        (folder / "at-start").mkdir(parents=True)
        text = _AT_START.format(folder=str(folder))
        (folder / "at-start" / "sitecustomize.py").write_text(text, encoding="utf-8")

    def waiting(self) -> list[int]:
        """The processes that are held."""
        held = sorted(int(one.stem) for one in self._folder.glob("*.waits"))
        return [one for one in held if not (self._folder / f"{one}.go").exists()]

    def next(self) -> int:
        """The next process that is held."""
        return until(self.waiting, lambda: "no check comes to its end")[0]

    def release(self, process: int) -> None:
        """Let it end."""
        os.kill(process, 0)
        (self._folder / f"{process}.go").touch()

"""Saves one after the other, and in how many bursts they come, however busy the machine is."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

from service.vetting.watcher import LONGEST_BURST, SETTLED


class Saves:
    """Saves files, and keeps when."""

    def __init__(self) -> None:
        self._at: list[float] = []

    def save(self, file: Path, text: str) -> None:
        """Write the file."""
        file.write_text(text, encoding="utf-8")
        self._at.append(time.monotonic())

    @property
    def most_bursts(self) -> int:
        """How many bursts they are at most: one, unless the saves paused, or took long altogether."""
        pauses = sum(later - earlier > SETTLED / 2 for earlier, later in pairwise(self._at))
        return 1 + pauses + int((self._at[-1] - self._at[0]) / LONGEST_BURST)

"""Bytes as they come in -> numbered lines; what is too much to keep in memory waits on the disk."""

from __future__ import annotations

from collections import deque
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

from service.web.body import MOST_BYTES

MOST_AT_HAND = 256 * 1024
"""So many bytes are at hand to be cut into lines; as many more wait in memory before the disk is used."""

MOST_SPOOLED = 1024 * 1024 * 1024
"""So many bytes wait on the disk for a client that sends and does not read yet."""


class Line(NamedTuple):
    """One line that is not blank: its number, from 1 on, and its bytes; None: it was too long to be kept."""

    number: int
    raw: bytes | None


class Spool:
    """Bytes that wait, first in, first out: in memory while they are few, else in a file without a name."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=MOST_AT_HAND)  # noqa: SIM115 - closed with the spool
        self._read = self._written = 0

    def __len__(self) -> int:
        return self._written - self._read

    def write(self, data: bytes) -> None:
        """Put bytes in; raises ``OSError`` where the disk takes no more."""
        self._file.seek(self._written)
        self._file.write(data)
        self._written += len(data)

    def read(self, most: int) -> bytes:
        """Take some out."""
        self._file.seek(self._read)
        data = self._file.read(most)
        self._read += len(data)
        if self._read == self._written:
            self._file.seek(0)
            self._file.truncate()
            self._read = self._written = 0
        return data

    def close(self) -> None:
        """Let go of all of it."""
        self._file.close()


class Lines:
    """The lines of one body. Close it: it may have a file."""

    def __init__(self) -> None:
        self._spool = Spool()
        self._ready: deque[bytes | None] = deque()
        self._at_hand = 0
        self._rest = b""
        self._is_too_long = self._ended = False
        self.number = 0

    @property
    def is_full(self) -> bool:
        """Whether enough is at hand, so that more need not be read yet."""
        return self._at_hand + len(self._spool) >= MOST_AT_HAND

    @property
    def takes_more(self) -> bool:
        """Whether more can be put in at all."""
        return len(self._spool) < MOST_SPOOLED

    def add(self, data: bytes) -> None:
        """Put in what came; raises ``OSError`` where the disk takes no more."""
        if self.is_full or len(self._spool):
            self._spool.write(data)
        else:
            self._cut(data)

    def end(self) -> None:
        """Nothing more comes: what is left without an end is a line, too."""
        self._ended = True

    def take(self, most: int) -> list[Line]:
        """The next lines, at most so many, blank ones left out; empty: none is whole yet.

        They are fewer where they are long: together not much more than ``MOST_AT_HAND`` bytes.
        """
        taken: list[Line] = []
        size = 0
        while len(taken) < most and size < MOST_AT_HAND and (self._ready or self._refilled()):
            raw = self._ready.popleft()
            self.number += 1
            self._at_hand -= _weight(raw)
            size += _weight(raw)
            if raw is not None:
                raw = raw.removesuffix(b"\r")
                if len(raw) > MOST_BYTES:
                    raw = None
                elif not raw or raw.isspace():
                    continue
            taken.append(Line(self.number, raw))
        return taken

    def close(self) -> None:
        """Let go of all of it."""
        self._spool.close()
        self._ready.clear()
        self._rest = b""

    def _refilled(self) -> bool:
        """Whether there are lines at hand again."""
        while not self._ready and len(self._spool):
            self._cut(self._spool.read(MOST_AT_HAND))
        if self._ended and not self._ready and (self._rest or self._is_too_long):
            self._cut(b"\n")
        return bool(self._ready)

    def _cut(self, data: bytes) -> None:
        first, *more = data.split(b"\n")
        self._rest += first
        for line in more:
            whole = None if self._is_too_long else self._rest
            self._ready.append(whole)
            self._at_hand += _weight(whole)
            self._rest, self._is_too_long = line, False
        if len(self._rest) > MOST_BYTES + 1:
            self._rest, self._is_too_long = b"", True


def _weight(line: bytes | None) -> int:
    return 1 if line is None else len(line) + 1

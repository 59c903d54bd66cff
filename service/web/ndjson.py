"""NDJSON in, NDJSON out: each line is answered while the lines after it still come.

There are three kinds of clients. One sends and reads at the same time. One sends all of its lines before it
reads the first answer: so this reads on, into a file where need be, whenever answers can't be sent, and
sends no more at once than can be sent without waiting. And one waits for each answer before it sends the
next line: so this never waits for more while there is a line that it could answer.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

from service.model.exact_json import TextPlace
from service.web.body import MOST_BYTES, TOO_LARGE, parse
from service.web.incoming import Incoming, LetGo, Stopping
from service.web.items import AnsweredItem, BatchAnswering, Item
from service.web.turns import turns_taken_often

MOST_AT_HAND = 256 * 1024
"""So many bytes are at hand to be cut into lines; as many more wait in memory before the disk is used."""

MOST_SPOOLED = 1024 * 1024 * 1024
"""So many bytes wait on the disk for a client that sends and does not read yet."""


class BodyLine(NamedTuple):
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


class BodyLines:
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

    def take(self, most: int) -> list[BodyLine]:
        """The next lines, at most so many, blank ones left out; empty: none is whole yet.

        They are fewer where they are long: together not much more than ``MOST_AT_HAND`` bytes.
        """
        taken: list[BodyLine] = []
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
            taken.append(BodyLine(self.number, raw))
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


NDJSON = "application/x-ndjson"
TAKEN_AS_NDJSON = frozenset((NDJSON, "application/ndjson", "application/jsonl", "application/x-jsonlines"))

MOST_TOGETHER = 250
"""So many lines are decided and logged together, where as many are there."""

_NOT_LOGGED = b',"logged":false}'


class BrokenOff(ConnectionResetError):
    """The stream can't end as it should: the connection is closed without the mark of a whole answer."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the stream breaks off")


def stream(body: Incoming, items: BatchAnswering, stopping: Stopping) -> Iterator[bytes]:
    """The answers in pieces, in the order of the lines.

    Raises:
        BrokenOff: the body broke off, the client did nothing for too long, the disk is full or the service
            stops. What is told until then holds.
    """
    lines = BodyLines()
    why = "the client went away"
    try:
        yield b""  # the headers go out: a client may wait for them before it sends anything
        yield from _answers(body, lines, items, stopping)
        why = "the body broke off" if body.broken else ""
    except LetGo:
        why = "the service stops" if stopping.is_over() else "the client did nothing for too long"
    except OSError as error:
        why = f"what comes can't be kept: {error.strerror}"
    except Exception:
        why = "a fault of ours"
        raise
    finally:
        lines.close()
        items.log_end(why)
    if why:
        raise BrokenOff


def _answers(body: Incoming, lines: BodyLines, items: BatchAnswering, stopping: Stopping) -> Iterator[bytes]:
    while True:
        _read_what_is_there(body, lines)
        group = lines.take(MOST_TOGETHER)
        if group:
            with turns_taken_often():
                content = _content(items.answered(_read(group)))
            yield from _sent(content, body, lines)
        elif body.ended:
            return
        elif not lines.is_full:
            body.until_readable()
        if stopping.is_over():
            raise LetGo


def _read_what_is_there(body: Incoming, lines: BodyLines) -> None:
    while not (body.ended or lines.is_full):
        data = body.now()
        if not data and not body.ended:
            return
        lines.add(data)
    if body.ended and not body.broken:
        lines.end()


def _read(group: Sequence[BodyLine]) -> list[Item]:
    return [Item(line.number, _parsed(line)) for line in group]


def _parsed(line: BodyLine) -> object:
    return TOO_LARGE if line.raw is None else parse(line.raw, TextPlace(line.number, 1))


def _content(told: Sequence[AnsweredItem]) -> bytes:
    """The lines of the answer; one that is not safely logged says so as its last member."""
    lines = [one.content if one.logged else one.content[:-1] + _NOT_LOGGED for one in told]
    lines.append(b"")
    return b"\n".join(lines)


def _sent(content: bytes, body: Incoming, lines: BodyLines) -> Iterator[bytes]:
    """Pieces of the content, each as soon as it can be sent without waiting; meanwhile more is read."""
    size = body.piece
    for begin in range(0, len(content), size):
        while not body.until_writable(or_readable=lines.takes_more):
            lines.add(body.now())
        yield content[begin : begin + size]

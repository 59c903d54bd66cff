"""NDJSON in, NDJSON out: each line is answered while the lines after it still come.

There are three kinds of clients. One sends and reads at the same time. One sends all of its lines before it
reads the first answer: so what comes is read on, into a file where need be, while answers can't be sent. And
one waits for each answer before it sends the next line: so no line that is there waits for another.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Sequence
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

from service.model.exact_json import TextPlace
from service.web.body import MOST_BYTES, TOO_LARGE, parse
from service.web.draining import Draining
from service.web.exchange import Exchange
from service.web.items import MOST_TOGETHER, AnsweredItem, BatchAnswering, Item

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

_NOT_LOGGED = b',"logged":false}'


SLOWEST_CLIENT_S = 15
"""A client that neither sends nor takes anything for so long in the midst of a stream is let go."""

MOST_STREAM_S = 4 * 3_600
"""Seconds that a stream may last."""

_PIECE = 64 * 1024


class LineStream:
    """Answers the lines of one request while more of them come."""

    def __init__(self, exchange: Exchange, items: BatchAnswering, draining: Draining) -> None:
        self._exchange = exchange
        self._body = exchange.body
        self._items = items
        self._draining = draining
        self._lines = BodyLines()
        self._came = asyncio.Event()
        self._room = asyncio.Event()
        self._sends = False
        self._idle: asyncio.Timeout | None = None
        self._unkept: OSError | None = None
        self._is_gone = False

    async def run(self) -> None:
        """Answer in pieces, in the order of the lines.

        Where the body breaks off, the client does nothing for too long, the disk is full or the service
        stops, what was told until then holds, and the connection is closed without the mark of its end.
        """
        why = "a fault of ours"
        try:
            async with asyncio.timeout(MOST_STREAM_S) as limit:
                self._draining.add(limit)
                reading = asyncio.create_task(self._read(limit))
                # The head goes out at once: a client may wait for it before it sends anything.
                await self._exchange.start(200, [("Content-Type", NDJSON), ("Cache-Control", "no-store")])
                await self._exchange.write(b"")
                await self._answer()
            why = "the body broke off" if self._body.broken else ""
        except TimeoutError:
            if not limit.expired():
                why = "the client did nothing for too long"
            elif self._is_gone:
                why = "the client went away"
            else:
                why = "the service stops" if self._draining.is_over else "the stream lasted too long"
        except OSError as error:
            why = f"what comes can't be kept: {error.strerror}"
        finally:
            self._draining.discard(limit)
            reading.cancel()
            self._lines.close()
            self._items.log_end(why)
        if not why:
            await self._exchange.end()

    async def _answer(self) -> None:
        while True:
            self._came.clear()
            group = self._lines.take(MOST_TOGETHER)
            self._room.set()
            if group:
                await self._send(_content(await self._items.answered(map(_item, group))))
            elif self._unkept is not None:
                raise self._unkept
            elif self._body.ended:
                return
            else:
                await self._active(self._came.wait())

    async def _read(self, limit: asyncio.Timeout) -> None:
        """Take in what comes: while answers can't be sent into a file where need be, else only so much.

        The ``limit`` expires once the client has gone away.
        """
        lines = self._lines
        try:
            while not self._body.ended:
                while lines.is_full and not (self._sends and lines.takes_more):
                    self._room.clear()
                    await self._room.wait()
                lines.add(await self._body.piece())
                if self._idle is not None and not self._idle.expired():
                    self._idle.reschedule(asyncio.get_running_loop().time() + SLOWEST_CLIENT_S)
                if self._body.is_whole:
                    lines.end()
                self._came.set()
        except OSError as error:
            self._unkept = error
            self._came.set()
        if self._body.is_whole:
            await self._body.gone()
            self._is_gone = True
            limit.reschedule(asyncio.get_running_loop().time())

    async def _send(self, content: bytes) -> None:
        self._sends = True
        self._room.set()
        for begin in range(0, len(content), _PIECE):
            await self._active(self._exchange.write(content[begin : begin + _PIECE]))
        self._sends = False

    async def _active(self, waits: Awaitable[object]) -> None:
        """Wait for the client, as long as it does something at all."""
        async with asyncio.timeout(SLOWEST_CLIENT_S) as self._idle:
            await waits
        self._idle = None


def _item(line: BodyLine) -> Item:
    body = TOO_LARGE if line.raw is None else parse(line.raw, TextPlace(line.number, 1))
    return Item(line.number, body)


def _content(told: Sequence[AnsweredItem]) -> bytes:
    """The lines of the answer; one that is not safely logged says so as its last member."""
    lines = [one.content if one.logged else one.content[:-1] + _NOT_LOGGED for one in told]
    lines.append(b"")
    return b"\n".join(lines)

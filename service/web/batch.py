"""``POST /v1/evaluate/batch``: many assessments at once, as a JSON array or as NDJSON.

An array is split into its items, each read as if it had come alone.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Generator
from itertools import islice
from typing import NamedTuple

from service.model.exact_json import BYTE_ORDER_MARK, TextPlace
from service.serving.deciding import Deciding
from service.serving.evaluate import Answering
from service.web.body import (
    EMPTY,
    NOT_JSON,
    UnreadableBody,
    idempotency_key,
    is_json,
    media_type,
    parse,
    parse_of_any_size,
    read_bytes,
)
from service.web.call import Answer, Call, json_answer
from service.web.deferred import DeferredAnswers
from service.web.draining import Draining
from service.web.evaluating import NOT_LOGGED
from service.web.exchange import Exchange
from service.web.items import MOST_TOGETHER, AnsweredItem, BatchAnswering, Item, Member, Turns
from service.web.live import Live
from service.web.log import Log
from service.web.ndjson import NDJSON, TAKEN_AS_NDJSON, LineStream
from service.web.problems import unreadable
from service.web.telemetry import Telemetry

MOST_ITEMS = 1_000
MOST_ARRAY_BYTES = 8_000_000

_TOO_LARGE = UnreadableBody(
    413,
    "too-large",
    f"The array is larger than {MOST_ARRAY_BYTES} bytes.",
    "Send NDJSON (application/x-ndjson), one assessment on each line: that may have any length.",
)
_TOO_MANY = UnreadableBody(
    422,
    "too-many",
    f"The array has more than {MOST_ITEMS:,} items.",
    "Send NDJSON (application/x-ndjson), one assessment on each line: of lines there may be any number.",
)
_NO_ARRAY = UnreadableBody(
    422,
    "wrong-type",
    "The body must be a JSON array.",
    "Send [{...}, {...}], or NDJSON as application/x-ndjson.",
)

# Each match ends with a bracket or comma outside of texts, the last one with the bytes: a match that could
# fail would be tried again from each byte on.
_MARKS = re.compile(rb'(?:[^"\[\]{},]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"?)*+([\[\]{},]?)', re.DOTALL)
_MARKS_AT_ONCE = 100
_OPENS, _CLOSES = b"[{", b"]}"
_BLANKS = b" \t\n\r"


class _Piece(NamedTuple):
    """The bytes of one item, and where they begin."""

    begin: int
    raw: bytes


def parse_array(raw: bytes) -> Generator[None, None, list[object] | UnreadableBody | None]:
    """The items of an array as JSON data; one that can't be taken is an ``UnreadableBody`` in its place.

    Whatever is wrong with one item alone is told of that item: that it names a member twice, is nested too
    deep or too large. That the whole is no JSON or too long is told of the whole; None: by its brackets it is
    no array, see ``not_array``. It is read piece by piece, and yields in between.
    """
    if not raw:
        return EMPTY
    raw = raw.removeprefix(BYTE_ORDER_MARK)
    pieces = yield from _pieces(raw)
    if pieces is None:
        return None
    if len(pieces) > MOST_ITEMS:
        return _TOO_MANY
    items = []
    for piece in pieces:
        item = parse(piece.raw)
        if isinstance(item, UnreadableBody) and item.code == NOT_JSON:
            return _not_json_in(raw, piece)
        items.append(item)
        yield
    return items


def not_array(raw: bytes) -> UnreadableBody:
    """What is wrong with a body that is no array; it may take long."""
    whole = parse_of_any_size(raw)
    return whole if isinstance(whole, UnreadableBody) else _NO_ARRAY


def _not_json_in(raw: bytes, piece: _Piece) -> UnreadableBody:
    """That the whole is no JSON, by the place in one piece of it."""
    before = raw[: piece.begin].decode(errors="replace")
    found = parse_of_any_size(piece.raw, TextPlace.of(before, len(before)))
    assert isinstance(found, UnreadableBody)
    return found


def _pieces(raw: bytes) -> Generator[None, None, list[_Piece] | None]:
    """The items of the array, cut apart at its own commas; None: by its brackets it is no array.

    The whole is JSON where each of them is. After one more than there may be it looks no further.
    """
    end = len(raw.rstrip(_BLANKS)) - 1
    if raw[end : end + 1] != b"]" or raw.lstrip(_BLANKS)[:1] != b"[":
        return None
    pieces: list[_Piece] = []
    depth = begin = 0
    for number, mark in enumerate(_MARKS.finditer(raw)):
        if number % _MARKS_AT_ONCE == 0:
            yield
        if not mark[1] or len(pieces) > MOST_ITEMS:
            break
        at = mark.start(1)
        byte = raw[at]
        if byte in _OPENS:
            depth += 1
            if depth == 1:
                begin = at + 1
        elif byte in _CLOSES:
            depth -= 1
        if depth == 0 or (depth == 1 and byte == 0x2C):
            pieces.append(_Piece(begin, raw[begin:at]))
            begin = at + 1
        if depth == 0:
            is_empty = len(pieces) == 1 and not pieces[0].raw.strip(_BLANKS)
            return None if at < end else [] if is_empty else pieces
    return pieces if len(pieces) > MOST_ITEMS else None


MOST_STREAMS = 64
"""So many streams a process answers at once."""

MOST_STREAMS_OF_A_KEY = 8
"""So many of them with one key; where no keys are asked for, all of them."""

ARRAYS_AT_WORK = 2
"""So many arrays a process has in memory taken apart; others wait as they came."""

_TYPE = UnreadableBody(
    415,
    "unsupported-media-type",
    "The body must be a JSON array or NDJSON, in UTF-8.",
    f"Send Content-Type: application/json with an array, or {NDJSON} with one assessment on each line; "
    "and no Content-Encoding.",
    accepts=f"application/json, {NDJSON}",
)
_BUSY = UnreadableBody(
    503,
    "busy",
    f"This process answers {MOST_STREAMS} streams already.",
    "Send the request again soon, or fewer streams at once.",
)
_BUSY_WITH_KEY = UnreadableBody(
    503,
    "busy",
    f"This process answers {MOST_STREAMS_OF_A_KEY} streams of this key already.",
    "Send the request again soon, or fewer streams at once.",
)


class BatchEndpoint:
    """Answers many assessments, each as the endpoint for one does."""

    def __init__(
        self, live: Live, log: Log, deciding: Deciding, telemetry: Telemetry, draining: Draining
    ) -> None:
        self._live = live
        self._log = log
        self._deciding = deciding
        self._telemetry = telemetry
        self._draining = draining
        self._deferred = DeferredAnswers(deciding.patience)
        self._turns = Turns()
        self._arrays = asyncio.Semaphore(ARRAYS_AT_WORK)
        self._running: Counter[str | None] = Counter()

    async def __call__(self, exchange: Exchange) -> Answer | None:
        """An array for an array, lines for lines; or a problem where that can't be told of single ones."""
        headers = exchange.call.headers
        sent = idempotency_key(headers)
        if isinstance(sent, UnreadableBody):
            return unreadable(sent)
        if is_json(headers):
            return await self._array(exchange, sent)
        if media_type(headers) not in TAKEN_AS_NDJSON:
            return unreadable(_TYPE)
        key = exchange.call.caller.key
        if self._running.total() >= MOST_STREAMS:
            return unreadable(_BUSY)
        if key is not None and self._running[key] >= MOST_STREAMS_OF_A_KEY:
            return unreadable(_BUSY_WITH_KEY)
        self._running[key] += 1
        try:
            items = self._items(lambda: self._live.answering, exchange.call, "line", sent)
            await LineStream(exchange, items, self._draining).run()
        finally:
            self._running[key] -= 1
        return None

    def _items(
        self, answering: Callable[[], Answering], call: Call, member: Member, sent: str | None
    ) -> BatchAnswering:
        return BatchAnswering(
            answering,
            self._deciding,
            self._deferred,
            self._turns,
            self._log,
            self._telemetry,
            call,
            member,
            sent,
        )

    async def _array(self, exchange: Exchange, sent: str | None) -> Answer:
        raw = await read_bytes(exchange.call.headers, exchange.body, MOST_ARRAY_BYTES, _TOO_LARGE)
        if isinstance(raw, UnreadableBody):
            return unreadable(raw)
        async with self._arrays:
            bodies = await self._turns.do(parse_array(raw))
            if bodies is None:
                bodies = await asyncio.to_thread(not_array, raw)
            if isinstance(bodies, UnreadableBody):
                return unreadable(bodies)
            answering = self._live.answering  # the same for all, whatever goes live meanwhile
            items = self._items(lambda: answering, exchange.call, "index", sent)
            waiting = map(Item, range(len(bodies)), bodies)
            told: list[AnsweredItem] = []
            while len(told) < len(bodies):
                told += await items.answered(islice(waiting, MOST_TOGETHER))
            items.log_end()
            safe = all(one.logged for one in told)
            content = b"[" + b",".join([one.content for one in told]) + b"]"
        return json_answer(content, headers=() if safe else [NOT_LOGGED])

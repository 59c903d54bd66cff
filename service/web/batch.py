"""``POST /v1/evaluate/batch``: many assessments at once, as a JSON array or as NDJSON.

An array is split into its items, each read as if it had come alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from flask import Response
from werkzeug.wsgi import ClosingIterator

from service.model.exact_json import BYTE_ORDER_MARK, TextPlace
from service.serving.deciding import Deciding
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
from service.web.call import this_call
from service.web.evaluating import NOT_LOGGED
from service.web.incoming import Stopping, incoming
from service.web.items import BatchAnswering, Item
from service.web.live import Live
from service.web.log import Log
from service.web.ndjson import NDJSON, TAKEN_AS_NDJSON, stream
from service.web.problems import unreadable
from service.web.turns import turns_taken_often

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

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
_OPENS, _CLOSES = b"[{", b"]}"
_BLANKS = b" \t\n\r"


class _Piece(NamedTuple):
    """The bytes of one item, and where they begin."""

    begin: int
    raw: bytes


def read_array(environ: dict[str, Any]) -> list[object] | UnreadableBody:
    """The items of an array as JSON data; one that can't be taken is an ``UnreadableBody`` in its place.

    Whatever is wrong with one item alone is told of that item: that it names a member twice, is nested too
    deep or too large. That the whole is no JSON, no array, or too long is told of the whole.
    """
    raw = read_bytes(environ, MOST_ARRAY_BYTES, _TOO_LARGE)
    return raw if isinstance(raw, UnreadableBody) else parse_array(raw)


def parse_array(raw: bytes) -> list[object] | UnreadableBody:
    """The same from the bytes of the body."""
    if not raw:
        return EMPTY
    raw = raw.removeprefix(BYTE_ORDER_MARK)
    pieces = _pieces(raw)
    if pieces is None:
        whole = parse_of_any_size(raw)
        return whole if isinstance(whole, UnreadableBody) else _NO_ARRAY
    if len(pieces) > MOST_ITEMS:
        return _TOO_MANY
    items = []
    for piece in pieces:
        item = parse(piece.raw)
        if isinstance(item, UnreadableBody) and item.code == NOT_JSON:
            return _not_json_in(raw, piece)
        items.append(item)
    return items


def _not_json_in(raw: bytes, piece: _Piece) -> UnreadableBody:
    """That the whole is no JSON, by the place in one piece of it."""
    before = raw[: piece.begin].decode(errors="replace")
    found = parse_of_any_size(piece.raw, TextPlace.of(before, len(before)))
    assert isinstance(found, UnreadableBody)
    return found


def _pieces(raw: bytes) -> list[_Piece] | None:
    """The items of the array, cut apart at its own commas; None: by its brackets it is no array.

    The whole is JSON where each of them is. After one more than there may be it looks no further.
    """
    end = len(raw.rstrip(_BLANKS)) - 1
    if raw[end : end + 1] != b"]" or raw.lstrip(_BLANKS)[:1] != b"[":
        return None
    pieces: list[_Piece] = []
    depth = begin = 0
    for mark in _MARKS.finditer(raw):
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


MOST_STREAMS = 8
"""So many streams a process answers at once: each holds a thread, and single requests need some, too."""

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
_NO_STORE = ("Cache-Control", "no-store")


class _Stream(Response):
    """A body that is made while it is sent, handed to the server as it is."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:  # noqa: ARG002 - WSGI
        start_response(self.status, self.headers.to_wsgi_list())
        return ClosingIterator(cast(Iterable[bytes], self.response), self.close)  # the end of it is noted


class BatchView:
    """Answers many assessments, each as the endpoint for one does."""

    def __init__(self, live: Live, log: Log, deciding: Deciding, stopping: Stopping) -> None:
        self._live = live
        self._log = log
        self._deciding = deciding
        self._stopping = stopping
        self._running: set[object] = set()

    def __call__(self) -> Response:
        """An array for an array, lines for lines; or a problem where that can't be told of single ones."""
        call = this_call()
        sent = idempotency_key(call.environ)
        if isinstance(sent, UnreadableBody):
            return unreadable(sent)
        if is_json(call.environ):
            return self._array(BatchAnswering(self._live, self._deciding, self._log, call, "index", sent))
        if media_type(call.environ) not in TAKEN_AS_NDJSON:
            return unreadable(_TYPE)
        if len(self._running) >= MOST_STREAMS:
            return unreadable(_BUSY)
        items = BatchAnswering(self._live, self._deciding, self._log, call, "line", sent)
        answers = stream(incoming(call.environ, self._stopping), items, self._stopping)
        return _Stream(self._counted(answers), 200, [("Content-Type", NDJSON), _NO_STORE])

    def _counted(self, answers: Iterator[bytes]) -> Iterator[bytes]:
        """The answers, counted among the streams that run from the first piece to their end."""
        running = object()
        self._running.add(running)
        try:
            yield from answers
        finally:
            self._running.discard(running)

    def _array(self, items: BatchAnswering) -> Response:
        bodies = read_array(items.call.environ)
        if isinstance(bodies, UnreadableBody):
            return unreadable(bodies)
        with turns_taken_often():
            told = items.answered([Item(index, body) for index, body in enumerate(bodies)])
        items.log_end()
        headers = [("Content-Type", "application/json"), _NO_STORE]
        if not all(one.logged for one in told):
            headers.append(NOT_LOGGED)
        return Response(b"[" + b",".join([one.content for one in told]) + b"]", 200, headers)

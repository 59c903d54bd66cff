"""A JSON array as a body -> its items, each read as if it had come alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import orjson

from service.web.body import EMPTY, MOST_DEPTH, NOT_JSON, Unreadable, checked, parse, read_bytes

MOST_ITEMS = 1_000
MOST_ARRAY_BYTES = 8_000_000

_TOO_LARGE = Unreadable(
    413,
    "too-large",
    f"The array is larger than {MOST_ARRAY_BYTES} bytes.",
    "Send NDJSON (application/x-ndjson), one assessment on each line: that may have any length.",
)
_TOO_MANY = Unreadable(
    422,
    "too-many",
    f"The array has more than {MOST_ITEMS:,} items.",
    "Send NDJSON (application/x-ndjson), one assessment on each line: of lines there may be any number.",
)
_NO_ARRAY = Unreadable(
    422,
    "wrong-type",
    "The body must be a JSON array.",
    "Send [{...}, {...}], or NDJSON as application/x-ndjson.",
)

# Each match ends with a bracket or comma outside of texts, the last one with the bytes: a match that could
# fail would be tried again from each byte on.
_MARKS = re.compile(rb'(?:[^"\[\]{},]++|"[^"\\]*+(?:\\.[^"\\]*+)*+"?)*+([\[\]{},]?)', re.DOTALL)
_OPENS, _CLOSES = b"[{", b"]}"


@dataclass(frozen=True, slots=True)
class _Piece:
    """The bytes of one item, and how many brackets are open at its deepest place."""

    raw: bytes
    depth: int


def read_array(environ: dict[str, Any]) -> list[object] | Unreadable:
    """The items of an array as JSON data; one that can't be taken is an ``Unreadable`` in its place.

    Whatever is wrong with one item alone is told of that item: that it names a member twice, is nested too
    deep or too large. That the whole is no JSON, no array, or too long is told of the whole.
    """
    raw = read_bytes(environ, MOST_ARRAY_BYTES, _TOO_LARGE)
    return raw if isinstance(raw, Unreadable) else parse_array(raw)


def parse_array(raw: bytes) -> list[object] | Unreadable:
    """The same from the bytes of the body."""
    try:
        body: object = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _with_deep_items(raw)
    if not isinstance(body, list):
        return _NO_ARRAY
    if len(body) > MOST_ITEMS:
        return _TOO_MANY
    return [checked(item, piece.raw) for item, piece in zip(body, _pieces(raw), strict=True)]


def _with_deep_items(raw: bytes) -> list[object] | Unreadable:
    """The items of an array that is JSON but for items nested so deep that no parser takes them."""
    pieces = _pieces(raw)
    if not any(piece.depth > MOST_DEPTH for piece in pieces):
        return EMPTY if not raw else NOT_JSON
    if len(pieces) > MOST_ITEMS:
        return _TOO_MANY
    kept = [b"null" if piece.depth > MOST_DEPTH else piece.raw for piece in pieces]
    items = parse_array(b"[" + b",".join(kept) + b"]")
    if isinstance(items, Unreadable):
        return items
    return [
        parse(piece.raw) if piece.depth > MOST_DEPTH else item
        for piece, item in zip(pieces, items, strict=True)
    ]


def _pieces(raw: bytes) -> list[_Piece]:
    """The items of the array, cut apart at its own commas: none where the brackets don't add up.

    After one more than there may be it looks no further.
    """
    pieces: list[_Piece] = []
    depth = deepest = begin = 0
    for mark in _MARKS.finditer(raw):
        if not mark[1]:
            return []
        at = mark.start(1)
        byte = raw[at]
        if byte in _OPENS:
            depth += 1
            deepest = max(deepest, depth)
            if depth == 1:
                begin = at + 1
        elif byte in _CLOSES:
            depth -= 1
        if depth == 0 or (depth == 1 and byte == 0x2C):
            pieces.append(_Piece(raw[begin:at].strip(), deepest - 1))
            begin, deepest = at + 1, depth
        if depth == 0 or len(pieces) > MOST_ITEMS:
            return [] if len(pieces) == 1 and not pieces[0].raw else pieces
    return []

"""A request's body -> JSON data, or why it can't be read. Never reads more than the limit."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import orjson

MOST_BYTES = 64 * 1024
MOST_DEPTH = 32

MOST_LEFT_BYTES = 256 * 1024
LEFT_WITHIN_S = 1.0
"""Of a body that is not wanted so much is taken, and for so many seconds."""

WHOLE_WITHIN_S = 15
"""Seconds in which the whole body of a request has to come."""


@dataclass(frozen=True, slots=True)
class UnreadableBody:
    """The body is no JSON that this service reads; ``accepts``: the content types that it takes."""

    status: int
    code: str
    message: str
    hint: str
    accepts: str = "application/json"


TOO_LARGE = UnreadableBody(
    413, "too-large", f"The body is larger than {MOST_BYTES} bytes.", "Send one assessment a request."
)
EMPTY = UnreadableBody(400, "not-json", "The body is empty.", 'Send {"ruleset": ..., "assessment": {...}}.')
NOT_JSON = UnreadableBody(
    400, "not-json", "The body is not JSON.", "Send JSON in UTF-8. NaN and Infinity are not JSON."
)
_TOO_DEEP = UnreadableBody(
    400, "too-deep", f"The body is nested more than {MOST_DEPTH} deep.", "Send a flat assessment."
)
_TWICE = UnreadableBody(400, "duplicate-member", "The body names a member twice.", "Send each member once.")
_CUT = UnreadableBody(400, "not-whole", "The body ended before its end.", "Send the whole body.")
_SLOW = UnreadableBody(408, "too-slow", "The body did not come in time.", "Send the request again.")
_TYPE = UnreadableBody(
    415,
    "unsupported-media-type",
    "The body must be JSON in UTF-8.",
    "Send the header Content-Type: application/json, and no Content-Encoding.",
)


class Incoming:
    """A body as it comes in. ``ended``: no more comes; ``broken``: because it broke off."""

    def __init__(self, receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> None:
        """``receive`` is ASGI's."""
        self._receive = receive
        self.ended = self.broken = False

    @property
    def is_whole(self) -> bool:
        """Whether all of it has come."""
        return self.ended and not self.broken

    async def gone(self) -> None:
        """Wait until the client has gone away; all that it sent was taken."""
        while (await self._receive())["type"] == "http.request":
            pass

    async def leave(self) -> None:
        """Take what still comes, little of it and not for long: a client that is cut off reads no answer."""
        taken = 0
        try:
            async with asyncio.timeout(LEFT_WITHIN_S):
                while not self.ended and taken < MOST_LEFT_BYTES:
                    taken += len(await self.piece())
        except TimeoutError:
            return

    async def piece(self) -> bytes:
        """Some of it, once some is there, which may be none."""
        message = await self._receive()
        if message["type"] != "http.request":
            self.ended = self.broken = True
            return b""
        self.ended = not message.get("more_body", False)
        data: bytes = message.get("body", b"")
        return data


async def read_json(headers: Mapping[str, str], body: Incoming) -> object | UnreadableBody:
    """A request's body as JSON data. A member named twice is refused, not silently dropped."""
    if not is_json(headers):
        return _TYPE
    raw = await read_bytes(headers, body)
    return raw if isinstance(raw, UnreadableBody) else parse(raw)


def parse(raw: bytes) -> object | UnreadableBody:
    """JSON data from its bytes."""
    if not raw:
        return EMPTY
    if len(raw) > MOST_BYTES:
        return TOO_LARGE
    try:
        return checked(orjson.loads(raw), raw)
    except orjson.JSONDecodeError:
        return NOT_JSON


def checked(body: object, raw: bytes) -> object | UnreadableBody:
    """JSON data that was read from these bytes; or why it is not taken as it is."""
    if len(raw) > MOST_BYTES:
        return TOO_LARGE
    members = _members(body)
    if members is None:
        return _TOO_DEEP
    # Outside of texts each colon belongs to one member, so equal counts mean that none was dropped.
    if members != raw.count(b":") and _names_twice(raw):
        return _TWICE
    return body


def is_json(headers: Mapping[str, str]) -> bool:
    """Whether a request says that its body is JSON in UTF-8, as it is."""
    if headers.get("content-type") == "application/json" and "content-encoding" not in headers:
        return True
    kind = media_type(headers)
    named = kind.removeprefix("application/")
    return kind.startswith("application/") and (
        named == "json" or (named.endswith("+json") and len(named) > len("+json"))
    )


def media_type(headers: Mapping[str, str]) -> str:
    """The media type of a request's body; empty where the body is encoded, or not in UTF-8."""
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        return ""
    kind, *parameters = [part.strip().lower() for part in headers.get("content-type", "").split(";")]
    charsets = [part[8:].strip('"') for part in parameters if part.startswith("charset=")]
    return kind if all(charset in ("utf-8", "utf8") for charset in charsets) else ""


async def read_bytes(
    headers: Mapping[str, str], body: Incoming, most: int = MOST_BYTES, too_large: UnreadableBody = TOO_LARGE
) -> bytes | UnreadableBody:
    """A request's body, which may have ``most`` bytes; or why it can't be had whole.

    All of it has to come within ``WHOLE_WITHIN_S`` seconds, however fast its parts do.
    """
    if int(headers.get("content-length", 0)) > most:
        return too_large
    raw = b""
    try:
        async with asyncio.timeout(WHOLE_WITHIN_S):
            while not body.ended:
                raw += await body.piece()
                if len(raw) > most:
                    return too_large
    except TimeoutError:
        return _SLOW
    return _CUT if body.broken else raw


def _members(body: object) -> int | None:
    """How many members all objects of the body have together; None where it is nested too deep."""
    count = 0
    level = [body]
    for _ in range(MOST_DEPTH):
        below: list[object] = []
        for node in level:
            if node.__class__ is dict:
                count += len(node)
                below += node.values()
            elif node.__class__ is list:
                below += node
        if not below:
            return count
        level = below
    return None


def _names_twice(raw: bytes) -> bool:
    twice = False

    def pairs(members: list[tuple[str, object]]) -> None:
        nonlocal twice
        twice = twice or len({name for name, _ in members}) < len(members)

    json.loads(raw, object_pairs_hook=pairs)
    return twice


HEADER = "Idempotency-Key"

PATTERN = r"^[!-~]([ -~]{0,253}[!-~])?$"
"""What a key looks like."""

_KEY = re.compile(PATTERN)
_BAD = UnreadableBody(
    400,
    "bad-idempotency-key",
    "The Idempotency-Key must have 1 to 255 characters of ASCII.",
    "Send a new UUID with each new request.",
)


def idempotency_key(headers: Mapping[str, str]) -> str | UnreadableBody | None:
    """The key of a request, None where it has none."""
    sent = headers.get("idempotency-key")
    if sent is None:
        return None
    return sent if _KEY.fullmatch(sent) else _BAD

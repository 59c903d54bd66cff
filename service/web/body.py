"""A request's body -> JSON data, or why it can't be read. Never reads more than the limit."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from service.model import exact_json
from service.model.exact_json import TEXT_START, TextPlace
from service.model.problem import pointer
from service.web.deferred import TimeLimit

MOST_BYTES = 64 * 1024
MOST_DEPTH = 32

MOST_LEFT_BYTES = 256 * 1024
LEFT_WITHIN_S = 1.0
"""Of a body that is not wanted so much is taken, and for so many seconds."""

WHOLE_WITHIN_S = 15
"""Seconds in which the whole body of a request has to come."""


@dataclass(frozen=True, slots=True)
class UnreadableBody:
    """The body is no JSON that this service reads; ``accepts``: the content types that it takes.

    ``pointer`` goes to what is wrong, where it is a member.
    """

    status: int
    code: str
    message: str
    hint: str
    accepts: str = "application/json"
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How many bytes a body may have, and how deep it may be nested; ``hint``: what to send instead."""

    most_bytes: int
    most_depth: int
    hint: str

    @property
    def too_large(self) -> UnreadableBody:
        """That a body is larger."""
        return UnreadableBody(
            413, "too-large", f"The body is larger than {self.most_bytes} bytes.", self.hint
        )

    @property
    def too_deep(self) -> UnreadableBody:
        """That a body is nested deeper."""
        message = f"The body is nested more than {self.most_depth} deep."
        return UnreadableBody(400, "too-deep", message, self.hint)


ASSESSMENTS = BodyLimits(MOST_BYTES, MOST_DEPTH, "Send one assessment a request, and a flat one.")
RESOURCES = BodyLimits(1024 * 1024, 64, "Send one resource, and nothing that is not asked for.")
"""What clinical systems send: it may hold much that is passed over."""


TOO_LARGE = ASSESSMENTS.too_large
NOT_JSON = "not-json"
EMPTY = UnreadableBody(400, NOT_JSON, "The body is empty.", 'Send {"ruleset": ..., "assessment": {...}}.')
_TWICE = UnreadableBody(400, "duplicate-member", "The body names a member twice.", "Send each member once.")
_LONGEST_POINTER = 300
_CUT = UnreadableBody(400, "not-whole", "The body ended before its end.", "Send the whole body.")
_SLOW = UnreadableBody(408, "too-slow", "The body did not come in time.", "Send the request again.")
NO_JSON_TYPE = UnreadableBody(
    415,
    "unsupported-media-type",
    "The body must be JSON in UTF-8.",
    "Send the header Content-Type: application/json, and no Content-Encoding.",
)


class Incoming:
    """A body as it comes in. ``ended``: no more comes; ``broken``: because it broke off."""

    def __init__(
        self, receive: Callable[[], Awaitable[MutableMapping[str, Any]]], deadline: TimeLimit
    ) -> None:
        """``receive`` is ASGI's; the ``deadline`` is for a body that is read whole."""
        self._receive = receive
        self._deadline = deadline
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

    async def whole(self, most: int) -> bytes:
        """All of it, or of one that has more than so many bytes what makes that known.

        Raises:
            TimeoutError: it did not come in time.
        """
        raw, task = b"", asyncio.current_task()
        too_slow = False

        def late() -> None:
            nonlocal too_slow
            too_slow = task is not None and task.cancel()

        self._deadline.begin(late)
        try:
            while not self.ended and len(raw) <= most:
                raw += await self.piece()
        except asyncio.CancelledError:
            if too_slow and task is not None and task.uncancel() <= 0:
                raise TimeoutError from None
            raise
        finally:
            self._deadline.end(late)
        return raw

    async def piece(self) -> bytes:
        """Some of it, once some is there, which may be none."""
        message = await self._receive()
        if message["type"] != "http.request":
            self.ended = self.broken = True
            return b""
        self.ended = not message.get("more_body", False)
        data: bytes = message.get("body", b"")
        return data


async def read_json(
    headers: Mapping[str, str], body: Incoming, limits: BodyLimits = ASSESSMENTS
) -> object | UnreadableBody:
    """A request's body as JSON data. A member named twice is refused, not silently dropped."""
    if not is_json(headers):
        return NO_JSON_TYPE
    raw = await read_bytes(headers, body, limits.most_bytes, limits.too_large)
    if isinstance(raw, UnreadableBody):
        return raw
    if not raw:
        return EMPTY
    if len(raw) > MOST_BYTES:
        return await asyncio.to_thread(parse_of_any_size, raw, TEXT_START, limits)
    return parse_of_any_size(raw, TEXT_START, limits)


def parse(raw: bytes, begins: TextPlace = TEXT_START) -> object | UnreadableBody:
    """JSON data from its bytes; ``begins``: where they begin in what was sent."""
    if not raw:
        return EMPTY
    return TOO_LARGE if len(raw) > MOST_BYTES else parse_of_any_size(raw, begins)


def parse_of_any_size(
    raw: bytes, begins: TextPlace = TEXT_START, limits: BodyLimits = ASSESSMENTS
) -> object | UnreadableBody:
    """The same, however many bytes there are."""
    try:
        data: object = exact_json.read_json(raw, limits.most_depth)
    except exact_json.NotJson as why:
        line, column = begins.then(why.place)
        message = f"The body is not JSON at line {line}, column {column}."
        return UnreadableBody(400, NOT_JSON, message, "Send JSON in UTF-8. NaN and Infinity are not JSON.")
    except exact_json.TooDeep:
        return limits.too_deep
    except exact_json.NamedTwice as twice:
        where = pointer(*twice.path)
        return replace(_TWICE, pointer=where) if len(where) <= _LONGEST_POINTER else _TWICE
    return data


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

    All of it has to come before the body's deadline, however fast its parts do.
    """
    if int(headers.get("content-length", 0)) > most:
        return too_large
    try:
        raw = await body.whole(most)
    except TimeoutError:
        return _SLOW
    if len(raw) > most:
        return too_large
    return _CUT if body.broken else raw


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

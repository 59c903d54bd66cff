"""Messages between the processes that work on drafts: a head of JSON and a body of bytes, by Unix sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

MOST_BYTES = 64 * 1024 * 1024
"""So large may a head or a body be."""

_SIZES = struct.Struct("!II")


class NoAnswer(Exception):
    """Who was asked has ended, or takes too long."""


class Message(NamedTuple):
    """What one process tells another."""

    head: dict[str, Any]
    body: bytes = b""


def canonical(data: object) -> bytes:
    """JSON data in the one form by which equal data is known."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)


def packed(head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """A message as it is sent."""
    written = orjson.dumps(head)
    return _SIZES.pack(len(written), len(body)) + written + body


def receive(connection: socket.socket) -> Message | None:
    """The next message; None: there is none any more.

    Raises:
        OSError: it does not come, or not in time.
    """
    sizes = _exactly(connection, _SIZES.size)
    if sizes is None:
        return None
    head, body = _checked(sizes)
    written = _exactly(connection, head + body)
    return None if written is None else Message(orjson.loads(written[:head]), written[head:])


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    found = bytearray()
    while len(found) < size:
        block = connection.recv(min(size - len(found), 1 << 20))
        if not block:
            return None
        found += block
    return bytes(found)


def _checked(sizes: bytes) -> tuple[int, int]:
    head, body = _SIZES.unpack(sizes)
    if head > MOST_BYTES or body > MOST_BYTES:
        raise NoAnswer("a message is too large")
    return head, body


async def read(reader: asyncio.StreamReader) -> Message | None:
    """The next message on an event loop; None: there is none any more."""
    try:
        head, body = _checked(await reader.readexactly(_SIZES.size))
        written = await reader.readexactly(head + body)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return Message(orjson.loads(written[:head]), written[head:])


def ask(address: Path, message: Message, seconds: float) -> Message:
    """What is answered to a message.

    Raises:
        NoAnswer: nothing is, within so many seconds.
    """
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            connection.connect(str(address))
            connection.sendall(packed(*message))
            answer = receive(connection)
    except OSError as error:
        raise NoAnswer(str(error)) from error
    if answer is None:
        raise NoAnswer("it has ended")
    return answer


async def asked(address: Path, message: Message, seconds: float) -> Message:
    """The same on an event loop."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_unix_connection(str(address))
            try:
                writer.write(packed(*message))
                await writer.drain()
                answer = await read(reader)
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        raise NoAnswer(str(error)) from error
    if answer is None:
        raise NoAnswer("it has ended")
    return answer

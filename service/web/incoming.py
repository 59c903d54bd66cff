"""A body as it comes in: what is there already is read without waiting for more.

gunicorn's own ``wsgi.input`` waits until all that was asked for is there. Who answers the beginning of a body
before its end has come must not wait for a client that itself waits for answers.
"""

from __future__ import annotations

import select
import socket
import sys
from time import monotonic
from typing import Any, Protocol

from service.web.chunked import Chunks

SLOWEST_CLIENT_S = 15
"""A client that neither sends nor takes anything for so long in the midst of a request is let go."""

_AT_ONCE = 128 * 1024
_MOST_SENT = 64 * 1024
_LOOK_AGAIN_S = 1.0
_GONE = select.POLLERR | select.POLLHUP | select.POLLNVAL


class LetGo(Exception):
    """The client did nothing for too long, or the service stops: the rest is not waited for."""


class Incoming(Protocol):
    """A body that is still coming in.

    ``ended``: no more comes. ``broken``: because it broke off.
    """

    ended: bool
    broken: bool

    @property
    def piece(self) -> int:
        """So many bytes can be sent without waiting once ``until_writable`` says so."""

    def now(self) -> bytes:
        """Some of what is there already; empty where nothing is."""

    def until_readable(self) -> None:
        """Wait for more; raises ``LetGo``."""

    def until_writable(self, *, or_readable: bool) -> bool:
        """Wait until the client takes an answer; False: more can be read meanwhile. Raises ``LetGo``."""


class Stopping:
    """When the service stops: until then what runs may run on."""

    def __init__(self) -> None:
        self.at: float | None = None

    def is_over(self) -> bool:
        """Whether nothing may run on."""
        return self.at is not None and monotonic() >= self.at


class _Plain:
    """A body behind a server that can only wait."""

    piece = _MOST_SENT

    def __init__(self, environ: dict[str, Any]) -> None:
        length = environ.get("CONTENT_LENGTH")
        self._input = environ["wsgi.input"]
        self._left = int(length) if length else None
        self.broken = False
        self.ended = not (self._left or (length is None and environ.get("wsgi.input_terminated")))

    def now(self) -> bytes:
        if self.ended:
            return b""
        wanted = _AT_ONCE if self._left is None else min(self._left, _AT_ONCE)
        try:
            data: bytes = self._input.read(wanted)
        except OSError:
            data, self.broken = b"", True
        if self._left is not None:
            self._left -= len(data)
            self.broken = self.broken or (not data and self._left > 0)
        self.ended = not data or self._left == 0
        return data

    def until_readable(self) -> None:
        """Reading waits."""

    def until_writable(self, *, or_readable: bool) -> bool:  # noqa: ARG002 - as the others have it
        """Sending waits."""
        return True


class _Socket:
    """A body behind gunicorn, read past its reader, which is left as if it had read it all."""

    def __init__(self, environ: dict[str, Any], stopping: Stopping) -> None:
        self._socket: socket.socket = environ["gunicorn.socket"]
        self._body = environ["wsgi.input"]
        reader = self._body.reader
        self._chunks = Chunks() if hasattr(reader, "parser") else None
        self._unreader = self._body.reader.unreader if self._chunks is None else reader.req.unreader
        self._stopping = stopping
        self._poll = select.poll()
        self._watched = 0
        self.broken = False
        self.ended = self._chunks is None and reader.length == 0

    @property
    def piece(self) -> int:
        """Linux calls a socket writable while a third of its buffer is free, others from 2 KB on."""
        if sys.platform != "linux":
            return 2 * 1024
        return min(_MOST_SENT, self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) // 8)

    def now(self) -> bytes:
        if self.ended:
            return b""
        try:
            data = self._unreader.read() if self._unreader.buf.getvalue() else self._received()
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._break()
        return self._decoded(data)

    def until_readable(self) -> None:
        self._wait(select.POLLIN)

    def until_writable(self, *, or_readable: bool) -> bool:
        happened = self._wait(select.POLLOUT | (select.POLLIN if or_readable and not self.ended else 0))
        return bool(happened & (select.POLLOUT | _GONE))

    def _received(self) -> bytes:
        return self._socket.recv(_AT_ONCE, socket.MSG_DONTWAIT)

    def _break(self) -> None:
        self.ended = self.broken = True
        self._body.failed = True  # where the next request starts is not known

    def _decoded(self, data: bytes) -> bytes:
        reader = self._body.reader
        if self._chunks is None:
            body, rest = data[: reader.length], data[reader.length :]
            reader.length -= len(body)
            self.ended = self.ended or reader.length == 0
        else:
            body, rest = self._chunks.feed(data), self._chunks.rest
            if self._chunks.bad:
                self._break()
            if self._chunks.ended:
                self.ended, reader.parser = True, None
        if rest:
            self._unreader.unread(rest)
        return body

    def _wait(self, events: int) -> int:
        """What happened first, of these events and those that say that the client is gone."""
        if events != self._watched:
            self._poll.register(self._socket, events)
            self._watched = events
        until = monotonic() + SLOWEST_CLIENT_S
        while monotonic() < until:
            for _, happened in self._poll.poll(_LOOK_AGAIN_S * 1000):
                return happened
            if self._stopping.is_over():
                break
        raise LetGo


def incoming(environ: dict[str, Any], stopping: Stopping) -> Incoming:
    """The body of a WSGI request."""
    if "gunicorn.socket" in environ and hasattr(environ["wsgi.input"], "reader"):
        return _Socket(environ, stopping)
    return _Plain(environ)

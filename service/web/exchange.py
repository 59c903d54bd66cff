"""A request and its answer over ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

from service.web.body import MOST_LEFT_BYTES, Incoming
from service.web.call import Answer, Call
from service.web.deferred import TimeLimit
from service.web.problems import problem
from service.web.transfer import LEAST_BYTES, VARIES, compressed, may_be_compressed, takes_gzip

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_CLOSE = {"Connection": "close"}


class Exchange:
    """One request and what is sent for it. ``status`` is that of the answer once it has begun."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        origins: Mapping[str, list[tuple[str, str]]],
        deadline: TimeLimit,
    ) -> None:
        """``origins`` has the headers that answers to web pages get, by their origin; see ``Incoming``."""
        headers: dict[str, str] = {}
        self._hosts = 0
        for name, value in scope["headers"]:
            headers[name.decode("latin-1")] = value.decode("latin-1")
            self._hosts += name == b"host"
        client = scope.get("client")
        self._origins = origins
        self._send = send
        self._http_version = scope["http_version"]
        self.query: bytes = scope["query_string"]
        self.call = Call(scope["method"], headers, None if client is None else client[0])
        self.body = Incoming(receive, deadline)
        length = headers.get("content-length", "0")
        self._has_body = "transfer-encoding" in headers or 0 < int(length) <= MOST_LEFT_BYTES
        self.status: int | None = None

    def refusal(self) -> Answer | None:
        """Why the request is not taken, whatever it asks for; None: it is."""
        headers = self.call.headers
        named = bool(headers.get("host"))  # the server puts in an empty one where there is none
        if self._hosts > 1 or (self._http_version == "1.1" and not named):
            return problem(400, "The request needs one Host header.")
        if headers.get("transfer-encoding", "chunked").strip().lower() != "chunked":
            return problem(501, headers=_CLOSE)
        if headers.get("expect", "100-continue").strip().lower() != "100-continue":
            return problem(417, headers=_CLOSE)
        return None

    async def answer(self, answer: Answer) -> None:
        """Send an answer, whole; a large one compressed, in a thread, where the client takes that."""
        content, headers = answer.content, answer.headers
        if len(content) >= LEAST_BYTES and may_be_compressed(
            self.call, dict(headers)["Content-Type"], len(content)
        ):
            headers = [*headers, VARIES]
            if takes_gzip(self.call):
                content = await asyncio.to_thread(compressed, content)
                headers.append(("Content-Encoding", "gzip"))
        await self.start(answer.status, [*headers, ("Content-Length", str(len(content)))])
        await self._finish(content)

    async def start(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Send the head of an answer."""
        self.status = status
        told = [*headers, *self.call.common_headers(), *self._to_page()]
        await self._send({"type": "http.response.start", "status": status, "headers": _encoded(told)})

    async def write(self, piece: bytes) -> None:
        """Send a piece of an answer, once the client has taken those before."""
        await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    async def end(self) -> None:
        """The answer is whole. Without this, its connection is closed without the mark of a whole one."""
        await self._send({"type": "http.response.body", "body": b""})

    async def pass_on(self, message: Message) -> None:
        """Send a message of another application, and what every answer says."""
        if message["type"] == "http.response.body" and not message.get("more_body"):
            await self._finish(message["body"])
            return
        if message["type"] == "http.response.start":
            self.status = message["status"]
            told = _encoded(self.call.common_headers())
            message = {**message, "headers": [*message["headers"], *told]}
        await self._send(message)

    async def _finish(self, content: bytes) -> None:
        """Send the last of an answer; of a body that nobody read a little is taken, so that it is read."""
        if not self.body.ended and self._has_body:
            await self.write(content)
            await self.body.leave()
            content = b""
        await self._send({"type": "http.response.body", "body": content})

    def _to_page(self) -> list[tuple[str, str]]:
        return self._origins.get(self.call.headers.get("origin", ""), [])


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(_NAMES[name], value.encode("latin-1")) for name, value in headers]


class _HeaderNames(dict[str, bytes]):
    """The names of our headers as they are sent."""

    def __missing__(self, name: str) -> bytes:
        sent = self[name] = name.lower().encode("latin-1")
        return sent


_NAMES = _HeaderNames()

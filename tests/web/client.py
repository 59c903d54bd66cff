"""A client of the application within the process, without a server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from typing import Any

from werkzeug.test import Client

__all__ = ["Client", "client_of"]


def client_of(application: Any) -> Client:
    """A client of it: each answer is there once its request is over, with all that is logged of it."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        done = asyncio.run_coroutine_threadsafe(_answered(application, environ), _loop())
        status, headers, body = done.result(60)
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    return Client(answer)


async def _answered(application: Any, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    named = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    named |= {name: environ[name] for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(name)}
    sent: list[dict[str, Any]] = []
    taken = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if taken.is_set():
            await asyncio.Future()  # nothing more comes, and the client does not go away
        taken.set()
        return {"type": "http.request", "body": environ["wsgi.input"].read(), "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": environ["REQUEST_METHOD"],
        "scheme": "http",
        "path": environ["PATH_INFO"].encode("latin-1").decode(),
        "root_path": "",
        "query_string": environ["QUERY_STRING"].encode("latin-1"),
        "headers": [
            (name.lower().replace("_", "-").encode(), value.encode("latin-1"))
            for name, value in named.items()
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await application(scope, receive, send)
    application.telemetry.tell()
    head, *pieces = sent
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head["headers"]]
    return head["status"], headers, b"".join(piece.get("body", b"") for piece in pieces)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One event loop, in a thread of its own, for all clients."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="event loop", daemon=True).start()
    return loop

"""The service as an ASGI application.

What has to be quick is answered on the event loop; everything else by the Flask app, in a few threads. Each
request is checked, followed, counted and logged here, whichever of them answers it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, cast

from a2wsgi import WSGIMiddleware

from service.clinical.canonicals import Canonicals
from service.web.bench.forwarding import Forwarding
from service.web.body import MOST_BYTES, WHOLE_WITHIN_S, UnreadableBody, read_bytes
from service.web.call import LOCAL, Answer, Call, answering
from service.web.deferred import TimeLimit
from service.web.draining import Draining
from service.web.endpoints import ASK, WORKBENCH, Endpoint, face_of
from service.web.exchange import Exchange, Message, Receive, Scope, Send
from service.web.flask_app import PicoplanApp
from service.web.guard import Guard
from service.web.problems import problem, unreadable

Answers = Callable[[Exchange], Awaitable[Answer | None]]
"""What answers the requests of one endpoint on the event loop; None: it has sent its answer itself."""

_MOST_STRANGERS = 4
"""So many large forms are read at once of those who are not signed in, or may not send them."""


class Application:
    """Answers requests. ``draining`` is begun when the service is told to stop."""

    def __init__(
        self,
        app: PicoplanApp,
        direct: Mapping[Endpoint, Answers],
        guard: Guard | None,
        draining: Draining,
        *,
        origins: Mapping[str, list[tuple[str, str]]] | None = None,
        canonicals: Canonicals = LOCAL,
        threads: int = 4,
        forwarding: Forwarding | None = None,
    ) -> None:
        """``direct`` has what is answered on the event loop; ``origins`` the headers for web pages.

        ``canonicals``: the URLs that clinical systems are told; ``forwarding``: what hands on requests for
        drafts, None where there are none.
        """
        self.app = app
        self._forwarding = forwarding
        self.draining = draining
        self.telemetry = app.telemetry
        self._guard = guard
        self._origins = origins or {}
        self._canonicals = canonicals
        self._reading = TimeLimit(WHOLE_WITHIN_S)
        self._direct = {(one.method, one.rule): (one, answers) for one, answers in direct.items()}
        self._patterns = [
            (_pattern(one.rule), (one, answers)) for one, answers in direct.items() if "<" in one.rule
        ]
        self._large = [
            (_pattern(one.rule), one)
            for one in app.endpoints
            if one.method == "POST" and one.most_bytes is not None
        ]
        self._strangers = asyncio.Semaphore(_MOST_STRANGERS)
        self._prefixes = tuple({one.rule.partition("<")[0] for _, (one, _) in self._patterns})
        self._threaded = WSGIMiddleware(cast(Any, app), workers=threads)

    def _found(self, method: str, path: str) -> tuple[Endpoint | None, Answers | None]:
        """What answers such a request on the event loop."""
        method = "GET" if method == "HEAD" else method
        found = self._direct.get((method, path))
        if found is None and path.startswith(self._prefixes):
            rules = (both for pattern, both in self._patterns if pattern.fullmatch(path))
            found = next((both for both in rules if both[0].method == method), None)
        return found or (None, None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = Exchange(scope, receive, send, self._origins, self._reading)
        call = exchange.call
        call.path, call.face, call.canonicals = scope["path"], face_of(scope["path"]), self._canonicals
        answering(call)
        self.telemetry.came()
        try:
            await self._answer(exchange, scope, receive)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is logged, and the client is told
            self.app.log_fault(error)
            if exchange.status is None:
                await exchange.answer(problem(500))
        finally:
            self.telemetry.ended(call, exchange.status or 500)

    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive) -> None:
        call, answer = exchange.call, exchange.refusal()
        held = None if answer is not None or self._forwarding is None else self._forwarding.found(call)
        if held is not None and self._forwarding is not None:
            answer = await self._forwarding.answered(exchange, *held)
            if answer is not None:
                await exchange.answer(answer)
                return
        endpoint, answers = self._found(call.method, scope["path"])
        if answer is None and (endpoint is None or answers is None):
            if call.method == "POST" and scope["path"].startswith((f"{WORKBENCH}/", f"{ASK}/")):
                receive = _whole(await self._form(exchange))
            await self._threaded(cast(Any, scope), cast(Any, receive), cast(Any, exchange.pass_on))
            return
        if endpoint is not None:
            call.route = endpoint.rule
        self.telemetry.began(call)
        if answer is None and endpoint is not None and self._guard is not None:
            answer = await self._guard.checked(call, endpoint)
        if answer is None and answers is not None:
            answer = await answers(exchange)
        if answer is not None:
            await exchange.answer(answer)

    async def _form(self, exchange: Exchange) -> bytes:
        """What a page sends; a page says so where it can't be had. No thread waits for a client."""
        call, most = exchange.call, MOST_BYTES
        large = next((one for pattern, one in self._large if pattern.fullmatch(call.path)), None)
        async with AsyncExitStack() as waiting:
            if large is not None and large.most_bytes is not None:
                call.refusal, call.is_checked = await self._refusal(call, large), True
                is_large = int(call.headers.get("content-length", 0)) > MOST_BYTES
                if is_large and (call.refusal is not None or not large.scopes):
                    # What was typed is kept for when he has signed in.
                    await waiting.enter_async_context(self._strangers)
                most = large.most_bytes if is_large else MOST_BYTES
            form = await read_bytes(call.headers, exchange.body, most)
        if isinstance(form, UnreadableBody):
            call.refusal, form = unreadable(form), b""
        return form

    async def _refusal(self, call: Call, endpoint: Endpoint) -> Answer | None:
        if self._guard is None:
            return None
        return await asyncio.to_thread(self._guard.check, call, endpoint)


def _pattern(rule: str) -> re.Pattern[str]:
    """What matches the paths of a rule with names in it."""
    parts = re.split(r"(<[\w:]+>)", rule)
    kinds = {True: ".+", False: "[^/]+"}
    return re.compile(
        "".join(kinds[part.startswith("<path:")] if part[:1] == "<" else re.escape(part) for part in parts)
    )


def _whole(body: bytes) -> Receive:
    """Gives a body that has come."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive

"""``POST /v1/evaluate/batch``: many assessments at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

from flask import Response
from werkzeug.wsgi import ClosingIterator

from service.serving.deciding import Deciding
from service.web.array import read_array
from service.web.body import Unreadable, idempotency_key, is_json, media_type
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

MOST_STREAMS = 8
"""So many streams a process answers at once: each holds a thread, and single requests need some, too."""

_TYPE = Unreadable(
    415,
    "unsupported-media-type",
    "The body must be a JSON array or NDJSON, in UTF-8.",
    f"Send Content-Type: application/json with an array, or {NDJSON} with one assessment on each line; "
    "and no Content-Encoding.",
    accepts=f"application/json, {NDJSON}",
)
_BUSY = Unreadable(
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
        if isinstance(sent, Unreadable):
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
        if isinstance(bodies, Unreadable):
            return unreadable(bodies)
        with turns_taken_often():
            told = items.answered([Item(index, body) for index, body in enumerate(bodies)])
        items.log_end()
        headers = [("Content-Type", "application/json"), _NO_STORE]
        if not all(one.logged for one in told):
            headers.append(NOT_LOGGED)
        return Response(b"[" + b",".join([one.content for one in told]) + b"]", 200, headers)

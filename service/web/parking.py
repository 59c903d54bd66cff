"""gunicorn's threaded worker with no thread waiting for the decision log, few at work, and fewer wakes.

An answer that waits for its decision to be logged is parked with its connection, and sent by the thread that
writes the log. Threads that waited would all be woken at once, to fight for Python's one interpreter.
"""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from time import monotonic
from types import MethodType
from typing import TYPE_CHECKING, Any, cast

from gunicorn.workers.gthread import (  # type: ignore[attr-defined]
    _DEFER,
    DEFAULT_WORKER_DATA_TIMEOUT,
    PollableMethodQueue,
    TConn,
    ThreadWorker,
)

from service.serving.waiting import Ticket
from service.web.due import Due
from service.web.few import SLOW_AFTER_S, Few

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOOKS_EVERY_S = 0.25
"""Seconds between two looks at what waits for too long."""


class ParkingWorker(ThreadWorker):
    """A threaded worker for an app some of whose answers are ``Due``."""

    wsgi: Any

    def __init__(self, *told: Any, **named: Any) -> None:
        super().__init__(*told, **named)
        self.method_queue = _Bell()
        self._parked: deque[tuple[Ticket, Due]] = deque()
        self._few = Few(lambda work_on, work: self.tpool.submit(work_on, work))

    def load_wsgi(self) -> None:
        """Load the app, and look out for answers that are due later."""
        super().load_wsgi()
        self.served = self.wsgi
        self.wsgi = _leaving(self.wsgi)

    def enqueue_req(self, conn: TConn) -> None:
        """Have a thread serve a connection that can be read; a new one waits for that without a thread."""
        if not (conn.initialized or conn.data_ready):
            self.finish_request(conn, cast(Any, _Over(_DEFER)))
            return
        self._few.add(partial(self._serve, conn))

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """Serve what comes; whatever waits for too long is answered so."""
        soon = SLOW_AFTER_S if self._few.some_wait else LOOKS_EVERY_S
        super().wait_for_and_dispatch_events(soon if timeout is None else min(timeout, soon))
        self._few.look()
        now = monotonic()
        while self._parked:
            ticket, due = self._parked[0]
            if not ticket.settled:
                if now < ticket.until:
                    break
                due.give_up(ticket)
            self._parked.popleft()

    def _serve(self, conn: TConn) -> None:
        due, kept = None, False
        try:
            kept = self.handle(conn)
        except _Leave as leaving:
            due = leaving.due
        finally:
            if due is None:
                self._over(conn, kept=kept)
        if due is not None:
            self._park(conn, due)

    def _over(self, conn: TConn, *, kept: bool) -> None:
        self.method_queue.defer(self.finish_request, conn, _Over(kept))

    def _park(self, conn: TConn, due: Due) -> None:
        """Have the answer sent when it is due. From then on the connection is that thread's."""
        try:
            parser: Any = conn.parser
            read = bool(parser.finish_body(deadline=monotonic() + DEFAULT_WORKER_DATA_TIMEOUT))
            ticket = due.hand_in(partial(self._settled, conn, due, read))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
            self._refuse(conn, error)
        else:
            if not ticket.settled:
                self._parked.append((ticket, due))

    def _refuse(self, conn: TConn, error: Exception) -> None:
        if not isinstance(error, OSError):  # else the client has gone
            self.handle_error(None, conn.sock, conn.client, error)
        self._over(conn, kept=False)

    def _settled(self, conn: TConn, due: Due, read: bool, ticket: Ticket) -> None:
        if not due.asks_first(ticket):
            self._send(conn, due, read, ticket)
            return
        try:
            self.tpool.submit(self._send, conn, due, read, ticket)
        except RuntimeError:  # the worker has ended
            self._over(conn, kept=False)

    def _send(self, conn: TConn, due: Due, read: bool, ticket: Ticket) -> None:
        """Send an answer, without waiting for its client; ``read``: its request was read to the end."""
        try:
            content, kept = _written(due, ticket)
            sent = _sent(conn.sock, content)
        except Exception as error:  # noqa: BLE001 - as above
            self._refuse(conn, error)
            return
        if sent == len(content):
            self._over(conn, kept=read and kept)
            return
        try:
            self.tpool.submit(self._send_rest, conn, content[sent:], read and kept)
        except RuntimeError:  # the worker has ended
            self._over(conn, kept=False)

    def _send_rest(self, conn: TConn, content: bytes, kept: bool) -> None:
        """Send what a client did not take at once, however long that takes it."""
        try:
            conn.sock.sendall(content)
        except OSError:
            kept = False
        self._over(conn, kept=kept)


def _written(due: Due, ticket: Ticket) -> tuple[bytes, bool]:
    """An answer that is due, as it is sent; and whether its connection may be kept."""
    response: Any = cast(MethodType, due.start_response).__self__
    response.sock = pieces = _Pieces()
    response.write(due.take(ticket))
    response.close()
    return b"".join(pieces), not response.should_close()


def _sent(sock: socket.socket, content: bytes) -> int:
    """How many bytes a client took at once."""
    try:
        return sock.send(content, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return 0


class _Pieces(list[bytes]):
    """Takes what is sent, for a socket."""

    def sendall(self, data: bytes) -> None:
        self.append(data)


class _Leave(BaseException):
    """Leaves a request whose answer is due later: past all that handles exceptions, for this is none."""

    def __init__(self, due: Due) -> None:
        super().__init__()
        self.due = due


def _leaving(app: WSGIApplication) -> WSGIApplication:
    def answered(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = app(environ, start_response)
        if isinstance(body, Due):
            raise _Leave(body)
        return body

    return answered


class _Over:
    """A request that is over, as gunicorn asks a future for it: whether its connection is kept."""

    __slots__ = ("_kept",)

    def __init__(self, kept: object) -> None:
        self._kept = kept

    def cancelled(self) -> bool:
        return False

    def result(self) -> object:
        return self._kept


class _Bell(PollableMethodQueue):
    """Wakes the loop once for all that comes until it looks."""

    _queue: SimpleQueue[Callable[[], object]]
    _read_fd: int
    _write_fd: int
    _rung = False

    def defer(self, callback: Callable[..., object], *args: object) -> None:
        self._queue.put(partial(callback, *args))
        if not self._rung:
            self._rung = True
            with suppress(OSError):  # it is full, and wakes anyway
                os.write(self._write_fd, b"\0")

    def run_callbacks(self, _file: object, max_callbacks: int = 50) -> None:
        with suppress(OSError):
            os.read(self._read_fd, max_callbacks)
        self._rung = False  # what comes from here on rings again
        for _ in range(self._queue.qsize()):
            self._queue.get_nowait()()

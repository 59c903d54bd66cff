"""A proxy before a server, which fails as networks and servers do, where it is told to."""

from __future__ import annotations

import http.client
import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from types import TracebackType
from typing import Self

from tests.waiting import PATIENCE_S


@dataclass(frozen=True)
class Came:
    """A request that came, and when."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float


class Flaky:
    """Hands requests on to a server. To the first ones it does what is planned, one after the other:

    ``lose``: the server answers, and the answer is lost. ``cut``: half of the lines of the answer get
    through. ``half``: so do they, and nothing tells that they are not all. ``refuse``: the connection is
    closed, and the server hears nothing. A status, such as ``503`` or ``429 1``: it is answered at once, as a
    gateway would, with the seconds of Retry-After, or the Location, where there is any. ``200`` and a
    content: that is answered in the server's place. ``pass``, as to all others: nothing.
    """

    def __init__(self, port: int, *planned: str) -> None:
        self._port = port
        self._planned = deque(planned)
        self.came: list[Came] = []
        flaky = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                flaky._handle(self)

            do_GET = do_POST  # noqa: N815 - as http.server names it

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.came.append(Came(request.path, headers, body, monotonic()))
        does = self._planned.popleft() if self._planned else "pass"
        request.close_connection = True
        if does == "refuse":
            return
        if does[0].isdigit():
            status, _, more = does.partition(" ")
            if status == "200":
                _answer(request, 200, {}, more.encode())
            else:
                header = "Location" if status.startswith("3") else "Retry-After"
                _answer(request, int(status), {header: more} if more else {}, b"<h1>Later</h1>")
            return
        status_, answered, content = self._asked(request, headers, body)
        if does == "pass":
            _answer(request, status_, answered, content)
        elif does == "cut":
            _answer(request, status_, {**answered, "Transfer-Encoding": "chunked"}, _half_in_a_chunk(content))
        elif does == "half":
            _answer(request, status_, answered, _half(content))

    def _asked(
        self, request: BaseHTTPRequestHandler, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE_S)
        connection.request(request.command, request.path, body, {**headers, "connection": "close"})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        kept = {name: value for name, value in response.getheaders() if name.lower() not in _OF_THIS_HOP}
        return response.status, kept, content


_OF_THIS_HOP = {"content-length", "transfer-encoding", "connection", "date", "server"}


def _half(content: bytes) -> bytes:
    """The first half of its lines, or of its bytes where there is but one."""
    lines = content.splitlines(keepends=True)
    return b"".join(lines[: len(lines) // 2]) or content[: len(content) // 2]


def _half_in_a_chunk(content: bytes) -> bytes:
    """The same as the service sends it, without the chunk that would end it."""
    half = _half(content)
    return b"%x\r\n%s\r\n" % (len(half), half)


def _answer(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes) -> None:
    told = {**headers, "Connection": "close"}
    if "Transfer-Encoding" not in headers:
        told["Content-Length"] = str(len(content))
    request.send_response(status)
    for name, value in told.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(content)

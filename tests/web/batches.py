"""What tests of batches send, and how they read what comes back."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.waiting import PATIENCE_S
from tests.web.serving import Served

BATCH = "/v1/evaluate/batch"
NDJSON = {"Content-Type": "application/x-ndjson"}

SCAR = {"ruleset": "small", "assessment": {"concern": "scar", "severity": "severe", "gold": False}}
SPOTS = {"ruleset": "small", "assessment": {"concern": "sun_spots", "gold": False}, "explain": True}
WRONG = {"ruleset": "small", "assessment": {"concern": "scarr", "gold": 1}}
UNKNOWN = {"ruleset": "smal", "assessment": {}}

_OPEN = re.compile(rb'"(decision_id|evaluated_at|instance)":"[^"]*"')


def raw(*bodies: Any) -> list[bytes]:
    """Bodies as bytes; bytes as they are."""
    return [one if isinstance(one, bytes) else json.dumps(one).encode() for one in bodies]


def as_lines(bodies: Sequence[bytes]) -> bytes:
    """One body a line."""
    return b"".join(body + b"\n" for body in bodies)


def as_array(bodies: Sequence[bytes]) -> bytes:
    """An array of bodies."""
    return b"[" + b", ".join(bodies) + b"]"


def comparable(answer: bytes) -> bytes:
    """An answer without what differs between two: ids and times."""
    return _OPEN.sub(rb'"\1":""', answer)


def numbered(answer: bytes, member: str, number: int) -> bytes:
    """A problem document as a batch has it: with the number of its item."""
    return answer[:-1] + f',"{member}":{number}}}'.encode()


def workers(server: Served) -> list[int]:
    """The process ids of the server's workers."""
    return [int(line["process"]) for line in server.events() if line["event"] == "worker serves"]


def megabytes(pid: int) -> float:
    """The memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def held(pid: int) -> tuple[int, int, int]:
    """What a process holds: open sockets, files that were removed, threads."""
    links = []
    for one in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(str(one.readlink()))
        except FileNotFoundError:
            continue
    threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
    return sum("socket:" in link for link in links), sum("(deleted)" in link for link in links), threads


def opened(server: Served, length: int | None = None, *more: str) -> socket.socket:
    """A connection on which the head of a batch was sent, of so many bytes or in chunks."""
    client = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    head = ["POST /v1/evaluate/batch HTTP/1.1", "Host: x", "Content-Type: application/x-ndjson", size, *more]
    client.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
    return client


def response_on(client: socket.socket) -> http.client.HTTPResponse:
    """The answer that comes, its head read."""
    response = http.client.HTTPResponse(client, method="POST")
    response.begin()
    assert (response.status, response.getheader("Content-Type")) == (200, "application/x-ndjson")
    return response


def ended(server: Served, response: http.client.HTTPResponse) -> dict[str, Any]:
    """What the log says of the end of a batch."""
    return server.wait_for("batch", request_id=response.getheader("X-Request-Id"))


def in_chunks(body: bytes, size: int) -> bytes:
    """The body in chunks of so many bytes."""
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"

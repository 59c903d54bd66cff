from __future__ import annotations

import random

import pytest
from gunicorn.http.body import ChunkedReader
from gunicorn.http.unreader import IterUnreader

from service.web.chunked import MOST_OVERHEAD, Chunks


def in_chunks(body: bytes, draw: random.Random) -> bytes:
    """The body in chunks, written in the ways that are allowed."""
    coded = b""
    while body:
        size = draw.randint(1, 40)
        chunk, body = body[:size], body[size:]
        written = draw.choice(("%x", "%X", "0%x")) % len(chunk)
        extension = draw.choice(("", "", ";a=b", ' ; a="b c"', ";a"))
        coded += f"{written}{extension}\r\n".encode() + chunk + b"\r\n"
    return coded + draw.choice((b"0\r\n\r\n", b"000;a\r\nX-A: b\r\nX-B:\r\n\r\n"))


def in_pieces(data: bytes, draw: random.Random) -> list[bytes]:
    pieces = []
    while data:
        size = draw.choice((1, 2, 3, 30, 300))
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def theirs(pieces: list[bytes]) -> tuple[bytes, bytes]:
    """What gunicorn's own reader makes of it: the body, and what comes after it."""

    class Asked:
        trailers = None

        def parse_headers(self, data: bytes, from_trailer: bool = False) -> list[object]:
            return []

    unreader = IterUnreader(pieces)
    body = ChunkedReader(Asked(), unreader).read(1 << 20)
    return body, unreader.read() + b"".join(iter(unreader.read, b""))


def test_however_the_bytes_come_the_body_is_the_one_that_was_coded_as_gunicorn_reads_it() -> None:
    draw = random.Random(5)
    for _ in range(300):
        body = bytes(draw.choice(b"ab\r\n0;") for _ in range(draw.randint(0, 300)))
        pieces = in_pieces(in_chunks(body, draw) + b"POST / HTTP/1.1", draw)
        chunks, read, after = Chunks(), b"", b""
        for piece in pieces:
            if chunks.ended:
                after += piece
            else:
                read += chunks.feed(piece)
                after = chunks.rest
        assert chunks.ended
        assert (read, after) == (body, b"POST / HTTP/1.1")
        assert (read, after) == theirs(pieces)


def test_what_came_of_a_chunk_is_there_before_its_end() -> None:
    chunks = Chunks()
    assert chunks.feed(b"5\r\nabc") == b"abc"
    assert chunks.feed(b"de") == b"de"
    assert not chunks.ended
    assert chunks.feed(b"\r\n0\r\n\r\n") == b""
    assert chunks.ended


@pytest.mark.parametrize(
    "coded",
    [
        b"x\r\n",
        b"\r\n",
        b"-1\r\n",
        b"+1\r\n",
        b"0x1\r\n",
        b"1_0\r\n",
        b" 1\r\n",
        b"1 \r\na\r\n",
        b"1\na\r\n",
        b"1;a\nb\r\n",
        b"1;a\rb\r\n",
        b"1\r\nab\r\n",
        b"1\r\na0\r\n",
        b"1\r\na\n0\r\n\r\n",
        b"f" * 16 + b"\r\n",
        b"1" * (MOST_OVERHEAD + 2),
        b"0\r\nno trailer\r\n\r\n",
        b"0\r\nX: a\nb\r\n\r\n",
        b"0\r\n" + b"X: a\r\n" * MOST_OVERHEAD,
    ],
)
def test_what_the_coding_does_not_allow_is_refused(coded: bytes) -> None:
    chunks = Chunks()
    assert chunks.feed(b"2\r\nok\r\n" + coded).startswith(b"ok")
    assert chunks.bad
    assert not chunks.ended

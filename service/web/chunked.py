"""The chunked transfer coding (RFC 9112, 7.1), decoded from whatever bytes have come so far.

gunicorn's own reader waits for what it has not got; this one never waits.
"""

from __future__ import annotations

import re

MOST_OVERHEAD = 16 * 1024
"""So many bytes may a chunk's first line have, and all lines after the last chunk together."""

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[\t -~\x80-\xff]*)?")
_TRAILER = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xff]*")


class BadChunk(Exception):
    """The bytes are not what the coding allows. Where the body ends is unknown."""


class Chunks:
    """Decodes one body. ``ended``: it is whole; what came after it is in ``rest``."""

    def __init__(self) -> None:
        self.ended = False
        self.rest = b""
        self._pending = b""
        self._left = 0
        self._in_data = self._in_trailers = False
        self._trailers = 0

    def feed(self, data: bytes) -> bytes:
        """The part of the body that is known with these bytes.

        Raises:
            BadChunk: they are not in the coding.
        """
        pending, at, parts = self._pending + data, 0, []
        while not self.ended:
            if self._left:
                part = pending[at : at + self._left]
                if not part:
                    break
                parts.append(part)
                at += len(part)
                self._left -= len(part)
                continue
            end = pending.find(b"\r\n", at)
            if end < 0:
                if len(pending) - at > (1 if self._in_data else MOST_OVERHEAD):
                    raise BadChunk
                break
            self._line(pending[at:end])
            at = end + 2
        self._pending = pending[at:]
        if self.ended:
            self.rest, self._pending = self._pending, b""
        return b"".join(parts)

    def _line(self, line: bytes) -> None:
        """What comes between the pieces of the body: a chunk's end, its first line, or a trailer."""
        if self._in_data:
            if line:
                raise BadChunk
            self._in_data = False
        elif self._in_trailers:
            self._trailers += len(line)
            if not line:
                self.ended = True
            elif self._trailers > MOST_OVERHEAD or not _TRAILER.fullmatch(line):
                raise BadChunk
        else:
            found = _SIZE.fullmatch(line)
            if found is None or len(line) > MOST_OVERHEAD:
                raise BadChunk
            self._left = int(found[1], 16)
            self._in_data = self._left > 0
            self._in_trailers = not self._in_data

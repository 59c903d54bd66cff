"""The chunked transfer coding (RFC 9112, 7.1), decoded from whatever bytes have come so far.

gunicorn's own reader waits for what it has not got; this one never waits.
"""

from __future__ import annotations

import re

MOST_OVERHEAD = 16 * 1024
"""So many bytes may a chunk's first line have, and all lines after the last chunk together."""

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[\t -~\x80-\xff]*)?")
_TRAILER = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xff]*")


class Chunks:
    """Decodes one body. ``ended``: it is whole; what came after it is in ``rest``.

    ``bad``: what came is not what the coding allows. Then nobody knows where the body ends.
    """

    def __init__(self) -> None:
        self.ended = self.bad = False
        self.rest = b""
        self._pending = b""
        self._left = 0
        self._in_data = self._in_trailers = False
        self._trailers = 0

    def feed(self, data: bytes) -> bytes:
        """The part of the body that is known with these bytes."""
        pending, at, parts = self._pending + data, 0, []
        while not (self.ended or self.bad):
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
                self.bad = len(pending) - at > (1 if self._in_data else MOST_OVERHEAD)
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
            self.bad = bool(line)
            self._in_data = False
        elif self._in_trailers:
            self._trailers += len(line)
            if not line:
                self.ended = True
            else:
                self.bad = self._trailers > MOST_OVERHEAD or not _TRAILER.fullmatch(line)
        else:
            found = _SIZE.fullmatch(line)
            if found is None or len(line) > MOST_OVERHEAD:
                self.bad = True
                return
            self._left = int(found[1], 16)
            self._in_data = self._left > 0
            self._in_trailers = not self._in_data

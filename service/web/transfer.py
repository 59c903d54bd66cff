"""Fewer bytes: what the client has already is not given again, and what is large is compressed.

Small answers, streams and pages go as they are. Single answers are mostly below ``LEAST_BYTES``: to compress
them would take longer than to send them. Pages of the workbench are known by a cookie and repeat what was
sent, so that their length must tell nothing.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from hashlib import blake2b

from flask import Response, request
from werkzeug.http import parse_accept_header

from service.web.call import Call, this_call

LEAST_BYTES = 16 * 1024
MOST_BYTES = 16 * 1024 * 1024
"""What is larger takes too long."""

_LEVEL = 1
"""The least that zlib does: 200 KB take about 2 ms of a processor, and become an eighth."""

VARIES = ("Vary", "Accept-Encoding")
_TYPES = ("json", "javascript", "text/css")


def may_be_compressed(call: Call, content_type: str, size: int) -> bool:
    """Whether an answer is one of those that are compressed for who takes it; it varies by that."""
    is_page = (call.route or "").startswith("/workbench")
    return LEAST_BYTES <= size <= MOST_BYTES and not is_page and any(one in content_type for one in _TYPES)


def takes_gzip(call: Call) -> bool:
    """Whether the client takes gzip."""
    return _takes_gzip(call.headers.get("accept-encoding", ""))


@lru_cache(256)
def _takes_gzip(header: str) -> bool:
    return "gzip" in header and parse_accept_header(header)["gzip"] > 0


def compressed(content: bytes) -> bytes:
    """The content in gzip: the same bytes for the same content."""
    made = zlib.compressobj(_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return made.compress(content) + made.flush()


GZIPPED = "-gzip"
"""What an ETag ends with where the document is compressed, whose bytes are others."""


def hashed(body: bytes) -> str:
    """A short hash of a document."""
    return blake2b(body, digest_size=8).hexdigest()


def tagged(body: bytes, tag: str, content_type: str) -> Response:
    """The document with a strong ETag; 304 without it where the client has it."""
    asked = request.if_none_match
    fresh = asked.star_tag or asked.contains_weak(tag) or asked.contains_weak(tag + GZIPPED)
    response = Response(b"" if fresh else body, 304 if fresh else 200, content_type=content_type)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache"
    if may_be_compressed(this_call(), content_type, len(body)):
        response.vary.add(VARIES[1])
    if fresh:
        del response.headers["Content-Type"]
    return response

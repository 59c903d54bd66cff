"""Documents that the client may have already, given again only where they have changed."""

from __future__ import annotations

from hashlib import blake2b

from flask import Response, request

from service.web.call import this_call
from service.web.compressing import VARIES, may_be_compressed

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

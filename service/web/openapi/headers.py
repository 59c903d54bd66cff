"""The headers of answers, each with what it says and what it may hold."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

LIMITS = ("RateLimit-Policy", "RateLimit")
"""What answers to a key with a limit have."""

_EVERYWHERE = ("X-Request-Id", "Cache-Control", "X-Content-Type-Options")
_ALWAYS_THERE = {*_EVERYWHERE, "ETag", "Allow", "Accept", "Retry-After", "WWW-Authenticate"}
_OF_PROBLEMS = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    415: ("Accept",),
    429: ("Retry-After", *LIMITS),
    503: ("Retry-After",),
}


def _text(says: str, **told: Any) -> Json:
    return {"description": says, "schema": {"type": "string", **told}}


_HEADERS: dict[str, Json] = {
    "X-Request-Id": _text("The id of this request, also in the service's log.", pattern="^urn:uuid:"),
    "Cache-Control": _text("`no-store`; `no-cache` where there is an ETag.", enum=["no-store", "no-cache"]),
    "X-Content-Type-Options": _text("The content is what it says it is.", enum=["nosniff"]),
    "ETag": _text("Send it back as If-None-Match: the answer is 304 while nothing has changed."),
    "Allow": _text("The methods that the path takes."),
    "Accept": _text("The content type that is taken."),
    "Retry-After": {
        "description": "Seconds until it makes sense to ask again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWW-Authenticate": _text("How to send a key."),
    "RateLimit-Policy": _text("The limit that holds for the key."),
    "RateLimit": _text("What of the limit is left, and until when."),
    "Picoplan-Ruleset-State": _text("A newer edit of the ruleset waits.", enum=["stale"]),
    "Picoplan-Logged": _text("The decision could not be logged.", enum=["no"]),
    "Idempotency-Replayed": _text("The answer was given before, to the same request.", enum=["true"]),
    "Content-Security-Policy": _text("What the page may load: nothing from elsewhere."),
}


def header_components() -> Json:
    """The headers by name, for the components of a document."""
    return {name: {**header, "required": name in _ALWAYS_THERE} for name, header in sorted(_HEADERS.items())}


def headers_of(*names: str) -> Json:
    """The headers of an answer: those that every answer has, and these."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*_EVERYWHERE, *names)}


def problem_headers(status: int) -> Json:
    """The headers of a problem."""
    return headers_of(*_OF_PROBLEMS.get(status, ()))

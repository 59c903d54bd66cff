"""Which web pages of other origins may ask from a browser: the one door to ``flask_cors``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import urlsplit

from flask import Flask
from flask_cors import CORS

from service.web.endpoints import ENDPOINTS
from service.web.settings import CannotServe

ALLOWED = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "traceparent", "tracestate")
"""Headers that a page may send."""

EXPOSED = (
    "ETag",
    "Idempotency-Replayed",
    "Picoplan-Logged",
    "Picoplan-Ruleset-State",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
)
"""Headers of answers that a page may read."""

REMEMBERED_S = 600
"""Seconds for which a browser need not ask again whether it may."""

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def checked_origins(origins: Iterable[str]) -> tuple[str, ...]:
    """The origins, each once.

    Raises:
        CannotServe: one is no origin as a browser sends it; one line with the mend.
    """
    return tuple(dict.fromkeys(_checked(origin) for origin in origins))


def checked_public_url(url: str | None) -> str | None:
    """The origin at which browsers beyond this machine see the service.

    Raises:
        CannotServe: it is no origin, or not https; one line with the mend.
    """
    if url is None:
        return None
    canonical = _canonical(url.strip().rstrip("/"))
    if canonical is None or not canonical.startswith("https://"):
        raise CannotServe(f'"{url[:80]}" is no public URL: write it as https://rules.clinic.example')
    return canonical


def allow_origins(app: Flask, origins: Iterable[str]) -> None:
    """Let pages of these origins ask. They get no cookies across: there are none, a key is sent by hand.

    Raises:
        CannotServe: one is no origin.
    """
    CORS(
        app,
        # As patterns, though they are words: then answers say that they vary, and [::1] is an address.
        origins=[re.compile(re.escape(origin) + r"\Z") for origin in checked_origins(origins)],
        methods=sorted({one.method for one in ENDPOINTS}),
        allow_headers=list(ALLOWED),
        expose_headers=list(EXPOSED),
        supports_credentials=False,
        max_age=REMEMBERED_S,
        always_send=False,
        intercept_exceptions=False,  # ours are answers before they get there
    )


def cors_headers(origins: Iterable[str]) -> Mapping[str, list[tuple[str, str]]]:
    """The headers of an answer to a page, by its origin, where the app's own views do not answer."""
    return {
        origin: [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", ", ".join(EXPOSED)),
            ("Vary", "Origin"),
        ]
        for origin in checked_origins(origins)
    }


def _checked(origin: str) -> str:
    if origin == "*":
        raise CannotServe(
            '"*" would let every web page ask: name each origin, such as https://booking.example'
        )
    canonical = _canonical(origin)
    if canonical == origin:
        return origin
    hint = f" Write {canonical}." if canonical else " Write it as https://booking.example."
    raise CannotServe(f'"{origin[:80]}" is no origin as a browser sends it.{hint}')


def _canonical(origin: str) -> str | None:
    """As a browser would send it; None: it is nothing of that kind."""
    try:
        parts = urlsplit(origin.strip())
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in _PORTS or "@" in parts.netloc or not _is_host(host):
        return None
    shown = f"[{IPv6Address(host)}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + ("" if port in (None, _PORTS[parts.scheme]) else f":{port}")


def _is_host(host: str) -> bool:
    if ":" not in host:
        return _HOST.fullmatch(host) is not None
    try:
        IPv6Address(host)
    except AddressValueError:
        return False
    return True

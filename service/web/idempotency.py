"""The header ``Idempotency-Key``: what a client sends so that it may send the request again."""

from __future__ import annotations

import re
from typing import Any

from service.web.body import Unreadable

HEADER = "Idempotency-Key"

PATTERN = r"^[!-~]([ -~]{0,253}[!-~])?$"
"""What a key looks like."""

_KEY = re.compile(PATTERN)
_BAD = Unreadable(
    400,
    "bad-idempotency-key",
    "The Idempotency-Key must have 1 to 255 characters of ASCII.",
    "Send a new UUID with each new request.",
)


def idempotency_key(environ: dict[str, Any]) -> str | Unreadable | None:
    """The key of a WSGI request, None where it has none."""
    sent = environ.get("HTTP_IDEMPOTENCY_KEY")
    if sent is None:
        return None
    return str(sent) if _KEY.fullmatch(sent) else _BAD

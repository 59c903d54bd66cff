"""Answers of a client as a token in an address: nobody reads or makes one without the service's secret.

``cryptography`` is large, and loaded when the first is made or read: a process that only answers never does.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable

LONGEST = 3_000
"""A token has at most so many characters; what needs more gets none."""

_NONCE_BYTES = 12
_STEP_BYTES = 256


def seal(secret: bytes, purpose: str, data: bytes, *, longest: int = LONGEST) -> str | None:
    """The data sealed by AES-256-GCM, padded so that its length says little; None: it would be too long."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    framed = len(data).to_bytes(4, "big") + data
    padded = framed.ljust(-(-len(framed) // _STEP_BYTES) * _STEP_BYTES, b"\0")
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = nonce + AESGCM(secret).encrypt(nonce, padded, purpose.encode())
    token = urlsafe_b64encode(sealed).rstrip(b"=").decode()
    return token if len(token) <= longest else None


def unseal(keys: Iterable[bytes], purpose: str, token: str, *, longest: int = LONGEST) -> bytes | None:
    """What a token holds that was sealed for this purpose with one of the keys; None: it is none of those."""
    if len(token) > longest or not token.isascii():
        return None
    try:
        sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    for key in keys:
        try:
            padded = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError):
            continue
        return padded[4 : 4 + int.from_bytes(padded[:4], "big")]
    return None

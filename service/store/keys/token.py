"""Tokens, ``picoplan_<id>_<secret>``: what a client sends to show that it holds a key.

The id is public: logs and decisions name it. The secret is 256 random bits, shown once and kept as its
SHA-256 alone. A slow hash with a salt, as passwords need, would add nothing here: those help where a secret
can be guessed. Nobody guesses 256 random bits, whatever a guess costs, and no table of them can be made;
but every request would pay for it. Only the hash can be stolen from the database, and it lets nobody in.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

_ID_BYTES = 6
_SECRET_BYTES = 32
_TOKEN = re.compile(rf"picoplan_([0-9a-f]{{{2 * _ID_BYTES}}})_([0-9a-f]{{{2 * _SECRET_BYTES}}})")


@dataclass(frozen=True, slots=True)
class Token:
    """The two parts of a token. Its text is what is never logged."""

    id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """As a client sends it."""
        return f"picoplan_{self.id}_{self.secret}"

    @property
    def secret_sha256(self) -> str:
        """What is kept of the secret, in hexadecimal."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def has(self, secret_sha256: str) -> bool:
        """Whether its secret is that one. How long this takes says nothing about how much is right."""
        return hmac.compare_digest(self.secret_sha256, secret_sha256)


def new_token() -> Token:
    """A token that there never was before."""
    return Token(secrets.token_hex(_ID_BYTES), secrets.token_hex(_SECRET_BYTES))


def read_token(text: str) -> Token | None:
    """The token that a text is; None: it is none."""
    found = _TOKEN.fullmatch(text)
    return None if found is None else Token(found[1], found[2])

"""One API key, and all of them at one moment."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from service.model.caller import Caller, Scope
from service.model.limit import Limit

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


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that is to be added.

    ``name`` is a label for people. Without a ``clinic`` it is the house's. ``rulesets`` are those it sees;
    the house's may leave them out and sees all. ``default_ruleset`` answers requests that name none; where
    exactly one ruleset is named, it is that one. Without a ``limit`` the service's holds.
    """

    name: str
    clinic: str | None = None
    rulesets: tuple[str, ...] = ()
    default_ruleset: str | None = None
    scopes: tuple[Scope, ...] = ("evaluate", "read")
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: what was wanted, its public ``id``, its secret's SHA-256, and its times (UTC)."""

    id: str
    wanted: NewKey
    secret_sha256: str = field(repr=False)
    created: datetime
    revoked: datetime | None = None

    @property
    def caller(self) -> Caller:
        """Who sends requests with it. A clinic's key without rulesets, which nobody can add, sees none."""
        wanted = self.wanted
        sees_all = wanted.clinic is None and not wanted.rulesets
        return Caller(
            key=self.id,
            clinic=wanted.clinic,
            rulesets=None if sees_all else frozenset(wanted.rulesets),
            default_ruleset=wanted.default_ruleset,
            scopes=frozenset(wanted.scopes),
        )


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whoever holds a living key: the caller that he is, and the key's own limit."""

    caller: Caller
    limit: Limit | None
    secret_sha256: str = field(repr=False)


class KeyRing:
    """All keys at one moment. It never changes: what is there later is another one.

    ``changed`` is the store's number for it. Keys are ``asked_for`` once there was ever one; ``living`` is
    how many are not revoked.
    """

    def __init__(self, changed: int, keys: Iterable[Key]) -> None:
        kept = tuple(keys)
        self.changed = changed
        self.asked_for = changed > 0 or bool(kept)
        self._holders = {
            key.id: KeyHolder(key.caller, key.wanted.limit, key.secret_sha256)
            for key in kept
            if key.revoked is None
        }
        self.living = len(self._holders)

    def holder(self, text: str) -> KeyHolder | None:
        """Whose token it is; None: nobody's that lives."""
        token = read_token(text)
        if token is None:
            return None
        found = self._holders.get(token.id)
        return found if token.has(_NOBODYS if found is None else found.secret_sha256) else None


_NOBODYS = "-" * 64  # so that an unknown id takes as long as a wrong secret; no hash is this

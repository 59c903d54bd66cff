"""Who asks from a browser: sessions by cookie, forms of our own pages, and the origin of the service."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol
from urllib.parse import urlsplit

from werkzeug.http import parse_cookie

from service.model.limit import Limit
from service.web.call import LOOPBACK, Call
from service.web.rate_limiter import AddressLimiter, RateLimiter

WRONG_KEYS = Limit(10, 60)
"""So many wrong keys an address may send, in so many seconds."""

_ON_LOOPBACK, _SECURE = "picoplan", "__Host-picoplan"
_BYTES = 32

Secrets = Callable[[datetime], tuple[bytes, ...]]
"""The secrets at a moment, the newest first: that of this month, and that of the one before."""


class Sessions(Protocol):
    """Who is signed in; see ``service.store.browser_sessions.BrowserSessions``."""

    def begin(self, key_id: str, now: datetime) -> str:
        """Begin a session of that key, and give its token."""

    def key_of(self, token: str, now: datetime) -> str | None:
        """The id of the API key of a session that is not over."""

    def end(self, token: str) -> None:
        """End a session."""


class Browsers:
    """What the service knows of browsers. ``wrong_keys`` counts keys that were wrong, by address."""

    def __init__(
        self,
        sessions: Sessions | None,
        secrets_at: Secrets,
        counting: RateLimiter,
        public_url: str | None = None,
    ) -> None:
        """``sessions``: None where nobody is asked for a key; ``public_url``: the origin beyond loopback.

        ``counting`` counts wrong keys.
        """
        self.sessions = sessions
        self._secrets_at = secrets_at
        self._public = None if public_url is None else urlsplit(public_url).netloc
        self._origin = public_url
        self.wrong_keys = AddressLimiter("wrong-keys", WRONG_KEYS, lambda: self.secrets()[0], counting)
        self._kept: tuple[str, tuple[bytes, ...]] = ("", ())

    def secrets(self) -> tuple[bytes, ...]:
        """The secrets of now, from the database once a month.

        Raises:
            DatabaseFault: the database can't be used.
        """
        now = datetime.now(UTC)
        month, kept = self._kept
        if month != f"{now:%Y-%m}":
            kept = self._secrets_at(now)
            self._kept = (f"{now:%Y-%m}", kept)
        return kept

    def origin(self, call: Call) -> str | None:
        """The origin of our pages as this request names its host; None: no pages are served there."""
        host = call.headers.get("host", "")
        if self._public is not None and host.lower() == self._public:
            return self._origin
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return None
        return f"http://{host}" if name in LOOPBACK else None

    def key_of(self, call: Call) -> str | None:
        """The id of the API key with which the browser is signed in; None: it is not.

        Raises:
            DatabaseFault: the database can't be used.
        """
        token = self._session(call)
        return (
            None if token is None or self.sessions is None else self.sessions.key_of(token, datetime.now(UTC))
        )

    def sign_in(self, call: Call, key_id: str) -> tuple[str, str]:
        """Begin a session of that key.

        The value of the ``Set-Cookie`` header that says so, and what forms of its pages send back.

        Raises:
            DatabaseFault: the database can't be used.
            LookupError: nobody signs in here.
        """
        if self.sessions is None:
            raise LookupError("nobody signs in here")
        session = self.sessions.begin(key_id, datetime.now(UTC))
        return self._cookie(call, session), self._masked(session)

    def sign_out(self, call: Call) -> str:
        """End the browser's session; the value of the ``Set-Cookie`` header that takes the cookie away.

        Raises:
            DatabaseFault: the database can't be used.
        """
        token = self._session(call)
        if token is not None and self.sessions is not None:
            self.sessions.end(token)
        return self._cookie(call, "") + "; Max-Age=0"

    def form_token(self, call: Call) -> str:
        """What a form of our pages sends back, so that no other site's form passes; masked anew each time.

        Raises:
            DatabaseFault: the database can't be used.
        """
        return self._masked(self._session(call))

    def is_own_site(self, call: Call) -> bool:
        """Whether a request that changes something was sent from one of our pages, whoever is signed in."""
        origin, site = call.headers.get("origin"), call.headers.get("sec-fetch-site")
        # A page that sends no referrer sends the origin "null" with a plain form, also to its own site.
        if origin != self.origin(call) and (origin, site) != ("null", "same-origin"):
            return False
        return site in (None, "same-origin")

    def is_own_form(self, call: Call, token: str) -> bool:
        """Whether a form was sent from one of our pages, to this browser's session.

        Raises:
            DatabaseFault: the database can't be used.
        """
        if not self.is_own_site(call):
            return False
        try:
            sent = urlsafe_b64decode(token)
        except ValueError:
            return False
        if len(sent) != 2 * _BYTES:
            return False
        found = _xor(sent[:_BYTES], sent[_BYTES:])
        session = self._session(call)
        return any(hmac.compare_digest(found, _form_secret(key, session)) for key in self.secrets())

    def _masked(self, session: str | None) -> str:
        mask = secrets.token_bytes(_BYTES)
        return urlsafe_b64encode(mask + _xor(mask, _form_secret(self.secrets()[0], session))).decode()

    def _session(self, call: Call) -> str | None:
        cookies = parse_cookie(call.headers.get("cookie", ""))
        return cookies.get(self._name(call)) or None

    def _cookie(self, call: Call, value: str) -> str:
        secure = "; Secure" if self._is_public(call) else ""
        return f"{self._name(call)}={value}; Path=/; HttpOnly; SameSite=Strict{secure}"

    def _name(self, call: Call) -> str:
        return _SECURE if self._is_public(call) else _ON_LOOPBACK

    def _is_public(self, call: Call) -> bool:
        return self._origin is not None and self.origin(call) == self._origin


def _form_secret(key: bytes, session: str | None) -> bytes:
    return hmac.digest(key, b"form:" + (session or "").encode(), sha256)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def secrets_in_memory() -> Secrets:
    """Secrets of one process, for where there is no database."""
    kept = (secrets.token_bytes(_BYTES),)
    return lambda _now: kept

"""Who calls CDS Hooks: tokens that clients sign, each used once. The one door to ``jwt``.

A token is taken whole or not at all, and whoever is refused hears no reason.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic, time
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, build_opener

import jwt

from service.model.caller import Caller, HookClient, Origin
from service.model.problem import Refusal
from service.store.clinical_hooks import HookRecords
from service.store.faults import DatabaseFault
from service.web.call import Answer, Call
from service.web.log import Log
from service.web.problems import problem
from service.web.rate_limiter import RateLimiter

LEEWAY_S = 60
MOST_LIFE_S = 3_600
KEYS_KEPT_S = 600
LOOKS_AGAIN_S = 60
"""A key that is not known is looked for again at most so often."""

FAILED_FOR_S = 5
"""Keys that could not be had are asked for again at most so often."""

FETCHED_WITHIN_S = 2.0
MOST_BYTES = 64 * 1024


class NoToken(Exception):
    """The token is not taken; says for the log alone why."""


class ClientKeys:
    """The public keys of one client, from its address or its file."""

    def __init__(self, where: str, fetch: Callable[[str], bytes]) -> None:
        self._where = where
        self._fetch = fetch
        self._lock = threading.Lock()
        self._keys: dict[str, Any] = {}
        self._looked = self._until = float("-inf")

    def of(self, kid: str) -> Any:
        """The key of that id.

        Raises:
            NoToken: there is none, or the keys can't be had.
        """
        with self._lock:
            now = monotonic()
            stale = now >= self._until
            if (stale or kid not in self._keys) and now - self._looked >= LOOKS_AGAIN_S:
                self._looked = now
                self._keys = self._read()
                self._until = now + KEYS_KEPT_S
            elif stale:
                raise NoToken("keys")
            if kid not in self._keys:
                raise NoToken("kid")
            return self._keys[kid]

    def _read(self) -> dict[str, Any]:
        try:
            raw = self._fetch(self._where) if "://" in self._where else Path(self._where).read_bytes()
            found = jwt.PyJWKSet.from_dict(json.loads(raw)).keys
        except (OSError, ValueError, TypeError, AttributeError, RecursionError, jwt.PyJWTError) as error:
            self._looked += FAILED_FOR_S - LOOKS_AGAIN_S
            raise NoToken("keys") from error
        return {str(one.key_id): one.key for one in found if one.key_id}


class HookClients:
    """Knows who calls, by his token."""

    def __init__(
        self,
        clients: Iterable[HookClient],
        records: HookRecords,
        origin: str,
        counting: RateLimiter,
        log: Log,
        fetch: Callable[[str], bytes] | None = None,
    ) -> None:
        """``origin``: the service's own, which tokens name; ``fetch`` gets the bytes at an address."""
        self._clients = {one.iss: one for one in clients}
        self._keys = {one.iss: ClientKeys(one.jwks, fetch or fetched) for one in self._clients.values()}
        self._records = records
        self._origin = origin
        self._counting = counting
        self._log = log

    def client(self, iss: str | None) -> HookClient | None:
        """The client of that name."""
        return None if iss is None else self._clients.get(iss)

    def check(self, call: Call, token: str | None) -> Answer | None:
        """Note who calls; the answer where he may not. It waits for the database, and for a client's keys."""
        try:
            client, claims = self._verified(call.path, token or "")
            tenant = claims.get("tenant")
            clinic = client.clinic if tenant is None else client.tenants.get(tenant)
            if clinic is None:
                raise NoToken("tenant")
            self._used(client, claims)
        except NoToken as why:
            self._log.warning("token is not taken", request_id=call.id, why=str(why))
            return _refused()
        except DatabaseFault as fault:
            self._log.error("tokens can't be kept", request_id=call.id, says=str(fault))
            return problem(503, "Tokens can't be taken at the moment.")
        call.signed = {"iss": client.iss, "tenant": tenant, "jti": claims["jti"][:200]}
        call.caller = Caller(
            clinic=clinic,
            rulesets=client.rulesets,
            scopes=frozenset(("evaluate",)),
            origin=Origin("hooks", client.iss),
        )
        call.counted = self._counting.count(f"hooks {client.iss} {clinic}", None)
        if call.counted is not None and call.counted.over:
            seconds = str(max(call.counted.seconds, 1))
            error = Refusal("", "rate-limited", "The client may send no more requests now.")
            return problem(429, None, (error,), {"Retry-After": seconds})
        return None

    def _verified(self, path: str, token: str) -> tuple[HookClient, dict[str, Any]]:
        try:
            header = jwt.get_unverified_header(token)
            said = jwt.decode(token, options={"verify_signature": False})
            client = self._clients.get(str(said.get("iss")))
            kid, algorithm = header.get("kid"), header.get("alg")
            if client is None or algorithm not in client.algorithms or not isinstance(kid, str):
                raise NoToken("iss" if client is None else "alg or kid")
            if header.get("typ") != "JWT" or header.get("jku", client.jwks) != client.jwks:
                raise NoToken("typ or jku")
            claims: dict[str, Any] = jwt.decode(
                token,
                self._keys[client.iss].of(kid),
                algorithms=[str(algorithm)],
                audience=self._audiences(path),
                issuer=client.iss,
                leeway=LEEWAY_S,
                options={"require": ["iss", "aud", "exp", "iat", "jti"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise NoToken(type(error).__name__) from error
        times = [claims[name] for name in ("exp", "iat")]
        if not all(isinstance(one, int | float) for one in times) or times[0] - times[1] > MOST_LIFE_S:
            raise NoToken("life")
        if not isinstance(claims["jti"], str) or not claims["jti"] or not _is_name(claims.get("tenant")):
            raise NoToken("jti or tenant")
        return client, claims

    def _audiences(self, path: str) -> list[str]:
        """The URL that is called; of feedback also that of its service, since the standard names neither."""
        return [f"{self._origin}{one}" for one in dict.fromkeys((path, path.removesuffix("/feedback")))]

    def _used(self, client: HookClient, claims: dict[str, Any]) -> None:
        until = int(claims["exp"]) + LEEWAY_S
        if not self._records.use(client.iss, claims["jti"], until, int(time())):
            raise NoToken("used before")


def _is_name(tenant: object) -> bool:
    return tenant is None or isinstance(tenant, str)


def _refused() -> Answer:
    error = Refusal("", "token-needed", "This needs a token of a client that is known here.")
    return problem(401, None, (error,), {"WWW-Authenticate": "Bearer"})


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """None is followed: the address is the operator's, and nobody else's."""


def fetched(url: str) -> bytes:
    """The bytes at an https address, whole and soon.

    Raises:
        OSError: they can't be had.
        ValueError: they are too many.
    """
    opener = build_opener(_NoRedirects, HTTPSHandler(context=ssl.create_default_context()))
    found: list[bytes | BaseException] = []

    def fetch() -> None:
        try:
            with opener.open(url, timeout=FETCHED_WITHIN_S) as response:
                found.append(response.read(MOST_BYTES + 1))
        except HTTPError as error:
            error.close()
            found.append(OSError(f"answered {error.code}"))
        except (OSError, ValueError) as error:
            found.append(error)

    thread = threading.Thread(target=fetch, daemon=True)  # for one byte a second is in time for the library
    thread.start()
    thread.join(FETCHED_WITHIN_S)
    result = found[0] if found else TimeoutError("too slow")
    if isinstance(result, BaseException):
        raise result
    if len(result) > MOST_BYTES:
        raise ValueError("too many bytes")
    return result

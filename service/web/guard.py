"""Who asks, before anything is done for him: his API key, its scopes, its limit.

Each process has the keys in memory, and follows the database.
"""

from __future__ import annotations

import asyncio
from mmap import mmap
from struct import Struct
from typing import TYPE_CHECKING

from service.model.caller import ANONYMOUS, Caller
from service.model.limit import CountedRequest
from service.model.problem import Refusal, quoted
from service.store.api_keys import KeyHolder, KeyRing, KeyStore
from service.store.faults import DatabaseFault
from service.web.browsers import Browsers
from service.web.call import Answer, Call
from service.web.endpoints import Endpoint
from service.web.follower import Follower
from service.web.log import Log
from service.web.problems import problem
from service.web.rate_limiter import RateLimiter

if TYPE_CHECKING:
    from service.web.hook_clients import HookClients

_SEEN = Struct("@q?")
"""The number of the keys that were seen last, and whether keys were ever asked for."""

LOOK_AGAIN_S = 0.5
"""Seconds between questions whether any key has changed: no request asks the database."""


class LiveKeys:
    """The keys as they live now. Requests read ``ring``; None: this process can't know them yet.

    While the database is gone the last known keys hold. A process that starts in that time takes those of its
    parent where no other process of the service has seen later ones. Else it knows none and lets nobody in: a
    key may have been revoked since, or the first one added.

    Once a process of the service has asked for keys all of them do, until it is started anew: an empty
    database in the place of the one that had keys opens nothing.
    """

    def __init__(self, store: KeyStore, log: Log, *, required: bool = False) -> None:
        """Read them. ``required``: they are asked for also where there never was one.

        Raises:
            DatabaseFault: the database can't be used.
        """
        self._store = store
        self._log = log
        self.follower = Follower(self._catch_up, self._tell, every_s=LOOK_AGAIN_S)
        self._seen = mmap(-1, _SEEN.size)  # shared with the processes that are forked
        self._seen[:] = _SEEN.pack(0, required)
        self.ring: KeyRing | None = None
        self._read()

    def follow(self) -> None:
        """Read the keys now, and from now on in a thread of its own. Call it after a fork."""
        if self.ring is not None and (self.ring.changed, self.ring.asked_for) != _SEEN.unpack(self._seen[:]):
            self.ring = None
        self.follower.follow()

    def catch_up(self) -> None:
        """Know what the database says. Where it can't be had, what is known holds, and the log says so."""
        self.follower.catch_up()

    def _catch_up(self) -> None:
        _, asked_for = _SEEN.unpack(self._seen[:])
        ring = self.ring
        if ring is None or self._store.changed() != ring.changed or asked_for != ring.asked_for:
            self._read()

    def _read(self) -> None:
        _, asked_for = _SEEN.unpack(self._seen[:])
        self.ring = self._store.ring(required=asked_for)
        self._seen[:] = _SEEN.pack(self.ring.changed, self.ring.asked_for)

    def _tell(self, trouble: str) -> None:
        if trouble:
            self._log.error("keys are not followed, those known hold", says=trouble)
        else:
            self._log.info("keys are followed again")


class Guard:
    """Stands before every endpoint, and before any body is read.

    As long as there never was a key everybody is the house. From the first key on, endpoints with scopes ask
    for one. To those without, a key that is sent says who asks; without one nobody does.
    """

    def __init__(
        self,
        keys: LiveKeys,
        counting: RateLimiter,
        browsers: Browsers | None = None,
        hooks: HookClients | None = None,
    ) -> None:
        """``browsers`` knows who asks for pages; None: nobody is known by a cookie.

        ``hooks`` knows who calls hooks; None: nobody is known by a token that he signs.
        """
        self._keys = keys
        self._counting = counting
        self._browsers = browsers
        self._hooks = hooks

    def follow(self) -> None:
        """Follow the keys. Call it after a fork."""
        self._keys.follow()

    def asks(self) -> bool:
        """Whether keys are asked for."""
        ring = self._keys.ring
        return ring is None or ring.asked_for

    async def checked(self, call: Call, endpoint: Endpoint) -> Answer | None:
        """The same as ``check``; an event loop waits for no other machine."""
        if self._counting.is_shared or (endpoint.face == "hooks" and self._hooks is not None):
            return await asyncio.to_thread(self.check, call, endpoint)
        return self.check(call, endpoint)

    def check(self, call: Call, endpoint: Endpoint) -> Answer | None:
        """Note who asks; the answer where he may not."""
        if endpoint.face == "hooks" and self._hooks is not None:
            return self._hooks.check(call, _bearer(call))
        ring = self._keys.ring
        if ring is not None and not ring.asked_for:
            return None
        call.caller, is_known = ANONYMOUS, ring is not None
        holder = None
        try:
            holder = None if ring is None else self._holder(call, endpoint, ring)
        except DatabaseFault:
            is_known = False
        if holder is not None:
            call.caller = holder.caller
        if not endpoint.scopes:
            return None
        if not is_known:
            return _unknown()
        if holder is None:
            return _refused()
        call.counted = self._counting.count(str(holder.caller.key), holder.limit)
        if call.counted is not None and call.counted.over:
            return _too_many(call.counted)
        return _not_allowed(endpoint, holder.caller)

    def name_of(self, key_id: str) -> str | None:
        """The name that people gave the key of that id; None: there is none, or it can't be known now."""
        ring = self._keys.ring
        return None if ring is None else ring.name_of(key_id)

    def holder_of(self, text: str) -> KeyHolder | None:
        """Whose token a text is; None: nobody's that lives, or that can be known now."""
        ring = self._keys.ring
        return None if ring is None else ring.holder(text)

    def _holder(self, call: Call, endpoint: Endpoint, ring: KeyRing) -> KeyHolder | None:
        """Who asks: for a page by his cookie, for anything else by the key that he sends."""
        if endpoint.face != "page":
            text = _bearer(call)
            return None if text is None else ring.holder(text)
        key_id = None if self._browsers is None else self._browsers.key_of(call)
        return None if key_id is None else ring.living_holder(key_id)


def _bearer(call: Call) -> str | None:
    """The text of the key that was sent."""
    kind, _, text = call.headers.get("authorization", "").strip().partition(" ")
    return text.strip() if kind.lower() == "bearer" else None


def _refused() -> Answer:
    """The same whether no key was sent, or one that is wrong, or one that was revoked."""
    error = Refusal("", "key-needed", "This needs an API key that lives.", _HOW)
    return problem(401, None, (error,), {"WWW-Authenticate": "Bearer"})


_HOW = "Send the header Authorization: Bearer, and the token that the operator gave you."


def _too_many(counted: CountedRequest) -> Answer:
    seconds = max(counted.seconds, 1)
    message = f"The key may send {counted.limit.requests} requests in {counted.limit.seconds} seconds."
    error = Refusal("", "rate-limited", message, f"Send the request again in {seconds} seconds.")
    return problem(429, None, (error,), {"Retry-After": str(seconds)})


def _not_allowed(endpoint: Endpoint, caller: Caller) -> Answer | None:
    """Why a key that lives may not ask here; None: it may."""
    if not endpoint.is_for(caller):
        needed = quoted(sorted(endpoint.scopes))
        error = Refusal("", "scope-needed", f"The key lacks the scope {needed}.", _ASK)
        also = ", or with a role" if endpoint.or_role else ""
        return problem(403, f"This needs a key with the scope {needed}{also}.", (error,))
    if endpoint.house and caller.clinic is not None:
        error = Refusal("", "house-only", "The key belongs to a clinic.", _ASK)
        return problem(403, "Only a key of the house may ask for this.", (error,))
    return None


_ASK = "Ask the operator for a key that may."


def _unknown() -> Answer:
    """The database is gone, and this process does not know the key without it."""
    error = Refusal("", "keys-unavailable", "The keys can't be read at the moment.", "Try again later.")
    return problem(503, "The keys can't be read at the moment.", (error,))


class KeyNames:
    """The names of keys. ``guard``: None where nobody is asked for one."""

    def __init__(self, guard: Guard | None) -> None:
        self._guard = guard

    def of(self, key_id: str | None) -> str:
        """Who has that key; None: who did it needed none."""
        if key_id is None:
            return "somebody without a key"
        name = None if self._guard is None else self._guard.name_of(key_id)
        return f"the key {key_id}" if name is None else name

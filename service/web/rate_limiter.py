"""How many requests each key has sent: the one door to ``limits``.

With Redis all workers and machines count together, exactly. Without it, and while it is gone, each worker
counts by itself.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import sleep, time

from limits import (
    RateLimitItem,
    RateLimitItemPerDay,
    RateLimitItemPerHour,
    RateLimitItemPerMinute,
    RateLimitItemPerSecond,
)
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage

from service.model.limit import CountedRequest, Limit, NoLimit
from service.web.log import Log

PATIENCE_S = 0.25
"""Seconds that a request waits for Redis, once; from then on each worker counts by itself."""

LOOK_AGAIN_S = 1.0
"""Seconds between looks whether Redis is back."""

SCHEMES = ("redis://", "rediss://", "unix://")

_ITEMS: dict[int, type[RateLimitItem]] = {
    1: RateLimitItemPerSecond,
    60: RateLimitItemPerMinute,
    3_600: RateLimitItemPerHour,
    86_400: RateLimitItemPerDay,
}


class NoRedis(ValueError):
    """A URL that names no Redis; says so in one line, without what it holds."""


class RateLimiter:
    """Counts requests, from any thread, in windows that begin with a key's first. Make it before a fork."""

    def __init__(self, default: Limit | None, redis_url: str | None, log: Log) -> None:
        """``default`` holds for keys without a limit of their own.

        Raises:
            NoRedis: the URL is none.
        """
        self._default = default
        self._log = log
        self._redis = None if redis_url is None else _redis(redis_url)
        self._is_there = True
        self._changing = threading.Lock()
        self._counting = threading.Lock()
        self._memory: _Memory | None = None
        self._passing: MemoryStorage | None = None
        self._windows: dict[str, _Window] = {}
        self._ends: dict[str, float] = {}

    @property
    def is_shared(self) -> bool:
        """Whether workers count together, as long as Redis is there."""
        return self._redis is not None

    @property
    def reaches_redis(self) -> bool:
        """Whether Redis counts now; one that only answers, and takes nothing, does not."""
        if self._redis is None:
            return False
        try:
            self._redis.incr("probe", 1)
        except (StorageError, OSError):
            return False
        return True

    def loses_redis(self) -> bool:
        """Whether Redis is named and does not count now. Asked now and then, no request finds out first."""
        redis = self._redis
        if redis is None or not self._is_there:
            return redis is not None
        try:
            redis.incr("probe", 1)
        except (StorageError, OSError) as error:
            self._lose(error)
            return True
        return False

    def count(self, key: str, limit: Limit | NoLimit | None) -> CountedRequest | None:
        """Count one request of a key, by its own limit or the default one; None: there is none.

        Never raises; where Redis does not answer, this worker counts by itself.
        """
        limit = limit or self._default
        if limit is None or limit == "none":
            return None
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = _window(key, limit)
        taken, ends = self._at_redis(window) or self._in_memory(window)
        left = limit.requests - taken
        return CountedRequest(limit, window.policy, max(left, 0), max(ceil(ends - time()), 0), left < 0)

    def wait(self, name: str, limit: Limit) -> int:
        """Count one request under a name; the seconds to wait where the limit is used up, else 0."""
        taken, ends = self.taken(name, limit, more=1)
        return max(ceil(ends - time()), 1) if taken > limit.requests else 0

    def taken(self, name: str, limit: Limit, more: int = 0) -> tuple[int, float]:
        """How many requests are counted under a name, with so many ``more``, and when its window ends.

        The name may never come again, such as a hashed address: what is counted is forgotten when its window
        ends. The end is told where the limit is reached.
        """
        item = _ITEMS[limit.seconds](limit.requests)
        window, seconds, redis = item.key_for(name), item.get_expiry(), self._redis
        if redis is not None and self._is_there:
            try:
                taken = redis.incr(window, seconds, more) if more else redis.get(window)
                return taken, redis.get_expiry(window) if taken >= limit.requests else 0.0
            except (StorageError, OSError) as error:
                self._lose(error)
        with self._counting:
            if self._passing is None:
                # Not before a fork: it starts threads, which forget what is over.
                self._passing = MemoryStorage()
            taken = self._passing.incr(window, seconds, more) if more else self._passing.get(window)
            return taken, self._passing.get_expiry(window)

    def _in_memory(self, window: _Window) -> tuple[int, float]:
        with self._counting:  # its own counts are not exact where threads come at once
            if self._memory is None:
                self._memory = _Memory()  # not before a fork: it starts a thread
            return self._memory.incr(window.name, window.seconds), self._memory.get_expiry(window.name)

    def _at_redis(self, window: _Window) -> tuple[int, float] | None:
        """What is taken, and when the window ends; None: count here."""
        redis = self._redis
        if redis is None or not self._is_there:
            return None
        name = window.name
        try:
            taken = redis.incr(name, window.seconds)
            now = time()
            ends = self._ends.get(name, 0.0)
            if taken == 1:
                ends = self._ends[name] = now + window.seconds
            elif ends <= now:  # another worker began this window: ask once when it ends
                ends = self._ends[name] = redis.get_expiry(name)
        except (StorageError, OSError) as error:
            self._lose(error)
            return None
        return taken, ends

    def _lose(self, error: Exception) -> None:
        with self._changing:
            if not self._is_there:
                return
            self._is_there = False
        fault = type(error).__qualname__
        self._log.error("Redis is gone, each worker counts requests by itself", fault=fault)
        threading.Thread(target=self._look_again, daemon=True).start()

    def _look_again(self) -> None:
        """Wait until Redis is back: no request does."""
        while not self.reaches_redis:
            sleep(LOOK_AGAIN_S)
        if self._redis is not None:
            self._redis.storage.connection_pool.disconnect(inuse_connections=False)  # they may be stale
        self._ends = {}
        self._is_there = True
        self._log.info("Redis is back, workers count together")


class AddressLimiter:
    """Counts by the address of who asks: with Redis all workers and machines together, else this process.

    Addresses are kept hashed, for a window only. Who has an address of IPv6 has the whole network of it, and
    is counted so.
    """

    def __init__(self, what: str, limit: Limit, secret: Callable[[], bytes], counting: RateLimiter) -> None:
        """``what`` is counted; ``secret``: what addresses are hashed with, the same for all who count."""
        self._what = what
        self._limit = limit
        self._secret = secret
        self._counting = counting

    def is_used_up(self, address: str | None) -> bool:
        """Whether the address has none left in this window."""
        return self._counting.taken(self._name(address), self._limit)[0] >= self._limit.requests

    def count(self, address: str | None) -> int:
        """Count one more of the address; the seconds to wait where it has none left, 0 where it has."""
        return self._counting.wait(self._name(address), self._limit)

    def _name(self, address: str | None) -> str:
        network = _network(address or "").encode()
        return f"{self._what}-{blake2b(network, key=self._secret()[:64], digest_size=16).hexdigest()}"


def _network(address: str) -> str:
    try:
        read = ip_address(address)
    except ValueError:
        return address
    is_wide = isinstance(read, IPv6Address) and read.ipv4_mapped is None
    return str(int(read) >> 64) if is_wide else str(read)


def _redis(url: str) -> RedisStorage:
    if not url.startswith(SCHEMES):
        raise NoRedis("the URL of Redis can't be read: write it as redis://host:6379/0")
    try:
        return RedisStorage(
            url,
            wrap_exceptions=True,
            key_prefix="picoplan",
            socket_timeout=PATIENCE_S,
            socket_connect_timeout=PATIENCE_S,
            retry=importlib.import_module("service.web.redis_retries").NEVER,
        )
    except (ValueError, TypeError) as error:
        raise NoRedis("the URL of Redis can't be read: write it as redis://host:6379/0") from error


@dataclass(frozen=True, slots=True)
class _Window:
    """Where the requests of a key are counted, for so many seconds at a time; a key's limit never changes."""

    name: str
    seconds: int
    policy: str


def _window(key: str, limit: Limit) -> _Window:
    item = _ITEMS[limit.seconds](limit.requests)
    return _Window(item.key_for(key), item.get_expiry(), f'"key";q={limit.requests};w={limit.seconds}')


class _Memory(MemoryStorage):
    """Counts in memory, without a thread that forgets what is over: the keys are few, and come again."""

    def __init__(self) -> None:
        super().__init__()
        self.timer = _Runs(0, lambda: None)  # else nearly every request would start a thread


class _Runs(threading.Timer):
    """A timer that is not started, for it says that it runs already."""

    def is_alive(self) -> bool:
        return True

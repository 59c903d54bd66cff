"""How Redis is tried again: never, for a request waits. Imported only where there is one: redis is large."""

from __future__ import annotations

from redis.backoff import NoBackoff
from redis.retry import Retry

NEVER = Retry(NoBackoff(), 0)

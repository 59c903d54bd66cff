"""How many requests are let through in how long: ``600/minute``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
"""Seconds of each unit."""

_WRITTEN = re.compile(r"(\d{1,9}) ?/ ?([a-z]+?)s?")


class BadLimit(ValueError):
    """A text that is no limit; says in one line how to write one."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests, at least one, in each window of so many seconds (one of ``UNITS``)."""

    requests: int
    seconds: int

    def __str__(self) -> str:
        unit = next(name for name, seconds in UNITS.items() if seconds == self.seconds)
        return f"{self.requests}/{unit}"


@dataclass(frozen=True, slots=True)
class CountedRequest:
    """A request that was counted: how many are left, and in how many seconds all are again.

    ``policy`` is the limit as the header ``RateLimit-Policy`` says it. ``over``: it was one too many.
    """

    limit: Limit
    policy: str
    left: int
    seconds: int
    over: bool


NoLimit = Literal["none"]
"""Any number of requests, where else another limit would hold."""

USUAL = Limit(600, 60)
"""For keys, where nothing else is said."""


def read_limit(text: str) -> Limit:
    """The limit that a person or the database wrote.

    Raises:
        BadLimit: it is none.
    """
    found = _WRITTEN.fullmatch(text.strip().lower())
    seconds = UNITS.get(found[2]) if found is not None else None
    if found is None or seconds is None or int(found[1]) < 1:
        raise BadLimit(
            f'"{text[:40]}" is no limit: write a number of requests in a second, minute, hour or day, '
            "such as 600/minute."
        )
    return Limit(int(found[1]), seconds)

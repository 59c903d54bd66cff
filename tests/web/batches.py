"""What tests of batches send, and how they read what comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

BATCH = "/v1/evaluate/batch"
NDJSON = {"Content-Type": "application/x-ndjson"}

SCAR = {"ruleset": "small", "assessment": {"concern": "scar", "severity": "severe", "gold": False}}
SPOTS = {"ruleset": "small", "assessment": {"concern": "sun_spots", "gold": False}, "explain": True}
WRONG = {"ruleset": "small", "assessment": {"concern": "scarr", "gold": 1}}
UNKNOWN = {"ruleset": "smal", "assessment": {}}

_OPEN = re.compile(rb'"(decision_id|evaluated_at|instance)":"[^"]*"')


def raw(*bodies: Any) -> list[bytes]:
    """Bodies as bytes; bytes as they are."""
    return [one if isinstance(one, bytes) else json.dumps(one).encode() for one in bodies]


def as_lines(bodies: Sequence[bytes]) -> bytes:
    """One body a line."""
    return b"".join(body + b"\n" for body in bodies)


def as_array(bodies: Sequence[bytes]) -> bytes:
    """An array of bodies."""
    return b"[" + b", ".join(bodies) + b"]"


def comparable(answer: bytes) -> bytes:
    """An answer without what differs between two: ids and times."""
    return _OPEN.sub(rb'"\1":""', answer)


def numbered(answer: bytes, member: str, number: int) -> bytes:
    """A problem document as a batch has it: with the number of its item."""
    return answer[:-1] + f',"{member}":{number}}}'.encode()

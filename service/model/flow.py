"""JSON data on one line, as a file of a ruleset would have it in flow style."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.json_numbers import JsonNumber, plain_digits
from service.model.number import exact, written

_PLAIN = re.compile(r"(?!null\Z)[A-Za-z0-9_]([A-Za-z0-9_ .%/()'+=-]*[A-Za-z0-9_.%/()'+=])?\Z", re.IGNORECASE)
_BELOW_ZERO = re.compile(r"-[0-9]+(\.[0-9]+)?\Z")

_MOST_DIGITS = 15


def flow(value: Any) -> str:
    """The value in flow style, which reads back as the same: ``{concern: acne_scar, reactions: [pih]}``.

    Yes and no are words, and a text stands in quotes where YAML would see something else in it.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{text(str(key))}: {flow(below)}" for key, below in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return _number(value) if isinstance(value, JsonNumber) else text(str(value))


def text(words: str) -> str:
    """A text as it stands in flow style: in quotes where it needs them."""
    return words if _PLAIN.match(words) or is_below_zero(words) else json.dumps(words, ensure_ascii=False)


def is_below_zero(words: str) -> bool:
    """Whether a text is a number with a minus: in quotes it would be none in a file."""
    return _BELOW_ZERO.match(words) is not None


def _number(value: JsonNumber) -> str:
    """All its digits, but for a fraction without end: but in assessments the reader takes no more than 15."""
    if isinstance(value, Decimal):
        return plain_digits(value)
    plain = format(Decimal(repr(value)), "f")
    return plain if sum(map(str.isdigit, plain)) <= _MOST_DIGITS else written(exact(value))

"""Exact numbers: decimals as they were written, as whole numbers or fractions."""

from __future__ import annotations

import math
import re
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from typing import NamedTuple

from schemas.json_numbers import JsonNumber, plainest

Number = int | Fraction
"""A whole number as ``int``, anything else as ``Fraction``; never a float."""

_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?\Z")
_MOST_DIGITS = 15


def exact(value: float | str | Decimal | Fraction) -> Number:
    """The number as written: ``0.1`` is one tenth, not the nearest double.

    Raises:
        ValueError: it is not a finite decimal.
    """
    if isinstance(value, bool):
        raise ValueError("yes or no is not a number")
    if isinstance(value, int):
        return value
    fraction = Fraction(str(value)) if isinstance(value, float | Decimal) else Fraction(value)
    return fraction.numerator if fraction.denominator == 1 else fraction


def parse_number(text: str) -> Number | None:
    """A decimal such as ``-5`` or ``1.25``; None for all else (``012``, ``1e3``, ``22:22``, ``.5``)."""
    if not _DECIMAL.match(text) or sum(c.isdigit() for c in text) > _MOST_DIGITS:
        return None
    return exact(text)


def as_json(number: Number) -> int | float:
    """The JSON number: whole numbers as integers, the rest as the nearest double."""
    if isinstance(number, int):
        return number
    return number.numerator if number.denominator == 1 else float(number)


_DECIMALS = Context(prec=1_000, traps=[Inexact])


def json_number_of(number: Number) -> JsonNumber:
    """The JSON number that says exactly this; of a fraction without end the nearest double."""
    nearest = as_json(number)
    if isinstance(nearest, int):
        return plainest(Decimal(nearest))
    top, bottom = number.as_integer_ratio()
    if Decimal(repr(nearest)).as_integer_ratio() == (top, bottom):
        return nearest
    try:
        return plainest(_DECIMALS.divide(Decimal(top), Decimal(bottom)))
    except Inexact:
        return nearest


def written(number: Number) -> str:
    """The number as a person writes it: ``2``, ``1.15``; fractions without end to six digits."""
    if isinstance(number, int):
        return str(number)
    whole, part = divmod(half_up(abs(number) * 10**6), 10**6)
    text = f"{whole}.{part:06d}".rstrip("0").rstrip(".")
    return f"-{text}" if number < 0 and text != "0" else text


def half_up(number: Number) -> int:
    """Rounded to the nearest whole number, halves up (2.5 to 3, -1.5 to -1)."""
    return number if isinstance(number, int) else math.floor(number + Fraction(1, 2))


class Triple(NamedTuple):
    """A range of sessions, weeks or factors: min, typical and max, never falling."""

    min: Number
    typical: Number
    max: Number

    def need(self) -> tuple[Number, Number, Number]:
        """The order of "which needs most": by typical, then max, then min."""
        return (self.typical, self.max, self.min)

    def times(self, other: Triple) -> Triple:
        """Multiplied part by part."""
        return Triple(self.min * other.min, self.typical * other.typical, self.max * other.max)

    def plus(self, other: Triple) -> Triple:
        """Added part by part."""
        return Triple(self.min + other.min, self.typical + other.typical, self.max + other.max)

    def rounded(self, least: int | None = None) -> Triple:
        """Min down, typical half up, max up; none under ``least``."""
        if self.min.__class__ is self.typical.__class__ is self.max.__class__ is int:
            return self if least is None or self.min >= least else self.lifted(least)
        parts = (math.floor(self.min), half_up(self.typical), math.ceil(self.max))
        return Triple(*(parts if least is None else (max(part, least) for part in parts)))

    def lifted(self, least: Number) -> Triple:
        """None of the three under ``least``."""
        return Triple(max(self.min, least), max(self.typical, least), max(self.max, least))

    def clamped(self, low: Number, high: Number) -> Triple:
        """Each of the three cut to ``low`` and ``high``."""
        return Triple(*(min(max(part, low), high) for part in (self.min, self.typical, self.max)))

    def as_json(self) -> dict[str, int | float]:
        """``{"min", "typical", "max"}`` as JSON numbers."""
        return {
            "min": self.min if isinstance(self.min, int) else as_json(self.min),
            "typical": self.typical if isinstance(self.typical, int) else as_json(self.typical),
            "max": self.max if isinstance(self.max, int) else as_json(self.max),
        }


def alike(number: Number) -> Triple:
    """One number for all three."""
    return Triple(number, number, number)

"""Scalars of ruleset files and assessments as exact values.

A scalar takes its type from the place where it stands, so each place asks for the type that it needs:
`number`, `flag` or `name`. Numbers are fractions from the first to the last; a float is read by its repr, as
a person wrote it.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

Value = str | bool | Fraction | frozenset[Any]
Range = tuple[Fraction, Fraction, Fraction]
"""Min, typical and max."""

_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_SPAN = re.compile(rf"\s*({_NUMBER})(?:\s+to\s+|\s*[-\u2013]\s*)({_NUMBER})\s*")


class RefusedError(ValueError):
    """The ruleset or the assessment is not one that DESIGN allows."""


def is_number(raw: Any) -> bool:
    """Whether this scalar can be read as a number."""
    if isinstance(raw, str):
        return re.fullmatch(_NUMBER, raw.strip()) is not None
    return isinstance(raw, int | float | Decimal | Fraction) and not isinstance(raw, bool)


def number(raw: Any) -> Fraction:
    """The exact number that was written, or that stands in an option."""
    if isinstance(raw, Fraction):
        return raw
    if not is_number(raw):
        raise RefusedError(f"{raw!r} is not a number")
    if isinstance(raw, float):
        return Fraction(repr(raw))
    return Fraction(raw.strip() if isinstance(raw, str) else raw)


def is_flag(raw: Any) -> bool:
    """Whether this scalar can be read as yes or no."""
    return isinstance(raw, bool) or (isinstance(raw, str) and raw.strip() in ("yes", "no"))


def flag(raw: Any) -> bool:
    """Yes as True, no as False."""
    if not is_flag(raw):
        raise RefusedError(f"{raw!r} is neither yes nor no")
    return raw if isinstance(raw, bool) else raw.strip() == "yes"


def name(raw: Any) -> str:
    """An option, a level or an id as text: `no` and `2` are names where names stand."""
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    return str(raw).strip()


def span(raw: Any) -> tuple[Fraction, Fraction] | None:
    """The two ends of `4 to 6`, or the same with a dash; None where the text is no range of numbers."""
    found = _SPAN.fullmatch(raw) if isinstance(raw, str) else None
    return (number(found[1]), number(found[2])) if found else None


def half_up(exact: Fraction) -> Fraction:
    """The nearest whole number, a half upwards: -0.5 becomes 0, 2.5 becomes 3."""
    return Fraction(math.floor(exact + Fraction(1, 2)))


def as_range(raw: Any, exact_middle: bool = False) -> Range:
    """A range as written: one number, `a to b`, or min, typical and max.

    The middle of `a to b` is rounded half up for sessions and weeks and exact for factors.
    """
    if isinstance(raw, dict):
        return number(raw["min"]), number(raw["typical"]), number(raw["max"])
    ends = span(raw)
    if ends is None:
        return (number(raw),) * 3
    middle = (ends[0] + ends[1]) / 2
    return ends[0], middle if exact_middle else half_up(middle), ends[1]


def whole_range(exact: Range) -> Range:
    """Min rounded down, typical half up, max up."""
    low, typical, high = exact
    return Fraction(math.floor(low)), half_up(typical), Fraction(math.ceil(high))


def to_json(value: Value | None) -> Any:
    """A value as JSON has it: ints where whole, all digits of other numbers, sets as sorted lists."""
    if isinstance(value, Fraction):
        nearest = _nearest(value)
        if Fraction(repr(nearest)) == value:
            return nearest
        with localcontext(prec=100):
            return Decimal(value.numerator) / value.denominator
    if isinstance(value, frozenset):
        return sorted((to_json(one) for one in value), key=str)
    return value


def _nearest(exact: Fraction) -> int | float:
    return exact.numerator if exact.denominator == 1 else float(exact)


def range_to_json(numbers: Range | None) -> dict[str, Any] | None:
    """Three numbers as the answer has them."""
    return (
        None if numbers is None else dict(zip(("min", "typical", "max"), map(_nearest, numbers), strict=True))
    )

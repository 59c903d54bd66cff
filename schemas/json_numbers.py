"""The numbers of JSON as exact decimals: what was written, never the nearest double to it."""

from __future__ import annotations

import re
from decimal import Decimal

MOST_DIGITS = 30
"""So many significant digits a number may have; zeros before and after them do not count."""

MOST_EXPONENT = 30
"""Numbers have an exponent from minus this to this, written as 1.5e3."""

JsonNumber = int | float | Decimal
"""A number of JSON data. An ``int`` has at most 64 bits, and a ``float`` stands for the decimal that its
shortest spelling writes; what neither can say exactly is a ``Decimal``."""

BEYOND = Decimal("Infinity")
"""Stands for every number with more digits, or another exponent, than numbers may have."""

_NUMBER = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?)([0-9]+))?")
_INT64 = 2**63
_SURE_OF_A_DOUBLE = 15
"""A decimal of so many digits and no exponent is the shortest spelling of the double next to it."""


def whole_number(text: str) -> JsonNumber:
    """The number that the text of a whole number in JSON writes."""
    return int(text) if len(text) <= _SURE_OF_A_DOUBLE else json_number(text)


def decimal_number(text: str) -> JsonNumber:
    """The number that the text of a JSON number with a point or an exponent writes."""
    if len(text) <= _SURE_OF_A_DOUBLE and "e" not in text and "E" not in text:
        number = float(text)
        return int(number) if number.is_integer() else number
    return json_number(text)


def json_number(text: str) -> JsonNumber:
    """The number that the text of any JSON number writes, ``BEYOND`` where it is none that is taken.

    However long the text, no number is made before its digits and its exponent are known to be few.

    Raises:
        ValueError: the text is no JSON number.
    """
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError("no JSON number")
    minus, whole, part, sign, power = found.groups(default="")
    after_zeros = (whole + part).lstrip("0")
    digits = after_zeros.rstrip("0")
    if not digits:
        return 0
    power = power.lstrip("0") or "0"
    if len(digits) > MOST_DIGITS or len(power) > len(str(len(text))) + 2:
        return BEYOND
    exponent = int(sign + power) + len(after_zeros) - len(part) - 1
    if not -MOST_EXPONENT <= exponent <= MOST_EXPONENT:
        return BEYOND
    return plainest(Decimal(f"{minus}{digits}e{exponent - len(digits) + 1}"))


def plainest(number: Decimal) -> JsonNumber:
    """A finite decimal as ``JsonNumber`` has it."""
    if number.as_integer_ratio()[1] == 1:
        whole = int(number)
        return whole if -_INT64 <= whole < _INT64 else number
    nearest = float(number)
    return nearest if Decimal(repr(nearest)) == number else number


def plain_digits(number: Decimal) -> str:
    """The digits of a finite decimal without an exponent: ``0.00000000000000000012345``."""
    return format(number, "f")

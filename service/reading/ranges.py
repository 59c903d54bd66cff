"""Numbers and ranges as authors write them: ``5``, ``4 to 6``, ``4-6``, ``{min, typical, max}``."""

from __future__ import annotations

import re
from fractions import Fraction

from service.model.number import Number, Triple, alike, exact, half_up, parse_number, written
from service.model.problem import did_you_mean, shown
from service.reading.spot import Findings, Spot

_NUMBER = r"-?[0-9][0-9.]*"
_RANGE = re.compile(rf"({_NUMBER})\s*(?:\bto\b|[-\u2013])\s*({_NUMBER})\Z")
_PARTS = ("min", "typical", "max")


def split_range(text: str) -> tuple[str, str] | None:
    """The two ends of ``a to b`` or ``a-b`` between numbers, as texts; None where it is no such range."""
    match = _RANGE.match(text)
    return (match.group(1), match.group(2)) if match else None


def read_number(found: Findings, spot: Spot) -> Number | None:
    """A decimal number, or None with a problem noted."""
    if isinstance(spot.data, str):
        number = parse_number(spot.data)
        if number is not None:
            return number
        found.error(spot.at(), "not-a-number", f'"{shown(spot.data)}" is not a number. {_mend(spot.data)}')
    elif spot.data is None:
        found.error(spot.at(), "missing-value", f'"{spot.last()}" has no value.')
    else:
        found.error(spot.at(), "wrong-type", f'"{spot.last()}" must be a number.')
    return None


def _mend(text: str) -> str:
    stripped = text.lstrip("0")
    if stripped != text and parse_number(stripped) is not None:
        return f"Write {stripped}."
    if "," in text and parse_number(text.replace(",", ".")) is not None:
        return f"Write {text.replace(',', '.')}."
    if text.endswith("%") and parse_number(text[:-1].strip()) is not None:
        return f"Write {text[:-1].strip()}."
    return "Write it as 5 or 1.25, with at most 15 digits."


def read_bounds(found: Findings, spot: Spot) -> tuple[Number, Number] | None:
    """``a to b``, two numbers that don't fall, or None with a problem noted."""
    if not isinstance(spot.data, str):
        found.error(spot.at(), "wrong-type", f'"{spot.last()}" must be a range such as 0 to 40.')
        return None
    ends = split_range(spot.data.strip())
    if ends is None:
        message = f'"{shown(spot.data)}" is not a range. Write it as 0 to 40.'
        found.error(spot.at(), "not-a-range", message)
        return None
    low, high = (parse_number(end) for end in ends)
    if low is None or high is None:
        wrong = ends[0] if low is None else ends[1]
        found.error(spot.word(wrong), "not-a-number", f'"{shown(wrong)}" is not a number. {_mend(wrong)}')
        return None
    if low > high:
        message = f"A range goes up: write {ends[1]} to {ends[0]}."
        found.error(spot.at(), "impossible-range", message)
        return None
    return low, high


def read_triple(found: Findings, spot: Spot, *, whole_middle: bool) -> Triple | None:
    """A range of sessions or weeks (``whole_middle``: its middle is rounded, halves up) or of factors.

    One number stands for all three. None with a problem noted where it is none of these.
    """
    if isinstance(spot.data, dict):
        return _three_parts(found, spot)
    if isinstance(spot.data, str) and split_range(spot.data.strip()):
        bounds = read_bounds(found, spot)
        if bounds is None:
            return None
        middle = exact(Fraction(bounds[0] + bounds[1]) / 2)
        return Triple(bounds[0], half_up(middle) if whole_middle else middle, bounds[1])
    if isinstance(spot.data, str) and parse_number(spot.data) is None and " to " in spot.data:
        read_bounds(found, spot)
        return None
    number = read_number(found, spot)
    return None if number is None else alike(number)


def _three_parts(found: Findings, spot: Spot) -> Triple | None:
    complete = True
    for key, below in spot.children():
        if key not in _PARTS:
            message = f'"{shown(str(key))}" is not known here.{did_you_mean(str(key), _PARTS)}'
            found.error(below.key(), "unknown-key", message)
            complete = False
    missing = [part for part in _PARTS if part not in spot.data]
    if missing:
        found.error(spot.at(), "missing-key", f'"{missing[0]}" is missing. Give min, typical and max.')
        return None
    numbers = [read_number(found, spot.child(part)) for part in _PARTS]
    low, typical, high = numbers
    if low is None or typical is None or high is None or not complete:
        return None
    if not low <= typical <= high:
        wrong = "typical" if not low <= typical and typical <= high else "max"
        message = f"min, typical and max must go up, not {written(low)}, {written(typical)}, {written(high)}."
        found.error(spot.child(wrong).at(), "impossible-range", message)
        return None
    return Triple(low, typical, high)

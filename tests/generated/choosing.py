"""Choices, made by hypothesis or by a seeded random number.

Generators ask a `Choices` and so serve both. Where failures are made smaller, small rulesets are drawn choice
by choice. All others are made from one drawn seed: that costs a fraction, and hypothesis can't carry the many
draws of a large one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from random import Random
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.properties.profile import SHRINKS

T = TypeVar("T")


class Choices:
    """Choices among things, all made of one choice: a whole number between two others."""

    def __init__(self, whole: Callable[[int, int], int]) -> None:
        self.whole = whole

    def chance(self, percent: int) -> bool:
        """True in about so many of a hundred cases; the simplest choice is False."""
        return self.whole(0, 99) >= 100 - percent

    def pick(self, among: Sequence[T]) -> T:
        """One of them; the simplest choice is the first."""
        return among[self.whole(0, len(among) - 1)]

    def some(self, among: Sequence[T], at_least: int, at_most: int) -> list[T]:
        """So many different ones, in any order."""
        left = list(among)
        at_most = min(at_most, len(left))
        return [
            left.pop(self.whole(0, len(left) - 1)) for _ in range(self.whole(min(at_least, at_most), at_most))
        ]

    def decimal(self, low: int, high: int, places: int = 2) -> int | Decimal:
        """A decimal between two whole numbers, an int where it is whole."""
        scale: int = 10**places
        return tidy(Decimal(self.whole(low * scale, high * scale)) / scale)


def tidy(value: Decimal) -> int | Decimal:
    """An int where the number is whole, else the decimal without trailing zeros."""
    return int(value) if value == int(value) else value.normalize()


def drawn(draw: DrawFn, *, large: bool = False) -> Choices:
    """Choices made by hypothesis, each of them where what fails is made smaller, and they are few."""
    if SHRINKS and not large:
        return Choices(lambda low, high: draw(_whole(low, high)))
    return seeded(draw(_whole(0, 2**64)))


@cache
def _whole(low: int, high: int) -> st.SearchStrategy[int]:
    """Made once: a ruleset takes a thousand choices, and looking a strategy up costs as much as drawing."""
    return st.integers(low, high)


def seeded(seed: int) -> Choices:
    """Choices made by a random number generator."""
    return Choices(Random(seed).randint)

"""Whole numbers that rest on logarithms, exactly: no rounding ever decides one.

A sum is of terms: a whole number times the natural logarithm of a fraction. Whether it is above 0 is a
question of powers. Where these are small they are compared as they are, in whole numbers. Else decimals give
bounds between which a sum lies (``Decimal.ln`` is rightly rounded). Where they leave two whole numbers open,
it is first tested, without rounding, whether the smaller one is hit exactly, and then reckoned with more
digits. What isn't zero is told from zero by some number of digits; what rulesets and assessments can hold
(some 30 digits a number) comes nowhere near the most that are tried.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from functools import lru_cache
from itertools import chain

Term = tuple[int, int, int]
"""A whole number, and the numerator and denominator, both above 0, by whose logarithm it is multiplied."""

_SMALL = 6_000
"""Powers of no more bits are compared as they are."""

_DIGITS = (24, 60, 150, 400, 1_000)
_MOST_KEPT = 4_096


def least_multiple(goal: Sequence[Term], step: Sequence[Term], most: int) -> int | None:
    """The least whole m, at least 1, with m x step >= goal, both above 0; None where it is above ``most``."""
    if most < 1:
        return None
    if _bits(goal) + most * _bits(step) > _SMALL:
        return _by_decimals(goal, step, most)

    def enough(times: int) -> bool:
        return not _above(chain(goal, _less(step, times)))

    return bisect_left(range(1, most), True, key=enough) + 1 if enough(most) else None


def is_negative(one: Sequence[Term]) -> bool:
    """Whether a sum is below 0."""
    if _bits(one) <= _SMALL:
        return _above(_less(one, 1))
    for digits in _DIGITS:
        low, high = _bounds(one, digits)
        if high < 0:
            return True
        if low >= 0 or (digits == _DIGITS[0] and is_zero(one)):
            return False
    return False


def is_zero(one: Iterable[Term]) -> bool:
    """Whether a sum is exactly 0: the product of powers that it stands for is 1.

    Numerators and denominators are split by their common divisors until no two have one; then the product is
    1 only where every exponent is 0.
    """
    powers = [power for whole, top, bottom in one for power in ((top, whole), (bottom, -whole))]
    exponents: dict[int, int] = {}
    while powers:
        base, exponent = powers.pop()
        if base == 1 or exponent == 0:
            continue
        other = next((other for other in exponents if math.gcd(base, other) > 1), None)
        if other is None:
            exponents[base] = exponent
            continue
        shared, its = math.gcd(base, other), exponents.pop(other)
        powers += [(base // shared, exponent), (other // shared, its), (shared, exponent + its)]
    return not exponents


def _less(one: Iterable[Term], times: int) -> Iterable[Term]:
    return ((-times * whole, top, bottom) for whole, top, bottom in one)


def _bits(one: Sequence[Term]) -> int:
    """How long the powers are at most that the terms stand for."""
    return sum(abs(whole) * max(top, bottom).bit_length() for whole, top, bottom in one)


def _above(one: Iterable[Term]) -> bool:
    """Whether a sum is above 0, by the powers themselves."""
    left = right = 1
    for whole, top, bottom in one:
        if whole > 0:
            left, right = left * top**whole, right * bottom**whole
        elif whole < 0:
            left, right = left * bottom**-whole, right * top**-whole
    return left > right


def _by_decimals(goal: Sequence[Term], step: Sequence[Term], most: int) -> int | None:
    highest: int | None = None
    for digits in _DIGITS:
        goal_low, goal_high = _bounds(goal, digits)
        step_low, step_high = _bounds(step, digits)
        down, up = _contexts(digits)
        least = down.divide(goal_low, step_high)
        if least > most:
            return None
        if step_low <= 0:
            continue
        low = max(math.ceil(least), 1)
        highest = max(math.ceil(up.divide(goal_high, step_low)), 1)
        if low == highest:
            return low
        if highest == low + 1 and is_zero(chain(goal, _less(step, low))):
            return low
    # Never promising less: what so many digits leave open is taken for not reached.
    return highest if highest is not None and highest <= most else None


def _bounds(one: Sequence[Term], digits: int) -> tuple[Decimal, Decimal]:
    """Two numbers between which the sum lies."""
    down, up = _contexts(digits)
    low = high = Decimal(0)
    for whole, top, bottom in one:
        its = _logarithm(top, bottom, digits)
        least, most = its if whole >= 0 else (its[1], its[0])
        low = down.add(low, down.multiply(whole, least))
        high = up.add(high, up.multiply(whole, most))
    return low, high


@lru_cache(_MOST_KEPT)
def _logarithm(top: int, bottom: int, digits: int) -> tuple[Decimal, Decimal]:
    """Two numbers between which the natural logarithm lies.

    Dividing is off by less than one in the last of the digits, which moves the logarithm by as little;
    rounding moves it by less than one in its own last digit.
    """
    exact = Context(prec=digits)
    middle = exact.ln(exact.divide(Decimal(top), Decimal(bottom)))
    down, up = _contexts(digits)
    off = up.multiply(up.add(abs(middle), 1), Decimal((0, (1,), 1 - digits)))
    return down.subtract(middle, off), up.add(middle, off)


@lru_cache(len(_DIGITS))
def _contexts(digits: int) -> tuple[Context, Context]:
    return Context(prec=digits, rounding=ROUND_FLOOR), Context(prec=digits, rounding=ROUND_CEILING)

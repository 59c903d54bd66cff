"""Whole numbers that rest on logarithms, exactly: no rounding ever decides one.

A sum is whole numbers times natural logarithms of fractions. Decimals give bounds between which it lies
(``Decimal.ln`` is rightly rounded); where they leave two whole numbers open, it is first tested without
rounding whether the smaller one is hit exactly, and then reckoned with more digits. What isn't zero is told
from zero by some number of digits; what rulesets and assessments can hold (some 30 digits a number) comes
nowhere near the most that are tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from functools import lru_cache

Sum = Sequence[tuple[int, Fraction]]
"""Each whole number with the fraction, above 0, by whose logarithm it is multiplied."""

_DIGITS = (24, 60, 150, 400, 1_000)
_MOST_KEPT = 4_096


def least_multiple(goal: Sum, step: Sum, most: int) -> int | None:
    """The least whole m, at least 1, with m x step >= goal, both above 0; None where it is above ``most``."""
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
        if highest == low + 1 and is_zero([*goal, *((-low * whole, of) for whole, of in step)]):
            return low
    # Never promising less: what so many digits leave open is taken for not reached.
    return highest if highest is not None and highest <= most else None


def is_negative(one: Sum) -> bool:
    """Whether a sum is below 0."""
    for digits in _DIGITS:
        low, high = _bounds(one, digits)
        if high < 0:
            return True
        if low >= 0 or (digits == _DIGITS[0] and is_zero(one)):
            return False
    return False


def is_zero(one: Iterable[tuple[int, Fraction]]) -> bool:
    """Whether a sum is exactly 0: the product of powers that it stands for is 1.

    Numerators and denominators are split by their common divisors until no two have one; then the product is
    1 only where every exponent is 0.
    """
    open_powers = [
        power for whole, of in one if whole for power in ((of.numerator, whole), (of.denominator, -whole))
    ]
    exponents: dict[int, int] = {}
    while open_powers:
        base, exponent = open_powers.pop()
        if base == 1 or exponent == 0:
            continue
        shared, other = next(
            ((shared, other) for other in exponents if (shared := math.gcd(base, other)) > 1), (1, 1)
        )
        if shared == 1:
            exponents[base] = exponent
            continue
        its = exponents.pop(other)
        open_powers += [(base // shared, exponent), (other // shared, its), (shared, exponent + its)]
    return not exponents


def _bounds(one: Sum, digits: int) -> tuple[Decimal, Decimal]:
    """Two numbers between which the sum lies."""
    down, up = _contexts(digits)
    low = high = Decimal(0)
    for whole, of in one:
        its = _logarithm(of, digits)
        least, most = its if whole >= 0 else (its[1], its[0])
        low = down.add(low, down.multiply(whole, least))
        high = up.add(high, up.multiply(whole, most))
    return low, high


@lru_cache(_MOST_KEPT)
def _logarithm(of: Fraction, digits: int) -> tuple[Decimal, Decimal]:
    """Two numbers between which the natural logarithm lies.

    Dividing is off by less than one in the last of the digits, which moves the logarithm by as little;
    rounding moves it by less than one in its own last digit.
    """
    exact = Context(prec=digits)
    middle = exact.ln(exact.divide(Decimal(of.numerator), Decimal(of.denominator)))
    down, up = _contexts(digits)
    off = up.multiply(up.add(abs(middle), 1), Decimal((0, (1,), 1 - digits)))
    return down.subtract(middle, off), up.add(middle, off)


@lru_cache(len(_DIGITS))
def _contexts(digits: int) -> tuple[Context, Context]:
    return Context(prec=digits, rounding=ROUND_FLOOR), Context(prec=digits, rounding=ROUND_CEILING)

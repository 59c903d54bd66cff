"""Products of powers of fractions, compared with 1 exactly, however large the exponents are."""

from __future__ import annotations

from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from math import gcd, lcm

Power = tuple[Fraction, Fraction]
"""A base above 0 and its exponent."""


def compared_with_one(powers: list[Power]) -> int:
    """-1, 0 or 1: whether the product of the powers is below, exactly, or above 1.

    Roots go first: whole exponents compare alike. Equality is decided by factors, the rest by a lower and an
    upper bound, in as many digits as it takes to tell the product from 1.
    """
    whole = _whole_exponents(powers)
    if _is_one(whole):
        return 0
    digits = 50
    while True:
        low, high = _product(whole, digits, ROUND_FLOOR), _product(whole, digits, ROUND_CEILING)
        if high < 1:
            return -1
        if low > 1:
            return 1
        digits *= 2


def _whole_exponents(powers: list[Power]) -> list[tuple[Fraction, int]]:
    """The same powers, all exponents multiplied by what makes them whole and small."""
    common = lcm(*(exponent.denominator for _, exponent in powers))
    whole = [(base, int(exponent * common)) for base, exponent in powers]
    divisor = gcd(*(exponent for _, exponent in whole)) or 1
    return [(base, exponent // divisor) for base, exponent in whole]


def _is_one(powers: list[tuple[Fraction, int]]) -> bool:
    """Whether the product is 1: numbers that share a factor are split by it until none do."""
    numbers: dict[int, int] = {}
    waiting = [(base.numerator, exponent) for base, exponent in powers]
    waiting += [(base.denominator, -exponent) for base, exponent in powers]
    while waiting:
        number, exponent = waiting.pop()
        if number == 1:
            continue
        other = next((one for one in numbers if gcd(one, number) > 1), None)
        if other is None:
            numbers[number] = exponent
        elif other == number:
            numbers[number] += exponent
        else:
            shared, before = gcd(other, number), numbers.pop(other)
            waiting += [(shared, before + exponent), (other // shared, before), (number // shared, exponent)]
    return not any(numbers.values())


def _product(powers: list[tuple[Fraction, int]], digits: int, rounding: str) -> Decimal:
    """The product, each step rounded the same way."""
    context = Context(prec=digits, rounding=rounding, Emin=MIN_EMIN, Emax=MAX_EMAX)
    product = Decimal(1)
    for base, exponent in powers:
        turned = base if exponent >= 0 else 1 / base
        start = context.divide(Decimal(turned.numerator), Decimal(turned.denominator))
        product = context.multiply(product, _power(start, abs(exponent), context.multiply))
    return product


def _power(base: Decimal, exponent: int, multiply: Callable[[Decimal, Decimal], Decimal]) -> Decimal:
    """By squaring: all factors are above 0, so that a bound times a bound is one."""
    result = Decimal(1)
    while exponent:
        if exponent % 2:
            result = multiply(result, base)
        base, exponent = multiply(base, base), exponent // 2
    return result

"""What is still needed after sessions were done, from the improvement seen and what a session should bring.

With improvement p after n sessions, target t, shares of the whole, and weight w of what was expected:

- ``shrinking``: each session clears the same share of what is left. As expected, q is left of the whole after
  one: a base of T sessions that is to clear c leaves q = (1-c)^(1/T). A session leaves
  r = (q^w (1-p))^(1/(n+w)) of what was there, and the least whole m with (1-p) r^m <= 1-t is needed.
- ``even``: each session adds the same: as expected e, with what was seen g = (p + w e) / (n + w). The least
  whole m with p + m g >= t is needed.

The weight is that of so many sessions which went as expected. Without an expectation it is 0: what was seen
counts alone, and (1-p)^(n+m) <= (1-t)^n, the method of the rulesets' evidence (EV-TAT-02, EV-OTA-05,
EV-ABN-03). All is worked out exactly.

Where a whole number rests on logarithms, no rounding ever decides it. A sum of logarithms is of terms: a
whole number times the natural logarithm of a fraction. Whether it is above 0 is a question of powers. Where
these are small they are compared as they are, in whole numbers. Else decimals give bounds between which a
sum lies (``Decimal.ln`` is rightly rounded). Where they leave two whole numbers open, it is first tested,
without rounding, whether the smaller one is hit exactly, and then reckoned with more digits. What isn't
zero is told from zero by some number of digits; what rulesets and assessments can hold (some 30 digits a
number) comes nowhere near the most that are tried.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import chain

from schemas.language import Gains
from service.model.number import Number, Triple

Term = tuple[int, int, int]
"""A whole number, and the numerator and denominator, both above 0, by whose logarithm it is multiplied."""

_SMALL = 6_000
"""Powers of no more bits are compared as they are."""

_DIGITS = (24, 60, 150, 400, 1_000)
_MOST_KEPT = 4_096


@dataclass(frozen=True, slots=True)
class Course:
    """A course under way, all of it in percent.

    ``done`` sessions, at least one. ``expected``: what all of the base's ``planned`` sessions should clear
    together (shrinking) or each session add (even); None: nothing is expected.
    """

    done: int
    target: Number
    gains: Gains = "shrinking"
    expected: Number | None = None
    weight: Number = 0
    planned: Number = 1


def least_more(course: Course, improvement: Number, most: int) -> int | None:
    """The least whole number of further sessions that reach the target; None where it is above ``most``.

    Without any improvement none are enough.
    """
    if improvement >= min(course.target, 100):
        return 0
    if improvement <= 0 or most < 1:
        return None
    if course.gains == "shrinking":
        return _shrinking(course, improvement, most)
    weight, expected = _expectation(course)
    each = Fraction(improvement + weight * expected) / (course.done + weight)
    more = math.ceil((course.target - improvement) / each)
    return more if more <= most else None


def _expectation(course: Course) -> tuple[Number, Number]:
    """The weight of what is expected, and that: 0 and 0 where nothing is."""
    return (0, 0) if course.expected is None else (course.weight, course.expected)


def _shrinking(course: Course, improvement: Number, most: int) -> int | None:
    """With u, v, s what -ln says of 1-p, 1-t, 1-c: the least m with m (T u + w s) >= T (n+w) (v-u)."""
    weight, expected = _expectation(course)
    left, wanted = _left(improvement), _left(course.target)
    if not weight:
        return least_multiple(((course.done, *left), (-course.done, *wanted)), ((-1, *left),), most)
    if course.planned <= 0:  # A score may give a base of no sessions: then all is to be cleared at once.
        return 1
    sessions, per = course.planned.as_integer_ratio()
    times, parts = weight.as_integer_ratio()
    far = sessions * (course.done * parts + times)
    step = ((-sessions * parts, *left), (-times * per, *_left(expected)))
    return least_multiple(((far, *left), (-far, *wanted)), step, most)


def _left(percent: Number) -> tuple[int, int]:
    """What is left of the whole, as numerator and denominator."""
    top, bottom = percent.as_integer_ratio()
    return 100 * bottom - top, 100 * bottom


def still_needed(course: Course, improvement: Number, margin: Number, room: int) -> Triple | None:
    """Further sessions: typical at the improvement seen, min at ``margin`` points more, max at as many less.

    ``room`` is how many more the cap allows: up to one more is looked for, and what is beyond stands as that
    one more. None where typical is beyond, or where there is no improvement. At the target none are needed.
    """
    if improvement >= course.target:
        return Triple(0, 0, 0)
    typical = least_more(course, improvement, room + 1)
    if typical is None:
        return None
    least = least_more(course, improvement + margin, typical)
    if improvement - margin <= 0:
        most = room
    else:
        found = least_more(course, improvement - margin, room + 1)
        most = room + 1 if found is None else found
    return Triple(typical if least is None else least, typical, max(most, typical))


def is_slow(course: Course, improvement: Number, gain: Number, over: int, share: Number) -> bool:
    """Whether the last ``over`` sessions gave less than ``share`` percent of what as many should have given.

    ``gain`` and ``improvement`` in points of percent. Shrinking: what was left before them less what should
    be left of it. Never at the target, with no more sessions done, or without an expectation.
    """
    if course.expected is None or course.done <= over or improvement >= course.target:
        return False
    part = Fraction(share) / 100
    if course.gains == "even":
        return gain < part * over * course.expected
    before = part * (100 - (improvement - gain))
    return _below_part(course, course.expected, Fraction(gain), before, over)


def _below_part(course: Course, clears: Number, gain: Fraction, before: Fraction, over: int) -> bool:
    """Whether gain < before x (1 - q^over), with q^over above 0 and below 1."""
    if before == 0 or course.planned <= 0:
        return gain < before
    top, bottom = (1 - gain / before).as_integer_ratio()
    if top <= 0:  # q^over is above it
        return before < 0
    # q^over is below it: over x ln(1-c) < T x ln(top/bottom); the other way round for ``before`` below 0.
    sessions, per = course.planned.as_integer_ratio()
    sign = 1 if before > 0 else -1
    return is_negative(((sign * over * per, *_left(clears)), (-sign * sessions, top, bottom)))


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

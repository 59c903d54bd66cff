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
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from schemas.language import Gains
from service.evaluation.logarithms import is_negative, least_multiple
from service.model.number import Number, Triple


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

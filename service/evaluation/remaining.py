"""Sessions still needed, from the improvement seen so far.

Each session is taken to clear the same share of what is left: after n sessions with improvement p (as a
share), the least whole m with (1-p)^(n+m) <= (1-t)^n reaches the target t. The method and its back-test
against published courses are in the rulesets' evidence (EV-TAT-02, EV-OTA-05, EV-ABN-03).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from service.model.number import Number


@dataclass(frozen=True, slots=True)
class Needed:
    """Sessions still needed; None stands for "more than the most that was asked for"."""

    min: int | None
    typical: int | None
    max: int | None


def least_more(improvement: Number, sessions: int, target: Number, most: int) -> int | None:
    """The least whole m with (1-p)^(n+m) <= (1-t)^n; 0 where p >= t; None where it is above ``most``.

    ``improvement`` and ``target`` are in percent; exact, in whole numbers.
    """
    if improvement >= target:
        return 0
    if improvement <= 0:
        return None
    left = 1 - Fraction(improvement) / 100
    wanted = 1 - Fraction(target) / 100
    top, bottom = left.numerator**sessions, left.denominator**sessions
    goal_top, goal_bottom = wanted.numerator**sessions, wanted.denominator**sessions
    for more in range(max(most, 0) + 1):
        if top * goal_bottom <= goal_top * bottom:
            return more
        top, bottom = top * left.numerator, bottom * left.denominator
    return None


def still_needed(improvement: Number, sessions: int, target: Number, margin: Number, most: int) -> Needed:
    """Typical at the improvement seen, min at ``margin`` points more, max at ``margin`` points less.

    ``improvement`` is above 0; ``most`` is how many more sessions the caps allow.
    """
    better = min(improvement + margin, Fraction(100))
    return Needed(
        min=least_more(better, sessions, target, most),
        typical=least_more(improvement, sessions, target, most),
        max=least_more(improvement - margin, sessions, target, most),
    )

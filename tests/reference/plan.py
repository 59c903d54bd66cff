"""Sessions and intervals: the arithmetic in its order.

Readings taken. The arithmetic is worked through whatever else is said, so that a cap that is exceeded is a
referral also beside `no numbers` or `stop`. An effect whose attribute was not given is left out and acts as
`no numbers`. Where a base or a factor is not known the sessions end there, for what is not known can't be
held against a cap; an unknown cap leaves the others. Where `most sessions` is exceeded, the arithmetic ends
there, before the limits. Counts are whole, so that a cap of 8.5 is one of 8. Without a session base no step
of an interval is written. Factors and additions are taken by rule id, so that the order of files changes no
step. A cap under the lower limit (an attribute may be) leaves no plan: the limit may not lift it above a cap.
A plan made again needs no factor, but one that is not known still acts as `no numbers`.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

from tests.reference.amounts import Base, amounts, session_bases, winner, written
from tests.reference.notes import Notes
from tests.reference.plain import Range, span, whole_range
from tests.reference.progress import Cap
from tests.reference.rules import Outcome

ONE, TWO = Fraction(1), Fraction(2)


def limit(files: dict[str, Any], of: str) -> tuple[Fraction, Fraction]:
    """The ruleset's limits of `sessions` or `interval weeks`."""
    ends = span(files["ruleset"]["limits"][of])
    assert ends is not None
    return ends


def lowest_most(outcome: Outcome, notes: Notes) -> Cap | None:
    """The lowest `most sessions` of the rules that fired."""
    caps = [(Fraction(floor(numbers[1])), rule) for numbers, rule in amounts(outcome, "most sessions", notes)]
    return min(caps) if caps else None


def says(outcome: Outcome, what: str) -> list[str]:
    """The rules that fired and say `may suffice` or `will not suffice`."""
    return sorted(rule.id for rule in outcome.fired if rule.then.get("one session") == what)


def winning_base(outcome: Outcome, notes: Notes) -> tuple[Base | None, bool]:
    """The base that needs most, and whether every base that a rule gives is known."""
    bases = session_bases(outcome, notes)
    unknown = len(bases) < written(outcome, "sessions") + written(outcome, "sessions from score")
    return winner(bases, "sessions", notes), not unknown


def raw_sessions(base: Base | None, outcome: Outcome, notes: Notes) -> Range | None:
    """Base, times and add, exact; None without a base, or where a factor is not known."""
    factors = amounts(outcome, "sessions times", notes)
    additions = amounts(outcome, "add sessions", notes)
    if base is None or len(factors) < written(outcome, "sessions times"):
        return None
    low, typical, high = base[0]
    for factor, rule in factors:
        low, typical, high = low * factor[0], typical * factor[1], high * factor[2]
        notes.step("times", "sessions", rule, (low, typical, high))
    for addition, rule in additions:
        low, typical, high = low + addition[0], typical + addition[1], high + addition[2]
        notes.step("add", "sessions", rule, (low, typical, high))
    return low, typical, high


def settle_low_end(exact: Range, outcome: Outcome, notes: Notes) -> Range:
    """Round, at least 1, will not suffice, unvouched, in order, and max one more than an equal min."""
    low, typical, high = whole_range(exact)
    low, typical, high = max(low, ONE), max(typical, ONE), max(high, ONE)
    if (low, typical, high) != exact:
        notes.step("round", "sessions", None, (low, typical, high))
    denied = says(outcome, "will not suffice")
    if denied and low < TWO:
        low, typical, high = max(low, TWO), max(typical, TWO), max(high, TWO)
        notes.step("will_not_suffice", "sessions", denied[0], (low, typical, high))
    if typical == ONE and not says(outcome, "may suffice"):
        typical = TWO
        notes.step("unvouched", "sessions", None, (low, typical, high))
    before = low, typical, high
    typical = max(low, typical)
    high = max(typical, high)
    if low == high:
        high += 1
    if (low, typical, high) != before:
        notes.step("widen", "sessions", None, (low, typical, high))
    return low, typical, high


def cut(numbers: Range, most: Fraction) -> Range | None:
    """A cap cuts max only; where typical is above it or min reaches it there are no numbers."""
    low, typical, high = numbers
    return None if typical > most or low >= most else (low, typical, min(high, most))


def plan_sessions(
    base: Base | None, outcome: Outcome, most: Cap | None, limits: tuple[Fraction, Fraction], notes: Notes
) -> Range | None:
    """The sessions of the whole course; None without a base or where a cap is exceeded."""
    exact = raw_sessions(base, outcome, notes)
    if exact is None:
        return None
    numbers = settle_low_end(exact, outcome, notes)
    bottom, top = limits
    for does, cap in (("most", most), ("limit", (top, None))):
        if cap is None:
            continue
        after = cut(numbers, cap[0])
        if after is None:
            notes.exceeds(cap[1])
            return None
        if after != numbers:
            notes.step(does, "sessions", cap[1], after)
        numbers = after
    low, typical, high = numbers
    lifted = max(low, bottom), max(typical, bottom), max(high, bottom)
    if most is not None and lifted[2] > most[0]:
        notes.exceeds(most[1])
        return None
    if lifted != numbers:
        notes.step("limit", "sessions", None, lifted)
    return lifted


def plan_interval(outcome: Outcome, limits: tuple[Fraction, Fraction], notes: Notes) -> Range | None:
    """The weeks between sessions; None without an interval base or a session base."""
    bases = [(numbers, rule, "interval weeks") for numbers, rule in amounts(outcome, "interval weeks", notes)]
    additions = amounts(outcome, "add interval weeks", notes)
    base = winner(bases, "interval_weeks", notes) if notes.has_base else None
    if base is None:
        return None
    low, typical, high = base[0]
    for addition, rule in additions:
        low, typical, high = low + addition[0], typical + addition[1], high + addition[2]
        notes.step("add", "interval_weeks", rule, (low, typical, high))
    rounded = whole_range((low, typical, high))
    if rounded != (low, typical, high):
        notes.step("round", "interval_weeks", None, rounded)
    bottom, top = limits
    low, typical, high = (min(max(one, bottom), top) for one in rounded)
    if (low, typical, high) != rounded:
        notes.step("limit", "interval_weeks", None, (low, typical, high))
    return low, typical, high


def earliest(outcome: Outcome, effect: str) -> Range | None:
    """When to come again: the least typical, then max, then min, rounded like intervals."""
    found = [numbers for numbers, _ in amounts(outcome, effect, Notes())]
    if not found:
        return None
    return whole_range(min(found, key=lambda numbers: (numbers[1], numbers[2], numbers[0])))

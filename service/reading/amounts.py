"""The numbers in a rule's effects: ranges, factors, additions and caps."""

from __future__ import annotations

from collections.abc import Sequence

from service.model.number import Number, Triple
from service.model.ruleset import AttributeRef, Effects, Limits
from service.reading.findings import Findings
from service.reading.ranges import read_number, read_triple
from service.reading.spot import Spot
from service.reading.vocabulary import Vocabulary, is_number, names_attribute, read_attribute

MOST = 1_000
_NAMED = 3
MOST_FACTOR = 100


def read_sessions(found: Findings, words: Vocabulary, spot: Spot) -> Triple | None:
    """The base at the spot, within the limits."""
    return _within(found, spot, _range(found, spot), words.own_limits, "sessions")


def read_weeks(found: Findings, words: Vocabulary, spot: Spot) -> Triple | None:
    """The weeks between sessions at the spot, within the limits."""
    return _within(found, spot, _range(found, spot), words.own_limits, "interval weeks")


def read_review(found: Findings, _words: Vocabulary, spot: Spot) -> Triple | None:
    """The weeks until the next look."""
    return _range(found, spot)


def _range(found: Findings, spot: Spot) -> Triple | None:
    triple = read_triple(found, spot, whole_middle=True)
    if triple is None or not in_bounds(found, spot, (triple.min, triple.max), 0, MOST):
        return None
    return triple


def _within(
    found: Findings, spot: Spot, triple: Triple | None, limits: Limits | None, what: str
) -> Triple | None:
    if triple is None or limits is None:
        return triple
    low, high = limits.sessions if what == "sessions" else limits.interval_weeks
    if triple.min < low or triple.max > high:
        message = f"{spot.name()} lies outside the limits of the ruleset, {low} to {high}. Mend one of them."
        found.error(spot.at(), "outside-limits", message)
    return triple


def warn_of_narrower(
    found: Findings, spot: Spot, limits: Limits, given: Sequence[tuple[str, Effects]]
) -> None:
    """Warn at a clinic's ``limits`` where rules that it takes over, by id, give bases outside of them."""
    for key, (low, high) in (("sessions", limits.sessions), ("interval weeks", limits.interval_weeks)):
        bases = [(name, then.sessions if key == "sessions" else then.interval_weeks) for name, then in given]
        outside = [name for name, base in bases if base and (base.min < low or base.max > high)]
        if outside and spot.has(key):
            more = f" and {len(outside) - _NAMED} more" if len(outside) > _NAMED else ""
            message = (
                f"Rules that are taken over have {key} outside {low} to {high}: "
                f"{', '.join(outside[:_NAMED])}{more}. Widen the limits, or replace these rules."
            )
            found.warning(spot.child(key).at(), "outside-limits", message)


def in_bounds(found: Findings, spot: Spot, numbers: tuple[Number, ...], low: int, high: int) -> bool:
    """Whether all the numbers lie between two bounds; a problem is noted where one does not."""
    if all(low <= number <= high for number in numbers):
        return True
    found.error(spot.at(), "out-of-bounds", f"{spot.name()} must lie between {low:,} and {high:,}.")
    return False


def read_factor(found: Findings, words: Vocabulary, spot: Spot) -> Number | Triple | AttributeRef | None:
    """``sessions times``."""
    if isinstance(spot.data, str) and names_attribute(spot.data):
        return read_attribute(found, words, spot, above_zero=True)
    value = _number_or_range(found, spot, whole_middle=False)
    if value is None:
        return None
    least, most = (value.min, value.max) if isinstance(value, Triple) else (value, value)
    if least <= 0 or most > MOST_FACTOR:
        found.error(
            spot.at(),
            "out-of-bounds",
            f"A factor lies above 0 and is at most {MOST_FACTOR}. Write 0.5 or 1.2, say.",
        )
        return None
    return value


def read_more_sessions(found: Findings, _words: Vocabulary, spot: Spot) -> Number | Triple | None:
    """``add sessions``."""
    if isinstance(spot.data, str) and names_attribute(spot.data):
        message = '"add sessions" takes a number or a range, no attribute. Write a rule for each number.'
        found.error(spot.at(), "not-a-number", message)
        return None
    return _addition(found, spot)


def read_more_weeks(found: Findings, words: Vocabulary, spot: Spot) -> Number | Triple | AttributeRef | None:
    """``add interval weeks``."""
    if isinstance(spot.data, str) and names_attribute(spot.data):
        return read_attribute(found, words, spot)
    return _addition(found, spot)


def _addition(found: Findings, spot: Spot) -> Number | Triple | None:
    value = _number_or_range(found, spot, whole_middle=True)
    if value is None:
        return None
    numbers = (value.min, value.max) if isinstance(value, Triple) else (value,)
    return value if in_bounds(found, spot, numbers, -MOST, MOST) else None


def _number_or_range(found: Findings, spot: Spot, *, whole_middle: bool) -> Number | Triple | None:
    if is_number(spot.data):
        return read_number(found, spot)
    return read_triple(found, spot, whole_middle=whole_middle)


def read_cap(found: Findings, words: Vocabulary, spot: Spot) -> Number | AttributeRef | None:
    """``most sessions``."""
    if isinstance(spot.data, str) and names_attribute(spot.data):
        return read_attribute(found, words, spot, above_zero=True)
    number = read_number(found, spot)
    if number is None or not in_bounds(found, spot, (number,), -MOST, MOST):
        return None
    if not isinstance(number, int):
        found.error(spot.at(), "not-whole", f'"most sessions" is a whole number. Write {int(number)}.')
        return None
    limits = words.limits
    if limits and number < limits.sessions[0]:
        message = f'"most sessions" {number} is under the lower limit of {limits.sessions[0]}. Raise it.'
        found.error(spot.at(), "outside-limits", message)
        return None
    return number

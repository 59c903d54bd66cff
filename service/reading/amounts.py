"""The numbers in a rule's effects: ranges, factors, additions and caps."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.language import Effect, effects
from schemas.ruleset_files import FromProgressEntry, FromScoreEntry
from service.model.number import Number, Triple
from service.model.ruleset import AttributeRef, Effects, FromProgress, FromScore, Limits
from service.reading.findings import Findings
from service.reading.ranges import read_number, read_triple
from service.reading.spot import Spot
from service.reading.vocabulary import (
    Vocabulary,
    is_number,
    names_attribute,
    numbers_of,
    read_attribute,
    read_number_input,
)

MOST = 1_000
MOST_FACTOR = 100
MOST_SESSIONS_DONE = 1_000
_NAMED = 3


def read_from_score(found: Findings, spot: Spot) -> FromScore | None:
    """The base at the spot that is worked out from a score."""
    entry = found.load(FromScoreEntry, spot)
    times = _part(found, spot.child("times"), 1)
    spread = _part(found, spot.child("spread"), 0)
    at_least = _part(found, spot.child("at least"), 1)
    if times is not None and times <= 0:
        found.error(
            spot.child("times").at(), "out-of-bounds", "A factor lies above 0. Write 0.5 or 1.2, say."
        )
        return None
    if times is None or spread is None or at_least is None or "score" not in entry:
        return None
    return FromScore(entry["score"], times, spread, at_least)


def _part(found: Findings, spot: Spot, default: int, most: int = MOST_FACTOR) -> Number | None:
    if spot.data is None:
        return default
    number = read_number(found, spot)
    return number if number is not None and in_bounds(found, spot, (number,), 0, most) else None


def read_from_progress(found: Findings, words: Vocabulary, spot: Spot) -> FromProgress | None:
    """What remains, by the improvement seen: how that is worked out, as said at the spot."""
    entry = found.load(FromProgressEntry, spot)
    improvement = read_number_input(found, words, spot.child("improvement"), whole=False, most=100)
    sessions = read_number_input(found, words, spot.child("sessions"), whole=True, most=MOST_SESSIONS_DONE)
    target = _target(found, words, spot.child("target")) if "target" in entry else None
    margin = _part(found, spot.child("margin"), 0)
    if improvement is None or sessions is None or target is None or margin is None:
        return None
    return FromProgress(improvement, sessions, target, margin)


def _target(found: Findings, words: Vocabulary, spot: Spot) -> str | AttributeRef | Number | None:
    if is_number(spot.data):
        number = read_number(found, spot)
        return number if number is not None and _can_be_reached(found, spot, [number]) else None
    if names_attribute(str(spot.data)):
        ref = read_attribute(found, words, spot)
        if ref is None:
            return None
        values = numbers_of(words.inputs[ref.input].attributes[ref.attribute].values)
        return ref if _can_be_reached(found, spot, values) else None
    name = read_number_input(found, words, spot, whole=False, most=100)
    if name is None:
        return None
    domain = words.inputs[name].domain
    return (
        name
        if _can_be_reached(found, spot, [v for v in (domain.low, domain.high) if v], of_input=True)
        else None
    )


def _can_be_reached(found: Findings, spot: Spot, values: list[Number], *, of_input: bool = False) -> bool:
    """Whether a target of so many percent can be reached by clearing a share of what is left each time."""
    if all(0 < value < 100 for value in values):
        return True
    mend = "Mend the bounds of the input." if of_input else "Write 95, say."
    message = (
        f"A target lies above 0 and below 100 percent, for a session never clears all that is left. {mend}"
    )
    found.error(spot.at(), "impossible-target", message)
    return False


def read_range(found: Findings, spot: Spot) -> Triple | None:
    """The range of sessions or weeks at the spot."""
    triple = read_triple(found, spot, whole_middle=True)
    if triple is None or not in_bounds(found, spot, (triple.min, triple.max), 0, MOST):
        return None
    return triple


def read_bounded_range(found: Findings, words: Vocabulary, spot: Spot, effect: Effect) -> Triple | None:
    """The range at the spot, within the limits of the ruleset."""
    triple = read_range(found, spot)
    limits = words.own_limits.of(effect.quantity) if words.own_limits else None
    if triple is None or limits is None:
        return triple
    low, high = limits
    if triple.min < low or triple.max > high:
        message = f"{spot.name()} lies outside the limits of the ruleset, {low} to {high}. Mend one of them."
        found.error(spot.at(), "outside-limits", message)
    return triple


def warn_of_narrower(
    found: Findings, spot: Spot, limits: Limits, given: Sequence[tuple[str, Effects]]
) -> None:
    """Warn at a clinic's ``limits`` where rules that it takes over, by id, give bases outside of them."""
    for effect in effects(where=lambda effect: effect.value == "bounded range"):
        key, bounds = effect.key, limits.of(effect.quantity)
        if bounds is None:
            continue
        low, high = bounds
        bases = [(name, getattr(then, effect.name)) for name, then in given]
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
    """The factor at the spot: above 0."""
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


def read_amount(
    found: Findings, words: Vocabulary, spot: Spot, effect: Effect
) -> Number | Triple | AttributeRef | None:
    """The amount at the spot, which is added: a number or a range, also below 0, or an attribute."""
    if isinstance(spot.data, str) and names_attribute(spot.data):
        if effect.attribute:
            return read_attribute(found, words, spot)
        message = f'"{effect.key}" takes a number or a range, no attribute. Write a rule for each number.'
        found.error(spot.at(), "not-a-number", message)
        return None
    value = _number_or_range(found, spot, whole_middle=True)
    if value is None:
        return None
    numbers = (value.min, value.max) if isinstance(value, Triple) else (value,)
    return value if in_bounds(found, spot, numbers, -MOST, MOST) else None


def _number_or_range(found: Findings, spot: Spot, *, whole_middle: bool) -> Number | Triple | None:
    if is_number(spot.data):
        return read_number(found, spot)
    return read_triple(found, spot, whole_middle=whole_middle)


def read_cap(found: Findings, words: Vocabulary, spot: Spot, effect: Effect) -> Number | AttributeRef | None:
    """The cap at the spot: a whole number, not under the lower limit."""
    if isinstance(spot.data, str) and names_attribute(spot.data):
        return read_attribute(found, words, spot, above_zero=True)
    number = read_number(found, spot)
    if number is None or not in_bounds(found, spot, (number,), -MOST, MOST):
        return None
    if not isinstance(number, int):
        found.error(spot.at(), "not-whole", f'"{effect.key}" is a whole number. Write {int(number)}.')
        return None
    limits = words.limits.of(effect.quantity) if words.limits else None
    if limits and number < limits[0]:
        message = f'"{effect.key}" {number} is under the lower limit of {limits[0]}. Raise it.'
        found.error(spot.at(), "outside-limits", message)
        return None
    return number

"""The numbers in a rule's effects: ranges, factors, additions, caps, and bases that are worked out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from schemas.language import Effect, Gains, effects
from schemas.ruleset_files import ExpectedEntry, FromProgressEntry, FromScoreEntry, WhenSlowEntry
from service.model.number import Number, Triple, written
from service.model.problem import shown
from service.model.ruleset import AttributeRef, Effects, FromProgress, FromScore, Limits, WhenSlow
from service.reading.node import Node
from service.reading.numbers_in_text import number_in_text
from service.reading.parsed_test import names_attribute
from service.reading.problem_collector import ProblemCollector
from service.reading.ranges import read_number, read_triple
from service.reading.vocabulary import (
    Vocabulary,
    is_number,
    numbers_of,
    read_attribute,
    read_number_input,
)

MOST = 1_000
MOST_FACTOR = 100
MOST_SESSIONS_DONE = 1_000
LEAST_WEIGHT = Fraction(1, 100)
MOST_WEIGHT = 100
ALL = 100
"""Percent, or points of percent."""
_NAMED = 3


def read_from_score(problems: ProblemCollector, node: Node) -> FromScore | None:
    """The base at the node that is worked out from a score."""
    entry = problems.load(FromScoreEntry, node)
    times = _part(problems, node.child("times"), 1)
    spread = _part(problems, node.child("spread"), 0)
    at_least = _part(problems, node.child("at least"), 1)
    if times is not None and times <= 0:
        problems.error(
            node.child("times").at(), "out-of-bounds", "A factor lies above 0. Write 0.5 or 1.2, say."
        )
        return None
    if times is None or spread is None or at_least is None or "score" not in entry:
        return None
    return FromScore(entry["score"], times, spread, at_least)


def _part(problems: ProblemCollector, node: Node, default: int, most: int = MOST_FACTOR) -> Number | None:
    if node.data is None:
        return default
    number = read_number(problems, node)
    return number if number is not None and in_bounds(problems, node, (number,), 0, most) else None


def read_from_progress(problems: ProblemCollector, words: Vocabulary, node: Node) -> FromProgress | None:
    """The plan made again from the improvement seen: how that is worked out, as said at the node."""
    entry = problems.load(FromProgressEntry, node)
    gains: Gains = entry.get("gains", "shrinking")
    improvement = read_number_input(problems, words, node.child("improvement"), whole=False, most=100)
    sessions = read_number_input(problems, words, node.child("sessions"), whole=True, most=MOST_SESSIONS_DONE)
    target = _target(problems, words, node.child("target"), gains) if "target" in entry else None
    margin = _part(problems, node.child("margin"), 0)
    expected = _expected(problems, words, node.child("expected"), gains)
    weight = _weight(problems, node)
    if improvement is None or sessions is None or target is None or margin is None:
        return None
    if expected is None or weight is None:
        return None
    return FromProgress(improvement, sessions, target, margin, gains, *expected, weight)


_WAYS: Mapping[Gains, tuple[str, str]] = {
    "shrinking": ("clears", "{clears: 75}"),
    "even": ("adds", "{adds: 6}"),
}
"""What is expected where gains add up so: its key, and such as what it is written."""


def _expected(
    problems: ProblemCollector, words: Vocabulary, node: Node, gains: Gains
) -> tuple[Number | None, AttributeRef | Number | None] | None:
    """What a course is expected to clear, and what a session to add: one of them, or nothing.

    None where it could not be read.
    """
    if node.data is None:
        return (None, None)
    entry = problems.load(ExpectedEntry, node)
    key, such_as = _WAYS[gains]
    wrong = next((name for name in ("clears", "adds") if name in entry and name != key), None)
    if wrong is not None:
        message = f'"{wrong}" does not go with gains: {gains}. Write expected: {such_as}, or other gains.'
        problems.error(node.child(wrong).key(), "expected-does-not-fit", message)
        return None
    if key not in entry:
        if isinstance(node.data, dict) and not node.data:
            message = f'"expected" is empty. Write expected: {such_as}, or remove it.'
            problems.error(node.at(), "expected-does-not-fit", message)
        return None
    part = node.child(key)
    if key == "adds":
        adds = _adds(problems, words, part)
        return None if adds is None else (None, adds)
    clears = read_number(problems, part)
    if clears is None:
        return None
    if 0 < clears < ALL:
        return (clears, None)
    message = '"clears" lies above 0 and below 100 percent: what a whole course should clear. Write 75, say.'
    problems.error(part.at(), "out-of-bounds", message)
    return None


def _adds(problems: ProblemCollector, words: Vocabulary, node: Node) -> AttributeRef | Number | None:
    """How many points of percent a session should add: a number, or an attribute."""
    if isinstance(node.data, str) and names_attribute(node.data):
        ref = read_attribute(problems, words, node, above_zero=True)
        values = [] if ref is None else numbers_of(words.inputs[ref.input].attributes[ref.attribute].values)
    else:
        number = read_number(problems, node)
        ref, values = None, [] if number is None else [number]
        if number is not None and 0 < number <= ALL:
            return number
    if any(not 0 < value <= ALL for value in values):
        message = '"adds" lies above 0 and is at most 100 points of percent. Write 6, say.'
        problems.error(node.at(), "out-of-bounds", message)
        return None
    return ref


def _weight(problems: ProblemCollector, node: Node) -> Number | None:
    """Of how many sessions the expectation has the weight; 0 without one, None where it can't be read."""
    part = node.child("weight")
    if part.data is None:
        return 2 if node.has("expected") else 0
    if not node.has("expected"):
        message = '"weight" goes with "expected": add expected: {clears: 75}, say, or remove weight.'
        problems.error(part.key(), "expected-does-not-fit", message)
        return None
    weight = read_number(problems, part)
    if weight is None:
        return None
    if LEAST_WEIGHT <= weight <= MOST_WEIGHT and (weight * 100).denominator == 1:
        return weight
    message = '"weight" lies between 0.01 and 100, with two decimals at most. Write 2, say.'
    problems.error(part.at(), "out-of-bounds", message)
    return None


def read_when_slow(problems: ProblemCollector, words: Vocabulary, node: Node) -> WhenSlow | None:
    """When the last sessions gave too little, and what is said then, as written at the node."""
    entry = problems.load(WhenSlowEntry, node)
    gain = read_number_input(problems, words, node.child("gain"), whole=False, most=ALL)
    over = read_number(problems, node.child("over")) if "over" in entry else None
    share = read_number(problems, node.child("share")) if "share" in entry else None
    if over is not None and not (isinstance(over, int) and 1 <= over <= MOST_SESSIONS_DONE):
        message = f'"over" is a whole number of sessions from 1 to {MOST_SESSIONS_DONE:,}. Write 2, say.'
        problems.error(node.child("over").at(), "out-of-bounds", message)
        over = None
    if share is not None and not 0 < share <= ALL:
        message = '"share" lies above 0 and is at most 100 percent. Write 33, say.'
        problems.error(node.child("share").at(), "out-of-bounds", message)
        share = None
    if gain is None or over is None or share is None or "text" not in entry:
        return None
    return WhenSlow(gain, int(over), share, entry["text"])


def _target(
    problems: ProblemCollector, words: Vocabulary, node: Node, gains: Gains
) -> str | AttributeRef | Number | None:
    if is_number(node.data):
        number = read_number(problems, node)
        return number if number is not None and _can_be_reached(problems, node, [number], gains) else None
    if names_attribute(str(node.data)):
        ref = read_attribute(problems, words, node)
        if ref is None:
            return None
        values = numbers_of(words.inputs[ref.input].attributes[ref.attribute].values)
        return ref if _can_be_reached(problems, node, values, gains) else None
    name = read_number_input(problems, words, node, whole=False, most=ALL)
    if name is None:
        return None
    domain = words.inputs[name].domain
    ends = [value for value in (domain.low, domain.high) if value]
    return name if _can_be_reached(problems, node, ends, gains, of_input=True) else None


def _can_be_reached(
    problems: ProblemCollector, node: Node, values: list[Number], gains: Gains, *, of_input: bool = False
) -> bool:
    """Whether a target of so many percent can be reached where gains add up so."""
    even = gains == "even"
    if all(0 < value < ALL or (even and value == ALL) for value in values):
        return True
    mend = "Mend the bounds of the input." if of_input else "Write 95, say."
    if even:
        message = f"A target lies above 0 and is at most 100 percent. {mend}"
    else:
        message = (
            "A target lies above 0 and below 100 percent, for a session never clears all that is left. "
            f"{mend}"
        )
    problems.error(node.at(), "impossible-target", message)
    return False


def read_range(problems: ProblemCollector, node: Node) -> Triple | None:
    """The range of sessions or weeks at the node."""
    triple = read_triple(problems, node, whole_middle=True)
    if triple is None or not in_bounds(problems, node, (triple.min, triple.max), 0, MOST):
        return None
    return triple


def read_weeks_of_visits(problems: ProblemCollector, node: Node) -> Triple | None:
    """The range of weeks at the node, after which somebody comes again: a week at least."""
    triple = read_range(problems, node)
    if triple is not None and triple.min < 1:
        message = f"{node.name()} is a week at least, not {written(triple.min)}. Write 1 or more."
        problems.error(node.at(), "out-of-bounds", message, since=2)
    return triple


def read_bounded_range(
    problems: ProblemCollector, words: Vocabulary, node: Node, effect: Effect
) -> Triple | None:
    """The range at the node, within the limits of the ruleset."""
    triple = read_range(problems, node)
    limits = words.own_limits.of(effect.quantity) if words.own_limits else None
    if triple is None or limits is None:
        return triple
    low, high = limits
    if triple.min < low or triple.max > high:
        message = f"{node.name()} lies outside the limits of the ruleset, {low} to {high}. Mend one of them."
        problems.error(node.at(), "outside-limits", message)
    return triple


def warn_of_narrower(
    problems: ProblemCollector, node: Node, limits: Limits, given: Sequence[tuple[str, Effects]]
) -> None:
    """Warn at a clinic's ``limits`` where rules that it takes over, by id, give bases outside of them."""
    for effect in effects(where=lambda effect: effect.value == "bounded range"):
        key, bounds = effect.key, limits.of(effect.quantity)
        if bounds is None:
            continue
        low, high = bounds
        bases = [(name, getattr(then, effect.name)) for name, then in given]
        outside = [name for name, base in bases if base and (base.min < low or base.max > high)]
        if outside and node.has(key):
            more = f" and {len(outside) - _NAMED} more" if len(outside) > _NAMED else ""
            message = (
                f"Rules that are taken over have {key} outside {low} to {high}: "
                f"{', '.join(outside[:_NAMED])}{more}. Widen the limits, or replace these rules."
            )
            problems.warning(node.child(key).at(), "outside-limits", message)


def in_bounds(
    problems: ProblemCollector, node: Node, numbers: tuple[Number, ...], low: int, high: int
) -> bool:
    """Whether all the numbers lie between two bounds; a problem is noted where one does not."""
    outside = next((number for number in numbers if not low <= number <= high), None)
    if outside is None:
        return True
    message = f"{node.name()} must lie between {low:,} and {high:,}: {written(outside)} does not."
    problems.error(node.at(), "out-of-bounds", message)
    return False


def read_factor(
    problems: ProblemCollector, words: Vocabulary, node: Node
) -> Number | Triple | AttributeRef | None:
    """The factor at the node: above 0."""
    if isinstance(node.data, str) and names_attribute(node.data):
        return read_attribute(problems, words, node, above_zero=True)
    value = _number_or_range(problems, node, whole_middle=False)
    if value is None:
        return None
    least, most = (value.min, value.max) if isinstance(value, Triple) else (value, value)
    if least <= 0 or most > MOST_FACTOR:
        problems.error(
            node.at(),
            "out-of-bounds",
            f"A factor lies above 0 and is at most {MOST_FACTOR}. Write 0.5 or 1.2, say.",
        )
        return None
    return value


def read_amount(
    problems: ProblemCollector, words: Vocabulary, node: Node, effect: Effect
) -> Number | Triple | AttributeRef | None:
    """The amount at the node, which is added: a number or a range, also below 0, or an attribute."""
    if isinstance(node.data, str) and names_attribute(node.data):
        if effect.attribute:
            return read_attribute(problems, words, node)
        message = f'"{effect.key}" takes a number or a range, no attribute. Write a rule for each number.'
        problems.error(node.at(), "not-a-number", message)
        return None
    if _is_of_percent(problems, node, effect):
        return None
    value = _number_or_range(problems, node, whole_middle=True)
    if value is None:
        return None
    numbers = (value.min, value.max) if isinstance(value, Triple) else (value,)
    return value if in_bounds(problems, node, numbers, -MOST, MOST) else None


def _is_of_percent(problems: ProblemCollector, node: Node, effect: Effect) -> bool:
    """Whether percent are added where sessions or weeks are; the problem names what multiplies."""
    said = number_in_text(node.data) if isinstance(node.data, str) else None
    if said is None or not said.of_percent:
        return False
    factor = next((other.key for other in effects("factor", quantity=effect.quantity)), None)
    times = replace(said, plus=True).as_factor().text
    mend = f"For so much more write {factor}: {times} instead." if factor else "Write how many, such as 2."
    message = f'"{shown(node.data)}" is not a number or a range: "{effect.key}" adds, and not by percent.'
    problems.error(node.at(), "not-a-number", f"{message} {mend}")
    return True


def _number_or_range(problems: ProblemCollector, node: Node, *, whole_middle: bool) -> Number | Triple | None:
    if is_number(node.data):
        return read_number(problems, node)
    return read_triple(problems, node, whole_middle=whole_middle)


def read_cap(
    problems: ProblemCollector, words: Vocabulary, node: Node, effect: Effect
) -> Number | AttributeRef | None:
    """The cap at the node: a whole number, not under the lower limit."""
    if isinstance(node.data, str) and names_attribute(node.data):
        return read_attribute(problems, words, node, above_zero=True)
    number = read_number(problems, node, "count")
    if number is None or not in_bounds(problems, node, (number,), -MOST, MOST):
        return None
    if not _is_whole(problems, node, effect, number):
        return None
    limits = words.limits.of(effect.quantity) if words.limits else None
    if limits and number < limits[0]:
        message = f'"{effect.key}" {number} is under the lower limit of {limits[0]}. Raise it.'
        problems.error(node.at(), "outside-limits", message)
        return None
    return number


def read_weeks(problems: ProblemCollector, node: Node, effect: Effect) -> int | None:
    """The whole number of weeks at the node."""
    number = read_number(problems, node, "count")
    if number is None or not in_bounds(problems, node, (number,), 1, MOST):
        return None
    return int(number) if _is_whole(problems, node, effect, number) else None


def _is_whole(problems: ProblemCollector, node: Node, effect: Effect, number: Number) -> bool:
    """Whether the number is whole; a problem is noted where it is not."""
    if isinstance(number, int):
        return True
    problems.error(node.at(), "not-whole", f'"{effect.key}" is a whole number. Write {int(number)}.')
    return False

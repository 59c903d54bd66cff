"""The numbers in a rule's effects: ranges, factors, additions, caps, and bases that are worked out."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.language import Effect, effects
from schemas.ruleset_files import FromProgressEntry, FromScoreEntry
from service.model.number import Number, Triple
from service.model.ruleset import AttributeRef, Effects, FromProgress, FromScore, Limits
from service.reading.node import Node
from service.reading.problem_collector import ProblemCollector
from service.reading.ranges import read_number, read_triple
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
    """What remains, by the improvement seen: how that is worked out, as said at the node."""
    entry = problems.load(FromProgressEntry, node)
    improvement = read_number_input(problems, words, node.child("improvement"), whole=False, most=100)
    sessions = read_number_input(problems, words, node.child("sessions"), whole=True, most=MOST_SESSIONS_DONE)
    target = _target(problems, words, node.child("target")) if "target" in entry else None
    margin = _part(problems, node.child("margin"), 0)
    if improvement is None or sessions is None or target is None or margin is None:
        return None
    return FromProgress(improvement, sessions, target, margin)


def _target(problems: ProblemCollector, words: Vocabulary, node: Node) -> str | AttributeRef | Number | None:
    if is_number(node.data):
        number = read_number(problems, node)
        return number if number is not None and _can_be_reached(problems, node, [number]) else None
    if names_attribute(str(node.data)):
        ref = read_attribute(problems, words, node)
        if ref is None:
            return None
        values = numbers_of(words.inputs[ref.input].attributes[ref.attribute].values)
        return ref if _can_be_reached(problems, node, values) else None
    name = read_number_input(problems, words, node, whole=False, most=100)
    if name is None:
        return None
    domain = words.inputs[name].domain
    return (
        name
        if _can_be_reached(problems, node, [v for v in (domain.low, domain.high) if v], of_input=True)
        else None
    )


def _can_be_reached(
    problems: ProblemCollector, node: Node, values: list[Number], *, of_input: bool = False
) -> bool:
    """Whether a target of so many percent can be reached by clearing a share of what is left each time."""
    if all(0 < value < 100 for value in values):
        return True
    mend = "Mend the bounds of the input." if of_input else "Write 95, say."
    message = (
        f"A target lies above 0 and below 100 percent, for a session never clears all that is left. {mend}"
    )
    problems.error(node.at(), "impossible-target", message)
    return False


def read_range(problems: ProblemCollector, node: Node) -> Triple | None:
    """The range of sessions or weeks at the node."""
    triple = read_triple(problems, node, whole_middle=True)
    if triple is None or not in_bounds(problems, node, (triple.min, triple.max), 0, MOST):
        return None
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
    if all(low <= number <= high for number in numbers):
        return True
    problems.error(node.at(), "out-of-bounds", f"{node.name()} must lie between {low:,} and {high:,}.")
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
    value = _number_or_range(problems, node, whole_middle=True)
    if value is None:
        return None
    numbers = (value.min, value.max) if isinstance(value, Triple) else (value,)
    return value if in_bounds(problems, node, numbers, -MOST, MOST) else None


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
    number = read_number(problems, node)
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
    number = read_number(problems, node)
    if number is None or not in_bounds(problems, node, (number,), 1, MOST):
        return None
    return int(number) if _is_whole(problems, node, effect, number) else None


def _is_whole(problems: ProblemCollector, node: Node, effect: Effect, number: Number) -> bool:
    """Whether the number is whole; a problem is noted where it is not."""
    if isinstance(number, int):
        return True
    problems.error(node.at(), "not-whole", f'"{effect.key}" is a whole number. Write {int(number)}.')
    return False

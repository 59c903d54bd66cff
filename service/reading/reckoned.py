"""Bases that are worked out: from a score, and from the progress so far."""

from __future__ import annotations

from schemas.ruleset_files import FromProgressEntry, FromScoreEntry
from service.model.number import Number
from service.model.ruleset import AttributeRef, FromProgress, FromScore
from service.reading.amounts import MOST_FACTOR, in_bounds
from service.reading.findings import Findings
from service.reading.ranges import read_number
from service.reading.spot import Spot
from service.reading.vocabulary import (
    Vocabulary,
    is_number,
    names_attribute,
    numbers_of,
    read_attribute,
    read_number_input,
)

MOST_SESSIONS_DONE = 1_000


def read_from_score(found: Findings, _words: Vocabulary, spot: Spot) -> FromScore | None:
    """``sessions from score``."""
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
    """``remaining from progress``."""
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

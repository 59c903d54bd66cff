"""What a rule adds to what is known: conclusions and points."""

from __future__ import annotations

from schemas.ruleset_fields import id_mistake, yes_or_no
from service.model.number import Number
from service.model.problem import quoted, shown
from service.model.ruleset import AttributeRef
from service.reading.amounts import in_bounds
from service.reading.findings import Findings
from service.reading.ranges import read_number
from service.reading.spot import Spot
from service.reading.vocabulary import Vocabulary, names_attribute, read_attribute

MOST_POINTS = 1_000_000

Conclusions = tuple[tuple[str, str | bool], ...]
Points = tuple[tuple[str, tuple[Number | AttributeRef, ...]], ...]


def read_conclusions(found: Findings, words: Vocabulary, spot: Spot, unread: set[str]) -> Conclusions:
    """``conclude``: sorted by name; ``unread`` gets the keys of those that could not be read."""
    if not _has_entries(found, spot, "high_risk: yes"):
        unread.add("conclusions")
        return ()
    concluded: list[tuple[str, str | bool]] = []
    for name, below in spot.entries():
        mistake = id_mistake(name)
        if mistake:
            found.error(below.key(), "bad-id", f'"{shown(name)}" {mistake}')
            unread.add(f"conclusions.{name}")
            continue
        level = _level(found, words, name, below)
        if level is None:
            unread.add(f"conclusions.{name}")
        else:
            concluded.append((name, level))
    return tuple(sorted(concluded, key=lambda one: one[0]))


def _level(found: Findings, words: Vocabulary, name: str, spot: Spot) -> str | bool | None:
    if f"conclusions.{name}" in words.unread or "conclusions" in words.unread:
        return None
    if spot.data is None:
        found.error(spot.key(), "missing-value", f'"{name}" has no value. Write yes, or a level.')
        return None
    text = spot.data.strip() if isinstance(spot.data, str) else None
    levels = words.conclusion_levels.get(name)
    if levels is not None:
        if text in levels:
            return text
        word = shown(text) if text is not None else "This"
        mend = found.near(word, levels) or f" Write {quoted(levels)}."
        found.error(spot.at(), "unknown-level", f'"{word}" is not a level of {name}.{mend}')
        return None
    flag = yes_or_no(text)
    if flag:
        return True
    if flag is False:
        message = f'A flag is concluded as yes only; "{name}" is no where no rule concludes it. Remove this.'
        found.error(spot.at(), "flag-not-yes", message)
        return None
    mend = (
        found.near(name, words.conclusion_levels)
        or " For levels, declare them in ruleset.yaml under conclusions."
    )
    found.error(spot.at(), "unknown-level", f'"{name}" has no levels and is concluded as yes only.{mend}')
    return None


def read_points(found: Findings, words: Vocabulary, spot: Spot, unread: set[str]) -> Points:
    """``points``: sorted by score; ``unread`` gets the keys of those that could not be read."""
    if not _has_entries(found, spot, "kirby_desai: 3"):
        unread.add("scores")
        return ()
    scores: list[tuple[str, tuple[Number | AttributeRef, ...]]] = []
    for name, below in spot.entries():
        mistake = id_mistake(name)
        if mistake:
            found.error(below.key(), "bad-id", f'"{shown(name)}" {mistake}')
        points = _points(found, words, below)
        if mistake or points is None:
            unread.add(f"scores.{name}")
        else:
            scores.append((name, points))
    return tuple(sorted(scores, key=lambda score: score[0]))


def _points(found: Findings, words: Vocabulary, spot: Spot) -> tuple[Number | AttributeRef, ...] | None:
    if spot.data == []:
        found.error(spot.at(), "empty-list", "The list is empty. Write at least one number.")
        return None
    items = list(spot.items()) if isinstance(spot.data, list) else [spot]
    read = [_point(found, words, item) for item in items]
    points = tuple(point for point in read if point is not None)
    return points if len(points) == len(read) else None


def _point(found: Findings, words: Vocabulary, spot: Spot) -> Number | AttributeRef | None:
    if isinstance(spot.data, str) and names_attribute(spot.data):
        return read_attribute(found, words, spot)
    number = read_number(found, spot)
    if number is None or not in_bounds(found, spot, (number,), -MOST_POINTS, MOST_POINTS):
        return None
    return number


def _has_entries(found: Findings, spot: Spot, such_as: str) -> bool:
    if isinstance(spot.data, dict) and spot.data:
        return True
    if isinstance(spot.data, dict):
        found.error(spot.at(), "empty-mapping", f"{spot.name()} is empty. Write what, such as {such_as}.")
    else:
        found.error(spot.at(), "wrong-type", f"{spot.name()} must be a mapping, such as {such_as}.")
    return False

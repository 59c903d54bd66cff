"""A rule's ``then`` -> effects, each held against the questions, limits and texts it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from schemas.language import EFFECTS, VERDICTS, Effect, Quantity, Value, covers, effects
from schemas.ruleset_fields import id_mistake, yes_or_no
from schemas.ruleset_files import EffectsEntry
from service.model.number import Number
from service.model.problem import quoted, shown
from service.model.ruleset import AttributeRef, Effects
from service.reading.amounts import (
    in_bounds,
    read_amount,
    read_bounded_range,
    read_cap,
    read_factor,
    read_from_progress,
    read_from_score,
    read_range,
)
from service.reading.findings import Findings
from service.reading.ranges import read_number
from service.reading.spot import Spot
from service.reading.vocabulary import Vocabulary, names_attribute, read_attribute

MOST_POINTS = 1_000_000

Conclusions = tuple[tuple[str, str | bool], ...]
Points = tuple[tuple[str, tuple[Number | AttributeRef, ...]], ...]


@dataclass(frozen=True, slots=True)
class _Then:
    """A ``then`` being read: its texts and words as loaded, and the keys of facts that could not be read."""

    found: Findings
    words: Vocabulary
    entry: Mapping[str, Any]
    unread: set[str] = field(default_factory=set)


def read_effects(found: Findings, words: Vocabulary, spot: Spot) -> tuple[Effects, frozenset[str]]:
    """What the rule does; effects that could not be read are left out, their problems noted.

    With it come the keys of the conclusions and scores that it would add to, could they be read.
    """
    if spot.data == {}:
        message = '"then" is empty. Write at least one effect, such as sessions: 3 to 5.'
        found.error(spot.at(), "empty-then", message)
        return Effects(), frozenset()
    then = _Then(found, words, found.load(EffectsEntry, spot))
    read = {
        effect.name: _READERS[effect.value](then, effect, spot.child(effect.key))
        for effect in EFFECTS.values()
        if spot.child(effect.key).data is not None
    }
    _contradictions(found, spot)
    return Effects(**read), frozenset(then.unread)


def gives_a_number(spot: Spot) -> bool:
    """Whether the ``then`` at the spot holds a number that needs support, be it rightly written or not."""
    return any(spot.has(effect.key) for effect in _SUPPORTED)


def withholding(spot: Spot) -> Effect | None:
    """The first effect of the ``then`` at the spot beside which there are no numbers."""
    return next((effect for effect in _WITHHOLDING if spot.has(effect.key)), None)


_SUPPORTED = effects(where=lambda effect: effect.needs_support)
_WITHHOLDING = sorted(
    effects(where=lambda effect: effect.withholds),
    key=lambda effect: VERDICTS.index(effect.verdict) if effect.verdict else len(VERDICTS),
)


def _contradictions(found: Findings, spot: Spot) -> None:
    """Effects that can't stand in one rule."""
    for quantity in get_args(Quantity):
        bases = [effect.key for effect in effects("base", quantity=quantity) if spot.has(effect.key)]
        if len(bases) > 1:
            message = f"A rule gives one base: keep {quoted(bases)}."
            found.error(spot.child(bases[1]).key(), "conflicting-effects", message)
    without = withholding(spot)
    number = next((effect.key for effect in _SUPPORTED if spot.has(effect.key)), None)
    if without and number:
        message = f'"{without.key}" means no numbers: put "{number}" in a rule of its own, or remove it.'
        found.error(spot.child(number).key(), "conflicting-effects", message)
    for effect in effects(where=lambda effect: effect.goes_with is not None):
        key, other = effect.key, EFFECTS[effect.goes_with or ""].key
        if spot.has(key) and not spot.has(other):
            message = f'"{key}" goes with "{other}": add {other}, or remove {key}.'
            found.error(spot.child(key).key(), f"{key}-without-{other}".replace(" ", "-"), message)


def _text(then: _Then, effect: Effect, _spot: Spot) -> str | None:
    return then.entry.get(effect.name)


def _choice(then: _Then, effect: Effect, _spot: Spot) -> str | None:
    choice = then.entry.get(effect.name)
    return None if choice is None else choice.replace(" ", "_")


def _ids(then: _Then, effect: Effect, spot: Spot) -> tuple[str, ...]:
    known, noun = then.words.ids[effect.name], effect.key.removesuffix("s")
    named: list[str] = []
    for item in spot.items():
        word = item.data.strip() if isinstance(item.data, str) else None
        if word is None:
            message = f"A {noun} is named by its id: [cumulative, collagen]."
            then.found.error(item.at(), "wrong-type", message)
        elif word in named:
            then.found.warning(item.at(), "said-twice", f'"{shown(word)}" stands here twice. Keep one.')
        elif word in known:
            named.append(word)
        elif effect.key not in then.words.unread:
            mend = then.found.near(word, known) or f" Add it under {effect.key} in ruleset.yaml."
            message = f'"{shown(word)}" is not a {noun}.{mend}'
            then.found.error(item.at(), f"unknown-{noun}", message)
    return tuple(named)


def _conclusions(then: _Then, _effect: Effect, spot: Spot) -> Conclusions:
    found, unread = then.found, then.unread
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
        level = _level(found, then.words, name, below)
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


def _scores(then: _Then, _effect: Effect, spot: Spot) -> Points:
    found, unread = then.found, then.unread
    if not _has_entries(found, spot, "kirby_desai: 3"):
        unread.add("scores")
        return ()
    scores: list[tuple[str, tuple[Number | AttributeRef, ...]]] = []
    for name, below in spot.entries():
        mistake = id_mistake(name)
        if mistake:
            found.error(below.key(), "bad-id", f'"{shown(name)}" {mistake}')
        points = _points(found, then.words, below)
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


_READERS: dict[Value, Callable[[_Then, Effect, Spot], Any]] = {
    "text": _text,
    "choice": _choice,
    "ids": _ids,
    "range": lambda then, _, spot: read_range(then.found, spot),
    "bounded range": lambda then, effect, spot: read_bounded_range(then.found, then.words, spot, effect),
    "amount": lambda then, effect, spot: read_amount(then.found, then.words, spot, effect),
    "factor": lambda then, _, spot: read_factor(then.found, then.words, spot),
    "cap": lambda then, effect, spot: read_cap(then.found, then.words, spot, effect),
    "score": lambda then, _, spot: read_from_score(then.found, spot),
    "progress": lambda then, _, spot: read_from_progress(then.found, then.words, spot),
    "level": _conclusions,
    "points": _scores,
}
covers(_READERS, get_args(Value), "readers of effects")

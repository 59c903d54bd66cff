"""A rule's ``then`` -> effects, each held against the questions, limits and texts it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from schemas.language import EFFECTS, MOMENTS, VERDICTS, Effect, Quantity, Value, covers, effects
from schemas.ruleset_fields import id_mistake, yes_or_no
from schemas.ruleset_files import EffectsEntry, MomentsEntry
from service.model.number import Number
from service.model.problem import quoted, shown
from service.model.ruleset import AttributeRef, Effects, TextsByMoment
from service.reading.amounts import (
    in_bounds,
    read_amount,
    read_bounded_range,
    read_cap,
    read_factor,
    read_from_progress,
    read_from_score,
    read_weeks,
    read_weeks_of_visits,
    read_when_slow,
)
from service.reading.node import Node
from service.reading.parsed_test import names_attribute
from service.reading.problem_collector import ProblemCollector
from service.reading.ranges import read_number
from service.reading.vocabulary import Vocabulary, read_attribute
from service.reading.yaml_text import as_pair

MOST_POINTS = 1_000_000

Conclusions = tuple[tuple[str, str | bool], ...]
Points = tuple[tuple[str, tuple[Number | AttributeRef, ...]], ...]


@dataclass(frozen=True, slots=True)
class _Then:
    """A ``then`` being read: its texts and words as loaded, and the keys of facts that could not be read."""

    problems: ProblemCollector
    words: Vocabulary
    entry: Mapping[str, Any]
    unread: set[str] = field(default_factory=set)


def read_effects(problems: ProblemCollector, words: Vocabulary, node: Node) -> tuple[Effects, frozenset[str]]:
    """What the rule does; effects that could not be read are left out, their problems noted.

    With it come the keys of the conclusions and scores that it would add to, could they be read.
    """
    if node.data == {}:
        message = '"then" is empty. Write at least one effect, such as sessions: 3 to 5.'
        problems.error(node.at(), "empty-then", message)
        return Effects(), frozenset()
    then = _Then(problems, words, problems.load(EffectsEntry, node))
    read = {
        effect.name: _READERS[effect.value](then, effect, node.child(effect.key))
        for effect in EFFECTS.values()
        if node.child(effect.key).data is not None
    }
    _contradictions(problems, node)
    return Effects(**read), frozenset(then.unread)


def gives_a_number(node: Node) -> bool:
    """Whether the ``then`` at the node holds a number that needs support, be it rightly written or not."""
    return any(node.has(effect.key) for effect in _SUPPORTED)


def withholding(node: Node) -> Effect | None:
    """The first effect of the ``then`` at the node beside which there are no numbers."""
    return next((effect for effect in _WITHHOLDING if node.has(effect.key)), None)


_SUPPORTED = effects(where=lambda effect: effect.needs_support)
_WITHHOLDING = sorted(
    effects(where=lambda effect: effect.withholds),
    key=lambda effect: VERDICTS.index(effect.verdict) if effect.verdict else len(VERDICTS),
)


def _contradictions(problems: ProblemCollector, node: Node) -> None:
    """Effects that can't stand in one rule."""
    for quantity in get_args(Quantity):
        bases = [effect.key for effect in effects("base", quantity=quantity) if node.has(effect.key)]
        if len(bases) > 1:
            message = f"A rule gives one base: keep {quoted(bases)}."
            problems.error(node.child(bases[1]).key(), "conflicting-effects", message)
    without = withholding(node)
    number = next((effect.key for effect in _SUPPORTED if node.has(effect.key)), None)
    if without and number:
        message = f'"{without.key}" means no numbers: put "{number}" in a rule of its own, or remove it.'
        problems.error(node.child(number).key(), "conflicting-effects", message)
    for effect in effects(where=lambda effect: effect.goes_with is not None):
        key, other = effect.key, EFFECTS[effect.goes_with or ""].key
        if node.has(key) and not node.has(other):
            message = f'"{key}" goes with "{other}": add {other}, or remove {key}.'
            problems.error(node.child(key).key(), f"{key}-without-{other}".replace(" ", "-"), message)


def _text(then: _Then, effect: Effect, _spot: Node) -> str | None:
    return then.entry.get(effect.name)


def _choice(then: _Then, effect: Effect, _spot: Node) -> str | None:
    choice = then.entry.get(effect.name)
    return None if choice is None else choice.replace(" ", "_")


def _ids(then: _Then, effect: Effect, node: Node) -> tuple[str, ...]:
    known, noun = then.words.ids[effect.name], effect.key.removesuffix("s")
    named: list[str] = []
    for item in node.items():
        word = item.data.strip() if isinstance(item.data, str) else None
        if word is None:
            message = f"A {noun} is named by its id: [cumulative, collagen]."
            then.problems.error(item.at(), "wrong-type", message)
        elif word in named:
            then.problems.warning(item.at(), "said-twice", f'"{shown(word)}" stands here twice. Keep one.')
        elif word in known:
            named.append(word)
        elif effect.key not in then.words.unread:
            mend = then.problems.near(word, known) or f" Add it under {effect.key} in ruleset.yaml."
            message = f'"{shown(word)}" is not a {noun}.' + mend
            then.problems.error(item.at(), f"unknown-{noun}", message)
    return tuple(named)


def _moments(then: _Then, effect: Effect, node: Node) -> TextsByMoment:
    """A text at no certain moment, or one for each moment that is named."""
    said = then.entry.get(effect.name)
    if isinstance(said, str):
        return ((None, said),)
    if said is None or not _has_entries(then.problems, node, "before: Come without make-up"):
        return ()
    texts = then.problems.load(MomentsEntry, node)
    return tuple((moment, texts[moment]) for moment in MOMENTS if moment in texts)


def _conclusions(then: _Then, _effect: Effect, node: Node) -> Conclusions:
    problems, unread = then.problems, then.unread
    if not _has_entries(problems, node, "high_risk: yes"):
        unread.add("conclusions")
        return ()
    concluded: list[tuple[str, str | bool]] = []
    for name, below in node.entries():
        mistake = id_mistake(name)
        if mistake:
            problems.bad_id(below.key(), name, mistake)
            unread.add(f"conclusions.{name}")
            continue
        level = _level(problems, then.words, name, below)
        if level is None:
            unread.add(f"conclusions.{name}")
        else:
            concluded.append((name, level))
    return tuple(sorted(concluded, key=lambda one: one[0]))


def _level(problems: ProblemCollector, words: Vocabulary, name: str, node: Node) -> str | bool | None:
    if f"conclusions.{name}" in words.unread or "conclusions" in words.unread:
        return None
    if node.data is None:
        problems.error(node.key(), "missing-value", f'"{name}" has no value. Write yes, or a level.')
        return None
    text = node.data.strip() if isinstance(node.data, str) else None
    levels = words.conclusion_levels.get(name)
    if levels is not None:
        if text in levels:
            return text
        word = shown(text) if text is not None else "This"
        mend = problems.near(word, levels) or f" Write {quoted(levels)}."
        problems.error(node.at(), "unknown-level", f'"{word}" is not a level of {name}.' + mend)
        return None
    flag = yes_or_no(text)
    if flag:
        return True
    if flag is False:
        message = f'A flag is concluded as yes only; "{name}" is no where no rule concludes it. Remove this.'
        problems.error(node.at(), "flag-not-yes", message)
        return None
    mend = (
        problems.near(name, words.conclusion_levels)
        or " For levels, declare them in ruleset.yaml under conclusions."
    )
    problems.error(node.at(), "unknown-level", f'"{name}" has no levels and is concluded as yes only.' + mend)
    return None


def _scores(then: _Then, _effect: Effect, node: Node) -> Points:
    problems, unread = then.problems, then.unread
    if not _has_entries(problems, node, "kirby_desai: 3"):
        unread.add("scores")
        return ()
    scores: list[tuple[str, tuple[Number | AttributeRef, ...]]] = []
    for name, below in node.entries():
        mistake = id_mistake(name)
        if mistake:
            problems.bad_id(below.key(), name, mistake)
        points = _points(problems, then.words, below)
        if mistake or points is None:
            unread.add(f"scores.{name}")
        else:
            scores.append((name, points))
    return tuple(sorted(scores, key=lambda score: score[0]))


def _points(
    problems: ProblemCollector, words: Vocabulary, node: Node
) -> tuple[Number | AttributeRef, ...] | None:
    if node.data == []:
        problems.error(node.at(), "empty-list", "The list is empty. Write at least one number.")
        return None
    items = list(node.items()) if isinstance(node.data, list) else [node]
    read = [_point(problems, words, item) for item in items]
    points = tuple(point for point in read if point is not None)
    return points if len(points) == len(read) else None


def _point(problems: ProblemCollector, words: Vocabulary, node: Node) -> Number | AttributeRef | None:
    if isinstance(node.data, str) and names_attribute(node.data):
        return read_attribute(problems, words, node)
    number = read_number(problems, node)
    if number is None or not in_bounds(problems, node, (number,), -MOST_POINTS, MOST_POINTS):
        return None
    return number


def _has_entries(problems: ProblemCollector, node: Node, such_as: str) -> bool:
    if isinstance(node.data, dict) and node.data:
        return True
    if isinstance(node.data, dict):
        problems.error(node.at(), "empty-mapping", f"{node.name()} is empty. Write what, such as {such_as}.")
    else:
        pair = as_pair(node.data) if isinstance(node.data, str) else ""
        written = f', not "{shown(node.data)}". Write {{{pair}}}.' if pair else "."
        problems.error(
            node.at(), "wrong-type", f"{node.name()} must be a mapping, such as {such_as}{written}"
        )
    return False


_READERS: dict[Value, Callable[[_Then, Effect, Node], Any]] = {
    "text": _text,
    "choice": _choice,
    "ids": _ids,
    "moments": _moments,
    "weeks": lambda then, effect, node: read_weeks(then.problems, node, effect),
    "range": lambda then, _, node: read_weeks_of_visits(then.problems, node),
    "bounded range": lambda then, effect, node: read_bounded_range(then.problems, then.words, node, effect),
    "amount": lambda then, effect, node: read_amount(then.problems, then.words, node, effect),
    "factor": lambda then, _, node: read_factor(then.problems, then.words, node),
    "cap": lambda then, effect, node: read_cap(then.problems, then.words, node, effect),
    "score": lambda then, _, node: read_from_score(then.problems, node),
    "progress": lambda then, _, node: read_from_progress(then.problems, then.words, node),
    "slow": lambda then, _, node: read_when_slow(then.problems, then.words, node),
    "level": _conclusions,
    "sums": _scores,
}
covers(_READERS, get_args(Value), "readers of effects")

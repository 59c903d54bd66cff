"""The rules that fired, their effects gathered by what they do, and the facts that they add.

Those facts are conclusions and scores, on which further rules fire (forward chaining).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from schemas.language import Category, Effect, Quantity, effects
from service.model.condition import Value
from service.model.number import Number
from service.model.ruleset import AttributeRef, Rule, Ruleset

Given = tuple[Rule, Any]
"""A fired rule, and the value of one of its effects."""


class Effective:
    """What each rule of a ruleset does, so that the effects of those that fired are gathered in one pass."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._rules = ruleset.rules
        self._present: tuple[tuple[tuple[str, Any], ...], ...] = tuple(
            tuple((effect.name, value) for effect, value in rule.then.present()) for rule in ruleset.rules
        )

    def of(self, fired: Iterable[int]) -> Fired:
        """The rules at these places, which must ascend, and their effects."""
        rules: list[Rule] = []
        by_kind: dict[str, list[Given]] = {}
        for index in fired:
            rule = self._rules[index]
            rules.append(rule)
            for name, value in self._present[index]:
                if name in by_kind:
                    by_kind[name].append((rule, value))
                else:
                    by_kind[name] = [(rule, value)]
        return Fired(rules, by_kind)


class Fired:
    """The rules that fired, in the ruleset's order."""

    __slots__ = ("_by_kind", "rules")

    def __init__(self, rules: list[Rule], by_kind: dict[str, list[Given]]) -> None:
        self.rules = rules
        self._by_kind = by_kind

    def of(self, effect: Effect) -> Sequence[Given]:
        """Each fired rule that has the effect, with its value, in the ruleset's order."""
        return self._by_kind.get(effect.name, ())

    def each(self, category: Category, quantity: Quantity | None = None) -> Sequence[Given]:
        """The same for all effects of a category, on one quantity; the effects in the language's order."""
        return [given for name in _named(category, quantity) for given in self._by_kind.get(name, ())]

    def only(self, kept: Iterable[Effect]) -> Fired:
        """The same rules with these effects alone."""
        return Fired(self.rules, {effect.name: [*self.of(effect)] for effect in kept})


@cache
def _named(category: Category, quantity: Quantity | None) -> tuple[str, ...]:
    return tuple(effect.name for effect in effects(category, quantity=quantity))


def starting_facts(ruleset: Ruleset) -> dict[str, Value]:
    """What holds before any rule has fired: no flag is concluded, every score is 0."""
    facts: dict[str, Value] = {f"conclusions.{name}": False for name in ruleset.flags}
    return facts | {f"scores.{name}": 0 for name in ruleset.scores}


class Derived:
    """The conclusions and scores of one evaluation, as its rules fire."""

    def __init__(self, ruleset: Ruleset, facts: dict[str, Value]) -> None:
        """``facts`` is added to as rules fire."""
        self.facts = facts
        self._levels = ruleset.conclusion_levels
        self.unknown_scores: dict[str, dict[str, None]] = {}

    def add(self, fired: Iterable[Rule]) -> None:
        """Take over what these rules conclude and the points they give."""
        for rule in fired:
            for name, level in rule.then.conclude:
                self._conclude(name, level)
            for name, points in rule.then.points:
                self._score(name, points)

    def _conclude(self, name: str, level: str | bool) -> None:
        key = f"conclusions.{name}"
        held = self.facts.get(key)
        if level is True or not isinstance(held, str):
            self.facts[key] = level
        elif isinstance(level, str):
            order = self._levels[name]
            self.facts[key] = max(held, level, key=order.index)

    def _score(self, name: str, points: tuple[Number | AttributeRef, ...]) -> None:
        key = f"scores.{name}"
        for point in points:
            if isinstance(point, AttributeRef):
                value = self.facts.get(point.key)
                if value is None:
                    self.unknown_scores.setdefault(name, {})[point.input] = None
                    self.facts.pop(key, None)
                    continue
                point = value  # type: ignore[assignment]
            if name not in self.unknown_scores:
                self.facts[key] = self.facts[key] + point  # type: ignore[operator]


class Conclusions:
    """The conclusions of a ruleset as answers list them."""

    def __init__(self, ruleset: Ruleset) -> None:
        names = sorted({*ruleset.flags, *ruleset.conclusion_levels})
        self._facts = {name: f"conclusions.{name}" for name in names}

    def drawn(self, facts: Mapping[str, Value]) -> dict[str, str | bool]:
        """Flags that are yes, and levels."""
        drawn: dict[str, str | bool] = {}
        for name, fact in self._facts.items():
            value = facts.get(fact)
            if isinstance(value, str) or value is True:
                drawn[name] = value
        return drawn


def scored(ruleset: Ruleset, facts: Mapping[str, Value]) -> dict[str, Number | None]:
    """All scores of the ruleset, None where one is unknown."""
    return {name: facts.get(f"scores.{name}") for name in ruleset.scores}  # type: ignore[misc]

"""The rules that fired, with their effects gathered by what they do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from schemas.language import Category, Effect, Quantity, effects
from service.model.ruleset import Rule, Ruleset

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

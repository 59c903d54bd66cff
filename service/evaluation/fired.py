"""The rules that fired, with their effects gathered by kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from service.model.ruleset import Effects, Rule, Ruleset

Present = tuple[tuple[str, Any], ...]

_NAMES = tuple(member.name for member in fields(Effects))


class Effective:
    """What each rule of a ruleset does, so that the effects of those that fired are gathered in one pass."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._rules = ruleset.rules
        self._present: tuple[Present, ...] = tuple(_present(rule.then) for rule in ruleset.rules)

    def of(self, fired: Iterable[int]) -> Fired:
        """The rules at these places, which must ascend, and their effects."""
        rules: list[Rule] = []
        by_kind: dict[str, list[tuple[Rule, Any]]] = {}
        for index in fired:
            rule = self._rules[index]
            rules.append(rule)
            for name, value in self._present[index]:
                if name in by_kind:
                    by_kind[name].append((rule, value))
                else:
                    by_kind[name] = [(rule, value)]
        return Fired(rules, by_kind)


def _present(effects: Effects) -> Present:
    present = []
    for name in _NAMES:
        value = getattr(effects, name)
        if value is not None and value != ():
            present.append((name, value))
    return tuple(present)


class Fired:
    """The rules that fired, in the ruleset's order."""

    __slots__ = ("_by_kind", "rules")

    def __init__(self, rules: list[Rule], by_kind: dict[str, list[tuple[Rule, Any]]]) -> None:
        self.rules = rules
        self._by_kind = by_kind

    def effects(self, kind: str) -> Sequence[tuple[Rule, Any]]:
        """Each fired rule that has the effect, with the effect, in the ruleset's order."""
        return self._by_kind.get(kind, ())

"""Rules written as the rows of a table."""

from __future__ import annotations

from typing import Any

from schemas.language import EFFECTS
from tests.generated.choosing import Choices

_SHARED = ("because", "support", "evidence")
_RULE = ("id", "title", "when", "then", "because", "support", "evidence", "replaces")


def table(choices: Choices, called: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    """A table with a row for each rule; what all rules have alike may stand at the table."""
    made: dict[str, Any] = {"id": called, "rows": [_row(choices, rule) for rule in rules]}
    for key in _SHARED:
        values = [rule[key] for rule in rules if key in rule]
        if len(values) == len(rules) and all(value == values[0] for value in values) and choices.chance(50):
            made[key] = values[0]
            for row in made["rows"]:
                del row[key]
    for key in ("when", "then"):
        _share(choices, made, rules, key)
    return made


def _row(choices: Choices, rule: dict[str, Any]) -> dict[str, Any]:
    """Tests and effects as keys of the row, or under `when` and `then`."""
    row = {key: value for key, value in rule.items() if key not in ("when", "then")}
    tests, effects = dict(rule["when"]), dict(rule["then"])
    for key in list(tests):
        if key not in _RULE and key not in _EFFECTS and choices.chance(60):
            row[key] = tests.pop(key)
    for key in list(effects):
        if choices.chance(60):
            row[key] = effects.pop(key)
    return {**row, **({"when": tests} if tests else {}), **({"then": effects} if effects else {})}


_EFFECTS = tuple(effect.key for effect in EFFECTS.values())


def _share(choices: Choices, made: dict[str, Any], rules: list[dict[str, Any]], key: str) -> None:
    """Move what every rule says alike from the rows to the table."""
    shared = {
        name: value
        for name, value in rules[0][key].items()
        if all(name in rule[key] and rule[key][name] == value for rule in rules)
    }
    for name, value in shared.items():
        if choices.chance(70):
            made.setdefault(key, {})[name] = value
            for row in made["rows"]:
                row.pop(name, None)
                if key in row:
                    row[key].pop(name, None)
                    if not row[key]:
                        del row[key]

"""Tables written out: each row is one rule.

Reading taken. A key of a row that is an effect's or a rule's own is that; any other is a test.
"""

from __future__ import annotations

from typing import Any

from schemas.language import EFFECTS
from tests.reference.plain import name

_EFFECTS = tuple(effect.key for effect in EFFECTS.values())
_OWN = ("title", "because", "support", "evidence", "replaces")


def written_out(file: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules of a factor file, the rows of its tables among them, in the order of their lines."""
    rows = [_rule(table, row) for table in file.get("tables") or [] for row in table["rows"]]
    parts = {"rules": file.get("rules") or [], "tables": rows}
    return [rule for key in file if key in parts for rule in parts[key]]


def _rule(table: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """A row with what its table says of every row; tests of both must hold."""
    own = {key: part[key] for part in (table, row) for key in _OWN if key in part}
    kept = ("id", "when", "then", *_OWN, *_EFFECTS)
    tests = {key: test for key, test in row.items() if key not in kept}
    conditions = [one for one in (table.get("when"), row.get("when"), tests) if one]
    effects = {key: value for key, value in row.items() if key in _EFFECTS}
    return {
        **own,
        "id": f"{name(table['id'])}-{name(row['id'])}",
        "when": {"all": conditions},
        "then": {**(table.get("then") or {}), **(row.get("then") or {}), **effects},
    }

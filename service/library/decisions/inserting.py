"""Many rows in one statement, as each driver takes it.

A thread that writes gives way to all others at each call into the database: row by row, on a busy service,
that would take longer than writing them. Whoever writes the same row once more, unsure whether it came
through, adds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from service.library.decisions.logged import COLUMNS, Row

MOST_ROWS = 2_500
"""SQLite takes 32,766 values in a statement."""

_ALL = (*COLUMNS, "content", "sha256")
_INTO = f"INSERT INTO decisions ({', '.join(_ALL)})"
_AT_MOST_ONCE = "ON CONFLICT (decision_id) DO NOTHING"
_ARRAYS = ", ".join("%s::bytea[]" if name == "content" else "%s::text[]" for name in _ALL)
_FROM_ARRAYS = f"{_INTO} SELECT * FROM unnest({_ARRAYS}) {_AT_MOST_ONCE}"


def into_sqlite(rows: Sequence[Row]) -> tuple[str, list[object]]:
    """The statement and its values, at most ``MOST_ROWS`` rows."""
    return _values(len(rows)), [row[name] for row in rows for name in _ALL]


def into_postgresql(rows: Sequence[Row]) -> tuple[str, list[list[object]]]:
    """The statement, the same for any number of rows, and its values: an array a column."""
    return _FROM_ARRAYS, [[row[name] for row in rows] for name in _ALL]


@lru_cache(maxsize=512)
def _values(rows: int) -> str:
    one = f"({', '.join('?' * len(_ALL))})"
    return f"{_INTO} VALUES {', '.join([one] * rows)} {_AT_MOST_ONCE}"

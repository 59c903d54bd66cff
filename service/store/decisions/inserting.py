"""Many rows in one statement.

A thread that writes gives way to all others at each call into the database: row by row, on a busy service,
that would take longer than writing them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from service.store.decisions.logged import COLUMNS, CONTENTS, RETRY, Row

MOST_ROWS = 2_300
"""SQLite takes 32,766 values in a statement."""

_ALL = (*COLUMNS, *CONTENTS, "sha256", *RETRY)


def insertion(rows: Sequence[Row], placeholder: str) -> tuple[str, list[object]]:
    """The statement with the driver's placeholders, and its values, for at most ``MOST_ROWS`` rows."""
    return _statement(len(rows), placeholder), [row[name] for row in rows for name in _ALL]


@lru_cache(maxsize=512)
def _statement(rows: int, placeholder: str) -> str:
    """Whoever writes the same row once more, unsure whether it came through, adds nothing.

    Of rows with one retry key the first alone is kept.
    """
    values = ", ".join([f"({', '.join([placeholder] * len(_ALL))})"] * rows)
    return f"INSERT INTO decisions ({', '.join(_ALL)}) VALUES {values} ON CONFLICT DO NOTHING"

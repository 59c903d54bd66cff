"""Which decisions of the log are meant, and where in its order one stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Tuple, literal, tuple_

from service.store.decisions.logged import Mark
from service.store.decisions.table import DECISIONS


@dataclass(frozen=True, slots=True)
class Selection:
    """Decisions made from ``since`` to ``until`` (UTC, both days in), under a ruleset, with a verdict.

    ``clinic`` narrows to one clinic's. What is None narrows nothing.
    """

    since: date | None = None
    until: date | None = None
    ruleset: str | None = None
    verdict: str | None = None
    clinic: str | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What must hold for a row."""
        columns = DECISIONS.c
        if self.since is not None:
            yield columns.evaluated_at >= self.since.isoformat()
        if self.until is not None and self.until < date.max:
            yield columns.evaluated_at < (self.until + timedelta(days=1)).isoformat()
        for name in ("ruleset", "verdict", "clinic"):
            wanted = getattr(self, name)
            if wanted is not None:
                yield columns[name] == wanted


EVERYTHING = Selection()


def after(mark: Mark | None) -> Iterator[ColumnElement[bool]]:
    """That a row comes after the mark; nothing where there is none."""
    if mark is not None:
        yield _place() > _of(mark)


def up_to(mark: Mark | None) -> Iterator[ColumnElement[bool]]:
    """That a row does not come after the mark."""
    if mark is not None:
        yield _place() <= _of(mark)


def _place() -> Tuple:
    return tuple_(DECISIONS.c.evaluated_at, DECISIONS.c.decision_id)


def _of(mark: Mark) -> Tuple:
    return tuple_(literal(mark.evaluated_at), literal(mark.decision_id))

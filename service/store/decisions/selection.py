"""Which decisions of the log are meant, and where in its order one stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import (
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    Tuple,
    literal,
    literal_column,
    tuple_,
)

from schemas.request import DecisionKind
from service.store.decisions.logged import Mark
from service.store.tables import METADATA


def plain(length: int) -> String:
    """A text that sorts by its bytes."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


DECISIONS = Table(
    "decisions",
    METADATA,
    Column("decision_id", plain(36), primary_key=True),
    Column("evaluated_at", plain(20), nullable=False),
    Column("as_of", plain(10), nullable=False),
    Column("ruleset", String(200), nullable=False),
    Column("version", Text, nullable=False),
    Column("digest", String(71), nullable=False),
    Column("verdict", String(40), nullable=False),
    Column("clinic", String(200)),
    Column("api_key", String(200)),
    Column("assessment", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("retry_key", String(64)),
    Column("request_sha256", String(64)),
    Column("language_version", Integer, nullable=False, server_default="1"),
    Column("kind", String(20), nullable=False, server_default="decision"),
    Column("ref", String(64)),
    Column("face", String(10), nullable=False, server_default="api"),
    Column("iss", Text),
    Column("hook", String(30)),
    Index("decisions_by_time", "evaluated_at", "decision_id"),
)

# PostgreSQL has them of these rows alone, too: its words stand in the migrations that make them, for here
# they would load its dialect, 3 MB, into each process.
_HAS_A_REF = DECISIONS.c.ref.is_not(None)
Index("decisions_by_ref", DECISIONS.c.ref, sqlite_where=_HAS_A_REF)

IS_A_SELF_CHECK = DECISIONS.c.kind == literal_column("'self_check'")
"""In the query as a word: only so is the index of these found."""

Index("decisions_of_clients", DECISIONS.c.evaluated_at, sqlite_where=IS_A_SELF_CHECK)

_CAN_BE_SENT_AGAIN = DECISIONS.c.retry_key.is_not(None)
Index(
    "decisions_by_retry_key",
    DECISIONS.c.retry_key,
    unique=True,
    sqlite_where=_CAN_BE_SENT_AGAIN,
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Decisions made from ``since`` to ``until`` (UTC, both days in), under a ruleset, with a verdict.

    ``clinic`` narrows to one clinic's, ``ref`` to those of one key of its sender. ``kinds``: decisions for
    clients alone, unless others are asked for. What is None narrows nothing.
    """

    since: date | None = None
    until: date | None = None
    ruleset: str | None = None
    verdict: str | None = None
    clinic: str | None = None
    ref: str | None = None
    kinds: tuple[DecisionKind, ...] | None = ("decision",)

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What must hold for a row."""
        columns = DECISIONS.c
        if self.since is not None:
            yield columns.evaluated_at >= self.since.isoformat()
        if self.until is not None and self.until < date.max:
            yield columns.evaluated_at < (self.until + timedelta(days=1)).isoformat()
        if self.kinds is not None:
            yield columns.kind.in_(self.kinds)
        for name in ("ruleset", "verdict", "clinic", "ref"):
            wanted = getattr(self, name)
            if wanted is not None:
                yield columns[name] == wanted


FOR_CLIENTS = Selection()
EVERYTHING = Selection(kinds=None)


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

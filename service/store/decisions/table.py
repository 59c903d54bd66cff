"""The table of the decision log, as the newest migration leaves it.

Ids and times are kept as the answers have them, as text that sorts by time: what is read is what was given.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, String, Table, Text

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
    Index("decisions_by_time", "evaluated_at", "decision_id"),
)

_CAN_BE_SENT_AGAIN = DECISIONS.c.retry_key.is_not(None)
Index(
    "decisions_by_retry_key",
    DECISIONS.c.retry_key,
    unique=True,
    sqlite_where=_CAN_BE_SENT_AGAIN,
    postgresql_where=_CAN_BE_SENT_AGAIN,
)

"""The tables of the ruleset archive, as the newest migration leaves them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class UtcTime(TypeDecorator[datetime]):
    """A moment, kept in UTC also where the database knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The moment as it is stored."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The moment as it was given."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


METADATA = MetaData()

EDITIONS = Table(
    "ruleset_editions",
    METADATA,
    Column("digest", String(71), primary_key=True),
    Column("ruleset", String(200), nullable=False),
    Column("version", Text, nullable=False),
    Column("effective", Date),
    Column("title", Text, nullable=False),
    Column("signed_off", Boolean, nullable=False),
    Column("digest_form", Integer, nullable=False, server_default="1"),
)
TEXTS = Table(
    "ruleset_texts",
    METADATA,
    Column("sha256", String(64), primary_key=True),
    Column("deflated", LargeBinary, nullable=False),
)
EDITION_FILES = Table(
    "ruleset_edition_files",
    METADATA,
    Column("digest", String(71), ForeignKey(EDITIONS.c.digest), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), ForeignKey(TEXTS.c.sha256), nullable=False),
)
PUBLICATIONS = Table(
    "ruleset_publications",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("ruleset", String(200), nullable=False),
    Column("digest", String(71), ForeignKey(EDITIONS.c.digest), nullable=False),
    Column("starts", Date, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("language_version", Integer, nullable=False, server_default="1"),
    Column("guarantees", JSON),
)
WAITING = Table(
    "ruleset_waiting",
    METADATA,
    Column("ruleset", String(200), primary_key=True),
    Column("problems", JSON, nullable=False),
    Column("at", UtcTime, nullable=False),
)
CHECKS = Table(
    "ruleset_checks",
    METADATA,
    Column("ruleset", String(200), primary_key=True),
    Column("at", UtcTime, nullable=False),
)
RETIREMENTS = Table(
    "ruleset_retirements",
    METADATA,
    Column("ruleset", String(200), primary_key=True),
    Column("at", UtcTime, nullable=False),
)
STATE = Table(
    "ruleset_archive_state",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("generation", BigInteger, nullable=False),
)

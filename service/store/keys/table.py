"""The tables of API keys, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table

from service.store.tables import METADATA, UtcTime

KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", String(12), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("clinic", String(64)),
    Column("rulesets", JSON, nullable=False),
    Column("default_ruleset", String(200)),
    Column("scopes", JSON, nullable=False),
    Column("rate", String(40)),
    Column("secret_sha256", String(64), nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("revoked", UtcTime),
)

_LIVES = KEYS.c.revoked.is_(None)
Index("api_keys_by_name", KEYS.c.name, unique=True, sqlite_where=_LIVES, postgresql_where=_LIVES)

KEYS_STATE = Table(
    "api_keys_state",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("changed", BigInteger, nullable=False),
)

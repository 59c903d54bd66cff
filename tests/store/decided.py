"""Decisions made by hand, to be logged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import Logged, logged

FIRST = datetime(2026, 6, 1, 22, tzinfo=UTC)


def decision(number: int = 0, **members: Any) -> Logged:
    """The decision of that number; each was made an hour after the one before."""
    at = FIRST + timedelta(hours=number)
    answer = {
        "decision_id": str(UUID(int=(int(at.timestamp() * 1000) << 80) + (7 << 76) + (2 << 62) + number)),
        "evaluated_at": at.isoformat(timespec="seconds")[:19] + "Z",
        "as_of": at.date().isoformat(),
        "ruleset": {"id": "small", "version": "1.0.0", "digest": "sha256:" + "0" * 64},
        "verdict": "several_sessions",
        "sessions": {"min": 4, "typical": 5, "max": 6},
        **members,
    }
    return logged({"concern": "scars", "number": number}, answer, orjson.dumps(answer))


def write(log: DecisionLog, *decisions: Logged) -> None:
    """Log them."""
    writer = log.writer()
    writer.write([one.row for one in decisions])
    writer.close()


def tamper(sqlite_url: str, statement: str, *values: object) -> None:
    """Change a SQLite file behind picoplan's back."""
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
        connection.execute(statement, values)


def ids(decisions: list[Any]) -> list[str]:
    """Their ids."""
    return [one.decision_id for one in decisions]

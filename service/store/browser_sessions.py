"""What pages in browsers keep in the database: who is signed in, and the keys that seal addresses."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Column, LargeBinary, String, Table, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from service.store.database import Database, InDatabase
from service.store.faults import Full, Locked, ReadOnly
from service.store.tables import METADATA, UtcTime
from service.store.whereabouts import database_url

LIVES_H = 12
IDLE_MIN = 30
"""A session ends so many hours after it began, and after so many minutes without a request."""

_SEEN_EVERY = timedelta(minutes=1)
_TOKEN_BYTES = 32
_SECRET_BYTES = 32

SESSIONS = Table(
    "browser_sessions",
    METADATA,
    Column("token_sha256", String(64), primary_key=True),
    Column("key_id", String(12), nullable=False),
    Column("began", UtcTime, nullable=False),
    Column("seen", UtcTime, nullable=False),
)
SEALING_KEYS = Table(
    "sealing_keys",
    METADATA,
    Column("month", String(7), primary_key=True),
    Column("secret", LargeBinary, nullable=False),
)


class BrowserSessions(InDatabase):
    """The sessions of browsers, each of the API key that was signed in with. Of a token its hash is kept."""

    def begin(self, key_id: str, now: datetime) -> str:
        """Begin a session of that key, and give its token; sessions that are over are forgotten.

        Raises:
            DatabaseFault: the database can't be used.
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        over = or_(
            SESSIONS.c.began <= now - timedelta(hours=LIVES_H),
            SESSIONS.c.seen <= now - timedelta(minutes=IDLE_MIN),
        )
        with self._database.writing() as connection:
            connection.execute(delete(SESSIONS).where(over))
            row = {"token_sha256": _hashed(token), "key_id": key_id, "began": now, "seen": now}
            connection.execute(insert(SESSIONS).values(row))
        return token

    def key_of(self, token: str, now: datetime) -> str | None:
        """The id of the API key of a session that is not over, whose use is noted; None: there is none.

        Raises:
            DatabaseFault: the database can't be used.
        """
        where = SESSIONS.c.token_sha256 == _hashed(token)
        with self._database.reading() as connection:
            found = connection.execute(select(SESSIONS).where(where)).one_or_none()
        if found is None or now - found.began >= timedelta(hours=LIVES_H):
            return None
        if now - found.seen >= timedelta(minutes=IDLE_MIN):
            return None
        if now - found.seen >= _SEEN_EVERY:
            # Whoever is signed in can read on where nothing can be written.
            with suppress(Full, Locked, ReadOnly), self._database.writing() as connection:
                connection.execute(update(SESSIONS).where(where).values(seen=now))
        return str(found.key_id)

    def end(self, token: str) -> None:
        """End a session.

        Raises:
            DatabaseFault: the database can't be used.
        """
        with self._database.writing() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.token_sha256 == _hashed(token)))


class SealingKeys(InDatabase):
    """The secrets that seal what stands in addresses: this month's, and the one of the month before."""

    def secrets_at(self, now: datetime) -> tuple[bytes, ...]:
        """The secret of the month, made where there is none yet, then those of the two before, if any.

        Two, for what was sealed on the last of January opens on the first of March.

        Raises:
            DatabaseFault: the database can't be used.
        """
        month = f"{now:%Y-%m}"
        last = now.replace(day=1) - timedelta(days=1)
        before = f"{last.replace(day=1) - timedelta(days=1):%Y-%m}"
        months = (month, f"{last:%Y-%m}", before)
        found = self._kept(*months)
        if month not in found:
            self._make(month, before)
            found = self._kept(*months)
        return tuple(found[name] for name in months if name in found)

    def _make(self, month: str, before: str) -> None:
        """Make the secret of the month, and forget those before ``before``; of two who make it one does."""
        row = {"month": month, "secret": secrets.token_bytes(_SECRET_BYTES)}
        with suppress(IntegrityError), self._database.writing() as connection:
            connection.execute(delete(SEALING_KEYS).where(SEALING_KEYS.c.month < before))
            connection.execute(insert(SEALING_KEYS).values(row))

    def _kept(self, *months: str) -> dict[str, bytes]:
        with self._database.reading() as connection:
            rows = connection.execute(select(SEALING_KEYS).where(SEALING_KEYS.c.month.in_(months)))
            return {row.month: bytes(row.secret) for row in rows}


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_browser_sessions(
    rulesets: Path, environ: Mapping[str, str] | None = None
) -> tuple[BrowserSessions, SealingKeys]:
    """Both for a folder of rulesets, beside its archive (see ``database_url``).

    Raises:
        CannotOpen: wrong settings, or a folder that can't be made: one line with the mend.
        DatabaseFault: the database can't be used.
    """
    database = Database(database_url(rulesets, environ))
    return BrowserSessions(database), SealingKeys(database)

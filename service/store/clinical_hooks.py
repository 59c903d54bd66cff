"""What CDS Hooks keep in the database: tokens that were used, and what became of cards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from sqlalchemy import BigInteger, Column, String, Table, Text, delete, insert, select
from sqlalchemy.exc import IntegrityError

from service.store.database import Database, InDatabase
from service.store.tables import METADATA
from service.store.whereabouts import database_url

HOOK_TOKENS = Table(
    "hook_tokens",
    METADATA,
    Column("token_sha256", String(64), primary_key=True),
    Column("until", BigInteger, nullable=False),
)
HOOK_FEEDBACK = Table(
    "hook_feedback",
    METADATA,
    Column("card", String(36), primary_key=True),
    Column("at", String(40), primary_key=True),
    Column("outcome", String(10), nullable=False),
    Column("suggestions", Text, nullable=False),
    Column("reason", String(40)),
)

_FORGETS_EVERY_S = 60


class CardFeedback(NamedTuple):
    """What became of a card: ``accepted`` or ``overridden``, when, and why; nothing that a person wrote."""

    card: str
    at: str
    outcome: str
    suggestions: tuple[str, ...] = ()
    reason: str | None = None


class HookRecords(InDatabase):
    """Used tokens and feedback. Of a token a hash is kept, until it would not be taken anyway."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._forgot = 0.0

    def use(self, iss: str, jti: str, until: int, now: int) -> bool:
        """Use a token once: whether it was not used before; ``until`` and ``now`` in seconds since 1970.

        Raises:
            DatabaseFault: the database can't be used.
        """
        token = hashlib.sha256(f"{iss}\0{jti}".encode()).hexdigest()
        try:
            with self._database.writing() as connection:
                if monotonic() - self._forgot > _FORGETS_EVERY_S:
                    self._forgot = monotonic()
                    connection.execute(delete(HOOK_TOKENS).where(HOOK_TOKENS.c.until < now))
                connection.execute(insert(HOOK_TOKENS).values(token_sha256=token, until=until))
        except IntegrityError:
            return False
        return True

    def keep(self, feedback: Iterable[CardFeedback]) -> None:
        """Keep what became of cards, each once.

        Raises:
            DatabaseFault: the database can't be used.
        """
        rows = {(one.card, one.at): one for one in feedback}
        if not rows:
            return
        with self._database.writing() as connection:
            cards = [card for card, _ in rows]
            known = connection.execute(
                select(HOOK_FEEDBACK.c.card, HOOK_FEEDBACK.c.at).where(HOOK_FEEDBACK.c.card.in_(cards))
            )
            for row in known:
                rows.pop((row.card, row.at), None)
            if rows:
                connection.execute(insert(HOOK_FEEDBACK), [_row(one) for one in rows.values()])

    def feedback(self) -> list[CardFeedback]:
        """All that is kept, by card and time."""
        wanted = select(HOOK_FEEDBACK).order_by(HOOK_FEEDBACK.c.card, HOOK_FEEDBACK.c.at)
        with self._database.reading() as connection:
            return [
                CardFeedback(row.card, row.at, row.outcome, tuple(json.loads(row.suggestions)), row.reason)
                for row in connection.execute(wanted)
            ]


def _row(one: CardFeedback) -> Mapping[str, object]:
    return {**one._asdict(), "suggestions": json.dumps(one.suggestions)}


def open_hook_records(rulesets: Path, environ: Mapping[str, str] | None = None) -> HookRecords:
    """Those of a folder of rulesets, beside its archive (see ``database_url``).

    Raises:
        CannotOpen: wrong settings, or a folder that can't be made: one line with the mend.
        DatabaseFault: the database can't be used.
    """
    return HookRecords(Database(database_url(rulesets, environ)))

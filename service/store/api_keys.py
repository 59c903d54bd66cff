"""API keys in the database: added, listed, revoked, and read by the processes that ask for them.

A ``KeyRing`` holds all of them as they are at one moment.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    String,
    Table,
    insert,
    select,
    update,
)

from schemas.ruleset_fields import id_mistake
from service.model.caller import SCOPES, Caller, Scope
from service.model.limit import BadLimit, Limit, NoLimit, read_limit
from service.store.database import Database, InDatabase
from service.store.faults import Damaged
from service.store.tables import METADATA, UtcTime
from service.store.whereabouts import database_url, databases_beside

_ID_BYTES = 6
_SECRET_BYTES = 32
_TOKEN = re.compile(rf"picoplan_([0-9a-f]{{{2 * _ID_BYTES}}})_([0-9a-f]{{{2 * _SECRET_BYTES}}})")


@dataclass(frozen=True, slots=True)
class Token:
    """The two parts of a token. Its text is what is never logged."""

    id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """As a client sends it."""
        return f"picoplan_{self.id}_{self.secret}"

    @property
    def secret_sha256(self) -> str:
        """What is kept of the secret, in hexadecimal."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def has(self, secret_sha256: str) -> bool:
        """Whether its secret is that one. How long this takes says nothing about how much is right."""
        return hmac.compare_digest(self.secret_sha256, secret_sha256)


def new_token() -> Token:
    """A token that there never was before."""
    return Token(secrets.token_hex(_ID_BYTES), secrets.token_hex(_SECRET_BYTES))


def read_token(text: str) -> Token | None:
    """The token that a text is; None: it is none."""
    found = _TOKEN.fullmatch(text)
    return None if found is None else Token(found[1], found[2])


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that is to be added.

    ``name`` is a label for people. Without a ``clinic`` it is the house's. ``rulesets`` are those it sees;
    the house's may leave them out and sees all. ``default_ruleset`` answers requests that name none; where
    exactly one ruleset is named, it is that one. Without a ``limit`` the service's holds, and
    none where it is ``none``.

    ``edits`` are the rulesets for which ``edit`` and ``publish`` hold, whether or not they are there yet; it
    sees them, too. The house's may leave them out: then they hold for all that it sees. ``role``: as what it
    signs.
    """

    name: str
    clinic: str | None = None
    rulesets: tuple[str, ...] = ()
    default_ruleset: str | None = None
    scopes: tuple[Scope, ...] = ("evaluate", "read")
    limit: Limit | NoLimit | None = None
    edits: tuple[str, ...] = ()
    role: str | None = None

    @property
    def may_change(self) -> bool:
        """Whether it has a scope that is for the rulesets that it ``edits``."""
        return not _CHANGING.isdisjoint(self.scopes)


_CHANGING: frozenset[Scope] = frozenset(("edit", "publish"))


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: what was wanted, its public ``id``, its secret's SHA-256, and its times (UTC)."""

    id: str
    wanted: NewKey
    secret_sha256: str = field(repr=False)
    created: datetime
    revoked: datetime | None = None

    @property
    def caller(self) -> Caller:
        """Who sends requests with it. A clinic's key without rulesets, which nobody can add, sees none."""
        wanted = self.wanted
        sees_all = wanted.clinic is None and not wanted.rulesets
        edits_all = wanted.clinic is None and not wanted.edits and wanted.may_change
        return Caller(
            key=self.id,
            clinic=wanted.clinic,
            rulesets=None if sees_all else frozenset(wanted.rulesets),
            default_ruleset=wanted.default_ruleset,
            scopes=frozenset(wanted.scopes),
            edits=None if edits_all else frozenset(wanted.edits),
            role=wanted.role,
        )


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whoever holds a living key: the caller that he is, and the key's own limit."""

    caller: Caller
    limit: Limit | NoLimit | None
    secret_sha256: str = field(repr=False)


class KeyRing:
    """All keys at one moment. It never changes: what is there later is another one.

    ``changed`` is the store's number for it. Keys are ``asked_for`` once there was ever one, or where they
    are ``required``; ``living`` is how many are not revoked.
    """

    def __init__(self, changed: int, keys: Iterable[Key], *, required: bool = False) -> None:
        kept = tuple(keys)
        self.changed = changed
        self.asked_for = required or changed > 0 or bool(kept)
        self._holders = {
            key.id: KeyHolder(key.caller, key.wanted.limit, key.secret_sha256)
            for key in kept
            if key.revoked is None
        }
        self.living = len(self._holders)
        self._names = {key.id: key.wanted.name for key in kept}

    def living_holder(self, key_id: str) -> KeyHolder | None:
        """Who holds the key of that id; None: it does not live."""
        return self._holders.get(key_id)

    def name_of(self, key_id: str) -> str | None:
        """The name of the key of that id, also of one that was revoked; None: there is none."""
        return self._names.get(key_id)

    def seen_by(self, clinic: str) -> frozenset[str]:
        """The rulesets that the living keys of a clinic see."""
        callers = (holder.caller for holder in self._holders.values())
        return frozenset().union(*(one.rulesets or () for one in callers if one.clinic == clinic))

    def holder(self, text: str) -> KeyHolder | None:
        """Whose token it is; None: nobody's that lives."""
        token = read_token(text)
        if token is None:
            return None
        found = self._holders.get(token.id)
        return found if token.has(_NOBODYS if found is None else found.secret_sha256) else None


_NOBODYS = "-" * 64  # so that an unknown id takes as long as a wrong secret; no hash is this


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
    Column("edits", JSON, nullable=False, server_default="[]"),
    Column("role", String(100)),
)

_LIVES = KEYS.c.revoked.is_(None)
Index("api_keys_by_name", KEYS.c.name, unique=True, sqlite_where=_LIVES)  # PostgreSQL too: its migration

KEYS_STATE = Table(
    "api_keys_state",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("changed", BigInteger, nullable=False),
)


LONGEST_NAME = 100
_CLINIC = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class CantAdd(Exception):
    """A key that can't be: says in one line why, with the mend."""


def open_keys(rulesets: Path, environ: Mapping[str, str] | None = None) -> KeyStore:
    """The keys of a folder of rulesets, beside its archive (see ``database_url``).

    Raises:
        CannotOpen: wrong settings, or a folder that can't be made: one line with the mend.
        DatabaseFault: the database can't be used.
    """
    return KeyStore(Database(database_url(rulesets, environ)))


class KeyStore(InDatabase):
    """The keys, revoked ones too."""

    def kept_elsewhere(self) -> tuple[Path, ...]:
        """Databases beside this one that hold living keys: of rulesets elsewhere, or of other settings."""
        return () if self.file is None else tuple(filter(_holds_keys, databases_beside(self.file)))

    def add(self, wanted: NewKey, at: datetime) -> tuple[Key, Token]:
        """Add a key. Its token is told here and never again.

        Raises:
            CantAdd: it can't be as it is wanted, or a living key has that name.
        """
        kept = _allowed(wanted)
        token = new_token()
        key = Key(token.id, kept, token.secret_sha256, at.astimezone(UTC))
        with self._database.writing() as connection:
            _step(connection)  # first: it is the lock, so that of two with one name the second is told
            lives = select(KEYS.c.id).where(KEYS.c.name == kept.name, KEYS.c.revoked.is_(None))
            taken = connection.scalar(lives)
            if taken is not None:
                raise CantAdd(
                    f'there is a key "{kept.name}" already: {taken}. Take another name, or revoke it.'
                )
            connection.execute(insert(KEYS).values(_row(key)))
        return key, token

    def revoke(self, key_id: str, at: datetime) -> Key | None:
        """Revoke a key, for good, and give it as it was before; None: there is none of that id."""
        where = KEYS.c.id == key_id
        with self._database.writing() as connection:
            found = connection.execute(select(KEYS).where(where)).one_or_none()
            if found is None:
                return None
            if found.revoked is None:
                connection.execute(update(KEYS).where(where).values(revoked=at.astimezone(UTC)))
                _step(connection)
            return _key(found)

    def all_keys(self) -> tuple[Key, ...]:
        """All keys, the revoked ones too, the oldest first."""
        with self._database.reading() as connection:
            return _keys(connection)

    def changed(self) -> int:
        """A number that grows whenever a key is added or revoked."""
        with self._database.reading() as connection:
            return _changed(connection)

    def ring(self, *, required: bool = False) -> KeyRing:
        """All keys as they are now, ready to be asked for, also where there never was one if ``required``."""
        with self._database.reading() as connection:
            return KeyRing(_changed(connection), _keys(connection), required=required)


def _holds_keys(database: Path) -> bool:
    where = f"file:{quote(str(database))}?mode=rw"  # without making one; it leaves nothing beside it
    living = "SELECT 1 FROM api_keys WHERE revoked IS NULL LIMIT 1"
    try:
        with closing(sqlite3.connect(where, uri=True, timeout=0)) as found:
            return bool(found.execute(living).fetchall())
    except sqlite3.Error:  # busy, damaged, or of a picoplan that had no keys
        return False


def _allowed(wanted: NewKey) -> NewKey:
    """The key as it is kept: each word once, and its default said."""
    name = wanted.name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise CantAdd(f"a key needs a name of 1 to {LONGEST_NAME} letters, such as booking")
    if wanted.clinic is not None and not _CLINIC.fullmatch(wanted.clinic):
        raise CantAdd("a clinic's name has lower-case letters, digits, - and _ alone, such as north-street")
    scopes = tuple(scope for scope in SCOPES if scope in wanted.scopes)
    if not scopes or not set(wanted.scopes) <= set(SCOPES):
        raise CantAdd(f"a key needs one or more of the scopes {', '.join(SCOPES)}")
    edits = _editable(wanted)
    sees_some = wanted.clinic is not None or bool(wanted.rulesets)
    rulesets = tuple(dict.fromkeys((*wanted.rulesets, *(edits if sees_some else ()))))
    if wanted.clinic is not None and not rulesets:
        raise CantAdd("a clinic's key must name at least one ruleset: say --ruleset")
    default = wanted.default_ruleset or (rulesets[0] if len(rulesets) == 1 else None)
    if default is not None and rulesets and default not in rulesets:
        raise CantAdd(f'the default ruleset "{default}" is not among those that the key sees')
    role = None if wanted.role is None else wanted.role.strip()
    if role is not None and not (role and len(role) <= LONGEST_NAME and role.isprintable()):
        raise CantAdd(f"a role has 1 to {LONGEST_NAME} letters, such as Medical director")
    return NewKey(name, wanted.clinic, rulesets, default, scopes, wanted.limit, edits, role)


def _editable(wanted: NewKey) -> tuple[str, ...]:
    """The rulesets for which a key that is to be added may change something, each once."""
    edits = tuple(dict.fromkeys(wanted.edits))
    if edits and not wanted.may_change:
        raise CantAdd("--for says what a key may edit and publish: add --scope edit, or --scope publish")
    if wanted.may_change and wanted.clinic is not None and not edits:
        raise CantAdd("a clinic's key that may edit or publish must name at least one ruleset: say --for")
    for one in edits:
        if (mistake := id_mistake(one)) is not None:
            raise CantAdd(f'"{one}" {mistake}')
    return edits


def _step(connection: Connection) -> None:
    if not connection.execute(update(KEYS_STATE).values(changed=KEYS_STATE.c.changed + 1)).rowcount:
        raise Damaged(_NO_STATE)


def _changed(connection: Connection) -> int:
    found = connection.scalar(select(KEYS_STATE.c.changed))
    if found is None:
        raise Damaged(_NO_STATE)
    return int(found)


_NO_STATE = "the table api_keys_state is damaged: its one row is gone"


def _keys(connection: Connection) -> tuple[Key, ...]:
    rows = connection.execute(select(KEYS).order_by(KEYS.c.created, KEYS.c.id))
    try:
        return tuple(map(_key, rows))
    except (ValueError, TypeError) as error:
        raise Damaged("the table api_keys is damaged: a key is not what was put in") from error


def _row(key: Key) -> dict[str, Any]:
    wanted = key.wanted
    return {
        "id": key.id,
        "name": wanted.name,
        "clinic": wanted.clinic,
        "rulesets": list(wanted.rulesets),
        "default_ruleset": wanted.default_ruleset,
        "scopes": list(wanted.scopes),
        "rate": None if wanted.limit is None else str(wanted.limit),
        "secret_sha256": key.secret_sha256,
        "created": key.created,
        "revoked": key.revoked,
        "edits": list(wanted.edits),
        "role": wanted.role,
    }


def _limit(rate: str | None) -> Limit | NoLimit | None:
    if rate is None or rate == "none":
        return None if rate is None else "none"
    return read_limit(rate)


def _key(row: Row[Any]) -> Key:
    try:
        limit = _limit(row.rate)
    except BadLimit as error:
        raise Damaged(f"the limit of the key {row.id} is damaged") from error
    return Key(
        id=row.id,
        wanted=NewKey(
            row.name,
            row.clinic,
            tuple(row.rulesets),
            row.default_ruleset,
            tuple(row.scopes),
            limit,
            tuple(row.edits),
            row.role,
        ),
        secret_sha256=row.secret_sha256,
        created=row.created,
        revoked=row.revoked,
    )

"""Drafts in the database: begun, saved file by file, signed, begun anew from another edition, forgotten.

Every save is a state of the draft, and those are kept that somebody may go back to. What a state held are
the hashes of its files; a text is stored once in each draft, until no state that is kept holds it.
"""

from __future__ import annotations

import re
import secrets
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from service.model.caller import Caller
from service.model.draft import Draft, DraftSave, DraftState, FileConflict, file_tag
from service.model.ruleset import SignOff
from service.store.archive import inflated
from service.store.database import Database, InDatabase
from service.store.editions import Edition
from service.store.faults import Damaged
from service.store.tables import METADATA, UtcTime
from service.store.whereabouts import database_url

MOST_OPEN = 50
"""So many drafts may a clinic have at once, and the house."""

MOST_STATES = 100
"""So many states of a draft are kept.

Of more those go first that their writer saved over within a ``SOON``, as who types does at each pause. The
``MOST_RECENT`` newest stay.
"""

MOST_RECENT = 20
SOON = timedelta(minutes=5)

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_ID_LENGTH = 12
_ID = re.compile(rf"d-[{_LETTERS}]{{{_ID_LENGTH}}}")

_TAG = re.compile('"[0-9a-f]{32}"')

DRAFTS = Table(
    "drafts",
    METADATA,
    Column("id", String(14), primary_key=True),
    Column("ruleset", String(200), nullable=False),
    Column("clinic", String(64)),
    Column("base", String(71)),
    Column("began", UtcTime, nullable=False),
    Column("changed", UtcTime, nullable=False),
    Column("changed_by", String(12)),
    Column("state", Integer, nullable=False),
)


def _of_a_draft() -> Column[str]:
    return Column("draft", String(14), ForeignKey(DRAFTS.c.id, ondelete="CASCADE"), primary_key=True)


STATES = Table(
    "draft_states",
    METADATA,
    _of_a_draft(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("saved", UtcTime, nullable=False),
    Column("saved_by", String(12)),
    Column("base", String(71)),
    Column("files", JSON, nullable=False),
    Column("base_files", JSON, nullable=False),
    Column("signed", JSON, nullable=False),
    Column("changes_read", String(71)),
)
TEXTS = Table(
    "draft_texts",
    METADATA,
    _of_a_draft(),
    Column("sha256", String(64), primary_key=True),
    Column("deflated", LargeBinary, nullable=False),
)

Contents = Mapping[str, bytes]


class TooManyDrafts(Exception):
    """The clinic has as many drafts as it may."""


class NoSuchDraft(Exception):
    """There is no draft of that id: it was discarded or forgotten, or never was."""


def open_drafts(rulesets: Path, environ: Mapping[str, str] | None = None) -> DraftStore:
    """The drafts of a folder of rulesets, beside its archive (see ``database_url``).

    Raises:
        CannotOpen: wrong settings, or a folder that can't be made: one line with the mend.
        DatabaseFault: the database can't be used.
    """
    return DraftStore(Database(database_url(rulesets, environ)))


class DraftStore(InDatabase):
    """The drafts of all clinics, and of the house. Who may see or change one is not asked here.

    What changes a draft that is gone raises ``NoSuchDraft``.
    """

    def begin(
        self,
        ruleset: str,
        clinic: str | None,
        by: str | None,
        base: Edition | None,
        files: Contents,
        at: datetime,
    ) -> Draft:
        """Begin a draft that holds these files, from an edition or, without one, of a new ruleset.

        Raises:
            TooManyDrafts: the clinic has as many as it may.
        """
        at = at.astimezone(UTC)
        digest = None if base is None else base.digest
        draft = Draft(_new_id(), ruleset, clinic, digest, at, at, by, 1)
        with self._database.writing() as connection:
            # The rows are locked before they are counted, so that of two who come at once the second waits.
            of_the_clinic = DRAFTS.c.clinic == clinic  # SQLAlchemy writes IS NULL for the house
            connection.execute(
                select(DRAFTS.c.id).where(of_the_clinic).order_by(DRAFTS.c.id).with_for_update()
            )
            if int(connection.scalar(select(func.count(DRAFTS.c.id)).where(of_the_clinic)) or 0) >= MOST_OPEN:
                raise TooManyDrafts(f"there are {MOST_OPEN} drafts already")
            connection.execute(insert(DRAFTS).values(_row(draft)))
            _put(connection, DraftState(draft, 1, files, {} if base is None else base.own_files))
        return draft

    def all_of(self, caller: Caller) -> tuple[Draft, ...]:
        """The drafts of the caller's clinic, of the house those of all; the one changed last first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(DRAFTS).order_by(DRAFTS.c.changed.desc(), DRAFTS.c.id)).all()
        return tuple(
            draft for draft in map(_draft, rows) if caller.owns(draft.clinic) and caller.sees(draft.ruleset)
        )

    def draft(self, draft_id: str) -> Draft | None:
        """A draft without what it holds; None: it is not there."""
        with self._database.reading() as connection:
            return _find(connection, draft_id)

    def state(self, draft_id: str, number: int | None = None) -> DraftState | None:
        """The newest state of a draft, or that of a number; None: it is not there, or kept no longer.

        Raises:
            Damaged: it is not what was saved.
        """
        with self._database.reading() as connection:
            draft = _find(connection, draft_id)
            number = number or (0 if draft is None else draft.state)
            return None if draft is None or number > draft.state else _state(connection, draft, number)

    def held_file(self, draft: Draft, name: str) -> bytes | None:
        """One file of the newest state of a draft; None: it has none of that name, or it is damaged."""
        where = (STATES.c.draft == draft.id) & (STATES.c.number == draft.state)
        with self._database.reading() as connection:
            files = connection.execute(select(STATES.c.files).where(where)).scalar()
            key = files.get(name) if isinstance(files, dict) else None
            return None if key is None else _texts(connection, draft.id, {key}).get(key)

    def states(self, draft_id: str) -> tuple[DraftSave, ...]:
        """The states of a draft that are kept, the newest first; none where there is no such draft."""
        if not is_draft_id(draft_id):
            return ()
        wanted = select(STATES.c.number, STATES.c.saved, STATES.c.saved_by).where(STATES.c.draft == draft_id)
        with self._database.reading() as connection:
            rows = connection.execute(wanted.order_by(STATES.c.number.desc())).all()
        return tuple(DraftSave(row.number, row.saved, row.saved_by) for row in rows)

    def tagged(self, draft_id: str, tag: str | None) -> bytes | None:
        """The content that had this ETag in a state of the draft that is kept; None: none had."""
        if tag is None or not is_draft_id(draft_id):
            return None
        with self._database.reading() as connection:
            return _tagged(connection, draft_id, tag)

    def save(
        self,
        draft_id: str,
        changes: Mapping[str, bytes | None],
        matching: Mapping[str, str | None],
        by: str | None,
        at: datetime,
    ) -> DraftState | FileConflict:
        """Save all these files, or none where one of them is no more as its writer has seen it.

        ``changes`` has contents by name, None: the file is taken away. ``matching`` has the ETag that each of
        them must have now, None: it must not be there. The state that comes back is a new one, which nobody
        has signed, unless nothing is changed.

        Raises:
            NoSuchDraft: it is gone.
        """
        with self._database.writing() as connection:
            before = _newest(connection, draft_id)
            files = dict(before.files)
            for name, content in changes.items():
                theirs, tag = files.get(name), matching[name]
                if tag != (None if theirs is None else file_tag(theirs)):
                    return FileConflict(name, _tagged(connection, draft_id, tag), theirs, content)
                if content is None:
                    files.pop(name, None)
                else:
                    files[name] = content
            if files == before.files:
                return before
            after = replace(before, files=files, signed=(), changes_read=None)
            return _follow(connection, before, after, by, at)

    def sign(self, draft_id: str, number: int, entry: SignOff) -> DraftState | None:
        """Note that somebody has read this state and agrees; None: it is the newest no more.

        Raises:
            NoSuchDraft: it is gone.
        """
        with self._database.writing() as connection:
            state = _newest(connection, draft_id)
            if state.number != number:
                return None
            signed = (*(one for one in state.signed if one.role != entry.role), entry)
            where = (STATES.c.draft == draft_id) & (STATES.c.number == number)
            connection.execute(update(STATES).where(where).values(signed=_signed_data(signed)))
            return replace(state, signed=signed)

    def note_changes_read(self, draft_id: str, number: int, digest: str) -> None:
        """Note that somebody has read what the state of that number, which comes to the digest, changes."""
        if is_draft_id(draft_id):
            where = (STATES.c.draft == draft_id) & (STATES.c.number == number)
            with self._database.writing() as connection:
                connection.execute(update(STATES).where(where).values(changes_read=digest))

    def rebase(
        self, draft_id: str, number: int, base: Edition, files: Contents, by: str | None, at: datetime
    ) -> DraftState | None:
        """Let a draft go on from another edition, with files that were made of its state of that number.

        None: that state is the newest no more, and nothing is changed.

        Raises:
            NoSuchDraft: it is gone.
        """
        with self._database.writing() as connection:
            before = _newest(connection, draft_id)
            if before.number != number:
                return None
            after = replace(
                before,
                draft=replace(before.draft, base=base.digest),
                files=files,
                base_files=base.own_files,
                signed=(),
                changes_read=None,
            )
            return _follow(connection, before, after, by, at)

    def discard(self, draft_id: str) -> bool:
        """Delete a draft with all its states; False: there is none."""
        if not is_draft_id(draft_id):
            return False
        with self._database.writing() as connection:
            return bool(connection.execute(delete(DRAFTS).where(DRAFTS.c.id == draft_id)).rowcount)

    def forget(self, before: datetime) -> int:
        """Delete the drafts that were changed last before that moment; how many there were."""
        with self._database.writing() as connection:
            return connection.execute(delete(DRAFTS).where(DRAFTS.c.changed < before)).rowcount


def is_draft_id(text: str) -> bool:
    """Whether a draft may have that id."""
    return _ID.fullmatch(text) is not None


def _new_id() -> str:
    return "d-" + "".join(secrets.choice(_LETTERS) for _ in range(_ID_LENGTH))


def _find(connection: Connection, draft_id: str, *, locked: bool = False) -> Draft | None:
    if not is_draft_id(draft_id):
        return None
    wanted = select(DRAFTS).where(DRAFTS.c.id == draft_id)
    found = connection.execute(wanted.with_for_update() if locked else wanted).one_or_none()
    return None if found is None else _draft(found)


def _newest(connection: Connection, draft_id: str) -> DraftState:
    """The newest state of a draft that nobody else changes until the end of this transaction."""
    draft = _find(connection, draft_id, locked=True)
    if draft is None:
        raise NoSuchDraft(draft_id)
    state = _state(connection, draft, draft.state)
    if state is None:
        raise Damaged(_DAMAGED.format(draft_id))
    return state


def _state(connection: Connection, draft: Draft, number: int) -> DraftState | None:
    where = (STATES.c.draft == draft.id) & (STATES.c.number == number)
    row = connection.execute(select(STATES).where(where)).one_or_none()
    if row is None:
        return None
    try:
        hashes = {*row.files.values(), *row.base_files.values()}
        texts = _texts(connection, draft.id, hashes)
        return DraftState(
            replace(draft, base=row.base),
            number,
            {name: texts[key] for name, key in sorted(row.files.items())},
            {name: texts[key] for name, key in sorted(row.base_files.items())},
            tuple(SignOff(**one) for one in row.signed),
            row.changes_read,
        )
    except (KeyError, AttributeError, TypeError) as error:
        raise Damaged(_DAMAGED.format(draft.id)) from error


_DAMAGED = "the draft {} is damaged: what it holds is not what was saved. Discard it, and begin another."


def _texts(connection: Connection, draft_id: str, hashes: set[str]) -> dict[str, bytes]:
    """The texts of these hashes by them, without those that are damaged."""
    where = (TEXTS.c.draft == draft_id) & TEXTS.c.sha256.in_(hashes)
    rows = connection.execute(select(TEXTS.c.sha256, TEXTS.c.deflated).where(where))
    texts = {row.sha256: inflated(row.deflated) for row in rows}
    return {key: text for key, text in texts.items() if text is not None and _hash(text) == key}


def _tagged(connection: Connection, draft_id: str, tag: str | None) -> bytes | None:
    """The content that had this ETag in a state of the draft that is kept; None: none had."""
    if tag is None or not _TAG.fullmatch(tag):
        return None
    where = (TEXTS.c.draft == draft_id) & TEXTS.c.sha256.startswith(tag.strip('"'))
    hashes = set(connection.scalars(select(TEXTS.c.sha256).where(where)))
    texts = _texts(connection, draft_id, hashes).values()
    return next((text for text in texts if file_tag(text) == tag), None)


def _follow(
    connection: Connection, before: DraftState, after: DraftState, by: str | None, at: datetime
) -> DraftState:
    """Keep the state that follows another, and forget those that are too many."""
    number = before.number + 1
    draft = replace(after.draft, changed=max(at.astimezone(UTC), before.draft.changed), by=by, state=number)
    after = replace(after, draft=draft, number=number)
    connection.execute(update(DRAFTS).where(DRAFTS.c.id == draft.id).values(_row(draft)))
    _put(connection, after)
    _forget_states(connection, draft.id)
    return after


def _forget_states(connection: Connection, draft_id: str) -> None:
    """Forget the states that are too many, and the texts that they alone held."""
    of_the_draft = STATES.c.draft == draft_id
    if int(connection.scalar(select(func.count()).where(of_the_draft)) or 0) <= MOST_STATES:
        return
    kept = list(connection.execute(select(STATES).where(of_the_draft).order_by(STATES.c.number)))
    while len(kept) > MOST_STATES:
        gone = kept.pop(_least_wanted(kept))
        left = {text for row in kept for text in (*row.files.values(), *row.base_files.values())}
        texts = {*gone.files.values(), *gone.base_files.values()} - left
        connection.execute(delete(STATES).where(of_the_draft & (STATES.c.number == gone.number)))
        connection.execute(delete(TEXTS).where((TEXTS.c.draft == draft_id) & TEXTS.c.sha256.in_(texts)))


def _least_wanted(states: Sequence[Row[Any]]) -> int:
    """Which of the states nobody goes back to: the first one that was soon saved over by its own writer.

    Where there is none, the oldest. The newest are all wanted.
    """
    for index, (one, after) in enumerate(pairwise(states[: max(len(states) - MOST_RECENT, 0)])):
        is_over_soon = after.saved - one.saved <= SOON and after.saved_by == one.saved_by
        if is_over_soon and after.base == one.base and not one.signed:
            return index
    return 0


def _put(connection: Connection, state: DraftState) -> None:
    """Keep a state, and those of its texts that no other holds."""
    draft = state.draft
    texts = {_hash(text): text for text in (*state.files.values(), *state.base_files.values())}
    of_the_draft = TEXTS.c.draft == draft.id
    there = set(connection.scalars(select(TEXTS.c.sha256).where(of_the_draft & TEXTS.c.sha256.in_(texts))))
    new = [
        {"draft": draft.id, "sha256": key, "deflated": zlib.compress(text)}
        for key, text in texts.items()
        if key not in there
    ]
    if new:
        connection.execute(insert(TEXTS), new)
    connection.execute(
        insert(STATES).values(
            draft=draft.id,
            number=state.number,
            saved=draft.changed,
            saved_by=draft.by,
            base=draft.base,
            files={name: _hash(text) for name, text in state.files.items()},
            base_files={name: _hash(text) for name, text in state.base_files.items()},
            signed=_signed_data(state.signed),
        )
    )


def _signed_data(signed: tuple[SignOff, ...]) -> list[dict[str, str]]:
    return [{"digest": one.digest, "role": one.role, "date": one.date} for one in signed]


def _hash(text: bytes) -> str:
    return sha256(text).hexdigest()


def _row(draft: Draft) -> dict[str, Any]:
    return {
        "id": draft.id,
        "ruleset": draft.ruleset,
        "clinic": draft.clinic,
        "base": draft.base,
        "began": draft.began,
        "changed": draft.changed,
        "changed_by": draft.by,
        "state": draft.state,
    }


def _draft(row: Row[Any]) -> Draft:
    return Draft(row.id, row.ruleset, row.clinic, row.base, row.began, row.changed, row.changed_by, row.state)

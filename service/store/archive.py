"""The ruleset archive: every edition that was ever published, when it serves, and which edits wait."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from schemas.language import NEWEST_LANGUAGE
from service.analysis.proofs.results import State
from service.reading.folder import as_text
from service.store.database import Database, InDatabase
from service.store.editions import Edition, Published, Waiting, digest_of_files, start_of
from service.store.faults import Damaged, NeverServed
from service.store.tables import (
    CHECKS,
    EDITION_FILES,
    EDITIONS,
    PUBLICATIONS,
    RETIREMENTS,
    STATE,
    TEXTS,
    WAITING,
)
from service.store.whereabouts import database_url

MOST_LINES = 200
"""So many problems of a waiting edit are kept."""


def open_archive(rulesets: Path, environ: Mapping[str, str] | None = None) -> Archive:
    """The archive of a folder of rulesets, where the environment says (see ``database_url``).

    Raises:
        CannotOpen: wrong settings, or a folder that can't be made: one line with the mend.
        DatabaseFault: the database can't be used.
    """
    return Archive(Database(database_url(rulesets, environ)))


class Archive(InDatabase):
    """What was published, and when."""

    def publish(
        self, edition: Edition, at: datetime, guarantees: Mapping[str, State] | None = None
    ) -> Published:
        """Put an edition on the timeline of its ruleset, as published ``at`` that moment.

        ``guarantees``: what came of proving each; None: nobody has tried. Where it is the newest already
        nothing is added, and what is there comes back; but whether it is signed off and what was proven is
        noted anew, and files that were damaged in the archive are mended.
        """
        with self._database.writing() as connection:
            new = _keep(connection, edition)
            earlier = [_published(row) for row in connection.execute(_newest_of(edition.ruleset))]
            if earlier and earlier[0].key == edition.key:
                newest = earlier[0]
                if guarantees is not None and guarantees != newest.guarantees:
                    where = PUBLICATIONS.c.sequence == newest.sequence
                    connection.execute(update(PUBLICATIONS).where(where).values(guarantees=dict(guarantees)))
                    newest, new = replace(newest, guarantees=guarantees), True
                if new:
                    _step(connection)
                return newest
            moment = max([_moment(at), *(one.at for one in earlier)])  # another machine's clock may be ahead
            published = Published(
                ruleset=edition.ruleset,
                version=edition.version,
                digest=edition.digest,
                starts=start_of(edition, earlier, moment.date()),
                at=moment,
                sequence=_next(connection),
                effective=edition.effective,
                title=edition.title,
                language_version=edition.language_version,
                guarantees=guarantees or {},
            )
            connection.execute(
                insert(PUBLICATIONS).values(
                    sequence=published.sequence,
                    ruleset=published.ruleset,
                    digest=published.digest,
                    starts=published.starts,
                    at=published.at,
                    language_version=published.language_version,
                    guarantees=None if guarantees is None else dict(guarantees),
                )
            )
            _step(connection)
            return published

    def generation(self) -> int:
        """A number that grows whenever anything else that this class tells may have changed."""
        with self._database.reading() as connection:
            return int(connection.scalar(select(STATE.c.generation)) or 0)

    def timeline(self) -> tuple[Published, ...]:
        """All that was published, of all rulesets, the oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(_TIMELINE.order_by(PUBLICATIONS.c.sequence))
            return tuple(_published(row) for row in rows)

    def edition(self, digest: str, language_version: int | None = None) -> Edition:
        """The edition of a digest, with all its files, under a version of the language.

        Without ``language_version`` it is the one under which it was published last.

        Raises:
            NeverServed: no such digest was ever published.
            Damaged: the files don't come to the digest any more.
        """
        with self._database.reading() as connection:
            found = connection.execute(select(EDITIONS).where(EDITIONS.c.digest == digest)).one_or_none()
            files = connection.execute(_FILES.where(EDITION_FILES.c.digest == digest)).all()
            if language_version is None:
                language_version = connection.scalar(_LANGUAGE.where(PUBLICATIONS.c.digest == digest))
        if found is None:
            raise NeverServed(f"no edition {digest} was ever published")
        edition = Edition(
            ruleset=found.ruleset,
            version=found.version,
            digest=found.digest,
            effective=found.effective,
            title=found.title,
            files={row.name: _text(row, digest) for row in files},
            signed_off=found.signed_off,
            form=found.digest_form,
            language_version=NEWEST_LANGUAGE if language_version is None else language_version,
        )
        if digest_of_files(edition) != digest:
            raise Damaged(_DAMAGED.format(digest))
        return edition

    def note_waiting(self, ruleset: str, problems: Iterable[str], at: datetime) -> None:
        """Note that the newest edit of a ruleset was refused, and why; one noted before is forgotten."""
        lines = list(problems)
        kept = lines[:MOST_LINES]
        if len(lines) > MOST_LINES:
            kept.append(f"... and {len(lines) - MOST_LINES} more")
        with self._database.writing() as connection:
            where = WAITING.c.ruleset == ruleset
            there = connection.execute(select(WAITING).where(where)).one_or_none()
            if there is not None and there.problems == kept:
                return
            connection.execute(delete(WAITING).where(where))
            connection.execute(insert(WAITING).values(ruleset=ruleset, problems=kept, at=_moment(at)))
            _step(connection)

    def clear_waiting(self, ruleset: str) -> None:
        """Note that no edit of a ruleset waits any more."""
        with self._database.writing() as connection:
            if connection.execute(delete(WAITING).where(WAITING.c.ruleset == ruleset)).rowcount:
                _step(connection)

    def waiting(self) -> Mapping[str, Waiting]:
        """The refused edits that wait, by ruleset."""
        with self._database.reading() as connection:
            rows = connection.execute(select(WAITING).order_by(WAITING.c.ruleset)).all()
        return {row.ruleset: Waiting(row.ruleset, tuple(row.problems), row.at) for row in rows}

    def note_check(self, ruleset: str, at: datetime) -> None:
        """Note that the newest edit of a ruleset is being checked, from that moment on."""
        with self._database.writing() as connection:
            connection.execute(delete(CHECKS).where(CHECKS.c.ruleset == ruleset))
            connection.execute(insert(CHECKS).values(ruleset=ruleset, at=_moment(at)))
            _step(connection)

    def clear_checks(self, rulesets: Iterable[str]) -> None:
        """Note that no edit of these rulesets is being checked any more."""
        with self._database.writing() as connection:
            if connection.execute(delete(CHECKS).where(CHECKS.c.ruleset.in_([*rulesets]))).rowcount:
                _step(connection)

    def checks(self) -> Mapping[str, datetime]:
        """The rulesets whose newest edit is being checked, and since when (UTC)."""
        with self._database.reading() as connection:
            rows = connection.execute(select(CHECKS).order_by(CHECKS.c.ruleset)).all()
        return {row.ruleset: row.at for row in rows}

    def retire(self, ruleset: str, at: datetime) -> bool:
        """Note that a ruleset serves no more from that moment on; False: so it was before.

        Its timeline and editions stay, for what was decided under them.
        """
        with self._database.writing() as connection:
            connection.execute(select(STATE).with_for_update())
            there = select(RETIREMENTS.c.at).where(RETIREMENTS.c.ruleset == ruleset)
            if connection.scalar(there) is not None:
                return False
            connection.execute(insert(RETIREMENTS).values(ruleset=ruleset, at=_moment(at)))
            connection.execute(delete(WAITING).where(WAITING.c.ruleset == ruleset))
            _step(connection)
            return True

    def restore(self, ruleset: str) -> bool:
        """Let a retired ruleset serve again; False: it is not retired."""
        with self._database.writing() as connection:
            there = connection.execute(delete(RETIREMENTS).where(RETIREMENTS.c.ruleset == ruleset)).rowcount
            if there:
                _step(connection)
            return bool(there)

    def retired(self) -> Mapping[str, datetime]:
        """The rulesets that are retired, and since when (UTC)."""
        with self._database.reading() as connection:
            rows = connection.execute(select(RETIREMENTS).order_by(RETIREMENTS.c.ruleset)).all()
        return {row.ruleset: row.at for row in rows}


_DAMAGED = "the archived files of {} are damaged: they come to another digest"

_TIMELINE: Select[Any] = select(
    PUBLICATIONS, EDITIONS.c.version, EDITIONS.c.effective, EDITIONS.c.title
).join_from(PUBLICATIONS, EDITIONS, PUBLICATIONS.c.digest == EDITIONS.c.digest)

_LANGUAGE: Select[Any] = (
    select(PUBLICATIONS.c.language_version).order_by(PUBLICATIONS.c.sequence.desc()).limit(1)
)

_FILES: Select[Any] = (
    select(EDITION_FILES.c.name, TEXTS.c.deflated)
    .join_from(EDITION_FILES, TEXTS, EDITION_FILES.c.sha256 == TEXTS.c.sha256)
    .order_by(EDITION_FILES.c.position)
)


def _newest_of(ruleset: str) -> Select[Any]:
    """What was published last of one ruleset, if anything."""
    where = PUBLICATIONS.c.ruleset == ruleset
    return _TIMELINE.where(where).order_by(PUBLICATIONS.c.sequence.desc()).limit(1)


def _published(row: Row[Any]) -> Published:
    return Published(
        ruleset=row.ruleset,
        version=row.version,
        digest=row.digest,
        starts=row.starts,
        at=row.at,
        sequence=row.sequence,
        effective=row.effective,
        title=row.title,
        language_version=row.language_version,
        guarantees=row.guarantees or {},
    )


def _moment(at: datetime) -> datetime:
    """The moment in UTC; one without a zone is taken for UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _step(connection: Connection) -> None:
    connection.execute(update(STATE).values(generation=STATE.c.generation + 1))


def _next(connection: Connection) -> int:
    return int(connection.scalar(select(func.coalesce(func.max(PUBLICATIONS.c.sequence), 0))) or 0) + 1


def _keep(connection: Connection, edition: Edition) -> bool:
    """Store the edition; whether there was anything to store, or to mend."""
    connection.execute(select(STATE).with_for_update())  # one publisher at a time, also on PostgreSQL
    where = EDITIONS.c.digest == edition.digest
    there = connection.execute(select(EDITIONS).where(where)).one_or_none()
    if there is None:
        connection.execute(
            insert(EDITIONS).values(
                digest=edition.digest,
                ruleset=edition.ruleset,
                version=edition.version,
                effective=edition.effective,
                title=edition.title,
                signed_off=edition.signed_off,
                digest_form=edition.form,
            )
        )
        _keep_files(connection, edition)
        return True
    signed_anew = there.signed_off != edition.signed_off
    if signed_anew:
        connection.execute(update(EDITIONS).where(where).values(signed_off=edition.signed_off))
    damaged = not _is_whole(connection, edition, there.digest_form)
    if damaged:
        connection.execute(update(EDITIONS).where(where).values(digest_form=edition.form))
        connection.execute(delete(EDITION_FILES).where(EDITION_FILES.c.digest == edition.digest))
        _keep_files(connection, edition)
    return signed_anew or damaged


def _keep_files(connection: Connection, edition: Edition) -> None:
    """Store the files; a text that another edition has, too, is stored once, and mended if need be."""
    raw = {name: text.encode() for name, text in edition.files.items()}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in raw.items()}
    wanted = {hashes[name]: content for name, content in raw.items()}
    for row in connection.execute(select(TEXTS).where(TEXTS.c.sha256.in_(wanted))).all():
        content = wanted.pop(row.sha256)
        if inflated(row.deflated) != content:
            mended = update(TEXTS).where(TEXTS.c.sha256 == row.sha256)
            connection.execute(mended.values(deflated=zlib.compress(content, 9)))
    if wanted:
        texts = [{"sha256": key, "deflated": zlib.compress(content, 9)} for key, content in wanted.items()]
        connection.execute(insert(TEXTS), texts)
    files = [
        {"digest": edition.digest, "position": position, "name": name, "sha256": hashes[name]}
        for position, name in enumerate(raw)
    ]
    connection.execute(insert(EDITION_FILES), files)


def _is_whole(connection: Connection, edition: Edition, form: int) -> bool:
    """Whether its files are there; in form 2 another machine may have saved them with other line ends."""
    same = bytes if form == 1 else as_text
    rows = connection.execute(_FILES.where(EDITION_FILES.c.digest == edition.digest))
    stored = [(row.name, same(inflated(row.deflated) or b"")) for row in rows]
    return stored == [(name, same(text.encode())) for name, text in edition.files.items()]


def inflated(deflated: bytes) -> bytes | None:
    """The content of a stored text, or None where it is damaged."""
    try:
        return zlib.decompress(deflated)
    except (zlib.error, TypeError):  # SQLite gives back whatever was put in
        return None


def _text(row: Row[Any], digest: str) -> str:
    content = inflated(row.deflated)
    try:
        return (content or b"").decode()  # of damaged content the digest will say so
    except UnicodeDecodeError as error:
        raise Damaged(_DAMAGED.format(digest)) from error

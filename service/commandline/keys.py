"""``picoplan keys``: who may ask the service, and what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import rich_click as click

from service.commandline.arguments import CommandGroup, LimitType, Unreadable
from service.commandline.console import complain, heading, say
from service.commandline.decision_log import log_url, readable_database
from service.model.caller import SCOPES, Scope
from service.model.limit import Limit, NoLimit
from service.model.problem import did_you_mean, quoted
from service.store.api_keys import CantAdd, Key, KeyStore, NewKey
from service.store.archive import Archive
from service.store.database import Database
from service.store.editions import timelines
from service.store.folders import NotARulesetsFolder, is_shipped, shipped, shipped_ids
from service.store.whereabouts import DATABASE_URL
from service.vetting.sources import Source


@click.group("keys", cls=CommandGroup)
def command() -> None:
    """Add, list and revoke API keys, also while the service runs: it follows within a second.

    As long as there never was a key, everybody who reaches the service may ask anything. From the first key
    on, also when all are revoked again, each request needs one.
    """


RULESETS = click.option(
    "--rulesets",
    metavar="DIR",
    help='The folder of rulesets, as "picoplan serve" is told. Without it, as there: those that come with '
    f"picoplan. {DATABASE_URL} names a database for all folders.",
)


@contextmanager
def opened_keys(rulesets: str | None) -> Iterator[tuple[Database, KeyStore]]:
    """The keys of the folder as the person typed it, and the database that they are in.

    Raises:
        Unreadable: there is no such folder, or the database can't be used.
    """
    url = log_url(str(shipped()) if rulesets is None else rulesets)
    with readable_database():
        database = Database(url)
        try:
            yield database, KeyStore(database)
        finally:
            database.close()


def rulesets_seen(key: Key) -> str:
    """The rulesets that it sees."""
    return ", ".join(key.wanted.rulesets) or "all"


def rulesets_edited(key: Key) -> str:
    """The rulesets for which it may change something; empty: none."""
    wanted = key.wanted
    if not wanted.may_change:
        return ""
    return ", ".join(wanted.edits) or ("all" if wanted.clinic is None else "")


def scopes_of(key: Key) -> str:
    """What it may do."""
    return ", ".join(key.wanted.scopes)


@command.command("add")
@click.argument("name", metavar="NAME")
@click.option(
    "--clinic", metavar="CLINIC", help="Whose key it is. Without it: the house's, who sees all decisions."
)
@click.option(
    "--ruleset",
    "named",
    metavar="ID",
    multiple=True,
    help="A ruleset that it sees; can be said again. A clinic's key needs one; the house's sees all without.",
)
@click.option(
    "--default",
    metavar="ID",
    help="The ruleset for requests that name none; where one ruleset is named, it is that one.",
)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    default=("evaluate", "read"),
    show_default=True,
    help="What it may do; can be said again. evaluate: have assessments decided. read: look at rulesets and "
    "decisions. operate: see how the service does. erase: delete the decisions of a client. edit: have "
    "drafts of rulesets. publish: save drafts into the folder that serves.",
)
@click.option(
    "--for",
    "edits",
    metavar="ID",
    multiple=True,
    help="A ruleset that it may edit and publish, as its scopes say; can be said again. It need not be there "
    "yet. A clinic's key needs one; the house's may change all without.",
)
@click.option(
    "--role",
    metavar="ROLE",
    help='As what its holder signs, such as "Medical director". Without it nobody signs with this key.',
)
@click.option(
    "--limit",
    type=LimitType(),
    metavar="N/UNIT",
    help="How many requests it may send, such as 600/minute; none: any number. Without it: as the service is "
    "told.",
)
@RULESETS
def add(
    name: str,
    clinic: str | None,
    named: tuple[str, ...],
    default: str | None,
    scopes: tuple[Scope, ...],
    edits: tuple[str, ...],
    role: str | None,
    limit: Limit | NoLimit | None,
    rulesets: str | None,
) -> int:
    """Add a key. Its token alone goes to standard output: it is shown this once, and can't be had again.

    NAME says for people what the key is for, such as booking. A client sends the token with each request, as
    the header "Authorization: Bearer TOKEN".

    Exit code 0: added. 2: wrong usage, an unknown ruleset, a name that is taken, or no database.
    """
    wanted = NewKey(name, clinic, named, default, scopes, limit, edits, role)
    with opened_keys(rulesets) as (database, store):
        known = _known(database, store, rulesets)
        _refuse_unknown_rulesets(wanted, known)
        _refuse_what_others_build_on(wanted, database)
        is_first = not store.ring().asked_for
        if is_first:
            _warn_of_others(store)
        try:
            key, token = store.add(wanted, datetime.now(UTC))
        except CantAdd as error:
            raise Unreadable(str(error)) from error
        shown_as = store.shown_as
    say(token.text)
    for text in (
        *_added_lines(key, known),
        f"It is kept in {shown_as}, without its secret: the token is shown this once.",
    ):
        complain(text)
    if is_first:
        complain("It is the first key: from now on the service asks every request for one.")
    return 0


def _added_lines(key: Key, known: Iterable[str]) -> list[str]:
    wanted = key.wanted
    whose = "the house's" if wanted.clinic is None else f"the clinic {wanted.clinic}'s"
    default = f" (by default {wanted.default_ruleset})" if wanted.default_ruleset else ""
    limit = "the service's" if wanted.limit is None else str(wanted.limit)
    return [
        f'Key {key.id} "{wanted.name}" is {whose}.',
        f"Rulesets: {rulesets_seen(key)}{default}. Scopes: {scopes_of(key)}. Limit: {limit}.",
        *([f"It may change: {edited}."] if (edited := rulesets_edited(key)) else []),
        *(
            f'There is no ruleset "{name}" yet: the key may begin it.{did_you_mean(name, known)}'
            for name in wanted.edits
            if name not in known
        ),
        *([] if wanted.role is None else [f"It signs as: {wanted.role}."]),
        *([_SEES_NO_DRAFT] if "publish" in wanted.scopes and not _sees_drafts(wanted) else []),
    ]


_SEES_NO_DRAFT = (
    "It sees no draft, so it can't publish one: add a key with --scope edit, too, or with --role."
)


def _sees_drafts(wanted: NewKey) -> bool:
    """Whether drafts of its rulesets are there for the key."""
    return "edit" in wanted.scopes or wanted.role is not None


def _known(database: Database, store: KeyStore, rulesets: str | None) -> frozenset[str]:
    """The rulesets that lie in the folder, ever served, come with picoplan, or that another key may begin."""
    served = (one.ruleset for one in Archive(database).timeline())
    begun = (name for key in store.all_keys() if key.revoked is None for name in key.wanted.edits)
    return frozenset((*served, *begun, *_in_folder(rulesets), *shipped_ids()))


def _refuse_unknown_rulesets(wanted: NewKey, known: frozenset[str]) -> None:
    """Refuse a ruleset to see that is not known, and is none that the key may begin."""
    for name in (*wanted.rulesets, *([wanted.default_ruleset] if wanted.default_ruleset else [])):
        if name not in known and name not in wanted.edits:
            hint = did_you_mean(name, known) or (f" There is {quoted(sorted(known))}." if known else "")
            raise Unreadable(f'there is no ruleset "{name}", and none of that id ever served.{hint}')


def _refuse_what_others_build_on(wanted: NewKey, database: Database) -> None:
    """Refuse a ruleset to edit that comes with picoplan, or on which others than a clinic's own rest."""
    for name in wanted.edits:
        if is_shipped(name):
            raise Unreadable(f"{name} comes with picoplan and can only be built upon: {_NAME_ITS_OWN}")
    if wanted.clinic is None or not wanted.edits:
        return
    archive = Archive(database)
    for other, newest_first in timelines(archive.timeline()).items():
        below = archive.edition(*newest_first[0].key).layers if other not in wanted.edits else ()
        found = next((name for name in wanted.edits if name in below), None)
        if found is not None:
            raise Unreadable(f"{other} builds on {found}, so no clinic's key may change it: {_NAME_ITS_OWN}")


_NAME_ITS_OWN = "name a ruleset of the clinic's own that extends it, which need not be there yet"


def _in_folder(rulesets: str | None) -> tuple[str, ...]:
    folder = shipped() if rulesets is None else Path(rulesets)
    try:
        return Source(folder, str(folder)).ids()
    except NotARulesetsFolder:
        return ()  # the database is named, and the folder lies on another machine


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document a line, for a program.")
@RULESETS
def list_keys(as_json: bool, rulesets: str | None) -> int:
    """List keys, the oldest first, those that were revoked too; never a token.

    Exit code 0: listed, also where there are none. 2: there is no such folder, or the database can't be used.
    """
    with opened_keys(rulesets) as (_, store):
        keys, shown_as = store.all_keys(), store.shown_as
        if not keys:
            _warn_of_others(store)
    if as_json:
        for key in keys:
            say(orjson.dumps(_data(key)).decode())
        return 0
    if not keys:
        complain(f"There are no keys in {shown_as}: whoever reaches the service may ask anything.")
        return 0
    for line in _table(keys):
        say(line)
    return 0


def _warn_of_others(store: KeyStore) -> None:
    """Say where databases beside one without keys hold some: perhaps one of those is meant."""
    if elsewhere := store.kept_elsewhere():
        complain(f"{store.shown_as} had no key, but databases beside it hold some:")
        for path in elsewhere:
            complain(f"  {path}")
        complain("Name the folder of rulesets as the service is told, and give the same settings.")


def _table(keys: Sequence[Key]) -> list[str]:
    rows = [_HEADS]
    for key in keys:
        wanted = key.wanted
        revoked = "" if key.revoked is None else _minute(key.revoked)
        limit = "the service's" if wanted.limit is None else str(wanted.limit)
        whose = wanted.clinic or "(the house)"
        rows.append(
            (
                key.id,
                wanted.name,
                whose,
                rulesets_seen(key),
                scopes_of(key),
                rulesets_edited(key),
                wanted.role or "",
                limit,
                _minute(key.created),
                revoked,
            )
        )
    wide = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(to) for cell, to in zip(row, wide, strict=True)).rstrip() for row in rows]
    return [heading(lines[0]), *lines[1:]]


_HEADS = (
    *("key", "name", "clinic", "rulesets", "scopes", "edits", "role", "limit"),
    *("created (UTC)", "revoked (UTC)"),
)


def _data(key: Key) -> dict[str, Any]:
    wanted = key.wanted
    return {
        "id": key.id,
        "name": wanted.name,
        "clinic": wanted.clinic,
        "rulesets": list(wanted.rulesets) or None,
        "default_ruleset": wanted.default_ruleset,
        "scopes": list(wanted.scopes),
        "edits": list(wanted.edits) or (None if key.caller.edits is None else []),
        "role": wanted.role,
        "limit": None if wanted.limit is None else str(wanted.limit),
        "created": _second(key.created),
        "revoked": None if key.revoked is None else _second(key.revoked),
    }


def _second(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")[:19] + "Z"


def _minute(moment: datetime) -> str:
    return moment.isoformat(" ", timespec="minutes")[:16]


@command.command("revoke")
@click.argument("key_id", metavar="ID")
@RULESETS
def revoke(key_id: str, rulesets: str | None) -> int:
    """Revoke a key, for good. A running service refuses it within a second; decisions made with it stay.

    ID is the key's id, as "picoplan keys list" shows it.

    Exit code 0: it is revoked, or was before. 2: there is no such key, or the database can't be used.
    """
    with opened_keys(rulesets) as (_, store):
        before = store.revoke(key_id, datetime.now(UTC))
        if before is None:
            raise Unreadable(f"there is no key of that id.{_meant(key_id, store)}")
        living = store.ring().living
    if before.revoked is not None:
        say(f'Key {before.id} "{before.wanted.name}" was revoked before.')
        return 0
    say(f'Key {before.id} "{before.wanted.name}" is revoked.')
    if not living:
        complain("No key is left: every request is refused until one is added.")
    return 0


def _meant(said: str, store: KeyStore) -> str:
    """The id that was meant; what was said may be a token, and is not repeated."""
    every = store.all_keys()
    living = {key.id: key for key in every if key.revoked is None}
    for key in living.values():
        if said == key.wanted.name or key.id in said:
            return f" Did you mean {key.id}?"
    return did_you_mean(said, living) or ' See "picoplan keys list".'

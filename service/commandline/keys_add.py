"""``picoplan keys add``: a new key, its token shown this once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import rich_click as click

from service.commandline.console import complain, say
from service.commandline.keyrings import RULESETS, allowed, opened_keys, seen
from service.commandline.limits import LimitType
from service.commandline.refusing import Unreadable
from service.model.caller import SCOPES, Scope
from service.model.limit import Limit
from service.model.problem import did_you_mean, quoted
from service.store.archive import Archive
from service.store.database import Database
from service.store.folders import NotARulesetsFolder, shipped
from service.store.keys.key import Key, Wanted
from service.store.keys.store import CantAdd
from service.vetting.sources import Source


@click.command("add")
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
    "decisions. operate: see how the service does.",
)
@click.option(
    "--limit",
    type=LimitType(),
    metavar="N/UNIT",
    help="How many requests it may send, such as 600/minute. Without it: as the service is told.",
)
@RULESETS
def command(
    name: str,
    clinic: str | None,
    named: tuple[str, ...],
    default: str | None,
    scopes: tuple[Scope, ...],
    limit: Limit | None,
    rulesets: str | None,
) -> int:
    """Add a key. Its token alone goes to standard output: it is shown this once, and can't be had again.

    NAME says for people what the key is for, such as booking. A client sends the token with each request, as
    the header "Authorization: Bearer TOKEN".

    Exit code 0: added. 2: wrong usage, an unknown ruleset, a name that is taken, or no database.
    """
    wanted = Wanted(name, clinic, named, default, scopes, limit)
    with opened_keys(rulesets) as (database, store):
        _known(wanted, database, rulesets)
        is_first = not store.ring().asked_for
        try:
            key, token = store.add(wanted, datetime.now(UTC))
        except CantAdd as error:
            raise Unreadable(str(error)) from error
        shown_as = store.shown_as
    say(token.text)
    for text in (
        *_words(key),
        f"It is kept in {shown_as}, without its secret: the token is shown this once.",
    ):
        complain(text)
    if is_first:
        complain("It is the first key: from now on the service asks every request for one.")
    return 0


def _words(key: Key) -> list[str]:
    wanted = key.wanted
    whose = "the house's" if wanted.clinic is None else f"the clinic {wanted.clinic}'s"
    default = f" (by default {wanted.default_ruleset})" if wanted.default_ruleset else ""
    limit = "the service's" if wanted.limit is None else str(wanted.limit)
    return [
        f'Key {key.id} "{wanted.name}" is {whose}.',
        f"Rulesets: {seen(key)}{default}. Scopes: {allowed(key)}. Limit: {limit}.",
    ]


def _known(wanted: Wanted, database: Database, rulesets: str | None) -> None:
    """Refuse a ruleset that neither lies in the folder nor ever served."""
    named = [*wanted.rulesets, *([wanted.default_ruleset] if wanted.default_ruleset else [])]
    if not named:
        return
    known = {one.ruleset for one in Archive(database).timeline()} | set(_in_folder(rulesets))
    for name in named:
        if name not in known:
            hint = did_you_mean(name, known) or (f" There is {quoted(sorted(known))}." if known else "")
            raise Unreadable(f'there is no ruleset "{name}", and none of that id ever served.{hint}')


def _in_folder(rulesets: str | None) -> tuple[str, ...]:
    folder = shipped() if rulesets is None else Path(rulesets)
    try:
        return Source(folder, str(folder)).ids()
    except NotARulesetsFolder:
        return ()  # the database is named, and the folder lies on another machine

"""``picoplan sign-off``: somebody has read a ruleset through and agrees with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import rich_click as click

from service.commandline.arguments import DayType, Unreadable
from service.commandline.console import complain, heading, need_a_person, say
from service.commandline.dossiers import check_command, dossier_of, shelf_with
from service.commandline.folders import located
from service.commandline.problems import counted
from service.documenting.changes import changes_since
from service.documenting.dossier import Dossier, Faulty, folder_of
from service.documenting.signature import (
    FILE,
    NAME_THE_DAY,
    NotSigned,
    day_mistake,
    entry_for,
    role_mistake,
    sign,
    signed_by,
)
from service.model.ruleset import SignOff
from service.store.folders import Shelf

_LABEL = 14


@click.command("sign-off")
@click.argument("ruleset", metavar="RULESET")
@click.option(
    "--role",
    required=True,
    metavar="ROLE",
    help='Who has read the rules, such as "Medical director". A role is enough; no name is needed.',
)
@click.option(
    "--rulesets",
    metavar="DIR",
    help='The folder of rulesets. Without it: "rulesets" here, or else those that come with picoplan.',
)
@click.option(
    "--date", "day", type=DayType(), metavar="DATE", help="The day on which it was read. Without it: today."
)
@click.option(
    "--since",
    metavar="DIR",
    help='A folder with the rules as they were before, or "served" for the version that served last.',
)
@click.option("--yes", is_flag=True, help="Don't ask first. Needed where nobody sits at a terminal.")
def command(
    ruleset: str, role: str, rulesets: str | None, day: date | None, since: str | None, yes: bool
) -> int:
    """Record that a ruleset was read through and agreed with.

    RULESET is a ruleset's id, such as pico-laser, or its folder. Role, date and digest go into its
    sign-off.yaml, after what stands there. The digest is that of the rules as they are now: after any edit
    they are unsigned again.

    "picoplan docs RULESET" writes the page to read before. What is signed is shown first, and asked about.

    Exit code 0: signed, or signed already by that role. 1: the ruleset has errors, guarantees that don't hold
    or scenarios that fail, or the answer was no; nothing was written. 2: there is no such ruleset or folder,
    or nobody to ask.
    """
    mistake = role_mistake(role)
    if mistake:
        raise Unreadable(f"{mistake} {NAME_THE_DAY}")
    day = _day(day)
    ruleset, rulesets = located(ruleset, rulesets)
    shelf = shelf_with(rulesets, ruleset)
    try:
        dossier = dossier_of(shelf, ruleset, since)
    except Faulty as faulty:
        return _refuse(ruleset, [_counted_errors(len(faulty.problems), shelf)])
    wrong = list(_wrong(dossier, shelf))
    if wrong:
        return _refuse(ruleset, wrong)
    entry = entry_for(dossier.ruleset.digest, role, day)
    before = signed_by(dossier.signed, entry.digest, entry.role)
    if before is not None:
        say(f'"{before.role}" signed {_named(dossier)} as it stands, on {before.date}. Nothing was written.')
        return 0
    if not _agreed(dossier, entry, ask=not yes):
        say("Nothing was signed.")
        return 1
    return _sign(rulesets, dossier, entry)


def _day(day: date | None) -> date:
    today = datetime.now().astimezone().date()
    mistake = day_mistake(day or today, today)
    if mistake:
        raise Unreadable(f"{mistake} {NAME_THE_DAY}")
    return day or today


def _refuse(ruleset: str, why: list[str]) -> int:
    for text in why:
        complain(text)
    complain(f"{ruleset} can't be signed like this. Nothing was written.")
    return 1


def _wrong(dossier: Dossier, shelf: Shelf) -> Iterator[str]:
    if dossier.errors:
        yield _counted_errors(dossier.errors, shelf)
    if dossier.failed:
        shows = f'"picoplan test {shelf.shown_as}" shows how'
        yield f"{counted(dossier.failed, 'scenario')} not as expected: {shows}."


def _counted_errors(errors: int, shelf: Shelf) -> str:
    return f"{counted(errors, 'error')}: {check_command(shelf)} shows each with its mend."


def _named(dossier: Dossier) -> str:
    return f"version {dossier.ruleset.version} of {dossier.ruleset.id}"


def _summary(dossier: Dossier) -> Iterator[str]:
    """What is being signed, a line each."""
    ruleset = dossier.ruleset
    yield heading(f"{ruleset.title} ({ruleset.id} {ruleset.version})")
    rows = {
        "Digest": ruleset.digest,
        "Rules": f"{len(ruleset.rules)}, on {counted(len(ruleset.factors), 'factor')}",
        "Guarantees": _guarantees(dossier),
        "Scenarios": f"{len(dossier.worked)}, all as expected" if dossier.worked else "none",
        "Warnings": f"{dossier.warnings} open, {len(dossier.let_stand)} let stand with a reason",
        "Changes": _changes(dossier),
        "Signed before": _signed(dossier),
    }
    for label, text in rows.items():
        yield f"  {label:{_LABEL}}  {text}"


def _guarantees(dossier: Dossier) -> str:
    if not dossier.proofs:
        return "none"
    undecided = dossier.guarantees("not decided")
    return f"{dossier.guarantees('proven')} proven" + (f", {undecided} not decided" if undecided else "")


def _changes(dossier: Dossier) -> str:
    if dossier.older is None:
        return 'not compared; "--since" names the rules as they were'
    edited = len(changes_since(dossier.older, dossier.ruleset).edited)
    return f"{edited or 'none'} since version {dossier.older.version}"


def _signed(dossier: Dossier) -> str:
    said = [
        f"{one.role} on {one.date}{'' if one.digest == dossier.ruleset.digest else ' (an earlier state)'}"
        for one in dossier.signed
    ]
    return "; ".join(said) or "by nobody"


def _agreed(dossier: Dossier, entry: SignOff, *, ask: bool) -> bool:
    """Show what is being signed, and ask."""
    if ask:
        need_a_person('Read it through, then sign with "--yes".')
    for text in _summary(dossier):
        say(text)
    said = f'Sign this as "{entry.role}", read on {entry.date}?'
    return not ask or click.confirm(said, default=False, err=True)


def _sign(rulesets: str | None, dossier: Dossier, entry: SignOff) -> int:
    """Write the entry, if the rules are still those that were shown."""
    name = dossier.ruleset.id
    shelf = shelf_with(rulesets, name)
    now = shelf.read[name].ruleset
    if now is None or now.digest != entry.digest:
        complain(f"{name} was edited meanwhile. Nothing was written: read it through as it is now.")
        return 1
    folder = folder_of(shelf, name)
    try:
        sign(folder, entry)
    except NotSigned as refused:
        complain(f"{folder / FILE}: {refused} Nothing was written.")
        return 1
    shown = f"{shelf.shown_as}/{FILE}" if shelf.single else f"{shelf.shown_as}/{name}/{FILE}"
    say(f'Signed as "{entry.role}" on {entry.date}, in {shown}.')
    return 0

"""``picoplan rollback``: a version that served, put back into the folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import rich_click as click

from service.commandline.arguments import Unreadable
from service.commandline.console import complain, need_a_person, progress_bar, say
from service.commandline.folders import located, open_shelf
from service.commandline.problems import counted, examples, line
from service.drafting.going_back import (
    Candidate,
    WaitsForSignature,
    candidate,
    errors_in_place,
    publish_again,
    put_back,
)
from service.model.problem import Problem, did_you_mean, quoted
from service.serving.choosing import newest_for
from service.store.archive import Archive, open_archive
from service.store.editions import ALWAYS, Edition, Published, timelines
from service.store.faults import DatabaseFault
from service.store.folders import Shelf
from service.store.replacing import CantReplace
from service.vetting.check import check_shelf, only
from service.wording.phrases import SHORT_DIGEST, short_digest


def _check(one: Candidate) -> tuple[Problem, ...]:
    """Check here, with a bar while it takes its time."""
    name = one.edition.ruleset
    with progress_bar("Checking") as on_progress:
        checked = check_shelf(only(one.after, name), on_progress=on_progress)
    found = checked.problems_of(name)
    checked.close()
    return found


@click.command("rollback")
@click.argument("ruleset", metavar="RULESET")
@click.argument("version", metavar="[VERSION]", required=False)
@click.option(
    "--rulesets",
    metavar="DIR",
    help='The folder of rulesets. Without it: "rulesets" here, or else those that come with picoplan.',
)
@click.option("--digest", metavar="DIGEST", help="The digest, or its beginning, where a version had several.")
@click.option("--extended", is_flag=True, help="Put back what it extends as well, beside it, as it was then.")
@click.option("--yes", is_flag=True, help="Don't ask first. Needed where nobody sits at a terminal.")
def command(
    ruleset: str, version: str | None, rulesets: str | None, digest: str | None, extended: bool, yes: bool
) -> int:
    """Put a version that served back into the folder, or list the versions that served.

    RULESET is a ruleset's id, or its folder. VERSION is one that "picoplan serve" has served from this
    folder; without it, those that did are listed, the newest first.

    The files are checked, proven and tried as they will stand in the folder. Where they are not good any more
    nothing is changed. What they replace is kept beside them, hidden, and a line says where.

    Exit code 0: done. 1: refused, with every error, or not wanted after all. 2: there is no such version,
    ruleset or folder, or nobody to ask.
    """
    ruleset, rulesets = located(ruleset, rulesets)
    shelf = open_shelf(rulesets)
    with _archive_of(shelf) as archive:
        history = _history(archive, shelf, ruleset)
        if version is None and digest is None:
            for text in history_lines(history):
                say(text)
            return 0
        if ruleset in archive.retired():
            raise Unreadable(f'{ruleset} is retired: run "picoplan rulesets restore {ruleset}" first')
        edition = archive.edition(*_chosen(history, version, digest).key)
        with candidate(shelf, edition, extended=extended) as one:
            return _restore(archive, history, one, ask=not yes)


@contextmanager
def _archive_of(shelf: Shelf) -> Iterator[Archive]:
    try:
        archive = open_archive(shelf.given)
        try:
            yield archive
        finally:
            archive.close()
    except (DatabaseFault, CantReplace) as fault:
        raise Unreadable(str(fault)) from fault


def _history(archive: Archive, shelf: Shelf, ruleset: str) -> Sequence[Published]:
    """What was published of the ruleset, the newest first."""
    histories = timelines(archive.timeline())
    if ruleset in histories:
        return histories[ruleset]
    hint = did_you_mean(ruleset, histories) or (f" There is {quoted(histories)}." if histories else "")
    raise Unreadable(
        f'no version of "{ruleset}" has served from {shelf.shown_as}, as far as the archive '
        f"{archive.shown_as} knows.{hint}"
    )


def _chosen(history: Sequence[Published], version: str | None, digest: str | None) -> Published:
    """The newest edition of the version and with the digest, or one that begins like it."""
    begins = (digest or "").removeprefix("sha256:")
    found = [
        one
        for one in history
        if version in (None, one.version) and one.digest.removeprefix("sha256:").startswith(begins)
    ]
    if not found:
        named = " and ".join([f"version {version}"] * bool(version) + [f"digest {digest}"] * bool(digest))
        versions = quoted(dict.fromkeys(one.version for one in history))
        raise Unreadable(f"no {named} of {history[0].ruleset} has served. There is {versions}.")
    if digest and len({one.digest for one in found}) > 1:
        raise Unreadable(f'several digests begin with "{digest}". Write more of it.')
    return found[0]


def _restore(archive: Archive, history: Sequence[Published], one: Candidate, *, ask: bool) -> int:
    name = name_of(one.edition)
    if one.is_all_as_it_was(history):
        say(f"{one.shown_as} holds {name} already. Nothing was changed.")
        return 0
    errors = errors_in_place(one, history, _check)
    if one.changed_below:
        changed = " and ".join(one.changed_below)
        complain(f"{changed} has changed since. With it as it is now, {name} becomes a new edition.")
    if errors:
        _complain_of(errors)
        complain(f"{counted(len(errors), 'error')}: {name} is not good any more. Nothing was changed.")
        return 1
    _say_spoiled(one)
    if ask and not _is_wanted(one):
        say("Nothing was changed.")
        return 1
    now = datetime.now(UTC)
    beside = Path(one.shown_as).parent
    kept = put_back(one, now)
    say(f"{one.shown_as} holds {name} again, checked and tried with {_scenarios(one)}.")
    for folder in one.extended.values():
        say(f"{beside / folder.name} holds {folder.name} as {name} extended it.")
    for was in kept:
        say(f"What was there is kept in {beside / was.name}.")
    say(_published(archive, one, now))
    return 0


def _published(archive: Archive, one: Candidate, now: datetime) -> str:
    """Publish what went back; what serves now."""
    only_signed = os.environ.get("PICOPLAN_PUBLISH") == "signed"
    try:
        published = publish_again(archive, one, now, only_signed=only_signed)
        if published is None:
            return "A running service checks and publishes the new edition, or says at /readyz why not."
        return serves_text(published, timelines(archive.timeline())[published.ruleset], now.date())
    except WaitsForSignature:
        return f"It waits to be signed off: nobody has signed off {name_of(one.edition)}."
    except DatabaseFault as fault:
        return f"A running service publishes it once it can: {fault}."


def _say_spoiled(one: Candidate) -> None:
    for name, errors in one.spoiled.items():
        for problem in errors:
            complain(line(problem))
        complain(
            f"With it {name} has {counted(len(errors), 'error')}, and goes on as it serves until mended."
        )


def _complain_of(errors: Sequence[Problem]) -> None:
    for problem in errors:
        for text in (line(problem), *examples(problem)):
            complain(text)


def _scenarios(one: Candidate) -> str:
    ruleset = one.read.ruleset
    return counted(len(ruleset.scenarios) if ruleset else 0, "scenario")


def _is_wanted(one: Candidate) -> bool:
    need_a_person('Look at what is there, then put it back with "--yes".')
    return click.confirm(f"Put {name_of(one.edition)} into {one.shown_as}?", default=False, err=True)


def name_of(edition: Edition) -> str:
    """``pico-laser 1.0.0 (810f07d78f23)``."""
    return f"{edition.ruleset} {edition.version} ({short_digest(edition.digest)})"


def history_lines(history: Sequence[Published]) -> Iterator[str]:
    """A line for each time that an edition was published, the newest first.

    Where a digest was published under several versions of the language each line also tells under which.
    """
    width = max(len("version"), *(len(one.version) for one in history))
    several = len({one.key for one in history}) > len({one.digest for one in history})
    columns = "published             language" if several else "published"
    yield f"{'version':{width}}  {'digest':{SHORT_DIGEST}}  {'serves from':13}  {columns}"
    for one in history:
        starts = "the beginning" if one.starts == ALWAYS else one.starts.isoformat()
        at = one.at.strftime("%Y-%m-%d %H:%M UTC")
        language = f"  {one.language_version}" if several else ""
        yield f"{one.version:{width}}  {short_digest(one.digest)}  {starts:13}  {at}{language}"


def serves_text(published: Published, newest_first: Sequence[Published], today: date) -> str:
    """From when on what was published serves, and what does until then."""
    if published.starts <= today:
        return f"Version {published.version} serves from now on."
    until = newest_for(newest_first, today)
    said = f"Version {published.version} serves from {published.starts.isoformat()} on"
    return f"{said}, and version {until.version} until then." if until else f"{said}."

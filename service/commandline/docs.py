"""``picoplan docs``: a ruleset as a page that a clinician can read.

All that is known of one ruleset is gathered here, for ``picoplan sign-off`` too.
"""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from service.commandline.arguments import Unreadable
from service.commandline.console import complain, say, told_progress
from service.commandline.folders import open_shelf, opened_archive, write_whole
from service.commandline.problems import counted, line
from service.documenting.dossier import Dossier, Faulty, gather
from service.documenting.page import html
from service.model.problem import did_you_mean, quoted
from service.model.ruleset import Ruleset
from service.store.editions import digests_before, edition_of, readable, timelines
from service.store.folders import Shelf

SERVED = "served"
"""What stands for a folder where the version is meant that served last."""


def shelf_with(rulesets: str | None, name: str) -> Shelf:
    """The folder of rulesets, in which there is one of that name.

    Raises:
        Unreadable: the folder or the ruleset is not there.
    """
    shelf = open_shelf(rulesets)
    if name not in shelf.read:
        known = list(shelf.read)
        hint = did_you_mean(name, known) or f" There is {quoted(known)}."
        raise Unreadable(f'there is no ruleset "{name}".{hint}')
    return shelf


def dossier_of(shelf: Shelf, name: str, since: str | None) -> Dossier:
    """The ruleset checked, proven and tried, beside the older one in the folder ``since``, or that served.

    Raises:
        Unreadable: ``since`` has no ruleset to compare with.
        Faulty: the ruleset has errors.
    """
    older = None
    if since is not None:
        older = _served(shelf, name) if since == SERVED else _older(since, name)
    with told_progress("Checking") as told:
        return gather(shelf, name, older=older, told=told)


def check_command(shelf: Shelf) -> str:
    """The command that shows what is wrong in the folder."""
    return f'"picoplan check {shelf.shown_as}"'


def _older(since: str, name: str) -> Ruleset:
    """The ruleset of that name in a folder of rulesets, or the one that the folder itself is."""
    folder = Path(since)
    below = folder / name
    shelf = open_shelf(str(below) if (below / "ruleset.yaml").is_file() else since)
    read = next(iter(shelf.read.values())) if shelf.single else shelf.read.get(name)
    if read is None:
        raise Unreadable(f'{since} has no ruleset "{name}" to compare with')
    if read.ruleset is None:
        raise Unreadable(f'the rules in {since} have errors: "picoplan check {since}" shows them')
    return read.ruleset


def _served(shelf: Shelf, name: str) -> Ruleset:
    """The edition of the ruleset that was published last, but for the one that lies in the folder."""
    read = shelf.read[name]
    same = {read.ruleset.digest, *digests_before(edition_of(read))} if read.ruleset is not None else set()
    with opened_archive(shelf.root) as archive:
        published = timelines(archive.timeline()).get(name, ())
        last = next((one for one in published if one.digest not in same), None)
        if last is None:
            raise Unreadable(f"no other version of {name} has served from {shelf.shown_as}")
        return readable(archive.edition(last.digest))


@click.command("docs")
@click.argument("ruleset", metavar="RULESET")
@click.option(
    "--rulesets",
    metavar="DIR",
    help='The folder of rulesets. Without it: "rulesets" here, or else those that come with picoplan.',
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help='Where the page goes; "-" is standard output. Without it: RULESET.html here.',
)
@click.option(
    "--since",
    metavar="DIR",
    help='A folder with the rules as they were before, or "served" for the version that served last: '
    "the page says what changed.",
)
def command(ruleset: str, rulesets: str | None, output: str | None, since: str | None) -> int:
    """Write a page that says a whole ruleset in plain words.

    RULESET is a ruleset's id, such as pico-laser. The page is one HTML file without anything from elsewhere:
    to read in a browser or on a phone, to send, and to print and sign. It has the questions, the rules, what
    is guaranteed and proven, worked clients, and the evidence with links.

    The same files make the same page, to the byte.

    Exit code 0: the page is written; where the ruleset has a broken guarantee or a failed scenario, it says
    so. 1: the ruleset has errors that leave nothing to show. 2: there is no such ruleset or folder, or the
    page can't be written.
    """
    shelf = shelf_with(rulesets, ruleset)
    try:
        dossier = dossier_of(shelf, ruleset, since)
    except Faulty as faulty:
        for problem in faulty.problems:
            complain(line(problem))
        complain(f"{counted(len(faulty.problems), 'error')}, so there is no page.")
        return 1
    page = html(dossier)
    if output == "-":
        say(page.removesuffix("\n"))
    else:
        file = output if output is not None else f"{ruleset}.html"
        write_whole(file, page)
        say(f"Wrote {file}. Open it in a browser.")
    for text in _wrong(dossier):
        complain(f'{text} The page says so; {check_command(shelf)} and "picoplan test" show more.')
    return 0


def _wrong(dossier: Dossier) -> list[str]:
    found = [f"{counted(dossier.errors, 'error')} found."] if dossier.errors else []
    return found + ([f"{counted(dossier.failed, 'scenario')} failed."] if dossier.failed else [])

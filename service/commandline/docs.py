"""``picoplan docs``: a ruleset as a page that a clinician can read."""

from __future__ import annotations

import rich_click as click

from service.commandline.console import complain, say
from service.commandline.dossiers import check_command, dossier_of, shelf_with
from service.commandline.folders import located, write_whole
from service.commandline.problems import counted, line
from service.documenting.dossier import Dossier, Faulty
from service.documenting.page import html


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

    RULESET is a ruleset's id, such as pico-laser, or its folder. The page is one HTML file without anything
    from elsewhere: to read in a browser or on a phone, to send, and to print and sign. It has the questions,
    the rules, what is guaranteed and proven, worked clients, and the evidence with links.

    The same files make the same page, to the byte.

    Exit code 0: the page is written; where the ruleset has a broken guarantee or a failed scenario, it says
    so. 1: the ruleset has errors that leave nothing to show. 2: there is no such ruleset or folder, or the
    page can't be written.
    """
    ruleset, rulesets = located(ruleset, rulesets)
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

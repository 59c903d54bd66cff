"""``picoplan new``: the beginning of a ruleset."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from service.authoring.editor import opened_folder, write_schemas
from service.authoring.new_ruleset import CannotStart, start
from service.commandline.arguments import Unreadable
from service.commandline.console import say
from service.commandline.schema import tell_editor


@click.command("new")
@click.argument("name", metavar="NAME")
@click.option(
    "--extends", metavar="RULESET", help="Take everything over from this ruleset, such as pico-laser."
)
@click.option(
    "--in",
    "folder",
    metavar="DIR",
    help='Where to make it. Without it: the folder "rulesets" here, or else this folder.',
)
def command(name: str, extends: str | None, folder: str | None) -> int:
    """Make the beginning of a ruleset.

    NAME is its id, and the name of its folder: lower-case letters, digits, - and _. With --extends it takes
    over all questions, rules and guarantees of another ruleset and shows how to change them; without it,
    it is a small one of its own. Its files teach by example, and it checks and tests clean from the start.

    Exit code 0: made. 2: it can't be made; nothing was written.
    """
    if folder is None:
        folder = "rulesets" if Path("rulesets").is_dir() else "."
    place = Path(folder)
    if not folder or not place.is_dir():
        raise Unreadable(f"{folder} is not a folder: make it first" if folder else '"" is not a folder')
    try:
        made = start(name, place, extends)
    except CannotStart as why:
        raise Unreadable(str(why)) from why
    for path in sorted(made.rglob("*.yaml")):
        say(str(path))
    write_schemas(made)
    tell_editor([made], opened_folder(made))
    say()
    say(f"Change the files as you like, and see what picoplan thinks of each save: picoplan watch {made}")
    return 0

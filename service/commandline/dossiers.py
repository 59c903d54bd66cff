"""All that is known of one ruleset, for the commands that show it or have it signed."""

from __future__ import annotations

from pathlib import Path

from service.commandline.arguments import Unreadable
from service.commandline.console import progress_bar
from service.commandline.folders import open_shelf, opened_archive
from service.documenting.dossier import Dossier, gather
from service.model.problem import did_you_mean, quoted
from service.model.ruleset import Ruleset
from service.store.editions import digests_before, edition_of, readable, renewed, timelines
from service.store.folders import Shelf

SERVED = "served"
"""What stands for a folder where the version is meant that served last."""


def shelf_with(rulesets: str | None, name: str) -> Shelf:
    """The folder of rulesets with the one of that name; no other is read.

    Raises:
        Unreadable: the folder or the ruleset is not there.
    """
    shelf = open_shelf(rulesets, only=name)
    if name not in shelf.read:
        known = list(open_shelf(rulesets).read)
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
    with progress_bar("Checking") as on_progress:
        return gather(shelf, name, older=older, on_progress=on_progress)


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
    with opened_archive(shelf.given) as archive:
        published = timelines(archive.timeline()).get(name, ())
        last = next((one for one in published if one.digest not in same), None)
        if last is None:
            raise Unreadable(f"no other version of {name} has served from {shelf.shown_as}")
        return renewed(readable(archive.edition(*last.key)))

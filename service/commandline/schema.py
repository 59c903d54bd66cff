"""``picoplan schema``: JSON Schemas with which an editor knows a ruleset's own words."""

from __future__ import annotations

import os
from pathlib import Path

import rich_click as click

from service.authoring.editor import (
    CannotMerge,
    as_text,
    mapping,
    opened_folder,
    settings_text,
    write_schemas,
    write_settings,
)
from service.authoring.file_schemas import PLACES, schema_of
from service.authoring.names import read_names
from service.commandline.arguments import Unreadable
from service.commandline.console import complain, say
from service.commandline.problems import counted
from service.reading.folder import is_ruleset, ruleset_folders


@click.command("schema")
@click.argument("folder", metavar="[DIR]", required=False)
@click.option(
    "--kind",
    type=click.Choice([*PLACES]),
    default="factors",
    help="The kind of file whose schema is printed.",
    show_default=True,
)
@click.option("--write", is_flag=True, help="Write all kinds into DIR, and tell VS Code of them.")
@click.option(
    "--workspace",
    metavar="DIR",
    help="With --write: the folder that you open in VS Code. Without it: the folder above the ruleset, or "
    "the one above that where it has a .vscode or .git folder.",
)
def command(folder: str | None, kind: str, write: bool, workspace: str | None) -> int:
    """Make an editor know a ruleset's own words.

    DIR is one ruleset; with --write also a folder of rulesets. Without it: the folder "rulesets" here.

    A schema is for one kind of file. With it an editor offers the questions, options, rules and papers that
    there are, shows their labels, and marks what is not known. --write puts the schemas into the hidden
    folder .schemas of each ruleset, and adds them to .vscode/settings.json, where everything else stays as
    it is. A ruleset with mistakes gets schemas too, from what can be read of it. Exit code 0: done. 2: the
    folder can't be read or written.
    """
    if workspace is not None and not write:
        raise click.UsageError("--workspace goes with --write.")
    rulesets = _rulesets(folder)
    if write:
        return _write_all(rulesets, workspace)
    if len(rulesets) > 1:
        raise Unreadable(
            f"{folder or 'rulesets'} holds {len(rulesets)} rulesets: name one, such as {rulesets[0]}"
        )
    say(as_text(schema_of(kind, read_names(rulesets[0]))).rstrip("\n"))
    return 0


def _rulesets(folder: str | None) -> list[Path]:
    """The rulesets that the person means, as paths that begin with what was typed."""
    named = Path("rulesets" if folder is None else folder)
    if folder is None and not named.is_dir():
        raise Unreadable('there is no folder "rulesets" here: name a ruleset, such as rulesets/pico-laser')
    if folder == "" or not named.is_dir():
        raise Unreadable(f"{folder} is not a folder" if folder else '"" is not a folder')
    if is_ruleset(named):
        return [named]
    folders, _ = ruleset_folders(named, str(named))
    rulesets = [below for below in folders if is_ruleset(below)]
    if not rulesets:
        raise Unreadable(f"{named} holds no ruleset: a ruleset is a folder with ruleset.yaml in it")
    return rulesets


def _write_all(rulesets: list[Path], workspace: str | None) -> int:
    for ruleset in rulesets:
        write_schemas(ruleset)
        say(f"{ruleset}: schemas for {counted(len(PLACES), 'kind')} of file in .schemas")
    by_folder: dict[Path, list[Path]] = {}
    for ruleset in rulesets:
        by_folder.setdefault(_opened(ruleset, workspace), []).append(ruleset)
    codes = [tell_editor(held, opened) for opened, held in by_folder.items()]
    return max(codes)


def tell_editor(rulesets: list[Path], opened: Path) -> int:
    """Write VS Code's settings for rulesets that lie in the opened folder, and say so; the exit code."""
    try:
        for path in write_settings(rulesets, opened):
            say(f"{os.path.relpath(path)}: written")
    except CannotMerge as why:
        settings = os.path.relpath(opened / ".vscode" / "settings.json")
        complain(f"picoplan: {settings} is left as it is, for {why}. Mend it, or add this by hand:")
        complain(settings_text(mapping(rulesets, opened)))
        return 2
    say(f"In VS Code open this folder: {opened.resolve()}")
    return 0


def _opened(ruleset: Path, workspace: str | None) -> Path:
    if workspace is None:
        return opened_folder(ruleset)
    opened = Path(workspace)
    if not workspace or not opened.is_dir():
        raise Unreadable(f"{workspace or '--workspace'} is not a folder")
    if not ruleset.resolve().is_relative_to(opened.resolve()):
        raise Unreadable(f"{ruleset} does not lie in {workspace}: name a folder that holds it")
    return opened

"""What VS Code needs to know to use a ruleset's schemas: its settings, and the extension that reads them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from service.authoring.files import PLACES
from service.authoring.jsonc import NotSettings, in_lines, with_members
from service.authoring.writing import FOLDER, replace_text

KEY = "yaml.schemas"
EXTENSION = "redhat.vscode-yaml"


class CannotMerge(Exception):
    """The editor's settings are not what they should be; they were left as they are."""


def opened_folder(ruleset: Path) -> Path:
    """The folder that a person opens in an editor: a checkout's root, else that of all rulesets."""
    beside = ruleset.resolve().parent
    for folder in (beside, beside.parent):
        if (folder / ".vscode").is_dir() or (folder / ".git").exists():
            return folder
    return beside


def mapping(rulesets: Iterable[Path], opened: Path) -> dict[str, list[str]]:
    """``yaml.schemas``: which schema is for which files, as seen from the opened folder."""
    root = opened.resolve()
    places = [Path(os.path.relpath(ruleset.resolve(), root)).as_posix() for ruleset in rulesets]
    return {
        f"./{place}/{FOLDER}/{kind}.json": [f"/{place}/{files}"]
        for place in places
        for kind, files in PLACES.items()
    }


def settings_text(mapped: dict[str, list[str]]) -> str:
    """The settings as a person would write them."""
    return in_lines({KEY: mapped})


def write_settings(rulesets: Iterable[Path], opened: Path) -> tuple[Path, ...]:
    """Tell VS Code of the rulesets' schemas; the files that changed come back. Other settings stay.

    Raises:
        CannotMerge: the settings that are there are no JSON; they stay as they are.
        OSError: a file can't be read or written.
    """
    folder = opened / ".vscode"
    folder.mkdir(exist_ok=True)
    settings, changed = folder / "settings.json", []
    try:
        before = settings.read_text(encoding="utf-8") if settings.exists() else ""
        after = with_members(before, KEY, mapping(rulesets, opened))
    except (NotSettings, UnicodeDecodeError) as error:
        raise CannotMerge(str(error)) from error
    if after != before:
        replace_text(settings, after)
        changed.append(settings)
    extensions = folder / "extensions.json"
    if not extensions.exists():
        replace_text(extensions, json.dumps({"recommendations": [EXTENSION]}, indent=2) + "\n")
        changed.append(extensions)
    return tuple(changed)

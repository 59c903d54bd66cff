"""A folder of rulesets into which drafts are published: whether it can be written; made where it is not."""

from __future__ import annotations

import os
from pathlib import Path

from service.reading.folder import is_ruleset, is_temporary
from service.store.folders import shipped


class NotEditable(Exception):
    """Nothing can be published into the folder; says why in one line, with the mend."""


def make_editable(folder: Path, shown_as: str) -> None:
    """Be sure that rulesets can be replaced in the folder, or the one that it is; make it if it is not there.

    Raises:
        NotEditable: they can't be replaced there.
    """
    if folder.resolve().is_relative_to(shipped().resolve()):
        raise NotEditable(
            "the rulesets that come with picoplan can't be edited: name a folder of your own, which may be "
            "empty, as --rulesets DIR, and build on them there"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unwritable = next((one for one in _written(folder.resolve()) if not os.access(one, _CHANGE)), None)
    except OSError as error:
        raise NotEditable(_unwritable(shown_as, (error.strerror or "unknown").lower())) from error
    if unwritable is not None:
        raise NotEditable(_unwritable(str(unwritable), "permission denied"))


_CHANGE = os.R_OK | os.W_OK | os.X_OK


def _written(folder: Path) -> list[Path]:
    """The folders that publishing writes: a ruleset's is put in the place of another beside it."""
    if is_ruleset(folder):
        return [folder.parent, folder]
    return [folder, *(one for one in folder.iterdir() if one.is_dir() and not is_temporary(one.name))]


def _unwritable(folder: str, why: str) -> str:
    return (
        f"{folder} can't be written: {why}. Let the user that runs the service write it, or leave out "
        "--allow-edits, and what is edited comes out as a file"
    )

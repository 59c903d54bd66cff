"""Where the database is: what the environment names, else a file of its own for each folder of rulesets."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

from service.store.faults import CannotOpen

DATABASE_URL = "PICOPLAN_DATABASE_URL"
DATA_DIR = "PICOPLAN_DATA_DIR"
FILE = "picoplan.sqlite3"


def database_url(rulesets: Path, environ: Mapping[str, str] | None = None) -> str:
    """The URL of the database for a folder of rulesets; a folder that is needed for it is made.

    ``$PICOPLAN_DATABASE_URL`` where it is set; else a SQLite file in ``$PICOPLAN_DATA_DIR``, or
    ``$XDG_STATE_HOME/picoplan``, or ``~/.local/state/picoplan``. There each folder of rulesets, by its
    resolved path, has a folder of its own, so that two never share a history. ``environ`` is the
    process's own where it is left out.

    Raises:
        CannotOpen: the folder can't be made.
    """
    environ = os.environ if environ is None else environ
    url = environ.get(DATABASE_URL, "").strip()
    if url:
        return url
    folder = _state(environ) / name_of(rulesets)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = (error.strerror or "unknown").lower()
        raise CannotOpen(
            f"the folder {folder} for picoplan's database can't be made: {why}. "
            f"Name one that can be written to as {DATA_DIR}, or a database as {DATABASE_URL}."
        ) from error
    return f"sqlite:///{folder / FILE}"


def name_of(rulesets: Path) -> str:
    """A name for a folder of rulesets that people can read and no other folder has."""
    path = rulesets.resolve()
    words = re.sub(r"[^a-z0-9]+", "-", "-".join(path.parts[-2:]).lower()).strip("-")
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()
    return f"{words[:48].strip('-') or 'rulesets'}-{digest[:10]}"


def _state(environ: Mapping[str, str]) -> Path:
    told = environ.get(DATA_DIR, "").strip()
    if told:
        return Path(told).absolute()
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if state.is_absolute():  # the standard says to ignore any other
        return state / "picoplan"
    home = environ.get("HOME", "")
    try:
        return (Path(home) if home else Path.home()) / ".local" / "state" / "picoplan"
    except RuntimeError as error:
        raise CannotOpen(
            f"there is no home folder for picoplan's database. Name a folder as {DATA_DIR}."
        ) from error

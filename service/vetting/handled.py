"""Which digest each folder was last seen to hold, also over a restart, which then undoes no rollback."""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from service.store.faults import CannotOpen
from service.store.whereabouts import DATABASE_URL, database_url

_FILE = "handled.json"


class Handled:
    """Digests by ruleset, in a file beside the folder's own database; forgotten where none can be written."""

    def __init__(self, rulesets: Path) -> None:
        self._file = _file_for(rulesets)
        self._digests = _read(self._file)

    def get(self, ruleset: str) -> str | None:
        """The digest that its folder was last seen to hold and that passed."""
        return self._digests.get(ruleset)

    def note(self, ruleset: str, digest: str) -> None:
        """Its folder holds this digest, and it was dealt with."""
        if self._digests.get(ruleset) == digest:
            return
        self._digests[ruleset] = digest
        if self._file is None:
            return
        new = self._file.with_name(f".{_FILE}.{os.getpid()}")
        try:
            new.write_bytes(orjson.dumps(self._digests, option=orjson.OPT_INDENT_2))
            new.replace(self._file)
        except OSError:
            return  # a later start knows less, and then leaves a digest of before alone


def _file_for(rulesets: Path) -> Path | None:
    """A file in the folder that SQLite would take for these rulesets, also where the database is another."""
    environ = {name: value for name, value in os.environ.items() if name != DATABASE_URL}
    try:
        return Path(database_url(rulesets, environ).removeprefix("sqlite:///")).with_name(_FILE)
    except CannotOpen:
        return None


def _read(file: Path | None) -> dict[str, str]:
    try:
        data = orjson.loads(file.read_bytes()) if file is not None else {}
    except (OSError, ValueError):
        return {}
    if not isinstance(data, dict):
        return {}
    return {name: digest for name, digest in data.items() if isinstance(digest, str)}

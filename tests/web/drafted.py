"""Drafts of a ruleset in the database of a server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from service.model.draft import file_tag
from service.store.drafts import DraftStore, open_drafts
from service.store.editions import Edition
from tests.web.serving import Served


class DraftsOf:
    """Begins drafts of one ruleset of a folder, and changes them as a save would."""

    def __init__(self, server: Served, rulesets: Path, name: str) -> None:
        environ = {"PICOPLAN_DATA_DIR": str(server.log_file.parent / "data")}
        self.name = name
        self._folder = rulesets / name
        self.store: DraftStore = open_drafts(rulesets, environ)

    def begin(self, changes: Mapping[str, tuple[str, str]] | None = None, base: Edition | None = None) -> str:
        """The id of a new draft, in which a text of some files is another."""
        files = {
            str(path.relative_to(self._folder)): path.read_bytes() for path in self._folder.rglob("*.yaml")
        }
        for name, (old, new) in (changes or {}).items():
            assert files[name].count(old.encode()) == 1, files[name].count(old.encode())
            files[name] = files[name].replace(old.encode(), new.encode())
        return self.store.begin(self.name, None, None, base, files, datetime.now(UTC)).id

    def text(self, draft: str, file: str) -> str:
        """A file of a draft as it is now."""
        state = self.store.state(draft)
        assert state is not None
        return state.files[file].decode()

    def save(self, draft: str, file: str, text: str) -> None:
        """Save a file of a draft."""
        state = self.store.state(draft)
        assert state is not None
        was = state.files.get(file)
        matching = {file: None if was is None else file_tag(was)}
        self.store.save(draft, {file: text.encode()}, matching, None, datetime.now(UTC))

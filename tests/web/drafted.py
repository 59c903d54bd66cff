"""Drafts of a ruleset in the database of a server."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page

from service.model.draft import file_tag
from service.store.drafts import DraftStore, open_drafts
from service.store.editions import Edition
from service.store.folders import shipped
from tests.web.serving import Served

OUR_CLINIC = "our-clinic"


class DraftsOf:
    """Begins drafts of one ruleset of a folder, and changes them as a save would."""

    def __init__(self, server: Served, rulesets: Path, name: str) -> None:
        environ = {"PICOPLAN_DATA_DIR": str(server.log_file.parent / "data")}
        self.name = name
        self.server = server
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


def write_clinic(folder: Path) -> Path:
    """Write a clinic's own ruleset, which extends a shipped one; the folder of rulesets."""
    own = folder / OUR_CLINIC
    shutil.copytree(shipped() / "example-clinic", own)
    header = own / "ruleset.yaml"
    text = header.read_text(encoding="utf-8")
    header.write_text(text.replace("id: example-clinic", f"id: {OUR_CLINIC}"), encoding="utf-8")
    return folder


def window(browser: Browser, server: Served, width: int, *, scripts: bool = True) -> tuple[Page, list[str]]:
    """A window of a browser, and what goes wrong in it."""
    page = browser.new_page(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    wrong: list[str] = []
    own = f"http://127.0.0.1:{server.port}/"
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(own) else wrong.append(request.url))
    return page, wrong

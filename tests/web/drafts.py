"""A service with drafts of a small ruleset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.model.draft import DraftState, file_tag
from service.store.drafts import DraftStore, open_drafts
from tests.waiting import until
from tests.web.serving import Served


class Drafts:
    """The service, and the drafts in its database."""

    def __init__(self, server: Served, rulesets: Path) -> None:
        self.server = server
        self.rulesets = rulesets
        environ = {"PICOPLAN_DATA_DIR": str(server.log_file.parent / "data")}
        self.store: DraftStore = open_drafts(rulesets, environ)

    def begin(self, changes: Mapping[str, str] | None = None, ruleset: str = "small") -> str:
        """The id of a new draft of what lies in the folder, some of its files with other texts."""
        folder = self.rulesets / ruleset
        files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.yaml")}
        files |= {name: text.encode() for name, text in (changes or {}).items()}
        return self.store.begin(ruleset, None, None, None, files, datetime.now(UTC)).id

    def begin_at(self, ruleset: str) -> str:
        """The path of the pages of a new draft, once they can be shown."""
        draft = self.begin(ruleset=ruleset)
        self.report(draft)
        return f"/workbench/{ruleset}/{draft}"

    def text(self, at: str, file: str) -> str:
        """A file of the draft at a path or of an id, as it is now."""
        state = self.store.state(at.rpartition("/")[2])
        assert state is not None
        return state.files[file].decode()

    def save(self, draft: str, file: str, old: str, new: str) -> None:
        """Replace a text in a file of a draft."""
        state = self.store.state(draft)
        assert state is not None
        content = state.files[file]
        assert old.encode() in content
        changes = {file: content.replace(old.encode(), new.encode())}
        saved = self.store.save(draft, changes, {file: file_tag(content)}, None, datetime.now(UTC))
        assert isinstance(saved, DraftState)

    def ask(self, method: str, draft: str, what: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON of what is asked of a draft."""
        sent = {"Content-Type": "application/json"} if body is not None else {}
        raw = None if body is None else json.dumps(body).encode()
        status, _, content = self.server.ask(method, f"/v1/drafts/{draft}/{what}", raw, sent)
        return status, json.loads(content)

    def report(self, draft: str, after: str = "checking") -> dict[str, Any]:
        """The report of the newest state, once it is further than that."""

        def found() -> dict[str, Any] | None:
            status, told = self.ask("GET", draft, f"problems?wait=10&after={after}")
            assert status == 200, told
            return told if told["is_final"] or (after == "checking" and told["stage"] != "checking") else None

        return until(found)

    def processes(self) -> list[int]:
        """The processes of the bench, with those of drafts."""
        return [*self._below(self.bench())]

    def bench(self) -> int:
        """The process that is the bench: of those of the service the one with a socket in its folder."""
        started = self.server.process.pid
        for pid in _children(started):
            if _is_bench(pid):
                return pid
        raise AssertionError(f"no bench among the processes of {started}")

    def _below(self, pid: int) -> list[int]:
        found = _children(pid)
        return [*found, *(other for one in found for other in self._below(one))]


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(one) for one in text.split()]


def _is_bench(pid: int) -> bool:
    try:
        maps = Path(f"/proc/{pid}/maps").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return "libz3" in maps

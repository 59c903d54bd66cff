"""Drafts in the database of a service, begun as somebody in the house would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

from service.store.drafts import DraftStore, open_drafts
from tests.web.pages import Shown, Visit
from tests.web.serving import Served

_PATIENCE_S = 60


def store_of(server: Served, rulesets: Path) -> DraftStore:
    """The drafts of a service that keeps its database beside its log."""
    return open_drafts(rulesets, {"PICOPLAN_DATA_DIR": str(server.log_file.parent / "data")})


def draft_at(server: Served, rulesets: Path, ruleset: str, changes: Mapping[str, str] | None = None) -> str:
    """The path of a new draft of a ruleset in the folder, some of its files with other texts."""
    root = rulesets / ruleset
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*.yaml")}
    files |= {name: text.encode() for name, text in (changes or {}).items()}
    draft = store_of(server, rulesets).begin(ruleset, None, None, None, files, datetime.now(UTC))
    return f"/workbench/{ruleset}/{draft.id}"


def text_in(server: Served, rulesets: Path, at: str, file: str) -> str:
    """A file of the draft at a path, as it is now."""
    state = store_of(server, rulesets).state(at.rpartition("/")[2])
    assert state is not None
    return state.files[file].decode()


def answering(visit: Visit, path: str) -> Shown:
    """A page of a draft, once the process that holds it answers."""
    until = monotonic() + _PATIENCE_S
    shown = visit.get(path)
    while shown.status == 503 and monotonic() < until:
        sleep(0.2)
        shown = visit.get(path)
    return shown

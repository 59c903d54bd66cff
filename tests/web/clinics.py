"""A server with two clinics, "zeta" and "alpha", their rulesets of the same names, and keys of all kinds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.model.caller import SCOPES
from service.store.api_keys import KeyStore, NewKey, Token
from service.store.database import Database
from service.store.drafts import DraftStore
from tests.web.serving import Served
from tests.web.small import write_small

SCAR = {"concern": "scar", "severity": "severe", "gold": False}
WRONG = f"picoplan_{'0' * 12}_{'0' * 64}"


class Clinics:
    """The server, and the store of its keys."""

    def __init__(self, folder: Path, server: Served, store: KeyStore) -> None:
        self.folder = folder
        self.server = server
        self.store = store
        self._drafts: dict[str, str] = {}

    @property
    def database(self) -> Path:
        """Its file."""
        return self.folder / "keys.sqlite3"

    def add(self, name: str, **wanted: Any) -> Token:
        """A new key; a clinic's sees the ruleset of its name."""
        return added(self.store, name, **wanted)

    def revoke(self, token: Token) -> None:
        """Revoke it."""
        assert self.store.revoke(token.id, datetime.now(UTC)) is not None

    def ask(
        self, token: Token | str | None, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """The answer to a request with a key, or without."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token.text if isinstance(token, Token) else token}"
        return self.server.ask(method, path, body, sent)

    def begun(self, token: Token, ruleset: str) -> str:
        """The id of a draft of the ruleset that is there for that key, begun by it if there is none."""
        _, _, content = self.ask(token, "GET", "/v1/drafts")
        for draft in json.loads(content)["drafts"]:
            if draft["ruleset"] == ruleset and draft["by"] == token.id:
                return str(draft["id"])
        status, _, content = self.ask(token, "POST", "/v1/drafts", {"ruleset": ruleset})
        assert status == 201, content
        return str(json.loads(content)["id"])

    def draft_of(self, name: str) -> str:
        """The id of a draft of the clinic of that name, as it serves: the same at every call."""
        if name not in self._drafts:
            folder = self.folder / "rulesets" / name
            files = {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*.yaml")}
            store = DraftStore(Database(url_in(self.folder)))
            self._drafts[name] = store.begin(name, name, None, None, files, datetime.now(UTC)).id
            store.close()
        return self._drafts[name]

    def job_of(self, name: str, token: Token) -> str:
        """The id of a job with that draft."""
        status, _, content = self.ask(token, "GET", f"/v1/drafts/{self.draft_of(name)}/test")
        assert status in (200, 202), content
        return str(json.loads(content)["job"])

    def decided(self, token: Token | None, ruleset: str) -> str:
        """The id of a decision."""
        body = {"ruleset": ruleset, "assessment": SCAR}
        status, _, content = self.ask(token, "POST", "/v1/evaluate", body)
        assert status == 200, content
        return str(json.loads(content)["decision_id"])


def added(store: KeyStore, name: str, **wanted: Any) -> Token:
    """A new key; a clinic's sees the ruleset of its name, and may change it."""
    wanted.setdefault("scopes", SCOPES)
    if "clinic" in wanted:
        wanted.setdefault("rulesets", (wanted["clinic"],))
        if not {"edit", "publish"}.isdisjoint(wanted["scopes"]):
            wanted.setdefault("edits", (wanted["clinic"],))
    return store.add(NewKey(name, **wanted), datetime.now(UTC))[1]


@contextmanager
def clinics(folder: Path, **told: Any) -> Iterator[Clinics]:
    """A server of two workers; keys may be added before it starts by ``store_in``."""
    rulesets = folder / "rulesets"
    if not rulesets.is_dir():
        for name in ("alpha", "zeta"):
            write_small(rulesets, name)
    environ = {"PICOPLAN_DATABASE_URL": url_in(folder)}
    store = store_in(folder)
    try:
        with Served(folder, environ, **{"rulesets": str(rulesets), "workers": 2, **told}) as server:
            yield Clinics(folder, server, store)
    finally:
        store.close()


def url_in(folder: Path) -> str:
    """The URL of the database in a folder."""
    return f"sqlite:///{folder / 'keys.sqlite3'}"


def store_in(folder: Path) -> KeyStore:
    """The keys in a folder's database."""
    return KeyStore(Database(url_in(folder)))

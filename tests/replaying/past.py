"""A clinic with a past: rules, an archive, and decisions in its log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice, product
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from schemas.language import NEWEST_LANGUAGE
from service.evaluation.compiled import CompiledRuleset
from service.model.ruleset import Ruleset
from service.replaying.replay import ReplayOrder
from service.serving.choosing import Ready
from service.store.archive import Archive
from service.store.database import Database
from service.store.decisions.log import DecisionLog
from service.store.decisions.logged import Logged, logged
from service.store.decisions.selection import EVERYTHING, Selection
from service.store.editions import Edition, edition_of, readable
from service.store.folders import read_shelf
from tests.commandline.samples import edit, write_small

FIRST = datetime(2026, 6, 1, 12, tzinfo=UTC)
CLIENTS = [
    {"concern": concern, "phototype": phototype, "sensitive": sensitive, "gold": gold}
    for concern, phototype, sensitive, gold in product(
        ("scars", "spots"), ("I", "V"), (False, True), (False, True)
    )
]
"""Every client that the small ruleset tells apart."""


class Past:
    """A folder of rulesets, its database, and the decisions in it; each was made an hour after another."""

    def __init__(
        self,
        folder: Path,
        decisions: int = len(CLIENTS),
        url: str = "",
        language_version: int = NEWEST_LANGUAGE,
    ) -> None:
        self.root = write_small(folder)
        self.url = url or f"sqlite:///{folder / 'log.sqlite3'}"
        self.edition = replace(read_edition(self.root), language_version=language_version)
        database = Database(self.url)
        Archive(database).publish(self.edition, FIRST)
        self.made = _made(readable(self.edition), decisions)
        writer = DecisionLog(database).writer()
        writer.write([one.row for one in self.made])
        writer.close()
        database.close()

    def candidate(self, folder: Path, *edits: tuple[str, str, str]) -> Path:
        """Other rules, as the edits (file, before, after) make them."""
        root = write_small(folder)
        for name, before, after in edits:
            edit(root / "small" / name, before, after)
        return root

    def order(self, candidate: Path, selection: Selection = EVERYTHING) -> ReplayOrder:
        """To replay the log under them."""
        return ReplayOrder(self.url, {"small": read_edition(candidate)}, selection)


def read_edition(root: Path) -> Edition:
    """The ruleset of a folder."""
    return edition_of(read_shelf(root).read["small"])


def _made(ruleset: Ruleset, decisions: int) -> list[Logged]:
    ready = Ready(CompiledRuleset(ruleset))
    return [
        _decided(ready, number, client) for number, client in enumerate(islice(cycle(CLIENTS), decisions))
    ]


def _decided(ready: Ready, number: int, client: dict[str, Any]) -> Logged:
    decision = ready.compiled.decide(client)
    assert not isinstance(decision, tuple)
    at = FIRST + timedelta(hours=number)
    answer = ready.writer.write(
        decision,
        decision_id=str(UUID(int=(int(at.timestamp() * 1000) << 80) + (7 << 76) + (2 << 62) + number)),
        evaluated_at=at.isoformat()[:19] + "Z",
        as_of=at.date().isoformat(),
        explain=False,
    )
    clinic = "north" if number % 4 == 3 else None
    language_version = ready.compiled.ruleset.language_version
    return logged(client, answer, orjson.dumps(answer), clinic=clinic, language_version=language_version)

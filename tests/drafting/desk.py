"""A folder of rulesets that may be written, its archive, and drafts of it with what a bench would find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from service.drafting.draft_report import DraftReport
from service.drafting.publishing import Destination, Publishing
from service.model.caller import INTERNAL
from service.model.draft import Draft, DraftState
from service.store.archive import Archive
from service.store.drafts import DraftStore
from service.store.editions import Edition, Published, edition_of, timelines
from service.store.folders import read_shelf
from service.vetting.sources import Source
from tests.store.made import NOON

DAY = date(2027, 3, 1)
GOOD = {
    "stage": "proved",
    "is_final": True,
    "digest": "sha256:" + "5d41402abc4b" + "0" * 52,
    "version": "1.3.0",
    "to_be_read": [],
}


def good(state: DraftState, **changes: Any) -> DraftReport:
    """The report of a state in which nothing is wrong."""
    return DraftReport(state.number, **{**GOOD, **changes})


@dataclass
class Desk:
    """The folder with one ruleset, ``small``, that was published, and who publishes into it."""

    rulesets: Path
    archive: Archive
    store: DraftStore
    only_signed: bool = False
    may_write: bool = True

    @property
    def publishing(self) -> Publishing:
        """Signs and saves drafts."""
        source = Source(self.rulesets, "clinic", may_be_empty=True)
        return Publishing(self.store, Destination(source, self.may_write, self.only_signed))

    def publish(self, days: int = 0) -> Published:
        """What a service does with the folder as it is."""
        read = read_shelf(self.rulesets).read["small"]
        return self.archive.publish(edition_of(read), NOON.replace(day=1 + days))

    @property
    def timeline(self) -> tuple[Published, ...]:
        """What was published of ``small``, the newest first."""
        return timelines(self.archive.timeline())["small"]

    @property
    def newest(self) -> Published:
        """What was published last."""
        return self.timeline[0]

    def begin(self, changes: Mapping[str, bytes], ruleset: str = "small", *, new: bool = False) -> DraftState:
        """A draft of what is live, with other files."""
        base: Edition | None = None
        if not new:
            base = self.archive.edition(self.newest.digest)
        before = {} if base is None else dict(base.own_files)
        draft = self.store.begin(ruleset, None, None, base, {**before, **changes}, NOON)
        return self.state(draft)

    def state(self, draft: Draft) -> DraftState:
        """Its newest state."""
        state = self.store.state(draft.id)
        assert state is not None
        return state

    def files(self, ruleset: str = "small") -> dict[str, bytes]:
        """What the folder of a ruleset holds."""
        folder = self.rulesets / ruleset
        found = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


HOUSE = INTERNAL
LEAD = replace(INTERNAL, key="k1", clinic="north", role=None)
DIRECTOR = replace(LEAD, key="k2", role="Medical director")

"""What drafts are read and checked beside: rulesets that serve, and others in the folder that is served."""

from __future__ import annotations

import shutil
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from service.model.draft import Draft
from service.store.api_keys import KeyRing, KeyStore
from service.store.archive import Archive
from service.store.editions import Published, timelines
from service.store.faults import Damaged
from service.store.folders import NotARulesetsFolder, is_shipped
from service.vetting.publisher import EventLog, served_by
from service.vetting.report import Served
from service.vetting.sources import Source


class LiveSurroundings:
    """The rulesets as they serve now, written into a folder of their own as often as that changes."""

    def __init__(self, archive: Archive, keys: KeyStore, source: Source, folder: Path, log: EventLog) -> None:
        """``folder``: where they are written; it need not be there."""
        self._archive = archive
        self._keys = keys
        self._source = source
        self._folder = folder
        self._log = log
        self._ring: KeyRing | None = None
        self._generation: int | None = None
        self._folder_of: int | None = None
        self._serving: frozenset[Hashable] = frozenset()
        self._written: dict[str, Path] = {}
        self._rest_on: dict[str, frozenset[str]] = {}

    @property
    def rulesets(self) -> Path:
        """The folder that is served."""
        return self._source.root

    def now(self) -> Hashable:
        """Something that is equal as long as the same editions serve.

        Raises:
            DatabaseFault: the database can't be used.
        """
        self._catch_up()
        return self._serving

    def seen_for(self, draft: Draft) -> Hashable:
        """Something that is equal as long as the keys of the draft's clinic see the same rulesets.

        Raises:
            DatabaseFault: the database can't be used.
        """
        return None if draft.clinic is None else self._keys_now().seen_by(draft.clinic)

    def folders(self, draft: Draft) -> Mapping[str, Path]:
        """The folders that a draft may extend, by id: as they serve, or else as they lie in the folder.

        A draft of the house may extend any. For one of a clinic those are there that come with picoplan,
        that keys of the clinic see, and what these and the draft's ruleset as it serves rest on.

        Raises:
            DatabaseFault: the database can't be used.
        """
        self._catch_up()
        try:
            beside = {name: self._source.folder(name) for name in self._source.ids()}
        except NotARulesetsFolder:
            beside = {}
        found = {**{name: path for name, path in beside.items() if path is not None}, **self._written}
        if draft.clinic is None:
            return found
        seen = {draft.ruleset, *self._keys_now().seen_by(draft.clinic)}
        seen.update(*(self._rest_on.get(name, ()) for name in tuple(seen)))
        return {name: path for name, path in found.items() if name in seen or is_shipped(name)}

    def served(self, ruleset: str) -> Served:
        """What an edit of a ruleset is held against."""
        return served_by(self._archive, ruleset, self._log)

    def _keys_now(self) -> KeyRing:
        if self._ring is None or self._ring.changed != self._keys.changed():
            self._ring = self._keys.ring()
        return self._ring

    def _catch_up(self) -> None:
        generation = self._archive.generation()
        if generation == self._generation:
            return
        retired = self._archive.retired()
        lines = {
            name: history
            for name, history in timelines(self._archive.timeline()).items()
            if name not in retired
        }
        serving = frozenset((name, _serving(history).key, history[0].key) for name, history in lines.items())
        if serving != self._serving:
            self._written = self._write(lines, generation)
            self._serving, self._folder_of = serving, generation
        self._generation = generation

    def _write(self, lines: Mapping[str, tuple[Published, ...]], generation: int) -> dict[str, Path]:
        """Write what serves; drafts that were read before keep their folders until the next time."""
        if self._folder.is_dir():
            for old in self._folder.iterdir():
                if old.name != str(self._folder_of):
                    shutil.rmtree(old, ignore_errors=True)
        root, written = self._folder / str(generation), {}
        self._rest_on = {}
        for name, history in lines.items():
            try:
                edition = self._archive.edition(*_serving(history).key)
            except Damaged:
                continue
            self._rest_on[name] = frozenset(file.partition("/")[0] for file in edition.files)
            for file, content in edition.own_files.items():
                path = root / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            written[name] = root / name
        return written


def _serving(newest_first: tuple[Published, ...]) -> Published:
    """What serves today; where nothing does yet, what will first."""
    today = datetime.now(UTC).date()
    return next((one for one in newest_first if one.starts <= today), newest_first[-1])

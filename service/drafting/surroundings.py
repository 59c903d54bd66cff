"""What drafts are read and checked beside: rulesets that serve, and others in the folder that is served."""

from __future__ import annotations

import shutil
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from service.store.archive import Archive
from service.store.editions import Published, timelines
from service.store.faults import Damaged
from service.store.folders import NotARulesetsFolder
from service.vetting.publisher import EventLog, served_by
from service.vetting.report import Served
from service.vetting.sources import Source


class LiveSurroundings:
    """The rulesets as they serve now, written into a folder of their own as often as that changes."""

    def __init__(self, archive: Archive, source: Source, folder: Path, log: EventLog) -> None:
        """``folder``: where they are written; it need not be there."""
        self._archive = archive
        self._source = source
        self._folder = folder
        self._log = log
        self._generation: int | None = None
        self._folder_of: int | None = None
        self._serving: frozenset[Hashable] = frozenset()
        self._written: dict[str, Path] = {}

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

    def folders(self) -> Mapping[str, Path]:
        """The folders that a draft may extend, by id: as they serve, or else as they lie in the folder.

        Raises:
            DatabaseFault: the database can't be used.
        """
        self._catch_up()
        try:
            beside = {name: self._source.folder(name) for name in self._source.ids()}
        except NotARulesetsFolder:
            beside = {}
        return {**{name: path for name, path in beside.items() if path is not None}, **self._written}

    def served(self, ruleset: str) -> Served:
        """What an edit of a ruleset is held against."""
        return served_by(self._archive, ruleset, self._log)

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
        for name, history in lines.items():
            try:
                files = self._archive.edition(*_serving(history).key).own_files
            except Damaged:
                continue
            for file, content in files.items():
                path = root / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            written[name] = root / name
        return written


def _serving(newest_first: tuple[Published, ...]) -> Published:
    """What serves today; where nothing does yet, what will first."""
    today = datetime.now(UTC).date()
    return next((one for one in newest_first if one.starts <= today), newest_first[-1])

"""Going back: an edition that served, put back into the folder, checked as it will stand there.

``picoplan rollback`` and the page of a ruleset's history both go back by this.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import sleep

from schemas.language import NEWEST_LANGUAGE
from service.model.problem import Problem
from service.reading.folder import as_text
from service.reading.ruleset import Read
from service.store.archive import Archive
from service.store.editions import Edition, EditionKey, Published, digests_before, edition_of, overlaps
from service.store.folders import Shelf, read_shelf
from service.store.replacing import staged, swap_in
from service.vetting.process import RunningCheck
from service.vetting.report import CheckLimits, CheckRequest, errors_of
from service.vetting.sources import Source

Check = Callable[["Candidate"], tuple[Problem, ...]]
"""Finds every problem of a candidate as it would stand in the folder: checked, proven and tried."""

_LOOKS_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Candidate:
    """An edition whose files lie in ``new``, ready to take the place of ``folder``.

    ``extended``: likewise for rulesets that it extends, a new folder and its place each. ``before`` is what
    was read of the folder of rulesets as it is, ``after`` as it would be.
    """

    edition: Edition
    new: Path
    folder: Path
    extended: Mapping[Path, Path]
    before: Shelf
    after: Shelf

    @property
    def shown_as(self) -> str:
        """The folder, as the person named it."""
        label = self.before.shown_as
        return label if self.before.single else str(Path(label) / self.edition.ruleset)

    @property
    def read(self) -> Read:
        """The ruleset as it would stand in the folder."""
        return self.after.read[self.edition.ruleset]

    @property
    def is_there(self) -> bool:
        """Whether the folder holds these very files already."""
        held = self.before.read.get(self.edition.ruleset)
        return held is not None and _own(held) == _own(self.read)

    @property
    def is_as_archived(self) -> bool:
        """Whether it comes to the archived digest, or to the newer form of it.

        It does, unless what it extends has changed.
        """
        ruleset = self.read.ruleset
        if ruleset is None:
            return False
        return self.edition.digest in {ruleset.digest, *digests_before(edition_of(self.read))}

    @property
    def changed_below(self) -> list[str]:
        """The extended rulesets whose files are not as archived."""
        return _changed_below(self.edition, self.read.files)

    @property
    def spoiled(self) -> dict[str, tuple[Problem, ...]]:
        """Other rulesets of the folder that it would break, each with its errors."""
        return {
            name: errors_of(read.problems)
            for name, read in self.after.read.items()
            if name != self.edition.ruleset
            and read.ruleset is None
            and (held := self.before.read.get(name)) is not None
            and held.ruleset is not None
        }

    def is_all_as_it_was(self, newest_first: Sequence[Published]) -> bool:
        """Whether there is nothing to do: the folder holds it, and of what was published it is the newest."""
        newest = EditionKey(self.edition.digest, NEWEST_LANGUAGE)
        as_published = self.is_as_archived and newest_first[0].key == newest
        return self.is_there and not self.extended and as_published


@contextmanager
def candidate(shelf: Shelf, edition: Edition, *, extended: bool = False) -> Iterator[Candidate]:
    """The edition beside the folder of the shelf in which it shall stand; ``extended``: with what it extends.

    Raises:
        CantReplace: its files can't be written there.
        Damaged: the archived files are not of a ruleset.
    """
    name = edition.ruleset
    folder = shelf.root if shelf.single else shelf.root / name
    held = shelf.read.get(name)
    changed = _changed_below(edition, held.files if held is not None else {}) if extended else []
    with ExitStack() as stack:
        new = stack.enter_context(staged(folder, edition.own_files))
        places = [folder.parent / other for other in changed if other in edition.layers]
        below = {stack.enter_context(staged(one, edition.layers[one.name])): one for one in places}
        instead = {one.name: one for one in (new, *below)}
        after = read_shelf(shelf.root, shelf.shown_as, instead=instead)
        yield Candidate(edition, new, folder, below, shelf, after)


def errors_in_place(one: Candidate, timeline: Iterable[Published], check: Check) -> tuple[Problem, ...]:
    """Every error that the edition has as it would stand in the folder."""
    read = one.read
    if read.ruleset is None:
        return errors_of(read.problems)
    return errors_of((*check(one), *overlaps(timeline, edition_of(read), f"{one.shown_as}/ruleset.yaml")))


def check_apart(one: Candidate, limits: CheckLimits | None = None) -> tuple[Problem, ...]:
    """Check in a process of its own, within the limits of the publisher's checks."""
    limits = limits or CheckLimits()
    name = one.edition.ruleset
    with tempfile.TemporaryDirectory(prefix="picoplan-") as folder:
        for file, raw in one.read.files.items():
            path = Path(folder) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
        source = Source(Path(folder), str(Path(one.shown_as).parent))
        request = CheckRequest(source, limits, name, prove_seconds=limits.seconds / 2)
        running = RunningCheck(request, name, source.fingerprints([name]))
        try:
            while (report := running.report()) is None:
                sleep(_LOOKS_EVERY_S)
        finally:
            running.stop()
    return report.problems


def put_back(one: Candidate, at: datetime) -> list[Path]:
    """Put the candidate into its place; what was there is kept beside it, in the folders that come back.

    Raises:
        CantReplace: a folder can't be replaced; it is as it was.
    """
    kept = [swap_in(new, folder, at) for new, folder in one.extended.items()]
    kept += [] if one.is_there else [swap_in(one.new, one.folder, at)]
    return [folder for folder in kept if folder is not None]


class WaitsForSignature(Exception):
    """Only what is signed off goes live, and nobody has signed what went back."""


def publish_again(archive: Archive, one: Candidate, at: datetime, *, only_signed: bool) -> Published | None:
    """Publish what went back, so that it serves also where no service watches the folder.

    None where it is a new edition by now, which a running service checks and publishes.

    Raises:
        WaitsForSignature: it is not published.
        DatabaseFault: it can't be published now; a running service does that.
    """
    ruleset = one.read.ruleset
    if ruleset is None or not one.is_as_archived:
        return None
    if only_signed and not ruleset.signed_off:
        raise WaitsForSignature
    return archive.publish(edition_of(one.read), at)


def _changed_below(edition: Edition, files: Mapping[str, bytes]) -> list[str]:
    """The rulesets that the edition extends whose files are other ones than these."""
    now = {name: as_text(raw) for name, raw in files.items()}
    archived = {name: as_text(text.encode()) for name, text in edition.files.items()}
    names = {name for name in now.keys() | archived.keys() if now.get(name) != archived.get(name)}
    return sorted({name.partition("/")[0] for name in names} - {edition.ruleset})


def _own(read: Read) -> dict[str, bytes]:
    return {name: raw for name, raw in read.files.items() if name.startswith(f"{read.id}/")}

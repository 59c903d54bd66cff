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
from typing import Any

from schemas.language import NEWEST_LANGUAGE
from service.drafting.publishing import Destination
from service.model.problem import Problem
from service.model.ruleset import SignOff
from service.reading.folder import as_text
from service.reading.ruleset import Read
from service.store.archive import Archive
from service.store.editions import (
    Edition,
    EditionKey,
    Published,
    digests_before,
    edition_of,
    overlaps,
    timelines,
)
from service.store.faults import Damaged, DatabaseFault
from service.store.folders import NotARulesetsFolder, Shelf, read_shelf
from service.store.replacing import CantReplace, staged, swap_in
from service.vetting.process import RunningCheck
from service.vetting.report import CheckLimits, CheckRequest, errors_of
from service.vetting.sources import Source
from service.wording.phrases import capitalized

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


@dataclass(frozen=True, slots=True)
class PastEdition:
    """An edition that was published, and who has signed it, as the folder says."""

    published: Published
    signed: tuple[SignOff, ...]


@dataclass(frozen=True, slots=True)
class WentBack:
    """An edition that is in the folder again.

    ``kept``: the folders beside it that hold what was there. ``live``: how it serves; None: it waits to be
    signed (``waits_for_signature``), or a running service publishes it: checked as a new edition
    (``is_new``), or once it can. ``spoiled``: other rulesets of the folder that have errors with it.
    """

    edition: Edition
    kept: tuple[Path, ...] = ()
    live: Published | None = None
    waits_for_signature: bool = False
    is_new: bool = False
    spoiled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CantGoBack:
    """Why an edition can't be put back, in a sentence, and its errors. Nothing was changed."""

    why: str
    errors: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """What was published of the rulesets of a folder, and the folder."""

    archive: Archive
    destination: Destination

    def editions(self, ruleset: str) -> tuple[PastEdition, ...]:
        """All that was published of a ruleset, the newest first.

        Raises:
            DatabaseFault: the database can't be used.
        """
        signed = self.destination.sign_offs(ruleset)
        return tuple(
            PastEdition(one, tuple(entry for entry in signed if entry.digest == one.digest))
            for one in self._timeline(ruleset)
        )

    def go_back(
        self, ruleset: str, digest: str, newest: str, now: Callable[[], datetime]
    ) -> WentBack | CantGoBack:
        """Put an edition back into the folder, if it is good as it will stand there.

        ``newest``: the digest of what was published last when that was asked for.

        Raises:
            DatabaseFault: the database can't be used.
        """
        if not self.destination.may_write or self.destination.folder(ruleset) is None:
            return CantGoBack("This service does not write the folder of rulesets.")
        if ruleset in self.archive.retired():
            return CantGoBack(f'{ruleset} is retired: run "picoplan rulesets restore {ruleset}" first.')
        newest_first = self._timeline(ruleset)
        chosen = next((one for one in newest_first if one.digest == digest), None)
        if chosen is None:
            return CantGoBack("No edition of that digest was ever published.")
        if newest_first[0].digest != newest:
            return _moved(newest_first[0])
        try:
            edition = self.archive.edition(*chosen.key)
            with candidate(self._shelf(), edition) as one:
                return self._put_back(one, newest_first, now)
        except (CantReplace, Damaged) as why:
            return CantGoBack(f"{capitalized(str(why))}. Nothing was changed.")

    def _put_back(
        self, one: Candidate, newest_first: Sequence[Published], now: Callable[[], datetime]
    ) -> WentBack | CantGoBack:
        if one.is_all_as_it_was(newest_first):
            return WentBack(one.edition, live=newest_first[0])
        errors = errors_in_place(one, newest_first, check_apart)
        if errors:
            return CantGoBack("It is not good any more as it would stand in the folder.", errors)
        meanwhile = self._timeline(one.edition.ruleset)[0]
        if meanwhile != newest_first[0]:
            return _moved(meanwhile)
        at = now()
        kept, spoiled = tuple(put_back(one, at)), tuple(one.spoiled)
        try:
            live = publish_again(self.archive, one, at, only_signed=self.destination.only_signed)
        except WaitsForSignature:
            return WentBack(one.edition, kept, waits_for_signature=True, spoiled=spoiled)
        except DatabaseFault:
            live = None  # the service publishes it once it can
        is_new = not one.is_as_archived
        return WentBack(one.edition, kept, live, is_new=is_new, spoiled=spoiled)

    def _timeline(self, ruleset: str) -> tuple[Published, ...]:
        """What was published of a ruleset, the newest first."""
        return timelines(self.archive.timeline()).get(ruleset, ())

    def _shelf(self) -> Shelf:
        source = self.destination.source
        try:
            return read_shelf(source.root, source.shown_as)
        except NotARulesetsFolder:
            return Shelf(source.root.resolve(), {}, (), source.shown_as, given=source.root)


def _moved(newest: Published) -> CantGoBack:
    return CantGoBack(
        f"Version {newest.version} was published meanwhile: look at what going back changes now."
    )


def as_data(went: WentBack | CantGoBack) -> dict[str, Any]:
    """What became of going back, as JSON data for a page."""
    if isinstance(went, CantGoBack):
        return {"why": went.why, "errors": [str(one) for one in went.errors]}
    live = went.live
    return {
        "kept": [one.name for one in went.kept],
        "at_once": live is not None and live.at_once,
        "starts": None if live is None else live.starts.isoformat(),
        "waits_for_signature": went.waits_for_signature,
        "is_new": went.is_new,
        "spoiled": list(went.spoiled),
    }

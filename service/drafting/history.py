"""What was published of a ruleset, and going back to it from a page; ``picoplan rollback`` does the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from service.drafting.going_back import (
    Candidate,
    WaitsForSignature,
    candidate,
    check_apart,
    errors_in_place,
    publish_again,
    put_back,
)
from service.drafting.publishing import Destination
from service.model.problem import Problem
from service.model.ruleset import SignOff
from service.store.archive import Archive
from service.store.editions import Edition, Published, timelines
from service.store.faults import Damaged, DatabaseFault
from service.store.folders import NotARulesetsFolder, Shelf, read_shelf
from service.store.replacing import CantReplace


@dataclass(frozen=True, slots=True)
class PastEdition:
    """An edition that was published, and who has signed it, as the folder says."""

    published: Published
    signed: tuple[SignOff, ...]


@dataclass(frozen=True, slots=True)
class WentBack:
    """An edition that is in the folder again.

    ``kept``: the folders beside it that hold what was there. ``live``: how it serves; None: it waits to be
    signed (``waits_for_signature``), or a running service checks it as a new edition. ``spoiled``: other
    rulesets of the folder that have errors with it.
    """

    edition: Edition
    kept: tuple[Path, ...] = ()
    live: Published | None = None
    waits_for_signature: bool = False
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
            for one in timelines(self.archive.timeline()).get(ruleset, ())
        )

    def go_back(self, ruleset: str, digest: str, at: datetime) -> WentBack | CantGoBack:
        """Put an edition back into the folder, if it is good as it will stand there.

        Raises:
            DatabaseFault: the database can't be used.
        """
        if not self.destination.may_write or self.destination.folder(ruleset) is None:
            return CantGoBack("This service does not write the folder of rulesets.")
        if ruleset in self.archive.retired():
            return CantGoBack(f'{ruleset} is retired: run "picoplan rulesets restore {ruleset}" first.')
        newest_first = timelines(self.archive.timeline()).get(ruleset, ())
        chosen = next((one for one in newest_first if one.digest == digest), None)
        if chosen is None:
            return CantGoBack("No edition of that digest was ever published.")
        try:
            edition = self.archive.edition(*chosen.key)
            with candidate(self._shelf(), edition) as one:
                return self._put_back(one, newest_first, at)
        except (CantReplace, Damaged) as why:
            return CantGoBack(f"{why}. Nothing was changed.")

    def _put_back(
        self, one: Candidate, newest_first: Sequence[Published], at: datetime
    ) -> WentBack | CantGoBack:
        if one.is_all_as_it_was(newest_first):
            return WentBack(one.edition, live=newest_first[0])
        errors = errors_in_place(one, newest_first, check_apart)
        if errors:
            return CantGoBack("It is not good any more as it would stand in the folder.", errors)
        kept, spoiled = tuple(put_back(one, at)), tuple(one.spoiled)
        try:
            live = publish_again(self.archive, one, at, only_signed=self.destination.only_signed)
        except WaitsForSignature:
            return WentBack(one.edition, kept, None, True, spoiled)
        except DatabaseFault:
            live = None  # the service publishes it once it can
        return WentBack(one.edition, kept, live, False, spoiled)

    def _shelf(self) -> Shelf:
        source = self.destination.source
        try:
            return read_shelf(source.root, source.shown_as)
        except NotARulesetsFolder:
            return Shelf(source.root.resolve(), {}, (), source.shown_as, given=source.root)

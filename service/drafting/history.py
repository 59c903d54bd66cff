"""What was published of a ruleset, and going back to it from a page; ``picoplan rollback`` does the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

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
from service.wording.phrases import capitalized


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

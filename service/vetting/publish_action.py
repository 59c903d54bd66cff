"""What becomes of a checked edit, and what the publisher remembers of each ruleset over a restart.

It remembers in files beside the folder's own database: which digest each folder was last seen to hold
(``handled.json``), so that a restart undoes no rollback; and what came of the last check of each
(``checked.json``), so that a restart checks nothing that it has checked. Where no file can be written, it is
forgotten with the process.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from hashlib import blake2b
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Literal

import orjson

import schemas
import service
from service.model.problem import Place, Problem
from service.store.editions import EditionKey, Published, digests_before, overlaps
from service.store.faults import CannotOpen
from service.store.whereabouts import for_the_owner, state_folder
from service.vetting.report import CheckReport
from service.vetting.sources import Fingerprints, Source

UNSIGNED = "awaits-sign-off"


@dataclass(frozen=True, slots=True)
class PublishAction:
    """What to do with an edit, and, where it waits, why.

    ``publish``: it goes live. ``keep``: it is what serves. ``wait``: it has errors, the last good goes on.
    ``leave``: the folder holds what was published and taken over from before, and nobody has edited it since.
    """

    does: Literal["publish", "keep", "wait", "leave"]
    problems: tuple[Problem, ...] = ()


def publish_action(
    report: CheckReport,
    timeline: Iterable[Published],
    *,
    last_published: str | None,
    folder: str,
    only_signed: bool,
) -> PublishAction:
    """What to do with an edit of one ruleset.

    ``timeline`` has what was published, the oldest first; ``last_published`` is the digest that this folder
    was last seen to hold and that passed (None: it was never looked at); ``folder`` is how it is shown.
    """
    edition = report.edition
    if edition is None:
        return PublishAction("wait", report.errors)
    published = tuple(timeline)
    own = [one for one in published if one.ruleset == edition.ruleset]
    if own and own[-1].key == edition.key:
        return PublishAction("keep")
    history = [one.digest for one in own]
    if history and last_published != edition.digest:
        before = digests_before(edition)
        history = [edition.digest if one in before else one for one in history]
        last_published = edition.digest if last_published in before else last_published
    if history and history[-1] != edition.digest and _is_left_behind(edition.digest, last_published, history):
        return PublishAction("leave")
    if only_signed and not edition.signed_off:
        return PublishAction("wait", (_unsigned(folder, edition.version),))
    found = overlaps(published, edition, f"{folder}/ruleset.yaml")
    return PublishAction("wait", found) if found else PublishAction("publish")


def _is_left_behind(digest: str, last_published: str | None, history: Sequence[str]) -> bool:
    """Whether others have gone on from this digest, rather than somebody here going back to it.

    So it is where the folder holds what it held, while a rollback or another machine has published since;
    and where it only now comes to hold what other machines held before.
    """
    if digest not in history:
        return False
    if last_published is None or last_published == digest:
        return True
    return last_published in history and _last(history, digest) > _last(history, last_published)


def _last(history: Sequence[str], digest: str) -> int:
    return max(index for index, one in enumerate(history) if one == digest)


def _unsigned(folder: str, version: str) -> Problem:
    message = (
        f"Only what was signed off goes live here, and nobody has signed off version {version} as it stands. "
        "Have it read, then run picoplan sign-off."
    )
    return Problem(Place(f"{folder}/ruleset.yaml"), UNSIGNED, message)


class LastPublished:
    """The digest that each folder was last seen to hold and that passed, by ruleset."""

    def __init__(self, rulesets: Path) -> None:
        self._file = _MemoryFile(rulesets, "handled.json")
        self._digests = {
            name: digest for name, digest in self._file.read().items() if isinstance(digest, str)
        }

    def get(self, ruleset: str) -> str | None:
        """The digest; None where the folder was never looked at."""
        return self._digests.get(ruleset)

    def note(self, ruleset: str, digest: str) -> None:
        """Its folder holds this digest, and it was dealt with."""
        if self._digests.get(ruleset) != digest:
            self._digests[ruleset] = digest
            self._file.write(self._digests)


@dataclass(frozen=True, slots=True)
class KeptReport:
    """What came of the last check of a ruleset, and on what it rests.

    ``fingerprints`` are of the folders that it was read from. ``newest`` is the edition on top of its
    timeline once the edit was dealt with, ``waits`` are the problems for which it waits, as lines of text.
    """

    fingerprints: Mapping[str, str]
    newest: EditionKey | None
    waits: tuple[str, ...]

    def holds(self, source: Source, newest: EditionKey | None, waits: Iterable[str]) -> bool:
        """Whether a check of the folders as they are now, by this picoplan, would change nothing."""
        known = (self.newest, self.waits) == (newest, tuple(waits))
        return known and Fingerprints(self.fingerprints).still(source)


class KeptReports:
    """What came of the last check of each ruleset, for as long as picoplan and the settings are the same."""

    def __init__(self, rulesets: Path, *, only_signed: bool) -> None:
        self._file = _MemoryFile(rulesets, "checked.json")
        self._only_signed = only_signed

    @cached_property
    def _made_by(self) -> str:
        return f"{code_digest()} {'signed' if self._only_signed else 'saved'}"

    @cached_property
    def _reports(self) -> dict[str, KeptReport]:
        return _reports(self._file.read(), self._made_by)

    def get(self, ruleset: str) -> KeptReport | None:
        """What came of it; None where it was not checked by this picoplan."""
        return self._reports.get(ruleset)

    def note(self, ruleset: str, report: KeptReport) -> None:
        """Keep what came of the last check of a ruleset."""
        if self._reports.get(ruleset) != report:
            self._reports[ruleset] = report
            self._write()

    def forget(self, ruleset: str) -> None:
        """Keep nothing of a ruleset: it has to be checked again."""
        if self._reports.pop(ruleset, None) is not None:
            self._write()

    def _write(self) -> None:
        reports = {
            name: {**asdict(report), "newest": report.newest and list(report.newest)}
            for name, report in self._reports.items()
        }
        self._file.write({"made_by": self._made_by, "reports": reports})


def _reports(data: Mapping[str, Any], made_by: str) -> dict[str, KeptReport]:
    if data.get("made_by") != made_by:
        return {}
    try:
        return {
            name: KeptReport(
                dict(one["fingerprints"]),
                one["newest"] and EditionKey(*one["newest"]),
                tuple(one["waits"]),
            )
            for name, one in data["reports"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


@cache
def code_digest() -> str:
    """A digest of all that a check runs: picoplan's own code, Python, and every package that is installed."""
    digest = blake2b(digest_size=16)
    for package in (service, schemas):
        root = Path(package.__file__ or "").parent
        for file in sorted(root.rglob("*.py")):
            digest.update(f"{file.relative_to(root)}\n".encode() + file.read_bytes())
    # All that they say of themselves: to take the name and the version of each out of it would take longest.
    said = (one.read_text("METADATA") or one.read_text("PKG-INFO") for one in distributions())
    installed = sorted(filter(None, said))
    digest.update("\n".join([platform.python_version(), platform.machine(), *installed]).encode())
    return digest.hexdigest()


class _MemoryFile:
    """A JSON object in the folder that SQLite would take for these rulesets, whatever the database is."""

    def __init__(self, rulesets: Path, name: str) -> None:
        try:
            self._file: Path | None = state_folder(rulesets).path / name
        except CannotOpen:
            self._file = None

    def read(self) -> dict[str, Any]:
        """What was written last; empty where there is nothing, or it can't be read."""
        try:
            data = orjson.loads(self._file.read_bytes()) if self._file is not None else {}
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def write(self, data: Mapping[str, Any]) -> None:
        """Put this in the place of what was there, where that can be done."""
        if self._file is None:
            return
        new = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            with open(new, "wb", opener=for_the_owner) as stream:
                stream.write(orjson.dumps(data, option=orjson.OPT_INDENT_2))
            new.replace(self._file)
        except (OSError, ValueError, TypeError):
            return  # a later start knows less, and checks again

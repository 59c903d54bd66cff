"""Editions of rulesets: what was published, from when it serves, and how to read it again.

An edition is one digest of a ruleset with the texts of every file that the digest rests on, under one
version of the language: the same texts under a later one are another edition. Publishing it puts it on the
timeline of its ruleset, where it serves from some day on until another takes over. No two versions may claim
the same days by ``effective``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import NamedTuple

from schemas.language import NEWEST_LANGUAGE
from service.analysis.checks.check import CHECKS
from service.analysis.proofs.results import PROOFS, State
from service.model.problem import Place, Problem
from service.model.ruleset import Ruleset
from service.reading.folder import (
    DIGEST_FORM,
    Layer,
    digest_of,
    digest_of_all,
    digests_as_saved,
    read_contents,
)
from service.reading.ruleset import Read, pack_places, read_ruleset
from service.reading.yaml_reader import compose
from service.store.faults import Damaged

OVERLAP = "effective-overlap"


def overlaps(timeline: Iterable[Published], edition: Edition, file: str = "") -> tuple[Problem, ...]:
    """Why the edition can't be published with its ``effective``, where another version has those days.

    ``file`` is how its ruleset.yaml is shown. An edition without ``effective`` overlaps nothing, for it
    serves from the day on which it goes live; nor does one that was published before.
    """
    earlier = timelines(timeline).get(edition.ruleset, ())
    effective = edition.effective
    if effective is None or any(one.digest == edition.digest for one in earlier):
        return ()
    message = _overlap(edition, with_a_turn(earlier))
    if message is None:
        return ()
    file = file or f"{edition.ruleset}/ruleset.yaml"
    tree = compose(file, edition.own_files.get("ruleset.yaml", b""))
    place = tree.at(("effective",)) if tree.data else Place(file)
    return (Problem(place, OVERLAP, message),)


def _overlap(edition: Edition, others: list[Published]) -> str | None:
    others = [one for one in others if one.version != edition.version]
    effective = edition.effective
    if effective is None or not others:
        return None
    same = next((one for one in others if one.effective == effective), None)
    if same is not None:
        return (
            f"Version {same.version} is effective from {effective} on, too. "
            f"Name a later day, leave it out to serve at once, or keep version {same.version}."
        )
    before = others[0]
    if effective < before.starts:
        return (
            f"Version {before.version} serves from {before.starts} on, which is later. "
            "Name that day or a later one, or leave it out to serve at once."
        )
    return None


BEING_CHECKED = "being-checked"
"""The code of what is told of a ruleset whose check still goes on."""

FIRST_CHECK_RUNS = "It is checked for the first time."
FIRST_CHECK_WAITS = "It waits for its first check."
"""What is told of one that never served, while it is checked, and before."""

ALWAYS = date.min
"""The start of an edition that serves for every day before another takes over."""


class EditionKey(NamedTuple):
    """What tells editions apart: the digest of their texts, and the version of the language."""

    digest: str
    language_version: int

    def __str__(self) -> str:
        return f"{self.digest} in language version {self.language_version}"


def key_of(ruleset: Ruleset) -> EditionKey:
    """Which edition a ruleset is."""
    return EditionKey(ruleset.digest, ruleset.language_version)


@dataclass(frozen=True, slots=True)
class Edition:
    """One digest of a ruleset, under one version of the language.

    ``files`` has the text of every file that the digest rests on, as ``pico-laser/ruleset.yaml``, those of
    the furthest extended ruleset first and its own last. sign-off.yaml is none of them: ``signed_off`` says
    whether this digest was signed off when the folder was last looked at. ``form`` is that of the digest
    (see ``DIGEST_FORM``): an earlier picoplan made it over the files as they were saved.
    """

    ruleset: str
    version: str
    digest: str
    effective: date | None
    title: str
    files: Mapping[str, str] = field(repr=False)
    signed_off: bool = False
    form: int = DIGEST_FORM
    language_version: int = NEWEST_LANGUAGE

    @property
    def key(self) -> EditionKey:
        """What tells it from others."""
        return EditionKey(self.digest, self.language_version)

    @property
    def layers(self) -> Mapping[str, Mapping[str, bytes]]:
        """The files of each ruleset's folder by its id, the furthest extended first."""
        layers: dict[str, dict[str, bytes]] = {}
        for name, text in self.files.items():
            folder, _, file = name.partition("/")
            layers.setdefault(folder, {})[file] = text.encode()
        return layers

    @property
    def own_files(self) -> Mapping[str, bytes]:
        """The files of its own folder, as ``ruleset.yaml``."""
        return self.layers.get(self.ruleset, {})


@dataclass(frozen=True, slots=True)
class Published:
    """An edition on the timeline of its ruleset.

    ``starts`` is the first day on which it may serve (``ALWAYS``: there is none before it), ``at`` when it
    was published (UTC), ``sequence`` which was published first: the greater number came later. A digest
    that is gone back to is on the timeline twice, and so is one that serves on under a later version of the
    language. ``guarantees``: what came of proving each when it was last checked; none where nobody has.
    """

    ruleset: str
    version: str
    digest: str
    starts: date
    at: datetime
    sequence: int
    effective: date | None = None
    title: str = ""
    language_version: int = NEWEST_LANGUAGE
    guarantees: Mapping[str, State] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> EditionKey:
        """Which edition it is."""
        return EditionKey(self.digest, self.language_version)

    @property
    def at_once(self) -> bool:
        """Whether it served from the moment at which it was published."""
        return self.starts <= self.at.date()

    @property
    def goes_live(self) -> datetime:
        """The moment from which on it serves (UTC), unless a later one did before."""
        return self.at if self.at_once else datetime.combine(self.starts, time(), UTC)


_CHECKING = re.compile(rf".+?:\d+:\d+: error {BEING_CHECKED} ")


@dataclass(frozen=True, slots=True)
class Waiting:
    """The newest edit of a ruleset that does not serve: why, as lines of text, and since when (UTC)."""

    ruleset: str
    problems: tuple[str, ...]
    at: datetime

    @property
    def is_being_checked(self) -> bool:
        """Whether it was not refused, but its check still goes on."""
        return len(self.problems) == 1 and _CHECKING.match(self.problems[0]) is not None

    @property
    def waits_for_check(self) -> bool:
        """Whether it is still to be checked, others first."""
        return self.is_being_checked and self.problems[0].endswith(FIRST_CHECK_WAITS)


def edition_of(read: Read) -> Edition:
    """The edition that was just read, from the very bytes that were read.

    Raises:
        ValueError: nothing good was read.
    """
    ruleset = read.ruleset
    if ruleset is None:
        raise ValueError(f"{read.id} has errors")
    return Edition(
        ruleset=ruleset.id,
        version=ruleset.version,
        digest=ruleset.digest,
        effective=ruleset.effective,
        title=ruleset.title,
        files={name: raw.decode() for name, raw in read.files.items()},
        signed_off=ruleset.signed_off,
        language_version=ruleset.language_version,
    )


def extended_edition(read: Read) -> Edition | None:
    """What a ruleset extends, as an edition of its own from the very bytes that were read.

    Its version and title are left empty: they stand in its files. None where it extends nothing.
    """
    ruleset = read.ruleset
    if ruleset is None or ruleset.extends is None:
        return None
    below = {name: raw.decode() for name, raw in read.files.items() if not name.startswith(f"{ruleset.id}/")}
    edition = Edition(ruleset.extends, "", "", None, "", below)
    return replace(edition, digest=digest_of_files(edition))


def read_edition(edition: Edition) -> Read:
    """Read an edition again, as its folder was read: the same digest, and rules defined at the same places.

    It is read under its version of the language, without the mistakes of later ones. Problems are placed in
    ``pico-laser@1.0.0``.
    """
    layers = edition.layers
    nowhere = Path(edition.digest)

    def find(ruleset: str) -> tuple[Path, str] | None:
        return (nowhere / ruleset, _shown(edition, ruleset)) if ruleset in layers else None

    def read_layer(path: Path, shown_as: str, most_values: int) -> Layer:
        return read_contents(path, shown_as, layers.get(path.name, {}), most_values, form=edition.form)

    read = read_ruleset(
        nowhere / edition.ruleset,
        _shown(edition, edition.ruleset),
        find,
        later={*CHECKS, *PROOFS},
        read=read_layer,
        language_version=edition.language_version,
    )
    if read.ruleset is None:
        return read
    return replace(read, ruleset=replace(read.ruleset, signed_off=edition.signed_off))


def readable(edition: Edition) -> Ruleset:
    """The ruleset of an archived edition, its places packed: it is kept for as long as it serves.

    Raises:
        Damaged: it comes to another digest, or this picoplan can't read it any more.
    """
    read = read_edition(edition)
    name = f"version {edition.version} of {edition.ruleset} ({edition.digest[:19]}...)"
    if read.ruleset is None:
        errors = [str(problem) for problem in read.problems if problem.severity == "error"]
        raise Damaged(
            f"{name} can't be read by this picoplan any more: {errors[0] if errors else 'no rules'}"
        )
    if read.ruleset.digest != edition.digest:
        raise Damaged(f"{name} is damaged: its files come to another digest")
    pack_places(read.ruleset)
    return read.ruleset


def renewed(ruleset: Ruleset) -> Ruleset:
    """The ruleset as it decides under the newest version of the language, so that others compare with it."""
    return replace(ruleset, language_version=NEWEST_LANGUAGE)


def digest_of_files(edition: Edition) -> str:
    """The digest that the edition's files come to."""
    return digest_of_all(digest_of(files, form=edition.form) for files in edition.layers.values())


def digests_before(edition: Edition) -> frozenset[str]:
    """The digests under which an earlier picoplan may have published, or seen signed, the edition's texts."""
    return digests_as_saved(edition.layers.values())


def start_of(edition: Edition, earlier: Sequence[Published], day: date) -> date:
    """From which day on an edition serves, published on ``day`` after ``earlier`` ones of its ruleset.

    That of its ``effective``, or the day itself where that is later. The first of a ruleset has nobody
    before it, so it serves from its ``effective`` on even where that is past, and without one always.
    """
    if not earlier:
        return edition.effective or ALWAYS
    return max(edition.effective or day, day)


def timelines(published: Iterable[Published]) -> dict[str, tuple[Published, ...]]:
    """The timeline of each ruleset, the newest first."""
    by_ruleset: dict[str, list[Published]] = {}
    for one in sorted(published, key=lambda one: one.sequence, reverse=True):
        by_ruleset.setdefault(one.ruleset, []).append(one)
    return {ruleset: tuple(timeline) for ruleset, timeline in by_ruleset.items()}


def with_a_turn(newest_first: Iterable[Published]) -> list[Published]:
    """Those of a ruleset's timeline that have served or will; others were overtaken while they waited."""
    kept: list[Published] = []
    soonest: datetime | None = None
    for one in newest_first:
        if one.at_once or soonest is None or one.goes_live < soonest:
            kept.append(one)
        soonest = one.goes_live if soonest is None else min(soonest, one.goes_live)
    return kept


def _shown(edition: Edition, ruleset: str) -> str:
    return f"{edition.ruleset}@{edition.version}" if ruleset == edition.ruleset else ruleset

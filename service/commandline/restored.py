"""An edition that shall go back into its folder: how it would stand there, and whether it is still good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.commandline.progress import told_progress, with_progress
from service.model.problem import Problem, in_order
from service.reading.folder import as_text
from service.reading.ruleset import Read
from service.serving.trying import try_scenarios
from service.store.editions import Edition, Published, digests_before, edition_of
from service.store.folders import Shelf, read_shelf
from service.store.overlaps import overlaps
from service.store.proven import prove_snapshot
from service.store.restoring import staged
from service.store.snapshot import Snapshot, take_snapshot


@dataclass(frozen=True, slots=True)
class Candidate:
    """An edition whose files lie in ``new``, ready to take the place of ``folder``.

    ``before`` is what was read of the folder of rulesets as it is, ``after`` as it would be.
    """

    edition: Edition
    new: Path
    folder: Path
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
        now = {name: as_text(raw) for name, raw in self.read.files.items()}
        archived = {name: as_text(text.encode()) for name, text in self.edition.files.items()}
        names = {name for name in now.keys() | archived.keys() if now.get(name) != archived.get(name)}
        return sorted({name.partition("/")[0] for name in names} - {self.edition.ruleset})

    @property
    def spoiled(self) -> dict[str, tuple[Problem, ...]]:
        """Other rulesets of the folder that it would break, each with its errors."""
        return {
            name: _errors(read.problems)
            for name, read in self.after.read.items()
            if name != self.edition.ruleset
            and read.ruleset is None
            and (held := self.before.read.get(name)) is not None
            and held.ruleset is not None
        }


@contextmanager
def candidate(shelf: Shelf, edition: Edition) -> Iterator[Candidate]:
    """The edition beside the folder of the shelf in which it shall stand.

    Raises:
        CantRestore: its files can't be written there.
        Damaged: the archived files are not of a ruleset.
    """
    name = edition.ruleset
    folder = shelf.root if shelf.single else shelf.root / name
    with staged(edition, folder) as new:
        after = read_shelf(shelf.root, shelf.shown_as, instead={name: new})
        yield Candidate(edition, new, folder, shelf, after)


def errors_of(one: Candidate, timeline: Iterable[Published]) -> tuple[Problem, ...]:
    """Every error that the edition has as it would stand in the folder: read, proven and tried."""
    name, read = one.edition.ruleset, one.read
    if read.ruleset is None:
        return _errors(read.problems)
    snapshot = take_snapshot(Shelf(one.after.root, {name: read}, ()))
    try:
        found = list(snapshot.broken.get(name, ()))
        with told_progress("Proving") as told:
            found += prove_snapshot(snapshot, {name: read}, told).problems
        found += _tried(snapshot)
    finally:
        snapshot.close()
    found += overlaps(timeline, edition_of(read), f"{one.shown_as}/ruleset.yaml")
    return _errors(found)


def _tried(snapshot: Snapshot) -> Iterator[Problem]:
    for compiled in snapshot.served.values():
        scenarios = compiled.ruleset.scenarios
        for tried in with_progress(try_scenarios(compiled, scenarios), len(scenarios), "Scenarios"):
            yield from tried.problems


def _own(read: Read) -> dict[str, bytes]:
    return {name: raw for name, raw in read.files.items() if name.startswith(f"{read.id}/")}


def _errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return in_order(problem for problem in problems if problem.severity == "error")

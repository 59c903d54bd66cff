"""The publisher: sees what changed, has it checked, and puts what passes on the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from typing import Protocol

from service.model.problem import Place, Problem
from service.store.archive import Archive
from service.store.editions import ALWAYS, Published
from service.store.faults import Damaged, Unavailable
from service.store.folders import NotARulesetsFolder
from service.vetting.confined import Checking
from service.vetting.handled import Handled
from service.vetting.judging import Decision, decide
from service.vetting.looking import Basis, Source
from service.vetting.verdict import Limits, Order, Served, Verdict

GONE = "ruleset-gone"
UNCHECKED = "being-checked"

MOST_AT_ONCE = 4
"""Checks that run at the same time: one that hangs must not hold up the others."""

OUTDATED_S = 5
"""Seconds after which a check is given up whose ruleset has been edited again."""

AGAIN_S = (2, 10, 60, 600)
"""Seconds until a check that crashed is tried again, the last of them over and over."""

STORE_AGAIN_S = 1.0
"""Seconds until the database is tried again where it could not be used."""


class Log(Protocol):
    """Takes what happened, an event with its details."""

    def info(self, event: str, **details: object) -> object:
        """As it should be."""

    def warning(self, event: str, **details: object) -> object:
        """Something that somebody should mend."""

    def error(self, event: str, **details: object) -> object:
        """Something failed."""


@dataclass(slots=True)
class _Desk:
    """What is known of one ruleset: on whose folders it rests, how they looked when it was last judged."""

    rests_on: tuple[str, ...]
    judged: Basis | None = None
    waits: tuple[str, ...] = ()
    crashes: int = 0
    again: float | None = None


@dataclass(frozen=True, slots=True)
class _Done:
    """A check that has ended."""

    order: Order
    verdict: Verdict

    def is_overtaken(self, timeline: Sequence[Published]) -> bool:
        """Whether others have published something else since it began: it was held against the wrong one."""
        newest = timeline[-1].digest if timeline else None
        held_against = self.order.served.digests[-1] if self.order.served.digests else None
        edition = self.verdict.edition
        return newest != held_against and edition is not None and newest != edition.digest


@dataclass(slots=True)
class Publisher:
    """Brings what a folder of rulesets holds onto the timeline of an archive.

    ``look`` starts checks and ``collect`` takes in what came of them; neither waits for one. With
    ``only_signed`` only signed digests go live.
    """

    source: Source
    archive: Archive
    log: Log
    only_signed: bool = False
    limits: Limits = field(default_factory=Limits)
    running: dict[str, Checking] = field(default_factory=dict)
    _desks: dict[str, _Desk] = field(default_factory=dict)
    _unstored: dict[str, _Done] = field(default_factory=dict)
    _names: tuple[str, ...] | None = None
    _store_again: float = 0.0
    _troubles: dict[str, str] = field(default_factory=dict)
    _handled: Handled = field(init=False)

    def __post_init__(self) -> None:
        self._handled = Handled(self.source.root)

    @property
    def is_busy(self) -> bool:
        """Whether a check runs, or one has ended whose outcome could not be stored yet."""
        return bool(self.running or self._unstored)

    def anew(self) -> Publisher:
        """A publisher of the same that knows nothing of what this one has seen."""
        return Publisher(self.source, self.archive, self.log, self.only_signed, self.limits)

    def collect(self) -> bool:
        """Take in what checks have found; whether one has ended."""
        before = len(self.running)
        for name, checking in list(self.running.items()):
            verdict = checking.verdict()
            if verdict is not None:
                del self.running[name]
                self._unstored[name] = _Done(checking.order, verdict)
        if self._unstored and monotonic() >= self._store_again:
            with self._database():
                self._settle_all()
        return len(self.running) < before

    def look(self, only: Iterable[str] | None = None) -> None:
        """Look at the folder, and start checks of what has changed; ``only``: at these rulesets alone."""
        with self._database():
            self._look(None if only is None else frozenset(only))

    def elsewhere(self) -> tuple[Path, ...]:
        """Folders outside of the source on which its rulesets rest."""
        root = self.source.root.resolve()
        names = {name for desk in self._desks.values() for name in desk.rests_on}
        folders = {folder for name in names if (folder := self.source.folder(name)) is not None}
        return tuple(sorted(one for one in folders if one != root and one.parent != root))

    def postpone(self) -> None:
        """End the checks that run, and note of each that it is still to come."""
        names = tuple(self.running)
        self.stop()
        with self._database():
            for name in names:
                place = Place(f"{self.source.shown(name)}/ruleset.yaml")
                self._wait(name, [Problem(place, UNCHECKED, "The check takes long; it goes on.")])

    def stop(self) -> None:
        """End the checks that run."""
        for checking in self.running.values():
            checking.stop()
        self.running.clear()

    def _settle_all(self) -> None:
        for name, done in list(self._unstored.items()):
            self._settle(done, [one for one in self.archive.timeline() if one.ruleset == name])
            del self._unstored[name]

    def _look(self, only: frozenset[str] | None) -> None:
        try:
            names: tuple[str, ...] = self.source.ids()
        except NotARulesetsFolder as error:
            names = ()
            self._says("folder", str(error))
        else:
            self._says("folder", "")
            self._strays()
        for name in names:
            if only is None or name in only:
                self._look_at(name)
        if only is None and names != self._names:
            self._miss(frozenset(names))
            self._names = names

    def _look_at(self, name: str) -> None:
        desk = self._desks.setdefault(name, _Desk((name,)))
        basis = self.source.basis(desk.rests_on)
        again = desk.again is not None and monotonic() >= desk.again
        if (basis == desk.judged and not again) or name in self._unstored:
            return
        checking = self.running.get(name)
        if checking is not None:
            if checking.basis == basis or monotonic() < checking.began + OUTDATED_S:
                return
            checking.stop()
            del self.running[name]
        if len(self.running) < MOST_AT_ONCE:
            order = Order(self.source, name, self._served(name), self.limits)
            self.running[name] = Checking(order, basis)
            desk.again = None

    def _served(self, name: str) -> Served:
        published = [one for one in self.archive.timeline() if one.ruleset == name]
        if not published:
            return Served()
        digests = tuple(one.digest for one in published)
        try:
            return Served(self.archive.edition(digests[-1]), digests)
        except Damaged as fault:
            self.log.error("edition is damaged", ruleset=name, says=str(fault))
            return Served(None, digests)

    def _settle(self, done: _Done, timeline: Sequence[Published]) -> None:
        verdict, name = done.verdict, done.verdict.ruleset
        desk = self._desks[name]
        if done.is_overtaken(timeline):
            desk.judged = None
            return
        handled, folder = self._handled.get(name), self.source.shown(name)
        decision = decide(verdict, timeline, handled=handled, folder=folder, only_signed=self.only_signed)
        self._store(verdict, decision)
        desk.judged, desk.rests_on = verdict.basis, tuple(verdict.basis.looks)
        if verdict.end == "crashed":
            desk.again = monotonic() + AGAIN_S[min(desk.crashes, len(AGAIN_S) - 1)]
            desk.crashes += 1
        else:
            desk.crashes, desk.again = 0, None

    def _store(self, verdict: Verdict, decision: Decision) -> None:
        name, edition = verdict.ruleset, verdict.edition
        if decision.does == "wait" or edition is None:
            self._wait(name, decision.problems)
            return
        said = {"ruleset": name, "version": edition.version, "digest": edition.digest}
        if decision.does in ("publish", "keep"):
            starts = self.archive.publish(edition, datetime.now(UTC)).starts
            if decision.does == "publish":
                self.log.info("edition published", **said, starts=_day(starts), seconds=verdict.seconds)
        else:
            self.log.info("the folder holds an edition that others have gone on from", **said)
        self.archive.clear_waiting(name)
        if self._desks[name].waits:
            self._desks[name].waits = ()
            self.log.info("no edit waits", **said)
        self._handled.note(name, edition.digest)

    def _wait(self, name: str, problems: Iterable[Problem]) -> None:
        lines = tuple(str(problem) for problem in problems)
        before = self.archive.waiting().get(name)
        self.archive.note_waiting(name, lines, datetime.now(UTC) if before is None else before.at)
        if lines != self._desks[name].waits:
            self._desks[name].waits = lines
            self.log.warning("edit waits", ruleset=name, problems=lines)

    def _miss(self, there: frozenset[str]) -> None:
        """Note what serves and whose folder is gone; forget what waited and never served."""
        serving = {one.ruleset: one for one in self.archive.timeline()}
        for name, newest in serving.items():
            if name not in there:
                desk = self._desks.setdefault(name, _Desk((name,)))
                desk.judged = None
                self._wait(name, [_gone(self.source.shown(name), newest)])
        for name in self.archive.waiting():
            if name not in there and name not in serving:
                self.archive.clear_waiting(name)

    def _strays(self) -> None:
        """Log what lies beside the rulesets and is none."""
        self._says("files beside the rulesets", "; ".join(str(problem) for problem in self.source.strays()))

    @contextmanager
    def _database(self) -> Iterator[None]:
        """Go on where the database can't be had at the moment; what it should hold is kept until it can."""
        try:
            yield
        except Unavailable as fault:
            self._says("database", str(fault))
            self._store_again = monotonic() + STORE_AGAIN_S
        else:
            self._says("database", "")

    def _says(self, what: str, problem: str) -> None:
        """Log a trouble that concerns no single ruleset, once, and its end."""
        if self._troubles.get(what, "") != problem:
            self._troubles[what] = problem
            if problem:
                self.log.error(f"trouble with the {what}", says=problem)
            else:
                self.log.info(f"no more trouble with the {what}")


def _gone(folder: str, newest: Published) -> Problem:
    message = f"The folder is gone. Version {newest.version} goes on serving; put the folder back to edit it."
    return Problem(Place(f"{folder}/ruleset.yaml"), GONE, message)


def _day(starts: date) -> str | None:
    return None if starts == ALWAYS else starts.isoformat()

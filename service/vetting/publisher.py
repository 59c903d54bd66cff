"""The publisher: sees what changed, has it checked, and puts what passes on the timeline.

It works before the service listens (``publish_first``) and beside it in a process of its own
(``publish_until_stopped``).
"""

from __future__ import annotations

import selectors
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from typing import Protocol

from service.analysis.proofs.results import State
from service.model.problem import Place, Problem
from service.reading.yaml_reader import compose
from service.store.archive import Archive
from service.store.editions import (
    ALWAYS,
    BEING_CHECKED,
    FIRST_CHECK_RUNS,
    FIRST_CHECK_WAITS,
    Edition,
    Published,
)
from service.store.faults import Damaged, DatabaseFault
from service.store.folders import NotARulesetsFolder
from service.vetting.process import RunningCheck, die_with_parent, is_orphan
from service.vetting.publish_action import (
    KeptReport,
    KeptReports,
    LastPublished,
    PublishAction,
    publish_action,
)
from service.vetting.report import CheckLimits, CheckReport, CheckRequest, Served
from service.vetting.sources import Fingerprints, Source
from service.vetting.watcher import FolderWatcher

GONE = "ruleset-gone"
NOT_STORED = "not-stored"

MOST_AT_ONCE = 4
"""Checks that run at the same time: one that hangs must not hold up the others."""

AGAIN_S = (2, 10, 60, 600)
"""Seconds until a check that crashed is tried again, the last of them over and over."""

STORE_AGAIN_S = 1.0
"""Seconds until the database is tried again where it could not be used."""

LOOK_AGAIN_S = 3.0
"""Seconds between looks where nothing was seen to change: an event may be missed."""

PROVING = 0.5
"""The share of the time by the clock that proofs may take."""

_TICK_S = 0.25


class EventLog(Protocol):
    """Takes what happened, an event with its details."""

    def info(self, event: str, **details: object) -> object:
        """As it should be."""

    def warning(self, event: str, **details: object) -> object:
        """Something that somebody should mend."""

    def error(self, event: str, **details: object) -> object:
        """Something failed."""


@dataclass(slots=True)
class _Progress:
    """How far the publisher is with one ruleset.

    It rests on the folders ``rests_on``; ``checked`` are their fingerprints at its last check, which began at
    ``began`` by the monotonic clock.
    """

    rests_on: tuple[str, ...]
    checked: Fingerprints | None = None
    began: float = 0.0
    waits: tuple[str, ...] = ()
    crashes: int = 0
    again: float | None = None


@dataclass(frozen=True, slots=True)
class _EndedCheck:
    """A check that has ended."""

    request: CheckRequest
    report: CheckReport

    def is_overtaken(self, timeline: Sequence[Published]) -> bool:
        """Whether others have published something else since it began: it was held against the wrong one."""
        newest = timeline[-1].key if timeline else None
        edition = self.report.edition
        return newest != self.request.served.newest and edition is not None and newest != edition.key


@dataclass(slots=True)
class Publisher:
    """Brings what a folder of rulesets holds onto the timeline of an archive.

    ``look`` starts checks and ``collect`` takes in what came of them; neither waits for one. With
    ``only_signed`` only signed digests go live.
    """

    source: Source
    archive: Archive
    log: EventLog
    only_signed: bool = False
    limits: CheckLimits = field(default_factory=CheckLimits)
    running: dict[str, RunningCheck] = field(default_factory=dict)
    _progress: dict[str, _Progress] = field(default_factory=dict)
    _unstored: dict[str, _EndedCheck] = field(default_factory=dict)
    _names: tuple[frozenset[str], frozenset[str]] | None = None
    _store_again: float = 0.0
    _has_looked: bool = False
    _troubles: dict[str, str] = field(default_factory=dict)
    _last_published: LastPublished = field(init=False)
    _kept: KeptReports = field(init=False)

    def __post_init__(self) -> None:
        self._last_published = LastPublished(self.source.root)
        self._kept = KeptReports(self.source.root, only_signed=self.only_signed)

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
        for name, check in list(self.running.items()):
            report = check.report()
            if report is not None:
                del self.running[name]
                self._unstored[name] = _EndedCheck(check.request, report)
        if self._unstored and monotonic() >= self._store_again:
            with self._database():
                self._settle_all()
        return len(self.running) < before

    def look(self, only: Iterable[str] | None = None) -> None:
        """Look at the folder, and start checks of what has changed; ``only``: at these rulesets alone."""
        with self._database():
            self._look(None if only is None else frozenset(only))

    def elsewhere(self) -> list[Path]:
        """Folders outside of the source on which its rulesets rest."""
        return self.source.outside({name for one in self._progress.values() for name in one.rests_on})

    def postpone(self) -> None:
        """End the checks that run, and note of each that it is still to come."""
        names = tuple(self.running)
        self.stop()
        with self._database():
            for name in names:
                self._wait(name, [self._being_checked(name, "The check takes long; it goes on.")])

    def stop(self) -> None:
        """End the checks that run."""
        for check in self.running.values():
            check.stop()
        if self.running:
            with self._database():
                self.archive.clear_checks(self.running)
        self.running.clear()

    def _settle_all(self) -> None:
        retired = self.archive.retired()
        for name, ended in list(self._unstored.items()):
            if name not in retired and name in self._progress:
                self._settle(ended, [one for one in self.archive.timeline() if one.ruleset == name])
            self.archive.clear_checks([name])
            del self._unstored[name]

    def _look(self, only: frozenset[str] | None) -> None:
        try:
            names: tuple[str, ...] = self.source.ids()
        except NotARulesetsFolder as error:
            names = ()
            self._log_problem("folder", str(error))
        else:
            self._log_problem("folder", "")
            self._strays()
        retired = frozenset(self.archive.retired())
        for name in retired:
            self._progress.pop(name, None)  # once it is restored, it is looked at as if for the first time
        if not self._has_looked:
            self.archive.clear_checks(names)  # of a publisher that was killed
            self._has_looked = True
        meant = [name for name in names if name not in retired and (only is None or name in only)]
        self._note_new(meant)
        # In this order none is checked over and over before others.
        for name in sorted(meant, key=self._last_began):
            self._look_at(name)
        if only is None and (frozenset(names), retired) != self._names:
            self._miss(frozenset(names), retired)
            self._names = frozenset(names), retired

    def _note_new(self, names: Iterable[str]) -> None:
        """Note that rulesets which never served, and are seen for the first time, are still to be checked."""
        unseen = [name for name in names if name not in self._progress and name not in self.running]
        if unseen:
            known = {one.ruleset for one in self.archive.timeline()} | self.archive.waiting().keys()
            for name in unseen:
                if name not in known:
                    self._note_waiting(name, [self._being_checked(name, FIRST_CHECK_WAITS)])

    def _last_began(self, name: str) -> float:
        return self._progress[name].began if name in self._progress else 0.0

    def _look_at(self, name: str) -> None:
        """Start a check of the ruleset where its folders have changed since its last one.

        A check that runs goes on, whatever is saved meanwhile: what it has read is published if it passes,
        and what was saved meanwhile is checked next. So steady saves hold nothing back.
        """
        if name in self.running or name in self._unstored:
            return
        known = self._progress.get(name)
        if known is None:
            known = self._progress[name] = self._remembered(name)
        fingerprints = self.source.fingerprints(known.rests_on)
        again = known.again is not None and monotonic() >= known.again
        if (fingerprints == known.checked and not again) or len(self.running) >= MOST_AT_ONCE:
            return
        served = served_by(self.archive, name, self.log)
        if not served.digests and self._is_new(name):
            self._note_waiting(name, [self._being_checked(name, FIRST_CHECK_RUNS)])
        request = CheckRequest(self.source, self.limits, name, served, self.limits.seconds * PROVING)
        self.running[name] = RunningCheck(request, name, fingerprints)
        known.began, known.again = monotonic(), None
        self.archive.note_check(name, datetime.now(UTC))

    def _is_new(self, name: str) -> bool:
        """Whether no check of it has come to an end."""
        waiting = self.archive.waiting().get(name)
        return waiting is None or waiting.is_being_checked

    def _remembered(self, name: str) -> _Progress:
        """What is known of a ruleset at the first look: all, where its last check still holds."""
        kept = self._kept.get(name)
        if kept is not None:
            served, waiting = served_by(self.archive, name, self.log), self.archive.waiting().get(name)
            newest = served.newest
            is_whole = (served.edition is None) == (newest is None)
            if is_whole and kept.holds(self.source, newest, waiting.problems if waiting else ()):
                return _Progress(tuple(kept.fingerprints), Fingerprints(kept.fingerprints), waits=kept.waits)
        return _Progress((name,))

    def _settle(self, ended: _EndedCheck, timeline: Sequence[Published]) -> None:
        """Deal with what came of a check: store it, and remember it."""
        report, name = ended.report, ended.report.ruleset
        known = self._progress[name]
        if ended.is_overtaken(timeline):
            known.checked = None
            return
        action = publish_action(
            report,
            timeline,
            last_published=self._last_published.get(name),
            folder=self.source.shown(name),
            only_signed=self.only_signed,
        )
        self._store(report, action)
        known.checked, known.rests_on = report.fingerprints, tuple(report.fingerprints.by_id)
        if report.end == "crashed":
            known.again = monotonic() + AGAIN_S[min(known.crashes, len(AGAIN_S) - 1)]
            known.crashes += 1
        else:
            known.crashes, known.again = 0, None
        self._keep(report, timeline, action)

    def _keep(self, report: CheckReport, timeline: Sequence[Published], action: PublishAction) -> None:
        """Remember what came of a check that came to its end, so that a restart need not make it again."""
        name, waits = report.ruleset, self._progress[report.ruleset].waits
        if report.end != "finished" or (
            waits and action.does != "wait"
        ):  # at the next start it may do better
            self._kept.forget(name)
            return
        newest = timeline[-1].key if timeline else None
        if report.edition is not None and action.does == "publish":
            newest = report.edition.key
        self._kept.note(name, KeptReport(dict(report.fingerprints.by_id), newest, waits))

    def _store(self, report: CheckReport, action: PublishAction) -> None:
        name, edition = report.ruleset, report.edition
        if action.does == "wait" or edition is None:
            self._wait(name, action.problems)
            return
        told = {"ruleset": name, "version": edition.version, "digest": edition.digest}
        if action.does in ("publish", "keep"):
            published = self._published(edition, report.guarantees)
            if published is None:
                return
            if action.does == "publish":
                starts = _day(published.starts)
                self.log.info("edition published", **told, starts=starts, seconds=report.seconds)
        else:
            self.log.info("the folder holds an edition that others have gone on from", **told)
        self.archive.clear_waiting(name)
        if self._progress[name].waits:
            self._progress[name].waits = ()
            self.log.info("no edit waits", **told)
        self._last_published.note(name, edition.digest)

    def _published(self, edition: Edition, guarantees: Mapping[str, State] | None) -> Published | None:
        """The edition as it was published; None where it can't be stored, which then is why it waits."""
        try:
            return self.archive.publish(edition, datetime.now(UTC), guarantees)
        except DatabaseFault:
            raise  # the database's trouble, not the edition's: it is tried again
        except Exception as fault:  # noqa: BLE001 - whatever it is, it must not end the publisher over and over
            self.log.error("edition can't be stored", ruleset=edition.ruleset, fault=type(fault).__qualname__)
            self._wait(edition.ruleset, [_not_stored(self.source.shown(edition.ruleset), edition, fault)])
            return None

    def _wait(self, name: str, problems: Iterable[Problem]) -> None:
        lines = self._note_waiting(name, problems)
        if name not in self._progress:
            self._progress[name] = _Progress((name,))
        if lines != self._progress[name].waits:
            self._progress[name].waits = lines
            self.log.warning("edit waits", ruleset=name, problems=lines)

    def _note_waiting(self, name: str, problems: Iterable[Problem]) -> tuple[str, ...]:
        lines = tuple(str(problem) for problem in problems)
        before = self.archive.waiting().get(name)
        fresh = before is None or before.is_being_checked
        self.archive.note_waiting(name, lines, datetime.now(UTC) if fresh or before is None else before.at)
        return lines

    def _being_checked(self, name: str, message: str) -> Problem:
        return Problem(Place(f"{self.source.shown(name)}/ruleset.yaml"), BEING_CHECKED, message)

    def _miss(self, there: frozenset[str], retired: frozenset[str]) -> None:
        """Note what serves and whose folder is gone; forget what waited and never served."""
        serving = {one.ruleset: one for one in self.archive.timeline() if one.ruleset not in retired}
        for name, newest in serving.items():
            if name not in there:
                self._progress.setdefault(name, _Progress((name,))).checked = None
                self._wait(name, [_gone(self.source.shown(name), newest)])
        for name in self.archive.waiting():
            if name not in there and name not in serving:
                self.archive.clear_waiting(name)

    def _strays(self) -> None:
        """Log what lies beside the rulesets and is none."""
        self._log_problem(
            "files beside the rulesets", "; ".join(str(problem) for problem in self.source.strays())
        )

    @contextmanager
    def _database(self) -> Iterator[None]:
        """Go on where the database can't be had at the moment; what it should hold is kept until it can."""
        try:
            yield
        except DatabaseFault as fault:
            self._log_problem("database", str(fault))
            self._store_again = monotonic() + STORE_AGAIN_S
        else:
            self._log_problem("database", "")

    def _log_problem(self, what: str, problem: str) -> None:
        """Log a trouble that concerns no single ruleset, once, and its end."""
        if self._troubles.get(what, "") != problem:
            self._troubles[what] = problem
            if problem:
                self.log.error(f"trouble with the {what}", says=problem)
            else:
                self.log.info(f"no more trouble with the {what}")


def served_by(archive: Archive, name: str, log: EventLog) -> Served:
    """What an edit of the ruleset is held against: its newest edition, and the digests of all."""
    published = [one for one in archive.timeline() if one.ruleset == name]
    if not published:
        return Served()
    digests, newest = tuple(one.digest for one in published), published[-1].key
    try:
        return Served(archive.edition(*newest), digests, newest)
    except Damaged as fault:
        log.error("edition is damaged", ruleset=name, says=str(fault))
        return Served(None, digests, newest)


def _gone(folder: str, newest: Published) -> Problem:
    message = f"The folder is gone. Version {newest.version} goes on serving; put the folder back to edit it."
    return Problem(Place(f"{folder}/ruleset.yaml"), GONE, message)


def _not_stored(folder: str, edition: Edition, fault: Exception) -> Problem:
    """Why an edition can't be stored, at the place that is likely to be the cause."""
    file = f"{folder}/ruleset.yaml"
    for key, text in (("title", edition.title), ("version", edition.version)):
        if "\0" in text:
            tree = compose(file, edition.own_files.get("ruleset.yaml", b""))
            message = f"The database does not take the {key}: it has the character NUL. Type it anew."
            return Problem(tree.at((key,)) if tree.data else Place(file), NOT_STORED, message)
    message = (
        f"The database does not take this edition ({type(fault).__qualname__}). "
        "Undo the last edit, and tell the operator."
    )
    return Problem(Place(file), NOT_STORED, message)


def _day(starts: date) -> str | None:
    return None if starts == ALWAYS else starts.isoformat()


def publish_first(publisher: Publisher, seconds: float, *, everything: bool) -> None:
    """Check what was never published, or everything; whatever takes longer is left for later."""
    until = monotonic() + seconds
    served = {one.ruleset for one in publisher.archive.timeline()}
    only = None if everything else [name for name in publisher.source.ids() if name not in served]
    publisher.look(only)
    while publisher.is_busy and monotonic() < until:
        _wait([*publisher.running.values()], min(_TICK_S, until - monotonic()))
        if publisher.collect():
            publisher.look(only)
    publisher.postpone()


def publish_until_stopped(publisher: Publisher, parent: int) -> None:
    """Watch and publish until this process is told to stop, or the process ``parent`` is gone."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda *_: stopping.set())
    die_with_parent(parent)
    with FolderWatcher(publisher.source.root) as watcher:
        try:
            publish_until(publisher, watcher, lambda: stopping.is_set() or is_orphan(parent))
        finally:
            publisher.stop()


def publish_until(publisher: Publisher, watcher: FolderWatcher, is_over: Callable[[], bool]) -> None:
    """Look whenever a burst of saves is over, a check has ended, or nothing was seen for a while."""
    due = monotonic()
    while not is_over():
        if publisher.collect() or watcher.saved():
            due = monotonic()
        if monotonic() >= due and not watcher.is_settling:  # it settles within ``LONGEST_BURST``
            publisher.look()
            due = monotonic() + LOOK_AGAIN_S
            watcher.watch_too(publisher.elsewhere())
        _wait([watcher, *publisher.running.values()], min(max(due - monotonic(), 0.02), _TICK_S))


class _Readable(Protocol):
    def fileno(self) -> int: ...


def _wait(those: Iterable[_Readable], seconds: float) -> None:
    """Until one of them can be read, or the time is over."""
    with selectors.DefaultSelector() as selector:
        for one in those:
            selector.register(one, selectors.EVENT_READ)
        selector.select(max(seconds, 0))

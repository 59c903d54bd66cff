"""What serves in this process, and how it comes to serve what the archive's timelines say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from service.engine.faults import EngineFault
from service.evaluation.compiled import CompiledRuleset
from service.model.ruleset import Ruleset
from service.serving.evaluate import Answering
from service.store.archive import Archive
from service.store.editions import Edition, EditionKey, Published, Waiting, key_of, readable, timelines
from service.store.faults import Damaged, DatabaseFault
from service.store.snapshot import Snapshot
from service.web.follower import Follower
from service.web.log import Log
from service.web.ruleset_status import RulesetStatuses, ruleset_statuses

LOOK_AGAIN_S = 0.25
"""Seconds between questions whether the archive has anything new."""


class Live:
    """The rulesets as they serve now. Requests read ``answering`` and ``statuses``, each as a whole.

    Without an archive they stay what they were at the beginning.
    """

    def __init__(
        self,
        log: Log,
        answering: Answering,
        archive: Archive | None = None,
        shown: Callable[[str], str] = str,
    ) -> None:
        """``shown``: how the folder of a ruleset is shown in problems."""
        self._log = log
        self._shown = shown
        self._archive = archive
        self._generation: int | None = None
        self.follower = Follower(self._catch_up, self._tell, every_s=LOOK_AGAIN_S)
        self._damaged: frozenset[EditionKey] = frozenset()
        self.answering = answering
        self.statuses: RulesetStatuses = ruleset_statuses(answering.serving, shown=shown)

    def follow(self) -> None:
        """Catch up with the archive now, and from now on in a thread of its own. Call it after a fork."""
        if self._archive is not None:
            self.follower.follow()

    def catch_up(self) -> None:
        """Serve what the archive says. Where it can't be had, what serves goes on, and the log says so."""
        self.follower.catch_up()

    def files_of(self, ruleset: Ruleset) -> Mapping[str, str]:
        """The texts of an edition by file, such as ``pico-laser/ruleset.yaml``; none: they can't be had."""
        if self._archive is None:
            return {}
        try:
            return self._archive.edition(*key_of(ruleset)).files
        except DatabaseFault:
            return {}

    def _catch_up(self) -> None:
        archive = self._archive
        generation = None if archive is None else archive.generation()
        if archive is None or generation == self._generation:
            return
        retired = archive.retired()
        timeline = [one for one in archive.timeline() if one.ruleset not in retired]
        waiting = {name: one for name, one in archive.waiting().items() if name not in retired}
        checks = {name: at for name, at in archive.checks().items() if name not in retired}
        before = self.answering.snapshot
        found = _found(archive, timeline, waiting, retired, before)
        self.answering.swap(found.snapshot, [one for one in timeline if one.key not in found.damaged])
        self.statuses = ruleset_statuses(
            self.answering.serving, waiting.values(), found.damaged_by_id, checks, shown=self._shown
        )
        self._generation = generation
        self._log_changes(before, found)

    def _log_changes(self, before: Snapshot, found: _ArchiveContents) -> None:
        now = found.snapshot
        for key, says in found.damaged.items():
            if key not in self._damaged:
                self._log.error("edition is damaged, one before it serves", digest=key.digest, says=says)
        self._damaged = frozenset(found.damaged)
        for name in now.retired.keys() - before.retired.keys():
            self._log.info("ruleset is retired", ruleset=name, since=now.retired[name].isoformat())
        for name, compiled in now.served.items():
            if before.served.get(name) is not compiled:
                log_serves(self._log, name, compiled)
        for name, problems in now.broken.items():
            if before.broken.get(name) != problems:
                log_does_not_serve(self._log, name, self.statuses.by_id[name].problems)

    def _tell(self, trouble: str) -> None:
        if trouble:
            self._log.error("archive is not followed, what serves goes on", says=trouble)
        else:
            self._log.info("archive is followed again")


def log_serves(log: Log, name: str, compiled: CompiledRuleset) -> None:
    """Log that a ruleset serves."""
    ruleset = compiled.ruleset
    log.info(
        "ruleset serves",
        ruleset=name,
        version=ruleset.version,
        digest=ruleset.digest,
        rules=len(ruleset.rules),
        signed_off=ruleset.signed_off,
    )


def log_does_not_serve(log: Log, name: str, problems: Iterable[str]) -> None:
    """Log that a ruleset does not serve, and why."""
    log.error("ruleset does not serve", ruleset=name, problems=list(problems))


@dataclass(frozen=True, slots=True)
class _ArchiveContents:
    """What the archive holds, ready to serve; ``damaged``: editions that can't be read any more, and why."""

    snapshot: Snapshot
    damaged: Mapping[EditionKey, str]
    damaged_by_id: Mapping[str, tuple[str, ...]]


def _found(
    archive: Archive,
    timeline: Iterable[Published],
    waiting: Mapping[str, Waiting],
    retired: Mapping[str, datetime],
    before: Snapshot,
) -> _ArchiveContents:
    """The newest edition of every ruleset, or the newest that is whole; what served before is taken over."""
    served: dict[str, CompiledRuleset] = {}
    damaged: dict[EditionKey, str] = {}
    by_id: dict[str, tuple[str, ...]] = {}
    for name, history in sorted(timelines(timeline).items()):
        for one in history:
            if one.key in damaged:
                continue
            try:
                served[name] = _ready(archive.edition(*one.key), before.served.get(name))
                break
            except Damaged as fault:
                damaged[one.key] = str(fault)
                by_id[name] = (*by_id.get(name, ()), str(fault))
    none = {*by_id, *waiting} - served.keys()
    checking = {name for name in none - by_id.keys() if waiting[name].is_being_checked}
    broken = dict.fromkeys(none - checking, ())
    snapshot = Snapshot(served, broken, checking=frozenset(checking), retired=retired)
    return _ArchiveContents(snapshot, damaged, by_id)


def _ready(edition: Edition, before: CompiledRuleset | None) -> CompiledRuleset:
    if before is not None:
        ruleset = before.ruleset
        if (key_of(ruleset), ruleset.signed_off) == (edition.key, edition.signed_off):
            return before
    try:
        return CompiledRuleset(readable(edition))
    except EngineFault as fault:
        name = f"version {edition.version} of {edition.ruleset}"
        raise Damaged(f"the engine does not take {name} any more: {fault}") from fault

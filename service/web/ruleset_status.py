"""The status of each ruleset: what serves, since when, and whether a newer edit waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from schemas.responses import ReadinessSchema
from service.model.caller import INTERNAL, Caller
from service.serving.choosing import newest_for
from service.serving.served_rulesets import ServedRulesets
from service.store.editions import ALWAYS, Published, Waiting
from service.web.discretion import Discretion, rests_on

RulesetState = Literal["current", "stale", "checking", "broken"]
"""``current``: its newest edit serves. ``stale``: a newer edit waits. ``checking``: nothing serves yet,
for the first check goes on. ``broken``: no good version is there."""

_SCHEMA = ReadinessSchema()


@dataclass(frozen=True, slots=True)
class RulesetStatus:
    """One ruleset: its timeline, the newest first (empty: no good version), and why a newer edit waits.

    ``discretion`` is how its problems are told. ``is_being_checked``: its first check goes on.
    """

    timeline: tuple[Published, ...]
    discretion: Discretion
    problems: tuple[str, ...] = ()
    waits_since: datetime | None = None
    is_being_checked: bool = False

    @property
    def state(self) -> RulesetState:
        """In which state it is."""
        if not self.timeline:
            return "checking" if self.is_being_checked else "broken"
        return "stale" if self.problems else "current"

    def serving(self, today: date) -> Published | None:
        """What serves on the day."""
        return newest_for(self.timeline, today)


@dataclass(frozen=True, slots=True)
class RulesetStatuses:
    """The status of all rulesets at one moment."""

    by_id: Mapping[str, RulesetStatus]
    stale: frozenset[str]

    @property
    def is_ready(self) -> bool:
        """Whether there is a good version of every ruleset, and there is any."""
        return bool(self.by_id) and all(one.timeline for one in self.by_id.values())

    def as_json(self, today: date, caller: Caller = INTERNAL) -> dict[str, Any]:
        """As ``/readyz`` tells it to a caller: of rulesets only to one who may operate, and those he sees."""
        told = sorted(self.by_id.items()) if "operate" in caller.scopes else []
        data: dict[str, Any] = _SCHEMA.dump(
            {
                "status": "ready" if self.is_ready else "not ready",
                "rulesets": [_line(name, one, today, caller) for name, one in told if caller.sees(name)],
            }
        )
        return data


def ruleset_statuses(
    serving: ServedRulesets,
    waiting: Iterable[Waiting] = (),
    damaged: Mapping[str, tuple[str, ...]] | None = None,
    *,
    shown: Callable[[str], str] = str,
) -> RulesetStatuses:
    """The status of the rulesets of a snapshot, with the edits that wait and what is damaged in the archive.

    ``shown``: how the folder of a ruleset is shown in problems.
    """
    damaged = damaged or {}
    waits = {one.ruleset: one for one in waiting}
    by_id: dict[str, RulesetStatus] = {}
    for name in {*serving.lines, *serving.snapshot.broken, *serving.snapshot.checking, *waits}:
        line, wait = serving.lines.get(name), waits.get(name)
        timeline = line.timeline if line is not None else ()
        problems = [str(problem) for problem in serving.snapshot.broken.get(name, ())]
        problems += [*(wait.problems if wait is not None else ()), *damaged.get(name, ())]
        serves = serving.snapshot.served.get(name)
        extended = frozenset[str]() if serves is None else rests_on(serves.ruleset)
        discretion = Discretion(name, shown(name), extended)
        waits_since = wait.at if wait is not None else None
        checking = name in serving.snapshot.checking
        by_id[name] = RulesetStatus(timeline, discretion, tuple(problems), waits_since, checking)
    stale = frozenset(name for name, one in by_id.items() if one.state == "stale")
    return RulesetStatuses(by_id, stale)


def _line(name: str, one: RulesetStatus, today: date, caller: Caller) -> dict[str, Any]:
    serves = one.serving(today)
    since = None if serves is None else _since(serves)
    return {
        "id": name,
        "version": None if serves is None else serves.version,
        "digest": None if serves is None else serves.digest,
        "since": since,
        "state": one.state,
        "stale_since": _moment(one.waits_since) if one.state == "stale" and one.waits_since else None,
        "problems": [one.discretion.told(problem, caller) for problem in one.problems],
    }


def _since(serves: Published) -> str:
    """When it began to serve: when it was published, or at the beginning of the day that it names."""
    start = serves.at
    if serves.starts != ALWAYS:
        start = max(start, datetime.combine(serves.starts, time(), UTC))
    return _moment(start)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"

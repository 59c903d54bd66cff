"""The status of each ruleset: what serves, since when, whether a newer edit waits, and for what problems.

A key that does not see all rulesets is told nothing of others by these problems. A line can name another
ruleset in these ways: it stands in a folder that is extended, or speaks of a place there; it guesses which
one "extends" meant; it says how "extends" goes in a circle; or the id in a folder is not the folder's name.
What is said instead never depends on which other rulesets there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from schemas.responses import ReadinessSchema
from service.model.caller import INTERNAL, Caller
from service.model.ruleset import Ruleset
from service.reading.extending import NONE_NEAR
from service.reading.folder import FILES, FOLDERS
from service.serving.choosing import ServedRulesets, newest_for
from service.store.editions import ALWAYS, Published, Waiting

EXTENDED = "(extended ruleset)"
"""Stands for the folder of a ruleset that is extended and may not be named."""

_ASK = "Ask the operator."

_LINE = re.compile(
    r"(?P<before>(?:version .+? any more: )?)(?P<file>.+?)(?P<at>:\d+:\d+: (?:error|warning) )"
    r"(?P<code>[a-z-]+) (?P<says>.*)",
    re.DOTALL,
)
_NOT_THERE = re.compile(r'There is no ruleset ".*?" to extend\.')
_CIRCLE = re.compile(r'"extends" goes in a circle: (?P<names>.*)\. Break it\.')
_ALREADY = re.compile(r"(.* stands already at )(.+?)(:\d+:\d+\. Give this one its own (?:id|name)\.)")
_OF_FOLDERS = frozenset(("unreadable", "too-many-files", "link-outside"))
"""Codes of problems that a ruleset's folder can have as a whole."""


def rests_on(ruleset: Ruleset) -> frozenset[str]:
    """The extended rulesets of which answers tell anyhow: the one that is named, and where rules stand."""
    folders = {rule.defined_at.partition("/")[0] for rule in ruleset.rules} - {*FOLDERS}
    return frozenset(folders if ruleset.extends is None else {*folders, ruleset.extends})


@dataclass(frozen=True, slots=True)
class Redaction:
    """Tells the problems of one ruleset, whose folder is shown as ``folder``.

    ``extended`` are rulesets that it is known to extend, for what serves of it does.
    """

    ruleset: str
    folder: str
    extended: frozenset[str] = frozenset()

    def redacted(self, problem: str, caller: Caller) -> str:
        """A problem, or whatever else is wrong with the ruleset, as the caller may read it."""
        found = None if caller.rulesets is None else _LINE.fullmatch(problem)
        if found is None:
            return problem
        before, file, at, code, says = found.groups()
        says = self._message(code, says, file, caller)
        return f"{before}{self._file(file, code, caller)}{at}{code} {says}"

    def _file(self, file: str, code: str, caller: Caller) -> str:
        """The file, its folder unnamed where the caller knows of no such ruleset."""
        name, below = self._parts(file, code)
        known = name in self.extended or self._reads(name, caller)
        return file if known else "/".join((EXTENDED, *below))

    def _parts(self, file: str, code: str) -> tuple[str, list[str]]:
        """The ruleset in whose folder the file is, and the rest of its path."""
        if file == self.folder or file.startswith(f"{self.folder}/"):
            return self.ruleset, []
        parts = file.split("/")
        if len(parts) > 2 and parts[-2] in FOLDERS and parts[-1] not in FILES:
            below = 2
        else:
            below = 0 if code in _OF_FOLDERS and parts[-1] not in (*FILES, *FOLDERS) else 1
        folder, rest = parts[: len(parts) - below], parts[len(parts) - below :]
        return (folder[-1] if folder else "").partition("@")[0], rest

    def _reads(self, name: str, caller: Caller) -> bool:
        """Whether what stands in the folder of that name is the caller's to read."""
        return name == self.ruleset or caller.sees(name)

    def _message(self, code: str, says: str, file: str, caller: Caller) -> str:
        reads = self._reads(self._parts(file, code)[0], caller)
        if code == "unknown-ruleset":
            there = _NOT_THERE.match(says) if reads else None
            return there[0] + NONE_NEAR if there else f"It extends a ruleset that is not there. {_ASK}"
        if code == "id-is-not-folder" and not reads:
            return f"The id is not the name of its folder. {_ASK}"
        if circle := _CIRCLE.fullmatch(says):
            return self._circle(circle["names"].split(" -> "), caller) or says
        if already := _ALREADY.fullmatch(says):
            begin, there_file, end = already.groups()
            return begin + self._file(there_file, code, caller) + end
        return says

    def _circle(self, names: list[str], caller: Caller) -> str:
        """The circle without those of whom he does not know; nothing where he knows all.

        It begins with the ruleset itself and what its own file names.
        """
        told: list[str] = []
        for place, name in enumerate(names):
            if place < 2 or name in self.extended or self._reads(name, caller):
                told.append(name)
            elif told[-1] != "...":
                told.append("...")
        return f'"extends" goes in a circle: {" -> ".join(told)}. {_ASK}' if "..." in told else ""


RulesetState = Literal["current", "stale", "checking", "broken"]
"""``current``: its newest edit serves. ``stale``: a newer edit waits. ``checking``: nothing serves yet,
for the first check goes on. ``broken``: no good version is there."""

_SCHEMA = ReadinessSchema()


@dataclass(frozen=True, slots=True)
class RulesetStatus:
    """One ruleset: its timeline, the newest first (empty: no good version), and why a newer edit waits.

    ``redaction`` is how its problems are told. ``is_being_checked``: its first check goes on, or others go on
    before it (``waits_for_check``). ``checked_since``: its newest edit is being checked, since that moment.
    """

    timeline: tuple[Published, ...]
    redaction: Redaction
    problems: tuple[str, ...] = ()
    waits_since: datetime | None = None
    is_being_checked: bool = False
    waits_for_check: bool = False
    checked_since: datetime | None = None

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
        """As ``/readyz`` tells it to a caller: of rulesets only to one who may operate, and those he sees.

        Of the decision log nothing is known here.
        """
        shown = sorted(self.by_id.items()) if "operate" in caller.scopes else []
        seen = {name: one for name, one in shown if caller.sees(name)}
        data: dict[str, Any] = _SCHEMA.dump(
            {
                "status": "ready" if self.is_ready else "not ready",
                "decision_log": None,
                "first_checks": _first_checks(seen),
                "rulesets": [_line(name, one, today, caller) for name, one in seen.items()],
            }
        )
        return data


def ruleset_statuses(
    serving: ServedRulesets,
    waiting: Iterable[Waiting] = (),
    damaged: Mapping[str, tuple[str, ...]] | None = None,
    checks: Mapping[str, datetime] | None = None,
    *,
    shown: Callable[[str], str] = str,
) -> RulesetStatuses:
    """The status of the rulesets of a snapshot, with the edits that wait and what is damaged in the archive.

    ``checks``: whose newest edit is being checked, and since when. ``shown``: how the folder of a ruleset is
    shown in problems.
    """
    damaged, checks = damaged or {}, checks or {}
    waits = {one.ruleset: one for one in waiting}
    by_id: dict[str, RulesetStatus] = {}
    for name in {*serving.lines, *serving.snapshot.broken, *serving.snapshot.checking, *waits}:
        line, wait = serving.lines.get(name), waits.get(name)
        timeline = line.timeline if line is not None else ()
        checking = name in serving.snapshot.checking
        problems = [str(problem) for problem in serving.snapshot.broken.get(name, ())]
        problems += [*(wait.problems if wait is not None and not checking else ()), *damaged.get(name, ())]
        serves = serving.snapshot.served.get(name)
        extended = frozenset[str]() if serves is None else rests_on(serves.ruleset)
        redaction = Redaction(name, shown(name), extended)
        waits_since = wait.at if wait is not None else None
        by_id[name] = RulesetStatus(
            timeline,
            redaction,
            tuple(problems),
            waits_since,
            checking,
            checking and wait is not None and wait.waits_for_check,
            checks.get(name),
        )
    stale = frozenset(name for name, one in by_id.items() if one.state == "stale")
    return RulesetStatuses(by_id, stale)


def _first_checks(statuses: Mapping[str, RulesetStatus]) -> dict[str, Any] | None:
    """How far the first checks are; None where none is left."""
    checking = {name: one for name, one in statuses.items() if one.state == "checking"}
    if not checking:
        return None
    return {
        "checked": len(statuses) - len(checking),
        "of": len(statuses),
        "running": [name for name, one in checking.items() if not one.waits_for_check],
    }


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
        "checking_since": _moment(one.checked_since) if one.checked_since else None,
        "problems": [one.redaction.redacted(problem, caller) for problem in one.problems],
    }


def _since(serves: Published) -> str:
    """When it began to serve: when it was published, or at the beginning of the day that it names."""
    start = serves.at
    if serves.starts != ALWAYS:
        start = max(start, datetime.combine(serves.starts, time(), UTC))
    return _moment(start)


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"

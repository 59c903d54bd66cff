"""The rulesets that serve at one moment, and which edition of one a request is for, or why there is none.

Editions that are not the newest are read from the archive and compiled when one is asked for, a few kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from service.engine.faults import EngineFault
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Refusal
from service.serving.answer import AnswerWriter
from service.store.editions import (
    ALWAYS,
    Edition,
    EditionKey,
    Published,
    key_of,
    readable,
    timelines,
    with_a_turn,
)
from service.store.faults import Damaged
from service.store.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ServedRuleset:
    """A ruleset that serves: its timeline, the newest first, and its edition in the snapshot.

    ``ready`` is the edition ``at_hand``, and answers for every day from ``since`` on; ``serves_today``: that
    day has come, wherever it is.
    """

    timeline: tuple[Published, ...]
    at_hand: EditionKey
    ready: Ready
    since: date
    serves_today: bool


@dataclass(frozen=True, slots=True)
class ServedRulesets:
    """Rulesets ready to answer, by id. It never changes: what serves later is another one."""

    snapshot: Snapshot
    lines: Mapping[str, ServedRuleset]


def served_rulesets(
    snapshot: Snapshot, published: Iterable[Published], before: ServedRulesets | None = None
) -> ServedRulesets:
    """What serves now; what served ``before`` and still does is taken over as it is."""
    ready = {line.at_hand: line.ready for line in before.lines.values()} if before is not None else {}
    histories = timelines(published)
    lines = {}
    for name, compiled in snapshot.served.items():
        at_hand = ready.get(key_of(compiled.ruleset))
        if at_hand is None or at_hand.compiled is not compiled:
            at_hand = Ready(compiled)
        lines[name] = _line(at_hand, histories.get(name, ()))
    return ServedRulesets(snapshot, lines)


def _line(ready: Ready, history: tuple[Published, ...]) -> ServedRuleset:
    key = key_of(ready.compiled.ruleset)
    if not any(one.key == key for one in history):
        history = (_unpublished(ready.compiled, history), *history)
    newest = history[0]
    # Where the snapshot is behind the timeline, no day is its own: each request is looked up.
    since = newest.starts if newest.key == key else date.max
    return ServedRuleset(history, key, ready, since, since < datetime.now(UTC).date() - timedelta(days=1))


def _unpublished(compiled: CompiledRuleset, history: tuple[Published, ...]) -> Published:
    """A ruleset that serves without an archive, or that an archive could not take."""
    ruleset, now = compiled.ruleset, datetime.now(UTC)
    return Published(
        ruleset=ruleset.id,
        version=ruleset.version,
        digest=ruleset.digest,
        starts=max(ruleset.effective or now.date(), now.date()) if history else ruleset.effective or ALWAYS,
        at=now,
        sequence=history[0].sequence + 1 if history else 1,
        effective=ruleset.effective,
        title=ruleset.title,
        language_version=ruleset.language_version,
    )


@dataclass(frozen=True, slots=True)
class WantedEdition:
    """What a request says of the edition it wants; ``as_of`` is the day for which it asks."""

    as_of: date | None = None
    version: str | None = None
    digest: str | None = None

    def names(self, one: Published) -> bool:
        """Whether the edition has the version and the digest that are wanted."""
        return self.version in (None, one.version) and self.digest in (None, one.digest)


@dataclass(frozen=True, slots=True)
class NoneServes:
    """Why no edition is the one that is wanted."""

    detail: str
    error: Refusal


def choose(
    ruleset: str, timeline: Iterable[Published], wanted: WantedEdition, today: date
) -> Published | NoneServes:
    """The one edition of a ruleset that is wanted; of its ``timeline`` the order does not matter.

    For a day alone it is the newest that started by then. One that is named by version or digest has to have
    served on that day, were it for an hour; without a day, to have started by ``today``, whatever came
    after it. Of several that have the version, or served on the day, it is the newest.
    """
    newest_first = with_a_turn(sorted(timeline, key=lambda one: one.sequence, reverse=True))
    day = wanted.as_of or today
    unknown = _never_served(ruleset, newest_first, wanted, day)
    if unknown is not None:
        return unknown
    started = [one for one in newest_first if one.starts <= day]
    named = [one for one in newest_first if wanted.names(one)]
    if wanted.as_of is None:
        found = next((one for one in named if one.starts <= day), None)
    else:
        found = next((one for one in _in_service(started, day) if wanted.names(one)), None)
    if found is not None:
        return found
    if not any(one.starts <= day for one in named):
        return _not_yet(ruleset, named, started, day)
    return _not_on(ruleset, started[0], wanted, day)


def newest_for(newest_first: Sequence[Published], day: date) -> Published | None:
    """The edition that serves for a day: the newest that started by then."""
    return next((one for one in newest_first if one.starts <= day), None)


def _in_service(newest_first: Sequence[Published], day: date) -> list[Published]:
    """Of those that started by the day: the ones that served on it, for all of it or a part."""
    served = []
    for one in newest_first:
        served.append(one)
        if one.starts < day or not one.at_once:
            break  # it had taken over before the day, or as the day began
    return served


def _never_served(
    ruleset: str, newest_first: Sequence[Published], wanted: WantedEdition, day: date
) -> NoneServes | None:
    """Where no edition has what is named, or none has both."""
    serves = newest_for(newest_first, day)
    for member in ("version", "digest"):
        name = getattr(wanted, member)
        if name is not None and all(getattr(one, member) != name for one in newest_first):
            hint = f"{getattr(serves, member)} serves." if serves else ""
            error = Refusal(f"/{member}", f"unknown-{member}", f"That {member} never served.", hint)
            return NoneServes(f"{ruleset} never served under that {member}.", error)
    if any(wanted.names(one) for one in newest_first):
        return None
    under = next((one for one in newest_first if one.digest == wanted.digest), None)
    hint = f"That digest is of version {under.version}." if under else ""
    message = "That digest is not of that version."
    detail = f"{ruleset} never served that digest as that version."
    return NoneServes(detail, Refusal("/version", "not-together", message, hint))


def _not_yet(ruleset: str, named: Sequence[Published], started: Sequence[Published], day: date) -> NoneServes:
    """Where what is named, or any edition at all, starts only after the day."""
    first = min((one.starts for one in named), default=None)
    hint = f"It serves from {first.isoformat()} on." if first else ""
    if started:
        message = f"That edition of {ruleset} did not serve on {day.isoformat()}."
        hint += f" Version {started[0].version} did, with the digest {started[0].digest}."
    else:
        message = f"No version of {ruleset} served on {day.isoformat()}."
    return NoneServes(message, Refusal("/as_of", "not-effective", message, hint))


def _not_on(ruleset: str, served: Published, wanted: WantedEdition, day: date) -> NoneServes:
    """Where the day and what is named don't go together."""
    member = "digest" if wanted.digest is not None else "version"
    message = f"That {member} did not serve on {day.isoformat()}."
    hint = f"Version {served.version} did, with the digest {served.digest}."
    detail = f"{ruleset} did not serve under that {member} on that day."
    return NoneServes(detail, Refusal(f"/{member}", "not-together", message, hint))


MOST_KEPT = 8
"""So many older editions are kept compiled; the one that was not asked for the longest goes first."""


class Editions(Protocol):
    """Where editions are kept: the archive."""

    def edition(self, digest: str, language_version: int | None = None) -> Edition:
        """The edition of a digest, under a version of the language; raises ``DatabaseFault``."""


class Ready:
    """An edition ready to answer: compiled, with its writer. The engine's part is freed with the last use."""

    __slots__ = ("compiled", "writer")

    def __init__(self, compiled: CompiledRuleset) -> None:
        self.compiled = compiled
        self.writer = AnswerWriter(compiled)


class OlderEditions:
    """Older editions, for all threads of a process."""

    def __init__(self, editions: Editions | None, most: int = MOST_KEPT) -> None:
        self._editions = editions
        self._most = most
        self._kept: OrderedDict[EditionKey, Ready | Damaged] = OrderedDict()
        self._looking = threading.Lock()
        self._making = threading.Lock()

    def get(self, key: EditionKey) -> Ready:
        """The edition, compiled now if need be: once, however many ask for it at the same time.

        Raises:
            Damaged: what the archive holds can't be read or compiled any more.
            DatabaseFault: the archive can't be used, or never had it.
        """
        found = self._look(key)
        if found is None:
            with self._making:
                found = self._look(key)
                if found is None:
                    found = self._made(key)
                    self._keep(key, found)
        if isinstance(found, Damaged):
            raise Damaged(*found.args)
        return found

    def forget_damaged(self) -> None:
        """Try damaged editions again: the archive may have been mended."""
        with self._looking:
            for key in [key for key, found in self._kept.items() if isinstance(found, Damaged)]:
                del self._kept[key]

    def _look(self, key: EditionKey) -> Ready | Damaged | None:
        with self._looking:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: EditionKey, made: Ready | Damaged) -> None:
        with self._looking:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def _made(self, key: EditionKey) -> Ready | Damaged:
        if self._editions is None:
            return Damaged("there is no archive of older editions")
        try:
            ruleset = readable(self._editions.edition(*key))
        except Damaged as damaged:
            return Damaged(*damaged.args)  # without its traceback, which would keep what was read
        try:
            return Ready(CompiledRuleset(ruleset))
        except EngineFault as fault:
            return Damaged(f"the engine does not take {ruleset.id} {ruleset.version} any more: {fault}")

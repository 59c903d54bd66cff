"""What serves at one moment: a snapshot of compiled rulesets beside the timeline of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from service.evaluation.compiled import CompiledRuleset
from service.serving.older import Ready
from service.store.editions import ALWAYS, Published, timelines
from service.store.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ServedRuleset:
    """A ruleset that serves: its timeline, the newest first, and its edition in the snapshot.

    ``ready`` is of the digest ``at_hand``, and answers for every day from ``since`` on.
    """

    timeline: tuple[Published, ...]
    at_hand: str
    ready: Ready
    since: date


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
        at_hand = ready.get(compiled.ruleset.digest)
        if at_hand is None or at_hand.compiled is not compiled:
            at_hand = Ready(compiled)
        lines[name] = _line(at_hand, histories.get(name, ()))
    return ServedRulesets(snapshot, lines)


def _line(ready: Ready, history: tuple[Published, ...]) -> ServedRuleset:
    digest = ready.compiled.ruleset.digest
    if not any(one.digest == digest for one in history):
        history = (_unpublished(ready.compiled, history), *history)
    newest = history[0]
    # Where the snapshot is behind the timeline, no day is its own: each request is looked up.
    return ServedRuleset(history, digest, ready, newest.starts if newest.digest == digest else date.max)


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
    )

"""Plans made once: the same rules fired on the same numbers come to the same plan.

A plan depends on which rules fired, on the few facts that effects look at (factors and caps by attribute,
scores, progress), and on what was not answered. Many clients share all of these, so plans are kept by them.
Nothing of an assessment but those facts is kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.evaluation.deriving import Derived
from service.evaluation.fired import Effective
from service.evaluation.planning import plan
from service.model.decision import Plan
from service.model.ruleset import AttributeRef, Effects, Ruleset

_MOST_KEPT = 4_096


class Plans:
    """Makes the plans of one ruleset, and keeps them."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._effective = Effective(ruleset)
        looked_at = {"sessions_done", *(key for rule in ruleset.rules for key in _looked_at(rule.then))}
        self._looked_at = tuple(sorted(looked_at))
        self._kept: dict[tuple[object, ...], Plan] = {}

    def plan(self, fired: tuple[int, ...], derived: Derived, unanswered: tuple[str, ...]) -> Plan:
        """The plan for the rules at these places (ascending), on facts with conclusions and scores."""
        facts = derived.facts
        numbers = tuple(map(facts.get, self._looked_at))
        key = (fired, unanswered, numbers)
        kept = self._kept.get(key)
        if kept is None:
            rules = self._effective.of(fired)
            kept = plan(self._ruleset, rules, facts, derived.unknown_scores, unanswered)
            if not derived.unknown_scores:
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = kept
        return kept


def _looked_at(effects: Effects) -> Iterator[str]:
    """The facts that an effect's numbers come from."""
    if effects.sessions_from_score is not None:
        yield f"scores.{effects.sessions_from_score.score}"
    for effect in (effects.sessions_times, effects.most_sessions, effects.add_interval_weeks):
        if isinstance(effect, AttributeRef):
            yield effect.key
    progress = effects.remaining_from_progress
    if progress is not None:
        yield from (progress.improvement, progress.sessions)
        if isinstance(progress.target, AttributeRef):
            yield progress.target.key
        elif isinstance(progress.target, str):
            yield progress.target

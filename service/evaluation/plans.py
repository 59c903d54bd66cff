"""Plans made once: the same rules fired on the same numbers come to the same plan.

A plan depends on which rules fired, on the few facts that effects look at (factors and caps by attribute,
scores, progress), and on what was not answered. Many clients share all of these, so plans are kept by them.
Nothing of an assessment but those facts is kept.
"""

from __future__ import annotations

from typing import get_args

from schemas.language import Category
from service.evaluation.arithmetic import SESSIONS_DONE
from service.evaluation.deriving import Derived
from service.evaluation.fired import Effective
from service.evaluation.planning import plan
from service.model.decision import Plan
from service.model.ruleset import AttributeRef, Ruleset

_MOST_KEPT = 4_096
_PLANNING = tuple(category for category in get_args(Category) if category != "fact")


def facts_of_plans(ruleset: Ruleset) -> tuple[str, ...]:
    """The keys of the facts that plans are worked out from, beside which rules fired.

    Points are left out: what they come to is a score, which is a fact of its own.
    """
    referred = {
        fact.key if isinstance(fact, AttributeRef) else fact
        for rule in ruleset.rules
        for _, fact in rule.then.references(*_PLANNING)
    }
    return tuple(sorted({SESSIONS_DONE, *referred}))


class Plans:
    """Makes the plans of one ruleset, and keeps them."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._effective = Effective(ruleset)
        self._looked_at = facts_of_plans(ruleset)
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

"""cap-below-base: a rule's own "most sessions" leaves no room above its own base.

Summary
    Warning. A rule that gives both a base and ``most sessions`` must cap above the base's min.

Avoid
    ::

        then:
          sessions: {min: 6, typical: 8, max: 10}
          most sessions: 6

Prefer
    ::

        then:
          sessions: {min: 6, typical: 8, max: 10}
          most sessions: 12

Why
    A cap never promises less: where the plan's min reaches it, the answer has no numbers and the client is
    referred. So this rule would give a number only where another rule makes the plan shorter.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.model.number import Number, written
from service.model.problem import Problem
from service.model.ruleset import AttributeRef, Effects, Ruleset

CODE = "cap-below-base"


def check(ruleset: Ruleset) -> Iterator[Problem]:
    """Warn of each rule whose cap is not above the min of its own base."""
    for rule in ruleset.rules:
        cap, least = rule.then.most_sessions, _least(rule.then)
        if cap is None or isinstance(cap, AttributeRef) or least is None or cap > least:
            continue
        message = (
            f'"most sessions" {written(cap)} is not above the min of the rule\'s own base, {written(least)}: '
            "such a plan gets no numbers. Raise it, or lower the base."
        )
        place = rule.places.get(("then", "most sessions"), rule.place)
        yield Problem(place, CODE, message, "warning")


def _least(effects: Effects) -> Number | None:
    """The smallest min that the rule's base can have."""
    if effects.sessions is not None:
        return effects.sessions.min
    return effects.sessions_from_score.at_least if effects.sessions_from_score is not None else None

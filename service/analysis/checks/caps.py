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

from schemas.language import Effect
from service.model.number import Number, Triple, written
from service.model.problem import Problem
from service.model.ruleset import AttributeRef, FromScore, Rule, Ruleset

CODE = "cap-below-base"


def check(ruleset: Ruleset) -> Iterator[Problem]:
    """Warn of each rule whose cap is not above the min of its own base."""
    for rule, effect, cap, least in _numbers(ruleset):
        if cap > least:
            continue
        message = (
            f'"{effect.key}" {written(cap)} is not above the min of the rule\'s own base, {written(least)}: '
            "such a plan gets no numbers. Raise it, or lower the base."
        )
        place = rule.places.get(("then", effect.key), rule.place)
        yield Problem(place, CODE, message, "warning")


def _numbers(ruleset: Ruleset) -> Iterator[tuple[Rule, Effect, Number, Number]]:
    """Each rule with a constant cap beside a base of the same numbers: the cap, and the base's least min."""
    for rule in ruleset.rules:
        for effect, cap in rule.then.present("cap"):
            least = [
                value.min if isinstance(value, Triple) else value.at_least
                for base, value in rule.then.present("base")
                if base.quantity == effect.quantity and isinstance(value, Triple | FromScore)
            ]
            if least and not isinstance(cap, AttributeRef):
                yield rule, effect, cap, least[0]

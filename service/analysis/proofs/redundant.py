"""redundant-rule: another rule holds whenever this one does, and does the same.

Summary
    A rule must do something that no other rule does already.

Avoid
    ::

        - id: gold
          when: {gold_therapy: yes}
          then: {stop: Gold therapy and lasers do not go together.}
        - id: gold-dark-skin
          when: {gold_therapy: yes, phototype: at least V}
          then: {stop: Gold therapy and lasers do not go together.}

Prefer
    ::

        - id: gold
          when: {gold_therapy: yes}
          then: {stop: Gold therapy and lasers do not go together.}

Why
    Whoever edits one of the two will think that the other has been mended as well. This is proven over every
    possible assessment. Effects that add up (factors, additions, points) are never called redundant.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.language import effects
from service.analysis.proofs.case import ProofCase, warning
from service.analysis.proofs.logic import Formula, not_
from service.model.problem import Problem
from service.model.ruleset import Effects, Rule

CODE = "redundant-rule"

_Effect = tuple[str, object]

COMPANIONS = {
    effect.name: tuple(one.name for one in effects() if one.goes_with == effect.name) for effect in effects()
}
"""What is said beside each effect: two rules do the same only where they say the same beside it, too."""


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each rule of which another one does all, wherever it fires."""
    live = [
        (fires, rule, _effects(rule.then))
        for fires, rule in case.world.rules()
        if rule.id not in case.unreachable
    ]
    doing: dict[_Effect, list[int]] = {}
    for index, (_, _, doings) in enumerate(live):
        for effect in doings or ():
            doing.setdefault(effect, []).append(index)
    needless: set[int] = set()
    for index, (fires, rule, doings) in reversed(list(enumerate(live))):
        if doings is None:
            continue
        others = set.intersection(*(set(doing[effect]) for effect in doings)) - {index} - needless
        other = _doing_it_too(case, fires, [(live[one][0], live[one][1]) for one in sorted(others)])
        if other is not None:
            needless.add(index)
            message = (
                f"{rule.id} adds nothing: wherever it fires, {other.id} fires too and does the same. "
                "Remove one of them, or narrow the other."
            )
            yield warning(rule.place, CODE, message)


def _doing_it_too(case: ProofCase, fires: Formula, others: list[tuple[Formula, Rule]]) -> Rule | None:
    return next((rule for held, rule in others if not case.solver.holds_somewhere(fires, not_(held))), None)


def _effects(then: Effects) -> frozenset[_Effect] | None:
    """Each thing that the rule does, by itself; None where something in it adds up."""
    present = {effect.name: value for effect, value in then.present()}
    found: set[_Effect] = set()
    for effect, value in then.present():
        if effect.adds_up:
            return None
        if effect.value in ("level", "ids", "moments"):
            found.update((effect.name, one) for one in value)
        elif effect.goes_with is None:
            beside = tuple(present.get(name) for name in COMPANIONS[effect.name])
            found.add((effect.name, (value, *beside)))
    return frozenset(found) or None

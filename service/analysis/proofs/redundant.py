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
from dataclasses import fields

from service.analysis.proofs.finding import Case, warning
from service.analysis.proofs.logic import Formula, no
from service.model.problem import Problem
from service.model.ruleset import Effects, Rule

CODE = "redundant-rule"

_ADDING_UP = frozenset({"sessions_times", "add_sessions", "add_interval_weeks", "points"})
_Effect = tuple[str, object]


def find(case: Case) -> Iterator[Problem]:
    """A warning for each rule of which another one does all, wherever it fires."""
    live = [
        (fires, rule, _effects(rule.then))
        for fires, rule in case.world.rules()
        if rule.id not in case.unreachable
    ]
    doing: dict[_Effect, list[int]] = {}
    for index, (_, _, effects) in enumerate(live):
        for effect in effects or ():
            doing.setdefault(effect, []).append(index)
    needless: set[int] = set()
    for index, (fires, rule, effects) in reversed(list(enumerate(live))):
        if effects is None:
            continue
        others = set.intersection(*(set(doing[effect]) for effect in effects)) - {index} - needless
        other = _doing_it_too(case, fires, [(live[one][0], live[one][1]) for one in sorted(others)])
        if other is not None:
            needless.add(index)
            message = (
                f"{rule.id} adds nothing: wherever it fires, {other.id} fires too and does the same. "
                "Remove one of them, or narrow the other."
            )
            yield warning(rule.place, CODE, message)


def _doing_it_too(case: Case, fires: Formula, others: list[tuple[Formula, Rule]]) -> Rule | None:
    return next((rule for held, rule in others if not case.solver.holds_somewhere(fires, no(held))), None)


def _effects(then: Effects) -> frozenset[_Effect] | None:
    """Each thing that the rule does, by itself; None where something in it adds up."""
    found: set[_Effect] = set()
    for member in fields(then):
        value = getattr(then, member.name)
        if value is None or value == ():
            continue
        if member.name in _ADDING_UP:
            return None
        if member.name in ("conclude", "benefits"):
            found.update((member.name, one) for one in value)
        elif member.name == "until":
            continue
        else:
            found.add((member.name, (value, then.until) if member.name == "defer" else value))
    return frozenset(found) or None

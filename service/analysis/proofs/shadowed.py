"""shadowed-rule: the rule's base never wins.

Summary
    Where several rules give a base, the one that needs most wins. A base must win for some client.

Avoid
    ::

        - id: scars
          when: {concern: acne_scar}
          then: {sessions: 4 to 6}
        - id: mild-scars
          when: {concern: acne_scar, severity: mild}
          then: {sessions: 2 to 3}        # "scars" fires too, and asks for more

Prefer
    ::

        - id: scars
          when: {concern: acne_scar, severity: at least moderate}
          then: {sessions: 4 to 6}
        - id: mild-scars
          when: {concern: acne_scar, severity: mild}
          then: {sessions: 2 to 3}

Why
    The author meant these numbers for someone, and nobody ever gets them: wherever the rule fires, another
    one fires that needs more. This is proven over every possible assessment.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.language import effects
from service.analysis.proofs.case import ProofCase, at, warning
from service.analysis.proofs.logic import Formula, not_
from service.model.number import Triple
from service.model.problem import Problem
from service.model.ruleset import Rule

CODE = "shadowed-rule"

BASES = effects("base", where=lambda effect: effect.value == "bounded range")
"""The bases whose numbers stand in the rule."""


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each base that another beats wherever its rule fires."""
    for effect in BASES:
        bases = [
            (fires, rule, triple)
            for fires, rule in case.world.rules()
            for given, triple in rule.then.present("base")
            if given == effect and rule.id not in case.unreachable
        ]
        for fires, rule, base in bases:
            yield from _shadowed(case, effect.key, fires, rule, base, bases)


def _shadowed(
    case: ProofCase,
    key: str,
    fires: Formula,
    rule: Rule,
    base: Triple,
    bases: list[tuple[Formula, Rule, Triple]],
) -> Iterator[Problem]:
    larger = {other.id: held for held, other, triple in bases if triple.need() > base.need()}
    if not larger or case.solver.holds_somewhere(fires, *map(not_, larger.values())):
        return
    named = case.solver.clash({"": fires, **{name: not_(held) for name, held in larger.items()}})
    beaten_by = [name for name in named if name] or list(larger)
    who = beaten_by[0] if len(beaten_by) == 1 else f"one of {', '.join(beaten_by)}"
    message = (
        f'"{key}" of {rule.id} never counts: wherever it fires, {who} fires too and needs more. '
        "Narrow the other, or remove this base."
    )
    yield warning(at(rule, "then", key), CODE, message)

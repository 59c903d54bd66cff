"""cap-below-base: a published maximum that some plan has reached before anything is added to it.

Summary
    "most sessions" must be above the min of every base that it meets.

Avoid
    ::

        - id: large-ink
          when: {concern: tattoo, tattoo_over_30_cm2: yes}
          then: {sessions: {min: 6, typical: 8, max: 10}}
        - id: ink-most
          when: {concern: tattoo}
          then: {most sessions: 6}

Prefer
    ::

        - id: ink-most
          when: {concern: tattoo}
          then: {most sessions: 15}

Why
    A cap never promises less: where the plan's min reaches it, the answer has no numbers and the client is
    referred. So these clients never get the numbers that their rule holds ready for them.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.analysis.proofs.examples import smallest
from service.analysis.proofs.finding import Case, at, warning
from service.analysis.proofs.logic import Formula, both
from service.model.number import Number, written
from service.model.problem import Problem
from service.model.ruleset import AttributeRef, Rule

CODE = "cap-below-base"


def find(case: Case) -> Iterator[Problem]:
    """A warning for each rule whose cap some other rule's base reaches for some assessment."""
    live = [pair for pair in case.world.rules() if pair[1].id not in case.unreachable]
    bases = [(fires, rule, rule.then.sessions) for fires, rule in live if rule.then.sessions is not None]
    for fires, rule in live:
        for cap_holds, cap in _caps(case, fires, rule):
            low = [base for base in bases if base[2].min >= cap and base[1] is not rule]
            problem = next(filter(None, (_met(case, rule, cap, cap_holds, *base[:2]) for base in low)), None)
            if problem is not None:
                yield problem
                break


def _caps(case: Case, fires: Formula, rule: Rule) -> Iterator[tuple[Formula, Number]]:
    most = rule.then.most_sessions
    if isinstance(most, AttributeRef):
        for held, number in case.world.attribute(most):
            yield both((fires, held)), number
    elif most is not None:
        yield fires, most


def _met(
    case: Case, rule: Rule, cap: Number, cap_holds: Formula, base_holds: Formula, base: Rule
) -> Problem | None:
    example = smallest(case.world, cap_holds, base_holds)
    if example is None or not case.engine.fires(example, rule.id, base.id):
        return None
    assert base.then.sessions is not None
    message = (
        f'"most sessions" of {rule.id} is {written(cap)} where {base.id} needs at least '
        f"{written(base.then.sessions.min)}: such a plan gets no numbers. Raise the cap, or lower the base."
    )
    return warning(at(rule, "then", "most sessions"), CODE, message, example)

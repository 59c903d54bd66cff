"""constant-above-limits: a number that no plan can hold, for the upper limit is never above it.

Summary
    Warning. A base whose typical is above the upper limit of sessions, or whose min is at it, or an addition
    that always makes such a plan, never gives a number.

Avoid
    ::

        then:
          sessions: 20          # and the limits are 1 to 20

Prefer
    ::

        then:
          sessions: 15 to 20

Why
    A limit never promises less: such a plan has no numbers, and the client is referred. So the rule gives
    nobody the number that it holds ready. Where another rule may make the plan shorter nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.language import Effect
from service.analysis.proofs.case import ProofCase, assessment, at, warning
from service.analysis.proofs.logic import Formula, and_, not_
from service.analysis.proofs.profile import NUMBER_EFFECTS, cap_no_higher, larger
from service.model.number import Number, Triple, alike
from service.model.problem import Place, Problem
from service.model.ruleset import FromScore, Rule

CODE = "constant-above-limits"


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each constant base or addition with which no plan has numbers."""
    for fires, rule in case.world.rules():
        if rule.id in case.unreachable:
            continue
        for effect, value in rule.then.present("base", "addition"):
            if effect not in _CONSTANT or not isinstance(value, Triple | Number):
                continue
            three = value if isinstance(value, Triple) else alike(value)
            place = _place(case, rule, effect.key, three)
            if place is not None and _over(case, effect, three) and not _gives_a_number(case, fires):
                limit = case.ruleset.limits.sessions[1]
                message = (
                    f'"{effect.key}" of {rule.id} leaves no room under the limit of {limit} sessions: '
                    "such a plan never gets numbers. Lower it, or raise the limit."
                )
                yield warning(place, CODE, message)


_CONSTANT = NUMBER_EFFECTS["base"] + NUMBER_EFFECTS["addition"]


def _over(case: ProofCase, effect: Effect, three: Triple) -> bool:
    """Whether the number is above the limit, or an addition is whatever base it is added to."""
    most = case.ruleset.limits.sessions[1]
    if effect.category == "addition":
        least = min(_least_typical(case), default=None)
        return least is not None and three.typical + least > most
    return three.typical > most or three.min >= most


def _least_typical(case: ProofCase) -> Iterator[Number]:
    """The least that each base comes to, typically."""
    for rule in case.ruleset.rules:
        for effect, value in rule.then.present("base"):
            if effect in NUMBER_EFFECTS["base"]:
                yield value.at_least if isinstance(value, FromScore) else value.typical


def _place(case: ProofCase, rule: Rule, key: str, three: Triple) -> Place | None:
    """At the effect; of a rule that is taken over, at the ruleset whose limits are narrower.

    None: reading has said there that the limits leave the base out.
    """
    if case.ruleset.wrote(rule.place):
        return at(rule, "then", key)
    return None if three.max > case.ruleset.limits.sessions[1] else case.ruleset.place


def _gives_a_number(case: ProofCase, fires: Formula) -> bool:
    """Whether some plan before the first session has numbers, or that can't be ruled out."""
    made = case.profile
    with case.solver:
        for claim in (fires, made.gives_numbers, not_(made.reckoned)):
            case.solver.add(claim)
        while (model := case.solver.find()) is not None:
            decision = case.engine.decision(assessment(case.world, model))
            if decision is None or decision.plan.sessions is not None:
                return True
            for like_it in (larger(made, model), cap_no_higher(made, model)):
                if not model.holds(like_it):
                    return True
            case.solver.add(not_(and_((larger(made, model), cap_no_higher(made, model)))))
    return False

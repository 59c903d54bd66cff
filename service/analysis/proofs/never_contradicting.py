"""contradiction-never: a contradiction that no assessment can meet.

Summary
    Warning. What a contradiction says of the answers is true of none that could be given.

Avoid
    ::

        # assessment.yaml
        contradictions:
          - id: mild-and-large
            when: {all: [{severity: mild}, {severity: severe}]}
            says: Mild and severe at once can't be.

Prefer
    ::

        # assessment.yaml
        contradictions:
          - id: mild-and-large
            when: {severity: mild, tattoo_over_30_cm2: yes}
            says: A large tattoo is not mild.

Why
    It refuses nobody, so the mix-up for which it was written goes through. Mostly a level is misspelt or a
    question is not asked there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from service.analysis.proofs.case import ProofCase, warning
from service.analysis.proofs.logic import Solver, and_, not_
from service.analysis.proofs.questions import AskedQuestions
from service.analysis.proofs.world import World
from service.model.condition import Condition, conjuncts, subjects_of
from service.model.problem import Problem
from service.model.ruleset import Contradiction

CODE = "contradiction-never"


def find(case: ProofCase) -> Iterator[Problem]:
    """A warning for each contradiction that is never true. It opens a solver of its own, so it comes last.

    In the case's own world no contradiction is true, for such assessments are refused there.
    """
    contradictions = case.ruleset.contradictions
    if not contradictions:
        return
    world = _where_all_are_taken(case, [])
    for one in contradictions:
        if not world.solver.holds_somewhere(world.true(one.when)):
            message = f'No assessment can meet the contradiction "{one.id}". Mend its "when", or remove it.'
            yield warning(one.place, CODE, message)


def refused(case: ProofCase, rules: Collection[str]) -> dict[str, Contradiction]:
    """By the id of each of the rules that never fires because of a contradiction: the first that does it.

    Such a contradiction is true of everybody for whom the answers make the rule fire.
    """
    contradictions = case.ruleset.contradictions
    if not contradictions or not rules:
        return {}
    of_answers = {
        rule.id: [part for part in conjuncts(rule.when) if _is_of_answers(case, part)]
        for rule in case.ruleset.rules
        if rule.id in rules
    }
    world = _where_all_are_taken(case, [part for parts in of_answers.values() for part in parts])
    found: dict[str, Contradiction] = {}
    for name, parts in of_answers.items():
        fires = and_(world.true(part) for part in parts)
        if not world.solver.holds_somewhere(fires):
            continue
        for one in contradictions:
            if not world.solver.holds_somewhere(fires, not_(world.true(one.when))):
                found[name] = one
                break
    return found


def _is_of_answers(case: ProofCase, part: Condition) -> bool:
    return all(case.ruleset.subjects[key].kind in ("input", "attribute") for key in subjects_of(part))


def _where_all_are_taken(case: ProofCase, also: Sequence[Condition]) -> World:
    """A world of the questions alone, with a solver of its own, in which contradictions may be true."""
    solver = Solver(case.solver.deadline)
    asked = replace(case.ruleset, contradictions=(), rules=(), stages=(), guarantees=())
    questions = AskedQuestions(asked, also=[*(one.when for one in case.ruleset.contradictions), *also])
    for rule in questions.rules():
        solver.add(rule)
    world = World(asked, solver, questions)
    solver.add(world.accepts())
    return world

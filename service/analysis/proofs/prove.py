"""Prove all that there is to prove of a ruleset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from service.analysis.proofs import (
    above_limits,
    caps_below_bases,
    conflicts,
    dead_branches,
    dead_conclusions,
    gaps,
    needless_questions,
    never_contradicting,
    redundant,
    shadowed,
    unasked_gates,
    unreachable,
    vacuous,
)
from service.analysis.proofs.case import ProofCase, at, opened
from service.analysis.proofs.guarantees import prove_guarantee
from service.analysis.proofs.logic import Deadline, Undecided
from service.analysis.proofs.results import Proof, Proofs
from service.analysis.proofs.undecided import undecided
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Problem, in_order

OnProgress = Callable[[int, int], None]
"""Called as proving goes on, with how many steps are done and how many there are."""

_KINDS: tuple[tuple[str, Callable[[ProofCase], Iterator[Problem]]], ...] = (
    ("Rules that can never fire", unreachable.find),
    ("Rules that contradict each other", conflicts.find),
    ("Guarantees about nobody", vacuous.find),
    ("Alternatives that never hold", dead_branches.find),
    ("Bases that never win", shadowed.find),
    ("Rules that add nothing", redundant.find),
    ("Conclusions of no use", dead_conclusions.find),
    ("Gaps", gaps.find),
    ("Caps below bases", caps_below_bases.find),
    ("Numbers above the limits", above_limits.find),
    ("Gates that nobody need ask for", unasked_gates.find),
    ("Questions that change nothing", needless_questions.find),
    ("Contradictions that refuse nobody", never_contradicting.find),  # last: it opens a solver of its own
)


def prove(compiled: CompiledRuleset, *, on_progress: OnProgress | None = None, seconds: float = 30) -> Proofs:
    """The proofs of a ruleset, each finding confirmed by the engine; what takes longer is not decided.

    ``seconds`` is about how long it may take in all. Whoever proves uses z3's one context: one at a time.

    Raises:
        ValueError: it was read under an earlier version of the language.
    """
    deadline = Deadline(seconds)
    case = opened(compiled, deadline)
    guarantees = compiled.ruleset.guarantees
    steps = len(_KINDS) + len(guarantees) + 1
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            on_progress(done, steps)

    problems: list[Problem] = []
    proofs: list[Proof] = []
    for guarantee in guarantees:  # first, for they matter most
        proof, problem = prove_guarantee(case, guarantee)
        proofs.append(proof)
        problems += [] if problem is None else [problem]
        step()
    case = _without_unreachable(case)
    step()
    for what, find in _KINDS:
        problems += _found(case, what, find)
        step()
    problems = _with_contradictions(case, problems)
    return Proofs(in_order(problems), tuple(proofs))


def _without_unreachable(case: ProofCase) -> ProofCase:
    """The case that knows which rules never fire; where that takes too long, it knows of none."""
    try:
        return replace(case, unreachable=unreachable.unreachable(case))
    except Undecided:
        return case


def _with_contradictions(case: ProofCase, problems: list[Problem]) -> list[Problem]:
    """The problems, where rules never fire because of a contradiction one of that in place of theirs.

    It comes after all else, for it opens a solver of its own.
    """
    try:
        refused = never_contradicting.refused(case, case.unreachable)
    except Undecided:
        return problems
    theirs = {at(rule, "when") for rule in case.ruleset.rules if rule.id in refused}
    left = [one for one in problems if one.code != unreachable.CODE or one.place not in theirs]
    return [*left, *unreachable.by_contradictions(refused)]


def _found(case: ProofCase, what: str, find: Callable[[ProofCase], Iterator[Problem]]) -> list[Problem]:
    found: list[Problem] = []
    try:
        for problem in find(case):
            found.append(problem)  # noqa: PERF402 - what was found before the time ran out stays
    except Undecided as why:
        found.append(undecided(case.ruleset.place, what, why))
    return found

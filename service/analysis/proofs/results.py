"""What came of proving a ruleset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from service.model.problem import Problem
from service.model.ruleset import Guarantee

PROOFS: dict[str, str] = {
    "guarantee-broken": "service.analysis.proofs.guarantees",
    "guarantee-about-nobody": "service.analysis.proofs.vacuous",
    "not-decided": "service.analysis.proofs.undecided",
    "conflicting-effects": "service.analysis.proofs.conflicts",
    "unreachable-rule": "service.analysis.proofs.unreachable",
    "dead-branch": "service.analysis.proofs.dead_branches",
    "shadowed-rule": "service.analysis.proofs.shadowed",
    "redundant-rule": "service.analysis.proofs.redundant",
    "dead-conclusion": "service.analysis.proofs.dead_conclusions",
    "input-never-matters": "service.analysis.proofs.needless_questions",
    "gap": "service.analysis.proofs.gaps",
    "cap-below-base": "service.analysis.proofs.caps_below_bases",
    "constant-above-limits": "service.analysis.proofs.above_limits",
    "contradiction-never": "service.analysis.proofs.never_contradicting",
    "gate-not-asked": "service.analysis.proofs.unasked_gates",
}
"""Every kind of proof, by the code of its problems."""


State = Literal["proven", "broken", "not decided"]


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a guarantee holds for every possible assessment.

    ``examples`` has, where it is broken, the one or two assessments that break it, as JSON texts; they were
    run by the engine. ``not decided``: there was not time enough to prove it or to break it.
    """

    guarantee: Guarantee
    state: State
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proofs:
    """The problems that proofs found, sorted by place, and the state of each guarantee, in their order."""

    problems: tuple[Problem, ...]
    guarantees: tuple[Proof, ...]

    @property
    def states(self) -> dict[str, State]:
        """The state of each guarantee, by its id."""
        return {proof.guarantee.id: proof.state for proof in self.guarantees}


class RuleOutcome(NamedTuple):
    """Something that a client can bring about: a rule fires, or one of its tests holds or does not.

    ``test`` is None for the rule itself, else the number of the test, from 0 in the order of ``tests_of``.
    """

    rule: str
    test: int | None
    holds: bool

"""What came of proving a ruleset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.model.problem import Problem
from service.model.ruleset import Guarantee

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

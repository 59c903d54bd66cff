"""What each kind of proof works with: the world, the engine that confirms, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from service.analysis.proofs.examples import Assessment, Confirmed, as_text
from service.analysis.proofs.logic import Deadline, Solver
from service.analysis.proofs.profile import Profile, profile
from service.analysis.proofs.world import World
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Place, Problem, Severity
from service.model.ruleset import Rule, Ruleset


@dataclass(frozen=True)
class Case:
    """A ruleset under proof. ``unreachable``: rules that were shown never to fire, by id."""

    ruleset: Ruleset
    world: World
    engine: Confirmed
    unreachable: frozenset[str] = frozenset()

    @property
    def solver(self) -> Solver:
        """The solver of the world."""
        return self.world.solver

    @cached_property
    def profile(self) -> Profile:
        """The profile of the world, worked out once for all guarantees."""
        return profile(self.world)


def opened(compiled: CompiledRuleset, deadline: Deadline) -> Case:
    """The case for a compiled ruleset."""
    world = World(compiled.ruleset, Solver(deadline))
    return Case(compiled.ruleset, world, Confirmed(compiled))


def warning(place: Place, code: str, message: str, *examples: Assessment) -> Problem:
    """A warning with the assessments that show it."""
    return _problem(place, code, message, "warning", examples)


def error(place: Place, code: str, message: str, *examples: Assessment) -> Problem:
    """An error with the assessments that show it."""
    return _problem(place, code, message, "error", examples)


def _problem(
    place: Place, code: str, message: str, severity: Severity, examples: tuple[Assessment, ...]
) -> Problem:
    return Problem(place, code, message, severity, tuple(as_text(example) for example in examples))


def at(rule: Rule, *path: str) -> Place:
    """Where a part of the rule stands."""
    return rule.places.get(path, rule.place)

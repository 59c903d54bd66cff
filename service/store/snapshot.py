"""The rulesets that serve at one moment, compiled; and why others do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from service.engine.faults import EngineFault
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Problem
from service.store.folders import Shelf


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``served``: compiled rulesets by id; ``broken``: the problems of those that don't serve.

    ``checking``: those that don't serve yet, for their first check goes on. ``retired``: those that serve no
    more, and since when.
    """

    served: Mapping[str, CompiledRuleset]
    broken: Mapping[str, tuple[Problem, ...]]
    problems: tuple[Problem, ...] = ()
    checking: frozenset[str] = frozenset()
    retired: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether every ruleset of the folder serves, and there is at least one."""
        return bool(self.served) and not self.broken and not self.checking

    def close(self) -> None:
        """Free what the engine holds."""
        for compiled in self.served.values():
            compiled.close()


def take_snapshot(shelf: Shelf) -> Snapshot:
    """Compile every ruleset without errors; keep the problems of the others."""
    served: dict[str, CompiledRuleset] = {}
    broken: dict[str, tuple[Problem, ...]] = {}
    for name, read in sorted(shelf.read.items()):
        if read.ruleset is None:
            broken[name] = tuple(problem for problem in read.problems if problem.severity == "error")
            continue
        try:
            served[name] = CompiledRuleset(read.ruleset)
        except EngineFault as fault:
            message = f"The engine does not take this ruleset: {fault}. Split its largest rules."
            broken[name] = (Problem(read.ruleset.place, "not-compiled", message),)
    return Snapshot(served, broken, shelf.problems)

"""A folder of rulesets, proven: what holds for every possible assessment, and what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from service.analysis.proofs.prove import prove
from service.analysis.proofs.results import PROOFS, Proofs
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Problem, in_order
from service.reading.allowing import allowed
from service.reading.ruleset import Read
from service.store.snapshot import Snapshot

Told = Callable[[str, int, int], None]
"""Called as proving goes on: the ruleset's id, how many steps are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What came of proving the rulesets of a snapshot: by id, their proofs and all that these found."""

    proofs: Mapping[str, Proofs]
    problems: tuple[Problem, ...]
    good: frozenset[str]
    """The rulesets in which proving found no error."""


def prove_snapshot(
    snapshot: Snapshot, read: Mapping[str, Read], told: Told | None = None, *, seconds: float = 30
) -> Proven:
    """Prove every ruleset that serves in the snapshot; ``allow:`` of its files silences warnings.

    ``seconds`` is for each ruleset: what takes longer comes out as not decided.
    """
    proofs: dict[str, Proofs] = {}
    found: list[Problem] = []
    good: set[str] = set()
    for name, compiled in sorted(snapshot.served.items()):
        done = _proofs(name, compiled, told, seconds)
        allows = [allow for allow in read[name].allows if allow.code in PROOFS]
        problems = allowed(done.problems, allows, known=PROOFS)
        proofs[name] = replace(done, problems=in_order(problems))
        found += problems
        if not any(problem.severity == "error" for problem in problems):
            good.add(name)
    return Proven(proofs, in_order(_each_once(found)), frozenset(good))


def _each_once(problems: Iterable[Problem]) -> Iterable[Problem]:
    """What is found in a ruleset and again in one that extends it is one problem, whatever its examples."""
    return {
        (problem.place, problem.code, problem.message): problem for problem in reversed([*problems])
    }.values()


def _proofs(name: str, compiled: CompiledRuleset, told: Told | None, seconds: float) -> Proofs:
    if told is None:
        return prove(compiled, seconds=seconds)
    return prove(compiled, told=lambda done, of: told(name, done, of), seconds=seconds)

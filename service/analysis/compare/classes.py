"""Classes of assessments for which both plans come out the same way, and whether each is a change.

A class says of every facet of one part of the plan, on both sides, whether it holds. One assessment then
stands for all of the class; the real engines of both versions are asked what they make of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from schemas.language import Part
from service.analysis.compare.facets import SCORED, Facet, Facets, differing, is_missing
from service.analysis.compare.looked_at import all_of
from service.analysis.compare.outcome import SHOWS, Change, Engines
from service.analysis.compare.pair import Pair
from service.analysis.compare.quiet import Quiet
from service.analysis.compare.sampling import variants
from service.analysis.compare.universe import Assessment
from service.analysis.proofs.logic import Formula, Model, and_, iff, not_, or_, spelling, variable
from service.analysis.proofs.world import Score
from service.model.decision import Decision

_TRIES = 12
"""So many assessments of a class are asked for one that shows the change."""


@dataclass(frozen=True, slots=True)
class Class:
    """A class of assessments whose plan changes, with an example that shows how.

    ``shown``: the differing facets, each with whether it held and whether it holds. ``hidden``: the change
    shows although what it is about is held back.
    """

    part: Part
    holds: Formula
    example: Assessment
    changes: tuple[Change, ...]
    shown: tuple[tuple[Facet, bool], ...] = ()
    hidden: bool = False


@dataclass(slots=True)
class Seen:
    """What was found: classes that change, and whether every other one is known not to."""

    changed: list[Class] = field(default_factory=list)
    sure: bool = True


class Classes:
    """Goes through the classes of one part of the plan."""

    def __init__(
        self, pair: Pair, engines: Engines, old: Facets, new: Facets, quiet: Quiet, part: Part
    ) -> None:
        self._pair, self._engines, self._quiet, self._part = pair, engines, quiet, part
        self._old, self._new = old.by_part[part], new.by_part[part]
        self._differing = differing(self._old, self._new)
        both_sides = [*self._old.items(), *self._new.items()]
        from_score = [held for facet, held in both_sides if facet[0] in SCORED]
        scores = or_(differing(old.scores, new.scores).values()) if from_score else False
        self.differs = or_((*self._differing.values(), and_((or_(from_score), scores))))
        """Where some facet of this part differs: nowhere else does this part of the plan change."""
        atoms = [held for _, held in both_sides]
        if part == "gates":
            atoms = [side.get(facet, False) for facet in self._differing for side in (self._old, self._new)]
        if from_score:
            atoms += [
                held for side in (old, new) for facet, held in side.scores.items() if is_missing(facet[-1])
            ]
        self._scores = _scores(pair) if from_score else []
        self._atoms = distinct(atoms)
        self._course = distinct(held for side in (old, new) for held in side.by_part["course"].values())
        self._exact = sorted(all_of(pair.old.ruleset, pair.new.ruleset))
        self._progress = distinct(held for side in (old, new) for held in side.by_part["progress"].values())

    def go(self, seen: Seen, told: Callable[[], None]) -> None:
        """Find all classes that change, and note in ``seen`` as each is found.

        Raises:
            Undecided: it would take more time than there is.
        """
        if self.differs is False:
            return
        solver = self._pair.solver
        with solver:
            solver.add(self._pair.accepted)
            solver.add(self.differs)
            for degree, claim in enumerate(self._degrees()):
                while (model := solver.find(claim)) is not None:
                    key = and_(self._literals(model))
                    self._judge(seen, model, key, degree)
                    solver.add(not_(key))
                    told()

    def _degrees(self) -> Iterator[Formula]:
        """A variable for each degree of quiet, for they are asked for again and again."""
        for degree, claim in enumerate(self._quiet.degrees):
            stands_for = variable(f"quiet:{self._part}:{degree}")
            self._pair.solver.add(iff(stands_for, claim))
            yield stands_for

    def _judge(self, seen: Seen, model: Model, key: Formula, degree: int) -> None:
        """Whether a class changes. Where its first example does not show it, others may."""
        tried = 0
        for like_it in self._alike(model, key, degree):
            tried += 1
            for example in self._examples(like_it, degree):
                decided = self._engines.decide(example)
                if decided is None:
                    seen.sure = False
                    return
                if self._same(decided):
                    return
                changes = self._engines.changes(decided)
                if self._shows(changes):
                    hidden = degree == self._quiet.loudest
                    shown = self._shown(like_it)
                    seen.changed.append(Class(self._part, key, example, changes, shown, hidden))
                    return
        if degree != self._quiet.loudest and (degree >= self._quiet.firsts or tried > _TRIES):
            seen.sure = False

    def _examples(self, model: Model, degree: int) -> Iterator[Assessment]:
        """The assessment of a model; where progress may hide the change, also with other numbers."""
        example = self._pair.universe.assessment(model)
        if degree < self._quiet.firsts or degree == self._quiet.loudest:
            return iter((example,))
        return variants(self._pair.universe, example, self._exact)

    def _alike(self, model: Model, key: Formula, degree: int) -> Iterator[Model]:
        """Models of the class with other courses, or progress where there is some; a few more than needed."""
        yield model
        if self._part == "review":
            return
        solver, claim = self._pair.solver, self._quiet.degrees[degree]
        decisive = self._course + (self._progress if degree >= self._quiet.firsts else [])
        with solver:
            solver.add(key)
            for _ in range(_TRIES):
                solver.add(not_(and_(literal(model, held) for held in decisive)))
                found = solver.find(claim)
                if found is None:
                    return
                model = found
                yield model

    def _same(self, decided: tuple[Decision, Decision]) -> bool:
        """Whether what is behind the numbers is the same, and so is in the whole class."""
        if self._part not in ("course", "interval"):
            return False
        old, new = self._engines.courses(decided)
        return old.interval == new.interval if self._part == "interval" else old.numbers == new.numbers

    def _shows(self, changes: Iterable[Change]) -> bool:
        return any(name in SHOWS[self._part] for name, _, _ in changes)

    def _shown(self, model: Model) -> tuple[tuple[Facet, bool], ...]:
        held = {facet: model.holds(self._new.get(facet, False)) for facet in self._differing}
        return tuple(
            (facet, now) for facet, now in held.items() if model.holds(self._old.get(facet, False)) is not now
        )

    def _literals(self, model: Model) -> Iterator[Formula]:
        for held in self._atoms:
            yield literal(model, held)
        for score in self._scores:
            yield literal(model, score.known)
            yield score.sum.equals(score.sum.in_model(model))


def _scores(pair: Pair) -> list[Score]:
    """The scores that some base comes from, of both sides."""
    return [
        score
        for side in pair.sides
        for name, score in side.scores.items()
        if any(f"scores.{name}" == fact for rule in side.ruleset.rules for _, fact in rule.then.references())
    ]


def literal(model: Model, held: Formula) -> Formula:
    """The formula as it is in the model."""
    return held if model.holds(held) else not_(held)


def distinct(formulas: Iterable[Formula]) -> list[Formula]:
    """The formulas that are not settled, each once."""
    return list({spelling(one): one for one in formulas if not isinstance(one, bool)}.values())

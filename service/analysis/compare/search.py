"""The search for changes: part by part of the plan, class by class of assessments, as long as there is time.

A class says of every facet of one part of the plan, on both sides, whether it holds; in it both plans come
out the same way. One assessment stands for all of it; the engines of both versions are asked what they make
of it. What remains after sessions were done is worked out from exact numbers, and so looked at in samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, product

from schemas.language import Part, covers
from service.analysis.compare.plan_differences import SHOWS, Change, Engines
from service.analysis.compare.plan_parts import (
    AFTERWARDS,
    CAPS,
    PARTS,
    REMAINING,
    SCORED,
    Facet,
    Masking,
    PlanParts,
    differing,
    is_missing,
    masking,
    plan_parts,
    progress_questions,
)
from service.analysis.compare.versions import VersionPair
from service.analysis.proofs.logic import Formula, Model, Undecided, and_, iff, not_, or_, variable
from service.analysis.proofs.questions import AskedQuestions, Assessment, Cell
from service.analysis.proofs.world import Score
from service.model.decision import Decision
from service.model.number import Number, as_json, exact

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
class ClassesSeen:
    """What was found: classes that change, and whether every other one is known not to."""

    changed: list[Class] = field(default_factory=list)
    sure: bool = True


class Classes:
    """Goes through the classes of one part of the plan."""

    def __init__(
        self,
        pair: VersionPair,
        engines: Engines,
        old: PlanParts,
        new: PlanParts,
        masking: Masking,
        part: Part,
    ) -> None:
        self._pair, self._engines, self._masking, self._part = pair, engines, masking, part
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
        self._exact = sorted(progress_questions(pair.old.ruleset, pair.new.ruleset))
        self._progress = distinct(held for side in (old, new) for held in side.by_part["progress"].values())

    def go(self, seen: ClassesSeen, on_progress: Callable[[], None]) -> None:
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
                    on_progress()

    def _degrees(self) -> Iterator[Formula]:
        """A variable for each degree of masking, for they are asked for again and again."""
        for degree, claim in enumerate(self._masking.degrees):
            stands_for = variable(f"masking:{self._part}:{degree}")
            self._pair.solver.add(iff(stands_for, claim))
            yield stands_for

    def _judge(self, seen: ClassesSeen, model: Model, key: Formula, degree: int) -> None:
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
                    hidden = degree == self._masking.most_masked
                    shown = self._shown(like_it)
                    seen.changed.append(Class(self._part, key, example, changes, shown, hidden))
                    return
        if degree != self._masking.most_masked and (degree >= self._masking.firsts or tried > _TRIES):
            seen.sure = False

    def _examples(self, model: Model, degree: int) -> Iterator[Assessment]:
        """The assessment of a model; where progress may hide the change, also with other numbers."""
        example = self._pair.questions.assessment(model)
        if degree < self._masking.firsts or degree == self._masking.most_masked:
            return iter((example,))
        return variants(self._pair.questions, example, self._exact)

    def _alike(self, model: Model, key: Formula, degree: int) -> Iterator[Model]:
        """Models of the class with other courses, or progress where there is some; a few more than needed."""
        yield model
        if self._part in AFTERWARDS:
            return
        solver, claim = self._pair.solver, self._masking.degrees[degree]
        decisive = self._course + (self._progress if degree >= self._masking.firsts else [])
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


def _scores(pair: VersionPair) -> list[Score]:
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
    return list(dict.fromkeys(one for one in formulas if not isinstance(one, bool)))


_MOST_CLASSES = 150


class ProgressSearch:
    """Looks for plans that differ by what was done so far."""

    def __init__(self, pair: VersionPair, engines: Engines, old: PlanParts, new: PlanParts) -> None:
        self._pair, self._engines = pair, engines
        self._names = sorted(progress_questions(pair.old.ruleset, pair.new.ruleset))
        sides = [*old.by_part["progress"].items(), *new.by_part["progress"].items()]
        self._atoms = distinct(held for _, held in sides)
        reckoned = or_(held for facet, held in sides if facet[0] in REMAINING)
        course = differing(old.by_part["course"], new.by_part["course"])
        caps = or_(held for facet, held in course.items() if facet[0] in CAPS)
        here = differing(old.by_part["progress"], new.by_part["progress"]).values()
        self.differs = or_((*here, and_((caps, reckoned))))
        """Where what remains may be worked out otherwise; else only the number of sessions changes it."""

    def go(self, seen: ClassesSeen, on_progress: Callable[[], None]) -> None:
        """Note in ``seen`` each class with a sample that changes; the others are not known.

        Raises:
            Undecided: it would take more time than there is.
        """
        solver = self._pair.solver
        if self.differs is False:
            return
        with solver:
            solver.add(self._pair.accepted)
            solver.add(self.differs)
            for _ in range(_MOST_CLASSES):
                model = solver.find()
                if model is None:
                    return
                key = and_(literal(model, held) for held in self._atoms)
                self._look(seen, model, key)
                solver.add(not_(key))
                on_progress()
        seen.sure = False

    def _look(self, seen: ClassesSeen, model: Model, key: Formula) -> None:
        example = self._pair.questions.assessment(model)
        for variant in variants(self._pair.questions, example, self._names):
            decided = self._engines.decide(variant)
            changes = () if decided is None else self._engines.changes(decided)
            if any(name in SHOWS["progress"] for name, _, _ in changes):
                seen.changed.append(Class("progress", key, variant, changes))
                return
        seen.sure = False


_NUMBERS_OF_A_CELL = 8


_MOST = 64


def variants(questions: AskedQuestions, example: Assessment, names: Iterable[str]) -> Iterator[Assessment]:
    """Assessments that differ from the example in these numbers alone, each within its cell; a few dozen."""
    varied = {name: cell for name in names if (cell := _cell(questions, example, name)) is not None}
    numbers = [_numbers(cell) for cell in varied.values()]
    for chosen in islice(product(*numbers), _MOST):
        yield {**example, **{name: as_json(one) for name, one in zip(varied, chosen, strict=True)}}


def _cell(questions: AskedQuestions, example: Assessment, name: str) -> Cell | None:
    value = example.get(name)
    if isinstance(value, str | bool | list) or value is None:
        return None
    number = exact(value)
    return next((asked.cells[number] for asked in questions.asked[name] if number in asked.cells), None)


def _numbers(cell: Cell) -> list[Number]:
    """Some numbers of the cell, from both of its ends and between."""
    if cell.count == 1:
        return [cell.one]
    first, last = math.floor(cell.low) + 1, math.ceil(cell.high) - 1
    found: list[Number] = [cell.one]
    if cell.whole is not False and first <= last:
        step = max(1, (last - first) // (_NUMBERS_OF_A_CELL - 2))
        found += [*range(first, last + 1, step), last]
    return list(dict.fromkeys(found))


_SHARES: dict[Part, float] = {
    "gates": 0.4,
    "review": 0.3,
    "maintenance": 0.3,
    "interval": 0.4,
    "course": 0.8,
    "progress": 1,
}
"""How much of the time that is left each part may take: the quick ones first, for they mostly need little."""


covers(_SHARES, PARTS, "shares of the time, by part of the plan")

OnProgress = Callable[[int], None]
"""Called as the search goes on, with how many kinds of assessments were looked at."""


@dataclass(slots=True)
class FoundChanges:
    """What was found of a part: where it could change at all, and where that shows (``calm``: best).

    ``in_time``: the search came to its end. Where ``seen`` is not sure, there may be changes beside.
    """

    part: Part
    anywhere: Formula
    shows: Formula
    calm: Formula
    seen: ClassesSeen = field(default_factory=ClassesSeen)
    in_time: bool = True


def find_changes(pair: VersionPair, engines: Engines, on_progress: OnProgress | None) -> list[FoundChanges]:
    """Changes of every part of the plan."""
    old, new = plan_parts(pair, pair.old), plan_parts(pair, pair.new)
    looked_at = 0

    def step() -> None:
        nonlocal looked_at
        looked_at += 1
        if on_progress is not None:
            on_progress(looked_at)

    found: dict[Part, FoundChanges] = {}
    deadline = pair.solver.deadline
    for part, share in _SHARES.items():
        pair.solver.deadline = deadline.part(share)
        how = masking(pair, old, new, part)
        search = (
            ProgressSearch(pair, engines, old, new)
            if part == "progress"
            else Classes(pair, engines, old, new, how, part)
        )
        one = FoundChanges(part, search.differs, how.numbers, how.degrees[0])
        found[part] = one
        try:
            search.go(one.seen, step)
        except Undecided:
            one.in_time = one.seen.sure = False
    pair.solver.deadline = deadline
    return [found[part] for part in PARTS]

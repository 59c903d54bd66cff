"""Regions of assessments as few, wide cubes: what must be answered, question by question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from service.analysis.compare.versions import Pair
from service.analysis.proofs.logic import Formula, Model, and_, not_, or_, spelling
from service.analysis.proofs.questions import AskedShape
from service.model.condition import Scalar

MOST_CUBES = 6


@dataclass(frozen=True, slots=True)
class Clause:
    """What one question must be answered with.

    ``values``: one of these (None: not given); numbers stand for their cells. ``others``: what else could be
    answered there, outside of the region. Of a set, ``member`` is, or is not, named (``held``), or, without a
    member, the set is given or not. With shape "flag" it is a conclusion that is, or is not, reached.
    """

    question: str
    shape: str
    values: frozenset[Scalar | None] = frozenset()
    member: str | None = None
    held: bool = True
    others: frozenset[Scalar | None] = frozenset()


Cube = tuple[Clause, ...]
"""All of its clauses hold; in the order of the questions."""


@dataclass(frozen=True, slots=True)
class Region:
    """The cubes that cover a region; ``whole``: all of it."""

    cubes: tuple[Cube, ...]
    whole: bool


class RegionFinder:
    """Finds the cubes of regions."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._solver = pair.solver
        self._flags = _shared_flags(pair)

    def cover(self, region: Formula, within: Formula) -> Region:
        """Cubes that lie in the region and cover it, as far as ``within`` goes; the widest first found.

        Raises:
            Undecided: it would take more time than there is.
        """
        plain = self._covered(region, within, flags=False)
        if (plain.whole and len(plain.cubes) <= 2) or not self._flags:
            return plain
        by_flags = self._covered(region, within, flags=True)
        if plain.whole and (not by_flags.whole or len(plain.cubes) <= len(by_flags.cubes)):
            return plain
        return by_flags

    def _covered(self, region: Formula, within: Formula, *, flags: bool) -> Region:
        cubes: list[Cube] = []
        with self._solver:
            self._solver.add(within)
            left: list[Formula] = [region]
            while len(cubes) < MOST_CUBES:
                model = self._solver.find(*left)
                if model is None:
                    return Region(tuple(cubes), True)
                cube = self._told_apart(self._widest(model, not_(region), flags=flags))
                cubes.append(cube)
                left.append(not_(and_(map(self.holds, cube))))
            return Region(tuple(cubes), self._solver.find(*left) is None)

    def _told_apart(self, cube: Cube) -> Cube:
        """The cube without answers that nobody can give there; each clause with what else could be given."""
        told = list(cube)
        for index, clause in enumerate(cube):
            if clause.shape in ("set", "flag"):
                continue
            others = and_(self.holds(other) for other in told if other is not clause)
            shapes = self._pair.questions.asked[clause.question]
            asked = next(one for one in shapes if one.shape == clause.shape)
            possible = {
                value
                for value in (*asked.values, None)
                if self._solver.find(others, self._value(shapes, clause.shape, value)) is not None
            }
            values, rest = frozenset(clause.values & possible), frozenset(possible - clause.values)
            told[index] = clause = replace(clause, values=values or clause.values, others=rest)
        return tuple(told)

    def holds(self, clause: Clause) -> Formula:
        """The formula of a clause."""
        if clause.shape == "flag":
            flag = self._flags[clause.question]
            return flag if clause.held else not_(flag)
        shapes = self._pair.questions.asked[clause.question]
        if clause.member is not None:
            held = next(asked for asked in shapes if asked.shape == "set").values[clause.member]
            return held if clause.held else not_(held)
        if clause.shape == "set":
            given = next(asked for asked in shapes if asked.shape == "set").given
            return given if clause.held else not_(given)
        return or_(self._value(shapes, clause.shape, value) for value in clause.values)

    @staticmethod
    def _value(shapes: tuple[AskedShape, ...], shape: str, value: Scalar | None) -> Formula:
        if value is None:
            return not_(or_(asked.given for asked in shapes))
        return next(asked for asked in shapes if asked.shape == shape).values[value]

    def _widest(self, model: Model, outside: Formula, *, flags: bool) -> Cube:
        """The model's answers, with all left out or widened that need not be so for the region."""
        with self._solver:
            self._solver.add(outside)
            clauses = [*self._clauses(model), *(self._reached(model) if flags else ())]
            exact = {str(index): clause for index, clause in enumerate(_from_the_last(clauses))}
            needed = self._solver.clash({name: self.holds(clause) for name, clause in exact.items()})
            kept = [exact[name] for name in reversed(needed)]
            for index, clause in enumerate(kept):
                others = and_(self.holds(other) for other in kept if other is not clause)
                kept[index] = self._widened(clause, others)
        order = {name: at for at, name in enumerate(self._pair.questions.names)}
        return tuple(sorted(kept, key=lambda clause: order.get(clause.question, len(order))))

    def _widened(self, clause: Clause, others: Formula) -> Clause:
        if clause.shape in ("set", "flag"):
            return clause
        shapes = self._pair.questions.asked[clause.question]
        asked = next(asked for asked in shapes if asked.shape == clause.shape)
        values = set(clause.values)
        for value in (*asked.values, None):
            if (
                value not in values
                and self._solver.find(others, self._value(shapes, clause.shape, value)) is None
            ):
                values.add(value)
        return Clause(clause.question, clause.shape, frozenset(values))

    def _clauses(self, model: Model) -> Iterator[Clause]:
        """What a model says of each question."""
        for name, shapes in self._pair.questions.asked.items():
            asked = next((one for one in shapes if model.holds(one.given)), shapes[0])
            given = model.holds(asked.given)
            if asked.shape == "set":
                yield Clause(name, "set", held=given)
                for member, held in asked.values.items():
                    yield Clause(name, "set", member=str(member), held=model.holds(held))
            else:
                value = next((value for value, held in asked.values.items() if model.holds(held)), None)
                yield Clause(name, asked.shape, frozenset((value if given else None,)))

    def _reached(self, model: Model) -> Iterator[Clause]:
        """What a model says of conclusions."""
        for name, flag in self._flags.items():
            yield Clause(name, "flag", held=model.holds(flag))


def _from_the_last(clauses: list[Clause]) -> list[Clause]:
    """In which order to leave out what can be: the last questions first, conclusions, that say much, last."""
    flags = [clause for clause in clauses if clause.shape == "flag"]
    return [*reversed([clause for clause in clauses if clause.shape != "flag"]), *flags]


def _shared_flags(pair: Pair) -> dict[str, Formula]:
    """Conclusions that both rulesets draw of the same clients, by their names in conditions."""
    return {
        f"conclusions.{name}": flag
        for name, flag in pair.new.flags.items()
        if not isinstance(flag, bool) and spelling(pair.old.flags.get(name, False)) == spelling(flag)
    }

"""Regions of assessments as few, wide cubes: what must be answered, question by question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, combinations

from service.analysis.compare.versions import VersionPair
from service.analysis.proofs.logic import Formula, Model, and_, not_, or_
from service.analysis.proofs.questions import AskedShape, takes
from service.evaluation.truth import Truth, truth_of
from service.model.condition import Scalar, Value, subjects_of
from service.model.ruleset import AttributeRef, Input, Ruleset

MOST_CUBES = 6


@dataclass(frozen=True, slots=True)
class RegionClause:
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


Cube = tuple[RegionClause, ...]
"""All of its clauses hold; in the order of the questions."""


@dataclass(frozen=True, slots=True)
class Region:
    """The cubes that cover a region; ``whole``: all of it."""

    cubes: tuple[Cube, ...]
    whole: bool


class RegionFinder:
    """Finds the cubes of regions."""

    def __init__(self, pair: VersionPair) -> None:
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
                cube = self._without_impossible_answers(self._widest(model, not_(region), flags=flags))
                cubes.append(cube)
                left.append(not_(and_(map(self.holds, cube))))
            return Region(tuple(cubes), self._solver.find(*left) is None)

    def _without_impossible_answers(self, cube: Cube) -> Cube:
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

    def holds(self, clause: RegionClause) -> Formula:
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
        in_order = (*next(asked for asked in shapes if asked.shape == clause.shape).values, None)
        chosen = (value for value in in_order if value in clause.values)
        return or_(self._value(shapes, clause.shape, value) for value in chosen)

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

    def _widened(self, clause: RegionClause, others: Formula) -> RegionClause:
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
        return RegionClause(clause.question, clause.shape, frozenset(values))

    def _clauses(self, model: Model) -> Iterator[RegionClause]:
        """What a model says of each question."""
        for name, shapes in self._pair.questions.asked.items():
            asked = next((one for one in shapes if model.holds(one.given)), shapes[0])
            given = model.holds(asked.given)
            if asked.shape == "set":
                yield RegionClause(name, "set", held=given)
                for member, held in asked.values.items():
                    yield RegionClause(name, "set", member=str(member), held=model.holds(held))
            else:
                value = next((value for value, held in asked.values.items() if model.holds(held)), None)
                yield RegionClause(name, asked.shape, frozenset((value if given else None,)))

    def _reached(self, model: Model) -> Iterator[RegionClause]:
        """What a model says of conclusions."""
        for name, flag in self._flags.items():
            yield RegionClause(name, "flag", held=model.holds(flag))


def _from_the_last(clauses: list[RegionClause]) -> list[RegionClause]:
    """In which order to leave out what can be: the last questions first, conclusions, that say much, last."""
    flags = [clause for clause in clauses if clause.shape == "flag"]
    return [*reversed([clause for clause in clauses if clause.shape != "flag"]), *flags]


def _shared_flags(pair: VersionPair) -> dict[str, Formula]:
    """Conclusions that both rulesets draw of the same clients, by their names in conditions."""
    return {
        f"conclusions.{name}": flag
        for name, flag in pair.new.flags.items()
        if not isinstance(flag, bool) and pair.old.flags.get(name, False) is flag
    }


MOST = 60_000


MOST_CHECKED = 1_500


_Answer = Scalar | frozenset[str] | None


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """Of ``all`` ways to answer the questions ``over``, that both versions accept, ``changed`` change."""

    over: tuple[str, ...]
    changed: int
    all: int


def count(pair: VersionPair, cubes: Iterable[Cube], changed: Formula, within: Formula) -> ChangeCount | None:
    """The count for a region, of which the cubes tell the questions; None where it can't be counted.

    Raises:
        Undecided: it would take more time than there is.
    """
    told = list(cubes)
    names = _closed(pair, {clause.question for cube in told for clause in cube})
    if not names or _may_contradict(pair, names):
        return None
    try:
        counting = _Counting(pair, names)
        return counting.count(told, changed, within)
    except _Uncountable:
        return None


def _may_contradict(pair: VersionPair, names: set[str]) -> bool:
    """Whether not every way to answer these questions is accepted, so that counting them says too much."""
    sides = (pair.old.ruleset, pair.new.ruleset)
    return any(names.intersection(one.inputs) for side in sides for one in side.contradictions)


class _Uncountable(Exception):
    """Too many, or numbers without end."""


class _Counting:
    """Goes through the answers to a few questions that both rulesets accept."""

    def __init__(self, pair: VersionPair, names: set[str]) -> None:
        self._pair = pair
        self._names = [name for name in _asked_in_order(pair.new.ruleset) if name in names]
        self._asks: dict[str, list[tuple[Input, Truth | None]]] = {
            name: [
                (one, None if one.only_if is None else truth_of(one.only_if))
                for one in (pair.old.ruleset.inputs[name], pair.new.ruleset.inputs[name])
            ]
            for name in self._names
        }
        self._answers = {name: [*self._possible(name)] for name in self._names}
        size = 1
        for answers in self._answers.values():
            size *= len(answers)
        if size > 40 * MOST:
            raise _Uncountable

    def count(self, cubes: list[Cube], changed: Formula, within: Formula) -> ChangeCount:
        total = seen = checked = number = 0
        solver = self._pair.solver
        with solver:
            solver.add(and_((self._pair.accepted, within, changed)))
            for answers, weight in self._ways({}, {}, {}, 1, 0):
                total += weight
                seen += 1
                if seen > MOST:
                    raise _Uncountable
                if any(all(_meets(clause, answers) for clause in cube) for cube in cubes):
                    checked += 1
                    if checked > MOST_CHECKED:
                        raise _Uncountable
                    number += weight * self._holds(answers)
        return ChangeCount(tuple(self._names), number, total)

    def _holds(self, answers: Mapping[str, _Answer]) -> bool:
        """Whether some assessment with these answers changes."""
        return self._pair.solver.holds_somewhere(
            *(self._answered(name, answer) for name, answer in answers.items())
        )

    def _answered(self, name: str, answer: _Answer) -> Formula:
        (asked,) = self._pair.questions.asked[name]
        if answer is None:
            return not_(asked.given)
        if isinstance(answer, frozenset):
            members = ((held if member in answer else not_(held)) for member, held in asked.values.items())
            return and_((asked.given, *members))
        return asked.values[answer]

    def _ways(
        self, answers: dict[str, _Answer], old: dict[str, Value], new: dict[str, Value], weight: int, at: int
    ) -> Iterator[tuple[dict[str, _Answer], int]]:
        """Every way to answer the questions from here on, with how many assessments it stands for."""
        if at == len(self._names):
            yield answers, weight
            return
        name = self._names[at]
        for answer, times in self._answers[name]:
            facts = (dict(old), dict(new))
            fits = [
                _take(one, applies, answer, known)
                for (one, applies), known in zip(self._asks[name], facts, strict=True)
            ]
            if all(fits):
                yield from self._ways({**answers, name: answer}, *facts, weight * times, at + 1)

    def _possible(self, name: str) -> Iterator[tuple[_Answer, int]]:
        shapes = self._pair.questions.asked[name]
        if len(shapes) > 1:
            raise _Uncountable
        (asked,) = shapes
        yield None, 1
        values = [value for value in asked.values if all(takes(one, value) for one, _ in self._asks[name])]
        if asked.shape == "set":
            if len(values) > 12:
                raise _Uncountable
            subsets = chain.from_iterable(combinations(values, size) for size in range(len(values) + 1))
            yield from ((frozenset(map(str, subset)), 1) for subset in subsets)
            return
        for value in values:
            cell = asked.cells.get(value)
            times = 1 if cell is None else cell.count
            if times is None:
                raise _Uncountable
            yield value, times


def _take(one: Input, applies: Truth | None, answer: _Answer, facts: dict[str, Value]) -> bool:
    """Whether the question takes the answer, given the facts so far; its own are added."""
    holds = True if applies is None else applies(facts)
    if holds is False:
        return answer is None
    if answer is None:
        if holds and one.required:
            return False
        answer = one.default if holds else None
    if answer is not None:
        facts[one.id] = answer
        option = next((option for option in one.options if option.id == answer), None)
        if option is not None:
            facts.update({f"{one.id}.{name}": value for name, value in option.attributes.items()})
    return True


def _meets(clause: RegionClause, answers: Mapping[str, _Answer]) -> bool:
    """Whether the answers may meet the clause; what they don't tell is left to the solver."""
    if clause.shape == "flag":
        return True
    answer = answers[clause.question]
    if clause.shape == "set":
        held = answer is not None
        if clause.member is not None:
            held = isinstance(answer, frozenset) and clause.member in answer
        return held is clause.held
    return answer in clause.values


def _closed(pair: VersionPair, names: set[str]) -> set[str]:
    """The questions, and all that decide whether these are asked, or what is concluded."""
    left, closed = list(names), set()
    sides = (pair.old.ruleset, pair.new.ruleset)
    while left:
        name = left.pop()
        if name in closed:
            continue
        closed.add(name)
        for ruleset in sides:
            left += _resting_on(ruleset, name)
    known = {name for name in closed if "." not in name}
    return known if all(name in ruleset.inputs for name in known for ruleset in sides) else set()


def _resting_on(ruleset: Ruleset, name: str) -> Iterator[str]:
    one = ruleset.inputs.get(name)
    if one is not None and one.only_if is not None:
        yield from (key.partition(".")[0] for key in subjects_of(one.only_if))
    for rule in ruleset.rules:
        if name in rule.then.feeds():
            for key in subjects_of(rule.when):
                kind = ruleset.subjects[key].kind
                yield key if kind in ("conclusion", "score") else key.partition(".")[0]
            for _, point in rule.then.references("fact"):
                if isinstance(point, AttributeRef):
                    yield point.input


def _asked_in_order(ruleset: Ruleset) -> list[str]:
    """The questions so that each comes after those that its ``only if`` looks at."""
    placed: dict[str, None] = {}
    waiting = list(ruleset.inputs.values())
    while waiting:
        for one in waiting:
            looked_at = subjects_of(one.only_if) if one.only_if is not None else ()
            if all(key.partition(".")[0] in placed for key in looked_at):
                placed[one.id] = None
        waiting = [one for one in waiting if one.id not in placed]
    return list(placed)

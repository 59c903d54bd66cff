"""How many assessments change: counted over the questions that matter to the change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations

from service.analysis.compare.regions import Clause, Cube
from service.analysis.compare.versions import Pair
from service.analysis.proofs.logic import Formula, and_, not_
from service.analysis.proofs.questions import takes
from service.evaluation.truth import Truth, truth_of
from service.model.condition import Scalar, Value, tests_of
from service.model.ruleset import AttributeRef, Input, Ruleset

MOST = 60_000
MOST_CHECKED = 1_500

_Answer = Scalar | frozenset[str] | None


@dataclass(frozen=True, slots=True)
class ChangeCount:
    """Of ``all`` ways to answer the questions ``over``, that both versions accept, ``changed`` change."""

    over: tuple[str, ...]
    changed: int
    all: int


def count(pair: Pair, cubes: Iterable[Cube], changed: Formula, within: Formula) -> ChangeCount | None:
    """The count for a region, of which the cubes tell the questions; None where it can't be counted.

    Raises:
        Undecided: it would take more time than there is.
    """
    told = list(cubes)
    names = _closed(pair, {clause.question for cube in told for clause in cube})
    if not names:
        return None
    try:
        counting = _Counting(pair, names)
        return counting.count(told, changed, within)
    except _Uncountable:
        return None


class _Uncountable(Exception):
    """Too many, or numbers without end."""


class _Counting:
    """Goes through the answers to a few questions that both rulesets accept."""

    def __init__(self, pair: Pair, names: set[str]) -> None:
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
            *(self._said(name, answer) for name, answer in answers.items())
        )

    def _said(self, name: str, answer: _Answer) -> Formula:
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


def _meets(clause: Clause, answers: Mapping[str, _Answer]) -> bool:
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


def _closed(pair: Pair, names: set[str]) -> set[str]:
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
        yield from (test.subject.partition(".")[0] for test in tests_of(one.only_if))
    for rule in ruleset.rules:
        if name in rule.then.feeds():
            for test in tests_of(rule.when):
                kind = ruleset.subjects[test.subject].kind
                yield test.subject if kind in ("conclusion", "score") else test.subject.partition(".")[0]
            for _, point in rule.then.references("fact"):
                if isinstance(point, AttributeRef):
                    yield point.input


def _asked_in_order(ruleset: Ruleset) -> list[str]:
    """The questions so that each comes after those that its ``only if`` looks at."""
    placed: dict[str, None] = {}
    waiting = list(ruleset.inputs.values())
    while waiting:
        for one in waiting:
            tests = tests_of(one.only_if) if one.only_if is not None else ()
            if all(test.subject.partition(".")[0] in placed for test in tests):
                placed[one.id] = None
        waiting = [one for one in waiting if one.id not in placed]
    return list(placed)

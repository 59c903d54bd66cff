"""What if: the smallest changes of answers that a person can choose, and what each would come to.

Every combination of other answers to one, then to two, changeable questions is decided by the engine, so that
nothing is guessed; of those that no rule tells apart for this client one stands for all.

Of numbers that no rule tells apart for anybody one alone is tried: all numbers of a cell pass the same tests.
The points that conditions compare an input with cut its range into points and the gaps
between them. A gap of whole numbers that holds none is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations, product
from typing import Any, NamedTuple, assert_never

from service.evaluation.alike_answers import source_of
from service.evaluation.compiled import CompiledRuleset
from service.evaluation.truth import could_be
from service.model.condition import MONTH, Condition, Test, subjects_of, tests_of
from service.model.decision import Decision
from service.model.number import Number, as_json, exact
from service.model.problem import Refusal
from service.model.ruleset import FromProgress, Input, Rule, Ruleset


def points_of(conditions: Iterable[Condition]) -> dict[str, set[Number]]:
    """The numbers with which conditions compare each subject, by the subject's key."""
    found: dict[str, set[Number]] = {}
    for condition in conditions:
        for test in tests_of(condition):
            found.setdefault(test.subject, set()).update(points_in(test))
    return found


def points_in(test: Test) -> Iterator[Number]:
    """The numbers with which one test compares."""
    yield from (value for value in test.values if not isinstance(value, str | bool))
    if test.target is not None:
        for _, case in test.target.cases:
            yield from points_in(case)
    if test.interval is not None:
        yield from (end for end in (test.interval.low, test.interval.high) if end is not None)


def points_that_matter(ruleset: Ruleset, also: Iterable[Condition] = ()) -> dict[str, set[Number]]:
    """The numbers at which something may change, by question; ``also``: further conditions that matter."""
    conditions = [rule.when for rule in ruleset.rules]
    conditions += [one.only_if for one in ruleset.inputs.values() if one.only_if is not None]
    conditions += [one.when for one in ruleset.contradictions]
    points = points_of([*conditions, *also])
    for one in ruleset.inputs.values():
        if isinstance(one.default, int | Fraction) and not isinstance(one.default, bool):
            points.setdefault(one.id, set()).add(one.default)
    for rule in ruleset.rules:
        for _, base in rule.then.present("base"):
            if isinstance(base, FromProgress):
                points.setdefault(base.improvement, set()).add(0)
                points.setdefault(base.sessions, set()).add(0)
    return points


def cells(one: Input, points: Iterable[Number]) -> tuple[Number, ...]:
    """One number of each cell of the input's range, ascending; the bounds are cells of their own."""
    low, high = one.domain.low, one.domain.high
    assert low is not None
    assert high is not None
    whole = one.domain.whole
    inside = sorted({low, high, *(point for point in points if low <= point <= high)})
    found: list[Number] = []
    for index, point in enumerate(inside):
        if not whole or point == math.floor(point):
            found.append(point)
        if index + 1 < len(inside):
            between = _between(point, inside[index + 1], whole=whole)
            found += [] if between is None else [between]
    return tuple(found)


def _between(low: Number, high: Number, *, whole: bool) -> Number | None:
    """A number above ``low`` and below ``high``, whole where there is such a one."""
    first = math.floor(low) + 1
    if first < high:
        return first
    return None if whole else exact(Fraction(low + high) / 2)


def open_with(ruleset: Ruleset, questions: Iterable[str]) -> frozenset[str]:
    """What other answers to these questions may change.

    They themselves, questions that are asked because of them, and all that rules conclude or score.
    """
    found = {*questions, *CONCLUDED}
    while (
        asked := {
            one.id
            for one in ruleset.inputs.values()
            if one.only_if is not None and found & {source_of(key) for key in subjects_of(one.only_if)}
        }
        - found
    ):
        found |= asked
    return frozenset(found)


CONCLUDED = ("conclusions", "scores")
"""The sources of what rules conclude."""


MOST_CHANGED = 2
"""How many answers a change may touch."""

MOST_TRIED = 4_000
"""How many combinations are decided at most: about a fifth of a second."""

_MOST_SUBSETS = 6

Answers = Mapping[str, Any]
"""Answers as JSON data, by question."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Other answers to some questions, and the decision that they would come to.

    ``decision`` may have been made for answers that no rule tells apart from these. ``without`` are questions
    that do not apply any more, so that their answers have to be left out.
    """

    to: Answers
    decision: Decision
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The decision as things are, and every change that was tried.

    Not ``all``: there were too many, or a number counts by itself and not only by the rules' tests of it.
    """

    now: Decision
    tried: tuple[Alternative, ...]
    all: bool

    def outcomes(self) -> tuple[Alternative, ...]:
        """The changes with another verdict or other sessions, but for those that a smaller one brings too."""
        found: list[Alternative] = []
        for change in self.tried:
            came = outcome(change.decision)
            if came != outcome(self.now) and not self._brought_by_less(change, found):
                found.append(change)
        return tuple(found)

    def _brought_by_less(self, change: Alternative, found: Sequence[Alternative]) -> bool:
        return any(
            outcome(less.decision) == outcome(change.decision)
            and len(less.to) < len(change.to)
            and less.to.items() <= change.to.items()
            for less in found
        )


def outcome(decision: Decision) -> tuple[object, ...]:
    """What a person would notice: the verdict and the sessions."""
    return decision.plan.verdict, decision.plan.sessions


@dataclass(frozen=True, slots=True)
class Enough:
    """The smallest changes that bring what was asked for; none and ``all`` tried: nothing brings it."""

    changes: tuple[Alternative, ...]
    all: bool


class _Other(NamedTuple):
    """Another answer to a question, and its kind: equal where no rule tells answers apart; None: as now."""

    answer: Any
    kind: Hashable


class WhatIf:
    """What other answers would come to, for one valid assessment."""

    def __init__(
        self,
        compiled: CompiledRuleset,
        assessment: Mapping[str, Any],
        now: Decision,
        questions: Iterable[str] | None = None,
    ) -> None:
        """``now`` is the decision for the assessment as it is.

        ``questions``: those that may be answered otherwise, by id; None: the changeable ones.
        """
        self._compiled = compiled
        self._assessment = assessment
        self._now = now
        self._month: Any = now.facts.get(MONTH)
        ruleset = compiled.ruleset
        names = None if questions is None else set(questions)
        changeable = [
            one for one in ruleset.inputs.values() if (one.changeable if names is None else one.id in names)
        ]
        self._open = open_with(ruleset, (one.id for one in changeable))
        self._other = {
            one.id: self._with_kinds(
                one, [answer for answer in _answers(ruleset, one) if not _same(one, answer, now)]
            )
            for one in changeable
        }
        self._all = not any(_is_cut(one) for one in changeable)
        self._told_apart = _counted(ruleset).isdisjoint(one.id for one in changeable)
        self._known: dict[frozenset[tuple[str, Hashable]], Alternative | None] = {}

    def changes(self) -> Alternatives:
        """Every change of one answer, then of two.

        Raises:
            DoubleEntryError: engine and evaluator differ.
            EngineFault: the engine refused.
        """
        tried, complete = self._try(range(1, MOST_CHANGED + 1), MOST_TRIED)
        return Alternatives(self._now, tuple(tried), complete and self._all and self._told_apart)

    def single(self) -> tuple[Alternative, ...]:
        """Every change of one answer, as far as it may be tried.

        Raises:
            DoubleEntryError: engine and evaluator differ.
            EngineFault: the engine refused.
        """
        return tuple(self._try([1], MOST_TRIED)[0])

    def enough(self, wanted: Callable[[Decision], bool], needed: Iterable[Rule] | None = None) -> Enough:
        """The smallest changes, of as many answers as it takes, after which the decision is as wanted.

        ``needed``: one of these rules fires in each such decision; None: that is not known.

        Raises:
            DoubleEntryError: engine and evaluator differ.
            EngineFault: the engine refused.
        """
        if needed is not None and not any(map(self._may_fire, needed)):
            return Enough((), all=True)
        left = MOST_TRIED
        for size in range(1, len(self._other) + 1):
            tried, complete = self._try([size], left)
            left -= len(tried)
            found = tuple(change for change in tried if wanted(change.decision))
            if found or not complete:
                return Enough(found, complete and self._all)
        return Enough((), self._all)

    def _may_fire(self, rule: Rule) -> bool:
        """Whether the rule may fire once questions are answered otherwise; False is certain."""
        return could_be(rule.when, self._now.facts, self._is_open)

    def _is_open(self, key: str) -> bool:
        return source_of(key) in self._open

    def _try(self, sizes: Iterable[int], most: int) -> tuple[list[Alternative], bool]:
        """Each change that leaves a valid assessment, and whether none was left out."""
        tried: list[Alternative] = []
        for number, changed in enumerate(_combinations(self._other, sizes)):
            if number >= most:
                return tried, False
            change = self._changed(changed)
            if change is not None:
                tried.append(change)
        return tried, True

    def _changed(self, changed: Mapping[str, _Other]) -> Alternative | None:
        """The change; None where it leaves no valid assessment, for another question would be asked."""
        to = {name: other.answer for name, other in changed.items()}
        kinds = frozenset((name, other.kind) for name, other in changed.items() if other.kind is not None)
        if kinds not in self._known:
            self._known[kinds] = self._decided(to) if kinds else Alternative(to, self._now)
        known = self._known[kinds]
        if known is None or not to.keys().isdisjoint(known.without):
            return None
        return replace(known, to=to)

    def _with_kinds(self, one: Input, answers: Iterable[Any]) -> list[_Other]:
        """Other answers to a question, with their kinds."""
        kind_of = self._compiled.alike.kind_of
        given = self._assessment.get(one.id)
        now = None if given is None else kind_of(one.id, given, self._matter)
        kinds = ((answer, kind_of(one.id, answer, self._matter)) for answer in answers)
        return [_Other(answer, None if kind == now else kind) for answer, kind in kinds]

    @cached_property
    def _matter(self) -> frozenset[int]:
        return self._compiled.alike.tests_that_matter(self._now.facts, self._is_open)

    def _decided(self, to: Answers) -> Alternative | None:
        assessment = {**self._assessment, **to}
        decision = self._compiled.decide(assessment, self._month, self._now.language)
        without: list[str] = []
        while not isinstance(decision, Decision):
            names = [_not_applicable(refusal) for refusal in decision]
            if not all(name in assessment and name not in to for name in names):
                return None
            without += [name for name in names if name is not None]
            assessment = {name: answer for name, answer in assessment.items() if name not in names}
            decision = self._compiled.decide(assessment, self._month, self._now.language)
        return Alternative(to, decision, tuple(sorted(without)))


def _not_applicable(refusal: Refusal) -> str | None:
    """The question that does not apply; None: something else is wrong."""
    return refusal.pointer.rpartition("/")[2] if refusal.code == "not-applicable" else None


def _counted(ruleset: Ruleset) -> set[str]:
    """The numbers from which progress is reckoned, so that each may come to something else."""
    return {
        fact
        for rule in ruleset.rules
        for _, fact in rule.then.references("base", "conditional gate")
        if isinstance(fact, str) and fact in ruleset.inputs
    }


def _combinations(other: Mapping[str, Sequence[_Other]], sizes: Iterable[int]) -> Iterator[dict[str, _Other]]:
    for size in sizes:
        for names in combinations(other, size):
            for answers in product(*(other[name] for name in names)):
                yield dict(zip(names, answers, strict=True))


def _same(one: Input, answer: Any, now: Decision) -> bool:
    """Whether the answer is the one that the decision rests on."""
    fact = now.facts.get(one.id)
    if isinstance(answer, list):
        return fact == frozenset(answer)
    if isinstance(answer, int | float) and not isinstance(answer, bool):
        return fact is not None and fact == exact(answer)
    return fact == answer and type(fact) is type(answer)


def _answers(ruleset: Ruleset, one: Input) -> list[Any]:
    options = [option.id for option in one.options]
    match one.domain.shape:
        case "yes_no":
            return [False, True]
        case "choice":
            return options
        case "set":
            most = len(options) if not _is_cut(one) else 1
            return [list(some) for size in range(most + 1) for some in combinations(options, size)]
        case "number":
            points = points_that_matter(ruleset).get(one.id, ())
            return [as_json(number) for number in cells(one, points)]
        case _ as never:
            assert_never(never)


def _is_cut(one: Input) -> bool:
    """Whether not every answer is tried: sets of many options have too many."""
    return one.domain.shape == "set" and len(one.options) > _MOST_SUBSETS

"""When a question is asked, as flat lists of comparisons that a form can follow.

A form knows no unknown: a question is shown where its ``only if`` is true, and not where it is false or
unknown. So conditions are brought to a conjunction of lists: of each list any comparison has to hold, but for
one that holds all that must hold by themselves. Comparisons are those of FHIR R4's ``enableWhen``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Literal, assert_never

from service.evaluation.truth import truth_of
from service.model.condition import AllOf, Condition, Interval, Not, Scalar, Test, unfolded
from service.model.problem import Place
from service.model.ruleset import Input, Ruleset

MOST_LISTS = 16
"""So many lists a question may need; a form with more of them in each other is none that works."""

_MOST_CLAUSES = 256
"""So many alternatives are looked at on the way."""

Operator = Literal["exists", "=", "!=", ">", "<", ">=", "<="]


@dataclass(frozen=True, slots=True)
class AnswerComparison:
    """One look at the answers to a question; of ``exists`` the value is whether there is one.

    ``!=`` holds where no answer is the value, so also where there is none.
    """

    question: str
    operator: Operator
    value: Scalar


@dataclass(frozen=True, slots=True)
class ComparisonList:
    """Comparisons of which ``any`` has to hold, or ``all``."""

    behavior: Literal["any", "all"]
    comparisons: tuple[AnswerComparison, ...]


_Clause = tuple[AnswerComparison, ...]
"""Comparisons of which one has to hold."""


class _TooMany(Exception):
    """More alternatives than are looked at."""


def skip_logic(ruleset: Ruleset, one: Input) -> tuple[ComparisonList, ...] | None:
    """The lists that all have to hold for the question to be asked; None: it takes too many of them."""
    if one.only_if is None:
        return ()
    try:
        clauses = _Clauses(ruleset).of(unfolded(one.only_if), wanted=True)
    except _TooMany:
        return None
    if () in clauses:
        first = next(iter(_Clauses(ruleset).questions(one.only_if)))
        return (
            ComparisonList(
                "all", (AnswerComparison(first, "exists", True), AnswerComparison(first, "exists", False))
            ),
        )
    alone = tuple(clause[0] for clause in clauses if len(clause) == 1)
    lists = [ComparisonList("all", alone)] if alone else []
    lists += [ComparisonList("any", clause) for clause in clauses if len(clause) > 1]
    return tuple(lists) if len(lists) <= MOST_LISTS else None


def not_for_forms(ruleset: Ruleset) -> Iterator[tuple[Place, str]]:
    """Why there is no FHIR Questionnaire of a ruleset, each reason at its place; none: there is one."""
    for one in ruleset.inputs.values():
        if skip_logic(ruleset, one) is None:
            place = one.places.get(("only if",), one.place)
            yield place, f"when {one.id} is asked takes more than {MOST_LISTS} lists of comparisons."


class _Clauses:
    """Conditions of a ruleset's questions as clauses that all have to hold."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._inputs = ruleset.inputs
        self._subjects = ruleset.subjects

    def questions(self, condition: Condition) -> list[str]:
        """The questions that it looks at."""
        if isinstance(condition, Not):
            return self.questions(condition.part)
        if isinstance(condition, Test):
            return [self._subjects[key].name for key in condition.subjects]
        return [name for part in condition.parts for name in self.questions(part)]

    def of(self, condition: Condition, *, wanted: bool) -> list[_Clause]:
        """Where the condition is true (``wanted``), or where it is false.

        Raises:
            _TooMany: there are too many.
        """
        if isinstance(condition, Not):
            return self.of(condition.part, wanted=not wanted)
        if isinstance(condition, Test):
            return self._test(condition, wanted=wanted)
        parts = [self.of(part, wanted=wanted) for part in condition.parts]
        if isinstance(condition, AllOf) == wanted:
            return _needed(clause for part in parts for clause in part)
        return reduce(_either, parts)

    def _test(self, test: Test, *, wanted: bool) -> list[_Clause]:
        one = self._inputs[self._subjects[test.subject].name]
        attribute = test.subject.partition(".")[2]
        if test.op in ("given", "unknown"):
            return [self._given(one, attribute, holds=(test.op == "given") == wanted)]
        match one.domain.shape:
            case "set":
                holds_any, members = passing_members(one, test, wanted=wanted)
                return [_equal(one, members)] if holds_any else _unequal(one, members)
            case "number":
                return _of_a_number(one, test, wanted=wanted)
            case "choice" | "yes_no":
                return [_equal(one, passing_answers(one, attribute, test, wanted=wanted))]
            case shape:
                assert_never(shape)

    def _given(self, one: Input, attribute: str, *, holds: bool) -> _Clause:
        """Where there is an answer, or one whose option has the attribute; or where there is none."""
        if not attribute:
            return (AnswerComparison(one.id, "exists", holds),)
        options = [option.id for option in one.options if (attribute in option.attributes) is holds]
        found = _equal(one, options)
        return found if holds else (AnswerComparison(one.id, "exists", False), *found)


def passing_answers(one: Input, attribute: str, test: Test, *, wanted: bool) -> list[Scalar]:
    """The options of a choice, or yes and no, of which a test is true (``wanted``), or false.

    ``attribute``: the test is of this attribute of them; empty: of the answer itself.
    """
    truth = truth_of(test)
    if one.domain.shape == "yes_no":
        return [value for value in (False, True) if truth({test.subject: value}) is wanted]
    passing: list[Scalar] = []
    for option in one.options:
        value = option.attributes.get(attribute) if attribute else option.id
        if value is not None and truth({test.subject: value}) is wanted:
            passing.append(option.id)
    return passing


def passing_members(one: Input, test: Test, *, wanted: bool) -> tuple[bool, list[Scalar]]:
    """Where a test of a set is true (``wanted``), or false: whether one of some options is in it, or none."""
    match test.op:
        case "includes_any":
            holds_any = wanted
        case "includes_none":
            holds_any = not wanted
        case "among" | "not_among" | "within" | "compared" | "given" | "unknown":
            raise TypeError(f"a set can't be tested by {test.op}")
        case _:
            assert_never(test.op)
    return holds_any, [option.id for option in one.options if option.id in test.values]


def passing_numbers(test: Test, *, wanted: bool) -> tuple[bool, Interval | list[Scalar]]:
    """Where a test of a number is true (``wanted``), or false: whether inside or outside, and of what."""
    match test.op:
        case "within":
            assert test.interval is not None
            return wanted, test.interval
        case "among" | "not_among":
            return wanted == (test.op == "among"), sorted(test.values, key=lambda value: (0, value))
        case "includes_any" | "includes_none" | "compared" | "given" | "unknown":
            raise TypeError(f"the value of a number can't be tested by {test.op}")
        case _:
            assert_never(test.op)


def _of_a_number(one: Input, test: Test, *, wanted: bool) -> list[_Clause]:
    inside, numbers = passing_numbers(test, wanted=wanted)
    if isinstance(numbers, Interval):
        return _inside(one, numbers) if inside else [_outside(one, numbers)]
    return [_equal(one, numbers)] if inside else _unequal(one, numbers)


def _equal(one: Input, values: Iterable[Scalar]) -> _Clause:
    return tuple(AnswerComparison(one.id, "=", value) for value in values)


def _unequal(one: Input, values: Iterable[Scalar]) -> list[_Clause]:
    """Answered, and with none of these."""
    return [
        (AnswerComparison(one.id, "exists", True),),
        *((AnswerComparison(one.id, "!=", value),) for value in values),
    ]


def _inside(one: Input, interval: Interval) -> list[_Clause]:
    found: list[_Clause] = []
    if interval.low is not None:
        found.append((AnswerComparison(one.id, ">" if interval.low_open else ">=", interval.low),))
    if interval.high is not None:
        found.append((AnswerComparison(one.id, "<" if interval.high_open else "<=", interval.high),))
    return found or [(AnswerComparison(one.id, "exists", True),)]


def _outside(one: Input, interval: Interval) -> _Clause:
    found: list[AnswerComparison] = []
    if interval.low is not None:
        found.append(AnswerComparison(one.id, "<=" if interval.low_open else "<", interval.low))
    if interval.high is not None:
        found.append(AnswerComparison(one.id, ">=" if interval.high_open else ">", interval.high))
    return tuple(found)


def _either(some: list[_Clause], others: list[_Clause]) -> list[_Clause]:
    """Where all of these hold, or all of those."""
    if len(some) * len(others) > _MOST_CLAUSES:
        raise _TooMany
    return _needed((*one, *other) for one in some for other in others)


def _needed(clauses: Iterable[_Clause]) -> list[_Clause]:
    """Each clause once, without those that hold always, or wherever another does."""
    kept: dict[frozenset[AnswerComparison], _Clause] = {}
    for clause in map(_shortest, clauses):
        if clause is not None:
            kept.setdefault(frozenset(clause), clause)
    return [clause for found, clause in kept.items() if not any(other < found for other in kept)]


def _shortest(clause: _Clause) -> _Clause | None:
    """The clause with nothing that it says twice; None: it always holds."""
    exists = {one.question: one.value for one in clause if one.operator == "exists" and one.value}
    lacks = {one.question for one in clause if one.operator == "exists" and not one.value}
    if not lacks.isdisjoint(exists):
        return None
    return tuple(
        one for one in dict.fromkeys(clause) if one.operator in ("exists", "!=") or one.question not in exists
    )

"""Everything that can be given to one ruleset, or to either of two: one set of variables for both.

A question that both ask the same way is one question. Options that only one of them has stand beside the
others, numbers are cut where either of them looks, and a question that changed its kind stands twice, of
which one can be answered. The month of the day for which is asked is one more question, so that proofs
range over all twelve. What an assessment may hold is said here; what each ruleset accepts is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, assert_never

from schemas.language import Shape
from service.analysis.proofs.logic import Formula, Model, at_most_one, not_, or_, variable
from service.evaluation.changing import points_that_matter
from service.model.condition import DAY, MONTH, MONTH_SUBJECT, MONTHS, THE_MONTH, Condition, Domain, Scalar
from service.model.number import Number, as_json, exact
from service.model.ruleset import SESSIONS_DONE, Input, Option, Ruleset

Assessment = Mapping[str, Any]
"""As JSON data."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Numbers that no test of either ruleset tells apart, and the one that stands for them.

    Either one number (``low`` = ``high``) or those between the two, its ends not among them; ``whole``: only
    whole ones, only others, or (None) all.
    """

    one: Number
    low: Number
    high: Number
    whole: bool | None = None

    @property
    def count(self) -> int | None:
        """How many numbers it holds; None where they can't be counted."""
        if self.low == self.high:
            return 1
        return math.ceil(self.high) - math.floor(self.low) - 1 if self.whole else None


@dataclass(frozen=True, slots=True)
class AskedShape:
    """What can be given for one question, in one shape.

    ``values``: a variable for each option, yes or no, cell of numbers (by the number that stands for it), or
    member of a set.
    """

    name: str
    shape: Shape
    given: Formula
    values: Mapping[Scalar, Formula]
    cells: Mapping[Scalar, Cell]


class AskedQuestions:
    """All assessments that could be put to any of these rulesets."""

    def __init__(self, *rulesets: Ruleset, also: Iterable[Condition] = ()) -> None:
        """``rulesets``: the newest first; ``also``: further conditions that numbers will be tested by."""
        self._rulesets = rulesets
        self._points = _points(rulesets, tuple(also))
        self.names = tuple(dict.fromkeys(name for one in rulesets for name in one.inputs))
        self.asked: dict[str, tuple[AskedShape, ...]] = {
            name: tuple(self._asked(name)) for name in self.names
        }

    def varied(self, question: str) -> AskedQuestions:
        """The same questions, but that one may be answered otherwise: all other variables are shared."""
        other = AskedQuestions.__new__(AskedQuestions)
        other._rulesets, other._points, other.names = self._rulesets, self._points, self.names
        other.asked = {**self.asked, question: tuple(self._asked(question, prefix="other "))}
        return other

    def newest(self, name: str) -> Input:
        """The question as the newest ruleset that asks it does."""
        return next(one.inputs[name] for one in self._rulesets if name in one.inputs)

    def _asked(self, name: str, prefix: str = "") -> Iterator[AskedShape]:
        by_shape: dict[Shape, list[Input]] = {}
        for ruleset in self._rulesets:
            if name in ruleset.inputs:
                one = ruleset.inputs[name]
                by_shape.setdefault(one.domain.shape, []).append(one)
        # Of two versions a number from the middle shows best what is meant; of one the lowest does.
        whole = _first_between if len(self._rulesets) == 1 else _middle_between
        for shape, ones in by_shape.items():
            called = prefix + (name if len(by_shape) == 1 else f"{name}:{shape}")
            cells = _cells(ones, self._points.get(name, ()), whole) if shape == "number" else ()
            values: dict[Scalar, Formula] = {
                value: variable(f"{called}={value}") for value in _values(shape, ones, cells)
            }
            given = variable(f"{called}?") if shape == "set" else or_(values.values())
            yield AskedShape(name, shape, given, values, {cell.one: cell for cell in cells})

    def rules(self, *names: str) -> Iterator[Formula]:
        """What holds for every assessment: a question has one answer, and members stand in a set.

        Of these questions; none named: of all.
        """
        for name in names or self.names:
            shapes = self.asked[name]
            yield at_most_one(asked.given for asked in shapes)
            for asked in shapes:
                if asked.shape == "set":
                    yield from (or_((not_(held), asked.given)) for held in asked.values.values())
                else:
                    yield at_most_one(asked.values.values())

    def answers(self, one: Input) -> Answers:
        """The answers to a question that its ruleset takes."""
        asked = next(asked for asked in self.asked[one.id] if asked.shape == one.domain.shape)
        values = {value: held for value, held in asked.values.items() if takes(one, value)}
        return Answers(one, asked.given if asked.shape == "set" else or_(values.values()), values)

    def foreign(self, ruleset: Ruleset, name: str) -> Iterator[Formula]:
        """What can be given for a question and this ruleset does not take, whatever else is given."""
        one = ruleset.inputs.get(name)
        for asked in self.asked[name]:
            if one is None or asked.shape != one.domain.shape:
                yield asked.given
            else:
                yield from (held for value, held in asked.values.items() if not takes(one, value))

    def assessment(self, model: Model) -> Assessment:
        """What is given in a model, in the order in which the questions are asked."""
        given: dict[str, Any] = {}
        for name, shapes in self.asked.items():
            for asked in shapes:
                if model.holds(asked.given):
                    held = [_plain(value) for value, formula in asked.values.items() if model.holds(formula)]
                    given[name] = held if asked.shape == "set" else held[0]
        return given


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to a question that a ruleset takes: whether there is one, and which value or members.

    ``values`` has a formula for each option, yes or no, or cell of numbers; for a set, one for each member.
    """

    one: Input
    given: Formula
    values: Mapping[Scalar, Formula]

    @property
    def is_set(self) -> bool:
        """Whether it is answered with a set."""
        return self.one.domain.shape == "set"


def takes(one: Input, value: Scalar) -> bool:
    """Whether the question takes this option, member or number, whatever else is given."""
    if one.domain.shape == "yes_no":
        return True
    if isinstance(value, str):
        return any(option.id == value for option in one.options)
    low, high = one.domain.low, one.domain.high
    assert low is not None
    assert high is not None
    return low <= value <= high and (not one.domain.whole or isinstance(value, int))


def _plain(value: Scalar) -> Any:
    return value if isinstance(value, str | bool) else as_json(value)


def _values(shape: Shape, ones: list[Input], cells: Iterable[Cell]) -> Iterable[Scalar]:
    match shape:
        case "yes_no":
            return (False, True)
        case "number":
            return [cell.one for cell in cells]
        case "choice" | "set":
            return dict.fromkeys(option.id for one in ones for option in one.options)
        case _:
            assert_never(shape)


def _cells(
    ones: list[Input], points: Iterable[Number], whole_between: Callable[[Number, Number], int | None]
) -> list[Cell]:
    """The cells of a question, ascending; ``whole_between``: which whole number stands for those between."""
    ends = [end for one in ones for end in (one.domain.low, one.domain.high) if end is not None]
    inside = sorted({*ends, *(point for point in points if min(ends) <= point <= max(ends))})
    some_whole = any(one.domain.whole for one in ones)
    only_whole = all(one.domain.whole for one in ones)
    found: list[Cell] = []
    for index, point in enumerate(inside):
        if isinstance(point, int) or not only_whole:
            found.append(Cell(point, point, point))
        if index + 1 == len(inside):
            break
        low, high = point, inside[index + 1]
        between = whole_between(low, high)
        if some_whole and between is not None:
            found.append(Cell(between, low, high, True))
        if not only_whole:
            one = _broken_between(low, high) if some_whole or between is None else between
            found.append(Cell(one, low, high, False if some_whole else None))
    return found


def _first_between(low: Number, high: Number) -> int | None:
    """The lowest whole number between the two."""
    first = math.floor(low) + 1
    return first if first < high else None


def _middle_between(low: Number, high: Number) -> int | None:
    """A whole number between the two, near the middle."""
    first, last = math.floor(low) + 1, math.ceil(high) - 1
    return (first + last) // 2 if first <= last else None


def _broken_between(low: Number, high: Number) -> Number:
    """A number between the two that is not whole."""
    step = min(Fraction(1), Fraction(high - low)) / 4
    tried = (exact(low + step * times) for times in (2, 1, 3))
    return next(number for number in tried if not isinstance(number, int))


def _points(rulesets: Iterable[Ruleset], also: tuple[Condition, ...]) -> dict[str, set[Number]]:
    """The numbers at which something may change in any of them, by question."""
    points: dict[str, set[Number]] = {SESSIONS_DONE: {0}}
    for ruleset in rulesets:
        for name, found in points_that_matter(ruleset, also).items():
            points.setdefault(name, set()).update(found)
    return points


def asking_the_month(*rulesets: Ruleset) -> tuple[Ruleset, ...]:
    """The rulesets as if they asked for the month, where one of them tests it; else as they are.

    Examples name it among the answers, as ``{"as of": "7"}``.
    """
    if not any(one.tests_month for one in rulesets):
        return rulesets
    month = replace(MONTH_SUBJECT, kind="attribute")
    return tuple(
        replace(one, inputs={**one.inputs, DAY: _month(one)}, subjects={**one.subjects, MONTH: month})
        for one in rulesets
    )


def _month(ruleset: Ruleset) -> Input:
    options = tuple(
        Option(str(month), name, {MONTH.partition(".")[2]: month})
        for month, name in enumerate(MONTHS, start=1)
    )
    return Input(
        id=DAY,
        label=THE_MONTH,
        kind="levels",
        domain=Domain("choice", tuple(option.id for option in options), ordered=True),
        place=ruleset.place,
        options=options,
        required=True,
        attributes={MONTH.partition(".")[2]: MONTH_SUBJECT.domain},
    )

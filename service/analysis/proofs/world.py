"""Every possible assessment of a ruleset at once, and what each comes to, as formulas over one solver.

An assessment *gives* answers (``service.analysis.proofs.questions``). A *fact* is what rules see: what was
given, or the default where the question applies and nothing was given. From facts follow the rules that
fire, what they conclude and the scores: Kleene's logic as two formulas a condition, where it is true and
where it is false. A test of a fact that is not there is neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import assert_never

from service.analysis.proofs.logic import (
    Formula,
    Solver,
    Sum,
    and_,
    implies,
    not_,
    or_,
)
from service.analysis.proofs.questions import Answers, AskedQuestions
from service.evaluation.intake import asking_order
from service.model.condition import (
    AllOf,
    Condition,
    Interval,
    Not,
    Scalar,
    Test,
    passes,
    subjects_of,
    unfolded,
)
from service.model.number import Number
from service.model.ruleset import AttributeRef, Input, Rule, Ruleset


@dataclass(frozen=True, slots=True)
class Score:
    """A score: where it is known, and its points."""

    known: Formula
    sum: Sum


class World:
    """All assessments of one ruleset, as formulas that a solver was told.

    What the ruleset accepts is kept apart (``accepts``): of two rulesets over the same questions an
    assessment may be one of the other alone.
    """

    def __init__(
        self,
        ruleset: Ruleset,
        solver: Solver,
        questions: AskedQuestions,
        known: dict[Formula, Formula] | None = None,
        name: str = "",
    ) -> None:
        """``known``: what variables stand for, shared, so that what is alike in two worlds is the same."""
        self.ruleset = ruleset
        self.solver = solver
        self.questions = questions
        self.name = name
        self._known_as = {} if known is None else known
        self._accepting: list[tuple[str, Formula]] = []
        self.answers: dict[str, Answers] = {}
        self.facts: dict[str, Fact] = {}
        self.applies: dict[str, tuple[Formula, Formula]] = {}
        self.fired: list[Formula] = [False] * len(ruleset.rules)
        self.conclusion_levels: dict[str, dict[str, Formula]] = {}
        self.flags: dict[str, Formula] = {}
        self.scores: dict[str, Score] = {}
        self._truths: dict[tuple[Test, bool], Formula] = {}
        for one in asking_order(ruleset):
            self._ask(one)
        for contradiction in ruleset.contradictions:
            told = self.true(contradiction.when)
            self._accepting.append((contradiction.inputs[0], not_(told)))
        for stage in ruleset.stages:
            self._conclude(stage)
            for index in stage:
                self.fired[index] = self._defined(f"fires:{index}", self.true(ruleset.rules[index].when))
        self._conclude(None)
        for asked in questions.names:
            self._accepting += [(asked, not_(stray)) for stray in questions.foreign(ruleset, asked)]

    @classmethod
    def alone(cls, ruleset: Ruleset, solver: Solver) -> World:
        """The world of one ruleset, in which the solver is told that each assessment is accepted."""
        promised = (one.when for one in ruleset.guarantees if one.when is not None)
        questions = AskedQuestions(ruleset, also=promised)
        for rule in questions.rules():
            solver.add(rule)
        world = cls(ruleset, solver, questions)
        solver.add(world.accepts())
        return world

    def varied(self, question: str) -> World:
        """The world in which one question may be answered otherwise; all that does not rest on it is shared.

        The solver is told of it from here on, until the scope that this is said in is left.
        """
        questions = self.questions.varied(question)
        for rule in questions.rules(question):
            self.solver.add(rule)
        # A copy: what is defined for this world stands only as long as the solver's scope.
        world = World(self.ruleset, self.solver, questions, dict(self._known_as), f"other {question}:")
        shared = {only for _, only in self._accepting}
        for _, only in world._accepting:
            if only not in shared:
                self.solver.add(only)
        return world

    # -- questions --------------------------------------------------------------------------------

    def _ask(self, one: Input) -> None:
        answered = self.answers[one.id] = self.questions.answers(one)
        applies = (True, False) if one.only_if is None else (self.true(one.only_if), self.false(one.only_if))
        self.applies[one.id] = applies
        self._accepting.append((one.id, implies(applies[1], not_(answered.given))))
        if one.required:
            self._accepting.append((one.id, implies(applies[0], answered.given)))
        self.facts[one.id] = fact(answered, applies[0])

    def accepts(self, question: str | None = None) -> Formula:
        """The ruleset accepts the assessment, as far as this question goes (None: in all)."""
        return and_(only for name, only in self._accepting if question in (None, name))

    def given(self, name: str) -> Formula:
        """The question is answered, or has its default."""
        return self.facts[name].given

    def values(self, question: str) -> Mapping[Scalar, Formula]:
        """The formula of each value that the question can have as a fact; for a set, of each member."""
        found = self.facts.get(question)
        return {} if found is None else found.values

    def above(self, question: str, number: Number) -> Formula:
        """The answer to the question is a number whose cell lies above this one, or begins right above it."""
        numbers = self.values(question).items()
        return or_(held for value, held in numbers if not isinstance(value, str | bool) and value > number)

    def unanswered(self) -> Formula:
        """A question that must be asked applies, or may apply, and was not answered."""
        return or_(
            and_((not_(self.applies[one.id][1]), not_(self.answers[one.id].given)))
            for one in self.ruleset.inputs.values()
            if one.must_ask
        )

    def option(self, name: str, option: str) -> Formula:
        """The question's value is this option."""
        return self.facts[name].values[option]

    # -- conditions -------------------------------------------------------------------------------

    def true(self, condition: Condition) -> Formula:
        """The condition is true."""
        return self._truth(condition, passed=True)

    def false(self, condition: Condition) -> Formula:
        """The condition is false: not merely unknown."""
        return self._truth(condition, passed=False)

    def _truth(self, condition: Condition, *, passed: bool) -> Formula:
        if isinstance(condition, Test) and condition.target is not None:
            return self._truth(unfolded(condition), passed=passed)
        if isinstance(condition, Test):
            key = (condition, passed)
            if key not in self._truths:
                self._truths[key] = self._test(condition, passed=passed)
            return self._truths[key]
        if isinstance(condition, Not):
            return self._truth(condition.part, passed=not passed)
        parts = [self._truth(part, passed=passed) for part in condition.parts]
        return and_(parts) if isinstance(condition, AllOf) is passed else or_(parts)

    def _test(self, test: Test, *, passed: bool) -> Formula:
        if test.op in ("given", "unknown"):
            known = self._is_known(test.subject)
            return known if (test.op == "given") is passed else not_(known)
        subject = self.ruleset.subjects[test.subject]
        match subject.kind:
            case "input":
                return tested(self.facts[subject.name], test, passed=passed)
            case "attribute":
                attribute = test.subject.partition(".")[2]
                return attribute_test(self.facts[subject.name], attribute, test, passed=passed)
            case "score":
                score = self.scores[subject.name]
                held = _compared(score.sum, test)
                return and_((score.known, held if passed else not_(held)))
            case "conclusion":
                return self._of_conclusion(subject.name, test, passed=passed)
            case "day":
                raise TypeError("the month is asked as a question (asking_the_month)")
            case _:
                assert_never(subject.kind)

    def _of_conclusion(self, name: str, test: Test, *, passed: bool) -> Formula:
        if name in self.flags:
            flag = self.flags[name]
            return or_(
                (flag if value else not_(flag)) for value in (True, False) if passes(test, value) is passed
            )
        levels = self.conclusion_levels[name]
        return or_(held for level, held in levels.items() if passes(test, level) is passed)

    def _is_known(self, key: str) -> Formula:
        subject = self.ruleset.subjects[key]
        match subject.kind:
            case "input":
                return self.facts[subject.name].given
            case "attribute":
                return _has(self.facts[subject.name], key.partition(".")[2])
            case "score":
                return self.scores[subject.name].known
            case "conclusion":
                if subject.name in self.flags:
                    return True
                return or_(self.conclusion_levels[subject.name].values())
            case "day":
                raise TypeError("the month is asked as a question (asking_the_month)")
            case _:
                assert_never(subject.kind)

    # -- what rules add ---------------------------------------------------------------------------

    def _conclude(self, stage: tuple[int, ...] | None) -> None:
        """Settle the conclusions and scores that the rules of the stage look at (None: all others)."""
        rules = self.ruleset.rules
        wanted: Iterable[str] = self.ruleset.subjects
        if stage is not None:
            wanted = {key for index in stage for key in subjects_of(rules[index].when)}
        for key in sorted(wanted):
            subject = self.ruleset.subjects[key]
            if subject.kind == "score" and subject.name not in self.scores:
                self.scores[subject.name] = self._score(subject.name)
            elif subject.kind == "conclusion" and subject.name not in (*self.flags, *self.conclusion_levels):
                self._settle(subject.name)

    def _settle(self, name: str) -> None:
        by_level = self.concluding(name)
        if name not in self.ruleset.conclusion_levels:
            self.flags[name] = or_(self.fired[index] for index in by_level.get(True, ()))
            return
        higher: list[Formula] = []
        held: dict[str, Formula] = {}
        for level in reversed(self.ruleset.conclusion_levels[name]):
            reached = or_(self.fired[index] for index in by_level.get(level, ()))
            held[level] = self._defined(f"level:{name}={level}", and_((reached, not_(or_(higher)))))
            higher.append(reached)
        self.conclusion_levels[name] = held

    def concluding(self, name: str) -> dict[str | bool, list[int]]:
        """The rules that draw a conclusion, by what they conclude."""
        by_level: dict[str | bool, list[int]] = {}
        for index, rule in enumerate(self.ruleset.rules):
            for concluded, level in rule.then.conclude:
                if concluded == name:
                    by_level.setdefault(level, []).append(index)
        return by_level

    def _score(self, name: str) -> Score:
        known: list[Formula] = []
        points: list[tuple[Formula, Number]] = []
        for index, rule in enumerate(self.ruleset.rules):
            for score, given in rule.then.points:
                for point in given if score == name else ():
                    if not isinstance(point, AttributeRef):
                        points.append((self.fired[index], point))
                        continue
                    known.append(implies(self.fired[index], self.known(point)))
                    points += [
                        (and_((self.fired[index], held)), number) for held, number in self.attribute(point)
                    ]
        all_known = and_(known)
        return Score(all_known, Sum(points))

    def attribute(self, ref: AttributeRef) -> list[tuple[Formula, Number]]:
        """The number of each option that has one, beside the formula of that option being given."""
        found = self.facts[ref.input]
        return [
            (found.values[option.id], option.attributes[ref.attribute])  # type: ignore[misc]
            for option in found.one.options
            if ref.attribute in option.attributes
        ]

    def known(self, ref: AttributeRef) -> Formula:
        """An option is given that has the attribute."""
        return _has(self.facts[ref.input], ref.attribute)

    def _defined(self, name: str, formula: Formula) -> Formula:
        """A variable that stands for the formula, so that what rests on it stays small."""
        if isinstance(formula, bool):
            return formula
        if formula not in self._known_as:
            self._known_as[formula] = self.solver.define(f"{self.name}{name}", formula)
        return self._known_as[formula]

    def rules(self) -> Iterable[tuple[Formula, Rule]]:
        """Each rule with the formula of its firing."""
        return zip(self.fired, self.ruleset.rules, strict=True)


def _compared(points: Sum, test: Test) -> Formula:
    """A score that is known passes the test."""
    match test.op:
        case "within":
            assert test.interval is not None
            return _inside(points, test.interval)
        case "among":
            return or_(points.equals(value) for value in test.values if not isinstance(value, str))
        case "not_among":
            return not_(or_(points.equals(value) for value in test.values if not isinstance(value, str)))
        case "given":
            return True
        case "unknown":
            return False
        case "includes_any" | "includes_none" | "compared":
            raise TypeError(f"A score can't be tested by {test.op}")
        case _:
            assert_never(test.op)


def _inside(points: Sum, interval: Interval) -> Formula:
    ends: list[Formula] = []
    if interval.low is not None:
        ends.append(points.above(interval.low) if interval.low_open else points.at_least(interval.low))
    if interval.high is not None:
        over = points.at_least(interval.high) if interval.high_open else points.above(interval.high)
        ends.append(not_(over))
    return and_(ends)


# -- facts and their tests -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fact:
    """What rules see of a question: whether there is a value, and which."""

    one: Input
    given: Formula
    values: Mapping[Scalar, Formula]


def fact(answered: Answers, applies: Formula) -> Fact:
    """The fact that follows from the answers where the question applies (or surely does not)."""
    one = answered.one
    if one.default is None:
        return Fact(one, answered.given, answered.values)
    taken = and_((applies, not_(answered.given)))
    default = one.default if isinstance(one.default, frozenset) else frozenset((one.default,))
    values = {
        value: or_((held, taken)) if value in default else held for value, held in answered.values.items()
    }
    return Fact(one, or_((answered.given, applies)), values)


def tested(found: Fact, test: Test, *, passed: bool) -> Formula:
    """The fact is there and passes the test (or, not ``passed``, does not)."""
    if found.one.domain.shape != "set":
        return or_(held for value, held in found.values.items() if passes(test, value) is passed)
    passing = _passing_set(found, test)
    return and_((found.given, passing if passed else not_(passing)))


def _passing_set(found: Fact, test: Test) -> Formula:
    """A set that there is passes the test."""
    some = or_(held for value, held in found.values.items() if value in test.values)
    match test.op:
        case "includes_any":
            return some
        case "includes_none":
            return not_(some)
        case "given":
            return True
        case "unknown":
            return False
        case "among" | "not_among" | "within" | "compared":
            raise TypeError(f"A set can't be tested by {test.op}")
        case _:
            assert_never(test.op)


def _has(found: Fact, attribute: str) -> Formula:
    """An option is given that has the attribute."""
    options = found.one.options
    if all(attribute in option.attributes for option in options):
        return found.given
    return or_(found.values[option.id] for option in options if attribute in option.attributes)


def attribute_test(found: Fact, attribute: str, test: Test, *, passed: bool) -> Formula:
    """An option is given whose attribute passes the test (or, not ``passed``, does not)."""
    return or_(
        found.values[option.id]
        for option in found.one.options
        if attribute in option.attributes and passes(test, option.attributes[attribute]) is passed
    )

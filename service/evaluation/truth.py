"""The independent evaluator: the truth of every condition, in Kleene's three-valued logic.

It shares nothing with the engine's path but the conditions themselves: no codes, no alternatives, no
chunks. It explains decisions, and on every evaluation what it says fired must be what the engine fired.

Conditions are compiled to plain Python, many into one function, because this runs beside every firing.
No text of a file gets into the source: it speaks of facts and constants by number. A condition is true
where its expression is, false where the expression of its negation is, and unknown where neither is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, assert_never

from schemas.language import covers, verbs
from service.model.condition import AllOf, AnyOf, Condition, Not, Test, Value, tests_of
from service.model.number import Number
from service.model.ruleset import Rule, Ruleset

TruthWord = Literal["true", "false", "unknown"]


@dataclass(frozen=True, slots=True)
class SeenTest:
    """One test as its author wrote it, its truth, and what was given (None: nothing).

    ``target``: the key of the attribute with which it compares, and what that is.
    """

    subject: str
    condition: str
    truth: TruthWord
    given: Value | None
    target: tuple[str, Value | None] | None = None


@dataclass(frozen=True, slots=True)
class ExplainedRule:
    """One rule: the truth of its whole condition, and of each test in it."""

    rule: Rule
    truth: TruthWord
    conditions: tuple[SeenTest, ...]


class Explainer:
    """Explains one ruleset's decisions."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._tests = every_test(rule.when for rule in ruleset.rules)
        conditions: list[Condition] = [*self._tests, *(rule.when for rule in ruleset.rules)]
        self._true = holding(enumerate(conditions))
        self._false = holding(enumerate(Not(condition) for condition in conditions))

    def explain(self, facts: Facts) -> Iterator[ExplainedRule]:
        """Every rule, in the ruleset's order, on facts that include conclusions and scores."""
        words: dict[int, TruthWord] = dict.fromkeys(self._true(facts), "true")
        words |= dict.fromkeys(self._false(facts), "false")
        of_test = {test: words.get(number, "unknown") for number, test in enumerate(self._tests)}
        for number, rule in enumerate(self._ruleset.rules, len(self._tests)):
            seen = tuple(
                SeenTest(
                    test.subject,
                    test.written,
                    of_test[test],
                    facts.get(test.subject),
                    None if test.target is None else (test.target.key, facts.get(test.target.key)),
                )
                for test in tests_of(rule.when)
            )
            yield ExplainedRule(rule, words.get(number, "unknown"), seen)


Facts = Mapping[str, Value]
Truth = Callable[[Facts], bool | None]
"""True, False, or None for unknown."""

Holding = Callable[[Facts], list[int]]
"""From facts to the numbers of the conditions that are true, in the order in which they were given."""


class Matched(NamedTuple):
    """What answers tell of a condition that is true: ``of`` gives it, and looks at the ``subjects`` alone."""

    subjects: tuple[str, ...]
    of: Callable[[Facts], dict[str, Value | None]]


def holding(conditions: Iterable[tuple[int, Condition]]) -> Holding:
    """One function for many numbered conditions; a subject without a fact is unknown."""
    source = _PythonSource()
    lines = [
        f" if {source.expression(condition, negated=False)}: held({number})"
        for number, condition in conditions
    ]
    made: Holding = source.function([*lines, " return found"], before=(" found = []; held = found.append",))
    return made


def truth_of(condition: Condition) -> Truth:
    """The condition as a function from facts to its truth."""
    source = _PythonSource()
    lines = [
        f" if {source.expression(condition, negated=False)}: return True",
        f" if {source.expression(condition, negated=True)}: return False",
        " return None",
    ]
    made: Truth = source.function(lines, before=())
    return made


def could_be(
    condition: Condition, facts: Facts, is_open: Callable[[str], bool], *, wanted: bool = True
) -> bool:
    """Whether a condition may come to ``wanted`` on these facts, those that are open being anything.

    ``is_open`` tells that of a subject by its key. False is certain; True is not.
    """
    return _comes_to(condition, facts, is_open, wanted=wanted, open_counts=True)


def is_whatever(
    condition: Condition, facts: Facts, is_open: Callable[[str], bool], spans: Spans = MappingProxyType({})
) -> bool:
    """Whether a condition is true on these facts, whatever those are that are open. True is certain."""
    return _comes_to(condition, facts, is_open, wanted=True, open_counts=False, spans=spans)


Spans = Mapping[str, tuple[Number, Number]]
"""Between which two numbers something open lies, by its key."""


def _comes_to(
    condition: Condition,
    facts: Facts,
    is_open: Callable[[str], bool],
    *,
    wanted: bool,
    open_counts: bool,
    spans: Spans = MappingProxyType({}),
) -> bool:
    """Whether it comes to ``wanted``; ``open_counts``: whether a test of what is open does, too."""
    if isinstance(condition, Test):
        if any(map(is_open, condition.subjects)):
            return open_counts or _within_throughout(condition, spans.get(condition.subject)) is wanted
        return _truth_of_test(condition)(facts) is wanted
    more: Any = {"open_counts": open_counts, "spans": spans}
    if isinstance(condition, Not):
        return _comes_to(condition.part, facts, is_open, wanted=not wanted, **more)
    parts = (_comes_to(part, facts, is_open, wanted=wanted, **more) for part in condition.parts)
    return all(parts) if isinstance(condition, AllOf) == wanted else any(parts)


def _within_throughout(test: Test, span: tuple[Number, Number] | None) -> bool | None:
    """Whether all numbers of a span pass a test, or none does; None: some may, or that can't be said."""
    interval = test.interval
    if span is None or test.op != "within" or interval is None:
        return None
    low, high = span
    if interval.holds(low) and interval.holds(high):
        return True
    ends = (interval.low, interval.high)
    apart = not any(end is not None and low <= end <= high for end in ends)
    return False if apart and not interval.holds(low) else None


@lru_cache(2_000)
def _truth_of_test(test: Test) -> Truth:
    return truth_of(test)


def matched_of(condition: Condition) -> Matched:
    """What gives the value of everything in the condition whose test holds.

    Nothing inside ``not`` is given; what was tested to be unknown is given as None. It is asked only where
    the condition is true, so tests that must all hold need not be looked at again.
    """
    tests = [*_outside_not(condition)]
    keys = {key: _subject_name(key) for test in tests for key in test.subjects}
    subjects = tuple(keys)
    if isinstance(condition, Test) or (
        isinstance(condition, AllOf) and all(isinstance(part, Test | Not) for part in condition.parts)
    ):
        return Matched(subjects, lambda facts: {told: facts.get(key) for key, told in keys.items()})
    holds = holding(enumerate(tests))

    def matched(facts: Facts) -> dict[str, Value | None]:
        held = (key for number in holds(facts) for key in tests[number].subjects)
        return {keys[key]: facts.get(key) for key in held}

    return Matched(subjects, matched)


def _subject_name(subject: str) -> str:
    """The subject as answers name it."""
    return subject.replace(" ", "_")


def _outside_not(condition: Condition) -> Iterable[Test]:
    if isinstance(condition, Test):
        yield condition
    elif not isinstance(condition, Not):
        for part in condition.parts:
            yield from _outside_not(part)


class _PythonSource:
    """Python source being written: the facts that it looks at and the constants that it names."""

    def __init__(self) -> None:
        self.facts: dict[str, int] = {}
        self.constants: dict[str, object] = {}

    def function(self, lines: Iterable[str], before: Iterable[str]) -> Any:
        """The function of facts that these lines make."""
        facts = [f" f{index} = given({self.constant(key)})" for key, index in self.facts.items()]
        text = "\n".join(["def function(facts):", " given = facts.get", *before, *facts, *lines])
        namespace = dict(self.constants)
        exec(compile(text, "<conditions>", "exec"), namespace)
        return namespace["function"]

    def constant(self, value: object) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def expression(self, condition: Condition, *, negated: bool) -> str:
        """An expression that is true exactly where the condition is true (``negated``: false)."""
        if isinstance(condition, Test):
            return self._test(condition, negated=negated)
        if isinstance(condition, Not):
            return self.expression(condition.part, negated=not negated)
        word = " and " if isinstance(condition, AllOf) != negated else " or "
        assert isinstance(condition, AllOf | AnyOf)
        return "(" + word.join(self.expression(part, negated=negated) for part in condition.parts) + ")"

    def _test(self, test: Test, *, negated: bool) -> str:
        fact = self._fact(test.subject)
        if test.op == "given":
            return f"{fact} is None" if negated else f"{fact} is not None"
        if test.op == "unknown":
            return f"{fact} is not None" if negated else f"{fact} is None"
        if test.target is not None:
            other = self._fact(test.target.key)
            compared = f"{'not ' if negated else ''}({fact} {_COMPARISONS[test.target.verb]} {other})"
            return f"({fact} is not None and {other} is not None and {compared})"
        return f"({fact} is not None and {'not ' if negated else ''}{self._passes(test, fact)})"

    def _fact(self, key: str) -> str:
        return f"f{self.facts.setdefault(key, len(self.facts))}"

    def _passes(self, test: Test, fact: str) -> str:
        match test.op:
            case "within":
                return self._within(test, fact)
            case "among" if len(test.values) == 1:
                return f"({fact} == {self.constant(next(iter(test.values)))})"
            case "among":
                return f"({fact} in {self.constant(test.values)})"
            case "not_among":
                return f"({fact} not in {self.constant(test.values)})"
            case "includes_any":
                return f"(not {self.constant(test.values)}.isdisjoint({fact}))"
            case "includes_none":
                return f"({self.constant(test.values)}.isdisjoint({fact}))"
            case "given" | "unknown" | "compared":
                raise ValueError(f"{test.op} does not look at one value")
            case _ as never:
                assert_never(never)

    def _within(self, test: Test, fact: str) -> str:
        interval = test.interval
        assert interval is not None
        parts = []
        if interval.low is not None:
            parts.append(f"{fact} {'>' if interval.low_open else '>='} {self.constant(interval.low)}")
        if interval.high is not None:
            parts.append(f"{fact} {'<' if interval.high_open else '<='} {self.constant(interval.high)}")
        return "(" + (" and ".join(parts) or "True") + ")"


_COMPARISONS = {"is": "==", "not": "!=", "at least": ">=", "at most": "<=", "above": ">", "below": "<"}
covers(_COMPARISONS, verbs("one value", "values", attribute=True), "comparisons of two facts")


def every_test(conditions: Iterable[Condition]) -> list[Test]:
    """Each distinct test of the conditions, in the order in which they are written."""
    return list(dict.fromkeys(test for condition in conditions for test in tests_of(condition)))

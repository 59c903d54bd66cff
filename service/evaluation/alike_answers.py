"""Which answers to a question no rule tells apart, so that one decision stands for all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Set
from functools import lru_cache
from typing import Any

from service.evaluation.truth import Facts, could_be, every_test, holding
from service.model.condition import Not, Value, tests_of
from service.model.number import exact
from service.model.ruleset import Ruleset

_MOST_KEPT = 4_096


class AlikeAnswers:
    """Tells the answers to each question of one ruleset by the tests that they pass and fail.

    Tests have numbers here. Of two answers that pass and fail the same tests the same rules fire and the same
    questions are asked, and so the plan is the same; only what was given differs.
    """

    def __init__(self, ruleset: Ruleset, counted: Iterable[str]) -> None:
        """``counted``: the keys of facts that count by themselves, and not only by tests of them."""
        asking = [one.only_if for one in ruleset.inputs.values() if one.only_if is not None]
        asking += [one.when for one in ruleset.contradictions]
        tests = every_test([*asking, *(rule.when for rule in ruleset.rules)])
        numbers = {test: number for number, test in enumerate(tests)}
        self._asking = frozenset(numbers[test] for condition in asking for test in tests_of(condition))
        self._rules = tuple(
            (rule.when, frozenset(numbers[test] for test in tests_of(rule.when))) for rule in ruleset.rules
        )
        compared = (key for test in tests if test.target is not None for key in test.subjects)
        self._counted = frozenset(source_of(key) for key in (*counted, *compared))
        of_source: dict[str, list[int]] = {}
        for test, number in numbers.items():
            of_source.setdefault(source_of(test.subject), []).append(number)
        self._true, self._false = (
            {
                source: holding((number, Not(tests[number]) if negated else tests[number]) for number in some)
                for source, some in of_source.items()
            }
            for negated in (False, True)
        )
        self._inputs = ruleset.inputs
        self._seen = lru_cache(_MOST_KEPT)(self._seen_of)

    def tests_that_matter(self, facts: Facts, is_open: Callable[[str], bool]) -> frozenset[int]:
        """The tests of questions, and of rules that may fire or not while all stays but what is open.

        ``is_open`` tells that of a fact by its key; what rules conclude has to be open.
        """
        matter = set(self._asking)
        for when, tests in self._rules:
            if not tests <= matter and all(
                could_be(when, facts, is_open, wanted=wanted) for wanted in (True, False)
            ):
                matter |= tests
        return frozenset(matter)

    def kind_of(self, question: str, answer: Any, matter: Set[int]) -> Hashable:
        """What is equal for two valid answers, as JSON data, where no test that matters tells them apart."""
        given = _fact(answer)
        if question in self._counted:
            return given
        return tuple(some & matter for some in self._seen(question, given))

    def _seen_of(self, question: str, given: Value) -> tuple[frozenset[int], frozenset[int]]:
        """The tests that an answer passes, and those that it fails."""
        if question not in self._true:
            return frozenset(), frozenset()
        one = self._inputs[question]
        facts: dict[str, Value] = {one.id: given}
        for option in one.options:
            if option.id == given:
                facts |= {f"{one.id}.{name}": value for name, value in option.attributes.items()}
        return frozenset(self._true[one.id](facts)), frozenset(self._false[one.id](facts))


def source_of(key: str) -> str:
    """The question of a fact, or of its attribute; ``conclusions`` or ``scores`` of what rules conclude."""
    return key.partition(".")[0]


def _fact(answer: Any) -> Value:
    if isinstance(answer, list):
        return frozenset(answer)
    return exact(answer) if isinstance(answer, int | float) and not isinstance(answer, bool) else answer

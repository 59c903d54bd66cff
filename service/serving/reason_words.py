"""The words in which it is said why a scenario is not as expected: by ids, as authors write, or by labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from schemas.language import Effect, Moved
from schemas.words import QUANTITIES
from service.evaluation.truth import Facts, truth_of
from service.model.condition import Condition, Test, subjects_of
from service.model.flow import flow
from service.model.number import Triple, written
from service.model.problem import shown
from service.model.ruleset import Rule
from service.serving.answer import effects_json, value_json
from service.wording.answers import answered, value_words
from service.wording.conditions import as_written, clauses, in_a_line
from service.wording.effects import words_of_effect
from service.wording.labels import Labels
from service.wording.phrases import a_range, capitalized, joined_by_and, plain

_TRUTH = {True: "true", False: "false", None: "unknown"}
_MOST_TESTS = 6
_LONGEST = 120
_DERIVED = ("conclusions.", "scores.")


class ReasonWords(Protocol):
    """One of the two vocabularies."""

    def rule(self, rule: Rule) -> str:
        """What a rule is called."""

    def does(self, rule: Rule, effects: Sequence[Effect]) -> str:
        """What it says by these effects, cut where that is long."""

    def numbers(self, of: Moved, now: Triple, /) -> str:
        """The numbers after a step."""

    def saw(self, key: str, value: Any) -> str:
        """What a rule looked at, and the value that it saw, as JSON data."""

    def untrue(self, condition: Condition, facts: Facts) -> str:
        """That a condition is not true, beside what it looked at."""


class ByIds:
    """As authors write: ``lentigo-mild (factors/1.yaml:4)``, ``severity: mild is false, given severe``."""

    def rule(self, rule: Rule) -> str:
        """Its id, and where it stands."""
        return f"{rule.id} ({rule.defined_at})"

    def does(self, rule: Rule, effects: Sequence[Effect]) -> str:
        """By the keys of files."""
        spelled = effects_json(rule.then)
        return shown(", ".join(f"{one.key}: {flow(spelled[one.name])}" for one in effects), _LONGEST)

    def numbers(self, _: Moved, now: Triple, /) -> str:
        """``2, 3, 4``: min, typical and max."""
        return ", ".join(map(written, now))

    def saw(self, key: str, value: Any) -> str:
        """``severity mild``."""
        return f"{key} {'unknown' if value is None else flow(value)}"

    def untrue(self, condition: Condition, facts: Facts) -> str:
        """The condition as written."""
        said = f"{', '.join(as_written(condition))} is {_TRUTH[truth_of(condition)(facts)]}"
        if isinstance(condition, Test):
            given = ", ".join(self._given_of(key, condition, facts) for key in condition.subjects)
            return f"{said}, {given}"
        subjects = list(dict.fromkeys(subjects_of(condition)))
        given = "; ".join(f"{subject} {self._given(subject, facts)}" for subject in subjects[:_MOST_TESTS])
        return f"{said}: {given}"

    def _given_of(self, key: str, test: Test, facts: Facts) -> str:
        given = self._given(key, facts)
        return given if key == test.subject else f"{key} {given}"

    def _given(self, subject: str, facts: Facts) -> str:
        value = facts.get(subject)
        derived = subject.startswith(_DERIVED)
        if value is None:
            question = subject.partition(".")[0]
            of_option = not derived and question != subject and question in facts
            return f"not known of {facts[question]}" if of_option else "not known" if derived else "not given"
        return f"{'it is' if derived else 'given'} {flow(value_json(value))}"


@dataclass(frozen=True, slots=True)
class ByLabels:
    """As clinicians read: ``“A few sun spots”``, ``“How severe is it? is mild” is false: it is severe``."""

    labels: Labels

    def rule(self, rule: Rule) -> str:
        """Its title."""
        return self.labels.rule(rule.id)

    def does(self, rule: Rule, effects: Sequence[Effect]) -> str:
        """By the labels of effects."""
        said = (words.in_a_line() for one in effects for words in words_of_effect(self.labels, rule, one))
        return shown("; ".join(said), _LONGEST)

    def numbers(self, of: Moved, now: Triple, /) -> str:
        """``2 to 4, typically 3``."""
        unit = QUANTITIES[of]
        return a_range(now, unit.one, unit.several)

    def saw(self, key: str, value: Any) -> str:
        """``“How severe is it?” mild``."""
        return f"{self._name(key)} {self._value(key, value)}"

    def untrue(self, condition: Condition, facts: Facts) -> str:
        """The condition in words."""
        says = in_a_line(clauses(self.labels, condition))
        keys = list(dict.fromkeys(_asked(subject) for subject in subjects_of(condition)))[:_MOST_TESTS]
        if len(keys) == 1:
            given = f"it is {self._fact(keys[0], facts)}" if facts.get(keys[0]) is not None else "not given"
        else:
            given = joined_by_and(f"{self._name(key)} {self._fact(key, facts)}" for key in keys)
        return f"“{says}” is {_TRUTH[truth_of(condition)(facts)]}: {given}"

    def _name(self, key: str) -> str:
        kind, _, name = key.partition(".")
        if name and key.startswith(_DERIVED):
            return f"{capitalized(kind.removesuffix('s'))} “{plain(name)}”"
        return f"“{self.labels.question(kind)}”{f' ({plain(name)})' if name else ''}"

    def _fact(self, key: str, facts: Facts) -> str:
        value = facts.get(key)
        return self._value(key, None if value is None else value_json(value))

    def _value(self, key: str, value: Any) -> str:
        if value is None:
            return "not given"
        if key in self.labels.ruleset.inputs:
            ((_, words),) = answered(self.labels, {key: value})
            return words
        return value_words(value)


def _asked(subject: str) -> str:
    """The question of an attribute; any other subject itself."""
    return subject if subject.startswith(_DERIVED) else subject.partition(".")[0]

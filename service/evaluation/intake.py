"""An assessment as it comes in -> facts, or every mistake in it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from marshmallow import ValidationError
from marshmallow.exceptions import SCHEMA

from schemas.assessment import AssessmentQuestion, assessment_schema, hint_for
from schemas.mistake import UNKNOWN, mistakes_in
from service.evaluation.truth import truth_of
from service.model.condition import AllOf, AnyOf, Condition, Not, Value, subjects_of, tests_of
from service.model.problem import Refusal, pointer
from service.model.ruleset import Contradiction, Input, Ruleset


def asking_order(ruleset: Ruleset) -> list[Input]:
    """The inputs so that each comes after those that its ``only if`` looks at."""
    placed: dict[str, Input] = {}
    waiting = list(ruleset.inputs.values())
    while waiting:
        later = []
        for one in waiting:
            looked_at = subjects_of(one.only_if) if one.only_if is not None else ()
            if all(ruleset.subjects[key].name in placed for key in looked_at):
                placed[one.id] = one
            else:
                later.append(one)
        waiting = later
    return list(placed.values())


class Answered(NamedTuple):
    """The facts that an assessment gives, defaults and attributes included.

    ``unanswered`` holds the ``must ask`` questions that apply and were not asked.
    """

    facts: dict[str, Value]
    unanswered: tuple[str, ...]


class _Ask(NamedTuple):
    """One input, ready to be answered.

    ``applies`` is the place of its ``only if`` among those of the ruleset (None: it always applies);
    ``brings`` has the attributes that each option brings.
    """

    name: str
    one: Input
    applies: int | None
    brings: Mapping[Any, Mapping[str, Value]] | None
    default: Any
    matters_unasked: bool


class Intake:
    """Validates assessments of one ruleset."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._inputs = ruleset.inputs
        self._schema = assessment_schema(_question(one) for one in ruleset.inputs.values())
        self._order = {name: index for index, name in enumerate(ruleset.inputs)}
        inputs = asking_order(ruleset)
        self._conditions = tuple(dict.fromkeys(one.only_if for one in inputs if one.only_if is not None))
        self._truths = tuple(truth_of(condition) for condition in self._conditions)
        self._removed = ruleset.removed
        self._contradictions = tuple(truth_of(one.when) for one in ruleset.contradictions)
        self._asks = tuple(_ask(one, self._conditions) for one in inputs)

    def read(
        self, assessment: object, start: Mapping[str, Value], told: Ruleset
    ) -> Answered | tuple[Refusal, ...]:
        """The facts of the assessment added to those of ``start``; or its mistakes, sorted by place.

        ``told`` is the ruleset in the language of what is said of them.
        """
        if not isinstance(assessment, dict):
            return (Refusal("/assessment", "wrong-type", "The assessment must be a JSON object."),)
        values, wrong, refusals = self._loaded(assessment)
        facts = dict(start)
        unanswered = self._take(values, wrong, facts, refusals, told)
        refusals += self._contradicted(facts, wrong, told)
        if refusals:
            return tuple(sorted(refusals))
        return Answered(facts, unanswered)

    def applicable(self, assessment: Mapping[str, Any], *, surely: bool = False) -> frozenset[str]:
        """The questions that apply, or may apply, beside these answers; ``surely``: only those that do.

        What hangs on an answer that is wrong, or required and missing, may apply. An answer to a question
        that does not apply counts for nothing.
        """
        values, wrong, _ = self._loaded(assessment)
        facts: dict[str, Value] = {}
        found = set()
        for name, one, condition, brings, default, _ in self._asks:
            applies = True if condition is None else self._applies(condition, facts, wrong)
            if applies is False or (surely and applies is None):
                continue
            found.add(name)
            value = values.get(name)
            if value is None and name not in wrong:
                value = default if applies else None
            if value is not None:
                facts[name] = value
                facts.update(brings[value] if brings is not None else ())
            elif one.required:
                wrong.add(name)
        return frozenset(found)

    def wrong_answers(self, assessment: Mapping[str, Any]) -> tuple[Refusal, ...]:
        """The mistakes that answers have each by itself, whether its question applies or not, sorted."""
        return tuple(sorted(self._loaded(assessment)[2]))

    def _loaded(self, assessment: Mapping[str, Any]) -> tuple[dict[str, Any], set[str], list[Refusal]]:
        """The answers that can be taken, the names of those that are wrong, and why."""
        try:
            return self._schema.loaded(assessment, partial=True), set(), []
        except ValidationError as error:
            wrong = {str(path[0]) for path in mistakes_in(error) if path}
            values = error.valid_data if isinstance(error.valid_data, dict) else {}
            known = {name: value for name, value in values.items() if value is not None and name not in wrong}
            return known, wrong, self._refused(error, assessment)

    def _take(
        self,
        values: dict[str, Any],
        wrong: set[str],
        facts: dict[str, Value],
        refusals: list[Refusal],
        told: Ruleset,
    ) -> tuple[str, ...]:
        unanswered: list[str] = []
        known: dict[int, bool | None] = {}
        for name, one, condition, brings, default, matters_unasked in self._asks:
            value = values.get(name)
            if value is None and not matters_unasked and name not in wrong:
                continue
            applies: bool | None = True
            if condition is not None:
                if condition not in known or wrong:
                    known[condition] = self._applies(condition, facts, wrong)
                applies = known[condition]
            if applies is False:
                refusals += [self._inapplicable(one)] if value is not None or name in wrong else []
                continue
            if value is None and name not in wrong:
                if applies and one.required:
                    refusals.append(_missing(told.inputs[name]))
                    wrong.add(name)
                elif one.must_ask:
                    unanswered.append(name)
                value = default if applies else None
            if value is not None:
                facts[name] = value
                if brings is not None:
                    facts.update(brings[value])
        if len(unanswered) > 1:
            unanswered.sort(key=self._order.__getitem__)
        return tuple(unanswered)

    def _applies(self, condition: int, facts: dict[str, Value], wrong: set[str]) -> bool | None:
        """Whether questions apply; what hangs on a wrong or missing answer is unknown, ``given`` too."""
        if wrong:
            return truth_of(_doubting(self._conditions[condition], wrong))(facts)
        return self._truths[condition](facts)

    def _contradicted(self, facts: dict[str, Value], wrong: set[str], told: Ruleset) -> list[Refusal]:
        """An error for each contradiction that is true; what hangs on a wrong answer is unknown."""
        return [
            _contradiction(one)
            for one, truth in zip(told.contradictions, self._contradictions, strict=True)
            if (truth_of(_doubting(one.when, wrong)) if wrong else truth)(facts) is True
        ]

    def _refused(self, error: ValidationError, assessment: Mapping[Any, Any]) -> list[Refusal]:
        refusals = []
        for path, mistakes in mistakes_in(error).items():
            for mistake in mistakes:
                # Marshmallow's own name for the whole is the one name whose path comes back empty.
                name = str(path[0]) if path else SCHEMA
                instead = self._instead(name, _at(assessment, path)) if self._removed else ""
                if mistake is UNKNOWN:
                    message = f'"{name[:60]}" is not an input of this ruleset.'
                    hint = instead or hint_for(name, list(self._inputs))
                    refusals.append(Refusal(pointer("assessment", name), "unknown-input", message, hint))
                    continue
                message = f"{name} {mistake.message}."
                hint = instead or mistake.hint
                refusals.append(Refusal(pointer("assessment", *path), mistake.code, message, hint))
        return refusals

    def _instead(self, name: str, sent: object) -> str:
        """What to send instead of a question or an option that is no more; nothing for others."""
        option = "yes" if sent is True else "no" if sent is False else sent
        if not isinstance(option, str):
            option = ""
        return self._removed.get(f"{name}.{option}") or self._removed.get(name, "")

    def _inapplicable(self, one: Input) -> Refusal:
        depends = (
            ", ".join(dict.fromkeys(test.written for test in tests_of(one.only_if))) if one.only_if else ""
        )
        message = f"{one.id} does not apply here: it is asked only if {depends}."
        return Refusal(pointer("assessment", one.id), "not-applicable", message, "Leave it out.")


def _at(assessment: Mapping[Any, Any], path: tuple[str | int, ...]) -> object:
    """What was sent at the path of a mistake."""
    sent: Any = assessment
    for step in path:
        sent = sent[step]
    return sent


def _contradiction(one: Contradiction) -> Refusal:
    pointers = tuple(pointer("assessment", name) for name in one.inputs)
    return Refusal(pointers[0], "contradiction", one.says, pointers=pointers)


def _doubting(condition: Condition, wrong: set[str]) -> Condition:
    """The condition with each ``given`` and ``unknown`` of a wrong answer made a test of its value."""
    if isinstance(condition, Not):
        return Not(_doubting(condition.part, wrong))
    if isinstance(condition, AllOf | AnyOf):
        return type(condition)(tuple(_doubting(part, wrong) for part in condition.parts))
    in_doubt = condition.subject.partition(".")[0] in wrong
    return replace(condition, op="among") if in_doubt and condition.op in ("given", "unknown") else condition


def _missing(one: Input) -> Refusal:
    hint = hint_for(None, [option.id for option in one.options]) if one.options else ""
    return Refusal(pointer("assessment", one.id), "missing", f'{one.id} is required: "{one.label}"', hint)


def _question(one: Input) -> AssessmentQuestion:
    low, high = one.domain.low, one.domain.high
    options = tuple(option.id for option in one.options)
    return AssessmentQuestion(
        one.id, one.kind, options, low if low is not None else 0, high if high is not None else 0
    )


def _ask(one: Input, conditions: tuple[Condition, ...]) -> _Ask:
    brings: dict[Any, Mapping[str, Value]] | None = None
    if one.attributes:
        brings = {
            option.id: {f"{one.id}.{name}": value for name, value in option.attributes.items()}
            for option in one.options
        }
    applies = None if one.only_if is None else conditions.index(one.only_if)
    matters = one.required or one.must_ask or one.default is not None
    return _Ask(one.id, one, applies, brings, one.default, matters)

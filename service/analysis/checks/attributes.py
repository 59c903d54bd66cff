"""attribute-may-be-unknown: a rule reckons with an answer that may not have been given.

Summary
    Warning. A rule that uses an attribute such as ``phototype.factor`` should fire only where that question
    is answered, and by an option that has the attribute.

Avoid
    ::

        when:
          concern: acne_scar
        then:
          sessions times: phototype.factor      # and nobody has to answer "phototype"

Prefer
    ::

        when:
          concern: acne_scar
          phototype: given
        then:
          sessions times: phototype.factor

Why
    Without an answer there is no attribute, so the plan has no numbers and the client is referred. Make the
    question required, give it a default, or let the rule wait until it is answered. The check is silent where
    the rule looks at a conclusion or a score, for these may already say that the question is answered.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.model.condition import AllOf, Condition, Not, Test, needs_value, subjects_of
from service.model.problem import Problem, quoted
from service.model.ruleset import AttributeRef, Input, Rule, Ruleset
from service.wording.labels import open_options

CODE = "attribute-may-be-unknown"


def check(ruleset: Ruleset) -> Iterator[Problem]:
    """Warn of each attribute of a question that may be unanswered where the rule fires."""
    for rule in ruleset.rules:
        for path, used in rule.then.references():
            if not isinstance(used, AttributeRef):
                continue
            one = ruleset.inputs[used.input]
            lacking = _lacking(one, rule, used)
            if lacking:
                message = (
                    f'"{used.key}" is not known of {quoted(lacking)}: then there are no numbers. '
                    "Give it to them, or leave them out by a test."
                )
                yield Problem(rule.places.get(("then", *path), rule.place), CODE, message, "warning")
            if ruleset.subjects[used.input].given_always or _vouched(ruleset, rule, used):
                continue
            message = (
                f'"{used.key}" is unknown where "{used.input}" is not answered: then there are no numbers. '
                f'Add "{used.input}: given" to "when"{_or_required(one)}.'
            )
            yield Problem(rule.places.get(("then", *path), rule.place), CODE, message, "warning")


def _lacking(one: Input, rule: Rule, used: AttributeRef) -> list[str]:
    """The options without the attribute for which the rule may fire; none where facts may tell them apart."""
    if any(key.startswith(("conclusions.", "scores.")) for key in subjects_of(rule.when)):
        return []
    left = open_options(one, rule.when)
    return [option.id for option in left if used.attribute not in option.attributes]


def _or_required(one: Input) -> str:
    return "" if one.required or one.only_if is not None else ", or make the question required"


def _vouched(ruleset: Ruleset, rule: Rule, used: AttributeRef) -> bool:
    """Whether the rule's tests may already say that the question is answered.

    They do where one looks at the question itself; they may where one looks at a conclusion or a score, or
    at what decides whether a question is asked that must be answered then.
    """
    if any(key.startswith(("conclusions.", "scores.")) for key in subjects_of(rule.when)):
        return True
    # A test may look at the day, which is no question.
    inputs = _answered(rule.when) & set(ruleset.inputs)
    if used.input in inputs:
        return True
    one = ruleset.inputs[used.input]
    must_be = one.required or one.default is not None
    return must_be and one.only_if is not None and bool(_deciding(one) & _with_deciding(ruleset, inputs))


def _with_deciding(ruleset: Ruleset, inputs: set[str]) -> set[str]:
    """The inputs, and all those on which it depends whether they are asked."""
    reached: set[str] = set()
    waiting = list(inputs)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(_deciding(ruleset.inputs[name]))
    return reached


def _deciding(one: Input) -> set[str]:
    return {key.partition(".")[0] for key in subjects_of(one.only_if)} if one.only_if else set()


def _answered(condition: Condition, *, holds: bool = True) -> set[str]:
    """The inputs that are answered wherever the condition is true (or, ``holds`` false, is false)."""
    if isinstance(condition, Test):
        looked_at = condition.subjects if needs_value(condition, holds=holds) else ()
        return {key.partition(".")[0] for key in looked_at}
    if isinstance(condition, Not):
        return _answered(condition.part, holds=not holds)
    parts = [_answered(part, holds=holds) for part in condition.parts]
    every_part_counts = isinstance(condition, AllOf) is holds
    return set().union(*parts) if every_part_counts else set.intersection(*parts)

"""All checks of a ruleset that could be read. Each has a module of its own, whose docstring is its page."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from schemas.language import is_reported
from service.analysis.checks import (
    attributes,
    boundaries,
    caps,
    fractions_of_percent,
    languages,
    lone_values,
    not_for_fhir,
    reserved_options,
    rewritten_words,
    skipped_gates,
    texts,
)
from service.model.problem import Problem, in_order
from service.model.ruleset import Ruleset

Check = Callable[[Ruleset], Iterable[Problem]]

CHECKS: dict[str, Check] = {
    "fluence-unit": texts.check,
    "cap-below-base": caps.check,
    "attribute-may-be-unknown": attributes.check,
    "gate-skipped": skipped_gates.check,
    "boundary-overlap": boundaries.check,
    "fraction-of-percent": fractions_of_percent.check,
    "lone-value": lone_values.check,
    "option-true-or-false": rewritten_words.check,
    "language-looks-wrong": languages.check,
    "not-for-fhir": not_for_fhir.check,
    "reserved-option": reserved_options.check,
}
"""Every check, by the code of its problems."""


def check(ruleset: Ruleset) -> tuple[Problem, ...]:
    """The problems that the checks find, sorted by place: those that the ruleset's language has."""
    return in_order(
        problem
        for code, one in CHECKS.items()
        if is_reported(code, ruleset.language_version)
        for problem in one(ruleset)
    )

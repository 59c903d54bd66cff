"""fraction-of-percent: a number in percent is tested as if it were a fraction of one.

Summary
    Warning. The question asks for percent, up to 100, and the test speaks of less than one percent.

Avoid
    ::

        # assessment.yaml
        cleared: {label: How much has cleared?, number: 0 to 100, unit: "%"}
        # factors/5-response.yaml
        - id: half
          when: {cleared: 0.5 to 0.8}
          then: {advise: Half of it is gone.}

Prefer
    ::

        # assessment.yaml
        cleared: {label: How much has cleared?, number: 0 to 100, unit: "%"}
        # factors/5-response.yaml
        - id: half
          when: {cleared: 50 to 80}
          then: {advise: Half of it is gone.}

Why
    Such a rule fires for next to nobody, or for nearly everybody, and nothing else tells. A question asks for
    percent where its unit is %, or where a plan is made again from it. Of 0 and of 1 alone nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from service.evaluation.changing import points_in
from service.model.condition import tests_of
from service.model.number import exact, written
from service.model.problem import Problem, advice
from service.model.ruleset import FromProgress, Ruleset

CODE = "fraction-of-percent"

_NUMBER = re.compile(r"\d*\.?\d+")
_ALL = 100


def check(ruleset: Ruleset) -> Iterator[Problem]:
    """Warn of each such test, at the test."""
    asked = _asked_in_percent(ruleset)
    for condition in ruleset.conditions:
        for test in tests_of(condition):
            points = [] if test.subject not in asked or test.target is not None else [*points_in(test)]
            if all(0 <= point <= 1 for point in points) and {*points} - {0, 1}:
                said = test.written.removeprefix(f"{test.subject}: ")
                meant = _NUMBER.sub(lambda found: written(exact(Fraction(found[0]) * _ALL)), said)
                mend = advice(f' Write "{meant}".', said, meant)
                message = f'"{said}" says a fraction, and {test.subject} is in percent.' + mend
                yield Problem(test.place, CODE, message, "warning")


def _asked_in_percent(ruleset: Ruleset) -> set[str]:
    """The questions for a number up to 100 that is in percent."""
    seen = {
        name
        for rule in ruleset.rules
        for _, base in rule.then.present("base")
        if isinstance(base, FromProgress)
        for name in (base.improvement, base.target)
    }
    return {
        one.id
        for one in ruleset.inputs.values()
        if one.domain.high == _ALL and (one.unit == "%" or one.id in seen)
    }

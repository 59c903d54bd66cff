"""Hypothesis strategies for rulesets and for assessments of them, and two things to do with a ruleset.

`rulesets()` draws valid rulesets as plain data, as `tests.reference` reads them, with `evidence` beside;
`assessments` draws valid answers to one. `graded_rulesets()` draws small ones about numbers alone. `shuffled`
gives the same ruleset in another order, and `dump` the texts of its files. `ruleset_from` and
`assessment_from` make one from `seeded(n)` choices, without hypothesis, also a large one.
"""

from __future__ import annotations

from tests.generated.assessments import assessment_from, assessments
from tests.generated.choosing import Choices, seeded
from tests.generated.dumping import dump
from tests.generated.graded import graded_rulesets
from tests.generated.rulesets import ruleset_from, rulesets
from tests.generated.shuffling import shuffled

__all__ = [
    "Choices",
    "assessment_from",
    "assessments",
    "dump",
    "graded_rulesets",
    "ruleset_from",
    "rulesets",
    "seeded",
    "shuffled",
]

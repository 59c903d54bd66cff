"""gate-not-asked: a question on which a gate rests may stay unasked.

Summary
    Warning. A rule with ``stop``, ``defer``, ``refer`` or ``no numbers`` rests on one question alone, and
    that question is neither ``required`` nor ``must ask``. A default is as good, but not the one of a yes or
    no that keeps the rule silent.

Avoid
    ::

        - id: gold-now
          when: {gold_now: yes}
          then: {stop: Gold in the skin turns dark.}
        # assessment.yaml
        gold_now: {label: Gold therapy now?, kind: yes or no}

Prefer
    ::

        - id: gold-now
          when: {gold_now: yes}
          then: {stop: Gold in the skin turns dark.}
        # assessment.yaml
        gold_now: {label: Gold therapy now?, kind: yes or no, must ask: true}

Why
    Where nobody asks, the rule stays silent and the client gets a plan as if the answer were no. With
    ``must ask`` a question that was not asked is not a no: a clinician looks first.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.analysis.proofs.gates import gate_of, may_stay_unasked, resting_alone
from service.model.problem import Problem
from service.model.ruleset import Ruleset

CODE = "gate-not-asked"


def check(ruleset: Ruleset) -> Iterator[Problem]:
    """Warn once of each question that may stay unasked though a gate rests on it alone."""
    for one, rule in resting_alone(ruleset):
        message = (
            f'Rule "{rule.id}" rests on this question alone for its "{gate_of(rule.then)}", '
            f"and {may_stay_unasked(one)}"
        )
        yield Problem(one.place, CODE, message, "warning")

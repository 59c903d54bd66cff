"""not-decided: there was not time enough to prove something, or to break it.

Summary
    Proofs have a time; what takes longer is said to be not decided, and nothing is taken for granted.

Avoid
    Conditions in which a great many questions meet in one rule, and guarantees over all of them at once.

Prefer
    Smaller rules, and guarantees with a ``when`` that says for whom they are meant.

Why
    A guarantee that is not decided may hold or not. It keeps no ruleset from serving, but nobody should sign
    it as proven. Give it more time (``picoplan check --seconds 120``), or split it.
"""

from __future__ import annotations

from service.analysis.proofs.case import warning
from service.model.problem import Place, Problem

CODE = "not-decided"


def undecided(place: Place, what: str) -> Problem:
    """A warning that something could be neither proven nor broken in time."""
    return warning(place, CODE, f"{what}: not decided in the time there is. Give it more, or split it.")

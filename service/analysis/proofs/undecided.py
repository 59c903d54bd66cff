"""not-decided: something could be neither proven nor broken.

Summary
    Proofs have a time; what takes longer is said to be not decided, and nothing is taken for granted. So is
    what rests on plans that progress makes again, where none of many that were tried breaks it.

Avoid
    Conditions in which a great many questions meet in one rule, and guarantees over all of them at once.

Prefer
    Smaller rules, and guarantees with a ``when`` that says for whom they are meant, such as
    ``sessions_done: 0``.

Why
    A guarantee that is not decided may hold or not. It keeps no ruleset from serving, but nobody should sign
    it as proven. Where the time ran out give it more (``picoplan check --seconds 120``), or split it. A plan
    that progress makes again rests on the very numbers of sessions, improvement and target, of which there
    are more than can be tried: say for whom the guarantee is meant.
"""

from __future__ import annotations

from service.analysis.proofs.case import warning
from service.analysis.proofs.logic import NotShown, Undecided
from service.model.problem import Place, Problem

CODE = "not-decided"


def undecided(place: Place, what: str, why: Undecided) -> Problem:
    """A warning that something could be neither proven nor broken: in time, or by what was tried."""
    if isinstance(why, NotShown):
        message = (
            "not decided. No plan that was tried breaks it, but one that progress makes again rests on exact "
            "numbers, more than can be tried. Say for whom it is meant, such as before the first session."
        )
        return warning(place, CODE, f"{what}: {message}")
    return warning(place, CODE, f"{what}: not decided in the time there is. Give it more, or split it.")

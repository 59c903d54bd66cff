"""The texts of built-in reasons and warnings, in one place."""

from __future__ import annotations

from service.model.ruleset import Ruleset

UNANSWERED = "Not asked yet, so a clinician looks first:"
PLAN_FINISHED = "The planned sessions are done and the goal is not reached."
NO_IMPROVEMENT = "No improvement so far, so no further sessions can be worked out. A clinician reviews."


def over_cap(most: object, *, remaining: bool) -> str:
    """Why a cap leads to a clinician."""
    if remaining:
        return f"Sessions done and still needed come to more than {most}. A clinician decides how to go on."
    return f"This would need more than {most} sessions in all. A clinician decides whether it is worth it."


def question_needed(ruleset: Ruleset, name: str) -> str:
    """Why a question that was not answered leads to a clinician."""
    return f'No numbers without an answer to "{ruleset.inputs[name].label}"'


def no_base(ruleset: Ruleset) -> str:
    """No rule gave a number of sessions."""
    return f"No rule of {ruleset.id} gives a number of sessions for this assessment."


def not_signed_off(ruleset: Ruleset) -> str:
    """Nobody has signed these rules."""
    return f"Nobody has signed off version {ruleset.version} of {ruleset.id} as it stands."

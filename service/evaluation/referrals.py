"""Why a clinician must look: the texts of rules, then the built-in reasons, one for each reason.

Where several rules share a built-in reason the alphabetically first is named, so that the order of files
and rules never changes an answer. The built-in texts, warnings too, stand here.
"""

from __future__ import annotations

from service.model.decision import Note
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


def attribute_needed(ruleset: Ruleset, name: str) -> str:
    """Why the answer to a question leads to a clinician: its option lacks an attribute that a rule needs."""
    return f'No numbers for this answer to "{ruleset.inputs[name].label}": it lacks what they rest on'


def no_base(ruleset: Ruleset) -> str:
    """No rule gave a number of sessions."""
    return f"No rule of {ruleset.id} gives a number of sessions for this assessment."


def not_signed_off(ruleset: Ruleset) -> str:
    """Nobody has signed these rules."""
    return f"Nobody has signed off version {ruleset.version} of {ruleset.id} as it stands."


class Referrals:
    """The referrals of one plan."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._texts: list[Note] = []
        self._questions: dict[str, str] = {}
        self._answered: set[str] = set()
        self._without_improvement: set[str] = set()
        self._over: Note | None = None

    def add(self, rule: str, text: str) -> None:
        """A text of a rule."""
        self._texts.append(Note(rule, text))

    def question(self, rule: str, name: str, *, answered: bool) -> None:
        """A question that a rule needed: not answered, or by an option that lacks an attribute."""
        if answered:
            self._answered.add(name)
        self._questions[name] = min(rule, self._questions.get(name, rule))

    def no_improvement(self, rule: str) -> None:
        """Sessions were done and nothing improved, so that a rule can't work out what remains."""
        self._without_improvement.add(rule)

    def cap(self, rule: str | None, most: int, *, remaining: bool) -> None:
        """A plan, or what remains of it, above a cap (of a rule or, None, the limit): once for both."""
        if self._over is None:
            self._over = Note(rule, over_cap(most, remaining=remaining))

    @property
    def notes(self) -> tuple[Note, ...]:
        """Every referral, each once."""
        notes = list(self._texts)
        if self._questions:
            notes += self._asked()
        if self._without_improvement:
            notes.append(Note(min(self._without_improvement), NO_IMPROVEMENT))
        if self._over is not None:
            notes.append(self._over)
        return tuple(notes)

    def _asked(self) -> list[Note]:
        return [
            Note(self._questions[name], self._text_of(name))
            for name in self._ruleset.inputs
            if name in self._questions
        ]

    def _text_of(self, name: str) -> str:
        needed = attribute_needed if name in self._answered else question_needed
        return needed(self._ruleset, name)

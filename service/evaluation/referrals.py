"""Why a clinician must look: the texts of rules, then the built-in reasons, one for each reason.

Where several rules share a built-in reason the alphabetically first is named, so that the order of files
and rules never changes an answer.
"""

from __future__ import annotations

from service.model.decision import Note
from service.model.ruleset import Ruleset, TextPath
from service.model.texts import INPUTS, WORDS

QUESTION_NEEDED, ATTRIBUTE_NEEDED = "question-needed", "attribute-needed"
"""Why a question leads to a clinician: it was not answered, or its answer lacks what a rule needs."""


def needed(ruleset: Ruleset, word: str, name: str) -> str:
    """The text for one of these reasons, and the question."""
    return ruleset.says(word, question=ruleset.inputs[name].label)


class Referrals:
    """The referrals of one plan."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._texts: list[Note] = []
        self._questions: dict[str, str] = {}
        self._answered: set[str] = set()
        self._without_improvement: set[str] = set()
        self._over: Note | None = None
        self._over_word = ""

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
            self._over_word = "still-over-most" if remaining else "over-most"
            self._over = Note(rule, self._ruleset.says(self._over_word, most=most))

    @property
    def built_in(self) -> tuple[TextPath, ...]:
        """The texts that the built-in reasons are made of."""
        words = {self._word(name) for name in self._questions}
        words |= {"no-improvement"} if self._without_improvement else set()
        words |= {self._over_word} if self._over is not None else set()
        labels = [(INPUTS, name, "label") for name in self._ruleset.inputs if name in self._questions]
        return (*labels, *((WORDS, word) for word in sorted(words)))

    @property
    def notes(self) -> tuple[Note, ...]:
        """Every referral, each once."""
        notes = list(self._texts)
        if self._questions:
            notes += self._asked()
        if self._without_improvement:
            text = self._ruleset.says("no-improvement")
            notes.append(Note(min(self._without_improvement), text))
        if self._over is not None:
            notes.append(self._over)
        return tuple(notes)

    def _asked(self) -> list[Note]:
        return [
            Note(self._questions[name], needed(self._ruleset, self._word(name), name))
            for name in self._ruleset.inputs
            if name in self._questions
        ]

    def _word(self, name: str) -> str:
        return ATTRIBUTE_NEEDED if name in self._answered else QUESTION_NEEDED

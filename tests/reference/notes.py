"""What the arithmetic writes down on its way: steps, built-in reasons to refer, and losing bases.

Readings taken. One built-in referral for each reason: one for each question that was needed and not given,
one for the cap, one for no improvement. Where several rules share a reason the alphabetically first is named,
for the order of files must not matter; where both the plan and what remains exceed the cap, the plan's rule
is named. A step is written for each base, losing base, factor and addition, and for the others only where
they change a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.reference.plain import Range, range_to_json


@dataclass
class Notes:
    """The steps and reasons of one decision.

    `losing` holds (rule, effect) of each base that was not used.
    """

    steps: list[dict[str, Any]] = field(default_factory=list)
    losing: set[tuple[str, str]] = field(default_factory=set)
    _needed: dict[str, set[str]] = field(default_factory=dict)
    _capped_by: list[str | None] = field(default_factory=list)
    _no_improvement: set[str] = field(default_factory=set)

    def step(self, does: str, of: str, rule: str | None, numbers: Range) -> None:
        """A move of the arithmetic and the three numbers after it."""
        self.steps.append({"rule": rule, "does": does, "of": of, **(range_to_json(numbers) or {})})

    def needed(self, question: str, rule: str) -> None:
        """A rule that fired needs a question that was not given."""
        self._needed.setdefault(question, set()).add(rule)

    def exceeds(self, capped_by: str | None) -> None:
        """The plan or what remains exceeds a cap: a rule's, or the ruleset's limit (None)."""
        self._capped_by.append(capped_by)

    def no_improvement(self, rule: str) -> None:
        """Sessions were done and nothing improved, so that no rate can be worked out."""
        self._no_improvement.add(rule)

    @property
    def has_base(self) -> bool:
        """Whether a rule gave a number of sessions."""
        return any(step["does"] == "base" and step["of"] == "sessions" for step in self.steps)

    def referrals(self) -> list[str | None]:
        """The rule of each built-in referral."""
        questions = [min(rules) for _, rules in sorted(self._needed.items())]
        improvement = [min(self._no_improvement)] if self._no_improvement else []
        return [*questions, *improvement, *self._capped_by[:1]]

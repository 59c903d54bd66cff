"""What an evaluation comes to: the plan, the rules that fired, and the trail of arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from schemas.language import Moment, Move, Moved, Support, Verdict
from service.model.condition import Value
from service.model.number import Number, Triple
from service.model.ruleset import Rule


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """A rule that fired, and the value of everything whose test held (None for ``unknown``).

    Decisions may share one: it is itself alone.
    """

    rule: Rule
    matched: Mapping[str, Value | None]


class Step(NamedTuple):
    """One move of the arithmetic: by which rule (None: built in), and the numbers after it."""

    rule: str | None
    does: Move
    of: Moved
    now: Triple


class Note(NamedTuple):
    """A text for client or clinician and the rule it comes from (None: built in).

    Of a deferral also until when, and for how many weeks; of advice at which moment of a session.
    """

    rule: str | None
    text: str
    until: str | None = None
    weeks: int | None = None
    at: Moment | None = None


class AnswerWarning(NamedTuple):
    """What an integrator should look at; never part of the verdict's numbers."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The numbers and texts that the fired rules come to. Decisions may share one: it is itself alone.

    ``texts``: what clients are told that changes no plan, by the member of the answer that lists it.
    """

    verdict: Verdict
    one_session: Literal["may_suffice", "will_not_suffice", "undecided"]
    sessions: Triple | None
    interval_weeks: Triple | None
    remaining: Triple | None
    review_weeks: Triple | None
    maintenance_weeks: Triple | None
    support: Support | None
    steps: tuple[Step, ...]
    stops: tuple[Note, ...]
    deferrals: tuple[Note, ...]
    referrals: tuple[Note, ...]
    texts: Mapping[str, tuple[Note, ...]]
    benefits: tuple[str, ...]
    warnings: tuple[AnswerWarning, ...]
    goal_reached: bool = False


@dataclass(slots=True)  # frozen, it would take much longer to make, which every answer does
class Decision:
    """The plan for one assessment under one ruleset, and why. ``language``: of its texts."""

    language: str
    plan: Plan
    fired: tuple[Hit, ...]
    conclusions: Mapping[str, str | bool]
    scores: Mapping[str, Number | None]
    unanswered: tuple[str, ...]
    facts: Mapping[str, Value]

"""What two versions make of one assessment: the parts of both plans, and those that differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from schemas.language import ANSWER, GATE_MEMBERS, Effect, Part, covers, effects, members
from service.evaluation.arithmetic import Arithmetic
from service.evaluation.compiled import CompiledRuleset
from service.evaluation.fired import Effective
from service.evaluation.referrals import ATTRIBUTE_NEEDED, QUESTION_NEEDED, Referrals, needed
from service.model.decision import Decision, Note
from service.model.number import Triple
from service.model.problem import Refusal
from service.model.ruleset import SESSIONS_DONE, AttributeRef, OneSession, Rule, Ruleset

Change = tuple[str, object, object]
"""A part of the plan, as it was and as it is."""

_BUILT_IN: dict[str, Part] = {"verdict": "gates", "unanswered": "gates"}
"""The members of an answer that make the plan and are no effect's own."""


def _part_of(member: str) -> Part:
    for effect in effects():
        if effect.part is not None and member in (effect.quantity, effect.member, effect.name):
            return effect.part
    return _BUILT_IN[member]


_PLANNED = [member for member in ANSWER if member in (*members(matters="plan"), *GATE_MEMBERS)]
_VOUCHED = {effect.name for effect in effects("vouch")}

PART_OF: dict[str, Part] = {
    member: _part_of(member)
    for member in sorted(_PLANNED, key=lambda one: _PLANNED.index(one) + (1.5 if one in _VOUCHED else 0))
}
"""The members of an answer that make the plan, each with its part; a number before what is said of it."""

NUMBERS = tuple(
    effect for effect in effects("base", "factor", "addition", "cap", "vouch") if effect.part != "progress"
)
"""The effects of which numbers are worked out. One that moves the review is among them: without an answer
that it needs there are no numbers at all.
"""


def _members(*wanted: Part) -> frozenset[str]:
    return frozenset(member for member, part in PART_OF.items() if part in wanted)


_CALLED = frozenset(("verdict", "referrals"))
"""Where it shows that a clinician must look for a reason that is built in, such as a cap exceeded."""

_QUANTITIES = frozenset(effect.quantity for effect in effects())

SHOWS: dict[Part, frozenset[str]] = {
    "gates": _members("gates", "course", "progress"),
    "course": _members("course", "progress") | _CALLED,
    "interval": _members("interval"),
    "review": _members("review"),
    "maintenance": _members("maintenance"),
    "progress": _CALLED | (_members("course", "progress") & _QUANTITIES),
}
"""Where a change of each part shows."""

covers(SHOWS, get_args(Part), "parts of a plan, by where they show")


def parts(decision: Decision, asked: Mapping[str, str], renamed: Mapping[str, str]) -> dict[str, object]:
    """The plan by member: its verdict and numbers, what was not asked, and the rules whose gates hold."""
    return {member: _member(decision, asked, member, renamed) for member in PART_OF}


def _member(decision: Decision, asked: Mapping[str, str], member: str, renamed: Mapping[str, str]) -> object:
    if member in GATE_MEMBERS:  # of these it matters whose they are
        return _rules(decision, asked, member, renamed)
    value = getattr(decision if member == "unanswered" else decision.plan, member)
    return frozenset(value) if isinstance(value, tuple) and not isinstance(value, Triple) else value


def _rules(
    decision: Decision, asked: Mapping[str, str], member: str, renamed: Mapping[str, str]
) -> tuple[str | BuiltIn, ...]:
    """The rules with a text in this member, and the reasons that are built in, whatever led to them."""
    said = {
        (hit.rule.id, text)
        for hit in decision.fired
        for gate, text in _gate_texts(hit.rule)
        if gate.member == member
    }
    notes: tuple[Note, ...] = getattr(decision.plan, member)
    found = [
        renamed.get(note.rule or "", note.rule or "")
        if (note.rule, note.text) in said
        else built_in(note, asked)
        for note in notes
    ]
    return tuple(sorted(found, key=lambda one: (str(one), repr(one))))


def _gate_texts(rule: Rule) -> Iterator[tuple[Effect, str]]:
    """The texts with which a rule keeps clients from a plan, whether or not it does."""
    yield from rule.then.present("gate")
    yield from ((gate, slow.text) for gate, slow in rule.then.present("conditional gate"))


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A reason that is nobody's: the question that was not answered, or the text. It has no name."""

    reason: str

    def __str__(self) -> str:
        return ""


def built_in(note: Note, asked: Mapping[str, str]) -> BuiltIn:
    """A built-in reason, whatever the label of its question (``asked``: as ``questions_needed``)."""
    return BuiltIn(asked.get(note.text, note.text))


def questions_needed(ruleset: Ruleset) -> dict[str, str]:
    """The texts of the reasons that rest on a question's label, each with what it says whatever the label."""
    return {needed(ruleset, QUESTION_NEEDED, name): f"no answer to {name}" for name in ruleset.inputs} | {
        needed(ruleset, ATTRIBUTE_NEEDED, name): f"too little known of the answer to {name}"
        for name in ruleset.inputs
    }


@dataclass(frozen=True, slots=True)
class PlanCourse:
    """The numbers before anything hides them and before progress: what one set of facets comes to.

    Two classes in which these are the same are taken to have the same sessions, and the same weeks between.
    """

    sessions: object
    interval: object
    said: OneSession | None
    has_base: bool
    blocked: bool
    reasons: frozenset[BuiltIn]

    @property
    def numbers(self) -> tuple[object, ...]:
        """All but the weeks between sessions."""
        return self.sessions, self.said, self.has_base, self.blocked, self.reasons


covers(
    (*_members("course"), *_members("interval")),
    ("sessions", "one_session", "interval_weeks"),
    "members of an answer that PlanCourse tells",
)


class Engines:
    """The real engines of both versions."""

    def __init__(self, old: CompiledRuleset, new: CompiledRuleset, renamed: Mapping[str, str]) -> None:
        self._sides = (old, new)
        self._effective = (Effective(old.ruleset), Effective(new.ruleset))
        self._index = tuple({rule.id: at for at, rule in enumerate(one.ruleset.rules)} for one in self._sides)
        self._renamed = renamed
        self._asked = (questions_needed(old.ruleset), questions_needed(new.ruleset))

    def decide(self, assessment: Mapping[str, Any]) -> tuple[Decision, Decision] | None:
        """Both decisions; None where one of them refuses the assessment."""
        old, new = (one.decide_example(assessment) for one in self._sides)
        return None if isinstance(old, tuple) or isinstance(new, tuple) else (old, new)

    def refusals(self, assessment: Mapping[str, Any]) -> tuple[tuple[Refusal, ...], tuple[Refusal, ...]]:
        """Why each of them refuses the assessment; nothing where it does not."""
        old, new = (one.decide_example(assessment) for one in self._sides)
        return (old if isinstance(old, tuple) else ()), (new if isinstance(new, tuple) else ())

    def changes(self, decided: tuple[Decision, Decision]) -> tuple[Change, ...]:
        """The parts of the plan that are not the same."""
        before = parts(decided[0], self._asked[0], self._renamed)
        after = parts(decided[1], self._asked[1], {})
        return tuple((name, before[name], after[name]) for name in before if before[name] != after[name])

    def courses(self, decided: tuple[Decision, Decision]) -> tuple[PlanCourse, PlanCourse]:
        """The numbers of both before anything hides them."""
        old, new = (self._course(side, decided[side]) for side in (0, 1))
        return old, new

    def _course(self, side: int, decision: Decision) -> PlanCourse:
        ruleset = self._sides[side].ruleset
        fired = self._effective[side].of(sorted(self._index[side][hit.rule.id] for hit in decision.fired))
        numbers = fired.only(NUMBERS)
        said = {says for _, says in fired.each("vouch")}
        one: OneSession | None = (
            "will_not_suffice" if "will_not_suffice" in said else "may_suffice" if said else None
        )
        facts = {**decision.facts}
        facts.pop(SESSIONS_DONE, None)
        referrals = Referrals(ruleset)
        sums = Arithmetic(ruleset, numbers, facts, _unknown_scores(decision), referrals)
        sums.work_out(one)
        reasons = frozenset(built_in(note, self._asked[side]) for note in referrals.notes)
        return PlanCourse(sums.sessions, sums.interval, one, sums.has_base, sums.blocked, reasons)


def _unknown_scores(decision: Decision) -> dict[str, dict[str, None]]:
    unknown: dict[str, dict[str, None]] = {}
    for hit in decision.fired:
        for (_, score, *_), point in hit.rule.then.references("fact"):
            if isinstance(point, AttributeRef) and point.key not in decision.facts:
                unknown.setdefault(str(score), {})[point.input] = None
    return unknown

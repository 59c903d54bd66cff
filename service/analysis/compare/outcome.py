"""What two versions make of one assessment: the parts of both plans, and those that differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.language import effects
from service.evaluation.arithmetic import Arithmetic
from service.evaluation.compiled import CompiledRuleset
from service.evaluation.fired import Effective
from service.evaluation.referrals import Referrals
from service.model.decision import Decision, Note
from service.model.refusal import Refusal
from service.model.ruleset import AttributeRef, OneSession

Change = tuple[str, object, object]
"""A part of the plan, as it was and as it is."""

COURSE = ("sessions", "one_session", "remaining")
WEEKS = ("interval_weeks", "review_weeks")
GATES = ("stops", "deferrals", "referrals", "unanswered")

_NUMBERS = effects(where=lambda effect: effect.part in ("course", "interval"))


def parts(decision: Decision, renamed: Mapping[str, str]) -> dict[str, object]:
    """The plan by part: its verdict, numbers, and the rules that stop, wait or refer."""
    plan = decision.plan
    return {
        "verdict": plan.verdict,
        "sessions": plan.sessions,
        "one_session": plan.one_session,
        "interval_weeks": plan.interval_weeks,
        "remaining": plan.remaining,
        "review_weeks": plan.review_weeks,
        "stops": _rules(plan.stops, renamed),
        "deferrals": _rules(plan.deferrals, renamed),
        "referrals": _referring(decision, renamed),
        "unanswered": frozenset(decision.unanswered),
    }


def _rules(notes: tuple[Note, ...], renamed: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(renamed.get(note.rule or "", note.rule or "") for note in notes))


def _referring(decision: Decision, renamed: Mapping[str, str]) -> tuple[str, ...]:
    """The rules that refer; a reason that is built in is nobody's, whichever rule led to it."""
    said = {
        (hit.rule.id, text)
        for hit in decision.fired
        for text in (hit.rule.then.refer, hit.rule.then.no_numbers)
        if text is not None
    }
    notes = decision.plan.referrals
    return tuple(
        sorted(
            renamed.get(note.rule or "", note.rule or "") if (note.rule, note.text) in said else ""
            for note in notes
        )
    )


@dataclass(frozen=True, slots=True)
class Course:
    """The numbers before anything hides them and before progress: what one set of facets comes to."""

    sessions: object
    interval: object
    said: OneSession | None
    has_base: bool
    blocked: bool
    reasons: int

    @property
    def numbers(self) -> tuple[object, ...]:
        """All but the weeks between sessions."""
        return self.sessions, self.said, self.has_base, self.blocked, self.reasons


class Engines:
    """The real engines of both versions."""

    def __init__(self, old: CompiledRuleset, new: CompiledRuleset, renamed: Mapping[str, str]) -> None:
        self._sides = (old, new)
        self._effective = (Effective(old.ruleset), Effective(new.ruleset))
        self._index = tuple({rule.id: at for at, rule in enumerate(one.ruleset.rules)} for one in self._sides)
        self._renamed = renamed

    def decide(self, assessment: Mapping[str, Any]) -> tuple[Decision, Decision] | None:
        """Both decisions; None where one of them refuses the assessment."""
        old, new = (one.decide(dict(assessment)) for one in self._sides)
        return None if isinstance(old, tuple) or isinstance(new, tuple) else (old, new)

    def refusals(self, assessment: Mapping[str, Any]) -> tuple[tuple[Refusal, ...], tuple[Refusal, ...]]:
        """Why each of them refuses the assessment; nothing where it does not."""
        old, new = (one.decide(dict(assessment)) for one in self._sides)
        return (old if isinstance(old, tuple) else ()), (new if isinstance(new, tuple) else ())

    def changes(self, decided: tuple[Decision, Decision]) -> tuple[Change, ...]:
        """The parts of the plan that are not the same."""
        before, after = parts(decided[0], self._renamed), parts(decided[1], {})
        return tuple((name, before[name], after[name]) for name in before if before[name] != after[name])

    def courses(self, decided: tuple[Decision, Decision]) -> tuple[Course, Course]:
        """The numbers of both before anything hides them."""
        old, new = (self._course(side, decided[side]) for side in (0, 1))
        return old, new

    def _course(self, side: int, decision: Decision) -> Course:
        ruleset = self._sides[side].ruleset
        fired = self._effective[side].of(sorted(self._index[side][hit.rule.id] for hit in decision.fired))
        numbers = fired.only(_NUMBERS)
        said = {says for _, says in fired.each("vouch")}
        one: OneSession | None = (
            "will_not_suffice" if "will_not_suffice" in said else "may_suffice" if said else None
        )
        facts = {**decision.facts}
        facts.pop("sessions_done", None)
        referrals = Referrals(ruleset)
        sums = Arithmetic(ruleset, numbers, facts, _unknown_scores(decision), referrals)
        sums.work_out(one)
        return Course(sums.sessions, sums.interval, one, sums.has_base, sums.blocked, len(referrals.notes))


def _unknown_scores(decision: Decision) -> dict[str, dict[str, None]]:
    unknown: dict[str, dict[str, None]] = {}
    for hit in decision.fired:
        for score, points in hit.rule.then.points:
            for point in points:
                if isinstance(point, AttributeRef) and point.key not in decision.facts:
                    unknown.setdefault(score, {})[point.input] = None
    return unknown

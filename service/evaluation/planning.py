"""What the fired rules come to: the plan's numbers by exact arithmetic, its texts and its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Literal

from schemas.language import SUPPORTS, Support, Verdict
from service.evaluation.arithmetic import Arithmetic
from service.evaluation.fired import Fired
from service.evaluation.referrals import Referrals
from service.evaluation.wording import PLAN_FINISHED, UNANSWERED, no_base, not_signed_off
from service.model.condition import Value
from service.model.decision import AnswerWarning, Note, Plan
from service.model.number import Triple
from service.model.ruleset import OneSession, Ruleset


def plan(
    ruleset: Ruleset,
    fired: Fired,
    facts: Mapping[str, Value],
    unknown_scores: Mapping[str, Mapping[str, None]],
    unanswered: tuple[str, ...],
) -> Plan:
    """The plan for rules fired (in the ruleset's order) on facts that include conclusions and scores."""
    referrals = Referrals(ruleset)
    for kind in ("refer", "no_numbers"):
        for rule, text in fired.effects(kind):
            referrals.add(rule.id, text)
    said = _one_session_said(fired)
    sums = Arithmetic(ruleset, fired, facts, unknown_scores, referrals)
    sums.work_out(said)
    referred = referrals.notes
    stops = _notes(fired, "stop")
    blocked = bool(stops) or bool(fired.effects("no_numbers")) or sums.blocked
    sessions = None if blocked else sums.sessions
    remaining = None if blocked else sums.remaining
    deferrals = tuple(Note(rule.id, text, rule.then.until) for rule, text in fired.effects("defer"))
    finished = remaining is not None and remaining.max == 0 and not sums.goal_reached
    warnings = _warnings(ruleset, sums.has_base, unanswered, finished)
    return Plan(
        verdict=_verdict(
            stops,
            deferrals,
            bool(referred or unanswered or finished or not sums.has_base),
            sums,
            sessions,
            said,
        ),
        one_session=_one_session(said, sessions),
        sessions=sessions,
        interval_weeks=None if blocked else sums.interval,
        remaining=remaining,
        review_weeks=None if stops else _review(fired),
        support=_support(fired, sums.losing) if sessions or remaining else None,
        steps=() if stops else tuple(sums.steps),
        expected=() if stops else _notes(fired, "expect"),
        stops=stops,
        deferrals=deferrals,
        referrals=referred,
        advice=_notes(fired, "advise"),
        benefits=() if stops else _benefits(ruleset, fired),
        warnings=warnings,
    )


def _notes(fired: Fired, kind: str) -> tuple[Note, ...]:
    return tuple([Note(rule.id, text) for rule, text in fired.effects(kind)])


def _one_session_said(fired: Fired) -> OneSession | None:
    said = {says for _, says in fired.effects("one_session")}
    if "will_not_suffice" in said:
        return "will_not_suffice"
    return "may_suffice" if "may_suffice" in said else None


def _one_session(
    said: OneSession | None, sessions: Triple | None
) -> Literal["may_suffice", "will_not_suffice", "undecided"]:
    if said == "will_not_suffice" or (sessions is not None and sessions.min >= 2):
        return "will_not_suffice"
    if said == "may_suffice" and sessions is not None and sessions.min == 1:
        return "may_suffice"
    return "undecided"


def _verdict(
    stops: tuple[Note, ...],
    deferrals: tuple[Note, ...],
    review: bool,
    sums: Arithmetic,
    sessions: Triple | None,
    said: OneSession | None,
) -> Verdict:
    if stops:
        return "do_not_treat"
    if deferrals:
        return "defer"
    if review or sessions is None:
        return "clinician_review"
    if sums.goal_reached:
        return "goal_reached"
    if not sums.begun and said == "may_suffice" and sessions.typical == 1:
        return "one_session_may_suffice"
    return "several_sessions"


def _review(fired: Fired) -> Triple | None:
    """The earliest: least typical, then max, then min."""
    weeks = [triple for _, triple in fired.effects("review_weeks")]
    return min(weeks, key=Triple.need).rounded() if weeks else None


_FACTORS_AND_CAPS = ("sessions_times", "add_sessions", "most_sessions")
_BASES = (
    ("sessions", "sessions"),
    ("sessions_from_score", "sessions"),
    ("interval_weeks", "interval_weeks"),
    ("remaining_from_progress", "remaining"),
)


def _support(fired: Fired, losing: Set[tuple[str, str]]) -> Support | None:
    """The weakest among fired rules that gave a number which was not a losing base."""
    given = {rule.support for kind in _FACTORS_AND_CAPS for rule, _ in fired.effects(kind)}
    for kind, of in _BASES:
        given.update(rule.support for rule, _ in fired.effects(kind) if (rule.id, of) not in losing)
    weakest = [support for support in SUPPORTS if support in given]
    return weakest[-1] if weakest else None


def _benefits(ruleset: Ruleset, fired: Fired) -> tuple[str, ...]:
    named = {benefit for _, benefits in fired.effects("benefits") for benefit in benefits}
    return tuple(benefit for benefit in ruleset.benefits if benefit in named)


def _warnings(
    ruleset: Ruleset, has_base: bool, unanswered: tuple[str, ...], finished: bool
) -> tuple[AnswerWarning, ...]:
    warnings = []
    if not has_base:
        warnings.append(AnswerWarning("no-base", no_base(ruleset)))
    if unanswered:
        labels = ", ".join(sorted(ruleset.inputs[name].label for name in unanswered))
        warnings.append(AnswerWarning("unanswered", f"{UNANSWERED} {labels}"))
    if finished:
        warnings.append(AnswerWarning("plan-finished", PLAN_FINISHED))
    if not ruleset.signed_off:
        warnings.append(AnswerWarning("not-signed-off", not_signed_off(ruleset)))
    return tuple(warnings)

"""What the fired rules come to: the plan's numbers by exact arithmetic, its texts and its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Literal

from service.evaluation.arithmetic import Arithmetic
from service.evaluation.referrals import Referrals
from service.evaluation.wording import PLAN_FINISHED, UNANSWERED, no_base, not_signed_off
from service.model.condition import Value
from service.model.decision import AnswerWarning, Note, Plan
from service.model.number import Triple
from service.model.ruleset import SUPPORTS, OneSession, Rule, Ruleset, Support, Verdict


def plan(
    ruleset: Ruleset,
    fired: Sequence[Rule],
    facts: Mapping[str, Value],
    unknown_scores: Mapping[str, Mapping[str, None]],
    unanswered: tuple[str, ...],
) -> Plan:
    """The plan for rules fired (in the ruleset's order) on facts that include conclusions and scores."""
    referrals = Referrals(ruleset)
    for rule in fired:
        if rule.then.refer:
            referrals.add(rule.id, rule.then.refer)
        if rule.then.no_numbers:
            referrals.add(rule.id, rule.then.no_numbers)
    said = _one_session_said(fired)
    sums = Arithmetic(ruleset, fired, facts, unknown_scores, referrals)
    sums.work_out(said)
    stops = _notes(fired, "stop")
    blocked = bool(stops) or any(rule.then.no_numbers for rule in fired) or sums.blocked
    sessions = None if blocked else sums.sessions
    remaining = None if blocked else sums.remaining
    deferrals = tuple(Note(r.id, r.then.defer, r.then.until) for r in fired if r.then.defer)
    finished = remaining is not None and remaining.max == 0 and not sums.goal_reached
    warnings = _warnings(ruleset, sums.has_base, unanswered, finished)
    return Plan(
        verdict=_verdict(
            stops,
            deferrals,
            bool(referrals.notes or unanswered or finished or not sums.has_base),
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
        referrals=referrals.notes,
        advice=_notes(fired, "advise"),
        benefits=() if stops else _benefits(ruleset, fired),
        warnings=warnings,
    )


def _notes(fired: Sequence[Rule], effect: str) -> tuple[Note, ...]:
    return tuple(Note(rule.id, getattr(rule.then, effect)) for rule in fired if getattr(rule.then, effect))


def _one_session_said(fired: Sequence[Rule]) -> OneSession | None:
    said = {rule.then.one_session for rule in fired}
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


def _review(fired: Sequence[Rule]) -> Triple | None:
    """The earliest: least typical, then max, then min."""
    weeks = [rule.then.review_weeks for rule in fired if rule.then.review_weeks is not None]
    return min(weeks, key=Triple.need).rounded() if weeks else None


def _support(fired: Sequence[Rule], losing: Set[tuple[str, str]]) -> Support | None:
    """The weakest among fired rules that gave a number which was not a losing base."""
    bases = (
        ("sessions", "sessions"),
        ("sessions_from_score", "sessions"),
        ("interval_weeks", "interval_weeks"),
        ("remaining_from_progress", "remaining"),
    )
    others = ("sessions_times", "add_sessions", "most_sessions")
    given = [
        rule.support
        for rule in fired
        if rule.support is not None
        and (
            any(getattr(rule.then, name) is not None for name in others)
            or any(getattr(rule.then, name) is not None and (rule.id, of) not in losing for name, of in bases)
        )
    ]
    return max(given, key=SUPPORTS.index) if given else None


def _benefits(ruleset: Ruleset, fired: Sequence[Rule]) -> tuple[str, ...]:
    named = {benefit for rule in fired for benefit in rule.then.benefits}
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

"""The answer to an assessment.

Readings taken where DESIGN is open:

- `one_session` is `will_not_suffice` where a fired rule says so, with numbers or without; without numbers it
  is never `may_suffice`.
- "Before the first session" is `sessions_done` 0, and no fired `remaining from progress` with sessions done.
- A level that nobody concluded is left out of `conclusions`, as a flag that is no.
- `no-base` is warned of wherever no rule gave a session base, whatever the verdict; a base from an unknown
  score gave none. `plan-finished` needs numbers, so it is never given beside `no numbers` or `stop`.
- A rule counts for `support` by any number effect that is not a losing base, whether or not it moved a
  number.
- `referrals` lists the written texts in the order of `fired`, then the built-in reasons.
- Steps stay under `no numbers`, and are empty under `stop` alone.
- In `effects` every range is min, typical and max, single numbers of such places too; an attribute stays its
  name.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.reference.amounts import is_attribute
from tests.reference.notes import Notes
from tests.reference.plain import Range, as_range, name, number, range_to_json, to_json
from tests.reference.plan import Cap, earliest, limit, lowest_most, plan_interval, plan_sessions, says
from tests.reference.progress import Progress, sessions_done, what_remains
from tests.reference.questions import client_of
from tests.reference.rules import Outcome, Rule, run

NUMBER_EFFECTS = (
    "sessions",
    "sessions from score",
    "sessions times",
    "add sessions",
    "most sessions",
    "interval weeks",
    "remaining from progress",
)
STRENGTH = ("published", "derived", "interpolated", "judgement")
_RANGES = (
    "sessions",
    "sessions times",
    "add sessions",
    "interval weeks",
    "add interval weeks",
    "review weeks",
    "maintenance weeks",
)


@dataclass(frozen=True)
class Numbers:
    """The plan of one client; all None where there are no numbers."""

    sessions: Range | None
    interval: Range | None
    progress: Progress

    @property
    def remaining(self) -> Range | None:
        """What remains of the plan."""
        return self.progress.remaining


def truth(files: dict[str, Any], assessment: dict[str, Any]) -> dict[str, str]:
    """Whether each rule's condition is "true", "false" or "unknown"."""
    words = {True: "true", False: "false", None: "unknown"}
    return {rule: words[held] for rule, held in run(files, client_of(files, assessment)).truth.items()}


def decide(files: dict[str, Any], assessment: dict[str, Any]) -> dict[str, Any]:
    """The answer, but for what rules do not decide: ids, times, the ruleset and texts of its own.

    Raises RefusedError where the assessment is not valid for the ruleset.
    """
    outcome = run(files, client_of(files, assessment))
    notes = Notes()
    numbers = _numbers(files, outcome, notes)
    stopped = bool(_texts(outcome, "stop"))
    refused = stopped or bool(_texts(outcome, "no numbers") or notes.referrals())
    shown = Numbers(None, None, Progress(False, None, False)) if refused else numbers
    return {
        "verdict": _verdict(outcome, notes, shown, numbers.progress.target_met),
        "one_session": _one_session(outcome, shown.sessions),
        "sessions": range_to_json(shown.sessions),
        "interval_weeks": range_to_json(shown.interval),
        "remaining": range_to_json(shown.remaining),
        "review_weeks": None if stopped else range_to_json(earliest(outcome, "review weeks")),
        "maintenance_weeks": None if stopped else range_to_json(earliest(outcome, "maintenance weeks")),
        "support": _support(outcome, notes, shown),
        "fired": [_fired(outcome, rule) for rule in outcome.fired],
        "steps": [] if stopped else notes.steps,
        "conclusions": _facts(outcome, "conclusions.", left_out=(False, None)),
        "scores": _facts(outcome, "scores.", left_out=()),
        "expected": [] if stopped else _texts(outcome, "expect"),
        "stops": _texts(outcome, "stop"),
        "deferrals": [{**item, **_waiting(outcome, item["rule"])} for item in _texts(outcome, "defer")],
        "referrals": _referrals(outcome, notes),
        "advice": _advice(outcome),
        "benefits": [] if stopped else _benefits(files, outcome),
        "unanswered": outcome.client.unanswered(),
        "warnings": _warnings(outcome, notes, shown),
    }


def _numbers(files: dict[str, Any], outcome: Outcome, notes: Notes) -> Numbers:
    limits = limit(files, "sessions")
    most = lowest_most(outcome, notes)
    cap: Cap = most if most is not None and most[0] <= limits[1] else (limits[1], None)
    sessions = plan_sessions(outcome, most, limits, notes)
    interval = plan_interval(outcome, limit(files, "interval weeks"), notes)
    return Numbers(
        sessions, None if sessions is None else interval, what_remains(outcome, sessions, cap, notes)
    )


def _texts(outcome: Outcome, effect: str) -> list[dict[str, Any]]:
    """The texts of an effect, in the order of the rules that fired."""
    return [
        {"rule": rule.id, "text": name(rule.then[effect])} for rule in outcome.fired if effect in rule.then
    ]


def _advice(outcome: Outcome) -> list[dict[str, Any]]:
    """What is advised, with the moment: of several in the order of a day."""
    listed = []
    for rule in outcome.fired:
        said = rule.then.get("advise")
        if isinstance(said, dict):
            moments = [moment for moment in ("before", "same day", "after") if moment in said]
            listed += [
                {"rule": rule.id, "text": name(said[moment]), "at": moment.replace(" ", "_")}
                for moment in moments
            ]
        elif said is not None:
            listed.append({"rule": rule.id, "text": name(said), "at": None})
    return listed


def _waiting(outcome: Outcome, rule_id: str) -> dict[str, Any]:
    """Until when a rule defers, and for how many weeks."""
    (rule,) = (rule for rule in outcome.fired if rule.id == rule_id)
    until, weeks = rule.then.get("until"), rule.then.get("defer weeks")
    return {
        "until": None if until is None else name(until),
        "weeks": None if weeks is None else int(weeks),
    }


def _referrals(outcome: Outcome, notes: Notes) -> list[dict[str, Any]]:
    written = [
        {"rule": rule.id, "text": name(rule.then[effect])}
        for rule in outcome.fired
        for effect in ("refer", "no numbers")
        if effect in rule.then
    ]
    return written + [{"rule": rule, "text": None} for rule in notes.referrals()]


def _finished(shown: Numbers) -> bool:
    """Planned sessions are done and the target is not met."""
    return shown.remaining is not None and shown.remaining[2] == 0 and not shown.progress.target_met


def _begun(outcome: Outcome, shown: Numbers) -> bool:
    return sessions_done(outcome) > 0 or shown.progress.reckoned


def _verdict(outcome: Outcome, notes: Notes, shown: Numbers, target_met: bool) -> str:
    if _texts(outcome, "stop"):
        return "do_not_treat"
    if _texts(outcome, "defer"):
        return "defer"
    open_questions = outcome.client.unanswered()
    if _referrals(outcome, notes) or open_questions or not notes.has_base or _finished(shown):
        return "clinician_review"
    if target_met:
        return "goal_reached"
    vouched = says(outcome, "may suffice") and not says(outcome, "will not suffice")
    if vouched and shown.sessions is not None and shown.sessions[1] == 1 and not _begun(outcome, shown):
        return "one_session_may_suffice"
    return "several_sessions"


def _one_session(outcome: Outcome, sessions: Range | None) -> str:
    if says(outcome, "will not suffice") or (sessions is not None and sessions[0] >= 2):
        return "will_not_suffice"
    if says(outcome, "may suffice") and sessions is not None:
        return "may_suffice"
    return "undecided"


def _support(outcome: Outcome, notes: Notes, shown: Numbers) -> str | None:
    """The weakest among the fired rules that gave a number."""
    if shown.sessions is None and shown.interval is None and shown.remaining is None:
        return None
    counted = [
        rule.support
        for rule in outcome.fired
        if rule.support is not None
        and any(effect in rule.then and (rule.id, effect) not in notes.losing for effect in NUMBER_EFFECTS)
    ]
    return max(counted, key=STRENGTH.index, default=None)


def _facts(outcome: Outcome, prefix: str, left_out: tuple[Any, ...]) -> dict[str, Any]:
    return {
        fact.removeprefix(prefix): to_json(value)
        for fact, value in outcome.facts.items()
        if fact.startswith(prefix) and not any(value is one for one in left_out)
    }


def _benefits(files: dict[str, Any], outcome: Outcome) -> list[str]:
    """Benefits in the ruleset's order, each once."""
    named = {name(one) for rule in outcome.fired for one in rule.then.get("benefits", [])}
    return [one for one in files["ruleset"].get("benefits") or {} if one in named]


def _warnings(outcome: Outcome, notes: Notes, shown: Numbers) -> list[str]:
    said = {
        "no-base": not notes.has_base,
        "unanswered": bool(outcome.client.unanswered()),
        "plan-finished": _finished(shown),
    }
    return sorted(code for code, applies in said.items() if applies)


def _fired(outcome: Outcome, rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "factor": rule.factor,
        "matched": {subject: to_json(value) for subject, value in outcome.matched[rule.id].items()},
        "effects": {effect.replace(" ", "_"): _effect(effect, raw) for effect, raw in rule.then.items()},
        "support": rule.support,
        "evidence": rule.evidence,
    }


def _effect(effect: str, raw: Any) -> Any:
    """One effect in JSON spelling."""
    if effect in _RANGES and not is_attribute(raw):
        return range_to_json(as_range(raw, exact_middle=effect == "sessions times"))
    if effect == "one session":
        return raw.replace(" ", "_")
    if effect == "most sessions" and not is_attribute(raw):
        return to_json(number(raw))
    return _plain(raw)


def _plain(raw: Any) -> Any:
    if isinstance(raw, dict):
        return {name(key).replace(" ", "_"): _plain(value) for key, value in raw.items()}
    if isinstance(raw, list):
        return [_plain(one) for one in raw]
    return to_json(number(raw)) if isinstance(raw, float | Decimal | Fraction) else raw

"""The answer to an assessment.

Readings taken where DESIGN is open:

- "Before the first session" is `sessions_done` 0, and no fired `remaining from progress` with sessions done.
- Before it `one_session` is `will_not_suffice` where a fired rule says so, with numbers or without; without
  numbers it is never `may_suffice`. After it what rules say of one session counts no more: what was seen
  does, with numbers or without.
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

from tests.reference.amounts import amounts, is_attribute
from tests.reference.notes import Notes
from tests.reference.plain import Range, as_range, name, number, range_to_json, to_json
from tests.reference.plan import (
    earliest,
    limit,
    lowest_most,
    plan_interval,
    plan_sessions,
    says,
    winning_base,
)
from tests.reference.progress import Cap, Progress, is_slow, made_again, sessions_done, what_remains
from tests.reference.questions import client_of
from tests.reference.rules import MONTH, Outcome, Rule, run

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

    sessions: Range | None = None
    interval: Range | None = None
    remaining: Range | None = None


AS_OF = "2026-12-01"
"""The day for which is decided unless another is asked for."""


def truth(files: dict[str, Any], assessment: dict[str, Any], as_of: str = AS_OF) -> dict[str, str]:
    """Whether each rule's condition is "true", "false" or "unknown"."""
    words = {True: "true", False: "false", None: "unknown"}
    outcome = run(files, client_of(files, assessment), month_of(as_of))
    return {rule: words[held] for rule, held in outcome.truth.items()}


def month_of(day: str) -> int:
    """The month of a day such as `2026-12-01`."""
    return int(day.split("-")[1])


def decide(files: dict[str, Any], assessment: dict[str, Any], as_of: str = AS_OF) -> dict[str, Any]:
    """The answer, but for what rules do not decide: ids, times, the ruleset and texts of its own.

    Raises RefusedError where the assessment is not valid for the ruleset.
    """
    outcome = run(files, client_of(files, assessment), month_of(as_of))
    notes = Notes()
    numbers, progress = _numbers(files, outcome, notes)
    stopped = bool(_texts(outcome, "stop"))
    refused = stopped or bool(_texts(outcome, "no numbers") or notes.referrals())
    shown = Numbers() if refused else numbers
    referrals = _referrals(outcome, progress, notes)
    return {
        "verdict": _verdict(outcome, notes, shown, progress, bool(referrals)),
        "one_session": _one_session(outcome, shown.sessions, progress),
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
        "deferrals": [_deferral(rule) for rule in outcome.fired if "defer" in rule.then],
        "referrals": referrals,
        "advice": _advice(outcome),
        "benefits": [] if stopped else _benefits(files, outcome),
        "unanswered": outcome.client.unanswered(),
        "warnings": _warnings(outcome, notes, shown, progress),
    }


def _numbers(files: dict[str, Any], outcome: Outcome, notes: Notes) -> tuple[Numbers, Progress]:
    limits = limit(files, "sessions")
    most = lowest_most(outcome, notes)
    cap: Cap = most if most is not None and most[0] <= limits[1] else (limits[1], None)
    base, known = winning_base(outcome, notes)
    progress = made_again(outcome, base if known else None, cap, notes)
    if progress.reckoned:
        # What a factor needs and is not given still acts as `no numbers`.
        amounts(outcome, "sessions times", notes)
        sessions, remaining = progress.sessions, progress.remaining
    else:
        sessions = plan_sessions(base if known else None, outcome, most, limits, notes)
        remaining = what_remains(outcome, sessions, notes)
    interval = plan_interval(outcome, limit(files, "interval weeks"), notes)
    return Numbers(sessions, None if sessions is None else interval, remaining), progress


def _texts(outcome: Outcome, effect: str) -> list[dict[str, Any]]:
    """The texts of an effect, in the order of the rules that fired."""
    return [
        {"rule": rule.id, "text": name(rule.then[effect])} for rule in outcome.fired if effect in rule.then
    ]


def _deferral(rule: Rule) -> dict[str, Any]:
    """Why not now, until when, and for how many weeks."""
    until, weeks = rule.then.get("until"), rule.then.get("defer weeks")
    return {
        "rule": rule.id,
        "text": name(rule.then["defer"]),
        "until": None if until is None else name(until),
        "weeks": None if weeks is None else to_json(number(weeks)),
    }


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


def _referrals(outcome: Outcome, progress: Progress, notes: Notes) -> list[dict[str, Any]]:
    """The written texts in the order of the rules that fired, then the built-in reasons."""
    found: list[dict[str, Any]] = []
    for rule in outcome.fired:
        said = [rule.then[effect] for effect in ("refer", "no numbers") if effect in rule.then]
        slow = rule.then.get("refer when slow")
        if slow is not None and is_slow(slow, progress.won, outcome):
            said.append(slow["text"])
        found += [{"rule": rule.id, "text": name(text)} for text in said]
    return found + [{"rule": rule, "text": None} for rule in notes.referrals()]


def _finished(shown: Numbers, progress: Progress) -> bool:
    """Planned sessions are done and the target is not met."""
    return shown.remaining is not None and shown.remaining[2] == 0 and not progress.target_met


def _most_done(outcome: Outcome, progress: Progress) -> Fraction:
    """The sessions done, by the input of that name and by what the plan is made again from."""
    return max([sessions_done(outcome), *(one.done for one in progress.seen)])


def _verdict(outcome: Outcome, notes: Notes, shown: Numbers, progress: Progress, referred: bool) -> str:
    if _texts(outcome, "stop"):
        return "do_not_treat"
    if _texts(outcome, "defer"):
        return "defer"
    open_questions = outcome.client.unanswered()
    if referred or open_questions or not notes.has_base or _finished(shown, progress):
        return "clinician_review"
    if progress.target_met:
        return "goal_reached"
    vouched = says(outcome, "may suffice") and not says(outcome, "will not suffice")
    first = _most_done(outcome, progress) == 0
    if vouched and shown.sessions is not None and shown.sessions[1] == 1 and first:
        return "one_session_may_suffice"
    return "several_sessions"


def _one_session(outcome: Outcome, sessions: Range | None, progress: Progress) -> str:
    done = _most_done(outcome, progress)
    several = sessions is not None and sessions[0] >= 2
    if done >= 1:
        if done == 1 and progress.target_met:
            return "may_suffice"
        return "will_not_suffice" if done >= 2 or several else "undecided"
    if says(outcome, "will not suffice") or several:
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


def _warnings(outcome: Outcome, notes: Notes, shown: Numbers, progress: Progress) -> list[str]:
    said = {
        "no-base": not notes.has_base,
        "unanswered": bool(outcome.client.unanswered()),
        "plan-finished": _finished(shown, progress),
    }
    return sorted(code for code, applies in said.items() if applies)


def _fired(outcome: Outcome, rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "factor": rule.factor,
        "matched": {
            "as_of.month" if subject == MONTH else subject: to_json(value)
            for subject, value in outcome.matched[rule.id].items()
        },
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

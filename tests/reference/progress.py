"""Sessions still needed.

Readings taken. `remaining from progress` does not need a session base: DESIGN asks for one for intervals
alone, and `remaining` is null under `no numbers`, `stop` and the built-in reasons. It does nothing before
the first session or without an improvement, even where its target was not given; without improvement (p <=
0) its target is not looked at. Done + remaining is held under the cap for `remaining from progress` only, and
literally: a client with more sessions done than the cap gets no numbers and a referral even where nothing
remains. Of several, the one that needs most is chosen after the cap, because a max without improvement is
itself the cap; the others are losing bases. What remains by subtraction is a step only once a session was
done.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.reference.amounts import Base, attribute, winner
from tests.reference.notes import Notes
from tests.reference.plain import Range, is_number, number
from tests.reference.plan import Cap
from tests.reference.rules import Outcome, Rule

ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Progress:
    """What progress says: whether any rule reckons with it, what remains, whether the target is met."""

    reckoned: bool
    remaining: Range | None
    target_met: bool


def least(p: Fraction, t: Fraction, done: int, room: int) -> int | None:
    """The least whole m with (1-p)^(done+m) <= (1-t)^done; None where it is more than `room`."""
    if p >= t:
        return 0
    return next((m for m in range(room + 1) if (1 - p) ** (done + m) <= (1 - t) ** done), None)


def still_needed(p: Fraction, t: Fraction, margin: Fraction, done: int, cap: int) -> Range | None:
    """Min at p + margin, typical at p, max at p - margin, all as shares; None where done + typical exceeds
    the cap.
    """
    room = cap - done
    typical = least(p, t, done, room)
    if typical is None or typical > room:
        return None
    low = least(p + margin, t, done, room)
    high = least(p - margin, t, done, room) if p - margin > 0 else None
    assert low is not None
    return Fraction(low), Fraction(typical), Fraction(room if high is None else high)


def _of_input(outcome: Outcome, called: str) -> Fraction | None:
    value = outcome.client.look(called)[1]
    assert value is None or isinstance(value, Fraction)
    return value


def _target(written: Any, rule: Rule, outcome: Outcome, notes: Notes) -> Fraction | None:
    return number(written) if is_number(written) else attribute(written, rule, outcome, notes)


def sessions_done(outcome: Outcome) -> Fraction:
    """The whole-number input of that name; 0 where there is none or it was not given."""
    question = outcome.client.questions.get("sessions_done")
    if question is None or not question.whole:
        return ZERO
    return max(_of_input(outcome, "sessions_done") or ZERO, ZERO)


def from_progress(outcome: Outcome, cap: Cap, notes: Notes) -> Progress:
    """What all fired `remaining from progress` effects come to."""
    found: list[Base] = []
    met: list[bool] = []
    for rule in outcome.fired:
        written = rule.then.get("remaining from progress")
        if written is None:
            continue
        done = _of_input(outcome, written["sessions"]) or ZERO
        improvement = _of_input(outcome, written["improvement"])
        if done <= 0 or improvement is None:
            continue
        if improvement <= 0:
            met.append(False)
            notes.no_improvement(rule.id)
            continue
        target = _target(written["target"], rule, outcome, notes)
        if target is None:
            met.append(False)
            continue
        met.append(improvement >= target)
        margin = number(written.get("margin", 0)) / 100
        needed = still_needed(improvement / 100, target / 100, margin, int(done), int(cap[0]))
        if needed is None:
            notes.exceeds(cap[1])
        else:
            found.append((needed, rule.id, "remaining from progress"))
    won = winner(found, "remaining", notes)
    return Progress(bool(met), None if won is None else won[0], bool(met) and all(met))


def what_remains(outcome: Outcome, sessions: Range | None, cap: Cap, notes: Notes) -> Progress:
    """What remains by progress or, where no rule reckons with it, sessions less those done, not below 0."""
    progress = from_progress(outcome, cap, notes)
    if progress.reckoned or sessions is None:
        return progress
    done = sessions_done(outcome)
    low, typical, high = (max(one - done, ZERO) for one in sessions)
    if done:
        notes.step("base", "remaining", None, (low, typical, high))
    return Progress(False, (low, typical, high), False)

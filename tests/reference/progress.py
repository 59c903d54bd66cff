"""The plan made again from what was seen, and sessions still needed without it.

Readings taken. `remaining from progress` does nothing before the first session or without an improvement,
even where its target was not given; without improvement (p <= 0) neither target nor expectation is needed,
where the target is met both are. A plan is made again from a base alone: without one, or where one rests on
an unknown score, there is none, though the goal may still be reached and no improvement is still a referral.
What needs most is chosen before anything is cut, and without improvement most of all is needed. A max without
improvement is the cap itself, and no max is below its typical. A max that is not found within one more than
the cap leaves is that one more. A typical that is not found there leaves no new numbers and no step of them,
one that is just above the cap a step. What remains by subtraction is a step only once a session was done.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.reference.amounts import Base, attribute, needs_most
from tests.reference.notes import Notes
from tests.reference.plain import Range, is_number, number
from tests.reference.powers import compared_with_one
from tests.reference.rules import Outcome, Rule

ZERO, ONE, HUNDRED = Fraction(0), Fraction(1), Fraction(100)
Cap = tuple[Fraction, str | None]
"""The most sessions, and the rule that says so (None for the limit)."""


@dataclass(frozen=True)
class Expectation:
    """What sessions were expected to give: each the same share of what is left, or the same again.

    `clears` of the whole in `over` sessions, for gains that shrink; `adds` a session, for even ones. Shares.
    `weight` is how many sessions it counts for.
    """

    weight: Fraction
    clears: Fraction = ZERO
    over: Fraction = ONE
    adds: Fraction = ZERO


@dataclass(frozen=True)
class Seen:
    """What one fired `remaining from progress` reckons with; shares."""

    rule: str
    even: bool
    done: Fraction
    improvement: Fraction
    target: Fraction | None
    margin: Fraction
    expectation: Expectation | None
    known: bool

    @property
    def met(self) -> bool:
        """Whether the improvement itself has met the target."""
        return self.target is not None and self.improvement >= self.target


@dataclass(frozen=True)
class Progress:
    """What progress says: what the fired effects reckon with, and the plan that the winning one makes.

    `sessions` and `remaining` are None where no plan was made again, or where it exceeds the cap.
    """

    seen: tuple[Seen, ...] = ()
    won: Seen | None = None
    sessions: Range | None = None
    remaining: Range | None = None

    @property
    def reckoned(self) -> bool:
        """Whether any rule makes the plan again."""
        return bool(self.seen)

    @property
    def target_met(self) -> bool:
        """Whether the improvement has met every target."""
        return bool(self.seen) and all(one.met for one in self.seen)


def reaches(seen: Seen, p: Fraction, target: Fraction, more: int) -> bool:
    """Whether so many more sessions lead from an improvement of p to the target.

    Shrinking gains: (1-p) r^m <= 1-t with r = (q^w (1-p))^(1/(n+w)) and q = (1-c)^(1/T), so that
    (1-p)^(1 + m/(n+w)) (1-c)^(m w / (T (n+w))) <= 1-t. Even gains: p + m g >= t with g = (p + w e) / (n+w).
    """
    expected = seen.expectation or Expectation(ZERO)
    n, w = seen.done, expected.weight
    if seen.even:
        return p + more * (p + w * expected.adds) / (n + w) >= target
    if p >= target:
        return True
    if expected.clears == 1 and more and w:
        return True
    share = more / (n + w)
    left = [(1 - p, 1 + share), (1 - expected.clears, share * w / expected.over if w else ZERO)]
    powers = [(base, exponent) for base, exponent in left if exponent]
    return compared_with_one([*powers, (1 - target, -ONE)]) <= 0


def least(seen: Seen, p: Fraction, most: int) -> int | None:
    """The least whole number of further sessions, none where p is 1; None where it is above `most`."""
    assert seen.target is not None
    if p >= min(seen.target, ONE):
        return 0
    return next((more for more in range(most + 1) if reaches(seen, p, seen.target, more)), None)


def still_needed(seen: Seen, cap: Fraction) -> Range | None:
    """Min at p + margin, typical at p, max at p - margin. Nothing is needed where the target is met.

    Sought is up to one more than the cap leaves; None where typical is beyond that.
    """
    if seen.met:
        return ZERO, ZERO, ZERO
    room = int(cap - seen.done)
    typical = least(seen, seen.improvement, room + 1)
    if typical is None:
        return None
    low = least(seen, seen.improvement + seen.margin, room + 1)
    assert low is not None
    less = seen.improvement - seen.margin
    high = least(seen, less, room + 1) if less > 0 else room
    return Fraction(low), Fraction(typical), Fraction(max(typical, room + 1 if high is None else high))


def _of_input(outcome: Outcome, called: str) -> Fraction | None:
    value = outcome.client.look(called)[1]
    assert value is None or isinstance(value, Fraction)
    return value


def _amount(written: Any, rule: Rule, outcome: Outcome, notes: Notes) -> Fraction | None:
    """A number, or an attribute or an input that may not be given, as a share."""
    value = number(written) if is_number(written) else attribute(written, rule, outcome, notes)
    return None if value is None else value / 100


def sessions_done(outcome: Outcome) -> Fraction:
    """The whole-number input of that name; 0 where there is none or it was not given."""
    question = outcome.client.questions.get("sessions_done")
    if question is None or not question.whole:
        return ZERO
    return max(_of_input(outcome, "sessions_done") or ZERO, ZERO)


def _seen(rule: Rule, base: Base | None, outcome: Outcome, notes: Notes) -> Seen | None:
    """What a fired effect reckons with; None where it does nothing."""
    written = rule.then["remaining from progress"]
    done = _of_input(outcome, written["sessions"]) or ZERO
    improvement = _of_input(outcome, written["improvement"])
    if done <= 0 or improvement is None:
        return None
    even = written.get("gains", "shrinking") == "even"
    margin = number(written.get("margin", 0)) / 100
    target = _amount(written["target"], rule, outcome, notes) if improvement > 0 else None
    expectation, known = None, True
    if "expected" in written:
        needed = notes if improvement > 0 else Notes()
        expectation, known = _expectation(written, base, rule, outcome, needed)
    return Seen(rule.id, even, done, improvement / 100, target, margin, expectation, known)


def _expectation(
    written: dict[str, Any], base: Base | None, rule: Rule, outcome: Outcome, notes: Notes
) -> tuple[Expectation | None, bool]:
    """What was expected, and whether all that it takes is known."""
    weight = number(written.get("weight", 2))
    if "adds" in written["expected"]:
        adds = _amount(written["expected"]["adds"], rule, outcome, notes)
        return (None, False) if adds is None else (Expectation(weight, adds=adds), True)
    clears = _amount(written["expected"]["clears"], rule, outcome, notes)
    if clears is None or base is None:
        return None, False
    return Expectation(weight, clears=clears, over=base[0][1]), True


def made_again(outcome: Outcome, base: Base | None, cap: Cap, notes: Notes) -> Progress:
    """What all fired `remaining from progress` effects come to."""
    rules = [rule for rule in outcome.fired if "remaining from progress" in rule.then]
    found = tuple(one for rule in rules if (one := _seen(rule, base, outcome, notes)) is not None)
    unimproved = sorted((one for one in found if one.improvement <= 0), key=lambda one: one.rule)
    for one in unimproved:
        notes.no_improvement(one.rule)
    if base is None or not found:
        return Progress(found)
    if unimproved:  # one of which it is not known what was expected can't win here either
        return Progress(found, next((one for one in unimproved if one.known), None))
    able = [one for one in found if one.target is not None and one.known]
    needs = [(still_needed(one, cap[0]), one.rule, one) for one in able]
    beyond = min((one for one in needs if one[0] is None), key=lambda one: one[1], default=None)
    known = sorted(((remaining, rule, one) for remaining, rule, one in needs if remaining), key=needs_most)
    if beyond is not None:
        notes.exceeds(cap[1])
        return Progress(found, beyond[2])
    if not known:
        return Progress(found)
    remaining, _, won = known[0]
    low, typical, high = (won.done + part for part in remaining)
    for others, rule, _ in known[1:]:
        notes.step("base_not_used", "remaining", rule, others)
        notes.losing.add((rule, "remaining from progress"))
    notes.step("replan", "sessions", won.rule, (low, typical, high))
    if typical > cap[0] and not won.met:
        notes.exceeds(cap[1])
        return Progress(found, won)
    if high > cap[0] and not won.met:
        high = cap[0]
        notes.step("limit" if cap[1] is None else "most", "sessions", cap[1], (low, typical, high))
    return Progress(found, won, (low, typical, high), (low - won.done, typical - won.done, high - won.done))


def is_slow(written: dict[str, Any], won: Seen | None, outcome: Outcome) -> bool:
    """Whether a `refer when slow` refers: the last sessions gave below a share of what was expected of them.

    With even gains `over` x e was expected; with shrinking ones (1 - p + gain) (1 - q^over), the share of
    what was left before them.
    """
    gain = _of_input(outcome, written["gain"])
    over, share = number(written["over"]), number(written["share"]) / 100
    if won is None or won.expectation is None or gain is None or won.done <= over or won.met:
        return False
    gain, expected = gain / 100, won.expectation
    if won.even:
        return gain < share * over * expected.adds
    left = share * (1 - won.improvement + gain)
    # gain < left (1 - q^over), that is left q^over < left - gain.
    if left == 0:
        return gain < 0
    part = (left - gain) / left
    if part <= 0:
        return left < 0
    if expected.clears == 1:
        return left > 0
    side = compared_with_one([(1 - expected.clears, over / expected.over), (part, -ONE)])
    return side < 0 if left > 0 else side > 0


def what_remains(outcome: Outcome, sessions: Range | None, notes: Notes) -> Range | None:
    """Where no rule made the plan again: sessions less those done, not below 0."""
    if sessions is None:
        return None
    done = sessions_done(outcome)
    low, typical, high = (max(one - done, ZERO) for one in sessions)
    if done:
        notes.step("base", "remaining", None, (low, typical, high))
    return low, typical, high

"""The numbers of a plan: exact, in the language's own order, every move kept as a step.

Sessions: base; times; add; then min down, typical half up, max up, each at least 1; then the lifts;
then the lowest published maximum; then the ruleset's limits. Intervals: base, add, round, limits.

Factors and additions are taken in the order of their rules' ids, so that the order of files and rules
changes no step. Where a base or a factor is not known, the sessions end there: what is not known is not
held against a cap.

After the first session a rule may make the plan again from the improvement seen: then the sessions are those
done and those still needed (``progress.py``), and no factor, addition, lift or rounding has a part in them.
The lowest published maximum and the upper limit are held against them alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from schemas.language import Category, Move, Moved, Quantity
from service.evaluation.fired import Fired, Given
from service.evaluation.progress import Course, is_slow, still_needed
from service.evaluation.referrals import Referrals
from service.model.condition import Value
from service.model.decision import Step
from service.model.number import Number, Triple, alike
from service.model.ruleset import (
    SESSIONS_DONE,
    AttributeRef,
    FromProgress,
    FromScore,
    OneSession,
    Rule,
    Ruleset,
)

OneSessionAnswer = Literal["may_suffice", "will_not_suffice", "undecided"]
"""What an answer says of one session, whatever the verdict."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A rule that makes the plan again, and from what; the margin in points of percent."""

    rule: Rule
    course: Course
    improvement: Number
    margin: Number

    @property
    def held_back(self) -> bool:
        """Without improvement there are no numbers."""
        return self.improvement <= 0

    def needed(self, most: int) -> Triple | None:
        """What is still needed where no more than ``most`` sessions are allowed in all; None: beyond that."""
        return still_needed(self.course, self.improvement, self.margin, most - self.course.done)


_ALL = 100


class Arithmetic:
    """Works out sessions, intervals and what remains, with every step.

    After ``work_out``: ``sessions``, ``interval`` and ``remaining`` (None: no such number), ``blocked``
    (built-in reasons against giving numbers), ``has_base`` (a rule gave a number of sessions), ``done`` (how
    many sessions were), ``goal_reached``, ``steps``, and ``losing``: (rule, of what) for each base that
    another one beat.
    """

    def __init__(
        self,
        ruleset: Ruleset,
        fired: Fired,
        facts: Mapping[str, Value],
        unknown_scores: Mapping[str, Mapping[str, None]],
        referrals: Referrals,
    ) -> None:
        self._ruleset = ruleset
        self._fired = fired
        self._facts = facts
        self._unknown_scores = unknown_scores
        self._referrals = referrals
        self.losing: set[tuple[str, Moved]] = set()
        self.steps: list[Step] = []
        self.sessions: Triple | None = None
        self.interval: Triple | None = None
        self.remaining: Triple | None = None
        self.blocked = False
        self.has_base = False
        self.goal_reached = False
        self.done = max(cast(int, facts.get(SESSIONS_DONE, 0)), 0) if ruleset.counts_sessions_done else 0

    def work_out(self, said: OneSession | None) -> None:
        """All numbers; ``said``: what the fired rules say of one session."""
        base = self._session_base()
        base_known = not self.blocked
        factors = self._amounts("factor", "sessions")
        additions = self._amounts("addition", "sessions")
        known = not self.blocked
        cap = self._cap()
        replanned = self._replanned(base if base_known else None, cap)
        if base is not None and known and not replanned:
            self.sessions = self._capped(self._lifted(self._moved(base, factors, additions), said), cap)
        self.interval = self._intervals()
        if not replanned:
            self.remaining = self._subtracted()

    def one_session(self, said: OneSession | None, sessions: Triple | None) -> OneSessionAnswer:
        """Whether one session may be enough; since the first one was done, whether it was.

        ``sessions``: those that the answer gives, None where it gives none.
        """
        if not self.begun:
            return at_first(said, sessions)
        if self.done == 1 and self.goal_reached:
            return "may_suffice"
        if self.done >= 2 or (sessions is not None and sessions.min >= 2):
            return "will_not_suffice"
        return "undecided"

    @property
    def begun(self) -> bool:
        """Whether a session was done."""
        return self.done > 0

    # -- sessions ---------------------------------------------------------------------------------

    def _session_base(self) -> Triple | None:
        bases: list[tuple[Rule, Triple]] = []
        for rule, value in self._fired.each("base", "sessions"):
            base = self._from_score(rule, value) if isinstance(value, FromScore) else value
            if base is not None:
                bases.append((rule, base))
        self.has_base = bool(bases)
        return self._base(bases, "sessions")

    def _from_score(self, rule: Rule, how: FromScore) -> Triple | None:
        """Typical = score x times, min and max that -+ spread, none under ``at least``."""
        score = self._facts.get(f"scores.{how.score}")
        if score is None:
            self.blocked = True
            for name in self._unknown_scores.get(how.score, ()):
                self._referrals.question(rule.id, name, answered=name in self._facts)
            return None
        typical = cast(Number, score) * how.times
        return Triple(typical - how.spread, typical, typical + how.spread).lifted(how.at_least)

    def _base(self, bases: Sequence[tuple[Rule, Triple]], of: Moved) -> Triple | None:
        """The base that needs most; the steps say which lost."""
        if not bases:
            return None
        if len(bases) == 1:
            self._step(bases[0][0].id, "base", of, bases[0][1])
            return bases[0][1]
        most = max(triple.need() for _, triple in bases)
        winner = min((rule.id for rule, triple in bases if triple.need() == most))
        won = next(triple for rule, triple in bases if rule.id == winner)
        self._step(winner, "base", of, won)
        for rule, triple in bases:
            if rule.id != winner:
                self.losing.add((rule.id, of))
                self._step(rule.id, "base_not_used", of, triple)
        return won

    def _amounts(self, category: Category, quantity: Quantity) -> list[tuple[Rule, Triple]]:
        """What multiplies or is added, by rule; one whose question was not answered blocks."""
        amounts = []
        for rule, effect in _by_id(self._fired.each(category, quantity)):
            amount = self._resolved(rule, effect)
            if amount is not None:
                amounts.append((rule, amount))
        return amounts

    def _moved(
        self, now: Triple, factors: list[tuple[Rule, Triple]], additions: list[tuple[Rule, Triple]]
    ) -> Triple:
        """Times, then add."""
        for rule, factor in factors:
            now = now.times(factor)
            self._step(rule.id, "times", "sessions", now)
        for rule, more in additions:
            now = now.plus(more)
            self._step(rule.id, "add", "sessions", now)
        return now

    def _resolved(self, rule: Rule, effect: Number | Triple | AttributeRef) -> Triple | None:
        """The effect's numbers; where its question was not answered, no numbers and a referral."""
        if not isinstance(effect, AttributeRef):
            return _triple(effect)
        value = self._facts.get(effect.key)
        if value is None:
            self.blocked = True
            self._referrals.question(rule.id, effect.input, answered=effect.input in self._facts)
            return None
        return alike(cast(Number, value))

    def _lifted(self, now: Triple, said: OneSession | None) -> Triple:
        now = self._changed(now, now.rounded(1), None, "round", "sessions")
        if said == "will_not_suffice":
            rule = min(r.id for r, says in self._fired.each("vouch") if says == said)
            now = self._changed(now, now.lifted(2), rule, "will_not_suffice", "sessions")
        if now.typical == 1 and said != "may_suffice":
            now = self._changed(now, Triple(now.min, 2, now.max), None, "unvouched", "sessions")
        typical = max(now.min, now.typical)
        most = max(typical, now.max)
        widened = Triple(now.min, typical, most + 1 if most == now.min else most)
        return self._changed(now, widened, None, "widen", "sessions")

    def _capped(self, now: Triple, cap: tuple[int, str] | None) -> Triple | None:
        """The lowest published maximum, then the limits, which never lift a plan above that maximum."""
        low, high = self._ruleset.limits.sessions
        if cap is not None:
            after = self._under(now, cap[0], cap[1], "most")
            if after is None:
                return None
            now = after
        under = self._under(now, high, None, "limit")
        if under is None:
            return None
        if cap is not None and cap[0] < low:
            self._refer_over(cap[0], cap[1])
            return None
        return self._changed(under, under.lifted(low), None, "limit", "sessions")

    def _under(self, now: Triple, most: int, rule: str | None, does: Move) -> Triple | None:
        if now.typical > most or now.min >= most:
            self._refer_over(most, rule)
            return None
        return self._changed(now, Triple(now.min, now.typical, min(now.max, most)), rule, does, "sessions")

    def _refer_over(self, most: int, rule: str | None) -> None:
        self.blocked = True
        self._referrals.cap(rule, most, remaining=False)

    def _cap(self) -> tuple[int, str] | None:
        """The lowest ``most sessions`` and its rule; of a cap of 8.5 sessions there are at most 8."""
        caps = []
        for rule, effect in self._fired.each("cap", "sessions"):
            cap = self._resolved(rule, effect)
            if cap is not None:
                caps.append((math.floor(cap.max), rule.id))
        return min(caps) if caps else None

    # -- intervals --------------------------------------------------------------------------------

    def _intervals(self) -> Triple | None:
        """The longest base and what is added to it; None without an interval or a session base."""
        additions = self._amounts("addition", "interval_weeks")
        bases = self._fired.each("base", "interval_weeks")
        now = self._base(bases, "interval_weeks") if self.has_base else None
        if now is None:
            return None
        for rule, more in additions:
            now = now.plus(more)
            self._step(rule.id, "add", "interval_weeks", now)
        now = self._changed(now, now.rounded(), None, "round", "interval_weeks")
        return self._changed(
            now, now.clamped(*self._ruleset.limits.interval_weeks), None, "limit", "interval_weeks"
        )

    # -- what remains -----------------------------------------------------------------------------

    def _replanned(self, base: Triple | None, cap: tuple[int, str] | None) -> bool:
        """Whether rules make the plan again from the improvement seen; sessions and what remains with it."""
        under_way: list[_UnderWay] = []
        reached: list[bool] = []
        planned = 1 if base is None else base.typical
        for rule, how in self._fired.each("base", "remaining"):
            improvement = cast(Number | None, self._facts.get(how.improvement))
            done = cast(int, self._facts.get(how.sessions, 0))
            if improvement is None or done <= 0:
                continue
            self.done = max(self.done, done)
            target = self._target(rule, how, improvement)
            reached.append(target is not None and improvement >= target)
            expected, missing = self._expected(rule, how, improvement)
            if target is not None and not missing:
                course = Course(done, target, how.gains, expected, how.weight, planned)
                under_way.append(_UnderWay(rule, course, improvement, how.margin))
        if not reached:
            return False
        self.goal_reached = all(reached)
        if base is not None and under_way:
            self._settle(under_way, cap)
        return True

    def _target(self, rule: Rule, how: FromProgress, improvement: Number) -> Number | None:
        """The target; None where it was not given. Without improvement it does not matter."""
        if improvement > 0:
            return self._percent(rule, how.target)
        self.blocked = True
        self._referrals.no_improvement(rule.id)
        return _ALL

    def _expected(self, rule: Rule, how: FromProgress, improvement: Number) -> tuple[Number | None, bool]:
        """What sessions should bring, None for nothing; and whether an answer that it needs is missing."""
        if how.adds is None:
            return how.clears, False
        if improvement > 0 or not isinstance(how.adds, AttributeRef):
            adds = self._percent(rule, how.adds)
        else:
            adds = cast(Number | None, self._facts.get(how.adds.key))
        return adds, adds is None

    def _percent(self, rule: Rule, amount: str | AttributeRef | Number) -> Number | None:
        """A number, or what an answer gives; None, with a referral, without the answer."""
        if not isinstance(amount, str | AttributeRef):
            return amount
        value = self._facts.get(amount if isinstance(amount, str) else amount.key)
        if value is None:
            self.blocked = True
            name = amount if isinstance(amount, str) else amount.input
            self._referrals.question(rule.id, name, answered=name in self._facts)
        return cast(Number | None, value)

    def _settle(self, under_way: Sequence[_UnderWay], cap: tuple[int, str] | None) -> None:
        """The plan of the rule that needs most, under the lower of cap and limit."""
        high = self._ruleset.limits.sessions[1]
        most, by = cap if cap is not None and cap[0] <= high else (high, None)
        found = [(one, one.needed(most)) for one in under_way]
        chosen, needed = min(found, key=_most_needed)
        self._refer_slow(chosen)
        self.losing.update((one.rule.id, "remaining") for one in under_way if one is not chosen)
        if needed is None:
            if not chosen.held_back:
                self.blocked = True
                self._referrals.cap(by, most, remaining=True)
            return
        done = chosen.course.done
        total = needed.plus(alike(done))
        self._step(chosen.rule.id, "replan", "sessions", total)
        for one, other in found:
            if one is not chosen and other is not None:
                self._step(one.rule.id, "base_not_used", "remaining", other)
        if needed.typical > 0:
            if total.typical > most:
                self.blocked = True
                self._referrals.cap(by, most, remaining=True)
                return
            cut = Triple(total.min, total.typical, min(total.max, most))
            total = self._changed(total, cut, by, "limit" if by is None else "most", "sessions")
        self.sessions = total
        self.remaining = total.plus(alike(-done))

    def _refer_slow(self, chosen: _UnderWay) -> None:
        """The referrals of rules that find the last sessions of the plan made again too slow."""
        for rule, slow in self._fired.each("conditional gate"):
            gain = self._facts.get(slow.gain)
            if gain is not None and is_slow(
                chosen.course, chosen.improvement, cast(Number, gain), slow.over, slow.share
            ):
                self._referrals.add(rule.id, slow.text)

    def _subtracted(self) -> Triple | None:
        if self.sessions is None:
            return None
        left = self.sessions.plus(alike(-self.done)).lifted(0)
        if self.done:
            self._step(None, "base", "remaining", left)
        return left

    # -- effects and steps ------------------------------------------------------------------------

    def _step(self, rule: str | None, does: Move, of: Moved, now: Triple) -> None:
        self.steps.append(Step(rule, does, of, now))

    def _changed(self, before: Triple, after: Triple, rule: str | None, does: Move, of: Moved) -> Triple:
        if after != before:
            self._step(rule, does, of, after)
        return after


def at_first(said: OneSession | None, sessions: Triple | None) -> OneSessionAnswer:
    """Whether one session may be enough, by the rules and the first plan."""
    if said == "will_not_suffice" or (sessions is not None and sessions.min >= 2):
        return "will_not_suffice"
    if said == "may_suffice" and sessions is not None and sessions.min == 1:
        return "may_suffice"
    return "undecided"


def _most_needed(one: tuple[_UnderWay, Triple | None]) -> tuple[object, ...]:
    """What needs most comes first: without improvement, then beyond the cap, then by the numbers."""
    under_way, needed = one
    if needed is None:
        return (not under_way.held_back, (), under_way.rule.id)
    return (True, (1, *(-part for part in needed.need())), under_way.rule.id)


def _by_id(given: Sequence[Given]) -> Sequence[Given]:
    return given if len(given) < 2 else sorted(given, key=lambda one: one[0].id)


def _triple(effect: Number | Triple) -> Triple:
    return effect if isinstance(effect, Triple) else alike(effect)

"""The numbers of a plan: exact, in the language's own order, every move kept as a step.

Sessions: base; times; add; then min down, typical half up, max up, each at least 1; then the lifts;
then the lowest published maximum; then the ruleset's limits. Intervals: base, add, round, limits.

Factors and additions are taken in the order of their rules' ids, so that the order of files and rules
changes no step. Where a base or a factor is not known, the sessions end there: what is not known is not
held against a cap.

What remains after a session: each is taken to clear the same share of what is left, so that after n sessions
with improvement p (as a share) the least whole m with (1-p)^(n+m) <= (1-t)^n reaches the target t. The method
and its back-test against published courses are in the rulesets' evidence (EV-TAT-02, EV-OTA-05, EV-ABN-03).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from schemas.language import Category, Move, Moved, Quantity
from service.evaluation.fired import Fired, Given
from service.evaluation.referrals import Referrals
from service.model.condition import Value
from service.model.decision import Step
from service.model.number import Number, Triple, alike
from service.model.ruleset import AttributeRef, FromProgress, FromScore, OneSession, Rule, Ruleset


@dataclass(frozen=True, slots=True)
class SessionsNeeded:
    """Sessions still needed; None stands for "more than the most that was asked for"."""

    min: int | None
    typical: int | None
    max: int | None


def least_more(improvement: Number, sessions: int, target: Number, most: int) -> int | None:
    """The least whole m with (1-p)^(n+m) <= (1-t)^n; 0 where p >= t; None where it is above ``most``.

    ``improvement`` and ``target`` are in percent; exact, in whole numbers.
    """
    if improvement >= target:
        return 0
    if improvement <= 0:
        return None
    left = 1 - Fraction(improvement) / 100
    wanted = 1 - Fraction(target) / 100
    top, bottom = left.numerator**sessions, left.denominator**sessions
    goal_top, goal_bottom = wanted.numerator**sessions, wanted.denominator**sessions
    for more in range(max(most, 0) + 1):
        if top * goal_bottom <= goal_top * bottom:
            return more
        top, bottom = top * left.numerator, bottom * left.denominator
    return None


def still_needed(
    improvement: Number, sessions: int, target: Number, margin: Number, most: int
) -> SessionsNeeded:
    """Typical at the improvement seen, min at ``margin`` points more, max at ``margin`` points less.

    ``improvement`` is above 0; ``most`` is how many more sessions the caps allow.
    """
    better = min(improvement + margin, Fraction(100))
    return SessionsNeeded(
        min=least_more(better, sessions, target, most),
        typical=least_more(improvement, sessions, target, most),
        max=least_more(improvement - margin, sessions, target, most),
    )


SESSIONS_DONE = "sessions_done"
"""The whole-number question that counts the sessions done."""


class Arithmetic:
    """Works out sessions, intervals and what remains, with every step.

    After ``work_out``: ``sessions``, ``interval`` and ``remaining`` (None: no such number), ``blocked``
    (built-in reasons against giving numbers), ``has_base`` (a rule gave a number of sessions), ``begun``
    (a session was done), ``goal_reached``, ``steps``, and ``losing``: (rule, of what) for each base that
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
        self._done = max(cast(int, facts.get(SESSIONS_DONE, 0)), 0) if _counts_sessions(ruleset) else 0
        self.begun = self._done > 0

    def work_out(self, said: OneSession | None) -> None:
        """All numbers; ``said``: what the fired rules say of one session."""
        base = self._session_base()
        factors = self._amounts("factor", "sessions")
        additions = self._amounts("addition", "sessions")
        known = not self.blocked
        cap = self._cap()
        if base is not None and known:
            self.sessions = self._capped(self._lifted(self._moved(base, factors, additions), said), cap)
        self.interval = self._intervals()
        self.remaining = self._remaining(cap)

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
                self._referrals.question(rule.id, name)
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
            self._referrals.question(rule.id, effect.input)
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

    def _remaining(self, cap: tuple[int, str] | None) -> Triple | None:
        bases: list[tuple[Rule, Triple]] = []
        reached: list[bool] = []
        for rule, how in self._fired.each("base", "remaining"):
            improvement = self._facts.get(how.improvement)
            sessions = self._facts.get(how.sessions, 0)
            if improvement is None or cast(int, sessions) <= 0:
                continue
            met, three = self._by_progress(rule, how, cast(Number, improvement), cast(int, sessions), cap)
            reached.append(met)
            if three is not None:
                bases.append((rule, three))
        if not reached:
            return self._subtracted()
        self.begun = True
        self.goal_reached = all(reached)
        return self._base(bases, "remaining")

    def _by_progress(
        self, rule: Rule, how: FromProgress, improvement: Number, sessions: int, cap: tuple[int, str] | None
    ) -> tuple[bool, Triple | None]:
        """Whether the target is met, and what is still needed (None: no numbers, for a reason noted)."""
        if improvement <= 0:
            self.blocked = True
            self._referrals.no_improvement(rule.id)
            return False, None
        target = self._target(rule, how)
        if target is None:
            return False, None
        high = self._ruleset.limits.sessions[1]
        most, by = cap if cap is not None and cap[0] <= high else (high, None)
        left = most - sessions
        needed = still_needed(improvement, sessions, target, how.margin, left)
        if left < 0 or needed.typical is None:
            self.blocked = True
            self._referrals.cap(by, most, remaining=True)
            return improvement >= target, None
        return improvement >= target, self._three(needed, left)

    def _target(self, rule: Rule, how: FromProgress) -> Number | None:
        target = how.target
        if not isinstance(target, str | AttributeRef):
            return target
        value = self._facts.get(target if isinstance(target, str) else target.key)
        if value is None:
            self.blocked = True
            self._referrals.question(rule.id, target if isinstance(target, str) else target.input)
        return cast(Number | None, value)

    def _three(self, needed: SessionsNeeded, most: int) -> Triple:
        assert needed.typical is not None
        low = needed.typical if needed.min is None else needed.min
        return Triple(low, needed.typical, most if needed.max is None else needed.max)

    def _subtracted(self) -> Triple | None:
        if self.sessions is None:
            return None
        left = self.sessions.plus(alike(-self._done)).lifted(0)
        if self._done:
            self._step(None, "base", "remaining", left)
        return left

    # -- effects and steps ------------------------------------------------------------------------

    def _step(self, rule: str | None, does: Move, of: Moved, now: Triple) -> None:
        self.steps.append(Step(rule, does, of, now))

    def _changed(self, before: Triple, after: Triple, rule: str | None, does: Move, of: Moved) -> Triple:
        if after != before:
            self._step(rule, does, of, after)
        return after


def _by_id(given: Sequence[Given]) -> Sequence[Given]:
    return given if len(given) < 2 else sorted(given, key=lambda one: one[0].id)


def _triple(effect: Number | Triple) -> Triple:
    return effect if isinstance(effect, Triple) else alike(effect)


def _counts_sessions(ruleset: Ruleset) -> bool:
    one = ruleset.inputs.get(SESSIONS_DONE)
    return one is not None and one.domain.whole

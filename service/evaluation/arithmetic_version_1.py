"""The numbers of a plan under version 1 of the language: what decisions made then come to, for good.

Sessions are the first plan's whatever was seen since. What remains after a session: each is taken to clear
the same share of what is left, so that after n sessions with improvement p (as a share) the least whole m
with (1-p)^(n+m) <= (1-t)^n reaches the target t.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from service.evaluation.arithmetic import Arithmetic, OneSessionAnswer, at_first
from service.model.number import Number, Triple
from service.model.ruleset import FromProgress, OneSession, Rule


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


class ArithmeticVersion1(Arithmetic):
    """Works out sessions, intervals and what remains, as version 1 did."""

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

    def one_session(self, said: OneSession | None, sessions: Triple | None) -> OneSessionAnswer:
        """Whether one session may be enough, whatever was done since."""
        return at_first(said, sessions)

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
        self.done = max(self.done, 1)  # begun, whatever they were counted by
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
        target = self._percent(rule, how.target)
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

    def _three(self, needed: SessionsNeeded, most: int) -> Triple:
        assert needed.typical is not None
        low = needed.typical if needed.min is None else needed.min
        return Triple(low, needed.typical, most if needed.max is None else needed.max)

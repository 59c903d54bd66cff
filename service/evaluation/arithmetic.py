"""The numbers of a plan: exact, in the language's own order, every move kept as a step.

Sessions: base; times; add; then min down, typical half up, max up, each at least 1; then the lifts;
then the lowest published maximum; then the ruleset's limits. Intervals: base, add, round, limits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from service.evaluation.remaining import Needed, still_needed
from service.evaluation.wording import NO_IMPROVEMENT, over_cap, question_needed
from service.model.condition import Value
from service.model.decision import Does, Note, Of, Step
from service.model.number import Number, Triple, alike, written
from service.model.ruleset import AttributeRef, FromProgress, OneSession, Rule, Ruleset

_SESSIONS_DONE = "sessions_done"


class Referrals:
    """The referrals of one plan: one for each reason."""

    def __init__(self, ruleset: Ruleset) -> None:
        self._ruleset = ruleset
        self._asked: set[str] = set()
        self._capped = False
        self.notes: list[Note] = []

    def add(self, rule: str | None, text: str) -> None:
        """A text of a rule, or a built-in reason."""
        self.notes.append(Note(rule, text))

    def question(self, rule: str, name: str) -> None:
        """A question that was needed and not answered: once."""
        if name not in self._asked:
            self._asked.add(name)
            self.add(rule, question_needed(self._ruleset, name))

    def cap(self, rule: str | None, most: Number, *, remaining: bool) -> None:
        """A plan, or what remains of it, above a cap: once for both."""
        if not self._capped:
            self._capped = True
            self.add(rule, over_cap(written(most), remaining=remaining))


class Arithmetic:
    """Works out sessions, intervals and what remains, with every step.

    After ``work_out``: ``sessions``, ``interval`` and ``remaining`` (None: no such number), ``blocked``
    (built-in reasons against giving numbers), ``has_base``, ``goal_reached``, ``sessions_done``,
    ``steps``, and ``losing``: (rule, of what) for each base that another one beat.
    """

    def __init__(
        self,
        ruleset: Ruleset,
        fired: Sequence[Rule],
        facts: Mapping[str, Value],
        unknown_scores: Mapping[str, Mapping[str, None]],
        referrals: Referrals,
    ) -> None:
        self._ruleset = ruleset
        self._fired = fired
        self._facts = facts
        self._unknown_scores = unknown_scores
        self._referrals = referrals
        self._losing: set[tuple[str, str]] = set()
        self.steps: list[Step] = []
        self.sessions: Triple | None = None
        self.interval: Triple | None = None
        self.remaining: Triple | None = None
        self.blocked = False
        self.has_base = False
        self.goal_reached = False
        self.sessions_done = cast(int, facts.get(_SESSIONS_DONE, 0)) if _counts_sessions(ruleset) else 0

    @property
    def losing(self) -> frozenset[tuple[str, str]]:
        """The bases that another one beat: rule and what it was a base of."""
        return frozenset(self._losing)

    def work_out(self, said: OneSession | None) -> None:
        """All numbers; ``said``: what the fired rules say of one session."""
        sessions = self._moved(self._session_base())
        if sessions is not None:
            self.sessions = self._capped(self._lifted(sessions, said))
        if self.has_base:
            self.interval = self._intervals()
            self.remaining = self._remaining()

    # -- sessions ---------------------------------------------------------------------------------

    def _session_base(self) -> Triple | None:
        bases: list[tuple[Rule, Triple]] = []
        for rule in self._fired:
            if rule.then.sessions is not None:
                self.has_base = True
                bases.append((rule, rule.then.sessions))
            elif rule.then.sessions_from_score is not None:
                self.has_base = True
                base = self._from_score(rule)
                if base is not None:
                    bases.append((rule, base))
        return self._base(bases, "sessions")

    def _from_score(self, rule: Rule) -> Triple | None:
        """Typical = score x times, min and max that -+ spread, none under ``at least``."""
        how = rule.then.sessions_from_score
        assert how is not None
        score = self._facts.get(f"scores.{how.score}")
        if score is None:
            self.blocked = True
            for name in self._unknown_scores.get(how.score, ()):
                self._referrals.question(rule.id, name)
            return None
        typical = cast(Number, score) * how.times
        return Triple(typical - how.spread, typical, typical + how.spread).lifted(how.at_least)

    def _base(self, bases: list[tuple[Rule, Triple]], of: Of) -> Triple | None:
        """The base that needs most; the steps say which lost."""
        if not bases:
            return None
        most = max(triple.need() for _, triple in bases)
        winner = min((rule.id for rule, triple in bases if triple.need() == most))
        won = next(triple for rule, triple in bases if rule.id == winner)
        self._step(winner, "base", of, won)
        for rule, triple in bases:
            if rule.id != winner:
                self._losing.add((rule.id, of))
                self._step(rule.id, "base_not_used", of, triple)
        return won

    def _moved(self, now: Triple | None) -> Triple | None:
        """Times, then add; None where a base or a factor is missing."""
        complete = True
        for rule in self._fired:
            factor = rule.then.sessions_times
            if factor is None:
                continue
            by = self._resolved(rule, factor)
            if by is None:
                complete = False
            elif now is not None:
                now = now.times(by)
                self._step(rule.id, "times", "sessions", now)
        for rule in self._fired:
            if rule.then.add_sessions is not None and now is not None:
                now = now.plus(_triple(rule.then.add_sessions))
                self._step(rule.id, "add", "sessions", now)
        return now if complete and not self.blocked else None

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
            rule = min(r.id for r in self._fired if r.then.one_session == "will_not_suffice")
            now = self._changed(now, now.lifted(2), rule, "will_not_suffice", "sessions")
        if now.typical == 1 and said != "may_suffice":
            now = self._changed(now, Triple(now.min, 2, now.max), None, "unvouched", "sessions")
        typical = max(now.min, now.typical)
        most = max(typical, now.max)
        widened = Triple(now.min, typical, most + 1 if most == now.min else most)
        return self._changed(now, widened, None, "widen", "sessions")

    def _capped(self, now: Triple) -> Triple | None:
        """The lowest published maximum, then the limits: a cap never promises less."""
        low, high = self._ruleset.limits.sessions
        cap = self._cap()
        if cap is not None:
            after = self._under(now, cap[0], cap[1], "most")
            if after is None:
                return None
            now = after
        under = self._under(now, high, None, "limit")
        return None if under is None else self._changed(under, under.lifted(low), None, "limit", "sessions")

    def _under(self, now: Triple, most: Number, rule: str | None, does: Does) -> Triple | None:
        if now.typical > most or now.min >= most:
            self.blocked = True
            self._referrals.cap(rule, most, remaining=False)
            return None
        return self._changed(now, Triple(now.min, now.typical, min(now.max, most)), rule, does, "sessions")

    def _cap(self) -> tuple[Number, str] | None:
        """The lowest ``most sessions`` and its rule."""
        caps = []
        for rule in self._fired:
            if rule.then.most_sessions is not None:
                cap = self._resolved(rule, rule.then.most_sessions)
                if cap is not None:
                    caps.append((cap.max, rule.id))
        return min(caps) if caps else None

    # -- intervals --------------------------------------------------------------------------------

    def _intervals(self) -> Triple | None:
        bases = [
            (rule, rule.then.interval_weeks) for rule in self._fired if rule.then.interval_weeks is not None
        ]
        now = self._base(bases, "interval_weeks")
        for rule in self._fired:
            if rule.then.add_interval_weeks is not None:
                more = self._resolved(rule, rule.then.add_interval_weeks)
                if more is not None and now is not None:
                    now = now.plus(more)
                    self._step(rule.id, "add", "interval_weeks", now)
        if now is None:
            return None
        now = self._changed(now, now.rounded(), None, "round", "interval_weeks")
        return self._changed(
            now, now.clamped(*self._ruleset.limits.interval_weeks), None, "limit", "interval_weeks"
        )

    # -- what remains -----------------------------------------------------------------------------

    def _remaining(self) -> Triple | None:
        bases: list[tuple[Rule, Triple]] = []
        over = False
        reached: list[bool] = []
        for rule in self._fired:
            how = rule.then.remaining_from_progress
            seen = how and self._seen(rule, how)
            if not how or not seen:
                continue
            improvement, sessions, target = seen
            reached.append(improvement >= target)
            if improvement <= 0:
                self.blocked = True
                self._referrals.add(rule.id, NO_IMPROVEMENT)
                continue
            needed, most = self._needed(how, improvement, sessions, target)
            if needed is None:
                over = True
                continue
            bases.append((rule, self._three(needed, most)))
        self.goal_reached = bool(reached) and all(reached)
        if over:
            return None
        if bases:
            return self._base(bases, "remaining")
        return self._subtracted()

    def _seen(self, rule: Rule, how: FromProgress) -> tuple[Number, int, Number] | None:
        """Improvement, sessions and target; None before the first session or where nothing was seen."""
        improvement = self._facts.get(how.improvement)
        sessions = self._facts.get(how.sessions, 0)
        if improvement is None or not sessions:
            return None
        target: object = how.target
        if isinstance(target, AttributeRef):
            target = self._facts.get(target.key)
            name = how.target.input  # type: ignore[union-attr]
        elif isinstance(target, str):
            name = target
            target = self._facts.get(target)
        if target is None:
            self.blocked = True
            self._referrals.question(rule.id, name)
            return None
        return cast(Number, improvement), cast(int, sessions), cast(Number, target)

    def _needed(
        self, how: FromProgress, improvement: Number, sessions: int, target: Number
    ) -> tuple[Needed | None, int]:
        cap = self._cap()
        high = self._ruleset.limits.sessions[1]
        rule, cap_most = (cap[1], cap[0]) if cap is not None and cap[0] <= high else (None, high)
        most = int(cap_most) - sessions
        needed = still_needed(improvement, sessions, target, how.margin, max(most, 0))
        if most < 0 or needed.typical is None:
            self.blocked = True
            self._referrals.cap(rule, cap_most, remaining=True)
            return None, most
        return needed, most

    def _three(self, needed: Needed, most: int) -> Triple:
        assert needed.typical is not None
        low = needed.typical if needed.min is None else needed.min
        return Triple(low, needed.typical, most if needed.max is None else needed.max)

    def _subtracted(self) -> Triple | None:
        if self.sessions is None:
            return None
        done = self.sessions_done
        left = self.sessions.plus(alike(-done)).lifted(0)
        if done:
            self._step(None, "base", "remaining", left)
        return left

    # -- steps ------------------------------------------------------------------------------------

    def _step(self, rule: str | None, does: Does, of: Of, now: Triple) -> None:
        self.steps.append(Step(rule, does, of, now))

    def _changed(self, before: Triple, after: Triple, rule: str | None, does: Does, of: Of) -> Triple:
        if after != before:
            self._step(rule, does, of, after)
        return after


def _triple(effect: Number | Triple) -> Triple:
    return effect if isinstance(effect, Triple) else alike(effect)


def _counts_sessions(ruleset: Ruleset) -> bool:
    one = ruleset.inputs.get(_SESSIONS_DONE)
    return one is not None and one.kind == "whole number"

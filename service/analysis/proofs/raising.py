"""``raising X, never lowers sessions``: two assessments alike but for a higher X.

The two share all variables but those of X (``World.varied``). Where base, factors, additions, what is said of
one session and caps are all no smaller in the higher one, its plan can't be smaller: such pairs are
settled together, by the kind of difference. Of whatever else is left the engine is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from service.analysis.proofs.case import Assessment, ProofCase, assessment
from service.analysis.proofs.logic import (
    Formula,
    Model,
    NotShown,
    Undecided,
    and_,
    at_most_one,
    iff,
    implies,
    not_,
    or_,
    xor,
)
from service.analysis.proofs.profile import (
    ONE,
    Base,
    NumberEffect,
    Profile,
    below,
    cap_no_higher,
    fixed,
    larger,
    lowest_cap,
    no_larger_base,
    no_smaller_base,
    profile,
    smaller,
    under_way,
    winner,
)
from service.analysis.proofs.within_cells import (
    alternatives,
    can_be_compared,
    needs_no_more,
    numbers_of_progress,
    others,
    same_cells,
    same_number,
    spread,
)
from service.analysis.proofs.world import World
from service.model.number import Triple, alike
from service.model.ruleset import Guarantee

_NOTHING = alike(0)
_TRIES = 20
"""So many pairs of plans under way are tried for one that breaks a guarantee."""


def broken_by_raising(case: ProofCase, guarantee: Guarantee) -> tuple[Assessment, ...]:
    """The lower and the higher assessment that break the guarantee; none where it holds.

    Raises:
        Undecided: it could be neither broken nor proven.
    """
    raised, when, solver = guarantee.raising, guarantee.when, case.solver
    assert raised is not None
    within_a_cell = _progress_itself(case, guarantee)
    if within_a_cell:
        found = _broken_within_a_cell(case, guarantee)
        if found:
            return found
    low, high = case.world, case.world.varied(raised)
    solver.add(_raised(low, high, raised))
    if when is not None:
        solver.add(low.true(when))
        solver.add(high.true(when))
    pair = _pair(case.profile, profile(high))
    solver.add(pair.low.gives_numbers)
    solver.add(pair.high.gives_numbers)
    with solver:
        solver.add(pair.differ())
        solver.add(not_(pair.grows))
        found = _broken(case, pair, not_(pair.reckoned))
    return found or _broken_under_way(case, pair, raised, unsure=within_a_cell)


def _progress_itself(case: ProofCase, guarantee: Guarantee) -> bool:
    """Whether two plans made again may differ though no rule tells their numbers apart.

    No pair of cells shows that. A higher improvement makes a smaller plan; sessions done and a target make no
    smaller one, but where another of several rules, with which it can't be compared, may come to need most.
    """
    made, rules = case.profile, list(under_way(case.world))
    when: Formula = True if guarantee.when is None else case.world.true(guarantee.when)
    several = not_(can_be_compared(case.world))
    falling = {how.improvement for _, how in rules}
    rising = {name for _, how in rules for name in (how.sessions, how.target)}
    return any(
        guarantee.raising in names
        and case.solver.holds_somewhere(when, made.reckoned, made.gives_numbers, where)
        for names, where in ((falling, True), (rising, several))
    )


def _broken_within_a_cell(case: ProofCase, guarantee: Guarantee) -> tuple[Assessment, ...]:
    """Two that break it though no rule tells their numbers apart; a few are tried."""
    world, raised, made = case.world, guarantee.raising, case.profile
    assert raised is not None
    when: Formula = True if guarantee.when is None else world.true(guarantee.when)
    with case.solver:
        for claim in (when, made.reckoned, made.gives_numbers, world.given(raised)):
            case.solver.add(claim)
        for _ in range(_TRIES):
            model = case.solver.find()
            if model is None:
                break
            example = assessment(world, model)
            shared = [name for name in numbers_of_progress(world) if name != raised]
            steps = sorted(alternatives(world, raised, example[raised])) if raised in example else []
            for one in spread(others(world, example, shared)):
                for less, more in pairwise({**one, raised: number} for number in steps):
                    if _lowered(_sessions_if_any(case, less), _sessions_if_any(case, more)):
                        return less, more
            like_it = (*fixed(model, case.profile.everything()), *same_cells(world, model))
            case.solver.add(not_(and_(like_it)))
    return ()


def _sessions_if_any(case: ProofCase, example: Assessment) -> Triple | None:
    decision = case.engine.decision(example)
    return None if decision is None else decision.plan.sessions


def _broken_under_way(
    case: ProofCase, pair: _ProfilePair, raised: str, *, unsure: bool
) -> tuple[Assessment, ...]:
    """Two that break it where a plan is made again from progress; a few are tried.

    ``unsure``: there are pairs that are not among these.

    Raises:
        NotShown: there are some of which it isn't known, and none of those tried breaks it.
    """
    solver, within = case.solver, and_((pair.reckoned, not_(_grows_under_way(pair))))
    for _ in range(_TRIES):
        model = solver.find(within)
        if model is None:
            break
        unsure = True
        lower, higher = assessment(pair.low.world, model), assessment(pair.high.world, model)
        if _lowered(_sessions(case, lower), _sessions(case, higher)):
            return _small(case, pair, model, within) or (lower, higher)
        for one, other in spread(_others(pair, raised, lower, higher)):
            if _lowered(_sessions_if_any(case, one), _sessions_if_any(case, other)):
                return one, other
        cells = (*same_cells(pair.low.world, model), *same_cells(pair.high.world, model))
        solver.add(not_(and_((*pair.exactly(model), *cells))))
    if unsure:
        raise NotShown
    return ()


def _others(
    pair: _ProfilePair, raised: str, lower: Assessment, higher: Assessment
) -> Iterator[tuple[Assessment, Assessment]]:
    """The same two with other numbers of their cells; those that they share stay the same in both."""
    low, high = pair.low.world, pair.high.world
    names = numbers_of_progress(low)
    shared = [name for name in names if name != raised]
    raising = [name for name in names if name == raised]
    for one in others(low, lower, shared):
        other = {**higher, **{name: one[name] for name in shared if name in one and name in higher}}
        for less in others(low, one, raising):
            yield from ((less, more) for more in others(high, other, raising))


def _grows_under_way(pair: _ProfilePair) -> Formula:
    """Both plans are made again, and the higher one needs no less, under caps no lower.

    Of several rules the one that needs most in one part may need less in another. So either each two of the
    higher one can be compared, and then whatever makes the lower plan is outdone; or all is the same in both.
    """
    low, high = pair.low.world, pair.high.world
    lows, highs = list(under_way(low)), list(under_way(high))
    outdone = (
        implies(held, or_(and_((its, needs_no_more(low, how, high, other))) for its, other in highs))
        for held, how in lows
    )
    made_in_both = implies(or_(held for held, _ in highs), or_(held for held, _ in lows))
    by_base = or_(held for held, how in lows if how.clears is not None)
    base = implies(by_base, _typical_no_lower(pair.low, pair.high))
    grows = and_((made_in_both, base, pair.caps_no_lower, can_be_compared(high), *outdone))
    return or_((grows, _same_under_way(pair, by_base)))


def _same_under_way(pair: _ProfilePair, by_base: Formula) -> Formula:
    """The same rules make both plans again, from the same numbers and under the same caps.

    ``by_base``: where the base's typical is one of the numbers.
    """
    low, high = pair.low.world, pair.high.world
    claims = [iff(mine.holds, its.holds) for mine, its in zip(pair.low.caps, pair.high.caps, strict=True)]
    for (mine, how), (its, _) in zip(under_way(low), under_way(high), strict=True):
        numbers = (how.improvement, how.sessions, how.target, *(() if how.adds is None else (how.adds,)))
        claims += [iff(mine, its), *(implies(mine, same_number(low, high, number)) for number in numbers)]
    typical = (_typical_no_lower(pair.low, pair.high), _typical_no_lower(pair.high, pair.low))
    return and_((*claims, implies(by_base, and_(typical))))


def _typical_no_lower(low: Profile, high: Profile) -> Formula:
    """The typical of the base that wins, which is the highest of all, is no lower in the second.

    A score is never multiplied by less than 0, so that a higher one never gives less.
    """
    highs = [(part.holds, part.triple.typical) for part in high.bases]
    highs += [(held, how.at_least) for held, _, how in high.scored]
    claims = [
        implies(part.holds, or_(held for held, typical in highs if typical >= part.triple.typical))
        for part in low.bases
    ]
    for (mine, _, how), (its, _, _) in zip(low.scored, high.scored, strict=True):
        one, other = (side.world.scores[how.score] for side in (low, high))
        no_lower = one == other or one.sum.at_most_that_of(other.sum)
        claims.append(implies(mine, and_((its, no_lower))))
    return and_(claims)


def _broken(case: ProofCase, pair: _ProfilePair, within: Formula) -> tuple[Assessment, ...]:
    """``within``: where no plan is made again from progress."""
    low, high, solver = pair.low.world, pair.high.world, case.solver
    while (model := solver.find(within)) is not None:
        dominated = pair.dominated(model)
        if dominated is not None and model.holds(dominated):
            solver.add(not_(dominated))
            continue
        lower, higher = assessment(low, model), assessment(high, model)
        plans = _sessions(case, lower), _sessions(case, higher)
        if _lowered(*plans):
            return _small(case, pair, model, within) or (lower, higher)
        settled = pair.settled(model, *plans)
        if settled is False or not model.holds(settled):
            settled = and_(pair.exactly(model))
        solver.add(not_(settled))
    return ()


def _raised(low: World, high: World, name: str) -> Formula:
    """X is given in both, and higher in the second."""
    values = list(low.answers[name].values)
    return or_(
        and_((low.answers[name].values[one], high.answers[name].values[other]))
        for index, one in enumerate(values)
        for other in values[index + 1 :]
    )


def _sessions(case: ProofCase, example: Assessment) -> Triple | None:
    decision = case.engine.decision(example)
    if decision is None:
        raise Undecided
    return decision.plan.sessions


def _lowered(one: Triple | None, other: Triple | None) -> bool:
    return one is not None and other is not None and not below(one, other)


def _small(
    case: ProofCase, pair: _ProfilePair, model: Model, within: Formula
) -> tuple[Assessment, Assessment] | None:
    """The same difference with as few answers as will do."""
    low, high = pair.low.world, pair.high.world
    claims = [*pair.exactly(model), within]
    for one in reversed(tuple(case.ruleset.inputs.values())):
        unsaid = and_((not_(low.answers[one.id].given), not_(high.answers[one.id].given)))
        if one.required and one.only_if is None:
            continue
        try:
            found = case.solver.find(*claims, unsaid)
        except Undecided:
            return None
        if found is not None:
            claims.append(unsaid)
            model = found
    lower, higher = assessment(low, model), assessment(high, model)
    return (lower, higher) if _lowered(_sessions(case, lower), _sessions(case, higher)) else None


@dataclass(frozen=True)
class _ProfilePair:
    """The profiles of the lower and the higher assessment; their parts stand in the same order.

    ``said_no_less``: what is said of one session is no less in the higher one. ``caps_no_lower``: nor is its
    lowest cap.
    """

    low: Profile
    high: Profile
    said_no_less: Formula
    caps_no_lower: Formula

    def differ(self) -> Formula:
        """Something on which the number of sessions depends is not the same in both."""
        pairs = zip(self.low.everything(), self.high.everything(), strict=True)
        parts = or_(xor(one, other) for one, other in pairs)
        return or_((parts, *map(not_, self._same_scores)))

    @cached_property
    def _same_scores(self) -> list[Formula]:
        """For each score that bases come from and that may differ: it is the same in both."""
        mine, its = self.low.world.scores, self.high.world.scores
        names = [how.score for _, _, how in self.low.scored if mine[how.score] != its[how.score]]
        pairs = [(mine[name].sum, its[name].sum) for name in names]
        return [and_((one.at_most_that_of(other), other.at_most_that_of(one))) for one, other in pairs]

    @cached_property
    def same_bases(self) -> Formula:
        """The same bases hold in both, and come to the same."""
        constant = zip(self.low.bases, self.high.bases, strict=True)
        scored = zip(self.low.scored, self.high.scored, strict=True)
        claims = [iff(mine.holds, its.holds) for mine, its in constant]
        claims += [iff(mine, its) for (mine, _, _), (its, _, _) in scored]
        return and_((*claims, *self._same_scores))

    def exactly(self, model: Model) -> list[Formula]:
        """All on which the numbers of both depend, as it is in the model."""
        pairs = zip(self.low.everything(), self.high.everything(), strict=True)
        claims = fixed(model, [its for mine, its in pairs if mine is not its])
        claims += fixed(model, self.low.everything())
        for one in (self.low, self.high):
            claims += [
                score.sum.equals(score.sum.in_model(model))
                for score in (one.world.scores[how.score] for _, _, how in one.scored)
            ]
        return claims

    @cached_property
    def reckoned(self) -> Formula:
        """Progress may keep the numbers of one of the two back."""
        return or_((self.low.reckoned, self.high.reckoned))

    @cached_property
    def grows(self) -> Formula:
        """The higher one's plan is no smaller, whatever the two are: this settles most pairs at once."""
        return and_((self._effects_grow, self.caps_no_lower))

    @cached_property
    def _effects_grow(self) -> Formula:
        """Base, factors, additions and what is said of one session: none is smaller in the higher one."""
        factors = _no_smaller(self.low.factors, self.high.factors, ONE)
        additions = _no_smaller(self.low.additions, self.high.additions, _NOTHING)
        return and_((self._base_grows(), factors, additions, self.said_no_less))

    def _base_grows(self) -> Formula:
        """The base that wins in the higher one is no smaller; where scores decide, one alone does in both."""
        scored = zip(self.low.scored, self.high.scored, strict=True)
        constant = and_(not_(held) for pair in scored for held, _, _ in pair)
        by_score = [self._by_one_score(index) for index in range(len(self.low.scored))]
        return or_((and_((constant, self._winner_grows())), *by_score))

    def _winner_grows(self) -> Formula:
        """Of constant bases, that which wins in the higher one is no smaller."""
        lows, highs = (_by_need(side.bases) for side in (self.low, self.high))
        triples = list(lows)
        claims: list[Formula] = []
        for index, triple in enumerate(triples):
            wins = and_((lows[triple], *(not_(lows[needs_more]) for needs_more in triples[:index])))
            no_smaller: Formula = highs[triple]
            for other in reversed(triples[:index]):
                if below(triple, other):
                    no_smaller = or_((highs[other], no_smaller))
                else:
                    no_smaller = and_((not_(highs[other]), no_smaller))
            claims.append(implies(wins, no_smaller))
        return and_(claims)

    def dominated(self, model: Model) -> Formula | None:
        """Where all differs from low to high as in this model, or less; None where the high one may lose."""
        grown = self._grown(model)
        return None if grown is None else and_((grown, self.caps_no_lower))

    def _grown(self, model: Model) -> Formula | None:
        """As ``dominated``, but for caps."""
        if model.holds(self._effects_grow):
            return self._effects_grow
        one, other = winner(self.low, model), winner(self.high, model)
        assert one is not None
        assert other is not None
        bases = self._bases(model, one, other)
        more = [
            _added(self.low.additions, self.high.additions, model, first=first) for first in (True, False)
        ]
        if bases is None or not below(*more):
            return None
        return and_(
            (
                bases,
                _alike(self.low.additions, self.high.additions, _NOTHING, model),
                self.said_no_less,
            )
        )

    def settled(self, model: Model, one: Triple | None, other: Triple | None) -> Formula:
        """What else keeps the guarantee because this pair, with these plans, does; False for nothing else.

        Where a cap keeps one of the two from having numbers, it does so for every larger plan under it. Where
        the cap of the higher one is no lower than the plan of the lower, it cuts nothing that matters.
        """
        found: list[Formula] = []
        if one is None or other is None:
            side = self.low if one is None else self.high
            found.append(and_((larger(side, model), cap_no_higher(side, model))))
        if one is not None:
            grown, lowest = self._grown(model), lowest_cap(self.low, model)
            cutting = (part.holds for part in self.high.caps if part.triple.max < one.max)
            if grown is not None and (lowest is None or lowest >= one.max + 1):  # one of 8.5 cuts to 8
                found.append(and_((grown, smaller(self.low, model), *map(not_, cutting))))
        return or_(found)

    def _bases(self, model: Model, one: Base, other: Base) -> Formula | None:
        """Bases and factors that come to no less in the higher one; None where those of the model do."""
        low, high = self.low.factors, self.high.factors
        no_less = self._base_no_less(model, one, other)
        if no_less is not None and below(*_moved(low, high, model, ONE, ONE)):
            # Whatever the bases come to: what they are in this model must not make up for a factor.
            return and_((no_less, _alike(low, high, ONE, model)))
        if not below(*_moved(low, high, model, one.triple, other.triple)):
            return None
        bases = no_larger_base(self.low, one), no_smaller_base(self.high, other)
        factors = _alike(low, high, ONE, model, fixed_where_they_differ=not below(one.triple, other.triple))
        return and_((*bases, factors))

    def _base_no_less(self, model: Model, one: Base, other: Base) -> Formula | None:
        """The higher one's base is no less than the lower one's, whatever both are; None: that isn't said."""
        if model.holds(self.same_bases):
            return self.same_bases
        if one.score is None or other.score is None or one.index != other.index:
            return None
        return self._by_one_score(one.index) if one.score <= other.score else None

    def _by_one_score(self, index: int) -> Formula:
        """In both, which have a base, no other one holds, and this score is no lower in the higher one."""
        how = self.low.scored[index][2]  # its factor lies above 0
        mine, its = self.low.world.scores[how.score].sum, self.high.world.scores[how.score].sum
        claims = [mine.at_most_that_of(its)]
        for side in (self.low, self.high):
            claims += [not_(part.holds) for part in side.bases]
            claims += [not_(held) for at, (held, _, _) in enumerate(side.scored) if at != index]
        return and_(claims)


def _pair(low: Profile, high: Profile) -> _ProfilePair:
    lost = and_((low.will_not, not_(high.will_not)))
    vouched = and_((not_(low.will_not), not_(low.may), not_(high.will_not), high.may))
    caps = and_(
        implies(part.holds, or_(p.holds for p in low.caps if p.triple.max <= part.triple.max))
        for part, mine in zip(high.caps, low.caps, strict=True)
        if part.holds is not mine.holds
    )
    return _ProfilePair(low, high, and_((not_(lost), not_(vouched))), caps)


def _moved(
    low: tuple[NumberEffect, ...], high: tuple[NumberEffect, ...], model: Model, one: Triple, other: Triple
) -> tuple[Triple, Triple]:
    """The two bases, each multiplied by the factors that it alone has."""
    for mine, its in zip(low, high, strict=True):
        held, otherwise = model.holds(mine.holds), model.holds(its.holds)
        if held and not otherwise:
            one = one.times(mine.triple)
        elif otherwise and not held:
            other = other.times(its.triple)
    return one, other


def _added(
    low: tuple[NumberEffect, ...], high: tuple[NumberEffect, ...], model: Model, *, first: bool
) -> Triple:
    total = _NOTHING
    for mine, its in zip(low, high, strict=True):
        held, otherwise = model.holds(mine.holds), model.holds(its.holds)
        if held is not otherwise and held is first:
            total = total.plus(mine.triple)
    return total


def _alike(
    low: tuple[NumberEffect, ...],
    high: tuple[NumberEffect, ...],
    neutral: Triple,
    model: Model,
    *,
    fixed_where_they_differ: bool = False,
) -> Formula:
    """Nothing differs for the worse; or, where something does in the model, what differs differs as there."""
    pairs = [(mine, its) for mine, its in zip(low, high, strict=True) if mine.holds is not its.holds]
    none_worse = [_no_worse(mine, its, neutral) for mine, its in pairs]
    if not fixed_where_they_differ and all(map(model.holds, none_worse)):
        return and_(none_worse)
    claims: list[Formula] = []
    for (mine, its), no_worse in zip(pairs, none_worse, strict=True):
        differ = model.holds(mine.holds) is not model.holds(its.holds)
        claims += fixed(model, [mine.holds, its.holds]) if differ else [no_worse]
    return and_(claims)


def _by_need(bases: tuple[NumberEffect, ...]) -> dict[Triple, Formula]:
    """Where a base of these numbers holds, by its numbers; that which needs most comes first."""
    triples = sorted({part.triple for part in bases}, key=Triple.need, reverse=True)
    return {triple: or_(part.holds for part in bases if part.triple == triple) for triple in triples}


def _no_smaller(low: tuple[NumberEffect, ...], high: tuple[NumberEffect, ...], neutral: Triple) -> Formula:
    """The effects come to no less in the higher one: nothing differs for the worse, or one stands for one."""
    pairs = [(mine, its) for mine, its in zip(low, high, strict=True) if mine.holds is not its.holds]
    return or_((and_(_no_worse(mine, its, neutral) for mine, its in pairs), _one_for_one(pairs, neutral)))


def _one_for_one(pairs: list[tuple[NumberEffect, NumberEffect]], neutral: Triple) -> Formula:
    """Of the effects that may differ, each side has at most one, and that of the higher one is no smaller."""
    lows, highs = [mine.holds for mine, _ in pairs], [its.holds for _, its in pairs]
    claims = [at_most_one(lows), at_most_one(highs)]
    for held, triple in [*((mine.holds, mine.triple) for mine, _ in pairs), (not_(or_(lows)), neutral)]:
        enough = [its.holds for _, its in pairs if below(triple, its.triple)]
        if below(triple, neutral):
            enough.append(not_(or_(highs)))
        claims.append(implies(held, or_(enough)))
    return and_(claims)


def _no_worse(mine: NumberEffect, its: NumberEffect, neutral: Triple) -> Formula:
    """The higher one lacks no effect that makes more of a plan, and has none alone that makes less of it."""
    claims: list[Formula] = []
    if not below(mine.triple, neutral):
        claims.append(not_(and_((mine.holds, not_(its.holds)))))
    if not below(neutral, its.triple):
        claims.append(not_(and_((not_(mine.holds), its.holds))))
    return and_(claims)

"""Plans no larger, or no smaller, than one that was looked at: what one run of the engine settles.

Every operation on sessions is monotone (see ``profile``), so a formula can say "the base, the factors, the
additions, what is said of one session and the caps make the plan no larger than in this model".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from service.analysis.proofs.logic import Formula, Model, and_, implies, not_, or_
from service.analysis.proofs.profile import ONE, Part, Profile
from service.model.number import Number, Triple, alike
from service.model.ruleset import FromScore

_NOTHING = alike(0)


def below(one: Triple, other: Triple) -> bool:
    """No part of the one is above the other's."""
    return all(mine <= its for mine, its in zip(one, other, strict=True))


@dataclass(frozen=True, slots=True)
class Base:
    """The base that wins in a model: its numbers, where it holds, and its score (None: a constant one)."""

    triple: Triple
    holds: Formula
    index: int
    score: Number | None = None


def winner(profile: Profile, model: Model) -> Base | None:
    """The base that needs most in a model."""
    found = [
        Base(part.triple, part.holds, index)
        for index, part in enumerate(profile.bases)
        if model.holds(part.holds)
    ]
    for index, (held, _, how) in enumerate(profile.scored):
        if model.holds(held):
            score = profile.world.scores[how.score].sum.in_model(model)
            found.append(Base(from_score(how, score), held, index, score))
    return max(found, key=lambda base: base.triple.need(), default=None)


def from_score(how: FromScore, score: Number) -> Triple:
    """The base that a score gives, as the evaluation works it out."""
    typical = score * how.times
    return Triple(typical - how.spread, typical, typical + how.spread).lifted(how.at_least)


def smaller(profile: Profile, model: Model) -> Formula:
    """Base, factors, additions and what is said of one session make a plan no larger than in the model."""
    base = no_larger_base(profile, _winner(profile, model))
    return and_((base, _moved(profile, model, more=False), _said_no_more(profile, model)))


def larger(profile: Profile, model: Model) -> Formula:
    """Base, factors, additions and what is said of one session make a plan no smaller than in the model."""
    base = no_smaller_base(profile, _winner(profile, model))
    return and_((base, _moved(profile, model, more=True), _said_no_less(profile, model)))


def _winner(profile: Profile, model: Model) -> Base:
    won = winner(profile, model)
    assert won is not None
    return won


def _moved(profile: Profile, model: Model, *, more: bool) -> Formula:
    factors = _toward(profile.factors, ONE, model, more=more)
    return and_((*factors, *_toward(profile.additions, _NOTHING, model, more=more)))


def no_larger_base(profile: Profile, won: Base) -> Formula:
    """Whichever base wins is, part by part, no larger than this one that won."""
    still_wins = _holds_as_before(profile, won)
    claims: list[Formula] = []
    for part in profile.bases:
        if part.triple.need() > won.triple.need():
            claims.append(not_(part.holds))
        elif not below(part.triple, won.triple):
            claims.append(implies(part.holds, still_wins))
    for held, _, how in profile.scored:
        highest = _highest_score(how, won.triple)
        over: Formula = True if highest is None else profile.world.scores[how.score].sum.above(highest)
        claims.append(not_(and_((held, over))))
    return and_(claims)


def no_smaller_base(profile: Profile, won: Base) -> Formula:
    """This base holds, and whatever needs more is, part by part, no smaller."""
    claims = [_holds_as_before(profile, won)]
    claims += [
        not_(part.holds)
        for part in profile.bases
        if part.triple.need() > won.triple.need() and not below(won.triple, part.triple)
    ]
    claims += [
        not_(held)
        for index, (held, _, _) in enumerate(profile.scored)
        if won.score is None or index != won.index
    ]
    return and_(claims)


def _holds_as_before(profile: Profile, won: Base) -> Formula:
    """The base holds, with a score no lower."""
    if won.score is None:
        return won.holds
    score = profile.world.scores[profile.scored[won.index][2].score]
    return and_((won.holds, score.sum.at_least(won.score)))


def _highest_score(how: FromScore, most: Triple) -> Number | None:
    """The highest score whose base is no larger than this one; None where there is none."""
    if how.at_least > most.min or how.times <= 0:
        return None
    room = (most.min + how.spread, most.typical, most.max - how.spread)
    return min(Fraction(part) / how.times for part in room)


def _toward(parts: Sequence[Part], neutral: Triple, model: Model, *, more: bool) -> Iterator[Formula]:
    """Each part is as in the model, or differs to the one side."""
    for part in parts:
        raises, lowers = not below(part.triple, neutral), not below(neutral, part.triple)
        if model.holds(part.holds):
            if raises if more else lowers:
                yield part.holds
        elif lowers if more else raises:
            yield not_(part.holds)


def _said_no_more(profile: Profile, model: Model) -> Formula:
    if model.holds(profile.will_not):
        return True
    if model.holds(profile.may):
        return and_((profile.may, not_(profile.will_not)))
    return not_(profile.will_not)


def _said_no_less(profile: Profile, model: Model) -> Formula:
    if model.holds(profile.will_not):
        return profile.will_not
    if model.holds(profile.may):
        return True
    return or_((profile.will_not, not_(profile.may)))


def cap_no_lower(profile: Profile, model: Model) -> Formula:
    """No cap holds that is below the lowest of the model."""
    lowest = lowest_cap(profile, model)
    return and_(not_(part.holds) for part in profile.caps if lowest is None or part.triple.max < lowest)


def cap_no_higher(profile: Profile, model: Model) -> Formula:
    """A cap holds that is no higher than the lowest of the model, where it has one."""
    lowest = lowest_cap(profile, model)
    return True if lowest is None else or_(p.holds for p in profile.caps if p.triple.max <= lowest)


def lowest_cap(profile: Profile, model: Model) -> Number | None:
    """The lowest cap that holds in a model."""
    return min((part.triple.max for part in profile.caps if model.holds(part.holds)), default=None)

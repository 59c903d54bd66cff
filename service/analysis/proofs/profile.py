"""What of an assessment decides its numbers, and which plans are no larger, or no smaller, than one.

Two assessments with the same profile get the same sessions, unless the plan is made again from the progress
seen (``reckoned``): of such plans a profile says nothing. All operations of the arithmetic are monotone: a
larger base, factor or addition never makes a plan smaller. So one run of the engine settles many profiles at
once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, get_args

from schemas.language import VERDICTS, Category, Effect, covers, effects
from service.analysis.proofs.logic import Formula, Model, and_, implies, not_, or_
from service.analysis.proofs.world import World
from service.model.number import Number, Triple, alike
from service.model.ruleset import (
    SESSIONS_DONE,
    AttributeRef,
    FromProgress,
    FromScore,
    OneSession,
    Rule,
)

ONE = alike(1)


@dataclass(frozen=True, slots=True)
class NumberEffect:
    """One effect on the number of sessions in one of its forms: where it holds, and what it is."""

    holds: Formula
    rule: Rule
    triple: Triple


@dataclass(frozen=True, slots=True)
class Profile:
    """The effects on the number of sessions of all rules of a world.

    ``bases`` are constant ones; ``scored`` come from scores. ``factors`` and ``additions`` have a part for
    each option whose attribute is reckoned with. ``caps`` likewise. ``reckoned``: the plan is made
    again from the progress seen. ``begun``: a session was done; ``begun_twice``: two were, for
    all that the questions' cells tell.
    """

    world: World
    bases: tuple[NumberEffect, ...]
    scored: tuple[tuple[Formula, Rule, FromScore], ...]
    factors: tuple[NumberEffect, ...]
    additions: tuple[NumberEffect, ...]
    caps: tuple[NumberEffect, ...]
    may: Formula
    will_not: Formula
    blocked: Formula
    reckoned: Formula
    begun: Formula
    begun_twice: Formula

    @property
    def has_base(self) -> Formula:
        """Some rule gives a base."""
        return or_((*(part.holds for part in self.bases), *(held for held, _, _ in self.scored)))

    @property
    def gives_numbers(self) -> Formula:
        """There is a base, and no rule and no unanswered question keeps numbers back; caps aside."""
        return and_((self.has_base, not_(self.blocked)))

    def everything(self) -> Iterator[Formula]:
        """All formulas on which the number of sessions depends, but for the scores."""
        for parts in (self.bases, self.factors, self.additions, self.caps):
            yield from (part.holds for part in parts)
        yield from (held for held, _, _ in self.scored)
        yield from (self.may, self.will_not, self.blocked)


NUMBER_EFFECTS: dict[Category, tuple[Effect, ...]] = {
    category: effects(category, quantity="sessions") for category in ("base", "factor", "addition", "cap")
}
"""The effects that give or move the number of sessions."""


WITHHOLDING = effects("gate", where=lambda gate: gate.withholds)
"""The gates beside which there are no numbers."""

covers(
    [*NUMBER_EFFECTS, "gate", "conditional gate", "vouch", "review", "fact", "text"],
    get_args(Category),
    "categories of effects that are known to decide, or not to decide, the number of sessions",
)


GATES_OF = {
    gates[0].key: gates
    for gates in (tuple(gate for gate in effects("gate") if gate.verdict == verdict) for verdict in VERDICTS)
    if gates
}
"""By what a guarantee can promise of gates: those that bring it about, all of one verdict."""


BUILT_IN = "clinician_review"
"""The verdict to which more than rules leads: a question that is missing, or a cap that is exceeded."""


def does(rule: Rule, said: str) -> bool:
    """Whether the rule brings about what a guarantee promises of gates."""
    return any(effect in GATES_OF[said] for effect, _ in rule.then.present("gate"))


def profile(world: World) -> Profile:
    """The profile of a world."""
    pairs: list[tuple[Formula, Rule]] = [(fires, rule) for fires, rule in world.rules() if fires is not False]
    bases = [*_giving(pairs, "base")]
    for _, rule, value in bases:
        if not isinstance(value, Triple | FromScore):
            raise TypeError(f"It is not known what base {value!r} of {rule.id} comes to")
    reckoned = or_(held for held, _ in under_way(world))
    return Profile(
        world=world,
        bases=tuple(
            NumberEffect(held, rule, value) for held, rule, value in bases if isinstance(value, Triple)
        ),
        scored=tuple((held, rule, value) for held, rule, value in bases if isinstance(value, FromScore)),
        factors=tuple(_parts(world, pairs, "factor")),
        additions=tuple(_parts(world, pairs, "addition")),
        caps=tuple(_parts(world, pairs, "cap")),
        may=_one_session_is(pairs, "may_suffice"),
        will_not=_one_session_is(pairs, "will_not_suffice"),
        blocked=_blocked(world, pairs),
        reckoned=reckoned,
        begun=_done(world, 0),
        begun_twice=_done(world, 1),
    )


def _giving(pairs: list[tuple[Formula, Rule]], category: Category) -> Iterator[tuple[Formula, Rule, Any]]:
    """The values of each rule's effects on sessions of a category."""
    for held, rule in pairs:
        for effect, value in rule.then.present(category):
            if effect in NUMBER_EFFECTS[category]:
                yield held, rule, value


def _parts(world: World, pairs: list[tuple[Formula, Rule]], category: Category) -> Iterator[NumberEffect]:
    for held, rule, value in _giving(pairs, category):
        if isinstance(value, AttributeRef):
            for option, number in world.attribute(value):
                yield NumberEffect(and_((held, option)), rule, alike(number))
        else:
            yield NumberEffect(held, rule, value if isinstance(value, Triple) else alike(value))


def _one_session_is(pairs: list[tuple[Formula, Rule]], what: OneSession) -> Formula:
    return or_(held for held, rule in pairs for _, said in rule.then.present("vouch") if said == what)


def _blocked(world: World, pairs: list[tuple[Formula, Rule]]) -> Formula:
    """A rule keeps numbers back, or one reckons with a question that was not answered."""
    reasons: list[Formula] = []
    for held, rule in pairs:
        for effect, value in rule.then.present():
            if effect in WITHHOLDING:
                reasons.append(held)
            elif isinstance(value, AttributeRef):
                reasons.append(and_((held, not_(world.known(value)))))
            elif isinstance(value, FromScore):
                reasons.append(and_((held, not_(world.scores[value.score].known))))
            elif isinstance(value, FromProgress):
                reasons.append(and_((held, nothing_improved(world, value))))
                reasons.append(and_((held, _in_progress(world, value), not_(_known(world, value)))))
    return or_(reasons)


def progress_of(rule: Rule) -> Iterator[FromProgress]:
    """How the rule works out what remains from the progress seen, where it does."""
    yield from (value for _, value in rule.then.present("base") if isinstance(value, FromProgress))


def under_way(world: World) -> Iterator[tuple[Formula, FromProgress]]:
    """Where each rule makes the plan again from the progress seen, and how."""
    for held, rule in world.rules():
        for how in progress_of(rule):
            yield and_((held, _in_progress(world, how))), how


def _done(world: World, more_than: int) -> Formula:
    """More than so many sessions were done: as far as they are taken off a plan, or it is made again."""
    counted = [(held, how.sessions) for held, how in under_way(world)]
    if world.ruleset.counts_sessions_done:
        counted.append((True, SESSIONS_DONE))
    return or_(and_((held, world.above(name, more_than))) for held, name in counted)


def _in_progress(world: World, how: FromProgress) -> Formula:
    return and_((world.given(how.improvement), world.above(how.sessions, 0)))


def nothing_improved(world: World, how: FromProgress) -> Formula:
    """Sessions were done, and brought nothing: there are no numbers."""
    nothing = or_(held for number, held in _numbers(world, how.improvement) if number <= 0)
    return and_((_in_progress(world, how), nothing))


def _known(world: World, how: FromProgress) -> Formula:
    """The answers are given that tell the target, and what is expected of a session."""
    told = [world.known(fact) for fact in (how.target, how.adds) if isinstance(fact, AttributeRef)]
    return and_((*told, *([world.given(how.target)] if isinstance(how.target, str) else [])))


def _numbers(world: World, name: str) -> list[tuple[Number, Formula]]:
    return [
        (value, held) for value, held in world.facts[name].values.items() if not isinstance(value, str | bool)
    ]


def fixed(model: Model, formulas: Iterator[Formula] | list[Formula]) -> list[Formula]:
    """What a model says of the formulas, as formulas that hold in it."""
    return [formula if model.holds(formula) else not_(formula) for formula in formulas]


_NOTHING = alike(0)


def below(one: Triple, other: Triple) -> bool:
    """No part of the one is above the other's."""
    return one.min <= other.min and one.typical <= other.typical and one.max <= other.max


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
    return and_((base, _moved(profile, model, more=False), _most_one_session(profile, model)))


def larger(profile: Profile, model: Model) -> Formula:
    """Base, factors, additions and what is said of one session make a plan no smaller than in the model."""
    base = no_smaller_base(profile, _winner(profile, model))
    return and_((base, _moved(profile, model, more=True), _least_one_session(profile, model)))


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
    if how.at_least > min(most):
        return None
    room = (most.min + how.spread, most.typical, most.max - how.spread)
    return min(Fraction(part) / how.times for part in room)


def _toward(parts: Sequence[NumberEffect], neutral: Triple, model: Model, *, more: bool) -> Iterator[Formula]:
    """Each part is as in the model, or differs to the one side."""
    for part in parts:
        raises, lowers = not below(part.triple, neutral), not below(neutral, part.triple)
        if model.holds(part.holds):
            if raises if more else lowers:
                yield part.holds
        elif lowers if more else raises:
            yield not_(part.holds)


def _most_one_session(profile: Profile, model: Model) -> Formula:
    """That one session may suffice makes a typical two a one: nothing that is asked of a plan rests on it."""
    return True if model.holds(profile.will_not) else not_(profile.will_not)


def _least_one_session(profile: Profile, model: Model) -> Formula:
    return profile.will_not if model.holds(profile.will_not) else True


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

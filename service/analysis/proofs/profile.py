"""What of an assessment decides its numbers: the rules with effects on them, and what these reckon with.

Two assessments with the same profile get the same sessions, but for what progress made of them, which can
only take numbers away. All operations of the arithmetic are monotone: a larger base, factor or addition
never makes a plan smaller. So one run of the engine settles many profiles at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.analysis.proofs.logic import Formula, Model, both, either, no
from service.analysis.proofs.world import World
from service.model.number import Number, Triple, alike
from service.model.ruleset import AttributeRef, FromScore, Rule

ONE = alike(1)


@dataclass(frozen=True, slots=True)
class Part:
    """One effect on the number of sessions in one of its forms: where it holds, and what it is."""

    holds: Formula
    rule: Rule
    triple: Triple


@dataclass(frozen=True, slots=True)
class Profile:
    """The effects on the number of sessions of all rules of a world.

    ``bases`` are constant ones; ``scored`` come from scores. ``factors`` and ``additions`` have a part for
    each option whose attribute is reckoned with. ``caps`` likewise.
    """

    world: World
    bases: tuple[Part, ...]
    scored: tuple[tuple[Formula, Rule, FromScore], ...]
    factors: tuple[Part, ...]
    additions: tuple[Part, ...]
    caps: tuple[Part, ...]
    may: Formula
    will_not: Formula
    blocked: Formula

    @property
    def has_base(self) -> Formula:
        """Some rule gives a base."""
        return either((*(part.holds for part in self.bases), *(held for held, _, _ in self.scored)))

    @property
    def gives_numbers(self) -> Formula:
        """There is a base, and no rule and no unanswered question keeps numbers back; caps aside."""
        return both((self.has_base, no(self.blocked)))

    def everything(self) -> Iterator[Formula]:
        """All formulas on which the number of sessions depends, but for the scores."""
        for parts in (self.bases, self.factors, self.additions, self.caps):
            yield from (part.holds for part in parts)
        yield from (held for held, _, _ in self.scored)
        yield from (self.may, self.will_not, self.blocked)


def profile(world: World) -> Profile:
    """The profile of a world."""
    pairs: list[tuple[Formula, Rule]] = [(fires, rule) for fires, rule in world.rules() if fires is not False]
    return Profile(
        world=world,
        bases=tuple(Part(held, rule, rule.then.sessions) for held, rule in pairs if rule.then.sessions),
        scored=tuple(
            (held, rule, rule.then.sessions_from_score)
            for held, rule in pairs
            if rule.then.sessions_from_score
        ),
        factors=tuple(_parts(world, pairs, "sessions_times")),
        additions=tuple(_parts(world, pairs, "add_sessions")),
        caps=tuple(_parts(world, pairs, "most_sessions")),
        may=_says(pairs, "may_suffice"),
        will_not=_says(pairs, "will_not_suffice"),
        blocked=_blocked(world, pairs),
    )


def _parts(world: World, pairs: list[tuple[Formula, Rule]], member: str) -> Iterator[Part]:
    for held, rule in pairs:
        effect = getattr(rule.then, member)
        if isinstance(effect, AttributeRef):
            for option, number in world.attribute(effect):
                yield Part(both((held, option)), rule, alike(number))
        elif effect is not None:
            yield Part(held, rule, effect if isinstance(effect, Triple) else alike(effect))


def _says(pairs: list[tuple[Formula, Rule]], what: str) -> Formula:
    return either(held for held, rule in pairs if rule.then.one_session == what)


def _blocked(world: World, pairs: list[tuple[Formula, Rule]]) -> Formula:
    """A rule keeps numbers back, or one reckons with a question that was not answered."""
    reasons: list[Formula] = []
    for held, rule in pairs:
        then = rule.then
        if then.stop is not None or then.no_numbers is not None:
            reasons.append(held)
        effects = (then.sessions_times, then.most_sessions, then.add_interval_weeks)
        asked = [effect.input for effect in effects if isinstance(effect, AttributeRef)]
        reasons += [both((held, no(world.given(name)))) for name in asked]
        if then.sessions_from_score is not None:
            reasons.append(both((held, no(world.scores[then.sessions_from_score.score].known))))
        if then.remaining_from_progress is not None:
            reasons.append(both((held, _nothing_improved(world, rule))))
    return either(reasons)


def progress_reckoned(world: World) -> Formula:
    """Some rule works out what remains from the progress seen: that may keep numbers back."""
    return either(both((held, _in_progress(world, rule))) for held, rule in world.rules())


def _in_progress(world: World, rule: Rule) -> Formula:
    progress = rule.then.remaining_from_progress
    if progress is None:
        return False
    done = either(held for number, held in _numbers(world, progress.sessions) if number > 0)
    return both((world.given(progress.improvement), done))


def _nothing_improved(world: World, rule: Rule) -> Formula:
    progress = rule.then.remaining_from_progress
    assert progress is not None
    nothing = either(held for number, held in _numbers(world, progress.improvement) if number <= 0)
    return both((_in_progress(world, rule), nothing))


def _numbers(world: World, name: str) -> list[tuple[Number, Formula]]:
    return [
        (value, held) for value, held in world.facts[name].values.items() if not isinstance(value, str | bool)
    ]


def fixed(model: Model, formulas: Iterator[Formula] | list[Formula]) -> list[Formula]:
    """What a model says of the formulas, as formulas that hold in it."""
    return [formula if model.holds(formula) else no(formula) for formula in formulas]

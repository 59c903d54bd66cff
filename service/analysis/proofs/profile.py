"""What of an assessment decides its numbers: the rules with effects on them, and what these reckon with.

Two assessments with the same profile get the same sessions, but for what progress made of them, which can
only take numbers away. All operations of the arithmetic are monotone: a larger base, factor or addition
never makes a plan smaller. So one run of the engine settles many profiles at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from schemas.language import Category, Effect, covers, effects
from service.analysis.proofs.logic import Formula, Model, both, either, no
from service.analysis.proofs.world import World
from service.model.number import Number, Triple, alike
from service.model.ruleset import AttributeRef, FromProgress, FromScore, OneSession, Rule

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


NUMBER_EFFECTS: dict[Category, tuple[Effect, ...]] = {
    category: effects(category, quantity="sessions") for category in ("base", "factor", "addition", "cap")
}
"""The effects that give or move the number of sessions."""

WITHHOLDING = effects("gate", where=lambda gate: gate.withholds)
"""The gates beside which there are no numbers."""

covers(
    [*NUMBER_EFFECTS, "gate", "vouch", "review", "fact", "text"],
    get_args(Category),
    "categories of effects that are known to decide, or not to decide, the number of sessions",
)


def profile(world: World) -> Profile:
    """The profile of a world."""
    pairs: list[tuple[Formula, Rule]] = [(fires, rule) for fires, rule in world.rules() if fires is not False]
    bases = [(held, rule, value) for held, rule, value in _giving(pairs, "base")]
    return Profile(
        world=world,
        bases=tuple(Part(held, rule, value) for held, rule, value in bases if isinstance(value, Triple)),
        scored=tuple((held, rule, value) for held, rule, value in bases if isinstance(value, FromScore)),
        factors=tuple(_parts(world, pairs, "factor")),
        additions=tuple(_parts(world, pairs, "addition")),
        caps=tuple(_parts(world, pairs, "cap")),
        may=_says(pairs, "may_suffice"),
        will_not=_says(pairs, "will_not_suffice"),
        blocked=_blocked(world, pairs),
    )


def _giving(pairs: list[tuple[Formula, Rule]], category: Category) -> Iterator[tuple[Formula, Rule, Any]]:
    """The values of each rule's effects on sessions of a category."""
    for held, rule in pairs:
        for effect, value in rule.then.present(category):
            if effect in NUMBER_EFFECTS[category]:
                yield held, rule, value


def _parts(world: World, pairs: list[tuple[Formula, Rule]], category: Category) -> Iterator[Part]:
    for held, rule, value in _giving(pairs, category):
        if isinstance(value, AttributeRef):
            for option, number in world.attribute(value):
                yield Part(both((held, option)), rule, alike(number))
        else:
            yield Part(held, rule, value if isinstance(value, Triple) else alike(value))


def _says(pairs: list[tuple[Formula, Rule]], what: OneSession) -> Formula:
    return either(held for held, rule in pairs for _, said in rule.then.present("vouch") if said == what)


def _blocked(world: World, pairs: list[tuple[Formula, Rule]]) -> Formula:
    """A rule keeps numbers back, or one reckons with a question that was not answered."""
    reasons: list[Formula] = []
    for held, rule in pairs:
        for effect, value in rule.then.present():
            if effect in WITHHOLDING:
                reasons.append(held)
            elif isinstance(value, AttributeRef):
                reasons.append(both((held, no(world.given(value.input)))))
            elif isinstance(value, FromScore):
                reasons.append(both((held, no(world.scores[value.score].known))))
            elif isinstance(value, FromProgress):
                reasons.append(both((held, _nothing_improved(world, value))))
    return either(reasons)


def progress_of(rule: Rule) -> Iterator[FromProgress]:
    """How the rule works out what remains from the progress seen, where it does."""
    yield from (value for _, value in rule.then.present("base") if isinstance(value, FromProgress))


def progress_reckoned(world: World) -> Formula:
    """Some rule works out what remains from the progress seen: that may keep numbers back."""
    return either(
        both((held, _in_progress(world, how))) for held, rule in world.rules() for how in progress_of(rule)
    )


def _in_progress(world: World, how: FromProgress) -> Formula:
    done = either(held for number, held in _numbers(world, how.sessions) if number > 0)
    return both((world.given(how.improvement), done))


def _nothing_improved(world: World, how: FromProgress) -> Formula:
    nothing = either(held for number, held in _numbers(world, how.improvement) if number <= 0)
    return both((_in_progress(world, how), nothing))


def _numbers(world: World, name: str) -> list[tuple[Number, Formula]]:
    return [
        (value, held) for value, held in world.facts[name].values.items() if not isinstance(value, str | bool)
    ]


def fixed(model: Model, formulas: Iterator[Formula] | list[Formula]) -> list[Formula]:
    """What a model says of the formulas, as formulas that hold in it."""
    return [formula if model.holds(formula) else no(formula) for formula in formulas]

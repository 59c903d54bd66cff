"""What each kind of proof works with: the world, samples, the engine that confirms, and what it found.

Most that is asked is possible, and a sample shows it before z3 is asked. Answers are drawn at random, always
the same ones. Beside each assessment stand those with one answer changed. Whatever the ruleset does not
accept among them is left out when they are asked, so one of them is as good as a model of z3's. That none of
them shows a thing says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from schemas.language import NEWEST_LANGUAGE
from service.analysis.proofs.logic import Deadline, Formula, Model, Samples, Solver, Undecided, not_
from service.analysis.proofs.profile import Profile, profile
from service.analysis.proofs.questions import Answers, asking_the_month
from service.analysis.proofs.world import World
from service.evaluation.compiled import CompiledRuleset
from service.evaluation.intake import asking_order
from service.model.condition import DAY, Scalar
from service.model.decision import Decision
from service.model.number import as_json
from service.model.problem import Place, Problem, Severity
from service.model.ruleset import Input, Rule, Ruleset

Assessment = Mapping[str, Any]
"""As JSON data: options and levels as texts, sets as lists, numbers as numbers."""


class Confirmed:
    """What the engine makes of assessments that proofs found."""

    def __init__(self, compiled: CompiledRuleset) -> None:
        self.compiled = compiled

    def decision(self, example: Assessment) -> Decision | None:
        """The engine's decision; None where it does not take the assessment, or the month is missing."""
        if self.compiled.tests_month and DAY not in example:
            return None
        decided = self.compiled.decide_example(example)
        return None if isinstance(decided, tuple) else decided

    def fires(self, example: Assessment, *rules: str) -> bool:
        """Whether the engine fires all these rules."""
        decided = self.decision(example)
        if decided is None:
            return False
        fired = {hit.rule.id for hit in decided.fired}
        return fired.issuperset(rules)


_DRAWN = 64
_MOST_CHANGES = 400
"""Of more ways to change one answer, a share is taken, spread evenly: memory grows with each."""


class SampledAnswers:
    """Assessments in blocks of the same size: those drawn, then the same with one answer changed."""

    def __init__(self, world: World) -> None:
        self._world = world
        drawn = _drawn(world)
        self._drawn = drawn.all
        changes = [(one, change) for one in world.answers.values() for change in _changes(one, drawn)]
        changes = changes[:: -(-len(changes) // _MOST_CHANGES) or 1]
        self._blocks: dict[str, list[int]] = {}
        for number, (answered, _) in enumerate(changes, start=1):
            self._blocks.setdefault(answered.one.id, []).append(number * _DRAWN)
        self.samples = Samples(_DRAWN * (1 + len(changes)))
        everywhere = self.samples.all // self._drawn
        chosen = {
            held: drawn.where(held) * everywhere for one in world.answers.values() for held in _variables(one)
        }
        for number, (answered, change) in enumerate(changes, start=1):
            for held in _variables(answered):
                chosen[held] &= ~(self._drawn << number * _DRAWN)
                chosen[held] |= change[held] << number * _DRAWN
        for held, where in chosen.items():
            self.samples.choose(held, where)

    def answer_changes(self, question: str, formulas: Iterable[Formula]) -> bool:
        """Whether two assessments that are accepted differ in this answer alone, and one formula in them."""
        accepted = self._world.solver.sampled()
        truths = [self.samples.where(formula) for formula in formulas]
        for start in self._blocks.get(question, ()):
            both = accepted & (accepted >> start) & self._drawn
            if both and any((where ^ (where >> start)) & both for where in truths):
                return True
        return False


def _variables(answered: Answers) -> Iterator[Formula]:
    yield from answered.values.values()
    if answered.is_set:
        yield answered.given


def _changes(answered: Answers, drawn: Samples) -> Iterator[dict[Formula, int]]:
    """Where each variable of a question is true once it is answered otherwise, in each other way."""
    nothing = dict.fromkeys(_variables(answered), 0)
    yield nothing
    for held in answered.values.values():
        if not answered.is_set:
            yield nothing | {held: drawn.all}
            continue
        there = {member: drawn.where(member) for member in answered.values.values()}
        yield there | {held: drawn.all ^ there[held], answered.given: drawn.all}


def _drawn(world: World) -> Samples:
    """Assessments with random answers to the questions that apply."""
    samples = Samples(_DRAWN)
    random = _numbers()
    for one in asking_order(world.ruleset):
        answered = world.answers[one.id]
        applies, not_asked = (samples.where(formula) for formula in world.applies[one.id])
        for held, where in _answers(one, answered, applies, samples.all ^ not_asked, random).items():
            samples.choose(held, where)
    return samples


def _answers(
    one: Input, answered: Answers, applies: int, may_apply: int, random: Iterator[int]
) -> dict[Formula, int]:
    found = dict.fromkeys(_variables(answered), 0)
    values = list(answered.values.values())
    for number in range(_DRAWN):
        place = 1 << number
        must = one.required and applies & place
        if not may_apply & place or not (must or next(random) % 4):
            continue
        if answered.is_set:
            found[answered.given] |= place
            for held in values:
                found[held] |= 0 if next(random) % 3 else place
        elif values:
            found[values[next(random) % len(values)]] |= place
    return found


def _numbers() -> Iterator[int]:
    """Numbers that look random, always the same: a linear congruential generator with Knuth's constants."""
    state = 1
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> 33


@dataclass(frozen=True)
class ProofCase:
    """A ruleset under proof. ``unreachable``: rules that were shown never to fire, by id."""

    ruleset: Ruleset
    world: World
    engine: Confirmed
    sampled: SampledAnswers
    unreachable: frozenset[str] = frozenset()

    @property
    def solver(self) -> Solver:
        """The solver of the world."""
        return self.world.solver

    @cached_property
    def profile(self) -> Profile:
        """The profile of the world, worked out once for all guarantees."""
        return profile(self.world)


def opened(compiled: CompiledRuleset, deadline: Deadline) -> ProofCase:
    """The case for a compiled ruleset.

    Raises:
        ValueError: it was read under an earlier version of the language, whose arithmetic no proof knows.
    """
    if compiled.ruleset.language_version != NEWEST_LANGUAGE:
        raise ValueError("nothing is proven of what an earlier version of the language comes to")
    (ruleset,) = asking_the_month(compiled.ruleset)
    world = World.alone(ruleset, Solver(deadline))
    sampled = SampledAnswers(world)
    world.solver.try_first(sampled.samples)
    return ProofCase(ruleset, world, Confirmed(compiled), sampled)


def warning(place: Place, code: str, message: str, *examples: Assessment) -> Problem:
    """A warning with the assessments that show it."""
    return _problem(place, code, message, "warning", examples)


def error(place: Place, code: str, message: str, *examples: Assessment) -> Problem:
    """An error with the assessments that show it."""
    return _problem(place, code, message, "error", examples)


def _problem(
    place: Place, code: str, message: str, severity: Severity, examples: tuple[Assessment, ...]
) -> Problem:
    return Problem(place, code, message, severity, tuple(as_text(example) for example in examples))


def at(rule: Rule, *path: str) -> Place:
    """Where a part of the rule stands."""
    return rule.places.get(path, rule.place)


def smallest(world: World, *claims: Formula) -> Assessment | None:
    """An assessment for which the claims hold, with as few answers as will do; None where there is none.

    Raises:
        Undecided: it would take more time than there is.
    """
    model = world.solver.find(*claims)
    if model is None:
        return None
    kept = list(claims)
    for one in reversed(tuple(world.ruleset.inputs.values())):
        answered = world.answers[one.id]
        unsaid = not_(answered.given)
        if not model.holds(answered.given):
            kept.append(unsaid)
            continue
        try:
            without = None if one.required and one.only_if is None else world.solver.find(*kept, unsaid)
        except Undecided:
            without = None
        if without is not None:
            model = without
            kept.append(unsaid)
    return assessment(world, _plainest(world, model, kept))


def _plainest(world: World, model: Model, kept: list[Formula]) -> Model:
    """Of models with the same answers missing, one with first options and small sets."""
    for answered in world.answers.values():
        if not model.holds(answered.given):
            continue
        for held in answered.values.values():
            wanted = not_(held) if answered.is_set else held
            if not model.holds(wanted):
                try:
                    found = world.solver.find(*kept, answered.given, wanted)
                except Undecided:
                    return model
                if found is None:
                    continue
                model = found
            kept.append(wanted)
            if not answered.is_set:
                break
    return model


def assessment(world: World, model: Model) -> Assessment:
    """What is given in a model, in the order in which the questions are asked."""
    given: dict[str, Any] = {}
    for one in world.ruleset.inputs.values():
        answered = world.answers[one.id]
        if not model.holds(answered.given):
            continue
        held = [_plain(value) for value, formula in answered.values.items() if model.holds(formula)]
        given[one.id] = held if answered.is_set else held[0]
    return given


def _plain(value: Scalar) -> Any:
    return value if isinstance(value, str | bool) else as_json(value)


def as_text(example: Assessment) -> str:
    """An assessment as a JSON text on one line."""
    return json.dumps(example, ensure_ascii=False)

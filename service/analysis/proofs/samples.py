"""Many assessments of a ruleset at once, by which to see that something is possible before z3 is asked.

Answers are drawn at random, always the same ones. Beside each assessment stand those with one answer
changed. Whatever the ruleset does not accept among them is left out when they are asked, so one of them is
as good as a model of z3's. That none of them shows a thing says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.analysis.proofs.logic import Formula, Samples
from service.analysis.proofs.questions import Answers
from service.analysis.proofs.world import World
from service.evaluation.intake import asking_order
from service.model.ruleset import Input

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

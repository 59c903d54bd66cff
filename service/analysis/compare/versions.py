"""Two rulesets over the same assessments, as formulas of one solver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from service.analysis.compare.edits import renamed
from service.analysis.proofs.logic import (
    Deadline,
    Formula,
    Model,
    Solver,
    and_,
    not_,
)
from service.analysis.proofs.questions import AskedQuestions, Assessment, asking_the_month
from service.analysis.proofs.world import World
from service.evaluation.compiled import without_month
from service.evaluation.fired import starting_facts
from service.evaluation.intake import Answered, Intake
from service.model.condition import DAY
from service.model.problem import Refusal
from service.model.ruleset import Rule, Ruleset


class VersionPair:
    """The old ruleset and the new one."""

    def __init__(self, old: Ruleset, new: Ruleset, deadline: Deadline) -> None:
        old, new = asking_the_month(old, new)
        self.solver = Solver(deadline)
        self.questions = AskedQuestions(new, old)
        for rule in self.questions.rules():
            self.solver.add(rule)
        known: dict[Formula, Formula] = {}
        self.old = World(old, self.solver, self.questions, known, "old:")
        self.new = World(new, self.solver, self.questions, known, "new:")
        self.renamed = renamed(old, new)
        self.accepted = and_((self.old.accepts(), self.new.accepts()))

    @property
    def sides(self) -> tuple[World, World]:
        """The old one and the new one."""
        return self.old, self.new

    def name_of(self, side: World, rule: Rule) -> str:
        """The rule's id, that of the new one where it was renamed."""
        return self.renamed.get(rule.id, rule.id) if side is self.old else rule.id

    def smallest(self, *claims: Formula) -> Assessment | None:
        """An assessment for which the claims hold: few answers, the first that will do. None: there is none.

        Raises:
            Undecided: it would take more time than there is.
        """
        model = self.solver.find(*claims)
        if model is None:
            return None
        with self.solver:
            for claim in claims:
                self.solver.add(claim)
            return self.questions.assessment(self._first(*self._fewest(model)))

    def _fewest(self, model: Model) -> tuple[Model, list[Formula]]:
        """A model with few answers, and what has to be kept so that they stay few."""
        kept: list[Formula] = []
        for given in reversed([*self._givens()]):
            unsaid = not_(given)
            if model.holds(given):
                without = self.solver.find(*kept, unsaid)
                if without is None:
                    continue
                model = without
            kept.append(unsaid)
        return model, kept

    def _first(self, model: Model, kept: list[Formula]) -> Model:
        """The model with the first values of its questions, one question after another."""
        for shapes in self.questions.asked.values():
            for asked in shapes:
                if not model.holds(asked.given):
                    continue
                kept.append(asked.given)
                wanted = [not_(held) for held in reversed([*asked.values.values()])]
                for claim in wanted if asked.shape == "set" else asked.values.values():
                    found = model if model.holds(claim) else self.solver.find(*kept, claim)
                    if found is not None:
                        model = found
                        kept.append(claim)
                        if asked.shape != "set":
                            break
        return model

    def _givens(self) -> Iterator[Formula]:
        return (asked.given for shapes in self.questions.asked.values() for asked in shapes)


@dataclass(frozen=True, slots=True)
class NewlyRefused:
    """Assessments that are refused for one question, where the other version accepts them.

    ``example``: one of them; ``refusals``: what is said of it.
    """

    question: str
    holds: Formula
    example: Assessment
    refusals: tuple[Refusal, ...]


Refusing = Callable[[Assessment], tuple[Refusal, ...]]


def reasons_for_refusing(ruleset: Ruleset) -> Refusing:
    """A function that tells why the ruleset refuses an assessment; nothing where it accepts it.

    The month, where proofs ask for it as if it were a question, is none here.
    """
    asked = {name: one for name, one in ruleset.inputs.items() if name != DAY}
    intake, start = Intake(replace(ruleset, inputs=asked)), starting_facts(ruleset)

    def refusals(assessment: Assessment) -> tuple[Refusal, ...]:
        read = intake.read(dict(assessment), start, ruleset)
        return () if isinstance(read, Answered) else read

    return refusals


def newly_refused(pair: VersionPair, accepting: World, refusing: World) -> Iterator[NewlyRefused]:
    """What ``accepting`` accepts and ``refusing`` does not, question by question, confirmed by both.

    Raises:
        Undecided: it would take more time than there is.
    """
    if same_questions(accepting.ruleset, refusing.ruleset):
        return
    takes, refuses = reasons_for_refusing(accepting.ruleset), reasons_for_refusing(refusing.ruleset)
    accepted = accepting.accepts()
    for name in pair.questions.names:
        holds = and_((accepted, not_(refusing.accepts(name))))
        example = pair.smallest(holds)
        if example is None:
            continue
        example, _ = without_month(example)
        refusals = refuses(example)
        if refusals and not takes(example):
            yield NewlyRefused(name, holds, example, refusals)


def same_questions(one: Ruleset, other: Ruleset) -> bool:
    """Whether both surely accept the same: they say the same of all that decides it."""
    contradicting = ({contradiction.when for contradiction in side.contradictions} for side in (one, other))
    return {name: _decisive(one, name) for name in one.inputs} == {
        name: _decisive(other, name) for name in other.inputs
    } and next(contradicting) == next(contradicting)


def _decisive(ruleset: Ruleset, name: str) -> tuple[object, ...]:
    one = ruleset.inputs[name]
    return (
        one.kind,
        {option.id: dict(option.attributes) for option in one.options},
        [option.id for option in one.options],
        (one.domain.low, one.domain.high, one.domain.whole),
        one.required,
        one.default,
        one.only_if,
    )

"""Assessments that one of two versions accepts and the other refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from service.analysis.compare.pair import Pair, Side
from service.analysis.compare.universe import Assessment
from service.analysis.proofs.logic import Formula, and_, not_
from service.evaluation.deriving import starting_facts
from service.evaluation.intake import Intake
from service.model.refusal import Refusal
from service.model.ruleset import Ruleset

Asks = Callable[[Assessment], tuple[Refusal, ...]]


@dataclass(frozen=True, slots=True)
class Turned:
    """Assessments that are refused for one question, where the other version accepts them.

    ``example``: one of them; ``refusals``: what is said of it.
    """

    question: str
    holds: Formula
    example: Assessment
    refusals: tuple[Refusal, ...]


def asks(ruleset: Ruleset) -> Asks:
    """A function that tells why the ruleset refuses an assessment; nothing where it accepts it."""
    intake, start = Intake(ruleset), starting_facts(ruleset)

    def refusals(assessment: Assessment) -> tuple[Refusal, ...]:
        read = intake.read(dict(assessment), start)
        return read if isinstance(read, tuple) else ()

    return refusals


def turned(pair: Pair, accepting: Side, refusing: Side) -> Iterator[Turned]:
    """What ``accepting`` accepts and ``refusing`` does not, question by question, confirmed by both.

    Raises:
        Undecided: it would take more time than there is.
    """
    if same_questions(accepting.ruleset, refusing.ruleset):
        return
    takes, refuses = asks(accepting.ruleset), asks(refusing.ruleset)
    accepted = accepting.accepts()
    for name in pair.universe.names:
        holds = and_((accepted, not_(refusing.accepts(name))))
        example = pair.smallest(holds)
        if example is None:
            continue
        refusals = refuses(example)
        if refusals and not takes(example):
            yield Turned(name, holds, example, refusals)


def same_questions(one: Ruleset, other: Ruleset) -> bool:
    """Whether both surely accept the same: they say the same of all that decides it."""
    return {name: _decisive(one, name) for name in one.inputs} == {
        name: _decisive(other, name) for name in other.inputs
    }


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

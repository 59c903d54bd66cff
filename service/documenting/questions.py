"""The questions of an assessment in words: how each is answered, when it is asked, and what is unasked."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.language import KINDS
from service.documenting.conditions import Clause, clauses
from service.documenting.naming import Naming, in_order, listed, option_label
from service.documenting.phrases import begun, both, measured, plain, scalar
from service.model.ruleset import Input


@dataclass(frozen=True, slots=True)
class Question:
    """One question: ``how`` it is answered, its ``options``, and what leaving it open comes to."""

    id: str
    anchor: str
    label: str
    help: str | None
    how: str
    options: tuple[str, ...]
    asked: str
    changeable: bool
    only_if: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Traits:
    """What rules can know of the answers to one question: a row an answer, a column a trait."""

    anchor: str
    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def questions(naming: Naming) -> tuple[Question, ...]:
    """Every question, in the order in which they are asked."""
    return tuple(_question(naming, one) for one in naming.ruleset.inputs.values())


def traits(naming: Naming) -> tuple[Traits, ...]:
    """The questions whose answers carry traits."""
    return tuple(
        Traits(
            f"answers-{one.id}",
            one.label,
            tuple(begun(plain(name)) for name in one.attributes),
            tuple(
                (option_label(option), tuple(listed(option.attributes[name]) for name in one.attributes))
                for option in one.options
            ),
        )
        for one in naming.ruleset.inputs.values()
        if one.attributes
    )


def _question(naming: Naming, one: Input) -> Question:
    return Question(
        one.id,
        f"question-{one.id}",
        one.label,
        one.help,
        _how(one),
        tuple(map(option_label, one.options)),
        _asked(naming, one),
        one.changeable,
        clauses(naming, one.only_if) if one.only_if is not None else (),
    )


def _how(one: Input) -> str:
    low, high = one.domain.low, one.domain.high
    how = KINDS[one.kind].how
    if low is None or high is None:
        return how
    return f"{how} from {scalar(low)} to {measured(high, one.unit)}"


def _asked(naming: Naming, one: Input) -> str:
    if one.required:
        return "Required"
    if one.must_ask:
        return "Must be asked"
    return f"Taken as {_default(naming, one)}" if one.default is not None else "Optional"


def _default(naming: Naming, one: Input) -> str:
    if isinstance(one.default, frozenset):
        order = [option.id for option in one.options]
        return both(naming.answer(one.id, name) for name in in_order(one.default, order)) or "none of them"
    return "" if one.default is None else f"“{naming.answer(one.id, one.default)}”"

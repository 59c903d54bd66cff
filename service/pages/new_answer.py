"""What follows of a new answer to a question, such as a laser or a concern, beside one that is like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.language import effects
from service.model.caller import Caller
from service.model.ruleset import Input, Option, Rule, Ruleset
from service.pages.client_form import assessment_of
from service.pages.table_view import TableCell, choices_of, ordinary_client, table_view
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.serving.tabulating import plan_table
from service.wording.answers import Answered, answered
from service.wording.conditions import ConditionWords, clauses, looks_at, narrowed
from service.wording.labels import Labels, option_label

_SHORT = 7
_BASES = frozenset(effects("base", quantity="sessions"))
_GATES = frozenset(effects("gate"))
_WITHHOLDING = frozenset(effects("gate", where=lambda effect: effect.withholds))
_SAYING = frozenset(effect.name for effect in (*_BASES, *_GATES))


@dataclass(frozen=True, slots=True)
class MetRule:
    """A rule that can fire for the answer. ``where``: what must hold besides; nothing: it always does.

    ``says``: why there are no numbers, where it says so; ``only_here``: it can't fire for the other answer.
    """

    rule: Rule
    where: tuple[ConditionWords, ...]
    says: str
    only_here: bool
    own: bool


@dataclass(frozen=True, slots=True)
class QuestionOfOption:
    """A question that hangs on the answer: it is asked where that holds besides (nothing: always), or never.

    ``because``: when it is asked of anybody.
    """

    label: str
    asked: bool
    where: tuple[ConditionWords, ...]
    because: tuple[ConditionWords, ...]


@dataclass(frozen=True, slots=True)
class PairedCell:
    """What clients get with the new answer and with the other one."""

    new: TableCell
    other: TableCell

    @property
    def differs(self) -> bool:
        """Whether it is not the same."""
        return replace(self.new, link=None, columns=1) != replace(self.other, link=None, columns=1)


@dataclass(frozen=True, slots=True)
class BesideView:
    """The answer's column of the table beside the other's: a row each, with a pair of cells each column.

    ``who``: what else all these clients answered. ``gap``: for some no rule says anything.
    """

    rows_label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[PairedCell, ...]], ...]
    who: tuple[Answered, ...]
    language: str
    gap: bool

    @property
    def differing(self) -> int:
        """How many pairs differ."""
        return sum(cell.differs for _, cells in self.rows for cell in cells)

    @property
    def lost(self) -> tuple[str, ...]:
        """The rows for which the new answer alone gives no number."""
        return tuple(
            label
            for label, cells in self.rows
            if not any(cell.new.sessions or cell.new.needs for cell in cells)
            and any(cell.other.sessions for cell in cells)
        )


@dataclass(frozen=True, slots=True)
class NewAnswerView:
    """All that follows.

    ``withheld`` are the rules by which there is no number, ``referring`` other gates,
    ``numbers`` those that give a base; ``rest`` are the others that look at the answer. ``for_all``: how many
    rules look at something else only. ``has_gap``: there can be clients for whom no rule says anything.
    """

    option: Option
    label: str
    other: str
    withheld: tuple[MetRule, ...]
    referring: tuple[MetRule, ...]
    numbers: tuple[MetRule, ...]
    rest: tuple[MetRule, ...]
    for_all: int
    asked: tuple[QuestionOfOption, ...]
    beside: BesideView | None
    has_gap: bool


def new_answer_view(
    answering: Answering, ruleset: Ruleset, question: Input, option: Option, other: Option, caller: Caller
) -> NewAnswerView:
    """What follows of ``option``, an answer to ``question``, beside the ``other``."""
    met = [one for rule in ruleset.rules if (one := _met(ruleset, rule, question.id, option, other))]
    withheld = tuple(one for one in met if _has(one.rule, _WITHHOLDING))
    referring = tuple(one for one in met if one not in withheld and _has(one.rule, _GATES))
    numbers = tuple(one for one in met if _has(one.rule, _BASES))
    shown = (*withheld, *referring, *numbers)
    beside = _beside(answering, ruleset, question, (option, other), caller)
    bases = [rule for rule in ruleset.rules if _has(rule, _BASES)]
    no_base = all(narrowed(rule.when, question.id, option) is False for rule in bases)
    said = any(not one.where for one in (*withheld, *referring))
    return NewAnswerView(
        option=option,
        label=option_label(option),
        other=option_label(other),
        withheld=withheld,
        referring=referring,
        numbers=numbers,
        rest=tuple(one for one in met if one not in shown),
        for_all=sum(not looks_at(rule.when, question.id) for rule in ruleset.rules),
        asked=_asked(ruleset, question.id, option),
        beside=beside,
        has_gap=(no_base and not said) or (beside is not None and beside.gap),
    )


def _has(rule: Rule, wanted: frozenset[Any]) -> bool:
    return any(effect in wanted for effect, _ in rule.then.present())


def _met(ruleset: Ruleset, rule: Rule, question: str, option: Option, other: Option) -> MetRule | None:
    """None: it looks at something else, or can't fire."""
    left = narrowed(rule.when, question, option)
    if left is False or not looks_at(rule.when, question):
        return None
    words = () if left is True else clauses(Labels(ruleset), left)
    says = next((str(text) for effect, text in rule.then.present() if effect in _WITHHOLDING), "")
    only_here = narrowed(rule.when, question, other) is False
    return MetRule(rule, words, says, only_here, ruleset.wrote(rule.place))


def _asked(ruleset: Ruleset, question: str, option: Option) -> tuple[QuestionOfOption, ...]:
    labels = Labels(ruleset)
    found = []
    for one in ruleset.inputs.values():
        if one.only_if is None or not looks_at(one.only_if, question):
            continue
        left = narrowed(one.only_if, question, option)
        where = () if isinstance(left, bool) else clauses(labels, left)
        found.append(QuestionOfOption(one.label, left is not False, where, clauses(labels, one.only_if)))
    return tuple(found)


def _beside(
    answering: Answering, ruleset: Ruleset, question: Input, options: Sequence[Option], caller: Caller
) -> BesideView | None:
    """None: there is no such table, or such a client is refused."""
    axes = _axes(ruleset, question)
    if axes is None:
        return None
    rows, column = axes
    tables = []
    for option in options:
        assessment = {
            **assessment_of(ruleset, ordinary_client(ruleset, {rows, column}, question)),
            question.id: option.id,
        }
        body = {
            "ruleset": ruleset.id,
            "assessment": assessment,
            "rows": rows,
            "columns": [column],
        }
        told = plan_table(answering, body, caller)
        if isinstance(told, Refused):
            return None
        tables.append(told)
    views = [table_view(one, lambda _: None, extends=ruleset.extends is not None) for one in tables]
    new, other = ([tuple(_apart(row.cells)) for row in view.rows] for view in views)
    paired = tuple(
        (row.label, tuple(map(PairedCell, *cells)))
        for row, cells in zip(views[0].rows, zip(new, other, strict=True), strict=True)
    )
    shown = {name: value for name, value in assessment.items() if ruleset.inputs[name].required}
    shown.pop(question.id, None)
    return BesideView(
        views[0].rows_label,
        tuple(label for label, _ in views[0].heads[0]),
        paired,
        answered(Labels(ruleset), shown),
        views[0].language,
        any(_says_nothing(cell) for cell in tables[0]["cells"]),
    )


def _apart(cells: Sequence[TableCell]) -> list[TableCell]:
    """Each cell as often as it is wide."""
    return [replace(cell, columns=1) for cell in cells for _ in range(cell.columns)]


def _says_nothing(cell: Mapping[str, Any]) -> bool:
    fired = cell["answer"]["fired"] if "answer" in cell else None
    return fired is not None and not any(_SAYING & hit["effects"].keys() for hit in fired)


def _axes(ruleset: Ruleset, question: Input) -> tuple[str, str] | None:
    """Rows and columns of the table in which two answers are compared, the question itself being neither.

    Rows are what the question goes with: of a concern the lasers, of a laser the concerns.
    """
    others = [one for one in choices_of(ruleset) if one.id != question.id and one.only_if is None]
    beside = [one for one in others if one.attributes and one.changeable != question.changeable]
    unordered = [one for one in beside if not one.domain.ordered]
    rows = next(iter((*unordered, *beside, *others)), None)
    if rows is None:
        return None
    short = [one for one in choices_of(ruleset) if one.id not in (question.id, rows.id)]
    short = [one for one in short if len(one.options) <= _SHORT]
    column = next((one for one in short if one.only_if is not None), next(iter(short), None))
    return None if column is None else (rows.id, column.id)

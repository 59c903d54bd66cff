"""What would be answered, to one client or to many side by side. Nothing is decided or logged."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from math import prod
from typing import Any

from schemas.request import TableRequest
from schemas.responses import MistakeSchema, TableSchema
from service.model.caller import Caller
from service.model.problem import Refusal, did_you_mean, pointer, quoted
from service.model.ruleset import Input, Ruleset
from service.serving.assessment_schema import every
from service.serving.evaluate import Answering, Languages, ReadyRequest
from service.serving.refused import Refused

MOST_CELLS = 1_000
"""A table may have so many cells."""

_REQUEST = TableRequest()
_MISTAKES = MistakeSchema(many=True)
_SCHEMA = TableSchema()


def try_one(
    answering: Answering, body: object, caller: Caller, accepted: Languages = ()
) -> dict[str, Any] | Refused:
    """What the evaluate endpoint would answer to the body, ``decision_id`` null; or why there is none.

    ``accepted`` are the languages that the caller takes where the body names none, the best first.

    Raises:
        DoubleEntryError: engine and evaluator differ on what fired.
        EngineFault: the engine refused.
    """
    asked = answering.asked(body, caller, accepted=accepted)
    return asked if isinstance(asked, Refused) else answering.answer(asked, tried=True)


def plan_table(
    answering: Answering, body: object, caller: Caller, accepted: Languages = ()
) -> dict[str, Any] | Refused:
    """The answers for each option of one question and each combination of options of one or two others.

    The rest of the assessment is the same in all cells, but that in each what does not apply is left out.
    Parameters and errors are those of ``try_one``.
    """
    asked = answering.asked(body, caller, _REQUEST, accepted)
    if isinstance(asked, Refused):
        return asked
    ruleset = asked.ready.compiled.by_language[asked.language or asked.ready.compiled.ruleset.language]
    names = {"/rows": asked.request["rows"]}
    names |= {pointer("columns", at): name for at, name in enumerate(asked.request["columns"])}
    wrong = [*_wrong_axes(ruleset, names), *asked.ready.compiled.wrong_answers(asked.assessment)]
    if wrong:
        return Refused("invalid", "There can be no such table.", tuple(sorted(wrong)))
    rows, *columns = (ruleset.inputs[name] for name in names.values())
    at_rows: list[dict[str, str]] = [{rows.id: option.id} for option in rows.options]
    cells = [cell for row in at_rows for cell in _row(answering, asked, ruleset, row, columns)]
    document: dict[str, Any] = _SCHEMA.dump(
        {
            "as_of": asked.as_of.isoformat(),
            "ruleset": {"id": ruleset.id, "version": ruleset.version, "digest": ruleset.digest},
            "language": ruleset.language,
            "rows": _axis(rows),
            "columns": [_axis(one) for one in columns],
            "cells": cells,
        }
    )
    return document


def _wrong_axes(ruleset: Ruleset, names: Mapping[str, str]) -> list[Refusal]:
    """What keeps these questions, by the pointers that name them, from being a table's."""
    choices = _choices(ruleset)
    wrong = []
    for at, name in names.items():
        if name in choices:
            continue
        code, what = (
            ("wrong-type", "takes no single option")
            if name in ruleset.inputs
            else ("unknown-input", "is not an input of this ruleset")
        )
        hint = did_you_mean(name, choices).strip() or f"Send {quoted([*choices])}."
        wrong.append(Refusal(at, code, f'"{name[:60]}" {what}.', hint))
    if not wrong and len(set(names.values())) < len(names):
        wrong.append(Refusal("/columns", "wrong-type", "The rows' question is among the columns, too."))
    size = 0 if wrong else prod(choices[name] for name in names.values())
    if size > MOST_CELLS:
        message = f"The table would have {size:,} cells; it may have {MOST_CELLS:,}."
        wrong.append(Refusal("/columns", "out-of-bounds", message, "Name questions with fewer options."))
    return wrong


def _choices(ruleset: Ruleset) -> dict[str, int]:
    """The questions that may be a table's, and how many options each has."""
    return {one.id: len(one.options) for one in ruleset.inputs.values() if one.domain.shape == "choice"}


def table_body(ruleset: Ruleset) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """JSON Schema of the members of a request that name a table's questions, and of these together.

    What it allows is what ``_wrong_axes`` finds no fault with. None: the ruleset has no such table.
    """
    choices = _choices(ruleset)
    columns = {rows: _columns_beside(rows, choices) for rows in choices}
    ways = [
        {"properties": {"rows": {"const": rows}, "columns": beside}, "additionalProperties": True}
        for rows, beside in columns.items()
        if beside["items"]["enum"]
    ]
    one: dict[str, Any] = {"type": "string", "enum": [*choices]}
    return ({"rows": one, "columns": {"items": one}}, {"anyOf": ways}) if ways else None


def _columns_beside(rows: str, choices: Mapping[str, int]) -> dict[str, Any]:
    """Which columns these rows may have: not their own question, and none that make the table too large."""
    most = MOST_CELLS // choices[rows]
    fitting = {name: size for name, size in choices.items() if name != rows and size <= most}
    large = {
        first: [second for second, other in fitting.items() if second > first and size * other > most]
        for first, size in fitting.items()
    }
    pairs = [{"anyOf": [_without([first]), _without(seconds)]} for first, seconds in large.items() if seconds]
    return {"items": {"enum": [*fitting]}, **(every(pairs) if pairs else {})}


def _without(names: list[str]) -> dict[str, Any]:
    return {"items": {"not": {"enum": names}}}


def _row(
    answering: Answering, asked: ReadyRequest, ruleset: Ruleset, row: Mapping[str, str], columns: list[Input]
) -> list[dict[str, Any]]:
    """The cells of a row. Those that differ in nothing that applies are answered once."""
    cells: list[dict[str, Any]] = []
    first: dict[tuple[str | None, ...], dict[str, str]] = {}
    for options in product(*(one.options for one in columns)):
        at = {**row, **{one.id: option.id for one, option in zip(columns, options, strict=True)}}
        given = {**asked.assessment, **at}
        beside = ruleset.inputs.keys() - asked.ready.compiled.applicable(given)
        same = first.setdefault(tuple(None if name in beside else option for name, option in at.items()), at)
        if same is not at:
            cells.append({"at": at, "same_as": same})
            continue
        given = {name: value for name, value in given.items() if name not in beside}
        told = answering.answer(asked._replace(assessment=given), tried=True)
        if not isinstance(told, Refused):
            cells.append({"at": at, "answer": told})
            continue
        needed = [ruleset.inputs[_input_of(error)] for error in told.errors if error.code == "missing"]
        if needed:
            cells.append({"at": at, "needs": [{"input": one.id, "label": one.label} for one in needed]})
        else:
            cells.append({"at": at, "refused": _MISTAKES.dump(told.errors)})
    return cells


def _input_of(error: Refusal) -> str:
    """The question that a mistake in an assessment is about."""
    return error.pointer.split("/")[2]


def _axis(one: Input) -> dict[str, Any]:
    options = [{"option": option.id, "label": option.label} for option in one.options]
    return {"input": one.id, "label": one.label, "options": options}

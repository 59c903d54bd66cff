"""Assessments that are valid for a ruleset, many of them right at what its rules ask."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.generated.choosing import Choices, drawn
from tests.reference.plain import RefusedError
from tests.reference.questions import (
    Client,
    Question,
    answer_to,
    applies,
    client_of,
    in_order,
    questions_of,
)
from tests.reference.tables import written_out
from tests.reference.wording import Truth, is_attribute, operands

PROGRESS = ("sessions_done", "improvement_pct", "gain_pct")
"""Mostly given, so that many a plan is under way."""

TRIES = 20
"""How often another assessment is made where answers contradict each other."""

_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")


@st.composite
def assessments(draw: DrawFn, files: dict[str, Any]) -> dict[str, Any]:
    """Valid assessments: required answers given where they apply, none given where they do not."""
    return assessment_from(drawn(draw), files)


def assessment_from(choices: Choices, files: dict[str, Any]) -> dict[str, Any]:
    """One valid assessment."""
    for _ in range(TRIES):
        given = coherent_or_not(choices, files)
        if not contradicted(files, given):
            return given
    # Each contradiction rests on an answer that can be left out.
    return coherent_or_not(choices, files, least=True)


def contradicted(files: dict[str, Any], given: dict[str, Any]) -> bool:
    """Whether the reference refuses an assessment that is valid but for contradictions."""
    if not files["assessment"].get("contradictions"):
        return False
    try:
        client_of(files, given)
    except RefusedError:
        return True
    return False


def coherent_or_not(choices: Choices, files: dict[str, Any], least: bool = False) -> dict[str, Any]:
    """An assessment that is valid but for contradictions; with `least` only of what must be given."""
    client = Client(questions_of(files), {}, {})
    given: dict[str, Any] = {}
    for question in in_order(client.questions):
        truth = client.applies[question.id] = applies(question, client.look)
        asked = question.required and truth is True if least else _is_given(choices, question, truth)
        raw = _answer(choices, files, question) if asked else None
        null_is_allowed = not (question.required and truth)
        if raw is not None or (null_is_allowed and choices.chance(3)):
            given[question.id] = raw
        raw = question.default if raw is None and truth else raw
        client.values[question.id] = None if raw is None else answer_to(question, raw)
    return given


def _is_given(choices: Choices, question: Question, truth: Truth) -> bool:
    if truth is False:
        return False
    if truth is None:
        return choices.chance(40)
    if question.id in PROGRESS:
        return question.required or choices.chance(85)
    return question.required or not choices.chance(15 if question.must_ask else 35)


def _answer(choices: Choices, files: dict[str, Any], question: Question) -> Any:
    kind = question.kind
    if kind.shape == "flag":
        return choices.chance(50)
    if kind.shape == "set":
        return choices.some(kind.options, 0, len(kind.options))
    if kind.shape != "number":
        return choices.pick(kind.options)
    low, high = question.bounds or (Fraction(0), Fraction(0))
    if question.id == "sessions_done" and choices.chance(60):
        return choices.whole(1, min(int(high), 8))
    if question.id == "improvement_pct" and choices.chance(40):
        return choices.whole(20, 95)
    near = [one for one in _thresholds(files, question) if low <= one <= high]
    if choices.chance(65):
        exact = choices.pick(near)
    elif question.whole or choices.chance(50):
        exact = Fraction(choices.whole(int(low), int(high)))
    else:
        exact = Fraction(choices.whole(int(low) * 10, int(high) * 10), 10)
    return _as_json(choices, exact)


def _as_json(choices: Choices, exact: Fraction) -> int | float:
    """A whole number may come as 5 or as 5.0."""
    if exact.denominator == 1 and not choices.chance(5):
        return exact.numerator
    return float(exact)


def _thresholds(files: dict[str, Any], question: Question) -> list[Fraction]:
    """The numbers that rules compare this input with, those just beside them, and the bounds."""
    written = [test for condition in _conditions(files) for test in _tests(condition, question.id)]
    numbers = {Fraction(one) for test in written for one in _NUMBERS.findall(_text(test))}
    for attribute in {one for test in written for one in operands(test) if is_attribute(one)}:
        numbers |= _values_of(files, attribute)
    for rule in _rules(files):
        progress = rule["then"].get("remaining from progress") or {}
        if progress.get("improvement") == question.id:
            numbers |= _targets(files, progress)
    step = Fraction(1) if question.whole else Fraction(1, 2)
    beside = {one + move for one in numbers for move in (-step, 0, step)} | set(question.bounds or ())
    return sorted(one for one in beside if not question.whole or one.denominator == 1)


def _text(test: Any) -> str:
    if isinstance(test, dict):
        return " ".join(map(_text, test.values()))
    return " ".join(map(_text, test)) if isinstance(test, list) else str(test)


def _rules(files: dict[str, Any]) -> list[dict[str, Any]]:
    return [rule for file in files["factors"].values() for rule in written_out(file)]


def _conditions(files: dict[str, Any]) -> list[dict[str, Any]]:
    asked = [raw["only if"] for raw in files["assessment"]["inputs"].values() if "only if" in raw]
    refused = [one["when"] for one in files["assessment"].get("contradictions", ())]
    return [*asked, *refused, *(rule["when"] for rule in _rules(files))]


def _tests(condition: dict[str, Any], called: str) -> list[Any]:
    """Every test of one subject, however deep."""
    found = []
    for key, test in condition.items():
        if key in ("any", "all"):
            found += [one for part in test for one in _tests(part, called)]
        elif key == "not":
            found += _tests(test, called)
        elif key == called:
            found.append(test)
    return found


def _targets(files: dict[str, Any], progress: dict[str, Any]) -> set[Fraction]:
    """The target in percent, by each option where it is an attribute, and that with the margin."""
    target = progress["target"]
    found = {Fraction(str(target))} if isinstance(target, int | float | Decimal) else set()
    if isinstance(target, str) and "." in target:
        found = _values_of(files, target)
    margin = Fraction(str(progress.get("margin", 0)))
    return found | {one - margin for one in found} | {margin}


def _values_of(files: dict[str, Any], attribute: str) -> set[Fraction]:
    """The numbers that an attribute has, by option."""
    called, _, key = attribute.partition(".")
    options = questions_of(files)[called].attributes.values()
    return {value for about in options if isinstance(value := about.get(key), Fraction)}

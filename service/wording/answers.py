"""Assessments and answers in words: what was given, what comes of it, and what its words mean."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from schemas.json_numbers import JsonNumber, plain_digits
from schemas.language import (
    ANSWER,
    EFFECTS,
    ONE_SESSION,
    SUPPORTS,
    VERDICTS,
    Effect,
    Quantity,
    Support,
    Verdict,
    covers,
)
from schemas.words import MOMENT_WORDS, QUANTITIES
from service.model.number import Triple, exact, written
from service.model.problem import Refusal, path_of
from service.model.ruleset import Input, Scenario
from service.wording.labels import Labels
from service.wording.phrases import a_range, counted, joined_by_and, measured, plain

Answered = tuple[str, str]
"""What is asked or told, and what is said of it."""


class VerdictWords(NamedTuple):
    """What a verdict is called, and when it is given: for clinicians; in a few words for authors (``help``).

    Of those to which gates lead: what the client is then (``done``), and what a guarantee says of it
    (``promised``).
    """

    name: str
    means: str
    help: str
    done: str = ""
    promised: str = ""


VERDICT_WORDS: Mapping[Verdict, VerdictWords] = {
    "do_not_treat": VerdictWords(
        "Do not treat",
        "A rule says “do not treat”. There are no numbers.",
        "A rule says stop.",
        "stopped",
        "the answer is not to treat",
    ),
    "defer": VerdictWords(
        "Not now",
        "A rule says “not now”. Numbers are still given, for later.",
        "Not now.",
        "deferred",
        "the answer is to wait",
    ),
    "clinician_review": VerdictWords(
        "A clinician looks first",
        "A rule refers or gives no number; something that must be asked was not; no rule gives a number of "
        "sessions; a plan would go past its longest course; or the planned sessions are done and the goal is "
        "not reached.",
        "A clinician looks at this first.",
        "referred",
        "a clinician is asked to look",
    ),
    "goal_reached": VerdictWords(
        "Goal reached",
        "The improvement seen has met what was hoped for.",
        "The improvement seen has met the goal.",
    ),
    "one_session_may_suffice": VerdictWords(
        "One session may be enough",
        "Before the first session: a rule says that one may be enough, none says that it will not be, "
        "and one session is typical.",
        "One session may be enough.",
    ),
    "several_sessions": VerdictWords(
        "Several sessions",
        "No rule stops, defers or refers, and more than one session is planned.",
        "Several sessions are planned.",
    ),
}
covers(VERDICT_WORDS, VERDICTS, "words of verdicts")
covers(
    (verdict for verdict, words in VERDICT_WORDS.items() if words.done),
    {gate.verdict for gate in EFFECTS.values() if gate.verdict},
    "words for what gates do",
)

SUPPORT_MEANS: Mapping[Support, str] = {
    "published": "The figure stands in a paper.",
    "derived": "The figure was worked out from published ones.",
    "interpolated": "The figure lies between published ones.",
    "judgement": "The figure is the judgement of those who wrote the rules.",
}
covers(SUPPORT_MEANS, SUPPORTS, "words of support")


ON_ONE_SESSION = next(one.name for one in ANSWER.values() if one.words == ONE_SESSION)
"""The member of an answer that says whether one session may be enough."""


def answered(labels: Labels, assessment: Mapping[str, Any]) -> tuple[Answered, ...]:
    """The answers of an assessment as a clinician reads them, in the order of the questions."""
    inputs = labels.ruleset.inputs
    given = [name for name in inputs if assessment.get(name) is not None]
    known = [(inputs[name].label, _answer(labels, inputs[name], assessment[name])) for name in given]
    strays = [(name, str(value)) for name, value in assessment.items() if name not in inputs]
    return tuple(known + strays)


def _answer(labels: Labels, one: Input, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return joined_by_and(_answer(labels, one, item) for item in value) if value else "none"
    if isinstance(value, JsonNumber):
        return measured(exact(value), one.unit)
    return labels.answer(one.id, value) if isinstance(value, str) else str(value)


def expectation(labels: Labels, scenario: Scenario) -> str:
    """What a scenario expects, on one line, as a clinician reads it."""
    parts = [
        f"{plain(member)} {_expected(labels, member, part)}" for member, part in scenario.expected.items()
    ]
    parts += [f"{labels.rule(one)} fires" for one in scenario.fired]
    parts += [f"{labels.rule(one)} does not fire" for one in scenario.not_fired]
    return "; ".join(parts)


def _expected(labels: Labels, member: str, part: Any) -> str:
    if isinstance(part, Mapping):
        return ", ".join(f"{plain(str(key))} {_expected(labels, '', below)}" for key, below in part.items())
    if isinstance(part, list):
        named = labels.question if member == "unanswered" else labels.rule
        return (
            ", ".join(named(one) if isinstance(one, str) else _expected(labels, "", one) for one in part)
            or "none"
        )
    if member == "verdict" and part in VERDICT_WORDS:
        return VERDICT_WORDS[part].name
    return "none" if part is None else str(part)


def refusal_words(labels: Labels, refusal: Refusal) -> str:
    """Why an assessment is refused as a clinician reads it: the question that it is about by its label."""
    name, said = next(iter(path_of(refusal.pointer)[1:]), ""), refusal.message
    if refusal.code == "unknown-input":
        return f"“{labels.question(name)}” is not asked there."
    if not name or not said.startswith(f"{name} "):
        return said
    label, begins = labels.question(name), f"{name} "
    words = said.removeprefix(begins).replace(f': "{label}"', "").rstrip(".")
    return f"“{label}” {words}."


def note_words(note: Mapping[str, Any]) -> str:
    """A text of an answer, with what is said beside it: the moment, or until when to wait."""
    words = f"{MOMENT_WORDS[note['at']]}: {note['text']}" if note.get("at") else str(note["text"])
    if note.get("until"):
        words += f" {EFFECTS['until'].label}: {note['until']}"
    if note.get("weeks"):
        words += f" {EFFECTS['defer_weeks'].label}: {counted(note['weeks'], 'week')}"
    return words


def done_by(gate: Effect) -> str:
    """What a client is by a gate: ``stopped``, ``deferred`` or ``referred``."""
    return VERDICT_WORDS[gate.verdict].done if gate.verdict is not None else ""


def gate_of(member: str) -> Effect | None:
    """The gate whose texts the member lists, the first of several; None for any other member."""
    return next((one for one in EFFECTS.values() if one.category == "gate" and one.member == member), None)


def quantity_words(answer: Mapping[str, Any]) -> dict[Quantity, str]:
    """The numbers that an answer gives, by their members."""
    return {name: range_words(answer[name], name) for name in QUANTITIES if answer.get(name) is not None}


def range_words(numbers: Mapping[str, Any], quantity: Quantity) -> str:
    """``4 to 6 weeks, typically 5``: a range of an answer; weeks with their unit."""
    low, typical, high = (exact(numbers[part]) for part in ("min", "typical", "max"))
    unit = QUANTITIES[quantity]
    return a_range(Triple(low, typical, high), *(unit[:2] if unit.one == "week" else ()))


def number_words(value: JsonNumber) -> str:
    """A number of an answer as a person writes it."""
    return plain_digits(value) if isinstance(value, Decimal) else written(exact(value))


def value_words(value: Any) -> str:
    """A given value by its ids: ``yes``, ``IV``, ``4.5``, ``755, 532``; None was not given."""
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(value_words, value)) if value else "none"
    return number_words(value) if isinstance(value, JsonNumber) else str(value)

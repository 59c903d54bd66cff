"""Worked clients in words: what they answered, what they get, and whether that is as expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.language import Verdict
from service.documenting.naming import Naming
from service.documenting.phrases import a_range, both, measured, plain
from service.model.number import Triple, exact
from service.model.ruleset import Input, Scenario

VERDICT_NAMES: dict[Verdict, str] = {
    "do_not_treat": "Do not treat",
    "defer": "Not now",
    "clinician_review": "A clinician looks first",
    "goal_reached": "Goal reached",
    "one_session_may_suffice": "One session may be enough",
    "several_sessions": "Several sessions",
}
_ONE_SESSION = {
    "may_suffice": "may be enough",
    "will_not_suffice": "will not be enough",
    "undecided": "can’t be said",
}
_NUMBERS = (
    ("sessions", "Sessions", ""),
    ("remaining", "Still needed", ""),
    ("interval_weeks", "Between sessions", "week"),
    ("review_weeks", "Look again after", "week"),
)
_TEXTS = (
    ("stops", "stop", "Do not treat"),
    ("deferrals", "wait", "Not now"),
    ("referrals", "refer", "Refer"),
)
Answered = tuple[str, str]
"""A question's label, and the answer to it in words."""


@dataclass(frozen=True, slots=True)
class Worked:
    """A scenario that was run: its answer as JSON data (None: it has none), and what is not as expected."""

    scenario: Scenario
    answer: Mapping[str, Any] | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Client:
    """A worked client on the page.

    ``answers`` leaves out the usual noes; ``unasked`` names those of them that this client was not asked.
    ``hears``: what is said to client or clinician, each with its tone and label.
    """

    anchor: str
    name: str
    answers: tuple[Answered, ...]
    unasked: tuple[str, ...]
    verdict: str
    verdict_kind: str
    gets: tuple[Answered, ...]
    hears: tuple[tuple[str, str, str], ...]
    problems: tuple[str, ...]


def answered(naming: Naming, assessment: Mapping[str, Any]) -> tuple[Answered, ...]:
    """The answers of an assessment in words, in the order of the questions."""
    inputs = naming.ruleset.inputs
    given = [name for name in inputs if assessment.get(name) is not None]
    known = [(inputs[name].label, _said(naming, inputs[name], assessment[name])) for name in given]
    strays = [(name, str(value)) for name, value in assessment.items() if name not in inputs]
    return tuple(known + strays)


def expected(scenario: Scenario) -> str:
    """What a scenario expects, on one line, in the words of its file."""
    parts = [f"{plain(member)} {_flat(part)}" for member, part in scenario.expect.items()]
    parts += [f"fired {', '.join(scenario.fired)}"] if scenario.fired else []
    parts += [f"not fired {', '.join(scenario.not_fired)}"] if scenario.not_fired else []
    return "; ".join(parts)


def _flat(part: Any) -> str:
    if isinstance(part, Mapping):
        return ", ".join(f"{key} {_flat(below)}" for key, below in part.items())
    if isinstance(part, list):
        return ", ".join(map(_flat, part)) or "none"
    return "none" if part is None else str(part)


def usual_noes(naming: Naming, scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """The yes-or-no questions that most clients answer with no: said once for all of them."""
    run = list(scenarios)
    return tuple(
        one.id
        for one in naming.ruleset.inputs.values()
        if one.kind == "yes or no"
        and sum(scenario.assessment.get(one.id) is False for scenario in run) * 2 > len(run) > 1
    )


def clients(naming: Naming, worked: Iterable[Worked]) -> tuple[Client, ...]:
    """Every worked client."""
    run = list(worked)
    usual = usual_noes(naming, [one.scenario for one in run])
    return tuple(_client(naming, number, one, usual) for number, one in enumerate(run, 1))


def _client(naming: Naming, number: int, worked: Worked, usual: tuple[str, ...]) -> Client:
    given = worked.scenario.assessment
    shown = {name: value for name, value in given.items() if name not in usual or value is not False}
    unasked = tuple(naming.question(name) for name in usual if given.get(name) is None)
    answer = worked.answer
    kind = answer["verdict"] if answer is not None else "none"
    return Client(
        f"client-{number}",
        worked.scenario.name,
        answered(naming, shown),
        unasked,
        VERDICT_NAMES[answer["verdict"]] if answer is not None else "No answer",
        kind,
        _gets(answer) if answer is not None else (),
        _hears(naming, answer) if answer is not None else (),
        worked.problems,
    )


def _gets(answer: Mapping[str, Any]) -> tuple[Answered, ...]:
    rows = [("One session", _ONE_SESSION[answer["one_session"]])]
    if answer["sessions"] is None:
        rows.append(("Sessions", "no number"))
    for member, label, unit in _NUMBERS:
        repeated = member == "remaining" and answer[member] == answer["sessions"]
        if answer[member] is not None and not repeated:
            rows.append((label, _range(answer[member], unit)))
    return tuple(rows)


def _hears(naming: Naming, answer: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    notes = [(tone, label, _note(note)) for member, tone, label in _TEXTS for note in answer[member]]
    unasked = [("refer", "Not asked", naming.question(name)) for name in answer["unanswered"]]
    return tuple(notes + unasked)


def _note(note: Mapping[str, Any]) -> str:
    return f"{note['text']} Until: {note['until']}" if note.get("until") else str(note["text"])


def _range(numbers: Mapping[str, Any], unit: str) -> str:
    low, typical, high = (exact(numbers[part]) for part in ("min", "typical", "max"))
    return a_range(Triple(low, typical, high), unit, f"{unit}s" if unit else "")


def _said(naming: Naming, one: Input, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return both(_said(naming, one, item) for item in value) if value else "none"
    if isinstance(value, int | float):
        return measured(exact(value), one.unit)
    return naming.answer(one.id, value) if isinstance(value, str) else str(value)

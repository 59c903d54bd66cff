"""Worked clients in words: what they answered, what they get, and whether that is as expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.language import ANSWER, members
from service.model.ruleset import Scenario
from service.wording.answers import ON_ONE_SESSION, VERDICT_WORDS, Answered, answered, gate_of, quantity_words
from service.wording.effects import ONE_SESSION_WORDS
from service.wording.labels import Labels


@dataclass(frozen=True, slots=True)
class Worked:
    """A scenario that was run: its answer as JSON data (None: it has none), and what is not as expected."""

    scenario: Scenario
    answer: Mapping[str, Any] | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClientRow:
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


def usual_noes(labels: Labels, scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """The yes-or-no questions that most clients answer with no: said once for all of them."""
    run = list(scenarios)
    return tuple(
        one.id
        for one in labels.ruleset.inputs.values()
        if one.domain.shape == "yes_no"
        and sum(scenario.assessment.get(one.id) is False for scenario in run) * 2 > len(run) > 1
    )


def client_rows(labels: Labels, worked: Iterable[Worked]) -> tuple[ClientRow, ...]:
    """Every worked client."""
    run = list(worked)
    usual = usual_noes(labels, [one.scenario for one in run])
    return tuple(_client(labels, number, one, usual) for number, one in enumerate(run, 1))


def _client(labels: Labels, number: int, worked: Worked, usual: tuple[str, ...]) -> ClientRow:
    given = worked.scenario.assessment
    shown = {name: value for name, value in given.items() if name not in usual or value is not False}
    unasked = tuple(labels.question(name) for name in usual if given.get(name) is None)
    answer = worked.answer
    return ClientRow(
        f"client-{number}",
        worked.scenario.name,
        answered(labels, shown),
        unasked,
        VERDICT_WORDS[answer["verdict"]].name if answer is not None else "No answer",
        answer["verdict"] if answer is not None else "none",
        _gets(answer) if answer is not None else (),
        _hears(labels, answer) if answer is not None else (),
        worked.problems,
    )


def _gets(answer: Mapping[str, Any]) -> tuple[Answered, ...]:
    vouched = (ANSWER[ON_ONE_SESSION].label, ONE_SESSION_WORDS[answer[ON_ONE_SESSION]])
    none = [] if answer["sessions"] is not None else [(ANSWER["sessions"].label, "no number")]
    numbers = quantity_words(answer)
    if answer["remaining"] == answer["sessions"]:
        numbers.pop("remaining", None)
    return (vouched, *none, *((ANSWER[name].label, words) for name, words in numbers.items()))


def _hears(labels: Labels, answer: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """What gates say, the gravest first, then what was not asked."""
    gates = [(gate, name) for name in members("notes", "deferrals") if (gate := gate_of(name)) is not None]
    notes = [(gate.tone, gate.label, _note(note)) for gate, name in gates for note in answer[name]]
    unasked = [("refer", "Not asked", labels.question(name)) for name in answer["unanswered"]]
    return tuple(notes + unasked)


def _note(note: Mapping[str, Any]) -> str:
    return f"{note['text']} Until: {note['until']}" if note.get("until") else str(note["text"])

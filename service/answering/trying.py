"""Run the scenarios of a ruleset: each is evaluated as a request would be, and held against its answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from service.answering.answer import AnswerWriter
from service.checking.places import nearest, path_of
from service.checking.scenarios import failures
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Problem, shown
from service.model.refusal import Refusal
from service.model.ruleset import Ruleset, Scenario

INVALID = "scenario-invalid"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one scenario; no problems: it is as expected."""

    scenario: Scenario
    problems: tuple[Problem, ...]


def try_scenarios(compiled: CompiledRuleset, scenarios: Iterable[Scenario]) -> Iterator[Tried]:
    """Run scenarios of the ruleset, one at a time.

    Raises:
        DoubleEntryError: engine and evaluator differ on what fired.
        EngineFault: the engine refused.
    """
    writer = AnswerWriter(compiled)
    for scenario in scenarios:
        yield Tried(scenario, tuple(_problems(compiled, writer, scenario)))


def _problems(compiled: CompiledRuleset, writer: AnswerWriter, scenario: Scenario) -> list[Problem]:
    as_of = _as_of(compiled.ruleset, scenario)
    if isinstance(as_of, Problem):
        return [as_of]
    decision = compiled.decide(scenario.assessment)
    if isinstance(decision, tuple):
        return [_invalid(scenario, refusal) for refusal in decision]
    answer = writer.write(decision, decision_id="", evaluated_at="", as_of=as_of.isoformat(), explain=False)
    return failures(scenario, answer)


def _as_of(ruleset: Ruleset, scenario: Scenario) -> date | Problem:
    """The day for which the scenario asks; without one, the first from today on which the ruleset serves."""
    today = datetime.now(UTC).date()
    if scenario.as_of is None:
        return max(today, ruleset.effective or today)
    if ruleset.effective is not None and scenario.as_of < ruleset.effective:
        place = scenario.places.get(("as of",), scenario.place)
        message = f"the ruleset serves from {ruleset.effective.isoformat()} on. Name a later day."
        return Problem(place, INVALID, _named(scenario, message))
    return scenario.as_of


def _invalid(scenario: Scenario, refusal: Refusal) -> Problem:
    message = f"{refusal.message} {refusal.hint}".strip()
    place = nearest(scenario.places, path_of(refusal.pointer), scenario.place)
    return Problem(place, INVALID, _named(scenario, message))


def _named(scenario: Scenario, message: str) -> str:
    return f'"{shown(scenario.name, 80)}": {message}'

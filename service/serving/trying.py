"""Run the scenarios of a ruleset: each is evaluated as a request would be, and held against its answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any

from service.analysis.checks.places import nearest, path_of
from service.analysis.checks.scenarios import Failure, failures
from service.evaluation.compiled import CompiledRuleset
from service.model.decision import Decision
from service.model.problem import Problem, shown
from service.model.refusal import Refusal
from service.model.ruleset import Ruleset, Scenario
from service.serving.answer import AnswerWriter

INVALID = "scenario-invalid"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one scenario; no problems: it is as expected.

    ``failures`` says what each of the problems is about. ``decision`` and ``answer`` (as JSON data) are None
    where the scenario could not be planned. It took ``seconds``.
    """

    scenario: Scenario
    problems: tuple[Problem, ...]
    failures: tuple[Failure, ...] = ()
    decision: Decision | None = None
    answer: Mapping[str, Any] | None = None
    seconds: float = 0.0


def try_scenarios(compiled: CompiledRuleset, scenarios: Iterable[Scenario]) -> Iterator[Tried]:
    """Run scenarios of the ruleset, one at a time.

    Raises:
        DoubleEntryError: engine and evaluator differ on what fired.
        EngineFault: the engine refused.
    """
    writer = AnswerWriter(compiled)
    for scenario in scenarios:
        yield _tried(compiled, writer, scenario)


def _tried(compiled: CompiledRuleset, writer: AnswerWriter, scenario: Scenario) -> Tried:
    began = perf_counter()
    as_of = _as_of(compiled.ruleset, scenario)
    if isinstance(as_of, Problem):
        return Tried(scenario, (as_of,), seconds=perf_counter() - began)
    decision = compiled.decide(scenario.assessment)
    if isinstance(decision, tuple):
        problems = tuple(_invalid(scenario, refusal) for refusal in decision)
        return Tried(scenario, problems, seconds=perf_counter() - began)
    answer = writer.write(decision, decision_id="", evaluated_at="", as_of=as_of.isoformat(), explain=False)
    failed = tuple(failures(scenario, answer))
    problems = tuple(failure.problem for failure in failed)
    return Tried(scenario, problems, failed, decision, answer, perf_counter() - began)


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

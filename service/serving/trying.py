"""Run the scenarios of a ruleset, and say what they cover.

Each is evaluated as a request would be, and held against its answer. What they don't cover gets ready
scenarios.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any

from service.analysis.checks.coverage import Coverage, coverage, outcomes_seen
from service.analysis.checks.scenarios import Failure, failures
from service.analysis.proofs.results import RuleOutcome
from service.evaluation.compiled import CompiledRuleset, without_month
from service.model.condition import MONTHS, tests_of
from service.model.decision import Decision
from service.model.flow import flow, text
from service.model.problem import Problem, Refusal, nearest_place, path_of, shown
from service.model.ruleset import Ruleset, Scenario
from service.reading.scenarios import misread
from service.serving.answer import AnswerWriter

_LINE = 100


@dataclass(frozen=True, slots=True)
class Covering:
    """What scenarios cover, and a ready scenario, as YAML, for each thing missing that needs one of its own.

    ``undecided``: outcomes for which it was not found out in time whether a client can bring them about.
    """

    coverage: Coverage
    ready: tuple[str, ...] = ()
    undecided: frozenset[RuleOutcome] = frozenset()


def covering(
    compiled: CompiledRuleset,
    tried: Iterable[ScenarioResult],
    *,
    seconds: float = 30,
    on_progress: Callable[[int, int], None] | None = None,
) -> Covering:
    """How well these scenarios of the ruleset cover it; what no client can bring about counts as covered.

    For each outcome that is missing a client is looked for, over all that are possible, for at most so many
    seconds in all; ``on_progress`` is called with how many were looked at, of how many.

    Raises:
        DoubleEntryError: engine and evaluator differ on what fired.
        EngineFault: the engine refused.
    """
    seen = seen_in(compiled, tried)
    first = coverage(compiled.ruleset, seen)
    if not first.gaps:
        return Covering(first)
    from service.analysis.proofs.suggestions import suggest  # with z3, which nothing else here needs

    found = suggest(compiled, [gap.outcome for gap in first.gaps], seconds=seconds, on_progress=on_progress)
    taken = {scenario.name for scenario in compiled.ruleset.scenarios}
    ready = []
    for outcome, assessment in found.assessments:
        name = _free(_named(compiled.ruleset, outcome), taken)
        taken.add(name)
        ready.append(_ready(compiled, name, outcome, assessment))
    return Covering(coverage(compiled.ruleset, seen, found.impossible), tuple(ready), found.undecided)


def seen_in(compiled: CompiledRuleset, tried: Iterable[ScenarioResult]) -> frozenset[RuleOutcome]:
    """The outcomes that these scenarios brought about; one that could not be planned brings about none."""
    explain = compiled.explainer.explain
    return frozenset(
        outcome
        for one in tried
        if one.decision is not None
        for outcome in outcomes_seen(explain(one.decision.facts))
    )


def _ready(compiled: CompiledRuleset, name: str, outcome: RuleOutcome, assessment: Mapping[str, Any]) -> str:
    asked, month = without_month(assessment)
    decision = compiled.decide_example(assessment)
    assert isinstance(decision, Decision)
    answer = AnswerWriter(compiled).write(decision, decision_id="", evaluated_at="", as_of="", explain=False)
    as_of = None if month is None else _day_in(month, _first_day(compiled.ruleset))
    return scenario_text(name, asked, answer, as_of, rules=[outcome.rule])


def _day_in(month: int, first: date) -> date:
    """The middle of the month that comes next."""
    return date(first.year + (month <= first.month), month, 15)


EXPECTED_AT_FIRST = ("verdict", "sessions")
"""The members of an answer that a scenario expects where nobody chose others."""


def scenario_text(
    name: str,
    assessment: Mapping[str, Any],
    answer: Mapping[str, Any],
    as_of: date | None = None,
    *,
    expects: Iterable[str] = EXPECTED_AT_FIRST,
    rules: Iterable[str] = (),
) -> str:
    """An item of a scenarios file that expects just what the client gets now.

    ``assessment`` and ``answer`` are JSON data, the answer being that of the service to the assessment.
    ``expects``: the members of it that are expected; each of ``rules`` is expected to fire, or not to, as it
    does.
    """
    lines = [f"- name: {text(name)}"]
    lines += _mapping("assessment", assessment)
    lines += [] if as_of is None else [f"  as of: {as_of.isoformat()}"]
    expected = expectations(answer, expects, rules)
    lines += ["  expect:", *(f"    {key}: {flow(value)}" for key, value in expected.items())]
    return "\n".join(lines) + "\n"


def expectations(
    answer: Mapping[str, Any], expects: Iterable[str] = EXPECTED_AT_FIRST, rules: Iterable[str] = ()
) -> dict[str, Any]:
    """What a scenario expects that gets the answer: these of its members, and these rules, as it has them."""
    fired = {hit["rule"] for hit in answer["fired"]}
    named = list(rules)
    found = {name: answer[name] for name in expects}
    for key, does in (("fired", True), ("not fired", False)):
        if those := [rule for rule in named if (rule in fired) is does]:
            found[key] = those
    return found


def _named(ruleset: Ruleset, outcome: RuleOutcome) -> str:
    """What the scenario is about, in words."""
    rule = next(one for one in ruleset.rules if one.id == outcome.rule)
    if outcome.test is None:
        return rule.title
    test = list(tests_of(rule.when))[outcome.test]
    return f"{rule.title}, where {test.written} {'holds' if outcome.holds else 'does not hold'}"


def _free(name: str, taken: Collection[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free = f"{name} ({number})"
        number += 1
    return free


def _mapping(key: str, data: Mapping[str, Any]) -> list[str]:
    """A mapping in flow style, on as many lines as it needs."""
    lines, line = [], f"  {key}: {{"
    indent = " " * len(line)
    for number, (name, value) in enumerate(data.items()):
        part = f"{text(name)}: {flow(value)}" + ("," if number + 1 < len(data) else "}")
        if len(line) + len(part) > _LINE and line.strip() and line != indent:
            lines.append(line.rstrip())
            line = indent
        line += part if line.endswith("{") or line == indent else f" {part}"
    return [*lines, line if data else f"{line}}}"]


INVALID = "scenario-invalid"


@dataclass(frozen=True, slots=True)
class ScenarioResult:
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


def try_scenarios(compiled: CompiledRuleset, scenarios: Iterable[Scenario]) -> Iterator[ScenarioResult]:
    """Run scenarios of the ruleset, one at a time.

    Raises:
        DoubleEntryError: engine and evaluator differ on what fired.
        EngineFault: the engine refused.
    """
    writer = AnswerWriter(compiled)
    for scenario in scenarios:
        yield _tried(compiled, writer, scenario)


def mistaken(compiled: CompiledRuleset, scenarios: Iterable[Scenario]) -> Iterator[ScenarioResult]:
    """Those of the scenarios that can't be tried, for what is written in them.

    Nothing is run but, where rules test the month, those that name no day.
    """
    writer = AnswerWriter(compiled)
    for scenario in scenarios:
        as_of = _as_of(compiled.ruleset, scenario)
        refused = [
            _invalid(compiled.ruleset, scenario, refusal)
            for refusal in compiled.refusals(scenario.assessment)
        ]
        if isinstance(as_of, Problem):
            problems: tuple[Problem, ...] = (as_of,)
        else:
            problems = tuple(refused) or _without_its_day(compiled, writer, scenario)
        if problems:
            yield ScenarioResult(scenario, problems)


def _tried(compiled: CompiledRuleset, writer: AnswerWriter, scenario: Scenario) -> ScenarioResult:
    began = perf_counter()
    as_of = _as_of(compiled.ruleset, scenario)
    if isinstance(as_of, Problem):
        return ScenarioResult(scenario, (as_of,), seconds=perf_counter() - began)
    decision = compiled.decide(scenario.assessment, as_of.month)
    if isinstance(decision, tuple):
        problems = tuple(_invalid(compiled.ruleset, scenario, refusal) for refusal in decision)
        return ScenarioResult(scenario, problems, seconds=perf_counter() - began)
    answer = _written(writer, decision, as_of)
    by_chance = _without_its_day(compiled, writer, scenario)
    failed = () if by_chance else tuple(failures(scenario, answer))
    problems = by_chance or tuple(failure.problem for failure in failed)
    return ScenarioResult(scenario, problems, failed, decision, answer, perf_counter() - began)


def _written(writer: AnswerWriter, decision: Decision, as_of: date) -> dict[str, Any]:
    return writer.write(decision, decision_id="", evaluated_at="", as_of=as_of.isoformat(), explain=False)


def _without_its_day(
    compiled: CompiledRuleset, writer: AnswerWriter, scenario: Scenario
) -> tuple[Problem, ...]:
    """A problem where it would depend on today whether the scenario, which names no day, is as expected."""
    if scenario.as_of is not None or not compiled.tests_month:
        return ()
    today = _first_day(compiled.ruleset)
    decided = {month: compiled.decide(scenario.assessment, month) for month in range(1, len(MONTHS) + 1)}
    expected = [
        month
        for month, decision in decided.items()
        if not isinstance(decision, tuple) and not failures(scenario, _written(writer, decision, today))
    ]
    if len(expected) in (0, len(decided)):
        return ()
    months = ", ".join(map(str, expected))
    message = f"what it gets depends on the month. Add as of, with a day in one of the months {months}."
    return (Problem(scenario.place, INVALID, _problem_name(scenario, message)),)


def _as_of(ruleset: Ruleset, scenario: Scenario) -> date | Problem:
    """The day for which the scenario asks; without one, the first from today on which the ruleset serves."""
    if scenario.as_of is None:
        return _first_day(ruleset)
    if ruleset.effective is not None and scenario.as_of < ruleset.effective:
        place = scenario.places.get(("as of",), scenario.place)
        message = f"the ruleset serves from {ruleset.effective.isoformat()} on. Name a later day."
        return Problem(place, INVALID, _problem_name(scenario, message))
    return scenario.as_of


def _first_day(ruleset: Ruleset) -> date:
    """The first day from today on which the ruleset serves."""
    today = ruleset.today(datetime.now(UTC))
    return max(today, ruleset.effective or today)


def _invalid(ruleset: Ruleset, scenario: Scenario, refusal: Refusal) -> Problem:
    path = path_of(refusal.pointer)
    written = misread(ruleset.inputs, path[1:], scenario.assessment)
    message = written or refusal.with_hint
    place = nearest_place(scenario.places, path, scenario.place)
    return Problem(place, INVALID, _problem_name(scenario, message))


def _problem_name(scenario: Scenario, message: str) -> str:
    return f'"{shown(scenario.name, 80)}": {message}'

"""What the scenarios of a ruleset cover, and ready scenarios for what they don't."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from service.analysis.checks.coverage import Coverage, coverage, outcomes_seen
from service.analysis.proofs.results import RuleOutcome
from service.analysis.proofs.suggestions import suggest
from service.evaluation.compiled import CompiledRuleset
from service.model.condition import tests_of
from service.model.decision import Decision
from service.model.flow import flow, text
from service.model.ruleset import Ruleset
from service.serving.answer import AnswerWriter
from service.serving.trying import Tried

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
    tried: Iterable[Tried],
    *,
    seconds: float = 30,
    told: Callable[[int, int], None] | None = None,
) -> Covering:
    """How well these scenarios of the ruleset cover it; what no client can bring about counts as covered.

    For each outcome that is missing a client is looked for, over all that are possible, for at most so many
    seconds in all; ``told`` hears how many were looked at, of how many.

    Raises:
        DoubleEntryError: engine and evaluator differ on what fired.
        EngineFault: the engine refused.
    """
    seen = seen_in(compiled, tried)
    first = coverage(compiled.ruleset, seen)
    if not first.gaps:
        return Covering(first)
    found = suggest(compiled, [gap.outcome for gap in first.gaps], seconds=seconds, told=told)
    taken = {scenario.name for scenario in compiled.ruleset.scenarios}
    ready = []
    for outcome, assessment in found.assessments:
        name = _free(_named(compiled.ruleset, outcome), taken)
        taken.add(name)
        ready.append(_ready(compiled, name, outcome, assessment))
    return Covering(coverage(compiled.ruleset, seen, found.impossible), tuple(ready), found.undecided)


def seen_in(compiled: CompiledRuleset, tried: Iterable[Tried]) -> frozenset[RuleOutcome]:
    """The outcomes that these scenarios brought about; one that could not be planned brings about none."""
    explain = compiled.explainer.explain
    return frozenset(
        outcome
        for one in tried
        if one.decision is not None
        for outcome in outcomes_seen(explain(one.decision.facts))
    )


def _ready(compiled: CompiledRuleset, name: str, outcome: RuleOutcome, assessment: Mapping[str, Any]) -> str:
    decision = compiled.decide(dict(assessment))
    assert isinstance(decision, Decision)
    answer = AnswerWriter(compiled).write(decision, decision_id="", evaluated_at="", as_of="", explain=False)
    return scenario_text(name, outcome.rule, assessment, answer)


def scenario_text(name: str, rule: str, assessment: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """An item of a scenarios file that expects just what the client gets now, and that the rule fires or not.

    ``assessment`` and ``answer`` are JSON data, the answer being that of the service to the assessment.
    """
    fires = any(hit["rule"] == rule for hit in answer["fired"])
    expect = {
        "verdict": answer["verdict"],
        "sessions": answer["sessions"],
        "fired" if fires else "not fired": [rule],
    }
    lines = [f"- name: {text(name)}"]
    lines += _mapping("assessment", assessment)
    lines += ["  expect:", *(f"    {key}: {flow(value)}" for key, value in expect.items())]
    return "\n".join(lines) + "\n"


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

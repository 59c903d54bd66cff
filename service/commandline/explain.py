"""``picoplan explain``: every rule, fired or not, and each of its conditions against what was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import rich_click as click

from service.commandline.arguments import LANGUAGE, DayType
from service.commandline.assessments import Mistaken, ask
from service.commandline.console import complain, dim, heading, say
from service.commandline.folders import located, open_shelf
from service.commandline.problems import line
from service.evaluation.compiled import CompiledRuleset
from service.evaluation.truth import Facts, truth_of
from service.model.condition import AllOf, AnyOf, Condition, Not, Test, conjuncts
from service.model.decision import Decision
from service.model.problem import did_you_mean
from service.model.ruleset import Rule, Ruleset
from service.serving.answer import value_json
from service.wording.answers import value_words
from service.wording.conditions import as_written, group_key
from service.wording.effects import spelled_effects

_WORDS = {True: "true", False: "false", None: "unknown"}
_STATES = {True: "fired", False: "not fired", None: "unknown"}
_COLOURS = {True: "green", False: "red", None: "yellow"}
_TRUTH = 8
_CONDITION = 44


def rules_lines(
    compiled: CompiledRuleset, assessment: Mapping[str, Any], answer: Mapping[str, Any]
) -> Iterator[str]:
    """The verdict, then each rule with its conditions, line by line."""
    ruleset = compiled.by_language[answer["language"]]
    decision = compiled.decide(assessment, date.fromisoformat(answer["as_of"]).month)
    assert isinstance(decision, Decision)
    writer = _RuleWriter(ruleset, decision.facts, assessment)
    yield heading(f"{ruleset.title} ({ruleset.id} {ruleset.version}) on {answer['as_of']}")
    yield f"{answer['verdict_text']} ({answer['verdict']})"
    for factor, title in ruleset.factors.items():
        rules = [rule for rule in ruleset.rules if rule.factor == factor]
        if rules:
            yield ""
            yield heading(title)
        for rule in rules:
            yield from writer.rule(rule)
    yield ""
    yield f"{len(answer['fired'])} of {len(ruleset.rules)} rules fired."


class _RuleWriter:
    """Writes the rules of one ruleset beside the facts of one evaluation."""

    def __init__(self, ruleset: Ruleset, facts: Facts, assessment: Mapping[str, Any]) -> None:
        self._ruleset = ruleset
        self._facts = facts
        self._assessment = assessment

    def rule(self, rule: Rule) -> Iterator[str]:
        """One rule and its conditions."""
        truth = truth_of(rule.when)(self._facts)
        state = click.style(f"{_STATES[truth]:11}", fg=_COLOURS[truth])
        yield f"  {state}{rule.title} ({rule.id}) {dim(rule.defined_at)}"
        for part in conjuncts(rule.when):
            yield from self._condition(part, 6)

    def _condition(self, condition: Condition, indent: int) -> Iterator[str]:
        lead = " " * indent + f"{_WORDS[truth_of(condition)(self._facts)]:{_TRUTH}}"
        if isinstance(condition, Test):
            width = max(_CONDITION - indent, 1)
            yield f"{lead}{condition.written:{width}}  {self._looked_at(condition)}"
            return
        yield f"{lead}{group_key(condition)}:"
        for part in _parts(condition):
            yield from self._condition(part, indent + 2)

    def _looked_at(self, test: Test) -> str:
        given = self._given(test.subject)
        return given if test.target is None else f"{given}; {test.target.key} {self._given(test.target.key)}"

    def _given(self, key: str) -> str:
        """What the test looked at."""
        subject, value = self._ruleset.subjects[key], self._facts.get(key)
        if subject.kind in ("day", "conclusion", "score"):
            return f"is {value_words(value_json(value))}" if value is not None else "unknown"
        if value is None:
            answered = subject.kind == "attribute" and subject.name in self._facts
            return f"not known of {self._facts[subject.name]}" if answered else "not given"
        order = {option.id: index for index, option in enumerate(self._ruleset.inputs[subject.name].options)}
        shown = value_words(value_json(value, order if isinstance(value, frozenset) else None))
        return f"given {shown}" if self._assessment.get(subject.name) is not None else f"{shown} by default"


def _parts(condition: AllOf | AnyOf | Not) -> tuple[Condition, ...]:
    return conjuncts(condition.part) if isinstance(condition, Not) else condition.parts


def _show_rule(ruleset: str, rule_id: str, rulesets: str | None) -> int:
    """One rule, its digest, and what it says."""
    ruleset, rulesets = located(ruleset, rulesets)
    read = open_shelf(rulesets).read.get(ruleset)
    if read is None:
        raise click.UsageError(f'There is no ruleset "{ruleset}".')
    if read.ruleset is None:
        for problem in read.problems:
            complain(line(problem))
        return 1
    found = next((rule for rule in read.ruleset.rules if rule.id == rule_id), None)
    if found is None:
        near = did_you_mean(rule_id, [rule.id for rule in read.ruleset.rules])
        raise click.UsageError(f'"{ruleset}" has no rule "{rule_id}".{near}')
    say(f"{found.title} ({found.id}) {dim(found.defined_at)}")
    say(f"digest: {found.digest}")
    for condition in as_written(found.when):
        say(f"  when  {condition}")
    for effect, said in spelled_effects(found.then).items():
        say(f"  then  {effect}: {said}")
    return 0


@click.command("explain")
@click.argument("ruleset", metavar="RULESET")
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--rule", metavar="ID", help="Show this rule alone and its digest, for replaces; no FILE.")
@click.option(
    "--rulesets",
    metavar="DIR",
    help='The folder of rulesets. Without it: "rulesets" here, or else those that come with picoplan.',
)
@LANGUAGE
@click.option("--as-of", type=DayType(), metavar="DATE", help="The day for which to decide, as 2026-12-01.")
def command(
    ruleset: str,
    file: str | None,
    rule: str | None,
    rulesets: str | None,
    language: str | None,
    as_of: date | None,
) -> int:
    """Show every rule, fired or not, and why.

    RULESET is a ruleset's id, such as pico-laser. With --rule, one rule is shown with its digest, whoever the
    client. FILE is an assessment in JSON or YAML; "-" reads standard
    input. Each condition is true, false or unknown (its question was not answered), beside what was given.
    A rule fires where all its conditions are true.

    Exit code 0: fine. 1: the assessment or the ruleset has mistakes; each is named with its place. 2: there
    is no such file or ruleset.
    """
    if (file is None) == (rule is None):
        raise click.UsageError("Name a FILE, or a rule with --rule.")
    if file is None:
        return _show_rule(ruleset, str(rule), rulesets)
    try:
        asked = ask(rulesets, ruleset, file, as_of, language)
    except Mistaken as mistaken:
        for problem in mistaken.problems:
            complain(line(problem))
        return 1
    for text in rules_lines(asked.compiled, asked.assessment, asked.answer):
        say(text)
    return 0

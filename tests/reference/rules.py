"""Rules, and which of them fire.

A rule is decided only when every conclusion and score that its `when` looks at is settled, and a fact is
settled only when every rule that can add to it is decided. Rulesets have no circles, so that this ends, and
no firing can undo what was decided.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.reference.conditions import evaluate, subjects
from tests.reference.plain import RefusedError, Value, is_number, name, number
from tests.reference.questions import Client
from tests.reference.tables import written_out
from tests.reference.wording import Kind, Truth

MONTH = "as of.month"
"""What the month of the day that is asked for is called in `when`."""


@dataclass(frozen=True)
class Rule:
    """One rule as written, with the factor of its file."""

    id: str
    factor: str
    when: dict[str, Any]
    then: dict[str, Any]
    support: str | None
    evidence: list[str]

    @property
    def feeds(self) -> set[str]:
        """The conclusions and scores that this rule may add to."""
        concluded = {f"conclusions.{fact}" for fact in self.then.get("conclude", {})}
        return concluded | {f"scores.{fact}" for fact in self.then.get("points", {})}

    @property
    def awaits(self) -> set[str]:
        """The conclusions and scores that this rule tests."""
        return {subject for subject in subjects(self.when) if subject.startswith(("conclusions.", "scores."))}

    @property
    def draws_on_score(self) -> bool:
        """Whether this rule makes its base of a score."""
        return "sessions from score" in self.then


@dataclass
class Outcome:
    """What became of the rules for one client.

    `facts` holds conclusions and scores under their full names. An unknown level or score is None. `wanting`
    names, for each unknown score, the questions whose answers it lacks.
    """

    client: Client
    month: int
    rules: list[Rule]
    fact_kinds: dict[str, Kind]
    truth: dict[str, Truth] = field(default_factory=dict)
    matched: dict[str, dict[str, Value | None]] = field(default_factory=dict)
    facts: dict[str, Value | None] = field(default_factory=dict)
    wanting: dict[str, set[str]] = field(default_factory=dict)

    @property
    def fired(self) -> list[Rule]:
        """The rules that fired, in the answer's order."""
        return [rule for rule in self.rules if self.truth.get(rule.id) is True]

    def look(self, subject: str) -> tuple[Kind, Value | None]:
        """The kind and value of an input, an attribute, a conclusion, a score or the month."""
        if subject == MONTH:
            return Kind("number"), Fraction(self.month)
        if subject.startswith(("conclusions.", "scores.")):
            return self.fact_kinds[subject], self.facts[subject]
        return self.client.look(subject)


def rules_of(files: dict[str, Any]) -> list[Rule]:
    """All rules: by the ruleset's order of factors, then file name, then place in the file."""
    factors = list(files["ruleset"]["factors"])
    names = sorted(files["factors"], key=lambda file: (factors.index(files["factors"][file]["factor"]), file))
    return [
        Rule(
            id=name(raw["id"]),
            factor=files["factors"][file]["factor"],
            when=raw["when"],
            then=raw["then"],
            support=raw.get("support"),
            evidence=list(raw.get("evidence") or []),
        )
        for file in names
        for raw in written_out(files["factors"][file])
    ]


def _fact_kinds(files: dict[str, Any], rules: list[Rule]) -> dict[str, Kind]:
    """Scores are numbers; conclusions are levels where the ruleset declares them, else flags."""
    levels = files["ruleset"].get("conclusions") or {}
    kinds: dict[str, Kind] = {}
    drawn_on = {
        f"scores.{rule.then['sessions from score']['score']}" for rule in rules if rule.draws_on_score
    }
    for fact in sorted(drawn_on.union(*(rule.feeds | rule.awaits for rule in rules))):
        place, _, called = fact.partition(".")
        if place == "scores":
            kinds[fact] = Kind("number")
        elif called in levels:
            kinds[fact] = Kind("level", order=tuple(map(name, levels[called])))
        else:
            kinds[fact] = Kind("flag")
    return kinds


def _points(outcome: Outcome, score: str, feeders: list[Rule]) -> Fraction | None:
    """The sum of the points of the rules that fired; None where an attribute they add was not given."""
    total = Fraction(0)
    for rule in feeders:
        written = rule.then["points"][score]
        for one in written if isinstance(written, list) else [written]:
            value = number(one) if is_number(one) else outcome.client.look(one)[1]
            if value is None:
                outcome.wanting.setdefault(f"scores.{score}", set()).add(one.partition(".")[0])
            elif isinstance(value, Fraction):
                total += value
    return None if f"scores.{score}" in outcome.wanting else total


def _settled(outcome: Outcome, fact: str) -> Value | None:
    """What a fact comes to, once every rule that can add to it is decided."""
    place, _, called = fact.partition(".")
    feeders = [rule for rule in outcome.fired if fact in rule.feeds]
    if place == "scores":
        return _points(outcome, called, feeders)
    kind = outcome.fact_kinds[fact]
    if kind.shape == "flag":
        return bool(feeders)
    reached = [kind.order.index(name(rule.then["conclude"][called])) for rule in feeders]
    return kind.order[max(reached)] if reached else None


def run(files: dict[str, Any], client: Client, month: int) -> Outcome:
    """Decide every rule for one client in a month from 1 to 12."""
    rules = rules_of(files)
    outcome = Outcome(client, month, rules, _fact_kinds(files, rules))
    while len(outcome.truth) < len(rules) or len(outcome.facts) < len(outcome.fact_kinds):
        open_rules = [rule for rule in rules if rule.id not in outcome.truth]
        open_facts = [fact for fact in outcome.fact_kinds if fact not in outcome.facts]
        fact = next((fact for fact in open_facts if not any(fact in rule.feeds for rule in open_rules)), None)
        rule = next((rule for rule in open_rules if not rule.awaits & set(open_facts)), None)
        if fact is not None:
            outcome.facts[fact] = _settled(outcome, fact)
        elif rule is not None:
            matched = outcome.matched[rule.id] = {}
            outcome.truth[rule.id] = evaluate(rule.when, outcome.look, matched)
        else:
            raise RefusedError("conclusions or scores go in a circle")
    return outcome

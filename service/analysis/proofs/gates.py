"""Gates that a rule has, and questions that nobody need ask: what the check and the proof of them share."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.language import VERDICTS
from service.model.condition import AnyOf, Test, needs_value, passes
from service.model.ruleset import Effects, Input, Rule, Ruleset


def resting_alone(ruleset: Ruleset) -> Iterator[tuple[Input, Rule]]:
    """Each question that may stay unasked, with the first rule whose gate rests on it alone."""
    found: set[str] = set()
    for rule in ruleset.rules:
        if gate_of(rule.then) is None:
            continue
        for test in _alone(rule):
            one = ruleset.inputs.get(test.subject)
            if one is None or one.id in found or not needs_value(test, holds=True) or _is_asked(one, test):
                continue
            if not said_of_the_extended(ruleset, one, rule):
                found.add(one.id)
                yield one, rule


def may_stay_unasked(one: Input) -> str:
    """Why nobody need ask the question, with the mend; nothing where it is asked, or has a default.

    The default of a yes or no counts as none, for it can be there to save a click.
    """
    if one.required or one.must_ask:
        return ""
    if one.default is None:
        return "nobody need ask it. Add must ask: yes."
    if one.domain.shape == "yes_no":
        return "a default answers it. Write must ask: yes in place of the default."
    return ""


def gate_of(then: Effects) -> str | None:
    """The effect that keeps the client from a plan, if there is one: of several, the strictest."""
    gates = [effect for effect, _ in then.present("gate")]
    strictest = min(
        gates, key=lambda gate: VERDICTS.index(gate.verdict) if gate.verdict else len(VERDICTS), default=None
    )
    return None if strictest is None else strictest.key


def _alone(rule: Rule) -> Iterator[Test]:
    """The tests of which each makes the rule fire by itself."""
    parts = rule.when.parts if isinstance(rule.when, AnyOf) else (rule.when,)
    yield from (part for part in parts if isinstance(part, Test))


def _is_asked(one: Input, test: Test) -> bool:
    """Whether the question is always put, or taken for what the gate waits for where nobody puts it."""
    return not may_stay_unasked(one) or (one.default is not None and passes(test, one.default))


def said_of_the_extended(ruleset: Ruleset, one: Input, rule: Rule) -> bool:
    """Whether a clinic laid words over the question of a gate taken over: question-weakened says it."""
    return ruleset.wrote(one.place) and not ruleset.wrote(rule.place)

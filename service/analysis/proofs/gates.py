"""What keeps clients from a plan, and questions that nobody need ask."""

from __future__ import annotations

from schemas.language import VERDICTS
from service.model.condition import AnyOf, Test
from service.model.ruleset import Effects, FromProgress, Input, Rule, Ruleset, WhenSlow


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


def barring_of(then: Effects) -> str | None:
    """The effect that keeps, or can keep, the client from a plan: a gate, or one with a built-in reason."""
    built_in = [
        effect.key
        for effect, value in then.present("conditional gate", "base")
        if isinstance(value, WhenSlow | FromProgress)
    ]
    return gate_of(then) or next(iter(built_in), None)


def rests_alone(rule: Rule, one: Input) -> bool:
    """Whether a test of the question makes the rule fire by itself."""
    parts = rule.when.parts if isinstance(rule.when, AnyOf) else (rule.when,)
    return any(isinstance(part, Test) and part.subject == one.id for part in parts)


def said_of_the_extended(ruleset: Ruleset, one: Input, rule: Rule) -> bool:
    """Whether a clinic laid words over the question of a gate taken over: question-weakened says it."""
    return ruleset.wrote(one.place) and not ruleset.wrote(rule.place)

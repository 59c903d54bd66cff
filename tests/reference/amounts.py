"""The numbers in a rule's effects, and the choice among bases."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tests.reference.notes import Notes
from tests.reference.plain import Range, as_range, is_number, number, span
from tests.reference.rules import Outcome, Rule

Base = tuple[Range, str, str]
"""Three numbers, the rule that gives them, and the effect that says so."""


def is_attribute(raw: Any) -> bool:
    """Whether an effect's number is written as an attribute, such as `goal.times`."""
    return isinstance(raw, str) and not is_number(raw) and span(raw) is None


def attribute(raw: str, rule: Rule, outcome: Outcome, notes: Notes) -> Fraction | None:
    """An attribute or a number input in an effect; None, and noted as needed, where it was not given."""
    value = outcome.client.look(raw)[1]
    if value is None:
        notes.needed(raw.partition(".")[0], rule.id)
        return None
    assert isinstance(value, Fraction)
    return value


def written(outcome: Outcome, effect: str) -> int:
    """How many of the rules that fired have an effect."""
    return sum(effect in rule.then for rule in outcome.fired)


def amounts(outcome: Outcome, effect: str, notes: Notes) -> list[tuple[Range, str]]:
    """What each fired rule says under an effect, by rule id, but for those whose attribute was not given."""
    found: list[tuple[Range, str]] = []
    for rule in sorted(outcome.fired, key=lambda rule: rule.id):
        if effect not in rule.then:
            continue
        raw = rule.then[effect]
        if is_attribute(raw):
            value = attribute(raw, rule, outcome, notes)
            if value is not None:
                found.append(((value,) * 3, rule.id))
        else:
            found.append((as_range(raw, exact_middle=effect == "sessions times"), rule.id))
    return found


def _from_score(raw: dict[str, Any], score: Fraction) -> Range:
    """Score x times, -+ spread, none under `at least`."""
    typical = score * number(raw.get("times", 1))
    spread, floor = number(raw.get("spread", 0)), number(raw.get("at least", 1))
    return max(floor, typical - spread), max(floor, typical), max(floor, typical + spread)


def session_bases(outcome: Outcome, notes: Notes) -> list[Base]:
    """The session bases of the rules that fired.

    A base from an unknown score is none: it acts as `no numbers` and notes the questions that the score
    lacks.
    """
    bases: list[Base] = [(numbers, rule, "sessions") for numbers, rule in amounts(outcome, "sessions", notes)]
    for rule in outcome.fired:
        if not rule.draws_on_score:
            continue
        raw = rule.then["sessions from score"]
        score = outcome.facts[f"scores.{raw['score']}"]
        if isinstance(score, Fraction):
            bases.append((_from_score(raw, score), rule.id, "sessions from score"))
        for question in outcome.wanting.get(f"scores.{raw['score']}", ()):
            notes.needed(question, rule.id)
    return bases


def needs_most(base: tuple[Any, ...]) -> tuple[Any, ...]:
    """Sorts what needs most first: by typical, then max, then min, then rule id."""
    low, typical, high = base[0]
    return -typical, -high, -low, base[1]


def winner(bases: list[Base], of: str, notes: Notes) -> Base | None:
    """The base that needs most, written down as `base`, the others as `base_not_used`."""
    ordered = sorted(bases, key=needs_most)
    for place, (numbers, rule, effect) in enumerate(ordered):
        notes.step("base_not_used" if place else "base", of, rule, numbers)
        if place:
            notes.losing.add((rule, effect))
    return ordered[0] if ordered else None

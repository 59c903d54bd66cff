"""Many rules over a few questions, and clients whom some of them fit."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from service.model.condition import AllOf, Condition, Not, Test, Value
from tests.engine.rules import PLACE, among, choice, chosen, number, within, yes_no

CONCERNS = tuple(f"concern_{i}" for i in range(40))
LEVELS = ("mild", "moderate", "severe")
SUBJECTS = [
    choice("concern", *CONCERNS),
    choice("severity", *LEVELS, ordered=True),
    yes_no("sensitive"),
    number("depth"),
    chosen("reactions", "pih", "blister", "scar"),
]


def a_condition(dice: Random, place: int) -> Condition:
    """One of many rules: for one concern, at some severity, and perhaps more."""
    parts: list[Condition] = [
        among("concern", CONCERNS[place % 40], dice.choice(CONCERNS)),
        among("severity", *dice.sample(LEVELS, dice.randint(1, 2))),
    ]
    if dice.random() < 0.5:
        parts.append(within("depth", dice.randint(0, 50), dice.randint(50, 99)))
    if dice.random() < 0.3:
        parts.append(Not(among("sensitive", dice.random() < 0.5)))
    if dice.random() < 0.3:
        parts.append(Test("reactions", "includes_none", "", PLACE, frozenset({dice.choice(("pih", "scar"))})))
    return AllOf(tuple(parts))


def some_facts(dice: Random) -> dict[str, Value]:
    """What is known of one client."""
    facts: dict[str, Value] = {"concern": dice.choice(CONCERNS), "severity": dice.choice(LEVELS)}
    if dice.random() < 0.8:
        facts["depth"] = dice.choice((0, 50, Fraction(101, 2), 99, 25))
    if dice.random() < 0.8:
        facts["sensitive"] = dice.random() < 0.5
    if dice.random() < 0.8:
        facts["reactions"] = frozenset(dice.sample(("pih", "blister", "scar"), dice.randint(0, 3)))
    return facts

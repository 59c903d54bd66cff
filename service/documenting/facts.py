"""Conclusions and scores: which rules reach them, and which rules look at them."""

from __future__ import annotations

from dataclasses import dataclass

from service.documenting.effects import effects
from service.documenting.naming import Naming
from service.documenting.phrases import plain
from service.model.condition import tests_of
from service.model.ruleset import Rule, Ruleset


@dataclass(frozen=True, slots=True)
class Fact:
    """A conclusion or a score. ``reached``: each rule with what it adds; ``used``: rules that test it."""

    anchor: str
    kind: str
    name: str
    levels: tuple[str, ...]
    reached: tuple[tuple[Rule, str], ...]
    used: tuple[Rule, ...]


def facts(naming: Naming) -> tuple[Fact, ...]:
    """Every conclusion, then every score."""
    ruleset = naming.ruleset
    conclusions = [
        *ruleset.conclusion_levels,
        *(flag for flag in ruleset.flags if flag not in ruleset.conclusion_levels),
    ]
    return (
        *(_fact(naming, "conclusion", name, ruleset.conclusion_levels.get(name, ())) for name in conclusions),
        *(_fact(naming, "score", name, ()) for name in ruleset.scores),
    )


def _fact(naming: Naming, kind: str, name: str, levels: tuple[str, ...]) -> Fact:
    rules = naming.ruleset.rules
    reached = tuple(
        (rule, _reaches(naming, rule, kind, name)) for rule in rules if name in _given(rule, kind)
    )
    return Fact(
        f"{kind}-{name}",
        kind,
        plain(name),
        tuple(map(plain, levels)),
        reached,
        _using(naming.ruleset, f"{kind}s.{name}", name),
    )


def _given(rule: Rule, kind: str) -> list[str]:
    return [name for name, _ in (rule.then.conclude if kind == "conclusion" else rule.then.points)]


def _reaches(naming: Naming, rule: Rule, kind: str, name: str) -> str:
    """The level that the rule concludes, or the points that it adds; nothing for a flag."""
    if kind == "conclusion":
        level = dict(rule.then.conclude)[name]
        return "" if level is True else plain(str(level))
    said = f"for the score “{plain(name)}”"
    return next(
        (one.text.removesuffix(f", {said}") for one in effects(naming, rule) if one.text.endswith(said)), ""
    )


def _using(ruleset: Ruleset, key: str, name: str) -> tuple[Rule, ...]:
    return tuple(
        rule
        for rule in ruleset.rules
        if any(test.subject == key for test in tests_of(rule.when))
        or (
            key.startswith("scores.")
            and rule.then.sessions_from_score is not None
            and rule.then.sessions_from_score.score == name
        )
    )

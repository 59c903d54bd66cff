"""The rules in words, by factor and by the part of the factor that a file holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from schemas.language import SUPPORTS, Support
from service.documenting.conditions import Clause, clauses
from service.documenting.effects import Does, effects
from service.documenting.naming import Naming
from service.documenting.phrases import begun, plain
from service.model.ruleset import Rule, Ruleset

SUPPORT_MEANS: dict[Support, str] = {
    "published": "The figure stands in a paper.",
    "derived": "The figure was worked out from published ones.",
    "interpolated": "The figure lies between published ones.",
    "judgement": "The figure is the judgement of those who wrote the rules.",
}

_NUMBERED = re.compile(r"\A[0-9]+[-_ ]*")


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as a row of its table. ``own``: it does not come from an extended ruleset."""

    id: str
    anchor: str
    title: str
    when: tuple[Clause, ...]
    does: tuple[Does, ...]
    because: str
    support: Support | None
    evidence: tuple[str, ...]
    defined_at: str
    own: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Some rules of a factor that stand together; ``title`` is empty where they are all of them."""

    title: str
    rows: tuple[RuleRow, ...]


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor and its rules."""

    id: str
    anchor: str
    title: str
    parts: tuple[Part, ...]

    @property
    def count(self) -> int:
        """How many rules it has."""
        return sum(len(part.rows) for part in self.parts)


def factors(naming: Naming) -> tuple[Factor, ...]:
    """The factors in the ruleset's order, each with its rules."""
    ruleset = naming.ruleset
    return tuple(
        Factor(name, f"factor-{name}", title, _parts(naming, name)) for name, title in ruleset.factors.items()
    )


def support_counts(ruleset: Ruleset) -> tuple[tuple[Support, str, int], ...]:
    """How many rules rest on which support, from strong to weak, with what it means."""
    given = [rule.support for rule in ruleset.rules]
    return tuple((support, SUPPORT_MEANS[support], given.count(support)) for support in SUPPORTS)


def _parts(naming: Naming, factor: str) -> tuple[Part, ...]:
    files: dict[str, list[Rule]] = {}
    for rule in naming.ruleset.rules:
        if rule.factor == factor:
            files.setdefault(rule.defined_at.rpartition(":")[0], []).append(rule)
    alone = len(files) == 1
    return tuple(
        Part(
            "" if alone else _title(naming.ruleset, file, factor), tuple(_row(naming, rule) for rule in rules)
        )
        for file, rules in files.items()
    )


def _title(ruleset: Ruleset, file: str, factor: str) -> str:
    """``factors/1-concern-one-session.yaml`` is "One session"; a clinic's own file says that it is."""
    stem = _NUMBERED.sub("", PurePosixPath(file).stem)
    rest = begun(plain(stem.removeprefix(factor)))
    if ruleset.extends is None or not _own(file):
        return rest or "In general"
    return f"Our own: {rest}" if rest else "Our own"


def _own(defined_at: str) -> bool:
    return defined_at.startswith("factors/")


def _row(naming: Naming, rule: Rule) -> RuleRow:
    return RuleRow(
        rule.id,
        f"rule-{rule.id}",
        rule.title,
        clauses(naming, rule.when),
        effects(naming, rule),
        rule.because,
        rule.support,
        rule.evidence,
        rule.defined_at,
        _own(rule.defined_at),
    )

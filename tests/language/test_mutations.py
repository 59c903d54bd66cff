"""Whoever drops one entry of what is derived from the table is found out at once.

Each mutant is the code with one entry less in one list: of the facts in the key under which plans are kept,
of gates, of texts, of the parts of a plan that are compared, of the members that replay compares. An
assertion of completeness must fail for it. A mutant that lives is a list that nothing holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from schemas.language import effects
from service.analysis.compare import plan_differences, plan_parts, text_changes
from service.analysis.proofs import profile
from service.evaluation import compiled
from service.replaying import comparing
from tests.language.completeness import compares, evaluates, pair, proves, replays
from tests.language.samples import Change, WordChange, changes, word_changes

CHANGES = [*changes(), *word_changes()]
Check = Callable[[Change | WordChange], None]


# -- mutants ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Mutant:
    """A name of a module that stands for one entry less, and what is asked to find it out."""

    module: ModuleType
    name: str
    entry: str
    value: Any
    check: Check

    def __str__(self) -> str:
        return f"{self.module.__name__.rpartition('.')[2]}.{self.name} without {self.entry}"

    @property
    def in_order(self) -> list[Change | WordChange]:
        """The changes, those of effects that the entry names first."""
        return sorted(CHANGES, key=lambda change: not change.is_of(self.entry))


def without_one(module: ModuleType, names: Iterable[str], check: Check) -> Iterator[Mutant]:
    """Each of the names with one entry less; of a mapping, with one less of what each key leads to."""
    for name in names:
        whole = getattr(module, name)
        if isinstance(whole, Mapping):
            for key, entries in whole.items():
                for less, entry in _less(entries):
                    yield Mutant(module, name, f"{entry} of {key}", {**whole, key: less}, check)
        else:
            for less, entry in _less(whole):
                yield Mutant(module, name, entry, less, check)


def _less(whole: Any) -> Iterator[tuple[Any, str]]:
    if isinstance(whole, str):
        yield "", whole
        return
    for entry in sorted(whole, key=str):
        yield type(whole)(one for one in whole if one is not entry), str(getattr(entry, "name", entry))


MUTANTS = [
    *without_one(compiled, ("_LEADING_TO", "_WITHHOLDING", "TEXTS", "_SUPPORTED", "_BENEFITS"), evaluates),
    *without_one(profile, ("NUMBER_EFFECTS", "WITHHOLDING", "GATES_OF"), proves),
    *without_one(text_changes, ("FOLLOWING", "WORDING", "GATES"), compares),
    *without_one(plan_parts, ("PARTS",), compares),
    *without_one(plan_differences, ("NUMBERS",), compares),
    *without_one(comparing, ("PLAN", "WORDS", "REASONS"), replays),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_an_entry_that_is_dropped_is_found_out(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutant.module, mutant.name, mutant.value)
    assert any(fails(mutant.check, change) for change in mutant.in_order)


def fails(check: Check, change: Change | WordChange) -> bool:
    """Whether the check fails of the change."""
    try:
        check(change)
    except (AssertionError, LookupError):
        return True
    return False


# -- the key under which plans are kept -------------------------------------------------------------------


def facts() -> list[Any]:
    """Each fact that is in the key of some ruleset whose answers have numbers."""
    return [
        pytest.param(change, fact, id=f"{change} without {fact}")
        for change in changes()
        if not change.effect.withholds
        for fact in compiled.facts_of_plans(pair(change)[1].answering.snapshot.served["generated"].ruleset)
    ]


@pytest.mark.parametrize(("change", "fact"), facts())
def test_a_fact_that_is_not_in_the_key_of_plans_is_found_out(
    change: Change, fact: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = compiled.facts_of_plans
    monkeypatch.setattr(
        compiled, "facts_of_plans", lambda ruleset: tuple(one for one in whole(ruleset) if one != fact)
    )
    assert fails(evaluates, change)


RECKONING = dict.fromkeys(
    effect.category for effect in effects() if effect.attribute or effect.value in ("score", "progress")
)


@pytest.mark.parametrize("category", [one for one in RECKONING if one in compiled._PLANNING])
def test_a_category_whose_facts_are_not_in_the_key_is_found_out(
    category: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = tuple(one for one in compiled._PLANNING if one != category)
    monkeypatch.setattr(compiled, "_PLANNING", rest)
    assert any(fails(evaluates, change) for change in changes() if change.effect.category == category)

"""A comparison as lines of text: what was edited, and what it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.analysis.compare.compare import Comparison, compare
from service.analysis.compare.edits import Edit, PartEdit
from service.analysis.compare.statements import Statement
from service.evaluation.compiled import CompiledRuleset
from service.model.flow import flow

_LONG = 60


_LONG_ONES = ("scenario", "paper")
"""Kinds of parts that are named alone where they come or go."""


_PROVEN = "This is proven over every possible assessment."


def edited_lines(comparison: Comparison) -> Iterator[str]:
    """Every edit with its place, old above new."""
    if not comparison.edits:
        yield "Nothing."
    for edit in comparison.edits:
        place = f", {edit.place}" if edit.place is not None else ""
        name = "the ruleset" if edit.kind == "ruleset" else f"{edit.kind} {edit.name}"
        yield f"{name} {edit.how}{place}"
        shown = () if edit.how in ("added", "removed") and edit.kind in _LONG_ONES else edit.parts
        for part in shown:
            yield from (f"  {line}" for line in _part(edit, part))


def _part(edit: Edit, part: PartEdit) -> Iterator[str]:
    if edit.how in ("added", "removed"):
        said = part.now if edit.how == "added" else part.was
        if said is not None:
            yield f"{part.key}: {said}"
        return
    was, now = (said if said is not None else "nothing" for said in (part.was, part.now))
    if len(was) + len(now) <= _LONG and "\n" not in was + now:
        yield f"{part.key}: {was} -> {now}"
        return
    yield f"{part.key}:"
    yield f"  old: {was}"
    yield f"  new: {now}"


def meaning_lines(comparison: Comparison) -> Iterator[str]:
    """What the edits mean: whose answers change, each kind with an example."""
    yield from _verdict(comparison)
    yield from _section("Refused now:", comparison.refused)
    yield from _section("Accepted now:", comparison.accepted)
    yield from _section("Other plans:", comparison.plans)
    counted = comparison.count
    if counted is not None:
        over, change = ", ".join(counted.over), "changes" if counted.changed == 1 else "change"
        yield (
            f"Counted over {over}: of {counted.all:,} possible assessments of these questions, "
            f"{counted.changed:,} {change}."
        )
    if any(one.of_numbers for one in comparison.plans):
        yield "Where rules stop or hold the numbers back before and after, a change of numbers does not show."
    yield from _section("Only what is said, with the same plan:", comparison.texts)
    if comparison.not_decided:
        yield "Not decided in the time there is:"
        yield from (f"  {what}" for what in comparison.not_decided)


def _verdict(comparison: Comparison) -> Iterator[str]:
    if comparison.not_decided:
        if not (comparison.plans or comparison.refused or comparison.accepted):
            yield "No change of a plan was found, but that there is none is not proven."
        return
    if not comparison.means_something:
        if comparison.texts:
            yield f"No plan changes, and the same assessments are accepted. {_PROVEN}"
        else:
            yield f"No change in meaning: all are accepted, planned and told as before. {_PROVEN}"
    elif not (comparison.refused or comparison.accepted):
        yield f"The same assessments are accepted, and no plans change but those below. {_PROVEN}"
    elif not comparison.plans:
        yield f"Assessments that both versions accept get the same plans. {_PROVEN}"


def _section(title: str, statements: tuple[Statement, ...]) -> Iterator[str]:
    if not statements:
        return
    yield title
    before: tuple[str, ...] = ()
    for one in statements:
        if one.whole or one.where != before:
            yield f"  {_where(one)}"
        before = () if one.whole else one.where
        for says in one.says:
            yield f"    {says}"
        if one.example is not None:
            yield f"      for example {flow(one.example)}"
        for part, old, new in one.changes:
            if f"{part} {old} -> {new}" not in one.says:
                yield f"        {part}: {old} -> {new}"


def _where(one: Statement) -> str:
    if not one.where:
        return "Some assessments:" if not one.whole else "Everyone to whom it is said:"
    where = "; or ".join(one.where)
    return f"{where}:" if one.whole else f"Some of {where}:"


@dataclass(frozen=True, slots=True)
class Changes:
    """Lines on what was edited and what it means; ``decided``: nothing else changes, proven."""

    edited: tuple[str, ...]
    meaning: tuple[str, ...]
    decided: bool


def changes(old: CompiledRuleset, new: CompiledRuleset, *, seconds: float = 30) -> Changes:
    """What changed from the old version to the new one."""
    comparison = compare(old, new, seconds=seconds)
    return Changes(
        tuple(edited_lines(comparison)), tuple(meaning_lines(comparison)), not comparison.not_decided
    )

"""What a comparison says, in words: what was edited, whose answers change, and what of that is proven.

The same as JSON data, for programs: ``comparison_document``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.analysis.compare.carried_over import CarriedOver
from service.analysis.compare.compare import Comparison, compare
from service.analysis.compare.edits import PartEdit, RulesetEdit
from service.analysis.compare.statements import Statement
from service.analysis.proofs.questions import Assessment
from service.evaluation.compiled import CompiledRuleset
from service.model.flow import flow
from service.model.ruleset import Ruleset
from service.wording.answers import answered
from service.wording.labels import Labels

_LONG = 60
_LONG_ONES = ("scenario", "paper")
"""Kinds of parts that are named alone where they come or go."""

_PROVEN = "This is proven over every possible assessment."


def edited_lines(comparison: Comparison) -> Iterator[str]:
    """Every edit with its place, old above new."""
    if not comparison.edits:
        yield "Nothing."
    for edit in comparison.edits:
        yield from edit_lines(edit)


def to_be_read_lines(comparison: Comparison) -> Iterator[str]:
    """Each rule that says something else over the support that it had, with its place."""
    for one in comparison.to_be_read:
        yield f"rule {one.rule.id}, {one.rule.place}"
        yield f"  {one.says}"


def edit_lines(edit: RulesetEdit) -> Iterator[str]:
    """One edit by ids, with its place, old above new."""
    place = f", {edit.place}" if edit.place is not None else ""
    name = "the ruleset" if edit.kind == "ruleset" else f"{edit.kind} {edit.name}"
    yield f"{name} {edit.how}{place}"
    shown = () if edit.how in ("added", "removed") and edit.kind in _LONG_ONES else edit.parts
    for part in shown:
        yield from (f"  {line}" for line in _part(edit, part))


def _part(edit: RulesetEdit, part: PartEdit) -> Iterator[str]:
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


@dataclass(frozen=True, slots=True)
class Kinds:
    """Kinds of change of one sort: what they have in common, each kind, and what is said of all of them."""

    title: str
    statements: tuple[Statement, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What edits mean, in words.

    ``verdict``: what is proven of everybody, or that it is not; ``not_decided``: what may hold more changes.
    """

    verdict: tuple[str, ...]
    serves: tuple[str, ...]
    kinds: tuple[Kinds, ...]
    not_decided: tuple[str, ...]


NOT_DECIDED = "Not decided in the time there is:"


def meaning(comparison: Comparison, labels: Labels | None = None) -> Meaning:
    """Whose answers change, by labels if there are some."""
    every = (
        Kinds("Refused now:", comparison.refused),
        Kinds("Accepted now:", comparison.accepted),
        Kinds("Other plans:", comparison.plans, tuple(_of_plans(comparison, labels))),
        Kinds("Only what is said, with the same plan:", comparison.texts),
    )
    return Meaning(
        tuple(_verdict(comparison)),
        tuple(_first_day(comparison)),
        tuple(one for one in every if one.statements or one.notes),
        comparison.not_decided,
    )


def meaning_lines(comparison: Comparison, labels: Labels | None = None) -> Iterator[str]:
    """What the edits mean: whose answers change, each kind with an example, by labels if there are some."""
    said = meaning(comparison, labels)
    yield from said.verdict
    yield from said.serves
    for kinds in said.kinds:
        yield from _section(kinds, labels)
        yield from kinds.notes
    if said.not_decided:
        yield NOT_DECIDED
        yield from (f"  {what}" for what in said.not_decided)


def _of_plans(comparison: Comparison, labels: Labels | None) -> Iterator[str]:
    counted = comparison.count
    if counted is not None:
        names = counted.over if labels is None else (f"“{labels.question(one)}”" for one in counted.over)
        over, change = ", ".join(names), "changes" if counted.changed == 1 else "change"
        yield (
            f"Counted over {over}: of {counted.all:,} possible assessments of these questions, "
            f"{counted.changed:,} {change}."
        )
    if any(one.of_numbers for one in comparison.plans):
        yield "Where rules stop or hold the numbers back before and after, a change of numbers does not show."


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


def _first_day(comparison: Comparison) -> Iterator[str]:
    """From when the new version serves, where that was edited."""
    for edit in comparison.edits:
        for part in edit.parts if edit.kind == "ruleset" else ():
            if part.key == "effective" and part.now is not None:
                yield f"It serves from {part.now} on; until then the version before it does, if there is one."


def _section(kinds: Kinds, labels: Labels | None) -> Iterator[str]:
    if not kinds.statements:
        return
    yield kinds.title
    before: tuple[str, ...] | None = None
    for one in kinds.statements:
        if one.whole or one.where != before:
            yield f"  {for_whom(one)}"
        before = None if one.whole else one.where
        for says in one.says:
            yield f"    {says}"
        if one.example is not None:
            yield f"      for example {_example(one.example, labels)}"
        for part, old, new in shown_changes(one):
            yield f"        {part}: {old} -> {new}"


def shown_changes(one: Statement) -> tuple[tuple[str, str, str], ...]:
    """What changes for its example, without what it says already."""
    return tuple(
        (part, old, new) for part, old, new in one.changes if f"{part} {old} -> {new}" not in one.says
    )


def for_whom(one: Statement) -> str:
    """To whom a change comes, in words."""
    if not one.where:
        return "Some assessments:" if not one.whole else "Everyone to whom it is said:"
    where = "; or ".join(one.where)
    return f"{where}:" if one.whole else f"Some of {where}:"


def _example(assessment: Assessment, labels: Labels | None) -> str:
    if labels is None:
        return flow(assessment)
    return "; ".join(f"{question} {answer}" for question, answer in answered(labels, assessment))


@dataclass(frozen=True, slots=True)
class Changes:
    """Lines on what was edited and what it means; ``decided``: nothing else changes, proven."""

    edited: tuple[str, ...]
    meaning: tuple[str, ...]
    decided: bool


def changes(old: CompiledRuleset, new: CompiledRuleset, *, seconds: float = 30) -> Changes:
    """What changed from the old version to the new one, as a clinician reads it: by labels."""
    labels = Labels(new.ruleset, old.ruleset)
    comparison = compare(old, new, seconds=seconds, labels=labels)
    return Changes(
        tuple(edited_lines(comparison)), tuple(meaning_lines(comparison, labels)), not comparison.not_decided
    )


def comparison_document(old: Ruleset, new: Ruleset, comparison: Comparison) -> dict[str, Any]:
    """What came of comparing the two rulesets, by ids."""
    sides = {"old": old, "new": new}
    return {
        "id": new.id,
        **{side: {"id": one.id, "version": one.version, "digest": one.digest} for side, one in sides.items()},
        **_comparison(comparison),
    }


def _comparison(one: Comparison) -> dict[str, Any]:
    counted = one.count
    return {
        "changes": one.means_something,
        "edits": [
            {
                "kind": edit.kind,
                "name": edit.name,
                "how": edit.how,
                "file": None if edit.place is None else edit.place.file,
                "line": None if edit.place is None else edit.place.line,
                "column": None if edit.place is None else edit.place.column,
                "parts": [
                    _change(part.key, part.was, part.now)
                    for part in edit.parts
                    if (part.was, part.now) != (None, None)
                ],
            }
            for edit in one.edits
        ],
        "to_be_read": [carried_over_data(each) for each in one.to_be_read],
        "refused": [_statement(each) for each in one.refused],
        "accepted": [_statement(each) for each in one.accepted],
        "plans": [_statement(each) for each in one.plans],
        "texts": [_statement(each) for each in one.texts],
        "count": None
        if counted is None
        else {"over": list(counted.over), "changed": counted.changed, "all": counted.all},
        "not_decided": list(one.not_decided),
    }


def carried_over_data(one: CarriedOver) -> dict[str, Any]:
    """A rule that says something else over the support that it had, as JSON data."""
    place = one.rule.place
    return {"rule": one.rule.id, "says": one.says, "file": place.file, "line": place.line}


def _statement(one: Statement) -> dict[str, Any]:
    return {
        "says": list(one.says),
        "where": list(one.where),
        "whole": one.whole,
        "example": None if one.example is None else dict(one.example),
        "changes": [_change(*change) for change in one.changes],
    }


def _change(part: str, old: str | None, new: str | None) -> dict[str, Any]:
    return {"part": part, "old": old, "new": new}

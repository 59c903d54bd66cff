"""What changed since another version, for whoever signs the new one."""

from __future__ import annotations

from dataclasses import dataclass

from service.analysis.compare.compare import compare
from service.analysis.compare.lines import edited_lines, meaning_lines
from service.evaluation.compiled import CompiledRuleset


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

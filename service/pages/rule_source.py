"""The lines of a rule as its author wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.model.ruleset import Rule, Ruleset


@dataclass(frozen=True, slots=True)
class SourceLines:
    """Lines of a file, the first of which has that number."""

    first: int
    lines: tuple[str, ...]


def source_lines(ruleset: Ruleset, rule: Rule, files: Mapping[str, str]) -> SourceLines | None:
    """The lines of a rule, of the files that its edition rests on; None: the file is not among them.

    ``files`` are named as ``pico-laser/factors/1-concern.yaml``.
    """
    file, _, number = rule.defined_at.rpartition(":")
    text = files.get(file) or files.get(f"{ruleset.id}/{file}")
    if text is None:
        return None
    lines = text.splitlines()
    first = int(number)
    begun = lines[first - 1 :]
    if not begun:
        return None
    indent = _indent(begun[0])
    own = [begun[0]]
    for line in begun[1:]:
        if line.strip() and _indent(line) <= indent:
            break
        own.append(line)
    while not own[-1].strip() or own[-1].lstrip().startswith("#"):
        own.pop()
    return SourceLines(first, tuple(line[indent:] for line in own))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))

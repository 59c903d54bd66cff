"""What one YAML file holds, as plain data beside the place of every key and value."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.model.problem import Place, Problem

Node = None | str | list["Node"] | dict[str, "Node"]
"""YAML as plain data: every scalar is text (or None where empty), for its place decides its type."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a scalar, list or mapping begins; ``quote`` is 1 where a quote stands before its text."""

    file: str
    line: int
    column: int
    quote: int = 0
    one_line: bool = True
    cut: Place | None = None


@dataclass(slots=True)
class Tree:
    """One file's data, and where each of its keys and values stands.

    ``repeated`` holds the options that a list names twice; ``broken`` says that the rest of the file
    could not be read.
    """

    file: str
    data: Node = None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    repeated: list[tuple[Mark, str]] = field(default_factory=list)
    broken: bool = False

    def at(self, path: Path, offset: int = 0) -> Place:
        """The place of the value at ``path``, ``offset`` characters into its text; its nearest parent's
        where the path holds none."""
        while path not in self.values and path:
            path, offset = path[:-1], 0
        mark = self.values.get(path)
        if mark is None:
            return Place(self.file)
        if not mark.one_line:
            return Place(mark.file, mark.line, mark.column)
        return Place(mark.file, mark.line, mark.column + (mark.quote + offset if offset else 0))

    def key(self, path: Path) -> Place:
        """The place of the key that leads to ``path``."""
        mark = self.keys.get(path)
        return Place(mark.file, mark.line, mark.column) if mark else self.at(path)

    def cut_text(self, path: Path) -> Place | None:
        """Where `` #`` cut the text at ``path`` short, if it did."""
        mark = self.values.get(path)
        return mark.cut if mark else None

"""What one YAML file holds, as plain data beside the place of every key and value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from service.model.problem import Place, Problem

Data = None | str | list["Data"] | dict[str, "Data"]
"""YAML as plain data: every scalar is text (or None where empty), for its place decides its type."""

Path = tuple[str | int, ...]

_COLUMN_BITS = 24
_LINE_BITS = 24
_LAYER = _COLUMN_BITS + _LINE_BITS + 2


def mark(line: int, column: int, *, quote: bool = False, exact: bool = False) -> int:
    """Where something begins, in one number, for a file has many: line and column counted from 1.

    ``exact``: its text stands there as it is, on one line; ``quote``: behind a quote.
    """
    return ((line << _COLUMN_BITS | column) << 1 | quote) << 1 | exact


def in_layer(number: int, layer: int) -> int:
    """The mark, said to be of another of the tree's files."""
    return number | layer << _LAYER


class Branch:
    """Where the parts of a list or mapping stand: its own mark, its keys' marks, and those below."""

    __slots__ = ("below", "keys", "mark")

    def __init__(self, mark: int) -> None:
        self.mark = mark
        self.keys: dict[str, int] = {}
        self.below: dict[str | int, Branch | int] = {}


@dataclass(slots=True)
class Tree:
    """One file's data, and where each of its keys and values stands.

    ``repeated`` holds the options that a list names twice, ``cuts`` by mark where `` #`` ended a text;
    ``broken`` says that the rest of the file could not be read, ``spoiled`` which lines hold a mistake of
    YAML, so that no more needs to be said of them. ``files``: of a merged tree, all of them. ``lost``: an
    item has gone down in another, so that what the file holds is not known. ``blank``: it has not
    even a remark.
    """

    file: str
    data: Data = None
    root: Branch | int | None = None
    values: int = 0
    problems: list[Problem] = field(default_factory=list)
    repeated: list[tuple[int, str]] = field(default_factory=list)
    cuts: dict[int, int] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    spoiled: set[int] = field(default_factory=set)
    lost: bool = False
    blank: bool = False
    broken: bool = False

    def place(self, number: int, offset: int = 0) -> Place:
        """The place that a mark stands for, ``offset`` characters into its text."""
        exact, quote = number & 1, number >> 1 & 1
        column = number >> 2 & (1 << _COLUMN_BITS) - 1
        line = number >> 2 + _COLUMN_BITS & (1 << _LINE_BITS) - 1
        layer = number >> _LAYER
        into = quote + offset if offset and exact else 0
        return Place(self.files[layer] if self.files else self.file, line, column + into)

    def at(self, path: Path, offset: int = 0) -> Place:
        """The place of the value at ``path``, ``offset`` characters into its text.

        Its nearest parent's where the path holds none.
        """
        found, whole = self._reached(path)
        if found is None:
            return Place(self.file)
        number = found.mark if isinstance(found, Branch) else found
        return self.place(number, offset if whole else 0)

    def key(self, path: Path) -> Place:
        """The place of the key that leads to ``path``."""
        above, whole = self._reached(path[:-1])
        if path and whole and isinstance(above, Branch) and isinstance(path[-1], str):
            number = above.keys.get(path[-1])
            if number is not None:
                return self.place(number)
        return self.at(path)

    def move(self, above: Path, target: Path, key: str) -> None:
        """Move what stands below ``key`` of the mapping at ``above`` into that at ``target``.

        The latter may be empty; each part keeps its place in the file.
        """
        source, taken = self._at(above)
        taker, goal = self._at(target)
        taker[key] = source.pop(key)
        goal.keys[key], goal.below[key] = taken.keys.pop(key), taken.below.pop(key)

    def _at(self, path: Path) -> tuple[dict[str, Data], Branch]:
        """The mapping at ``path`` and its marks, made where nothing stands there yet."""
        data: Any = self.data
        here: Any = self.root
        for step in path:
            if data[step] is None:
                data[step] = {}
                here.below[step] = Branch(here.keys[step])
            data, here = data[step], here.below[step]
        return data, here

    def cut_text(self, path: Path) -> Place | None:
        """Where `` #`` cut the text at ``path`` short, if it did."""
        found, whole = self._reached(path)
        cut = self.cuts.get(found) if whole and isinstance(found, int) else None
        return None if cut is None else self.place(cut)

    def _reached(self, path: Path) -> tuple[Branch | int | None, bool]:
        """What stands at ``path``, or its nearest parent (False)."""
        here = self.root
        for step in path:
            below = here.below.get(step) if isinstance(here, Branch) else None
            if below is None:
                return here, False
            here = below
        return here, True

"""One value in a file, with the file around it: where it stands, and what stands below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.model.problem import Place
from service.reading.tree import Path, Tree


@dataclass(frozen=True, slots=True)
class Node:
    """The value at ``path`` of a file's tree."""

    tree: Tree
    path: Path
    data: Any

    def at(self, offset: int = 0) -> Place:
        """Where the value stands, ``offset`` characters into its text."""
        return self.tree.at(self.path, offset)

    def word(self, word: str) -> Place:
        """Where the word stands inside the value's text (the value's own place if it isn't in it)."""
        offset = self.data.find(word) if isinstance(self.data, str) else -1
        return self.at(max(offset, 0))

    def key(self) -> Place:
        """Where the key of the value stands."""
        return self.tree.key(self.path)

    def child(self, key: str | int) -> Node:
        """The value below ``key`` (data None where there is none)."""
        if isinstance(self.data, dict):
            data = self.data.get(key)
        elif isinstance(self.data, list) and isinstance(key, int) and key < len(self.data):
            data = self.data[key]
        else:
            data = None
        return Node(self.tree, (*self.path, key), data)

    def has(self, key: str) -> bool:
        """Whether the value is a mapping that holds the key, be it without a value."""
        return isinstance(self.data, dict) and key in self.data

    def children(self) -> Iterator[tuple[Any, Node]]:
        """Every key (or index) below, with its value; nothing below a text."""
        if isinstance(self.data, dict):
            keys: Any = self.data
        else:
            keys = range(len(self.data)) if isinstance(self.data, list) else ()
        for key in keys:
            yield key, self.child(key)

    def entries(self) -> Iterator[tuple[str, Node]]:
        """Every key below with its value; nothing where this is no mapping."""
        if isinstance(self.data, dict):
            yield from self.children()

    def items(self) -> Iterator[Node]:
        """Every item; nothing where this is no list."""
        if isinstance(self.data, list):
            for _, below in self.children():
                yield below

    def name(self) -> str:
        """How a message names the value: by its key, an item of a list as such."""
        if not self.path:
            return "The file"
        return f'"{self.path[-1]}"' if isinstance(self.path[-1], str) else "This item"


class Places(Mapping[Path, Place]):
    """Where every part below a node stands (the key, where it has one), by path from there; made as asked."""

    def __init__(self, node: Node) -> None:
        self._spot = node

    def __getitem__(self, path: Path) -> Place:
        node = self._spot
        for step in path:
            if not (node.has(step) if isinstance(step, str) else self._holds(node, step)):
                raise KeyError(path)
            node = node.child(step)
        return node.key()

    @staticmethod
    def _holds(node: Node, index: int) -> bool:
        return isinstance(node.data, list) and 0 <= index < len(node.data)

    def __iter__(self) -> Iterator[Path]:
        waiting = [self._spot]
        while waiting:
            node = waiting.pop()
            yield node.path[len(self._spot.path) :]
            waiting.extend(below for _, below in node.children())

    def __len__(self) -> int:
        return sum(1 for _ in self)

"""One YAML file as plain data, and one value in it: where it and its parts stand in the file."""

from __future__ import annotations

import marshal
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

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

    ``repeated`` holds the options that a list names twice, ``misplaced`` (of a merged tree) messages about
    levels of which it is not said where they stand, ``cuts`` by mark where `` #`` ended a text,
    and what the text is with the rest of its line; ``nulls`` where the word null stands;
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
    misplaced: list[tuple[int, str]] = field(default_factory=list)
    cuts: dict[int, tuple[int, str]] = field(default_factory=dict)
    nulls: set[int] = field(default_factory=set)
    files: tuple[str, ...] = ()
    spoiled: set[int] = field(default_factory=set)
    lost: bool = False
    blank: bool = False
    broken: bool = False

    def place(self, number: int, offset: int = 0) -> Place:
        """The place that a mark stands for, ``offset`` characters into its text."""
        return _place(self.files or (self.file,), number, offset)

    def layer_of(self, number: int) -> int:
        """Of which of the tree's files a mark is."""
        return number >> _LAYER

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

        The latter may be empty or missing; each part keeps its place in the file.
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
            if isinstance(data, dict) and data.get(step) is None:
                data[step] = {}
                here.below[step] = Branch(here.keys.setdefault(step, here.mark))
            data, here = data[step], here.below[step]
        return data, here

    def mark_of_key(self, path: Path) -> int:
        """The mark of the key that leads to ``path``; of what stands there, where no key does."""
        above, whole = self._reached(path[:-1])
        number = above.keys.get(path[-1]) if whole and isinstance(above, Branch) and path else None  # type: ignore[arg-type]
        return number if number is not None else _mark_of(self.marks(path))

    def marks(self, path: Path) -> Branch | int:
        """Where the parts of the value at ``path`` stand; its nearest parent's mark where it holds none."""
        found, whole = self._reached(path)
        return 0 if found is None else found if whole else _mark_of(found)

    def says_null(self, path: Path) -> bool:
        """Whether the word null stands at ``path``: neither nothing nor ``~``."""
        found, whole = self._reached(path)
        return whole and found in self.nulls

    def cut_text(self, path: Path) -> tuple[Place, str] | None:
        """Where `` #`` cut the text at ``path`` short, if it did, and the text with what is behind that."""
        found, whole = self._reached(path)
        cut = self.cuts.get(found) if whole and isinstance(found, int) else None
        return None if cut is None else (self.place(cut[0]), cut[1])

    def _reached(self, path: Path) -> tuple[Branch | int | None, bool]:
        """What stands at ``path``, or its nearest parent (False)."""
        here = self.root
        for step in path:
            below = here.below.get(step) if isinstance(here, Branch) else None
            if below is None:
                return here, False
            here = below
        return here, True


def _place(files: tuple[str, ...], number: int, offset: int = 0) -> Place:
    exact, quote = number & 1, number >> 1 & 1
    column = number >> 2 & (1 << _COLUMN_BITS) - 1
    line = number >> 2 + _COLUMN_BITS & (1 << _LINE_BITS) - 1
    into = quote + offset if offset and exact else 0
    return Place(files[number >> _LAYER], line, column + into)


def _mark_of(found: Branch | int) -> int:
    return found.mark if isinstance(found, Branch) else found


class Node(NamedTuple):
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

    @property
    def key_mark(self) -> int:
        """The mark of the key of the value."""
        return self.tree.mark_of_key(self.path)

    @property
    def is_listed(self) -> bool:
        """Whether it is an option that a list named, which was made a key without a value."""
        return self.tree.marks(self.path) == self.key_mark

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


class WrittenMapping:
    """A mapping put together of values that stand elsewhere in a file; each keeps its place.

    It is made of new mappings all the way down to what is put in, so that a later ``Tree.move`` in it changes
    nothing else.
    """

    def __init__(self, mark: int) -> None:
        self.data: dict[str, Data] = {}
        self.marks = Branch(mark)

    @classmethod
    def at(cls, node: Node) -> WrittenMapping:
        """An empty one that stands where the node does."""
        return cls(_mark_of(node.tree.marks(node.path)))

    def put(self, key: str, node: Node) -> None:
        """What stands at the node, under the key; nothing where no key leads to it."""
        if isinstance(above := node.tree.marks(node.path[:-1]), Branch) and node.path[-1] in above.keys:
            self.data[key] = node.data
            self.marks.keys[key] = node.key_mark
            self.marks.below[key] = node.tree.marks(node.path)

    def put_text(self, key: str, text: str, node: Node) -> None:
        """A text made of what stands at the node."""
        self.put(key, node)
        self.data[key] = text
        self.marks.below[key] = _mark_of(node.tree.marks(node.path)) & ~1

    def put_mapping(self, key: str, made: WrittenMapping) -> None:
        """Another of its kind; it may hold nothing."""
        self.data[key], self.marks.below[key] = made.data, made.marks
        self.marks.keys[key] = made.marks.mark

    def add_to_list(self, key: str, nodes: list[Node]) -> None:
        """Each of the values as a mapping of its own key, at the end of the list under the key.

        Lists among them that bear the key themselves are taken apart. What stands there and is no list stays.
        """
        have = self.data.get(key, [])
        if not isinstance(have, list):
            return
        marks = self.marks.below.get(key)
        listed, branch = list(have), Branch(nodes[0].key_mark)
        if isinstance(marks, Branch):
            branch.below |= marks.below
        for node in nodes:
            if node.path[-1] == key and isinstance(node.data, list):
                for item in node.items():
                    branch.below[len(listed)] = item.tree.marks(item.path)
                    listed.append(item.data)
                continue
            one = WrittenMapping(node.key_mark)
            one.put(str(node.path[-1]), node)
            branch.below[len(listed)] = one.marks
            listed.append(one.data)
        self.data[key], self.marks.below[key] = listed, branch
        self.marks.keys.setdefault(key, branch.mark)

    def in_tree_of(self, node: Node) -> Node:
        """It as a value of the file in which the node stands."""
        tree = node.tree
        root = Branch(self.marks.mark)
        root.below[0] = self.marks
        whole = Tree(tree.file, [self.data], root, cuts=tree.cuts, files=tree.files, spoiled=tree.spoiled)
        return Node(whole, (0,), self.data)


class Places(Mapping[Path, Place]):
    """Where every part below a node stands (the key, where it has one), by path from there; made as asked."""

    __slots__ = ("_packed", "_spot")

    def __init__(self, node: Node) -> None:
        self._spot: Node | None = node
        self._packed: tuple[tuple[str, ...], bytes] | None = None

    def pack(self) -> None:
        """Let go of the file's tree: what serves for long keeps the places in few bytes."""
        if (node := self._spot) is not None:
            number = node.key_mark if node.path else _mark_of(node.tree.marks(()))
            marks = _with_marks(node.data, node.tree.marks(node.path), number)
            self._packed = node.tree.files or (node.tree.file,), marshal.dumps(marks)
            self._spot = None

    def __getitem__(self, path: Path) -> Place:
        if (node := self._spot) is None:
            return self._unpacked(path)
        data = node.data
        for step in path:
            if step not in _steps(data):
                raise KeyError(path)
            data = data[step]
        return node.tree.key((*node.path, *path))

    def _unpacked(self, path: Path) -> Place:
        assert self._packed is not None
        files, packed = self._packed
        here = marshal.loads(packed)  # our own bytes, made in this process
        for step in path:
            if isinstance(here, int) or step not in _steps(here[1]):
                raise KeyError(path)
            here = here[1][step]
        return _place(files, here if isinstance(here, int) else here[0])

    def __iter__(self) -> Iterator[Path]:
        whole: Any = marshal.loads(self._packed[1]) if self._packed else None
        waiting: list[tuple[Path, Any]] = [((), self._spot.data if self._spot else whole)]
        while waiting:
            path, here = waiting.pop()
            yield path
            below = here if self._spot else () if isinstance(here, int) else here[1]
            waiting.extend(((*path, step), below[step]) for step in _steps(below))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _steps(data: Any) -> Collection[Any]:
    """What leads on from a value of a tree: its keys, or its indexes; nothing from a text."""
    return data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()


def _with_marks(data: Any, marks: Branch | int, number: int) -> Any:
    """A value as the number of its mark, with those of its parts where it is a mapping or list."""
    if not isinstance(data, dict | list):
        return number
    keys, below = (marks.keys, marks.below) if isinstance(marks, Branch) else ({}, {})
    nearest = _mark_of(marks)
    parts = {}
    for step in _steps(data):
        there = below.get(step, nearest)
        named = keys.get(step) if isinstance(step, str) else None
        parts[step] = _with_marks(data[step], there, _mark_of(there) if named is None else named)
    return number, parts if isinstance(data, dict) else list(parts.values())

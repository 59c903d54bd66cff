"""Entries and items put into the text of a file at their place; all else in it stays as it is, remarks too.

What comes of it is read again by :mod:`service.drafting.wizards.trial` before anybody is offered it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.model.flow import text as flow_text
from service.reading.node import Node, Tree
from service.reading.yaml_reader import compose
from service.reading.yaml_text import lines_of, starts_of_lines


class CantPlace(Exception):
    """The file is laid out in a way that can't be added to, or can't be read; says what to do instead."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The text of a file with what was added: ``lines`` from the line ``first`` on (from 1)."""

    text: str
    first: int
    lines: tuple[str, ...]


Line = Callable[[str], str]
"""An entry in one line, given the line below which it will stand (empty: there is none to align with)."""


def with_entry(file: str, text: str | None, path: Sequence[str], line: Line) -> Placed:
    """The file with one more entry in the mapping at the path, which is made where it is not there yet.

    Raises:
        CantPlace: it has no such place.
    """
    whole = _Whole.of(file, text)
    node, missing = whole.node(()), list(path)
    while missing and node.has(missing[0]):
        node = node.child(missing.pop(0))
    if isinstance(node.data, list) and not missing:
        return whole.with_options_named(node, line)
    if isinstance(node.data, list | str):
        return whole.refuse(node)
    if node.data is not None and whole.is_flow(node):
        entry = line("")
        for key in reversed(missing):
            entry = f"{flow_text(key)}: {{{entry}}}"
        return whole.first_in_braces(node, entry)
    nested = [f"{'  ' * depth}{flow_text(key)}:" for depth, key in enumerate(missing)]
    return whole.last_in_block(node, lambda beside: [*nested, f"{'  ' * len(nested)}{line(beside)}"], missing)


def with_item(file: str, text: str | None, head: str, key: str, lines: Sequence[str], flow: str) -> Placed:
    """The file with one more item at the end of the list under a key of its own; ``lines`` begin with ``- ``.

    ``head``: what a new file begins with; ``flow``: the item as a list in brackets has it.

    Raises:
        CantPlace: it has no such place.
    """
    if text is None or not text.strip("\ufeff \t\r\n"):
        return _Whole.of(file, None).appended([head, f"{key}:", "", *(f"  {line}" for line in lines)])
    whole = _Whole.of(file, text)
    node = whole.node(()).child(key)
    if not isinstance(whole.node(()).data, dict) or whole.is_flow(whole.node(())):
        return whole.refuse(node)
    own = ["", *(f"  {line}" for line in lines)]
    if not whole.node(()).has(key):
        return whole.appended(["", f"{key}:", *own])
    if node.data is None:
        return whole.below_key(node, own)
    if not isinstance(node.data, list):
        return whole.refuse(node)
    if not whole.is_flow(node):
        return whole.last_in_list(node, lines)
    return whole.first_in_braces(node, flow) if node.data else whole.instead_of_brackets(node, own)


@dataclass(frozen=True, slots=True)
class _Whole:
    """A file: its text without a byte-order mark, its lines, and where what stands in it."""

    mark: str
    text: str
    tree: Tree

    @classmethod
    def of(cls, file: str, text: str | None) -> _Whole:
        bare = (text or "").removeprefix("\ufeff")
        tree = compose(file, bare.encode())
        if tree.broken or tree.lost or any(one.severity == "error" for one in tree.problems):
            raise CantPlace(f"{file} has errors. Mend them first.")
        return cls("\ufeff" if (text or "").startswith("\ufeff") else "", bare, tree)

    def node(self, path: Sequence[str | int]) -> Node:
        node = Node(self.tree, (), self.tree.data)
        for step in path:
            node = node.child(step)
        return node

    def refuse(self, node: Node) -> Placed:
        raise CantPlace(
            f"{node.name()} is written in a way that can't be added to here. Add the lines by hand."
        )

    @property
    def lines(self) -> list[str]:
        return lines_of(self.text)

    @property
    def end(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def offset(self, node: Node) -> int:
        place = node.at()
        return starts_of_lines(self.text)[place.line - 1] + place.column - 1

    def is_flow(self, node: Node) -> bool:
        return self.text[self.offset(node)] in "{["

    # -- where blocks end ---------------------------------------------------------------------------------

    def _last_line(self, node: Node) -> int:
        """The last line (from 1) in which a part of the value begins."""
        last = max(node.key().line, node.at().line)
        waiting = [below for _, below in node.children()]
        while waiting:
            one = waiting.pop()
            last = max(last, one.at().line, one.key().line)
            waiting += [below for _, below in one.children()]
        return last

    def _end_of(self, node: Node, indent: int) -> int:
        """The last line (from 1) of a value whose key, or dash, is set in so far."""
        lines, last = self.lines, self._last_line(node)
        for number, line in enumerate(lines[last:], last + 1):
            stripped = line.strip()
            if stripped and len(line) - len(line.lstrip(" ")) <= indent and stripped[0] not in "}]":
                break
            if stripped:
                last = number
        return last

    def _put(self, after: int, added: Sequence[str]) -> Placed:
        """The lines behind the line ``after`` (from 1; 0: at the beginning)."""
        starts, end = starts_of_lines(self.text), self.end
        at = starts[after] if after < len(starts) else len(self.text)
        before = self.text[:at]
        if before and not before.endswith(("\n", "\r")):
            before += end
        text = before + "".join(f"{line}{end}" for line in added) + self.text[at:]
        blank = next((number for number, line in enumerate(added) if line), 0)
        return Placed(self.mark + text, after + 1 + blank, tuple(added[blank:]))

    # -- the ways to add ----------------------------------------------------------------------------------

    def appended(self, added: Sequence[str]) -> Placed:
        lines = self.lines
        last = len(lines) if lines[-1] else len(lines) - 1
        while last and not lines[last - 1].strip():
            last -= 1
        return self._put(last, added)

    def below_key(self, node: Node, added: Sequence[str]) -> Placed:
        return self._put(node.key().line, added)

    def last_in_block(self, node: Node, made: Callable[[str], list[str]], missing: Sequence[str]) -> Placed:
        """Behind the last entry of a mapping, set in as that is; blank lines between entries go on."""
        if node.data is None:
            if not node.path:
                return self.appended(made(""))
            own = node.key().column - 1
            return self.below_key(node, [f"{' ' * (own + 2)}{line}" for line in made("")])
        entries = [below for _, below in node.entries()]
        last = entries[-1]
        indent = last.key().column - 1
        beside = "" if missing else self.lines[last.key().line - 1][indent:]
        gap = [""] if self._stands_apart(last.key().line) else []
        lines = [f"{' ' * indent}{line}" for line in made(beside)]
        return self._put(self._end_of(last, indent), gap + lines)

    def _stands_apart(self, line: int) -> bool:
        """Whether a blank line stands above the line and the remarks above it."""
        lines, at = self.lines, line - 2
        while at >= 0 and lines[at].lstrip().startswith("#"):
            at -= 1
        return at >= 0 and not lines[at].strip()

    def last_in_list(self, node: Node, lines: Sequence[str]) -> Placed:
        items = list(node.items())
        last = items[-1]
        begun = self.lines[last.at().line - 1]
        indent = len(begun) - len(begun.lstrip(" "))
        if not begun.lstrip(" ").startswith("-"):
            return self.refuse(node)
        gap = [""] if len(items) == 1 or self._stands_apart(last.at().line) else []
        return self._put(self._end_of(last, indent), [*gap, *(f"{' ' * indent}{line}" for line in lines)])

    def first_in_braces(self, node: Node, entry: str) -> Placed:
        """Behind the bracket of a mapping or list on one line, before what stands in it."""
        at = self.offset(node) + 1
        added = f"{entry}, " if node.data else entry
        text = self.text[:at] + added + self.text[at:]
        line = node.at().line
        return Placed(self.mark + text, line, (lines_of(text)[line - 1].strip(),))

    def instead_of_brackets(self, node: Node, added: Sequence[str]) -> Placed:
        """The lines instead of an empty list in brackets."""
        at = self.offset(node)
        found = re.compile(r"\[\s*\]").match(self.text, at)
        if found is None:
            return self.refuse(node)
        bare = self.text[:at].rstrip(" ") + self.text[found.end() :]
        return _Whole(self.mark, bare, self.tree)._put(node.at().line, added)

    def with_options_named(self, node: Node, line: Line) -> Placed:
        """Options in brackets as a mapping, each with its id as label, and one more."""
        at = self.offset(node)
        found = re.compile(r"\[([\w\s,.-]*)\]").match(self.text, at)
        above = self.node(node.path[:-1])
        if found is None or not node.data or not self.is_flow(node):
            return self.refuse(node)
        named = [f"{name}: {flow_text(name)}" for name in node.data] + [line("")]
        bare, rest = self.text[:at], self.text[found.end() :]
        if self.is_flow(above):
            text, number = f"{bare}{{{', '.join(named)}}}{rest}", node.at().line
            return Placed(self.mark + text, number, (lines_of(text)[number - 1].strip(),))
        indent = " " * (node.key().column + 1)
        taken_out = _Whole(self.mark, bare.rstrip(" ") + rest, self.tree)
        return taken_out._put(node.key().line, [f"{indent}{one}" for one in named])

"""YAML text -> tree, from libyaml's events alone.

libyaml's own loaders recurse and can be made to overflow; its events can't. Size, depth and the number
of values are bounded while the events are read, so that no file can exhaust the process.
"""

from __future__ import annotations

import codecs
import re

import yaml
import yaml.cyaml

from service.model.problem import Place, Problem, shown
from service.reading.tree import Mark, Node, Path, Tree
from service.reading.yaml_mistakes import from_yaml_error

MOST_BYTES = 1_000_000
MOST_DEPTH = 50
MOST_VALUES = 60_000
MOST_PROBLEMS = 200

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_CURLY = "“”„‟‘’‚"
_COMMENT_AFTER = re.compile(r"[ \t]+#")


class _TooMuch(Exception):
    """The file goes past a bound: reading it stops."""


def compose(file: str, raw: bytes) -> Tree:
    """Read one file. Its problems are in the tree; ``broken`` where the rest of it could not be read."""
    tree = Tree(file)
    text = _decoded(tree, raw)
    if text is None:
        tree.broken = True
        return tree
    try:
        _Composer(tree, text).run()
    except _TooMuch:
        tree.broken = True
    except yaml.YAMLError as error:
        tree.problems.append(from_yaml_error(file, text, error))
        tree.broken = True
    return tree


def _decoded(tree: Tree, raw: bytes) -> str | None:
    if len(raw) > MOST_BYTES:
        tree.problems.append(
            Problem(Place(tree.file), "file-too-large", "The file is over 1 MB. Split it into several files.")
        )
        return None
    if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        tree.problems.append(
            Problem(Place(tree.file), "wrong-encoding", "The file is saved as UTF-16. Save it as UTF-8.")
        )
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig", "replace")) + 1
        message = "This is not UTF-8 text. Save the file as UTF-8."
        tree.problems.append(Problem(Place(tree.file, line, column), "wrong-encoding", message))
        return None


class _Composer:
    """One pass over the events of one file."""

    def __init__(self, tree: Tree, text: str) -> None:
        self.tree = tree
        self.lines = re.split(r"\r\n|[\n\r\x85\u2028\u2029]", text)
        self.parser = yaml.cyaml.CParser(text)
        self.values = 0

    def run(self) -> None:
        self._next()  # stream start
        documents = 0
        while not isinstance(self.parser.peek_event(), yaml.StreamEndEvent):
            start = self._next()
            if documents:
                self._problem(start, "several-documents", 'A file holds one document: remove the "---" line.')
                raise _TooMuch
            documents += 1
            self.tree.data = self._node((), 0)
            self._next()  # document end

    def _next(self) -> yaml.Event:
        return self.parser.get_event()

    def _problem(self, event: yaml.Event, code: str, message: str) -> None:
        place = Place(self.tree.file, event.start_mark.line + 1, event.start_mark.column + 1)
        self.tree.problems.append(Problem(place, code, message))
        if len(self.tree.problems) > MOST_PROBLEMS:
            raise _TooMuch

    def _node(self, path: Path, depth: int) -> Node:
        event = self._next()
        self._bound(event, depth)
        self.tree.values[path] = self._mark(event)
        if isinstance(event, yaml.AliasEvent):
            self._problem(
                event, "alias", f'"*{shown(event.anchor)}" repeats another part. Write it out here.'
            )
            return None
        if event.anchor:
            self._problem(event, "anchor", f'"&{shown(event.anchor)}" is not used in these files. Remove it.')
        if event.tag and not (isinstance(event, yaml.ScalarEvent) and event.tag == "!"):
            self._problem(event, "tag", f'"{shown(event.tag)}" is not used in these files. Remove it.')
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path, depth)
        return self._mapping(path, depth, event)

    def _bound(self, event: yaml.Event, depth: int) -> None:
        self.values += 1
        if self.values > MOST_VALUES:
            self._problem(
                event, "file-too-large", "The file holds too many values. Split it into several files."
            )
            raise _TooMuch
        if depth > MOST_DEPTH:
            self._problem(event, "too-deep", f"More than {MOST_DEPTH} levels deep. Write it flatter.")
            raise _TooMuch

    def _mark(self, event: yaml.Event) -> Mark:
        start, end = event.start_mark, event.end_mark
        line, column = start.line + 1, start.column + 1
        if not isinstance(event, yaml.ScalarEvent):
            return Mark(self.tree.file, line, column)
        style = event.style or ""
        cut = None
        if not style and event.value and end.line < len(self.lines):
            after = _COMMENT_AFTER.match(self.lines[end.line][end.column :])
            if after:
                cut = Place(self.tree.file, end.line + 1, end.column + after.end())
        one_line = start.line == end.line and style not in ("|", ">") and "\\" not in event.value
        return Mark(self.tree.file, line, column, 1 if style in ("'", '"') else 0, one_line, cut)

    def _scalar(self, event: yaml.ScalarEvent) -> str | None:
        value = str(event.value)
        if event.style is None or not event.style:
            if value in _NULLS:
                return None
            if value[0] in _CURLY or value[-1] in "“”„":
                message = f'{shown(value)} stands in typographic quotes. Use straight ones: "...".'
                self._problem(event, "curly-quotes", message)
                return value.strip(_CURLY)
        return value

    def _sequence(self, path: Path, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(self.parser.peek_event(), yaml.SequenceEndEvent):
            items.append(self._node((*path, len(items)), depth + 1))
        self._next()
        return items

    def _mapping(self, path: Path, depth: int, start: yaml.MappingStartEvent) -> dict[str, Node]:
        mapping: dict[str, Node] = {}
        previous = ""
        while not isinstance(self.parser.peek_event(), yaml.MappingEndEvent):
            event = self.parser.peek_event()
            key = self._key(path, depth)
            if key in mapping:
                message = f'"{shown(key)}" stands here twice. Keep one.'
                self._problem(event, "duplicate-key", message)
                self._node((*path, key, "again"), depth + 1)
                continue
            value_event = self.parser.peek_event()
            mapping[key] = self._node((*path, key), depth + 1)
            self.tree.keys[(*path, key)] = self._mark(event)
            if start.flow_style and mapping[key] is None and self._is_absent(value_event):
                mapping.pop(key)
                self._swallowed(event, key, previous, mapping)
            previous = key
        self._next()
        return mapping

    def _is_absent(self, event: yaml.Event) -> bool:
        return (
            isinstance(event, yaml.ScalarEvent)
            and event.start_mark.index == event.end_mark.index
            and ":" not in self.lines[event.start_mark.line][: event.start_mark.column][-1:]
        )

    def _swallowed(self, event: yaml.Event, key: str, previous: str, mapping: dict[str, Node]) -> None:
        before = mapping.get(previous)
        if isinstance(before, str):
            whole = shown(f"{before}, {key}", 60)
            message = f'The comma ends the text before "{shown(key)}". Put the text in quotes: {previous}: "{whole}".'
        else:
            message = f'"{shown(key)}" has no value. Write "{shown(key)}: ...".'
        self._problem(event, "comma-in-text", message)

    def _key(self, path: Path, depth: int) -> str:
        event = self.parser.peek_event()
        if isinstance(event, yaml.ScalarEvent):
            self._node((*path, "(key)"), depth + 1)
            self.tree.values.pop((*path, "(key)"), None)
            return str(event.value)
        self._problem(event, "wrong-type", "A key must be a word, not a list or a mapping.")
        self._node((*path, "(key)"), depth + 1)
        return f"(key {event.start_mark.line + 1}:{event.start_mark.column + 1})"

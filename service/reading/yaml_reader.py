"""YAML text -> tree, from libyaml's events alone.

PyYAML's own loaders recurse; reading events does not. Size, depth and the number of values are bounded while
the events are read, so that no file can exhaust the process.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from service.model.problem import (
    Advice,
    Change,
    Place,
    Problem,
    Suggestion,
    advice,
    in_quotes,
    removal,
    shown,
)
from service.reading.node import Branch, Data, Tree, mark
from service.reading.yaml_mistakes import from_yaml_error
from service.reading.yaml_text import (
    PUT_IN_QUOTES,
    decoded,
    hard_space_in,
    lines_of,
    mistake_in_scalar,
    mistake_in_tag,
    text_of,
    without_values,
)

MOST_DEPTH = 50
MOST_VALUES = 150_000
MOST_PROBLEMS = 200

_COMMENT_AFTER = re.compile(r"[ \t]+#")
_COLON_AFTER = re.compile(r"[ \t]*(:|\Z)")
_QUOTES = ("'", '"')
_CONDITIONS = ("when", "only if", "any", "all", "not")
_DIRECTIVE = re.compile(r"^%(?:TAG|YAML)\b", re.MULTILINE)


class _TooMuch(Exception):
    """The file goes past a bound: reading it stops."""


def compose(file: str, raw: bytes, most_values: int = MOST_VALUES) -> Tree:
    """Read one file. Its problems are in the tree; ``broken`` where the rest of it could not be read.

    ``most_values`` is what is left of the bound that a whole ruleset keeps.
    """
    tree = Tree(file)
    text = decoded(file, raw)
    if isinstance(text, Problem):
        tree.problems.append(text)
        tree.broken = True
        return tree
    tree.blank = not text.strip("\ufeff \t\r\n")
    lines = lines_of(text)
    try:
        _Composer(tree, text, lines, min(most_values, MOST_VALUES)).run()
    except _TooMuch:
        tree.broken = True
    except yaml.YAMLError as error:
        problem = from_yaml_error(file, text, lines, error)
        if problem.place.line not in tree.spoiled:
            tree.problems.append(problem)
        tree.broken = True
    return tree


class _Composer:
    """One pass over the events of one file."""

    def __init__(self, tree: Tree, text: str, lines: list[str], most_values: int) -> None:
        self.tree = tree
        self.lines = lines
        self.most_values = most_values
        self.hopeless: set[int] = set()
        self.anchors: dict[str, Problem] = {}
        self.told_with: set[str] = set()
        self.text = text
        self.parser: Any = None

    def run(self) -> None:
        """Read the whole file into the tree."""
        self._no_directives()
        self.parser = yaml.CBaseLoader(self.text)
        self.parser.get_event()  # stream start
        documents = 0
        while not isinstance(self.parser.peek_event(), yaml.StreamEndEvent):
            start = self.parser.get_event()
            if documents:
                message = 'A file holds one document: remove the "---" line.'
                self._problem(start, "several-documents", removal(message, "---"))
                raise _TooMuch
            documents += 1
            self.tree.data, self.tree.root = self._node(0)
            self.parser.get_event()  # document end

    def _no_directives(self) -> None:
        """Refuse them before libyaml reads on: nobody needs them, and reading many takes long."""
        directive = _DIRECTIVE.search(self.text)
        if directive:
            line = len(lines_of(self.text[: directive.start()]))
            self._say(Place(self.tree.file, line), "directive", 'A line can\'t begin with "%". Remove it.')
            raise _TooMuch

    def _problem(self, event: Any, code: str, message: str, into: int = 0) -> None:
        start = event.start_mark
        if start.line not in self.hopeless:
            self._say(Place(self.tree.file, start.line + 1, start.column + 1 + into), code, message)

    def _say(self, place: Place, code: str, message: str) -> None:
        self.tree.problems.append(Problem(place, code, message))
        if len(self.tree.problems) > MOST_PROBLEMS:
            raise _TooMuch

    def _spoil(self, event: Any) -> None:
        """Note a line of which no more needs to be said: its data is not what was meant."""
        self.tree.spoiled.add(event.start_mark.line + 1)

    def _node(self, depth: int, under: str = "") -> tuple[Data, Branch | int]:
        """What stands next, below the key ``under``."""
        event = self.parser.get_event()
        self._bound(event, depth)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.AliasEvent):
            name = shown(str(event.anchor))
            as_key = "<<: " if under == "<<" else ""
            message = f'"{as_key}*{name}" stands for another part. Write it out, or put the text in quotes.'
            if named := self.anchors.pop(str(event.anchor), None):
                self.tree.problems.remove(named)  # it is for this alone, and told with it
                self.told_with.add(str(event.anchor))
            if str(event.anchor) in self.told_with:
                message = f'"{as_key}*{name}" repeats what "&{name}" names. Write it out, and remove &{name}.'
            self._problem(event, "alias", message)
            self._spoil(event)
            return None, self._mark(event)
        if event.anchor or event.tag:
            self._decorated(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, depth, under)
        return self._mapping(event, depth, under)

    def _decorated(self, event: Any) -> None:
        if event.anchor:
            message = f'"&{shown(event.anchor)}" is not used in these files. Remove it.'
            self._problem(event, "anchor", removal(message, f"&{event.anchor} "))
            if event.start_mark.line not in self.hopeless:
                self.anchors[str(event.anchor)] = self.tree.problems[-1]
        if event.tag and event.tag != "!":
            self._problem(event, *mistake_in_tag(event, self.lines))
            self._spoil(event)

    def _bound(self, event: Any, depth: int) -> None:
        self.tree.values += 1
        if self.tree.values > self.most_values:
            message = (
                "The file holds too many values. Split it into several files."
                if self.most_values == MOST_VALUES
                else "The files of the ruleset hold too many values together. Remove some."
            )
            self._problem(event, "file-too-large", message)
            raise _TooMuch
        if depth > MOST_DEPTH:
            self._problem(event, "too-deep", f"More than {MOST_DEPTH} levels deep. Write it flatter.")
            raise _TooMuch

    def _mark(self, event: Any) -> int:
        return mark(event.start_mark.line + 1, event.start_mark.column + 1)

    def _scalar(self, event: Any) -> tuple[str | None, int]:
        start, end, style = event.start_mark, event.end_mark, event.style
        quote = style in _QUOTES
        exact = start.line == end.line and end.column - start.column == len(event.value) + 2 * quote
        number = mark(start.line + 1, start.column + 1, quote=quote, exact=exact)
        if not style and end.line < len(self.lines):
            after = _COMMENT_AFTER.match(self.lines[end.line], end.column)
            if after and event.value:
                whole = self.lines[end.line][start.column :].rstrip() if start.line == end.line else ""
                self.tree.cuts[number] = mark(end.line + 1, after.end()), whole
        if event.anchor or event.tag:
            self._decorated(event)
        mistake = mistake_in_scalar(event, self.lines)
        if mistake:
            hard = hard_space_in(event, self.lines)
            if not self._already_reported(event, mistake[0]):
                self._problem(event, *mistake, into=hard or 0)
            if style or hard is not None:
                self._spoil(event)
        text = text_of(event)
        if text is None and event.value.lower() == "null":
            self.tree.nulls.add(number)
        return text, number

    def _already_reported(self, event: Any, code: str) -> bool:
        """Whether the same is said of the line already, as of quotes that were all made by one program."""
        last = self.tree.problems[-1] if self.tree.problems else None
        return last is not None and last.code == code and last.place.line == event.start_mark.line + 1

    def _sequence(self, start: Any, depth: int, under: str) -> tuple[list[Data], Branch]:
        items: list[Data] = []
        branch = Branch(self._mark(start))
        while not isinstance(self.parser.peek_event(), yaml.SequenceEndEvent):
            item, branch.below[len(items)] = self._node(depth + 1, under)
            items.append(item)
        self.parser.get_event()
        return items, branch

    def _mapping(self, start: Any, depth: int, under: str) -> tuple[dict[str, Data], Branch]:
        mapping: dict[str, Data] = {}
        branch = Branch(self._mark(start))
        absent: list[tuple[Any, str]] = []
        again: list[tuple[Any, str]] = []
        before = ""
        while not isinstance(event := self.parser.peek_event(), yaml.MappingEndEvent):
            key, key_mark = self._key(event, depth)
            has_value = not start.flow_style or self._has_value(event)
            value, below = self._node(depth + 1, key)
            if not has_value:
                absent.append((event, key))
                continue
            if absent:
                self._swallowed(absent, before, mapping)
            absent, before = [], key
            if key in mapping:
                again.append((event, key))
                continue
            mapping[key], branch.below[key] = value, below
            branch.keys[key] = key_mark
        if absent:
            self._swallowed(absent, before, mapping)
        if again:
            self._repeated(again, branch, under)
        self.parser.get_event()
        return mapping, branch

    def _repeated(self, again: list[tuple[Any, str]], branch: Branch, under: str) -> None:
        """Keys that stand in a mapping a second time: several from the first on are an item without dash."""
        first = next(iter(branch.keys), "")
        if len(again) > 2 and again[0][1] == first:
            message = f'A dash is missing before "{shown(first)}", for what is below stands here twice.'
            self._problem(again[0][0], "duplicate-key", message)
            self.tree.lost = True
            return
        also = ' If both must hold, put each after a dash under "all:".' if under in _CONDITIONS else ""
        for event, key in again:
            message = f'"{shown(key)}" stands here twice. Keep one.{also}'
            self._problem(
                event, "duplicate-key", self._without_line(message, event, self.tree.place(branch.keys[key]))
            )

    def _without_line(self, message: str, event: Any, before: Place) -> str:
        """The message, with the removal of the key's line where it is word for word the first one."""
        line = self.lines[event.start_mark.line]
        if line[: event.start_mark.column].strip():
            return message
        same = line.strip() == self.lines[before.line - 1].strip().removeprefix("- ")
        if not same or line.rstrip().endswith(":"):
            return message
        place = Place(self.tree.file, event.start_mark.line + 1)
        return Advice(message, Suggestion(f"remove {line.strip()}", (Change(f"{line}\n", "", place),)))

    def _has_value(self, key: Any) -> bool:
        """Whether a colon follows a key in braces (a key before a line's end is taken to have one)."""
        end = key.end_mark
        line = self.lines[end.line] if end.line < len(self.lines) else ""
        return _COLON_AFTER.match(line, end.column) is not None

    def _swallowed(self, absent: list[tuple[Any, str]], before: str, mapping: dict[str, Data]) -> None:
        start, end = absent[0][0].start_mark, absent[-1][0].end_mark
        around = self.lines[start.line][max(start.column - 1, 0) :]
        message = without_values([key for _, key in absent], before, mapping.get(before), around)
        value, line = mapping.get(before), self.lines[start.line]
        begun = line.rfind(f"{value},", 0, start.column) if isinstance(value, str) else -1
        if begun >= 0 and end.line == start.line and PUT_IN_QUOTES in message:
            text = line[begun : end.column]
            message = advice(message, text, in_quotes(text), Place(self.tree.file, start.line + 1, begun + 1))
        elif begun >= 0 and message.endswith(f" Write {before}: {value}.{absent[0][1]}."):
            text = line[begun : end.column]
            point = f"{value}.{absent[0][1]}"
            message = advice(message, text, point, Place(self.tree.file, start.line + 1, begun + 1))
        self._problem(absent[0][0], "comma-in-text", message)
        self._spoil(absent[0][0])

    def _key(self, event: Any, depth: int) -> tuple[str, int]:
        if isinstance(event, yaml.ScalarEvent):
            self._bound(self.parser.get_event(), depth)
            key, number = self._scalar(event)
            return event.value if key is None else key, number
        if not isinstance(event, yaml.AliasEvent):
            message = "A key must be a word, not a list or a mapping. Put it in quotes if it is a text."
            self._problem(event, "wrong-type", message)
            self._spoil(event)
            self.hopeless.add(event.start_mark.line)
        self._node(depth + 1)
        return f"(key {event.start_mark.line + 1}:{event.start_mark.column + 1})", self._mark(event)

"""Where in a file's tree a cursor stands, also while the text is half typed; and how far values reach.

What libyaml makes of the text with a mark at the cursor says where that is: of the text as it is, or else
with the colon or the quote that may still be missing. Where it gives up before it comes so far, the lines
above the cursor that are indented less and less say it.

In a file without mistakes each value has its span in the text, on which edits rest: ``spans``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import yaml

from service.reading.node import Path
from service.reading.yaml_reader import MOST_DEPTH
from service.reading.yaml_text import MOST_BYTES, lines_of, starts_of_lines

_MARK = "\ue000"  # for private use: nobody types it
_MISSING = ("", ": ", '"', "'")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_COLON = re.compile(r"[ \t]*:(?:\s|\Z)")


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands at a cursor: a key, a value, or what may become either.

    ``path``: the keys and positions of all that holds it; of a value its own, too. ``beside``: the other keys
    of the mapping in which it is a key. ``written``: what stands there, from column ``start`` to before
    ``end`` (from 1). ``in_flow``: within brackets or braces. ``has_colon``: a colon follows.
    """

    path: tuple[str | int, ...]
    written: str
    start: int
    end: int
    may_be_key: bool
    may_be_value: bool
    in_flow: bool
    has_colon: bool
    beside: frozenset[str] = frozenset()


def spot_at(text: str, line: int, column: int) -> Spot | None:
    """What stands at the line and column, from 1; None in a comment or a longer text, or where nothing is."""
    text = text.replace(_MARK, " ")
    starts = starts_of_lines(text)
    if len(text) > MOST_BYTES or not 0 < line <= len(starts) or column < 1 or _DIRECTIVE.search(text):
        return None
    lines = lines_of(text)
    at = min(column - 1, len(lines[line - 1]))
    offset = starts[line - 1] + at
    above = _less_and_less_indented([*lines[: line - 1], lines[line - 1][:at]])
    for before, after in ((text[:offset], text[offset:]), (above, lines[line - 1][at:])):
        for missing in _MISSING:
            reading = _ReadingUpTo(lines[line - 1], len(lines_of(before)) - 1, missing)
            if reading.comes_to_mark(f"{before}{_MARK}{missing}{after}"):
                return reading.spot
    return None


def _less_and_less_indented(lines: list[str]) -> str:
    """The last line, and of those above it each in which something begins that holds the last one."""
    kept = [lines[-1]]
    indent, is_item = _indent(lines[-1])
    for line in reversed(lines[:-1]):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        depth, begins_item = _indent(line)
        if depth < indent or (depth == indent and is_item and not begins_item):
            kept.append(line)
            indent, is_item = depth, begins_item
    return "\n".join(reversed(kept))


def _indent(line: str) -> tuple[int, bool]:
    """How far a line is indented, and whether it begins an item of a list."""
    rest = line.lstrip(" ")
    return len(line) - len(rest), rest.startswith("-")


@dataclass(slots=True, eq=False)
class _Open:
    """A mapping or a list that is being read: at which key or position, and in which line that key stands."""

    is_mapping: bool
    in_flow: bool
    at: str | int
    line: int = -1
    wants_key: bool = True
    keys: list[str] = field(default_factory=list)


class _ReadingUpTo:
    """One reading of a text with the mark, as far as is needed to know what stands there."""

    def __init__(self, line: str, number: int, missing: str) -> None:
        self.line = line
        self.number = number
        self.missing = missing
        self.open: list[_Open] = []
        self.came = False
        self.goes_on = False  # over several lines, perhaps for want of a quote or a colon
        self.keys_of: _Open | None = None
        self.spot: Spot | None = None

    def comes_to_mark(self, text: str) -> bool:
        """Whether libyaml comes so far; what is there is then ``spot``."""
        try:
            for event in yaml.parse(text, Loader=yaml.CBaseLoader):
                self._take(event)
                if len(self.open) > MOST_DEPTH or (self.came and self.keys_of not in self.open):
                    break
        except yaml.YAMLError:
            pass  # it is half typed
        if self.spot is not None and self.keys_of is not None:
            self.spot = replace(self.spot, beside=frozenset(self.keys_of.keys))
        return self.came and not self.goes_on

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
            self._ended()
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begins()
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            self.open.append(_Open(is_mapping, bool(event.flow_style), "" if is_mapping else -1))
        elif isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            self._begins()
            is_mark = isinstance(event, yaml.ScalarEvent) and _MARK in event.value
            if is_mark and not self.came:
                self._came_to(event)
            start: Any = event.start_mark
            self._ended("" if is_mark else getattr(event, "value", ""), start.line)

    def _begins(self) -> None:
        if self.open and not self.open[-1].is_mapping:
            self.open[-1].at = int(self.open[-1].at) + 1

    def _ended(self, written: str = "", line: int = -1) -> None:
        """A key or value has been read."""
        around = self.open[-1] if self.open else None
        if around is None or not around.is_mapping:
            return
        if around.wants_key:
            around.at, around.line = written, line
            if written:
                around.keys.append(written)
        around.wants_key = not around.wants_key

    def _came_to(self, event: Any) -> None:
        self.came = True
        start, end = event.start_mark, event.end_mark
        in_block = event.style in ("|", ">")
        self.goes_on = not in_block and not start.line == end.line == self.number
        if in_block or self.goes_on:
            return
        around = self.open[-1] if self.open else None
        is_key = around is not None and around.is_mapping and around.wants_key
        self.keys_of = around if is_key else None
        until = end.column - len(_MARK) - (len(self.missing) if event.style else 0)
        has_colon = _COLON.match(self.line, until) is not None
        in_flow = around is not None and around.in_flow
        begins = around is None or not around.is_mapping or around.line != start.line
        self.spot = Spot(
            path=tuple(one.at for one in (self.open[:-1] if is_key else self.open)),
            written=event.value.replace(_MARK, ""),
            start=start.column + 1,
            end=until + 1,
            may_be_key=is_key or (begins and not in_flow and not event.style),
            may_be_value=not is_key and not has_colon,
            in_flow=in_flow,
            has_colon=has_colon,
        )


class TextSpan(NamedTuple):
    """How many characters stand before a value's key, behind the key, before the value, and behind it.

    An item of a list has no key: the first three are the same. ``flow``: it is a list in brackets or a
    mapping in braces.
    """

    key: int
    after_key: int
    start: int
    end: int
    flow: bool = False


def spans(text: str) -> dict[Path, TextSpan]:
    """Those of every value of a file, by its path; the file was read before, and holds no mistake of YAML."""
    measuring = _Measuring(text)
    measuring.whole()
    return measuring.found


class _Measuring:
    """One pass over the events of one file."""

    def __init__(self, text: str) -> None:
        self.found: dict[Path, TextSpan] = {}
        self._text = text
        self._starts = starts_of_lines(text)
        self._parser: Any = yaml.CBaseLoader(text)

    def whole(self) -> None:
        """Measure all values."""
        self._parser.get_event()  # stream start
        if not isinstance(self._parser.get_event(), yaml.StreamEndEvent):  # document start
            self._value((), None)

    def _offset(self, mark: Any) -> int:
        return int(self._starts[mark.line]) + int(mark.column)

    def _value(self, path: Path, key: Any) -> int:
        """Measure what stands next; where it ends."""
        event = self._parser.get_event()
        start = self._offset(event.start_mark)
        flow = bool(getattr(event, "flow_style", False))
        if isinstance(event, yaml.SequenceStartEvent):
            end = self._items(path, start, flow=flow)
        elif isinstance(event, yaml.MappingStartEvent):
            end = self._entries(path, start, flow=flow)
        else:
            end = self._offset(event.end_mark)
            if getattr(event, "style", None) in ("|", ">"):  # its mark is that of what follows
                end = start + len(self._text[start:end].rstrip())
        before, behind = (start, start) if key is None else map(self._offset, (key.start_mark, key.end_mark))
        self.found[path] = TextSpan(before, behind, start, end, flow)
        return end

    def _items(self, path: Path, end: int, *, flow: bool) -> int:
        number = 0
        while not isinstance(self._parser.peek_event(), yaml.SequenceEndEvent):
            end = self._value((*path, number), None)
            number += 1
        return self._closed(end, flow=flow)

    def _entries(self, path: Path, end: int, *, flow: bool) -> int:
        while not isinstance(self._parser.peek_event(), yaml.MappingEndEvent):
            key = self._parser.get_event()
            end = self._value((*path, key.value), key)
        return self._closed(end, flow=flow)

    def _closed(self, end: int, *, flow: bool) -> int:
        """Behind the bracket; what has none ends with its last value, for its own mark comes later."""
        event = self._parser.get_event()
        return self._offset(event.end_mark) if flow else end

"""From where to where each value of a YAML file reaches in its text: what an edit at one place rests on."""

from __future__ import annotations

from typing import Any, NamedTuple

import yaml

from service.reading.node import Path
from service.reading.yaml_text import starts_of_lines


class Span(NamedTuple):
    """How many characters stand before a value's key, behind the key, before the value, and behind it.

    An item of a list has no key: the first three are the same. ``flow``: it is a list in brackets or a
    mapping in braces.
    """

    key: int
    after_key: int
    start: int
    end: int
    flow: bool = False


def spans(text: str) -> dict[Path, Span]:
    """Those of every value of a file, by its path; the file was read before, and holds no mistake of YAML."""
    measuring = _Measuring(text)
    measuring.whole()
    return measuring.found


class _Measuring:
    """One pass over the events of one file."""

    def __init__(self, text: str) -> None:
        self.found: dict[Path, Span] = {}
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
        self.found[path] = Span(before, behind, start, end, flow)
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

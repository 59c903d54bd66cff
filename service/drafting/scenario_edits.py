"""Edits of one worked client in a scenarios file: changed, accepted, added, copied or taken out.

An edit is made at its place in the text. Whatever else stands in the file, remarks and layout too, stays byte
for byte; and each edit is read again before it is handed out, so that nothing else can have changed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.ruleset_files import yes_or_no
from service.analysis.checks.scenarios import Failure, differences, paired
from service.model.flow import flow
from service.model.problem import shown
from service.reading.node import Data, Path
from service.reading.positions import TextSpan, spans
from service.reading.yaml_reader import compose
from service.serving.trying import ScenarioResult

_LINE = 110
_NAMED_BY = ("rule", "id", "code")
"""What an item of an answer's lists is known by, the first that it has."""

_REMARK = re.compile(r"[ \t]*#")
_Edit = tuple[int, int, str]


class CantEdit(Exception):
    """The file can't be edited so; the text says why, to a person."""


def names_in(file: str, content: bytes) -> tuple[str, ...]:
    """The names of the clients of a file.

    Raises:
        CantEdit: it is not a list of clients.
    """
    return _ScenariosFile(file, content).names


def text_of(file: str, content: bytes, name: str) -> str:
    """The client as he is written.

    Raises:
        CantEdit: there is none of that name, or the file is not a list of clients.
    """
    return _ScenariosFile(file, content).own_text(name)


def added(file: str, content: bytes | None, item: str) -> bytes:
    """The file with another client at its end; None: there is no such file yet.

    ``item`` is the text of one, as ``scenario_text`` makes it.

    Raises:
        CantEdit: one of that name stands there already, or the file takes none.
    """
    if content is None:
        return item.encode()
    there = _ScenariosFile(file, content)
    new = there.with_item(item)
    return there.confirmed(new, [*there.items, *_items(file, item)])


def copied(file: str, content: bytes, name: str, new_name: str) -> bytes:
    """The file with the client a second time, behind himself and under another name.

    Raises:
        CantEdit: there is none of that name, one of the new name is there, or the file can't be edited.
    """
    there = _ScenariosFile(file, content)
    at = there.at(name)
    there.free(new_name)
    item = {**there.items[at], "name": new_name}
    return there.confirmed(
        there.with_copy(at, new_name), [*there.items[: at + 1], item, *there.items[at + 1 :]]
    )


def without(file: str, content: bytes, name: str) -> bytes | None:
    """The file without the client; None: nothing is left in it, so that it can go.

    Raises:
        CantEdit: there is none of that name, or the file can't be edited.
    """
    there = _ScenariosFile(file, content)
    at = there.at(name)
    new = there.without_item(at)
    if not new.strip("\ufeff \t\r\n"):
        return None
    return there.confirmed(new, [*there.items[:at], *there.items[at + 1 :]])


def changed(file: str, content: bytes, name: str, parts: Mapping[str, Any]) -> bytes:
    """The file with parts of one client as they are given, by their keys, such as ``name`` or ``expect``.

    ``parts`` are JSON data; a part that is None is taken out. Parts that mean the same stay as they are
    written.

    Raises:
        CantEdit: there is none of that name, one of the new name is there, or the file can't be edited.
    """
    there = _ScenariosFile(file, content)
    if parts.get("name", name) != name:
        there.free(str(parts["name"]))
    wanted = dict(there.items[there.at(name)])
    for key, value in parts.items():
        if value is None:
            wanted.pop(key, None)
        else:
            wanted[key] = _written_as(wanted.get(key), value)
    return there.changed(name, wanted)


def accepted(file: str, content: bytes, tried: ScenarioResult) -> bytes:
    """The file with what the client gets now in the place of what is not as expected, and nothing else.

    Raises:
        CantEdit: there is no answer to accept, or the file can't be edited.
    """
    name = tried.scenario.name
    if tried.answer is None or not tried.failures:
        raise CantEdit("There is no answer to accept: what is wrong is in the client's own answers.")
    there = _ScenariosFile(file, content)
    item = there.items[there.at(name)]
    expect = item.get("expect")
    if not isinstance(expect, dict):
        raise CantEdit(f'"{shown(name)}" expects nothing.')
    return there.changed(name, {**item, "expect": _accepted(expect, tried.failures, tried.answer)})


# -- what is accepted -------------------------------------------------------------------------------------


def _accepted(
    expect: dict[str, Data], failures: tuple[Failure, ...], answer: Mapping[str, Any]
) -> dict[str, Data]:
    """What is expected, but for the members that differ: these as the answer has them."""
    new = dict(expect)
    for member in dict.fromkeys(one.difference.member for one in failures):
        if member in ("fired", "not fired"):
            rules = [one.difference.expected for one in failures if one.difference.member == member]
            _moved(new, rules, member)
            continue
        value = _as_got(expect[member], answer.get(member))
        if value == {}:
            del new[member]
        else:
            new[member] = value
    return new or {"verdict": answer["verdict"]}


def _moved(expect: dict[str, Data], rules: list[str], member: str) -> None:
    """Rules that were expected to fire and did not stand below ``not fired`` now, and the other way round."""
    other = "not fired" if member == "fired" else "fired"
    kept = [rule for rule in _list(expect.get(member)) if str(rule).strip() not in rules]
    moved: list[Data] = [*_list(expect.get(other)), *rules]
    in_order: dict[str, Data] = {}
    for key, value in expect.items():
        if key == member:
            in_order |= {member: kept} if kept else {}
            if other not in expect:
                in_order[other] = moved
        else:
            in_order[key] = moved if key == other else value
    expect.clear()
    expect.update(in_order)


def _list(data: Data | None) -> list[Data]:
    return data if isinstance(data, list) else []


def _as_got(expected: Data, got: Any) -> Data:
    """What is the case, said of just the parts of which something was expected; as written where it is so."""
    if isinstance(expected, dict) and isinstance(got, Mapping):
        found: dict[str, Data] = {}
        for key, value in expected.items():
            if key in got:
                found[key] = _as_got(value, got[key])
            elif yes_or_no(value) is not None:  # a flag that is no is left out of an answer
                found[key] = "no"
        return found
    if isinstance(expected, list) and isinstance(got, list):
        taken = paired(expected, got)
        keys = next((list(one) for one in expected if isinstance(one, dict)), None)
        return [expected[taken[at]] if at in taken else _named(held, keys) for at, held in enumerate(got)]
    return expected if not differences({"": expected}, {"": got}) else _data(got)


def _named(held: Any, keys: list[str] | None) -> Data:
    """An item of an answer's list by the parts that others are named by, or by that which tells it apart."""
    if not isinstance(held, Mapping):
        return _data(held)
    known = keys or [name for name in _NAMED_BY if name in held][:1] or list(held)
    return {name: _data(held[name]) for name in known if name in held}


# -- data as a file has it --------------------------------------------------------------------------------


def _data(value: Any) -> Data:
    """JSON data as it is read from a file."""
    return compose("", f"[{flow(value)}]".encode()).data[0]  # type: ignore[index]


def _written_as(old: Data | None, value: Any) -> Data:
    """JSON data as it is read from a file; where that means the same as before, as it was written."""
    if isinstance(old, dict) and isinstance(value, Mapping):
        return {str(key): _written_as(old.get(str(key)), below) for key, below in value.items()}
    same = (
        old is not None and not isinstance(value, list | Mapping) and not differences({"": old}, {"": value})
    )
    return old if same else _data(value)


def _items(file: str, text: str) -> list[dict[str, Data]]:
    """The clients of a text.

    Raises:
        CantEdit: it is not a list of them.
    """
    tree = compose(file, text.encode())
    if tree.broken or tree.problems:
        raise CantEdit(f"{file} has a mistake of YAML. Mend it first.")
    data = [] if tree.data is None else tree.data
    if not isinstance(data, list) or not all(isinstance(one, dict) for one in data):
        raise CantEdit(f"{file} is not a list of clients. Put a dash before each.")
    return [one for one in data if isinstance(one, dict)]


# -- the text ---------------------------------------------------------------------------------------------


class _ScenariosFile:
    """A scenarios file as text, with the clients that it holds as data."""

    def __init__(self, file: str, content: bytes) -> None:
        self._file = file
        self._mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
        try:
            self._text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise CantEdit(f"{file} is not UTF-8 text. Mend it first.") from None
        self.items = _items(file, self._text)
        self._spans = spans(self._text)
        self._end = "\r\n" if "\r\n" in self._text else "\n"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its clients."""
        return tuple(str(one.get("name") or "") for one in self.items)

    def at(self, name: str) -> int:
        """Which of its clients has the name."""
        if name not in self.names:
            raise CantEdit(f'{self._file} has no client "{shown(name)}" any more.')
        return self.names.index(name)

    def free(self, name: str) -> None:
        """Raise where a client has the name."""
        if name in self.names:
            raise CantEdit(f'There is a client "{shown(name)}" already. Give this one another name.')

    def own_text(self, name: str) -> str:
        """The lines of one client."""
        start, end = self._lines(self.at(name))
        return self._text[start:end]

    def confirmed(self, text: str, wanted: list[dict[str, Data]]) -> bytes:
        """The text as content, once it was read again and holds just these clients."""
        if _items(self._file, text) != wanted:
            raise CantEdit(f"{self._file} is written so that this can't be done here. Edit its text.")
        return self._mark + text.encode()

    def changed(self, name: str, wanted: dict[str, Data]) -> bytes:
        """The content with one client as he is wanted."""
        at = self.at(name)
        edits = [*self._rewritten((at,), self.items[at], wanted)]
        return self.confirmed(self._edited(edits), [*self.items[:at], wanted, *self.items[at + 1 :]])

    def with_item(self, item: str) -> str:
        """The text with another client at its end."""
        own = item.replace("\n", self._end).rstrip() + self._end
        if self.items:
            self._lines(0)
            indent = " " * self._column(self._dash(0))
            own = "".join(
                f"{indent}{line}" if line.strip() else line for line in own.splitlines(keepends=True)
            )
        head = self._text.rstrip()
        return f"{head}{self._end * 2}{own}" if head else own

    def with_copy(self, at: int, new_name: str) -> str:
        """The text with one client a second time, under another name."""
        start, end = self._lines(at)
        named = self._spans[at, "name"]
        copy = self._text[start : named.start] + flow(new_name) + self._text[named.end : end]
        copy = copy if copy.endswith(("\n", "\r")) else copy + self._end
        own = self._text[start:end]
        gap = "" if own.endswith(("\n", "\r")) else self._end
        return f"{self._text[:end]}{gap}{self._end}{copy}{self._text[end:]}"

    def without_item(self, at: int) -> str:
        """The text without the lines of one client, and without the blank lines behind him."""
        start, end = self._lines(at)
        rest = self._text[end:]
        head = self._text[:start]
        behind = re.match(r"(?:[ \t]*(?:\r\n|[\r\n]))*", rest)
        rest = rest[behind.end() :] if behind else rest
        return head + rest if rest else head.rstrip() + (self._end if head.strip() else "")

    # -- lines --------------------------------------------------------------------------------------------

    def _dash(self, at: int) -> int:
        """Where the dash of a client stands."""
        before = self._spans[at - 1,].end if at else 0
        dashes = [
            *re.finditer(r"^[ \t]*(-)(?=\s)", self._text[before : self._spans[at,].start], re.MULTILINE)
        ]
        if self._spans[()].flow or not dashes:
            raise CantEdit(f"The clients of {self._file} stand in brackets. Edit its text.")
        return before + dashes[-1].start(1)

    def _lines(self, at: int) -> tuple[int, int]:
        """From where to where the lines of a client reach, with the remarks that stand further in than he."""
        dash = self._dash(at)
        start, end = self._start_of_line(dash), self._next_line(self._spans[at,].end)
        while _REMARK.match(self._text, end) and self._indent(end) > dash - start:
            end = self._next_line(end)
        return start, end

    def _start_of_line(self, offset: int) -> int:
        return max(self._text.rfind("\n", 0, offset), self._text.rfind("\r", 0, offset)) + 1

    def _end_of_line(self, offset: int) -> int:
        found = re.compile(r"[\r\n]|\Z").search(self._text, offset)
        return len(self._text) if found is None else found.start()

    def _next_line(self, offset: int) -> int:
        end = self._end_of_line(offset)
        return end + 2 if self._text.startswith("\r\n", end) else min(end + 1, len(self._text))

    def _indent(self, offset: int) -> int:
        return len(self._text[offset:]) - len(self._text[offset:].lstrip(" \t"))

    def _column(self, offset: int) -> int:
        return offset - self._start_of_line(offset)

    # -- values -------------------------------------------------------------------------------------------

    def _edited(self, edits: list[_Edit]) -> str:
        made, at = [], 0
        for start, end, new in sorted(edits):
            made += [self._text[at:start], new]
            at = max(at, end)
        return "".join([*made, self._text[at:]])

    def _rewritten(self, path: Path, old: Data, new: Data) -> Iterator[_Edit]:
        """The edits that make one value the other."""
        if old == new:
            return
        if isinstance(old, dict) and isinstance(new, dict) and old.keys() & new.keys():
            for key in old.keys() & new.keys():
                yield from self._rewritten((*path, key), old[key], new[key])
            yield from self._with_keys(path, old, new)
            return
        span, text = self._spans[path], flow(new)
        if span.start == span.end or self._end_of_line(span.after_key) < span.start:
            yield span.after_key, span.end, f": {text}"
        else:
            yield span.start, span.end, text

    def _with_keys(self, path: Path, old: dict[str, Data], new: dict[str, Data]) -> Iterator[_Edit]:
        """The edits that take keys out of a mapping and put others behind the last that stays."""
        mapping, below = self._spans[path], {key: self._spans[*path, key] for key in old}
        gone = [key for key in old if key not in new]
        come = {key: value for key, value in new.items() if key not in old}
        last = max((below[key] for key in old if key in new), key=lambda span: span.start)
        renames = dict(zip(gone, come, strict=False)) if len(gone) == len(come) == 1 else {}
        for key in gone:
            if key in renames:
                yield below[key].key, below[key].after_key, flow(renames[key])
                yield from self._rewritten((*path, key), old[key], come.pop(renames[key]))
            else:
                yield self._lines_of(below[key]) if not mapping.flow else _between(key, below, last)
        for key, value in come.items():
            yield self._put(mapping, last, f"{flow(key)}: {flow(value)}")

    def _lines_of(self, span: TextSpan) -> _Edit:
        return self._start_of_line(span.key), self._next_line(span.end), ""

    def _put(self, mapping: TextSpan, last: TextSpan, entry: str) -> _Edit:
        """The edit that puts an entry behind the last one: on a line of its own where the others stand so."""
        indent = self._end + " " * self._column(mapping.start + mapping.flow)
        if not mapping.flow:
            end = self._end_of_line(last.end)
            return end, end, f"{indent}{entry}"
        wide = self._column(last.end) + len(entry) + 2 > _LINE
        return last.end, last.end, f",{indent}{entry}" if wide else f", {entry}"


def _between(key: str, below: Mapping[str, TextSpan], last: TextSpan) -> _Edit:
    """The edit that takes an entry out of braces, with the comma on one side of it."""
    span = below[key]
    if span.start > last.start:
        before = max((one.end for one in below.values() if one.end < span.key), default=span.key)
        return before, span.end, ""
    following = min(one.key for one in below.values() if one.key > span.key)
    return span.key, following, ""

"""JSON text -> data whose numbers are exact, and back. The one place where JSON of others is read.

What a text holds is never told: where it can't be read, its place is.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

import orjson

from schemas.json_numbers import decimal_number, plain_digits, whole_number

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class TextPlace(NamedTuple):
    """A place in a text: line and column from 1 on, columns in characters."""

    line: int
    column: int

    @classmethod
    def of(cls, text: str, index: int) -> TextPlace:
        """The place of the character at the index."""
        return cls(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))

    def then(self, inner: TextPlace) -> TextPlace:
        """What ``inner`` is in the whole, where this is the place at which its own text begins."""
        column = self.column + inner.column - 1 if inner.line == 1 else inner.column
        return TextPlace(self.line + inner.line - 1, column)


TEXT_START = TextPlace(1, 1)


class UnreadableJson(Exception):
    """The text can't be read; its three kinds say why."""


class NotJson(UnreadableJson):
    """It is no JSON in UTF-8, by what stands at ``place``."""

    def __init__(self, place: TextPlace) -> None:
        self.place = place
        super().__init__(f"line {place.line}, column {place.column}")


class TooDeep(UnreadableJson):
    """It is nested deeper than it may be."""


class NamedTwice(UnreadableJson):
    """An object of it names a member twice; in ``data`` the last value stands, and the others are lost.

    ``path`` goes to the first such member, by names and places in arrays.
    """

    def __init__(self, data: Any = None, path: tuple[str | int, ...] = ()) -> None:
        self.data = data
        self.path = path
        super().__init__()


def read_json(raw: bytes, most_depth: int | None = None) -> Any:
    """The data of a JSON text: its numbers as ``JsonNumber`` has them, a byte-order mark ignored.

    ``most_depth``: so many arrays and objects may stand in each other.

    Raises:
        UnreadableJson: as its kinds say.
    """
    text = _text(raw.removeprefix(BYTE_ORDER_MARK))
    twice = False
    try:
        data = _decoded(text, _decoder)
    except NamedTwice:
        twice = True
        data = _decoded(text, _noting_the_first)  # what is wrong with the text as a whole is told first
    if "\\u" in text and (lone := _first(_ESCAPES, text)) >= 0:
        raise NotJson(TextPlace.of(text, lone))
    if most_depth is not None and text.count("[") + text.count("{") > most_depth:
        _refuse_deeper(data, most_depth)
    if twice:
        raise NamedTwice(data, _named_twice(data))
    return data


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode()
        raise NotJson(TextPlace.of(before, len(before))) from None


def _decoded(text: str, decoder: json.JSONDecoder) -> Any:
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(TextPlace.of(text, error.pos)) from None
    except _NotANumber:
        raise NotJson(TextPlace.of(text, _first(_CONSTANTS, text))) from None
    except RecursionError:
        raise TooDeep from None


def write_json(data: Any, option: int | None = None) -> bytes:
    """The data as JSON text, each ``JsonNumber`` with exactly its digits; ``option`` as orjson takes it.

    Raises:
        orjson.JSONEncodeError: it is no JSON data.
    """
    return orjson.dumps(data, default=_spelled, option=option)


def json_piece(data: Any) -> orjson.Fragment:
    """The data as a piece of JSON text, to be kept and written into others. Raises as ``write_json`` does.

    orjson leaves 4 KiB and more under each text that it writes, so that what is kept is a copy.
    """
    return orjson.Fragment(bytes(memoryview(write_json(data))))


def _spelled(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(plain_digits(value))
    raise TypeError(type(value).__name__)


class _NotANumber(ValueError):
    """NaN or Infinity, which Python's reader knows and JSON does not."""


def _refuse_constant(_: str) -> NoReturn:
    raise _NotANumber


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise NamedTwice
    return members


class _Members(dict[str, Any]):
    """An object of which ``twice`` is the first member that it names twice."""

    __slots__ = ("twice",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        twice = len(names) > len(self)
        self.twice = next(name for at, name in enumerate(names) if name in names[:at]) if twice else None


def _named_twice(data: Any) -> tuple[str | int, ...]:
    """The path to the first member, in the order of the text, that an object names twice."""
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(data, ())]
    while waiting:
        node, path = waiting.pop()
        if isinstance(node, _Members):
            if node.twice is not None:
                return *path, node.twice
            waiting += [(below, (*path, name)) for name, below in reversed(node.items())]
        elif isinstance(node, list):
            waiting += [(below, (*path, place)) for place, below in reversed(list(enumerate(node)))]
    return ()


_NUMBERS: dict[str, Any] = {
    "parse_float": decimal_number,
    "parse_int": whole_number,
    "parse_constant": _refuse_constant,
}
_decoder = json.JSONDecoder(object_pairs_hook=_members, **_NUMBERS)
_noting_the_first = json.JSONDecoder(object_pairs_hook=_Members, **_NUMBERS)

# The first group is the place that is looked for; all else is stepped over whole, so that a text is gone
# through once.
_CONSTANTS = re.compile(r'"(?:[^"\\]|\\.)*+"|(NaN|-?Infinity)', re.DOTALL)
_ESCAPES = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F])|.)")


def _first(pattern: re.Pattern[str], text: str) -> int:
    return next((found.start() for found in pattern.finditer(text) if found[1]), -1)


def _refuse_deeper(data: Any, most_depth: int) -> None:
    level = [data]
    for _ in range(most_depth + 1):
        level = [node for node in level if isinstance(node, dict | list)]
        if not level:
            return
        level = [below for node in level for below in (node.values() if isinstance(node, dict) else node)]
    raise TooDeep

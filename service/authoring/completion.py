"""What may stand at a place of a ruleset's file, and what is said about what stands there.

All of it comes from the file's JSON Schema (``service.authoring.file_schemas``), which is walked along the
keys that hold the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from service.authoring.file_schemas import PLACES, schema_of
from service.authoring.fragments import Json
from service.authoring.names import Names
from service.model.problem import in_quotes
from service.reading.positions import Spot, spot_at

Kind = Literal["key", "value", "example"]

_NEEDS_QUOTES = re.compile(r"^[\s\-?:,\[\]{}#&*!|>'\"%@`]|[:\s]$|: | #|^$")
_NEEDS_QUOTES_IN_FLOW = re.compile(r"[,\[\]{}]")
_MARKS = re.compile(r"\*\*|`")
_WORD = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that may stand there: what the list shows, what is written, and what is said about it.

    ``kind``: a key, a value, or an example of what may be written otherwise.
    """

    label: str
    insert: str
    detail: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Completion:
    """What may stand at a place; it is written from column ``start`` to before ``end``, from 1."""

    start: int
    end: int
    offers: tuple[Offer, ...] = ()


def kind_of(file: str) -> str | None:
    """Of which kind a file of a ruleset is, by its name, as in ``PLACES``; None: of none."""
    return next((kind for kind, place in PLACES.items() if fnmatchcase(file, place)), None)


def complete(names: Names, file: str, text: str, line: int, column: int) -> Completion:
    """What may stand at the line and column (from 1) of the file's text, in the order of the schema."""
    kind, spot = kind_of(file), spot_at(text, line, column)
    if kind is None or spot is None:
        return Completion(column, column)
    schema = schema_of(kind, names)
    pieces = _pieces_at(schema, spot.path)
    offers: dict[str, Offer] = {}
    for one in (*_keys(schema, pieces, spot), *_values(schema, pieces, spot)):
        offers.setdefault(one.label, one)
    return Completion(spot.start, spot.end, tuple(offers.values()))


def hover(names: Names, file: str, text: str, line: int, column: int) -> str:
    """What is said about the key or value at the line and column: paragraphs, empty where nothing is."""
    kind, spot = kind_of(file), spot_at(text, line, column)
    if kind is None or spot is None or not spot.written:
        return ""
    schema = schema_of(kind, names)
    pieces = _pieces_at(schema, spot.path)
    if spot.may_be_key and spot.has_colon:
        return _key_description(schema, pieces, spot.written)
    at = column - spot.start
    under = [found[0] for found in _WORD.finditer(spot.written) if found.start() <= at <= found.end()]
    said = {
        word: one.detail
        for one in _values(schema, pieces, spot)
        for word in (one.label, one.label.rpartition(" ")[2])
        if one.detail
    }
    above = (
        _key_description(schema, _pieces_at(schema, spot.path[:-1]), str(spot.path[-1])) if spot.path else ""
    )
    return next((said[word] for word in (spot.written, *under) if word in said), above)


def _pieces_at(schema: Json, path: Iterable[str | int]) -> list[Json]:
    """The pieces of the schema of which one must fit what stands at the path."""
    pieces = [schema]
    for step in path:
        pieces = [below for piece in _each(schema, pieces) for below in _below(piece, step)]
    return pieces


def _each(schema: Json, pieces: Iterable[Json]) -> Iterator[Json]:
    """The pieces, with those that they refer to and those of which any may fit."""
    for piece in pieces:
        yield piece
        if "$ref" in piece:
            yield from _each(schema, [schema["$defs"][piece["$ref"].removeprefix("#/$defs/")]])
        yield from _each(schema, piece.get("anyOf", ()))


def _below(piece: Json, step: str | int) -> Iterator[Json]:
    if isinstance(step, int):
        below = piece.get("items")
    else:
        known = piece.get("properties", {})
        below = known[step] if step in known else piece.get("additionalProperties")
    if isinstance(below, dict):
        yield below


def _keys(schema: Json, pieces: Iterable[Json], spot: Spot) -> Iterator[Offer]:
    for piece in _each(schema, pieces) if spot.may_be_key else ():
        for key, below in piece.get("properties", {}).items():
            if key not in spot.beside:
                after = "" if spot.has_colon else ": " if _on_the_line(schema, below) else ":"
                yield Offer(key, f"{key}{after}", _description(below), "key")
        for key, said in _texts(piece.get("propertyNames", {})):
            yield Offer(key, f"{key}: ", said, "key")


def _on_the_line(schema: Json, piece: Json) -> bool:
    """Whether the value may stand behind its key."""
    return any(
        one.get("type") not in (None, "object", "array") or "enum" in one or "pattern" in one
        for one in _each(schema, [piece])
    )


def _key_description(schema: Json, pieces: Iterable[Json], key: str) -> str:
    known = (piece.get("properties", {}).get(key) for piece in _each(schema, pieces))
    return next((said for one in known if one is not None and (said := _description(one))), "")


def _description(piece: Json) -> str:
    return _MARKS.sub("", piece.get("markdownDescription") or piece.get("description") or "")


def _values(schema: Json, pieces: Iterable[Json], spot: Spot) -> Iterator[Offer]:
    held = [*_each(schema, pieces)] if spot.may_be_value else []
    for piece in held:
        for kind, text, said in _written(piece):
            yield Offer(text, _as_written(text, spot.in_flow), said, kind)
    for verb in _verbs(held):
        if spot.written.startswith(f"{verb} "):
            for text, said in _words(held):
                yield Offer(f"{verb} {text}", _as_written(f"{verb} {text}", spot.in_flow), said, "value")
    for item in (piece["items"] for piece in held if "items" in piece and not spot.in_flow):
        for one in _each(schema, [item]):
            for kind, text, said in _written(one):
                yield Offer(text, f"[{_as_written(text, in_flow=True)}]", said, kind)


def _verbs(pieces: Iterable[Json]) -> Iterator[str]:
    """What may stand before a value, as ``at least``, by the examples of it."""
    for piece in pieces:
        yield from (example.rpartition(" ")[0] for example in piece.get("examples", ()) if " " in example)


def _words(pieces: Iterable[Json]) -> Iterator[tuple[str, str]]:
    for piece in pieces:
        yield from _texts(piece)


def _written(piece: Json) -> Iterator[tuple[Kind, str, str]]:
    """What a piece says may be written, each with what is said about it."""
    for text, said in _texts(piece):
        yield "value", text, said
    for snippet in piece.get("defaultSnippets", ()):
        yield "value", snippet["body"], ""
    for example in piece.get("examples", ()):
        yield "example", example, ""


def _texts(piece: Json) -> Iterator[tuple[str, str]]:
    values: list[Any] = piece.get("enum", [])
    said = piece.get("markdownEnumDescriptions") or [""] * len(values)
    for value, about in zip(values, said, strict=True):
        if isinstance(value, str):  # an editor may see another type; what is written is the same
            yield value, _MARKS.sub("", about)


def _as_written(text: str, in_flow: bool) -> str:
    awkward = _NEEDS_QUOTES.search(text) or (in_flow and _NEEDS_QUOTES_IN_FLOW.search(text))
    return in_quotes(text) if awkward else text

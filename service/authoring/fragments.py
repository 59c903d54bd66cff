"""Pieces of JSON Schema for the values that ruleset files hold, as an editor sees them.

picoplan takes every scalar as text and gives it the type of its place. An editor reads YAML 1.2: ``5`` is a
number there, ``true`` a boolean and ``yes`` a text. So each piece takes every type that the same text may
have in an editor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import isinf
from typing import Any

from marshmallow import Schema, fields

from schemas import ruleset_fields as kinds
from schemas.ruleset_fields import RESERVED, yes_or_no

_DAY: Json = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "errorMessage": "Write a date such as 2026-12-01.",
}
_VERSION: Json = {
    "type": "string",
    "pattern": r"^(?:0|[1-9][0-9]{0,5})(?:\.(?:0|[1-9][0-9]{0,5})){2}$",
    "errorMessage": "Write three numbers such as 1.0.0.",
}


def shape(
    schema: type[Schema], said: Mapping[str, str], values: Mapping[str, Json] | None = None, title: str = ""
) -> Json:
    """A mapping with the keys of the schema.

    ``said`` says what each key is for; ``values`` has the pieces of those keys of which the schema alone does
    not know what they may hold.
    """
    made: Json = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    if title:
        made["title"] = title
    for name, field in schema().fields.items():
        key = field.data_key or name
        piece = (values or {}).get(key)
        piece = _piece(field) if piece is None else piece
        if field.allow_none:
            piece = nullable(piece)
        made["properties"][key] = {**piece, "description": said[key]}
        if field.required:
            made["required"].append(key)
    return made


def _piece(field: fields.Field) -> Json:  # type: ignore[type-arg]
    if isinstance(field, kinds.OneOf):
        listed = ", ".join(field.words)
        return {"enum": list(field.words), "errorMessage": f"Write one of: {listed}."}
    for kind, piece in (
        (kinds.Text, texts()),
        (kinds.Id, ids()),
        (kinds.Flag, flags()),
        (kinds.Day, _DAY),
        (kinds.Version, _VERSION),
        (kinds.Mapping, {"type": "object"}),
        (kinds.Items, {"type": "array"}),
    ):
        if isinstance(field, kind):
            return piece
    return {}


Json = dict[str, Any]

SPACE = r"[\s\u0085]"
"""What picoplan strips from the ends of a word."""

_INTEGER = re.compile(r"-?[0-9]+\Z")
_OTHER_NUMBER = re.compile(r"0x[0-9a-fA-F]+\Z|0o[0-7]+\Z|-?[0-9]+[eE]-?[0-9]+\Z")

NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
RANGE = rf"{NUMBER}{SPACE}*(?:\bto\b|[-\u2013\u2014]){SPACE}*{NUMBER}"
YES = "yes|Yes|YES|true|True|TRUE"
NO = "no|No|NO|false|False|FALSE"
TRUE_OR_FALSE: Json = {"not": {"type": ["string", "number", "array", "object", "null"]}}
"""``true`` and ``false``, which an editor does not offer, for yes and no are how people write them here."""

NOTHING = "(?!)"
"""A pattern that no text matches."""


def ref(name: str) -> Json:
    """A piece that is kept under ``$defs`` by this name, made fit for a reference by ``reference_name``."""
    return {"$ref": f"#/$defs/{reference_name(name)}"}


def reference_name(name: str) -> str:
    """The name under which a piece is kept: also what is not an id yet can stand in a reference."""
    return re.sub(r"[^A-Za-z0-9_.-]", lambda found: f"_{ord(found[0]):x}_", name)


def any_of(*pieces: Json, **more: Any) -> Json:
    """Any of the pieces."""
    return {"anyOf": list(pieces), **more}


def whole(pattern: str) -> str:
    """A pattern for a whole text, with space at its ends."""
    return f"^{SPACE}*(?:{pattern}){SPACE}*$"


def text_like(pattern: str, **more: Any) -> Json:
    """A text of this pattern."""
    return {"type": "string", "pattern": whole(pattern), **more}


def nullable(piece: Json) -> Json:
    """The piece, or nothing after the colon."""
    kinds = piece.get("type")
    if kinds is None or "enum" in piece:
        return any_of(piece, {"type": "null"})
    return {**piece, "type": [*([kinds] if isinstance(kinds, str) else kinds), "null"]}


def texts() -> Json:
    """A text for people."""
    return {
        "type": ["string", "number", "boolean"],
        "pattern": r"[^\s\u0085]",
        "errorMessage": "Write a text.",
    }


def ids(*, capitals: bool = False) -> Json:
    """An id that is not taken from a list."""
    letters = "A-Za-z0-9_-" if capitals else "a-z0-9_-"
    inner = "A-Za-z0-9" if capitals else "a-z0-9"
    reserved = "|".join(sorted(RESERVED))
    kinds = "letters, digits, - and _" if capitals else "lower-case letters, digits, - and _"
    return {
        "type": ["string", "number", "boolean"],
        "pattern": f"^(?!(?:{reserved})$)[{letters}]*[{inner}][{letters}]*$",
        "errorMessage": f"An id has only {kinds}, and is no word of the language.",
    }


def id_keys(*, capitals: bool = False) -> Json:
    """Ids that are keys, which are always texts."""
    return {**ids(capitals=capitals), "type": "string"}


def flags() -> Json:
    """Yes or no."""
    return any_of(
        {
            "type": "string",
            "pattern": f"^(?:{YES}|{NO})$",
            "errorMessage": "Write yes or no.",
            **offered("yes", "no"),
        },
        TRUE_OR_FALSE,
    )


def offered(*texts_to_insert: str) -> Json:
    """Have an editor offer these words, and put them into the file without quotes."""
    return {"defaultSnippets": [{"label": word, "body": word} for word in texts_to_insert]}


def numbers(low: float | None = None, high: float | None = None, *, whole_only: bool = False) -> Json:
    """A number, also one in quotes."""
    kind: Json = {"type": "integer" if whole_only else "number"}
    if low is not None:
        kind["minimum"] = low
    if high is not None:
        kind["maximum"] = high
    return any_of(kind, text_like(NUMBER))


def chosen(known: Mapping[str, str] | Iterable[str], wanted: str, *, complete: bool = True) -> Json:
    """One of the known words, each with what is said about it; ``wanted`` is said of any other.

    Where not all are known (``complete`` is false) any other is taken too.
    """
    said = dict(known) if isinstance(known, Mapping) else dict.fromkeys(known, "")
    listed = enum(said)
    listed["errorMessage"] = wanted
    if not complete:
        return any_of(listed, {"type": ["string", "number", "boolean"]})
    return any_of(listed, text_like(words(said), errorMessage=wanted))


def enum(said: Mapping[str, str]) -> Json:
    """The words as an editor may see them, each with what is said about it; of none, what nothing is.

    An ``enum`` without values is refused by some validators.
    """
    if not said:
        return {"not": {}}
    values = {repr(value): (value, about) for word, about in said.items() for value in seen(word)}
    made: Json = {"enum": [value for value, _ in values.values()]}
    if any(said.values()):
        made["markdownEnumDescriptions"] = [about for _, about in values.values()]
    return made


def words(names: Iterable[str]) -> str:
    """A pattern for any of the words."""
    return "|".join(re.sub(r"[\\^$.*+?()[\]{}|/]", r"\\\g<0>", name) for name in names) or NOTHING


def seen(word: str) -> list[Any]:
    """The values that an editor may see where the word is written, in quotes or without."""
    flag = yes_or_no(word)
    if flag is not None:
        return [word, flag]
    number = _number(word)
    return [word] if number is None else [word, number]


def keys(word: str) -> list[str]:
    """The keys that an editor may see where the word is a key."""
    number = _number(word)
    return [word] if number is None or str(number) == word else [word, str(number)]


def _number(word: str) -> float | None:
    """The number that the word is to an editor."""
    if _INTEGER.match(word):
        return int(word)
    if not _OTHER_NUMBER.match(word):
        return None
    if word[:2] in ("0x", "0o"):
        return int(word, 0)
    value = float(word)
    if isinf(value):
        return None
    return int(value) if value.is_integer() else value

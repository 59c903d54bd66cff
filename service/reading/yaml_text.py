"""The text of a file, its lines, and its scalars: what their author may have meant otherwise."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from typing import Any

from marshmallow import Schema

from schemas.language import EFFECTS, KINDS
from schemas.ruleset_fields import Flag, Replaces
from schemas.ruleset_files import (
    AssessmentFile,
    EffectsEntry,
    FactorFile,
    GuaranteeEntry,
    GuaranteesFile,
    InputEntry,
    RuleEntry,
    RulesetFile,
    ScenarioEntry,
    TableEntry,
)
from service.model.number import parse_number
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
from service.reading.node import Data

MOST_BYTES = 1_000_000

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LINE_END = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")


def decoded(file: str, raw: bytes) -> str | Problem:
    """The file's text without a byte order mark, or why it can't be read."""
    if len(raw) > MOST_BYTES:
        return Problem(Place(file), "file-too-large", "The file is over 1 MB. Split it into several files.")
    if raw[:2] in _UTF_16 or (raw and raw.count(0) > len(raw) // 4):
        return Problem(Place(file), "wrong-encoding", "The file is saved as UTF-16. Save it as UTF-8.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig")
        message = "From here on this is not UTF-8 text. Save the file as UTF-8."
        return Problem(place_after(file, before), "wrong-encoding", message)


def place_after(file: str, before: str) -> Place:
    """The place that follows a piece of text from the file's beginning."""
    lines = lines_of(before)
    return Place(file, len(lines), len(lines[-1]) + 1)


def lines_of(text: str) -> list[str]:
    """The lines of a text, ended where YAML ends them; at least one."""
    return _LINE_END.split(text)


def starts_of_lines(text: str) -> tuple[int, ...]:
    """How many characters stand before each of the text's lines."""
    return (0, *(found.end() for found in _LINE_END.finditer(text)))


_SAYING_YES = frozenset(
    field.data_key or name
    for name, field in (InputEntry().fields | RuleEntry().fields).items()
    if isinstance(field, Flag | Replaces)
)
EFFECT_KEYS = frozenset(effect.key for effect in EFFECTS.values())
_SCHEMAS: tuple[type[Schema], ...] = (
    *(RulesetFile, AssessmentFile, FactorFile, GuaranteesFile, InputEntry, RuleEntry, TableEntry),
    *(EffectsEntry, GuaranteeEntry, ScenarioEntry),
)
KEYS = tuple(
    sorted(
        {"any", "all", "not", "min", "typical", "max"}
        | {field.data_key or name for schema in _SCHEMAS for name, field in schema().fields.items()},
        key=len,
        reverse=True,
    )
)
"""Every key that has a meaning in a file, longest first."""
_KINDS = frozenset(name for name, kind in KINDS.items() if kind.key == "kind")
_TEXT_AFTER_BRACE = re.compile(r"\}[ \t]*[^\s,\]}#]")

_PAIR = re.compile(r"\s*([\w.-]+)\s*(?:[:\uff1a=]|->|\u2192|\s)\s*(\S.*?)\s*\Z", re.DOTALL)


def as_pair(text: str) -> str:
    """``age: below 18`` for a key and its value without a colon, or without its space; empty for one word."""
    found = _PAIR.match(" ".join(text.split()))
    return f"{found[1]}: {found[2]}" if found else ""


HARD_SPACE = "\u00a0"
NOT_A_SPACE = "A space here is not an ordinary one. Type it anew."
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_HARD_SPACES = re.compile(f"{HARD_SPACE}+")
_HARD = re.compile(r"(?:-|[\w .-]+:)(\u00a0)")
_BEFORE_A_KEY = re.compile(r"(?:.*[{,])?[\s-]*\Z")
_OPENING = "“”„‟‘‚«"
_OPENED = frozenset(_OPENING)
CURLY = "“”„‟‘’‚«»"
_ANGLE_HEADER = re.compile(r"(>=?)\s*([0-9].*)")


def text_of(event: Any) -> str | None:
    """The scalar's text; None where nothing, or ``null``, is written."""
    value = str(event.value)
    if event.style:
        return value
    if event.tag and not value:
        return str(event.tag).lstrip("!=") or None
    if value in _NULLS:
        return None
    return value.strip(CURLY) if _in_curly_quotes(value) else value


def mistake_in_scalar(event: Any, lines: Sequence[str]) -> tuple[str, str] | None:
    """Code and message of what is wrong with the scalar itself, wherever it stands."""
    if event.style:
        return _block_of_a_number(event, lines) if event.style == ">" else None
    if _in_curly_quotes(event.value):
        bare = shown(event.value.strip(CURLY))
        message = f'{shown(event.value)} stands in typographic quotes. Write "{bare}", in straight ones.'
        return "curly-quotes", advice(message, event.value, in_quotes(event.value[1:-1]))
    if hard_space_in(event, lines) is not None:
        spaces = _HARD_SPACES.findall(event.value)[0]
        change = Change(spaces, " " * len(spaces))
        return "bad-character", Advice(NOT_A_SPACE, Suggestion("write a space", (change,)))
    return None


def hard_space_in(event: Any, lines: Sequence[str]) -> int | None:
    """Where in the scalar a space of a web page stands at its beginning, or behind the colon of a key."""
    start = event.start_mark
    if event.style or HARD_SPACE not in event.value:
        return None
    if event.value.startswith(HARD_SPACE):
        return 0
    before = lines[start.line][: start.column] if start.line < len(lines) else ""
    found = _HARD.match(event.value) if _BEFORE_A_KEY.match(before) else None
    return found and found.start(1)


def _in_curly_quotes(text: str) -> bool:
    return (
        text[:1] in _OPENED
        and len(text) > 1
        and text[-1] in CURLY
        and not any(character in "“”„‟«»" for character in text[1:-1])
    )


def _block_of_a_number(event: Any, lines: Sequence[str]) -> tuple[str, str] | None:
    """``> 5`` and ``>5`` are a text on the lines below to YAML, and "above 5" to people."""
    start = event.start_mark
    meant = _ANGLE_HEADER.match(lines[start.line] if start.line < len(lines) else "", start.column)
    return angle(meant.group(1), meant.group(2), meant.group().rstrip()) if meant else None


def angle(symbol: str, rest: str, written: str) -> tuple[str, str]:
    """The problem of ``> 50``, so ``written``, in a place of a test."""
    word = {">": "above", "<": "below", ">=": "at least", "<=": "at most"}[symbol]
    message = f'"{symbol}" is not a test. Write "{word} {shown(rest.strip())}".'
    return "lone-angle", advice(message, written, f"{word} {rest.strip()}")


def mistake_in_tag(event: Any, lines: Sequence[str]) -> tuple[str, str]:
    """A tag, which is what YAML takes ``!= 5`` for."""
    start = event.start_mark
    if str(event.tag).startswith("!="):
        line = lines[start.line] if start.line < len(lines) else ""
        written = re.split(r"[,}\]]|\s#", line[start.column :])[0].rstrip()
        rest = written[2:].strip()
        message = f'"!=" is not a test. Write "not {shown(rest) or "..."}".'
        return "tag", advice(message, written, f"not {rest}") if rest else message
    written = re.match(r"![^\s,\[\]{}]*", lines[start.line][start.column :])
    tag = written.group() if written else str(event.tag)
    message = f'"{shown(tag)}" is not used in these files. Remove it, or put the text in quotes.'
    return "tag", removal(message, f"{tag} ") if tag.startswith("!!") else message


PUT_IN_QUOTES = "Put the text in quotes"


def without_values(keys: Sequence[str], before: str, value: Data, around: str) -> str:
    """What stands in braces without a colon: mostly the rest of a text that a comma has ended.

    ``around``: the line, from the sign before the first of them on.
    """
    if keys[0] in _SAYING_YES:
        return advice(f'"{keys[0]}" has no value. Write {keys[0]}: yes.', keys[0], f"{keys[0]}: yes")
    if keys[0] in _KINDS:
        return advice(f'"{keys[0]}" is a kind. Write kind: {keys[0]}.', keys[0], f"kind: {keys[0]}")
    if isinstance(value, str):
        first = shown(keys[0])
        if all(parse_number(one) is not None for one in (value, *keys)):
            whole = ", ".join([value, *keys])
            if len(keys) == 1 and not around.startswith(" "):
                return f'The comma ends the number before "{first}". Write {before}: {value}.{first}.'
            several = (
                f'The comma ends the number before "{first}". For several numbers write [{shown(whole)}]'
            )
            return several + (f", for a range {value} to {first}." if len(keys) == 1 else ".")
        whole = shown(", ".join([value, *keys]), 60)
        return f'The comma ends the text before "{first}". {PUT_IN_QUOTES}: {before}: "{whole}".'
    pairs = [
        f"{key}: {one.removeprefix(key).strip()}" for one in keys for key in KEYS if one.startswith(f"{key} ")
    ]
    if len(pairs) == len(keys):
        key = pairs[0].partition(":")[0]
        return f'A colon is missing after "{key}", in "{shown(keys[0])}". Write {{{", ".join(pairs)}}}.'
    if not before and _TEXT_AFTER_BRACE.search(around):
        return "A text that begins with a brace needs quotes. Put the whole text in quotes."
    listed = shown(", ".join(keys), 60)
    return f'"{shown(keys[0])}" has no value. For a list write [{listed}], else "{shown(keys[0])}: ...".'

"""Settings files of editors: JSON in which comments and trailing commas may stand, changed at single places.

Only the member that is asked for changes; every other character, comments among them, stays as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

_COMMENT = r"//[^\n]*+|(?>/\*.*?\*/)"
_TOKENS = re.compile(rf'"(?:\\.|[^"\\])*"|{_COMMENT}|,(?=(?:\s|{_COMMENT})*+[}}\]])', re.DOTALL)
_GAP = re.compile(r"\s*")
_DECODER = json.JSONDecoder()
_TEXT = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)

MOST_DEPTH = 50
"""Levels of a settings file; deeper ones are left alone."""


class NotSettings(Exception):
    """The text is no JSON object, not even with comments."""


@dataclass(frozen=True, slots=True)
class _Member:
    """One member of an object: its key, its value, and where the value begins and ends."""

    key: str
    value: Any
    start: int
    end: int


def with_members(text: str, key: str, members: Mapping[str, list[str]]) -> str:
    """The text with these lists in the object under ``key``; what is missing is added, nothing is removed.

    Raises:
        NotSettings: the text is no object, or what stands under ``key`` is none.
    """
    if not _plain(text).strip():
        text = text.rstrip() + ("\n" if text.strip() else "") + "{\n}\n"
    for name, value in members.items():
        text = _with_member(text, key, name, value)
    return text


def _with_member(text: str, key: str, name: str, value: list[str]) -> str:
    plain = _plain(text)
    outer = _GAP.match(plain).end()  # type: ignore[union-attr]
    held = {member.key: member for member in _members(plain, outer)}.get(key)
    if held is None:
        return _put(text, plain, outer, key, {name: value})
    if not isinstance(held.value, dict):
        raise NotSettings(f'"{key}" is not an object')
    inner = {member.key: member for member in _members(plain, held.start)}.get(name)
    if inner is None:
        return _put(text, plain, held.start, name, value)
    kept = [inner.value] if isinstance(inner.value, str) else inner.value
    if not isinstance(kept, list) or all(one in kept for one in value):
        return text
    together = [*kept, *(one for one in value if one not in kept)]
    return text[: inner.start] + json.dumps(together, ensure_ascii=False) + text[inner.end :]


def _plain(text: str) -> str:
    """The text with spaces for comments and trailing commas, so that it is JSON, character for character."""

    def blank(found: re.Match[str]) -> str:
        token = found.group()
        return token if token.startswith('"') else re.sub(r"[^\n]", " ", token)

    return _TOKENS.sub(blank, text)


def _members(plain: str, start: int) -> Iterator[_Member]:
    """The members of the object that begins at ``start``."""
    if _depth(plain) > MOST_DEPTH:
        raise NotSettings(f"it is more than {MOST_DEPTH} levels deep")
    try:
        value, end = _DECODER.raw_decode(plain, start)
    except ValueError as error:
        raise NotSettings("it is not JSON") from error
    if not isinstance(value, dict) or (start == _GAP.match(plain).end() and plain[end:].strip()):  # type: ignore[union-attr]
        raise NotSettings("it is not one JSON object")
    at = _after_gap(plain, start + 1)
    while plain[at] != "}":
        key, at = scanstring(plain, at + 1)
        begins = _after_gap(plain, _after_gap(plain, at) + 1)
        held, at = _DECODER.raw_decode(plain, begins)
        yield _Member(key, held, begins, at)
        at = _after_gap(plain, at)
        if plain[at] == ",":
            at = _after_gap(plain, at + 1)


def _depth(plain: str) -> int:
    """How many brackets are open at the deepest place."""
    steps = ((sign in "[{") - (sign in "]}") for sign in _TEXT.sub("", plain))
    return max(accumulate(steps), default=0)


def _after_gap(plain: str, at: int) -> int:
    return _GAP.match(plain, at).end()  # type: ignore[union-attr]


def _put(text: str, plain: str, start: int, key: str, value: Any) -> str:
    """Add a member behind the last one of the object that begins at ``start``."""
    members = list(_members(plain, start))
    line = text.rfind("\n", 0, start) + 1
    outer = re.match(r"[ \t]*", text[line:]).group()  # type: ignore[union-attr]
    step = "\t" if "\n\t" in text else "  "
    written = f"{json.dumps(key)}: {in_lines(value, outer + step, step)}"
    if not members:
        empty = plain[start + 1 :].lstrip(" \t").startswith("}")
        tail = f"\n{outer}" if empty else ""
        return f"{text[: start + 1]}\n{outer}{step}{written}{tail}{text[start + 1 :]}"
    at = members[-1].end
    comma = re.match(r"\s*,", text[at:])  # a trailing comma serves
    if comma is None:
        text, plain = f"{text[:at]},{text[at:]}", f"{plain[:at]},{plain[at:]}"
    at = _end_of_line(text, plain, at + (comma.end() if comma else 1))
    return f"{text[:at]}\n{outer}{step}{written}{text[at:]}"


def in_lines(value: Any, indent: str = "", step: str = "  ") -> str:
    """An object with a line for each member, anything else on one line."""
    if not isinstance(value, dict) or not value:
        return json.dumps(value, ensure_ascii=False)
    members = (
        f"\n{indent}{step}{json.dumps(name)}: {in_lines(held, indent + step, step)}"
        for name, held in value.items()
    )
    return "{" + ",".join(members) + f"\n{indent}}}"


def _end_of_line(text: str, plain: str, at: int) -> int:
    """Behind the comment that ends the line, where nothing else stands on it."""
    end = text.find("\n", at)
    end = end if end >= 0 else len(text)
    return end if not plain[at:end].strip() and "/*" not in text[at:end] else at

"""Mistakes of YAML that come from elsewhere: pasted spaces and dashes, marks of a merge, lost quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.reading.scalars import HARD_SPACE, NOT_A_SPACE

_NUMBER_AND_KEY = re.compile(r"[{,]\s*[\w -]+:\s+-?[0-9][0-9.]*\s+([A-Za-z_][\w-]*)\Z")
_LONG_DASH = re.compile(r"\s*([\u2013\u2014\u2212])\s")
_MERGE = re.compile(r"(<{7}|>{7})( |\Z)")
_OPENED = {mark: re.compile(rf"[:,\[{{-]\s*({mark})[^{mark}]*\Z") for mark in ("'", '"')}
NOT_CLOSED = "A quote is opened here and not closed. Close it, or double a quote inside the text."


@dataclass(frozen=True, slots=True)
class Trouble:
    """Where libyaml stopped: what it says, the line and column (from 0), and where the part at hand began."""

    problem: str
    context: str
    line: int
    column: int
    began: int
    began_column: int
    lines: list[str]

    @property
    def here(self) -> str:
        """The line at which it stopped."""
        return self.lines[self.line] if self.line < len(self.lines) else ""

    @property
    def at(self) -> str:
        """The character at which it stopped."""
        return self.here[self.column : self.column + 1]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What to tell the author, and where: line and column from 0."""

    code: str
    message: str
    line: int
    column: int


def merge(trouble: Trouble) -> Mistake | None:
    """What a merge leaves in a file where two people changed the same lines."""
    for number, line in enumerate(trouble.lines):
        if _MERGE.match(line):
            message = "This is a mark of a merge. Keep one side, and remove the marks."
            return Mistake("bad-character", message, number, 0)
    return None


def hard_space(trouble: Trouble) -> Mistake | None:
    """A space of a web page or an office text, near where libyaml stopped: to YAML it is a letter."""
    for number in range(trouble.line, max(trouble.line - 2, -1), -1):
        line = trouble.lines[number] if number < len(trouble.lines) else ""
        column = line.find(HARD_SPACE)
        before = line[:column].rstrip(f" {HARD_SPACE}-")
        if column >= 0 and (not before or before.endswith(":")):
            return Mistake("bad-character", NOT_A_SPACE, number, column)
    return None


def long_dash(trouble: Trouble) -> Mistake | None:
    """A dash of a word processor before an item, where libyaml stopped or on the line above."""
    for number in (trouble.line, trouble.line - 1):
        found = _LONG_DASH.match(trouble.lines[number]) if 0 <= number < len(trouble.lines) else None
        if found:
            return Mistake("bad-character", "This dash is too long: write -.", number, found.start(1))
    return None


def opened_above(trouble: Trouble, before: str) -> Mistake | None:
    """The quote on a line above which, for want of its own end, the first one of this line has closed."""
    quote = before[-1]
    if quote not in _OPENED or before.count(quote) % 2 == 0:
        return None
    for number in range(trouble.line - 1, -1, -1):
        found = _OPENED[quote].search(trouble.lines[number])
        if found:
            return Mistake("quote", NOT_CLOSED, number, found.start(1))
    return None


def lost_comma(trouble: Trouble) -> Mistake | None:
    """``{min: 2 typical: 4}``: a number, and a key behind it."""
    found = _NUMBER_AND_KEY.search(trouble.here[: trouble.column])
    if found is None or trouble.at != ":":
        return None
    message = f"A comma is missing before {found.group(1)}."
    return Mistake("comma-in-text", message, trouble.line, found.start(1))

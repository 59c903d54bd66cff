"""A page of docs/: its headings, its fenced blocks and tables, each with the marker comments above it.

A marker is an HTML comment on a line of its own, right above a block or a table, with words and values:
``<!-- file: factors/1-concern.yaml in: tour -->``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

NONE = "no sample"
"""Begins a marker that says why there is nothing to show."""

_MARKER = re.compile(r"<!--\s*(.*?)\s*-->\Z")
_PAIR = re.compile(r"([a-z]+): (\S+)")
_FENCE = re.compile(r"```(\w*)\Z")
_HEADING = re.compile(r"(#+) (.*)\Z")


@dataclass(frozen=True)
class Block:
    """A fenced block or a table: where it begins (its first inner line, from 1), and what stands in it."""

    page: str
    line: int
    language: str
    text: str
    heading: str
    marks: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def rows(self) -> list[list[str]]:
        """The cells of a table, without its head."""
        lines = self.text.splitlines()[2:]
        return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])] for line in lines]


class Page:
    """One page of docs/."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = DOCS / name
        self.text = self.path.read_text(encoding="utf-8")
        self.blocks: list[Block] = []
        self.headings: list[tuple[int, str]] = []
        self.marks_without_block: list[str] = []
        self._read()

    def _read(self) -> None:
        marks: dict[str, str] = {}
        lines = self.text.splitlines()
        heading = ""
        at = 0
        while at < len(lines):
            line = lines[at]
            marker, fence = _MARKER.match(line), _FENCE.match(line)
            if marker:
                said = marker.group(1)
                marks |= {NONE: ""} if said.startswith(NONE) else dict(_PAIR.findall(said))
            elif fence:
                end = next(i for i in range(at + 1, len(lines)) if lines[i] == "```")
                self._add(at + 2, fence.group(1), lines[at + 1 : end], heading, marks)
                at, marks = end, {}
            elif line.startswith("|"):
                end = next((i for i in range(at, len(lines)) if not lines[i].startswith("|")), len(lines))
                self._add(at + 1, "table", lines[at:end], heading, marks)
                at, marks = end - 1, {}
            else:
                if found := _HEADING.match(line):
                    heading = found.group(2)
                    self.headings.append((len(found.group(1)), heading))
                if marks and not marks.keys() <= {NONE}:
                    self.marks_without_block.append(f"{self.name}:{at + 1}")
                marks = {}
            at += 1

    def _add(self, line: int, language: str, lines: list[str], heading: str, marks: dict[str, str]) -> None:
        text = "".join(f"{line}\n" for line in lines)
        self.blocks.append(Block(self.name, line, language, text, heading, marks))

    def marked(self, *words: str) -> list[Block]:
        """The blocks whose markers have all these words."""
        return [block for block in self.blocks if set(words) <= block.marks.keys()]

    def section(self, heading: str) -> str:
        """The text below a heading, up to the next of its level or above."""
        level = next(level for level, title in self.headings if title == heading)
        after = self.text.split(f"{'#' * level} {heading}\n", 1)[1]
        return re.split(rf"^#{{1,{level}}} ", after, maxsplit=1, flags=re.M)[0]


def pages() -> list[str]:
    """The names of all pages."""
    return sorted(path.name for path in DOCS.glob("*.md"))


def in_code(text: str) -> set[str]:
    """Everything that stands in `backticks` in a text, outside of fenced blocks."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)))

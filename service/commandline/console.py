"""Lines to a person: results on standard output, complaints on standard error, colour on a terminal only."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from typing import TextIO

import rich_click as click

_WIDEST = 100
_MARGIN = 2


def say(line: str = "") -> None:
    """One line of a result."""
    click.echo(line, color=_colour(sys.stdout))


def complain(line: str) -> None:
    """One line about what is wrong with the request."""
    click.echo(line, err=True, color=_colour(sys.stderr))


def heading(text: str) -> str:
    """The text as a heading."""
    return click.style(text, bold=True)


def dim(text: str) -> str:
    """The text as something that is rarely looked at."""
    return click.style(text, dim=True)


def wrapped(text: str, indent: int = 0, *, first: str = "") -> list[str]:
    """The text on lines of readable width, each ``indent`` in; the first begins with ``first`` instead."""
    space = " " * indent
    lead = first.ljust(indent) if first else space
    width = max(_width(), indent + 30)
    words = " ".join(text.split())
    lines = textwrap.wrap(words, width - indent, break_long_words=False, break_on_hyphens=False)
    return [(lead if number == 0 else space) + line for number, line in enumerate(lines or [""])]


def is_terminal(stream: TextIO) -> bool:
    """Whether a person is looking at the stream."""
    return stream.isatty()


def _colour(stream: TextIO) -> bool:
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _width() -> int:
    columns = shutil.get_terminal_size((_WIDEST, 24)).columns if is_terminal(sys.stdout) else _WIDEST
    return min(columns, _WIDEST) - _MARGIN

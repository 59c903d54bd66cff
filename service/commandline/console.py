"""Lines to a person: results on standard output, complaints on standard error, colour on a terminal only.

On a terminal a progress bar is shown for work that turns out to take longer than a second.
"""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, TextIO, TypeVar

import rich_click as click

from service.commandline.arguments import Unreadable

if TYPE_CHECKING:
    from rich.progress import Progress

_PATIENCE = 1.0

T = TypeVar("T")


def with_progress(items: Iterable[T], total: int, label: str) -> Iterator[T]:
    """The items, with a bar on standard error while they take their time; it leaves nothing behind."""
    if not is_terminal(sys.stderr):
        yield from items
        return
    began = monotonic()
    with _bar() as bar:
        task = bar.add_task(label, total=total)
        for item in items:
            yield item
            bar.advance(task)
            if bar.disable and monotonic() - began > _PATIENCE:
                bar.disable = False
                bar.start()


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[str, int, int], None] | None]:
    """A function to call with a name, how many steps are done and how many there are, as work goes on.

    It moves a bar on standard error once the work takes its time; None where no person is looking.
    """
    if not is_terminal(sys.stderr):
        yield None
        return
    began = monotonic()
    with _bar() as bar:
        task = bar.add_task(label)

        def on_progress(name: str, done: int, of: int) -> None:
            bar.update(task, description=f"{label} {name}", completed=done, total=of)
            if bar.disable and monotonic() - began > _PATIENCE:
                bar.disable = False
                bar.start()

        yield on_progress


def _bar() -> Progress:
    """A bar that does not show yet. What draws it is loaded only where a person looks: it takes time."""
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True), transient=True, disable=True)


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


def need_a_person(mend: str) -> None:
    """Be sure that somebody sits at the terminal, before something is shown and asked about.

    Raises:
        Unreadable: nobody is there to ask; ``mend`` says what to do then.
    """
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise Unreadable(f"nobody is there to ask. {mend}")


def _colour(stream: TextIO) -> bool:
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _width() -> int:
    columns = shutil.get_terminal_size((_WIDEST, 24)).columns if is_terminal(sys.stdout) else _WIDEST
    return min(columns, _WIDEST) - _MARGIN

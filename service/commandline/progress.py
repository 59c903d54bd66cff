"""A progress bar for work that turns out to take longer than a second, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from service.commandline.console import is_terminal

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
def told_progress(label: str) -> Iterator[Callable[[str, int, int], None] | None]:
    """A function to call with a name, how many steps are done and how many there are, as work goes on.

    It moves a bar on standard error once the work takes its time; None where no person is looking.
    """
    if not is_terminal(sys.stderr):
        yield None
        return
    began = monotonic()
    with _bar() as bar:
        task = bar.add_task(label)

        def told(name: str, done: int, of: int) -> None:
            bar.update(task, description=f"{label} {name}", completed=done, total=of)
            if bar.disable and monotonic() - began > _PATIENCE:
                bar.disable = False
                bar.start()

        yield told


def _bar() -> Progress:
    """A bar that does not show yet. What draws it is loaded only where a person looks: it takes time."""
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True), transient=True, disable=True)

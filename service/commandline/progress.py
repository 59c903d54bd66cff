"""A progress bar for work that turns out to take longer than a second, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from time import monotonic
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress

from service.commandline.console import is_terminal

_PATIENCE = 1.0

T = TypeVar("T")


def with_progress(items: Iterable[T], total: int, label: str) -> Iterator[T]:
    """The items, with a bar on standard error while they take their time; it leaves nothing behind."""
    if not is_terminal(sys.stderr):
        yield from items
        return
    began = monotonic()
    with Progress(console=Console(stderr=True), transient=True, disable=True) as bar:
        task = bar.add_task(label, total=total)
        for item in items:
            yield item
            bar.advance(task)
            if bar.disable and monotonic() - began > _PATIENCE:
                bar.disable = False
                bar.start()

"""``picoplan watch``: every save is checked, tested and proven, and the result shown at a glance."""

from __future__ import annotations

import selectors
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import rich_click as click

from service.authoring.editor import refresh_schemas
from service.commandline.arguments import Unreadable
from service.commandline.folders import open_shelf
from service.commandline.watch_view import WatchView
from service.store.folders import NotARulesetsFolder
from service.vetting.process import CheckRounds
from service.vetting.report import CheckLimits, CheckRequest, FolderChecked
from service.vetting.sources import Source
from service.vetting.watcher import FolderWatcher

_LIMITS = CheckLimits(cpu_seconds=None, memory_mb=4_000, niceness=0)
"""What a round of checks may take of the machine; somebody waits for it."""


@click.command("watch")
@click.argument("folder", metavar="[DIR]", required=False)
@click.option("--no-proofs", "quick", is_flag=True, help="Only check and test, which is quicker.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=30,
    metavar="NUMBER",
    help="How long proofs of each ruleset may take.",
    show_default=True,
)
def command(folder: str | None, quick: bool, seconds: float) -> int:
    """Check, test and prove rulesets again at every save.

    DIR is a folder of rulesets, or one ruleset. Without it: the folder "rulesets" here.

    First comes what checks and scenarios find, within about a second; what proofs find follows. A save
    meanwhile begins anew. The schemas of "picoplan schema --write" are kept up to date. In a pipe each result
    is added below the one before it.

    Ctrl-C ends it, with exit code 0. 2: the folder can't be read.
    """
    if folder is None:
        if not Path("rulesets").is_dir():
            raise Unreadable('there is no folder "rulesets" here: name one, such as picoplan watch clinic')
        folder = "rulesets"
    open_shelf(folder)  # refuses what is no folder of rulesets
    view = WatchView(folder)
    source = Source(Path(folder), folder)
    with _ended_by_a_person():
        _watch(source, view, CheckRequest(source, _LIMITS, prove_seconds=None if quick else seconds))
    view.end()
    return 0


def _watch(source: Source, view: WatchView, request: CheckRequest) -> None:
    with FolderWatcher(source.root) as watched, CheckRounds(request) as rounds:
        rounds.begin()
        view.begin(frozenset())
        while True:
            _wait(watched, rounds)
            saved = watched.saved()
            if saved:
                rounds.begin()
                view.begin(saved)
            for part in rounds.told():
                if isinstance(part, FolderChecked):
                    watched.watch_too(map(Path, part.extended))
                view.show(part)
                if isinstance(part, FolderChecked):
                    _refresh_schemas(source)


def _refresh_schemas(source: Source) -> None:
    """Keep the schemas for editors up to date; those that can't be written are left as they are."""
    with suppress(OSError, NotARulesetsFolder):
        for name in source.ids():
            refresh_schemas(source.root if source.is_single else source.root / name)


def _wait(watched: FolderWatcher, rounds: CheckRounds) -> None:
    """Until something was saved, or the round has something to tell or has taken too long."""
    with selectors.DefaultSelector() as selector:
        selector.register(watched, selectors.EVENT_READ)
        fileno = rounds.fileno
        if fileno is not None:
            selector.register(fileno, selectors.EVENT_READ)
        selector.select(None if fileno is None else rounds.seconds_left)


class _Ended(Exception):
    """A person, or the system, wants it to end."""


@contextmanager
def _ended_by_a_person() -> Iterator[None]:
    """Ctrl-C and SIGTERM end what is within, in good order; a second one is passed over."""

    def end(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise _Ended

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except _Ended:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

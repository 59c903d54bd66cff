"""``picoplan watch``: every save is checked, tested and proven, and the result shown at a glance.

It is one block, redrawn on a terminal; in a pipe a few lines for each result.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import FrameType

import rich_click as click

from service.authoring.editor import refresh_schemas
from service.commandline.arguments import Unreadable
from service.commandline.console import dim, is_terminal, say
from service.commandline.folders import open_shelf
from service.commandline.problems import counted, errors_in, examples, line, summary
from service.model.problem import Problem
from service.store.folders import NotARulesetsFolder
from service.vetting.process import CheckRounds, RoundEnded
from service.vetting.report import (
    CheckLimits,
    CheckMessage,
    CheckRequest,
    FolderChecked,
    FolderProved,
    FolderRefused,
    ProvingProgress,
)
from service.vetting.sources import Source
from service.vetting.watcher import FolderWatcher

_ANEW = "\x1b[H\x1b[2J"
"""To a terminal: go to the top and clear the screen."""

_MOST_FILES = 3


class WatchView:
    """The results of the rounds, as they come."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._redraws = is_terminal(sys.stdout) and os.environ.get("TERM") != "dumb"
        self._saved: frozenset[Path] = frozenset()
        self._checked: FolderChecked | None = None
        self._proved: FolderProved | None = None
        self._refused = ""
        self._ended = ""
        self._proving: ProvingProgress | None = None
        self._at = ""
        self._busy = False

    def begin(self, saved: frozenset[Path]) -> None:
        """A round begins, for these files were saved (none: it is the first)."""
        self._saved = saved
        self._busy = True
        if self._redraws:
            self._draw()

    def show(self, part: CheckMessage | RoundEnded) -> None:
        """What the round has told."""
        if isinstance(part, ProvingProgress):
            self._proving = part
            if self._redraws:
                self._draw()
            return
        self._busy = False
        self._at = datetime.now().astimezone().strftime("%H:%M:%S")
        if isinstance(part, FolderProved):
            self._proved = part
        elif isinstance(part, FolderChecked):
            self._checked, self._proved, self._proving = part, None, None
            self._refused = self._ended = ""
        elif isinstance(part, FolderRefused):
            self._checked, self._refused = None, part.message
        elif isinstance(part, RoundEnded):
            self._ended = part.message
        if self._redraws:
            self._draw()
        else:
            self._append(part)

    def end(self) -> None:
        """Nothing more is watched."""
        if self._redraws:
            say()  # the line on which ^C stands
        say(f"{self._folder} is not watched any more.")

    def _append(self, part: CheckMessage | RoundEnded) -> None:
        """A result as plain lines below the others."""
        found: Sequence[Problem] = ()
        if isinstance(part, FolderChecked):
            say(f"{self._at} {self._mark()} {_folder_summary(part)} {part.seconds:.1f} s{self._after()}")
            found = (*part.problems, *part.failures)
        elif isinstance(part, FolderProved):
            say(f"{self._at} {self._mark()} {_proofs_summary(part)} {part.seconds:.1f} s")
            found = part.problems
        elif isinstance(part, FolderRefused | RoundEnded):
            say(f"{self._at} FAIL {part.message}{self._after()}")
        for problem in found:
            for text in _problem_lines(problem):
                say(text)
        sys.stdout.flush()

    def _after(self) -> str:
        if not self._saved:
            return ""
        names = sorted(os.path.relpath(path, self._folder) for path in self._saved)
        more = len(names) - _MOST_FILES
        listed = ", ".join(names[:_MOST_FILES]) + (f" and {more} more" if more > 0 else "")
        return f", after {listed}"

    @property
    def _is_bad(self) -> bool:
        if self._refused or self._ended or self._checked is None:
            return True
        proofs = self._proved.problems if self._proved else ()
        return bool(errors_in((*self._checked.problems, *self._checked.failures, *proofs)))

    def _mark(self) -> str:
        return "FAIL" if self._is_bad else "OK  "

    def _draw(self) -> None:
        """The whole block again, over the one before it."""
        columns, rows = shutil.get_terminal_size((100, 30))
        sys.stdout.write(_ANEW)
        for text in _fitting(self._block(), columns, rows - 1, self._folder):
            say(text)

    def _block(self) -> list[str]:
        return [self._headline(), dim(self._status()), "", *self._found()]

    def _headline(self) -> str:
        if self._checked is None and not self._refused and not self._ended:
            return click.style(" ... ", reverse=True) + f" Checking {self._folder}"
        mark = "FAIL" if self._is_bad else " OK "
        shown = click.style(f" {mark} ", fg="white", bg="red" if self._is_bad else "green", bold=True)
        return f"{shown} {self._summary()}"

    def _summary(self) -> str:
        if self._refused:
            return self._refused
        said = [] if self._checked is None else [_folder_summary(self._checked)]
        if self._proved is not None:
            said.append(_proofs_summary(self._proved))
        if self._ended:
            said.append(self._ended)
        return " ".join(said)

    def _status(self) -> str:
        if self._busy:
            return f"Checking again{self._after()} ..." if self._at else "Ctrl-C ends it."
        seconds = self._checked.seconds if self._checked else 0.0
        doing = ""
        if self._checked is not None and self._proved is None and self._proving is not None:
            doing = f"Proving {self._proving.name}, {self._proving.done} of {self._proving.of}. "
        return f"{self._at}, {seconds:.1f} s{self._after()}. {doing}Watching {self._folder}; Ctrl-C ends it."

    def _found(self) -> list[str]:
        checked = [*self._checked.problems, *self._checked.failures] if self._checked else []
        proved = self._proved.problems if self._proved else ()
        return [text for problem in (*checked, *proved) for text in _problem_lines(problem)]


def _folder_summary(part: FolderChecked) -> str:
    said = summary(part.problems, part.rulesets)
    if part.failed:
        said += f" {part.failed} of {counted(part.scenarios, 'scenario')} failed."
    elif part.scenarios:
        said += f" {counted(part.scenarios, 'scenario')}, all as expected."
    if part.untested:
        said += f" {counted(part.untested, 'ruleset')} not tested."
    return said


def _proofs_summary(part: FolderProved) -> str:
    errors = errors_in(part.problems)
    warnings = len(part.problems) - errors
    found = [counted(errors, "error")] if errors else []
    found += [counted(warnings, "warning")] if warnings else []
    said = f"Proofs: {counted(part.proven, 'guarantee')} proven, {' and '.join(found) or 'no problems'}."
    return said + (f" {part.undecided} not decided." if part.undecided else "")


def _fitting(lines: Sequence[str], columns: int, rows: int, folder: str) -> list[str]:
    """As many of the lines as the screen has room for, and how many more there are."""
    room = rows - 1
    for number, text in enumerate(lines):
        room -= max(1, -(-len(click.unstyle(text)) // columns))
        if room < 0:
            left = counted(len(lines) - number, "more line")
            return [*lines[:number], dim(f"... {left}: picoplan check {folder}")]
    return list(lines)


def _problem_lines(problem: Problem) -> list[str]:
    return [line(problem), *examples(problem)]


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
            for part in rounds.messages():
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

"""``picoplan``: the entry. Whatever happens, a person gets one line and an exit code, never a traceback."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import rich_click as click
from click.exceptions import Exit, NoArgsIsHelpError

from service.commandline.console import complain
from service.commandline.fault import note_fault
from service.commandline.group import LazyGroup
from service.commandline.refusing import Unparsable

OK = 0
UNREADABLE = 2
FAULT = 70
INTERRUPTED = 130
NOBODY_READS = 141
"""As a shell counts a process that wrote to a closed pipe."""

_COMMANDS = {
    "check": "service.commandline.check",
    "test": "service.commandline.test",
    "evaluate": "service.commandline.evaluate",
    "explain": "service.commandline.explain",
    "decisions": "service.commandline.decisions",
    "diff": "service.commandline.diff",
    "docs": "service.commandline.docs",
    "help": "service.commandline.help",
    "keys": "service.commandline.keys",
    "new": "service.commandline.new",
    "replay": "service.commandline.replay",
    "rollback": "service.commandline.rollback",
    "schema": "service.commandline.schema",
    "serve": "service.commandline.serve",
    "sign-off": "service.commandline.sign_off",
    "watch": "service.commandline.watch",
}

_SETTINGS = {
    "help_option_names": ["-h", "--help"],
    "rich_help_config": {"text_paragraph_linebreaks": "\n\n", "max_width": 100},
}


@click.group(cls=LazyGroup, modules=_COMMANDS, context_settings=_SETTINGS)
@click.version_option(package_name="picoplan", prog_name="picoplan", message="%(prog)s %(version)s")
def picoplan() -> None:
    """How many Pico laser sessions is enough, and may one be enough?

    picoplan answers from rules in files that a clinic can edit. After an edit, "picoplan check" names every
    mistake with its place and its mend, and "picoplan test" plans the worked clients again.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code.

    0 fine, 1 errors found, 2 wrong usage or unreadable input, 70 a fault of picoplan itself, 130 interrupted.
    """
    _forgive_terminals()
    try:
        code = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        _read_by_nobody()
        return NOBODY_READS
    except OSError as error:
        complain(f"picoplan: {error.strerror or 'reading or writing failed'}{_of(error)}")
        return UNREADABLE
    except Exception as fault:  # noqa: BLE001 - the one place where a fault of ours becomes one line
        complain(note_fault(fault))
        return FAULT
    return code


def _run(arguments: list[str]) -> int:
    try:
        with picoplan.make_context("picoplan", arguments) as context:
            code = picoplan.invoke(context)
    except Exit as ended:
        return ended.exit_code
    except NoArgsIsHelpError as helped:
        complain(helped.message)
        return helped.exit_code
    except click.ClickException as wrong:
        complain(_in_one_line(wrong))
        return wrong.exit_code
    return code if isinstance(code, int) else OK


def _of(error: OSError) -> str:
    return f": {error.filename}" if error.filename else ""


def _in_one_line(wrong: click.ClickException) -> str:
    if isinstance(wrong, Unparsable):
        return wrong.format_message()
    context = getattr(wrong, "ctx", None)
    path = context.command_path if context is not None else "picoplan"
    message = " ".join(wrong.format_message().split())
    if isinstance(wrong, click.UsageError):
        return f'{path}: {message} See "{path} --help".'
    return f"{path}: {message}"


def _forgive_terminals() -> None:
    """Show a character that the terminal can't as ``?`` instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _read_by_nobody() -> None:
    """Whoever read our output is gone: let what is still buffered go nowhere, quietly."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)

"""``picoplan``: the entry. Whatever happens, a person gets one line and an exit code, never a traceback."""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
import tempfile
import traceback
import uuid
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import rich_click as click
from click.exceptions import Exit, NoArgsIsHelpError

from service.commandline.arguments import CommandGroup, Unparsable
from service.commandline.console import complain
from service.store.whereabouts import for_the_owner

OK = 0
UNREADABLE = 2
FAULT = 70
INTERRUPTED = 130
NOBODY_READS = 141
"""As a shell counts a process that wrote to a closed pipe."""

COMMANDS = {
    "check": "Name every mistake in rulesets, with its place and its mend.",
    "test": "Plan the worked clients of rulesets again, and compare.",
    "evaluate": "Plan the sessions of one client, and say why.",
    "explain": "Show every rule, fired or not, and why.",
    "database": "Back up, check, migrate and compact the database, also while the service runs.",
    "decisions": "Look at what was decided, make it again, export it, and delete what is too old.",
    "diff": "Say what was edited, and whose answers change.",
    "docs": "Write a page that says a whole ruleset in plain words.",
    "help": "Explain a problem: what it is, how it looks, how it is mended, and why it matters.",
    "keys": "Add, list and revoke API keys, also while the service runs: it follows within a second.",
    "new": "Make the beginning of a ruleset.",
    "replay": "Run logged decisions again under edited rules, and say how the answers change.",
    "rollback": "Put a version that served back into the folder, or list the versions that served.",
    "rulesets": "List rulesets that have served, retire one for good, or let a retired one serve again.",
    "schema": "Make an editor know a ruleset's own words.",
    "serve": "Answer other systems over HTTP, until told to stop.",
    "sign-off": "Record that a ruleset was read through and agreed with.",
    "texts": "Write down what of a ruleset is to be translated.",
    "watch": "Check, test and prove rulesets again at every save.",
}
"""Each command with its line of help, in the order in which help lists them.

The command itself is ``command`` in the module of its name; its help begins with the same line.
"""

_SETTINGS = {
    "help_option_names": ["-h", "--help"],
    "rich_help_config": {"text_paragraph_linebreaks": "\n\n", "max_width": 100},
}


class AllCommands(CommandGroup):
    """All commands. The module of each is imported once it is asked for, so that each starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command's name."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """A stand-in with the command's line of help, which is all that a list of commands shows."""
        return click.RichCommand(name=cmd_name, help=COMMANDS[cmd_name]) if cmd_name in COMMANDS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name, and the arguments that are left for it."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, None if name is None else command_named(name), rest


def command_named(name: str) -> click.Command:
    """The command of that name, imported now."""
    command: click.Command = import_module(f"service.commandline.{name.replace('-', '_')}").command
    return command


@click.group(cls=AllCommands, context_settings=_SETTINGS)
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
    atexit.register(gc.freeze)  # what is left then is not searched for cycles: all of it goes
    _open_closed_streams()
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


def _open_closed_streams() -> None:
    """A stream that was closed when we were started is empty, or written to by nobody."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - open until the end
            setattr(sys, name, nowhere)


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


def note_fault(fault: BaseException) -> str:
    """Write down where the fault happened; the line that tells a person so.

    The file holds places in the code and kinds of errors only: messages may hold an assessment.
    """
    name = uuid.uuid4().hex[:12]
    line = f"picoplan: This is a fault of picoplan, not of your files. Its id is {name}."
    path = Path(tempfile.gettempdir()) / f"picoplan-fault-{name}.txt"
    try:
        with open(path, "x", encoding="utf-8", opener=for_the_owner) as stream:
            stream.write("\n".join(_where(fault)) + "\n")
    except OSError:
        return line
    return f"{line} Please report it with the file {path}"


def _where(fault: BaseException) -> list[str]:
    lines: list[str] = []
    one: BaseException | None = fault
    while one is not None:
        lines += [
            f"{frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(one.__traceback__)
        ]
        lines.append(f"{type(one).__module__}.{type(one).__qualname__}")
        one = one.__cause__ or one.__context__
    return lines

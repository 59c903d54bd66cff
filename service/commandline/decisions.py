"""``picoplan decisions``: the log of what was decided."""

from __future__ import annotations

import rich_click as click

from service.commandline.group import LazyGroup

_COMMANDS = {
    "list": "service.commandline.decisions_list",
    "show": "service.commandline.decisions_show",
    "export": "service.commandline.decisions_export",
    "verify": "service.commandline.decisions_verify",
    "purge": "service.commandline.decisions_purge",
}


@click.group("decisions", cls=LazyGroup, modules=_COMMANDS)
def command() -> None:
    """Look at what was decided, make it again, export it, and delete what is too old.

    "picoplan serve" logs each decision before it answers: the assessment, the answer, and the edition of the
    ruleset that gave it. An assessment is health data: treat what these commands print accordingly.
    """

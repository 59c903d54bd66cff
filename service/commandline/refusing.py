"""Why a command can't begin: one line on standard error, exit code 2."""

from __future__ import annotations

import rich_click as click


class Unreadable(click.ClickException):
    """What the person named can't be read, or is not there."""

    exit_code = 2


class Unparsable(Unreadable):
    """A file that is there and is not what it should be: the line begins with the place."""

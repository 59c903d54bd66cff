"""What a person types: commands, kinds of arguments, and why a command can't begin with them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import rich_click as click

from service.model.limit import BadLimit, Limit, read_limit
from service.model.problem import did_you_mean


class Unreadable(click.ClickException):
    """What the person named can't be read, or is not there."""

    exit_code = 2


class Unparsable(Unreadable):
    """A file that is there and is not what it should be: the line begins with the place."""


class LimitType(click.ParamType["Limit | None"]):
    """A limit such as 600/minute."""

    name = "limit"

    def __init__(self, *, or_none: bool = False) -> None:
        """``or_none``: the word none is taken, and is None."""
        self._or_none = or_none

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Limit | None:
        """The limit that the text names."""
        if isinstance(value, Limit):
            return value
        if self._or_none and str(value).strip().lower() == "none":
            return None
        try:
            return read_limit(str(value))
        except BadLimit as error:
            return self.fail(str(error), param, ctx)


class DayType(click.ParamType[date]):
    """A date such as 2026-12-01."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date that the text names."""
        try:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value)):
                return date.fromisoformat(value)
        except ValueError:
            pass
        return self.fail(f'"{value}" is not a date such as 2026-12-01.', param, ctx)


class CommandGroup(click.RichGroup):
    """A group of commands, which refuses an unknown one with the nearest known one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name, and the arguments that are left for it."""
        known = self.list_commands(ctx)
        if not args[0].startswith("-") and args[0] not in known:
            ctx.fail(f'There is no command "{args[0]}".{did_you_mean(args[0], known)}')
        return super().resolve_command(ctx, args)

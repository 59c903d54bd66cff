"""The group of commands: a command's module is imported once it is asked for, so that each starts fast."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import rich_click as click

from service.model.problem import did_you_mean


class LazyGroup(click.RichGroup):
    """Finds each command under the name ``command`` in its own module."""

    def __init__(self, *args: Any, modules: Mapping[str, str], **kwargs: Any) -> None:
        """``modules``: the module of each command, in the order in which help lists them."""
        super().__init__(*args, **kwargs)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command's name."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command, imported now; None where there is none of that name."""
        if cmd_name not in self._modules:
            return None
        command: click.Command = import_module(self._modules[cmd_name]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name; an unknown one is refused with the nearest known one."""
        if not args[0].startswith("-") and args[0] not in self._modules:
            ctx.fail(f'There is no command "{args[0]}".{did_you_mean(args[0], self._modules)}')
        return super().resolve_command(ctx, args)

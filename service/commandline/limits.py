"""A limit as it is typed."""

from __future__ import annotations

from typing import Any

import rich_click as click

from service.model.limit import BadLimit, Limit, read_limit


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

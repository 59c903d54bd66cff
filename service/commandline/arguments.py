"""What a person types: commands, kinds of arguments, and why a command can't begin with them."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import rich_click as click

from schemas.language_tags import standard
from service.model.limit import BadLimit, Limit, NoLimit, read_limit
from service.model.problem import did_you_mean


class Unreadable(click.ClickException):
    """What the person named can't be read, or is not there."""

    exit_code = 2


class Unparsable(Unreadable):
    """A file that is there and is not what it should be: the line begins with the place."""


@dataclass(frozen=True, slots=True)
class Period:
    """So many days (``d``), weeks (``w``), months (``m``) or years (``y``) of the calendar."""

    number: int
    unit: str

    def before(self, day: date) -> date:
        """The day that lies so long before; of a month that has no such day it is the last.

        It is the first day there is where it would lie before that.
        """
        try:
            if self.unit in "dw":
                return day - timedelta(days=self.number * (7 if self.unit == "w" else 1))
            months = day.year * 12 + day.month - 1 - self.number * (12 if self.unit == "y" else 1)
            year, month = divmod(months, 12)
            return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        except (ValueError, OverflowError):
            return date.min


class LimitType(click.ParamType["Limit | NoLimit"]):
    """A limit such as 600/minute, or none."""

    name = "limit"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Limit | NoLimit:
        """The limit that the text names."""
        if isinstance(value, Limit):
            return value
        if str(value).strip().lower() == "none":
            return "none"
        try:
            return read_limit(str(value))
        except BadLimit as error:
            return self.fail(str(error), param, ctx)


class LanguageType(click.ParamType[str]):
    """A language by its tag (BCP 47), such as es."""

    name = "language"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The tag as it is best written."""
        tag = standard(str(value))
        return tag or self.fail(
            f'"{value}" is not a language tag (BCP 47) such as es or zh-Hans.', param, ctx
        )


LANGUAGE = click.option(
    "--language",
    type=LanguageType(),
    metavar="LANG",
    help="The language (BCP 47) of what is said, such as es, where the ruleset has it.",
)


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


class PeriodType(click.ParamType[Period]):
    """A number of days, weeks, months or years, such as 3y."""

    name = "period"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Period:
        """The period that the text names."""
        if isinstance(value, Period):
            return value
        found = re.fullmatch(r"(\d{1,5})([dwmy])", str(value).strip().lower())
        if found is None or not int(found[1]):
            return self.fail(
                f'"{value}" is no period: write a number of days, weeks, months or years, '
                "such as 90d, 26w, 18m or 3y.",
                param,
                ctx,
            )
        return Period(int(found[1]), found[2])


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

"""How what a draft holds stands in the service: saved, being checked, live, or why it waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from service.store.editions import Published
from service.vetting.publish_action import UNSIGNED

Stands = Literal["not saved", "saved", "checking", "live", "waits for its day", "waits to be signed", "waits"]
"""``saved``: it is in the folder, and its check is to begin. ``waits``: it has problems."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a digest stands. ``since``: when that began (UTC); ``day``: the day for which it waits.

    ``problems``: why it waits, as lines with file, line and column.
    """

    is_now: Stands
    since: datetime | None = None
    day: date | None = None
    problems: tuple[str, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether nothing more comes of it by itself today."""
        return self.is_now in ("not saved", "live", "waits for its day")


def standing(
    digest: str | None,
    timeline: Sequence[Published],
    *,
    is_saved: bool,
    checking_since: datetime | None,
    waits_since: datetime | None,
    problems: tuple[str, ...],
    today: date,
) -> Standing:
    """How a digest stands whose ruleset has that timeline, the newest first.

    ``is_saved``: the folder holds it. ``problems``: why the newest edit of the folder waits, if it does.
    """
    newest = timeline[0] if timeline else None
    if newest is not None and newest.digest == digest:
        if newest.starts > today:
            return Standing("waits for its day", newest.at, newest.starts)
        return Standing("live", newest.goes_live)
    if not is_saved:
        return Standing("not saved")
    if checking_since is not None:
        return Standing("checking", checking_since)
    if not problems:
        return Standing("saved")
    unsigned = all(f" {UNSIGNED} " in one for one in problems)
    return Standing("waits to be signed" if unsigned else "waits", waits_since, None, problems)

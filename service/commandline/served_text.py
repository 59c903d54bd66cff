"""Versions that served, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from service.serving.choosing import newest_for
from service.store.editions import ALWAYS, Edition, Published

SHORT = 12
"""So much of a digest tells editions apart for a person."""


def short(digest: str) -> str:
    """The beginning of a digest."""
    return digest.removeprefix("sha256:")[:SHORT]


def name_of(edition: Edition) -> str:
    """``pico-laser 1.0.0 (810f07d78f23)``."""
    return f"{edition.ruleset} {edition.version} ({short(edition.digest)})"


def history_lines(history: Sequence[Published]) -> Iterator[str]:
    """A line for each time that an edition was published, the newest first."""
    width = max(len("version"), *(len(one.version) for one in history))
    yield f"{'version':{width}}  {'digest':{SHORT}}  {'serves from':13}  published"
    for one in history:
        starts = "the beginning" if one.starts == ALWAYS else one.starts.isoformat()
        at = one.at.strftime("%Y-%m-%d %H:%M UTC")
        yield f"{one.version:{width}}  {short(one.digest)}  {starts:13}  {at}"


def serves_text(published: Published, newest_first: Sequence[Published], today: date) -> str:
    """From when on what was published serves, and what does until then."""
    if published.starts <= today:
        return f"Version {published.version} serves from now on."
    until = newest_for(newest_first, today)
    said = f"Version {published.version} serves from {published.starts.isoformat()} on"
    return f"{said}, and version {until.version} until then." if until else f"{said}."

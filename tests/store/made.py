"""Editions made by hand: real digests over files that nobody reads as rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from service.store.editions import Edition, digest_of_files

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def edition(version: str = "1.0.0", text: str = "", **changes: object) -> Edition:
    """An edition of ``small``; another ``text`` gives another digest."""
    effective = changes.get("effective")
    header = f"id: small\nversion: {version}\n" + (f"effective: {effective}\n" if effective else "") + text
    files = {"base/ruleset.yaml": "id: base\n", "small/ruleset.yaml": header, "small/factors/1-a.yaml": "a\n"}
    made = Edition("small", version, "", None, "Small plan", files)
    made = replace(made, **changes)  # type: ignore[arg-type]
    return replace(made, digest=digest_of_files(made))


def later(days: float) -> datetime:
    """So many days after the first noon."""
    return NOON + timedelta(days=days)


def on(day: str) -> date:
    """The date."""
    return date.fromisoformat(day)

"""Values and ranges of an answer in a person's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.model.number import exact, written

ONE_SESSION = {
    "may_suffice": "One session may be enough.",
    "will_not_suffice": "One session will not be enough.",
    "undecided": "Can't be said.",
}


def number(value: float) -> str:
    """A number of an answer as a person writes it."""
    return written(exact(value))


def said(value: Any) -> str:
    """A given value: ``yes``, ``IV``, ``4.5``, ``755, 532``; None was not given."""
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(said, value)) if value else "none"
    return number(value) if isinstance(value, int | float) else str(value)


def three(triple: Mapping[str, Any]) -> str:
    """``4.8, 6, 7.2``: min, typical and max."""
    return ", ".join(number(triple[part]) for part in ("min", "typical", "max"))


def a_range(triple: Mapping[str, Any] | None, unit: str = "") -> str:
    """``4 to 6, typically 5``, or that nothing is said."""
    if triple is None:
        return "not said"
    low, typical, high = (number(triple[part]) for part in ("min", "typical", "max"))
    after = f" {unit}" if unit else ""
    if low == high:
        return f"{low}{after}"
    return f"{low} to {high}{after}, typically {typical}"

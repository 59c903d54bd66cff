"""The part of an answer that DESIGN pins down exactly.

Left out: `steps` and `effects` (their presence and spelling are the implementation's own), titles, places,
texts of built-in referrals (only the rules are kept, with multiplicity), and warnings of an implementation's
own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from schemas.language import ANSWER, covers

_WARNINGS = frozenset({"no-base", "unanswered", "plan-finished"})


def comparable(answer: dict[str, Any], ordered: bool = False) -> dict[str, Any]:
    """What must be equal between two answers to one assessment, of the service or of the reference.

    The order of lists may change with the order of files and rules, so lists are sorted; with `ordered`, for
    answers made from the very same files, `fired`, `stops`, `deferrals`, `advice`, `expected` and `benefits`
    keep their order.
    """
    put = list if ordered else _sorted
    return {
        **{member: compared(answer[member], put) for member, compared in _COMPARED.items()},
        "matched": {item["rule"]: _matched(item["matched"]) for item in answer["fired"]},
    }


def _sorted(items: list[Any]) -> list[Any]:
    return sorted(items, key=repr)


def _text(item: dict[str, Any]) -> tuple[str, str]:
    return item["rule"], item["text"]


def _id(item: Any, member: str) -> str:
    return str(item[member] if isinstance(item, dict) else item)


def _matched(matched: dict[str, Any]) -> dict[str, Any]:
    """Sets are arrays in an answer, and their order means nothing."""
    return {
        subject: _sorted(value) if isinstance(value, list) else value for subject, value in matched.items()
    }


Put = Callable[[list[Any]], list[Any]]
"""Puts a list into the order in which it is compared."""


def _alike(value: Any, _: Put) -> Any:
    return value


def _texts(items: list[Any], put: Put) -> list[Any]:
    return put([_text(item) for item in items])


_COMPARED: Mapping[str, Callable[[Any, Put], Any]] = {
    "verdict": _alike,
    "one_session": _alike,
    "sessions": _alike,
    "interval_weeks": _alike,
    "remaining": _alike,
    "review_weeks": _alike,
    "maintenance_weeks": _alike,
    "support": _alike,
    "scores": _alike,
    "fired": lambda items, put: put([item["rule"] for item in items]),
    "conclusions": lambda found, _: {k: v for k, v in found.items() if v is not None and v is not False},
    "stops": _texts,
    "deferrals": lambda items, put: put([(*_text(item), item["until"], item["weeks"]) for item in items]),
    "advice": lambda items, put: put([(*_text(item), item["at"]) for item in items]),
    "expected": _texts,
    "referrals": lambda items, _: sorted(item["rule"] or "" for item in items),
    "unanswered": lambda items, _: sorted({_id(item, "input") for item in items}),
    "benefits": lambda items, put: put([_id(item, "id") for item in items]),
    "warnings": lambda items, _: sorted({_id(item, "code") for item in items} & _WARNINGS),
}
"""How each member is compared."""
_LEFT_OUT = (
    *("decision_id", "evaluated_at", "as_of", "ruleset", "language", "ref", "test"),
    *("verdict_text", "steps", "not_fired"),
)
covers((*_COMPARED, *_LEFT_OUT), ANSWER, "compared members of answers")

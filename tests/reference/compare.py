"""The part of an answer that DESIGN pins down exactly.

Left out: `steps` and `effects` (their presence and spelling are the implementation's own), titles, places,
texts of built-in referrals (only the rules are kept, with multiplicity), and warnings of an implementation's
own.
"""

from __future__ import annotations

from typing import Any

_WARNINGS = frozenset({"no-base", "unanswered", "plan-finished"})
_ALIKE = (
    "verdict",
    "one_session",
    "sessions",
    "interval_weeks",
    "remaining",
    "review_weeks",
    "support",
    "scores",
)


def comparable(answer: dict[str, Any], ordered: bool = False) -> dict[str, Any]:
    """What must be equal between two answers to one assessment, of the service or of the reference.

    The order of lists may change with the order of files and rules, so lists are sorted; with `ordered`, for
    answers made from the very same files, `fired`, `stops`, `deferrals`, `advice`, `expected` and `benefits`
    keep their order.
    """
    put = list if ordered else _sorted
    return {
        **{member: answer[member] for member in _ALIKE},
        "fired": put([item["rule"] for item in answer["fired"]]),
        "matched": {item["rule"]: _matched(item["matched"]) for item in answer["fired"]},
        "conclusions": {k: v for k, v in answer["conclusions"].items() if v is not None and v is not False},
        "stops": put([_text(item) for item in answer["stops"]]),
        "deferrals": put([(*_text(item), item.get("until")) for item in answer["deferrals"]]),
        "advice": put([_text(item) for item in answer["advice"]]),
        "expected": put([_text(item) for item in answer["expected"]]),
        "referrals": sorted(item["rule"] or "" for item in answer["referrals"]),
        "unanswered": sorted({_id(item, "input") for item in answer["unanswered"]}),
        "benefits": put([_id(item, "id") for item in answer["benefits"]]),
        "warnings": sorted({_id(item, "code") for item in answer["warnings"]} & _WARNINGS),
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

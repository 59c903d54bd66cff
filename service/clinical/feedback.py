"""Feedback of CDS Hooks 2.0 on cards: what became of each. What a person wrote is dropped on reading."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from service.clinical.cards import OVERRIDE_REASONS
from service.model.problem import Refusal
from service.store.clinical_hooks import CardFeedback

MOST = 100
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OUTCOMES = ("accepted", "overridden")
_SUGGESTION = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_OTHER = "other"


def read_feedback(body: object) -> list[CardFeedback] | tuple[Refusal, ...]:
    """What is said of each card, or every mistake in how."""
    listed = body.get("feedback") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST:
        return (Refusal("/feedback", "missing", f"feedback is required: an array of 1 to {MOST}."),)
    found, mistakes = [], []
    for number, one in enumerate(listed):
        read = _one(one, f"/feedback/{number}") if isinstance(one, dict) else None
        if isinstance(read, CardFeedback):
            found.append(read)
        else:
            wrong = Refusal(f"/feedback/{number}", "wrong-type", "It must be an object.")
            mistakes += [wrong] if read is None else read
    return tuple(mistakes) or found


def _one(one: Mapping[str, Any], place: str) -> CardFeedback | list[Refusal]:
    mistakes = []
    card, outcome, at = one.get("card"), one.get("outcome"), _moment(one.get("outcomeTimestamp"))
    if not isinstance(card, str) or not _ID.fullmatch(card):
        mistakes.append(Refusal(f"{place}/card", "missing", "card is required: the uuid of a card."))
    if outcome not in _OUTCOMES:
        mistakes.append(Refusal(f"{place}/outcome", "missing", f"outcome is {' or '.join(_OUTCOMES)}."))
    if at is None:
        message = "outcomeTimestamp is required, as 2026-12-01T09:00:00Z."
        mistakes.append(Refusal(f"{place}/outcomeTimestamp", "missing", message))
    suggestions = _suggestions(one.get("acceptedSuggestions", []))
    if suggestions is None:
        message = "acceptedSuggestions is an array of objects with an id."
        mistakes.append(Refusal(f"{place}/acceptedSuggestions", "wrong-type", message))
    if mistakes or at is None or suggestions is None:
        return mistakes
    return CardFeedback(str(card).lower(), at, str(outcome), suggestions, _reason(one, str(outcome)))


def _moment(written: object) -> str | None:
    """A moment in UTC, to the millisecond."""
    if not isinstance(written, str) or len(written) > 40:
        return None
    try:
        moment = datetime.fromisoformat(written)
        return None if moment.tzinfo is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError):
        return None


def _suggestions(listed: object) -> tuple[str, ...] | None:
    if not isinstance(listed, list) or len(listed) > MOST:
        return None
    ids = [str(one.get("id")) if isinstance(one, dict) else "" for one in listed]
    return tuple(ids) if all(map(_SUGGESTION.fullmatch, ids)) else None


def _reason(one: Mapping[str, Any], outcome: str) -> str | None:
    """The code of the reason where it is one of ours; of any other that there was one."""
    held = one.get("overrideReason")
    if outcome != "overridden" or not isinstance(held, dict):
        return None
    reason = held.get("reason")
    code = reason.get("code") if isinstance(reason, dict) else None
    return code if isinstance(code, str) and code in OVERRIDE_REASONS else _OTHER

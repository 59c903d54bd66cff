"""A rule's ``then`` -> effects, each held against the questions, limits and texts it speaks of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schemas.ruleset_files import EffectsEntry
from service.model.problem import shown
from service.model.ruleset import Effects
from service.reading.amounts import (
    read_cap,
    read_factor,
    read_more_sessions,
    read_more_weeks,
    read_review,
    read_sessions,
    read_weeks,
)
from service.reading.facts import read_conclusions, read_points
from service.reading.findings import Findings
from service.reading.reckoned import read_from_progress, read_from_score
from service.reading.spot import Spot
from service.reading.vocabulary import Vocabulary

_TEXTS = ("expect", "refer", "no_numbers", "defer", "until", "stop", "advise")
_NUMBERS: dict[str, Callable[[Findings, Vocabulary, Spot], Any]] = {
    "sessions": read_sessions,
    "sessions from score": read_from_score,
    "sessions times": read_factor,
    "add sessions": read_more_sessions,
    "most sessions": read_cap,
    "interval weeks": read_weeks,
    "add interval weeks": read_more_weeks,
    "review weeks": read_review,
    "remaining from progress": read_from_progress,
}
_NEED_SUPPORT = tuple(key for key in _NUMBERS if key not in ("add interval weeks", "review weeks"))


def read_effects(found: Findings, words: Vocabulary, spot: Spot) -> tuple[Effects, frozenset[str]]:
    """What the rule does; effects that could not be read are left out, their problems noted.

    With it come the keys of the conclusions and scores that it would add to, could they be read.
    """
    if spot.data == {}:
        message = '"then" is empty. Write at least one effect, such as sessions: 3 to 5.'
        found.error(spot.at(), "empty-then", message)
        return Effects(), frozenset()
    entry = found.load(EffectsEntry, spot)
    unread: set[str] = set()
    numbers = {
        key.replace(" ", "_"): read(found, words, spot.child(key))
        for key, read in _NUMBERS.items()
        if _stands(spot, key)
    }
    effects = Effects(
        **numbers,
        **{name: entry.get(name) for name in _TEXTS},
        conclude=read_conclusions(found, words, spot.child("conclude"), unread)
        if _stands(spot, "conclude")
        else (),
        points=read_points(found, words, spot.child("points"), unread) if _stands(spot, "points") else (),
        benefits=_benefits(found, words, spot.child("benefits")),
        one_session=entry["one_session"].replace(" ", "_") if "one_session" in entry else None,
    )
    _contradictions(found, spot)
    return effects, frozenset(unread)


def gives_a_number(spot: Spot) -> bool:
    """Whether the ``then`` at the spot holds a number that needs support, be it rightly written or not."""
    return any(spot.has(key) for key in _NEED_SUPPORT)


def _stands(spot: Spot, key: str) -> bool:
    return spot.child(key).data is not None


def _benefits(found: Findings, words: Vocabulary, spot: Spot) -> tuple[str, ...]:
    named: list[str] = []
    for item in spot.items():
        word = item.data.strip() if isinstance(item.data, str) else None
        if word is None:
            found.error(item.at(), "wrong-type", "A benefit is named by its id: [cumulative, collagen].")
        elif word in named:
            found.warning(item.at(), "said-twice", f'"{shown(word)}" stands here twice. Keep one.')
        elif word in words.benefits:
            named.append(word)
        elif "benefits" not in words.unread:
            mend = found.near(word, words.benefits) or " Add it under benefits in ruleset.yaml."
            found.error(item.at(), "unknown-benefit", f'"{shown(word)}" is not a benefit.{mend}')
    return tuple(named)


def _contradictions(found: Findings, spot: Spot) -> None:
    """Effects that can't stand in one rule."""
    if spot.has("sessions") and spot.has("sessions from score"):
        message = 'A rule gives one base: keep "sessions" or "sessions from score".'
        found.error(spot.child("sessions from score").key(), "conflicting-effects", message)
    without = next((key for key in ("stop", "no numbers") if spot.has(key)), None)
    if without and gives_a_number(spot):
        number = next(key for key in _NEED_SUPPORT if spot.has(key))
        message = f'"{without}" means no numbers: put "{number}" in a rule of its own, or remove it.'
        found.error(spot.child(number).key(), "conflicting-effects", message)
    if spot.has("until") and not spot.has("defer"):
        message = '"until" goes with "defer": add defer, or remove until.'
        found.error(spot.child("until").key(), "until-without-defer", message)

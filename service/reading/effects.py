"""A rule's ``then`` -> effects, each held against the questions, limits and texts it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.ruleset_files import EffectsEntry, FromProgressEntry, FromScoreEntry, id_mistake, yes_or_no
from service.model.number import Number, Triple, parse_number, written
from service.model.problem import did_you_mean, quoted, shown
from service.model.ruleset import AttributeRef, Effects, FromProgress, FromScore, Input, Limits
from service.reading.ranges import read_number, read_triple
from service.reading.spot import Findings, Spot

MOST_SESSIONS_DONE = 1_000
_TEXTS = ("expect", "refer", "no_numbers", "defer", "until", "stop", "advise")
_TRIPLES = ("sessions", "interval_weeks", "review_weeks")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a rule's effects may speak of."""

    inputs: Mapping[str, Input]
    benefits: Mapping[str, str]
    levels: Mapping[str, tuple[str, ...]]
    limits: Limits | None


def read_effects(found: Findings, words: Vocabulary, spot: Spot) -> Effects:
    """What the rule does; effects that could not be read are left out, their problems noted."""
    entry = found.load(EffectsEntry(), spot)
    if isinstance(spot.data, dict) and not spot.data:
        found.error(
            spot.at(), "empty-then", '"then" is empty. Write at least one effect, such as sessions: 3 to 5.'
        )
    reader = _Reader(found, words, spot, entry)
    effects = Effects(
        sessions=reader.triple("sessions", "sessions"),
        sessions_from_score=reader.from_score(),
        sessions_times=reader.factor(),
        add_sessions=reader.addition("add sessions"),
        most_sessions=reader.most(),
        interval_weeks=reader.triple("interval weeks", "interval_weeks"),
        add_interval_weeks=reader.addition("add interval weeks", attribute=True),
        review_weeks=reader.triple("review weeks", None),
        conclude=reader.conclusions(),
        points=reader.points(),
        remaining_from_progress=reader.from_progress(),
        benefits=reader.benefits(),
        one_session=entry["one_session"].replace(" ", "_") if "one_session" in entry else None,
        **{name: entry.get(name) for name in _TEXTS},
    )
    reader.contradictions(effects)
    return effects


class _Reader:
    """The effects of one rule being read."""

    def __init__(self, found: Findings, words: Vocabulary, spot: Spot, entry: dict[str, Any]) -> None:
        self.found = found
        self.words = words
        self.spot = spot
        self.entry = entry

    def _spot(self, key: str) -> Spot | None:
        return self.spot.child(key) if isinstance(self.spot.data, dict) and key in self.spot.data else None

    def triple(self, key: str, limit: str | None) -> Triple | None:
        below = self._spot(key)
        triple = read_triple(self.found, below, whole_middle=True) if below else None
        if below is None or triple is None:
            return None
        if triple.min < 0 or triple.max > 1_000:
            message = f'"{key}" must lie between 0 and 1000.'
            self.found.error(below.at(), "out-of-bounds", message)
            return None
        if limit and self.words.limits:
            low, high = getattr(self.words.limits, limit)
            if triple.min < low or triple.max > high:
                message = f'"{key}" lies outside the limits of the ruleset, {low} to {high}.'
                self.found.error(below.at(), "outside-limits", message)
        return triple

    def addition(self, key: str, *, attribute: bool = False) -> Any:
        below = self._spot(key)
        if below is None:
            return None
        if attribute and isinstance(below.data, str) and self._is_attribute(below.data):
            return self._attribute(below)
        if isinstance(below.data, str) and parse_number(below.data) is not None:
            return self._bounded(below, parse_number(below.data), -1_000, 1_000)
        triple = read_triple(self.found, below, whole_middle=True)
        return (
            triple if triple is None or self._bounded(below, triple.max, -1_000, 1_000) is not None else None
        )

    def _bounded(self, spot: Spot, number: Number | None, low: int, high: int) -> Number | None:
        if number is not None and not low <= number <= high:
            self.found.error(
                spot.at(), "out-of-bounds", f'"{spot.last()}" must lie between {low} and {high}.'
            )
            return None
        return number

    def _is_attribute(self, text: str) -> bool:
        return (
            "." in text and parse_number(text) is None and not text[0].isdigit() and " " not in text.strip()
        )

    def _attribute(self, spot: Spot, *, above_zero: bool = False) -> AttributeRef | None:
        text = str(spot.data).strip()
        name, _, attribute = text.partition(".")
        one = self.words.inputs.get(name)
        if one is None:
            message = f'"{shown(name)}" is not an input.{did_you_mean(name, self.words.inputs)}'
            self.found.error(spot.at(), "unknown-input", message)
            return None
        domain = one.attributes.get(attribute)
        if domain is None:
            known = [f"{name}.{key}" for key in one.attributes]
            mend = did_you_mean(text, known) or (f" It has {quoted(known)}." if known else " It has none.")
            self.found.error(
                spot.at(), "unknown-attribute", f'"{shown(text)}" is not an attribute of {name}.{mend}'
            )
            return None
        if domain.shape != "number":
            message = f"{text} is not a number. Name an attribute that is a number in every option."
            self.found.error(spot.at(), "attribute-not-a-number", message)
            return None
        if above_zero and any(not isinstance(v, bool | str) and v <= 0 for v in domain.values):
            message = f"{text} is not above 0 in every option, as it must be here."
            self.found.error(spot.at(), "out-of-bounds", message)
            return None
        return AttributeRef(name, attribute)

    def factor(self) -> Number | Triple | AttributeRef | None:
        below = self._spot("sessions times")
        if below is None:
            return None
        if isinstance(below.data, str) and self._is_attribute(below.data):
            return self._attribute(below, above_zero=True)
        value: Number | Triple | None
        if isinstance(below.data, str) and parse_number(below.data) is not None:
            value = parse_number(below.data)
        else:
            value = read_triple(self.found, below, whole_middle=False)
        least = value.min if isinstance(value, Triple) else value
        most = value.max if isinstance(value, Triple) else value
        if least is None or most is None:
            return None
        if least <= 0 or most > 100:
            self.found.error(below.at(), "out-of-bounds", "A factor lies above 0 and is at most 100.")
            return None
        return value

    def most(self) -> Number | AttributeRef | None:
        below = self._spot("most sessions")
        if below is None:
            return None
        if isinstance(below.data, str) and self._is_attribute(below.data):
            return self._attribute(below, above_zero=True)
        number = read_number(self.found, below)
        if number is None:
            return None
        if not isinstance(number, int):
            self.found.error(below.at(), "not-whole", f"A cap is a whole number, not {written(number)}.")
            return None
        if self.words.limits and number < self.words.limits.sessions[0]:
            message = f"A cap of {number} is under the lower limit, {self.words.limits.sessions[0]} sessions."
            self.found.error(below.at(), "outside-limits", message)
            return None
        return self._bounded(below, number, 0, 1_000)

    def from_score(self) -> FromScore | None:
        below = self._spot("sessions from score")
        if below is None:
            return None
        entry = self.found.load(FromScoreEntry(), below)
        numbers: dict[str, Number] = {}
        for key, low, high, default in (("times", 0, 100, 1), ("spread", 0, 100, 0), ("at least", 0, 100, 1)):
            part = below.child(key)
            number = default if part.data is None else read_number(self.found, part)
            if number is None or self._bounded(part, number, low, high) is None:
                return None
            numbers[key] = number
        if numbers["times"] <= 0:
            self.found.error(below.child("times").at(), "out-of-bounds", "A factor lies above 0.")
            return None
        if "score" not in entry:
            return None
        return FromScore(entry["score"], numbers["times"], numbers["spread"], numbers["at least"])

    def conclusions(self) -> tuple[tuple[str, str | bool], ...]:
        below = self._spot("conclude")
        concluded: list[tuple[str, str | bool]] = []
        for name, value in below.children() if below and isinstance(below.data, dict) else ():
            mistake = id_mistake(name)
            if mistake:
                self.found.error(value.key(), "bad-id", f'"{shown(name)}" {mistake}')
            elif name in self.words.levels:
                levels = self.words.levels[name]
                if value.data in levels:
                    concluded.append((name, value.data))
                else:
                    word = shown(str(value.data))
                    mend = did_you_mean(word, levels) or f" Write {quoted(levels)}."
                    self.found.error(value.at(), "unknown-level", f'"{word}" is not a level of {name}.{mend}')
            elif isinstance(value.data, str) and yes_or_no(value.data):
                concluded.append((name, True))
            else:
                self._bad_conclusion(name, value)
        return tuple(sorted(concluded))

    def _bad_conclusion(self, name: str, spot: Spot) -> None:
        if isinstance(spot.data, str) and yes_or_no(spot.data) is False:
            message = (
                f'A flag is concluded as yes only; "{name}" is no where no rule concludes it. Remove this.'
            )
            self.found.error(spot.at(), "flag-not-yes", message)
            return
        mend = (
            did_you_mean(name, self.words.levels) or " Declare its levels in ruleset.yaml under conclusions."
        )
        message = f'"{name}" is a flag and concluded as yes only.{mend}'
        self.found.error(spot.at(), "unknown-level", message)

    def points(self) -> tuple[tuple[str, tuple[Number | AttributeRef, ...]], ...]:
        below = self._spot("points")
        scores = []
        for name, value in below.children() if below and isinstance(below.data, dict) else ():
            mistake = id_mistake(name)
            if mistake:
                self.found.error(value.key(), "bad-id", f'"{shown(name)}" {mistake}')
                continue
            items = [item for _, item in value.children()] if isinstance(value.data, list) else [value]
            if not items:
                self.found.error(value.at(), "empty-list", "The list is empty. Write at least one number.")
            read = [self._point(item) for item in items]
            if read and all(point is not None for point in read):
                scores.append((name, tuple(point for point in read if point is not None)))
        return tuple(sorted(scores, key=lambda score: score[0]))

    def _point(self, spot: Spot) -> Number | AttributeRef | None:
        if isinstance(spot.data, str) and self._is_attribute(spot.data):
            return self._attribute(spot)
        number = read_number(self.found, spot)
        return self._bounded(spot, number, -1_000_000, 1_000_000)

    def from_progress(self) -> FromProgress | None:
        below = self._spot("remaining from progress")
        if below is None:
            return None
        entry = self.found.load(FromProgressEntry(), below)
        margin_spot = below.child("margin")
        margin = 0 if margin_spot.data is None else read_number(self.found, margin_spot)
        improvement = self._number_input(below.child("improvement"), whole=False)
        sessions = self._number_input(below.child("sessions"), whole=True)
        target = self._target(below.child("target")) if "target" in entry else None
        if margin is None or self._bounded(margin_spot, margin, 0, 100) is None:
            return None
        if improvement is None or sessions is None or target is None:
            return None
        return FromProgress(improvement, sessions, target, margin)

    def _number_input(self, spot: Spot, *, whole: bool) -> str | None:
        if not isinstance(spot.data, str):
            return None
        one = self.words.inputs.get(spot.data)
        if one is None:
            message = f'"{shown(spot.data)}" is not an input.{did_you_mean(spot.data, self.words.inputs)}'
            self.found.error(spot.at(), "unknown-input", message)
            return None
        kinds = ("whole number",) if whole else ("number", "whole number")
        if one.kind not in kinds:
            message = f"{one.id} must be a {kinds[0]} to be used here, not {one.kind}."
            self.found.error(spot.at(), "input-does-not-fit", message)
            return None
        most = MOST_SESSIONS_DONE if whole else 100
        if one.domain.high is not None and one.domain.high > most:
            message = f"{one.id} must be at most {most} to be used here. Mend its bounds."
            self.found.error(spot.at(), "out-of-bounds", message)
            return None
        return one.id

    def _target(self, spot: Spot) -> str | AttributeRef | Number | None:
        text = str(spot.data).strip()
        number = parse_number(text)
        if number is not None:
            return self._checked_target(spot, [number], number)
        if self._is_attribute(text):
            ref = self._attribute(spot, above_zero=True)
            if ref is None:
                return None
            values = self.words.inputs[ref.input].attributes[ref.attribute].values
            return self._checked_target(spot, [v for v in values if not isinstance(v, str | bool)], ref)
        name = self._number_input(spot, whole=False)
        if name is None:
            return None
        high = self.words.inputs[name].domain.high
        low = self.words.inputs[name].domain.low
        return self._checked_target(spot, [v for v in (low, high) if v is not None], name)

    def _checked_target(self, spot: Spot, values: list[Number], target: Any) -> Any:
        if any(value >= 100 or value <= 0 for value in values):
            message = "A target lies above 0 and below 100: what is left halves and never reaches nothing."
            self.found.error(spot.at(), "impossible-target", message)
            return None
        return target

    def benefits(self) -> tuple[str, ...]:
        below = self._spot("benefits")
        named = []
        for _, item in below.children() if below and isinstance(below.data, list) else ():
            if isinstance(item.data, str) and item.data in self.words.benefits:
                named.append(item.data)
                continue
            word = shown(str(item.data))
            mend = did_you_mean(word, self.words.benefits) or " Add it under benefits in ruleset.yaml."
            self.found.error(item.at(), "unknown-benefit", f'"{word}" is not a benefit.{mend}')
        return tuple(named)

    def contradictions(self, effects: Effects) -> None:
        """Effects that can't stand in one rule."""
        if effects.sessions and effects.sessions_from_score:
            message = "A rule gives one base: keep sessions or sessions from score."
            self.found.error(self.spot.child("sessions from score").key(), "conflicting-effects", message)
        for name, key in (("stop", "stop"), ("no_numbers", "no numbers")):
            if getattr(effects, name) and effects.gives_a_number:
                message = f'A rule with "{key}" gives no numbers: put the numbers in a rule of their own.'
                self.found.error(self.spot.child(key).key(), "conflicting-effects", message)
        if effects.until and not effects.defer:
            message = '"until" goes with "defer": add defer, or remove until.'
            self.found.error(self.spot.child("until").key(), "until-without-defer", message)

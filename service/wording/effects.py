"""What a rule does, in words: as its author writes it, and as a clinician reads it.

How a value is said follows from how it is written, so an effect of a kind that exists needs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, NamedTuple, get_args

from schemas.language import EFFECTS, ONE_SESSION, Effect, Gains, Part, Quantity, Tone, Value, covers, effects
from schemas.words import MOMENT_WORDS, QUANTITIES
from service.model.condition import Condition
from service.model.number import Number, Triple
from service.model.ruleset import (
    AttributeRef,
    Effects,
    FromProgress,
    FromScore,
    Rule,
    TextsByMoment,
    WhenSlow,
)
from service.wording.labels import Labels
from service.wording.phrases import (
    a_range,
    counted,
    in_full,
    joined_by_and,
    plain,
    scalar,
    spelled_scalar,
)

Amounts = tuple[tuple[str, str], ...]
Phrase = tuple[str, Amounts]
"""A sentence, and what an amount in it is for each answer."""

ONE_SESSION_WORDS = {
    "may_suffice": "may be enough",
    "will_not_suffice": "will not be enough",
    "undecided": "can’t be said",
}
covers(ONE_SESSION_WORDS, ONE_SESSION, "words on one session")

_TONES: tuple[Tone, ...] = get_args(Tone)
_PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True, slots=True)
class EffectWords:
    """One effect of a rule as a clinician reads it: its ``text``, and what an amount is for each answer."""

    effect: Effect
    text: str
    amounts: Amounts = ()

    @property
    def tone(self) -> Tone:
        """How it is set off."""
        return self.effect.tone

    @property
    def label(self) -> str:
        """What it is called."""
        return self.effect.label

    def in_a_line(self) -> str:
        """The effect on one line."""
        amounts = "; ".join(f"{label}: {amount}" for label, amount in self.amounts)
        return f"{self.label}: {self.text}{f' ({amounts})' if amounts else ''}"


def effect_words(labels: Labels, rule: Rule) -> tuple[EffectWords, ...]:
    """All that the rule does as a clinician reads it, what a client would hear first."""
    return tuple(one for effect in _IN_ORDER for one in words_of_effect(labels, rule, effect))


def words_of_effect(labels: Labels, rule: Rule, effect: Effect) -> tuple[EffectWords, ...]:
    """One effect of the rule, with what goes with it; nothing where the rule does not have it."""
    value = getattr(rule.then, effect.name)
    if value is None or value == ():
        return ()
    phrases = _VALUES[effect.value].read(effect, value, _Amounts(labels, rule.when))
    beside = "".join(
        f" {one.label}: {text}"
        for one in EFFECTS.values()
        if one.goes_with == effect.name and (said := getattr(rule.then, one.name)) is not None
        for text, _ in _VALUES[one.value].read(one, said, _Amounts(labels, rule.when))
    )
    return tuple(EffectWords(effect, f"{text}{beside}", amounts) for text, amounts in phrases)


def spelled_effects(then: Effects) -> dict[str, str]:
    """Each effect of a rule as its author writes it, by its key in files."""
    return {effect.key: _VALUES[effect.value].spelled(value) for effect, value in then.present()}


def values_of_effects(then: Effects) -> dict[str, object]:
    """What each effect of a rule says, by its key, to be compared: mappings by their names."""
    return {
        effect.key: dict(value) if effect.value in ("level", "sums") else value
        for effect, value in then.present()
    }


def spelled(value: object) -> str:
    """A number, range, attribute, text or list as its author writes it, on one line."""
    match value:
        case Triple():
            return a_range(value)
        case AttributeRef():
            return value.key
        case FromScore() | FromProgress() | WhenSlow():
            parts = ((one.name.replace("_", " "), getattr(value, one.name)) for one in fields(value))
            return ", ".join(f"{name} {spelled(part)}" for name, part in parts if part is not None)
        case frozenset():
            return ", ".join(sorted(map(spelled, value)))
        case tuple():
            return ", ".join(map(spelled, value))
        case str() | int() | Fraction():
            return spelled_scalar(value)
        case _:
            raise TypeError(f"no words for {type(value).__name__}")


def findings_of(labels: Labels, rule: Rule) -> Iterator[tuple[str, str, str]]:
    """What a rule finds for others: the member that lists it, its name, and its level or the points."""
    for effect, value in rule.then.present("fact"):
        for name, found in value:
            text = _FOUND[effect.value](found, _Amounts(labels, rule.when))
            yield effect.member or "", name, text


class _Amounts:
    """Says amounts in the labels of a ruleset, for the answers that a rule's condition leaves open."""

    def __init__(self, labels: Labels, when: Condition) -> None:
        self.labels = labels
        self._when = when

    def amount(self, amount: Number | Triple | AttributeRef) -> Phrase:
        """An amount in words, and what it is for each answer where the answer decides."""
        if isinstance(amount, AttributeRef):
            text = f"the “{plain(amount.attribute)}” of the answer to “{self.labels.question(amount.input)}”"
            return text, self.labels.amounts(amount, self._when)
        return (a_range(amount) if isinstance(amount, Triple) else in_full(amount)), ()

    def points(self, points: tuple[Number | AttributeRef, ...]) -> Phrase:
        """What a rule adds to a score."""
        if len(points) == 1:
            return self.amount(points[0])
        return "the sum of these", tuple(map(self._point, points))

    def _point(self, point: Number | AttributeRef) -> tuple[str, str]:
        if not isinstance(point, AttributeRef):
            return "always", in_full(point)
        each = self.labels.amounts(point, self._when)
        return self.labels.question(point.input), ", ".join(f"{label} {amount}" for label, amount in each)


# -- as a clinician reads it ----------------------------------------------------------------------------


def _unit(effect: Effect) -> tuple[str, str]:
    return QUANTITIES[effect.quantity][:2] if effect.quantity is not None else ("", "")


def _read_text(_: Effect, text: str, __: _Amounts) -> Iterator[Phrase]:
    yield text, ()


def _read_base(effect: Effect, value: Triple, _: _Amounts) -> Iterator[Phrase]:
    yield a_range(value, *_unit(effect)), ()


_TIMES: Mapping[Quantity, str] = {"review_weeks": "after", "maintenance_weeks": "every"}
covers(_TIMES, {one.quantity or one.name for one in effects("review")}, "words of when to come again")


def _read_time(effect: Effect, value: Triple, _: _Amounts) -> Iterator[Phrase]:
    said = f"{_TIMES[effect.quantity]} " if effect.quantity is not None else ""
    yield f"{said}{a_range(value, *_unit(effect))}", ()


def _read_amount(effect: Effect, value: Number | Triple | AttributeRef, reader: _Amounts) -> Iterator[Phrase]:
    """``2 weeks more``, ``1 session fewer``."""
    one, several = _unit(effect)
    if isinstance(value, AttributeRef):
        text, amounts = reader.amount(value)
        yield f"{text} {several} more", amounts
    elif isinstance(value, Triple):
        yield f"{a_range(value, one, several)}, added", ()
    else:
        much = in_full(value if value >= 0 else -value)
        yield f"{much} {one if much == '1' else several} {'more' if value >= 0 else 'fewer'}", ()


def _read_factor(_: Effect, value: Number | Triple | AttributeRef, reader: _Amounts) -> Iterator[Phrase]:
    text, amounts = reader.amount(value)
    yield (f"{text} times as many" if isinstance(value, Number) else f"multiplied by {text}"), amounts


def _read_cap(effect: Effect, value: Number | AttributeRef, reader: _Amounts) -> Iterator[Phrase]:
    """``never more than 5; ...``, with the unit where the effect's label does not say it already."""
    text, amounts = reader.amount(value)
    one, several = _unit(effect)
    unit = "" if effect.label.lower() == several else f" {one if text == '1' else several}"
    beyond = "; beyond that, a referral and no number" if effect.quantity == "sessions" else ""
    yield f"never more than {text}{unit}{beyond}", amounts


def _read_score(_: Effect, how: FromScore, __: _Amounts) -> Iterator[Phrase]:
    parts = [f"{in_full(how.times)} for each point of the score “{plain(how.score)}”"]
    if how.spread:
        parts.append(f"the range runs from {in_full(how.spread)} below to {in_full(how.spread)} above")
    if how.at_least != 1:
        parts.append(f"never under {in_full(how.at_least)}")
    yield "; ".join(parts), ()


def _read_progress(_: Effect, how: FromProgress, reader: _Amounts) -> Iterator[Phrase]:
    labels = reader.labels
    amounts: Amounts = ()
    if isinstance(how.target, AttributeRef):
        wanted, amounts = reader.amount(how.target)
    elif isinstance(how.target, str):
        wanted = f"the answer to “{labels.question(how.target)}”"
    else:
        wanted = f"{in_full(how.target)} %"
    margin = f" Range: {in_full(how.margin)} points of percent either way." if how.margin else ""
    expected, more = _expectation(how, reader)
    yield (
        (
            f"worked out again from “{labels.question(how.improvement)}” after "
            f"“{labels.question(how.sessions)}”, up to {wanted}. {_GAINS[how.gains]}{expected}{margin}"
        ),
        (*amounts, *more),
    )


_GAINS: Mapping[Gains, str] = {
    "shrinking": "Each session clears the same share of what is left.",
    "even": "Each session adds the same.",
}


def _expectation(how: FromProgress, reader: _Amounts) -> Phrase:
    """What is expected of sessions, and how much that counts."""
    if how.adds is not None:
        adds, amounts = reader.amount(how.adds)
        what = f"each session adds {adds} points of percent"
    elif how.clears is not None:
        what, amounts = f"the planned sessions clear {in_full(how.clears)} %", ()
    else:
        return "", ()
    weight = in_full(how.weight)
    sessions = "1 session" if weight == "1" else f"{weight} sessions"
    return f" Expected: {what}; that counts as much as {sessions}.", amounts


def _read_slow(_: Effect, slow: WhenSlow, reader: _Amounts) -> Iterator[Phrase]:
    sessions = "session" if slow.over == 1 else f"{slow.over} sessions"
    yield (
        (
            f"{slow.text} (where “{reader.labels.question(slow.gain)}” is less than "
            f"{in_full(slow.share)} % of what the last {sessions} should have given)"
        ),
        (),
    )


def _read_levels(_: Effect, concluded: tuple[tuple[str, str | bool], ...], __: _Amounts) -> Iterator[Phrase]:
    for name, level in concluded:
        yield (f"“{plain(name)}”" if level is True else f"“{plain(name)}” is {scalar(level)}"), ()


def _read_points(_: Effect, scores: tuple[tuple[str, Any], ...], reader: _Amounts) -> Iterator[Phrase]:
    for score, points in scores:
        text, amounts = reader.points(points)
        yield f"{text}, for the score “{plain(score)}”", amounts


def _read_ids(_: Effect, ids: tuple[str, ...], __: _Amounts) -> Iterator[Phrase]:
    yield joined_by_and(map(plain, ids)), ()


def _read_choice(effect: Effect, choice: str, _: _Amounts) -> Iterator[Phrase]:
    yield (ONE_SESSION_WORDS[choice] if effect.category == "vouch" else plain(choice)), ()


def _read_weeks(_: Effect, weeks: int, __: _Amounts) -> Iterator[Phrase]:
    yield counted(weeks, "week"), ()


def _read_moments(_: Effect, texts: TextsByMoment, __: _Amounts) -> Iterator[Phrase]:
    for at, text in texts:
        yield (text if at is None else f"{MOMENT_WORDS[at]}: {text}"), ()


# -- as its author writes it ----------------------------------------------------------------------------


def _spelled_moments(texts: TextsByMoment) -> str:
    return ", ".join(text if at is None else f"{at.replace('_', ' ')}: {text}" for at, text in texts)


def _spelled_levels(concluded: tuple[tuple[str, str | bool], ...]) -> str:
    return ", ".join(f"{name} {spelled(level)}" for name, level in concluded)


def _spelled_points(scores: tuple[tuple[str, tuple[Number | AttributeRef, ...]], ...]) -> str:
    return ", ".join(f"{score} {' + '.join(map(spelled, points))}" for score, points in scores)


def _spelled_choice(choice: str) -> str:
    return choice.replace("_", " ")


class _Ways(NamedTuple):
    """The two ways to say a value."""

    spelled: Callable[[Any], str]
    read: Callable[[Effect, Any, _Amounts], Iterator[Phrase]]


_VALUES: Mapping[Value, _Ways] = {
    "text": _Ways(spelled, _read_text),
    "range": _Ways(spelled, _read_time),
    "bounded range": _Ways(spelled, _read_base),
    "amount": _Ways(spelled, _read_amount),
    "factor": _Ways(spelled, _read_factor),
    "cap": _Ways(spelled, _read_cap),
    "score": _Ways(spelled, _read_score),
    "progress": _Ways(spelled, _read_progress),
    "slow": _Ways(spelled, _read_slow),
    "level": _Ways(_spelled_levels, _read_levels),
    "sums": _Ways(_spelled_points, _read_points),
    "ids": _Ways(spelled, _read_ids),
    "choice": _Ways(_spelled_choice, _read_choice),
    "weeks": _Ways(spelled, _read_weeks),
    "moments": _Ways(_spelled_moments, _read_moments),
}
covers(_VALUES, get_args(Value), "words of values")


_FOUND: Mapping[str, Callable[[Any, _Amounts], str]] = {
    "level": lambda level, _: "" if level is True else plain(level),
    "sums": lambda points, reader: reader.points(points)[0],
}
covers(_FOUND, {one.value for one in effects("fact")}, "words of what rules find")


def _order(effect: Effect) -> tuple[int, int, bool, bool]:
    """By how grave it is, then by the part of the plan; what is found before what is told."""
    part = _PARTS.index(effect.part) if effect.part is not None else len(_PARTS)
    return _TONES.index(effect.tone), part, not effect.withholds, effect.category == "text"


_IN_ORDER = tuple(sorted((one for one in EFFECTS.values() if one.goes_with is None), key=_order))

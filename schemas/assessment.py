"""The Marshmallow schema of one ruleset's assessment, made from its questions. Strict: "5" is not 5."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, get_args

from marshmallow import ValidationError, fields

from schemas.json_numbers import MOST_DIGITS, MOST_EXPONENT, JsonNumber
from schemas.language import KINDS, InputKind, Shape, covers
from schemas.mistake import Mistake, StrictField, StrictSchema, refuse
from schemas.nearest import nearest


@dataclass(frozen=True, slots=True)
class AssessmentQuestion:
    """One input as plain values; ``low`` and ``high`` bound a number."""

    name: str
    kind: str
    options: tuple[str, ...] = ()
    low: int | Fraction = 0
    high: int | Fraction = 0


def _quoted(words: Iterable[str]) -> str:
    names = [f'"{word}"' for word in words]
    return ", ".join(names[:20]) + (" ..." if len(names) > 20 else "")


def hint_for(word: object, known: Collection[str]) -> str:
    """A hint that names the nearest known word, or all of them."""
    close = nearest(word, known) if isinstance(word, str) else None
    return f'Did you mean "{close}"?' if close else f"Send one of {_quoted(known)}." if known else ""


def _shown(value: object) -> str:
    """The kind of JSON value that was sent instead, for a message."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, JsonNumber):
        return "a number"
    return "an array" if isinstance(value, list) else "an object"


class Choice(StrictField):
    """One option or level."""

    def __init__(self, options: Collection[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.options = dict.fromkeys(options)

    def taken(self, value: Any) -> str:
        """The value as the assessment has it; raises ``ValidationError``."""
        if not isinstance(value, str):
            refuse("wrong-type", f"must be a string, not {_shown(value)}", hint_for(None, self.options))
        if value not in self.options:
            refuse("unknown-option", "is not one of the options", hint_for(value, self.options))
        return value


class Several(StrictField):
    """An array of options, each at most once."""

    def __init__(self, options: Collection[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.options = dict.fromkeys(options)

    def taken(self, value: Any) -> frozenset[str]:
        """The value as the assessment has it; raises ``ValidationError``."""
        if not isinstance(value, list):
            refuse(
                "wrong-type",
                f"must be an array of strings, not {_shown(value)}",
                hint_for(None, self.options),
            )
        wrong = {index: [mistake] for index, item in enumerate(value) if (mistake := self._wrong(item))}
        if wrong:
            raise ValidationError(wrong)
        members = frozenset(value)
        if len(members) < len(value):
            refuse("duplicate-option", "names an option twice", "Send each option once.")
        return members

    def _wrong(self, item: object) -> Mistake | None:
        if not isinstance(item, str):
            return Mistake("wrong-type", f"must be an array of strings; it holds {_shown(item)}")
        if item not in self.options:
            hint = hint_for(item, self.options)
            return Mistake("unknown-option", "holds something that is not one of the options", hint)
        return None


class YesNo(StrictField):
    """true or false; never 1, 0 or a text."""

    def taken(self, value: Any) -> bool:
        """The value as the assessment has it; raises ``ValidationError``."""
        if value is True or value is False:
            return bool(value)
        return refuse(
            "wrong-type", f"must be true or false, not {_shown(value)}", "Send true or false without quotes."
        )


_BEYOND = (
    f"Send at most {MOST_DIGITS} significant digits and an exponent from -{MOST_EXPONENT} to {MOST_EXPONENT}."
)


class Number(StrictField):
    """A number within its bounds, exactly as it was written; ``whole``: without a fraction (5.0 is 5)."""

    def __init__(self, low: int | Fraction, high: int | Fraction, *, whole: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high, self.whole = low, high, whole
        self._doubles = float(low), float(high)
        what = "a whole number" if whole else "a number"
        self.wanted = f"must be {what} from {float(low):g} to {float(high):g}"

    def taken(self, value: Any) -> int | Fraction:
        """The value as the assessment has it; raises ``ValidationError``."""
        number: int | Fraction
        if value.__class__ is int:
            number = value
        elif value.__class__ is float and math.isfinite(value):
            number = int(value) if value.is_integer() else _decimal(value)
        elif value.__class__ is Decimal:
            if not value.is_finite():
                refuse("out-of-bounds", self.wanted, _BEYOND)
            number = Fraction(value)
            number = number.numerator if number.denominator == 1 else number
        else:
            hint = "Send it without quotes." if isinstance(value, str) else ""
            return refuse("wrong-type", f"{self.wanted}, not {_shown(value)}", hint)
        if self.whole and number.__class__ is not int:
            refuse("not-whole", self.wanted, "Send a number without a fraction.")
        if value.__class__ is float and self._doubles[0] < value < self._doubles[1]:
            return number  # for a decimal beyond a bound has no double next to it that is within
        if not self.low <= number <= self.high:
            refuse("out-of-bounds", self.wanted)
        return number


@lru_cache(4_096)
def _decimal(value: float) -> Fraction:
    """The decimal that the shortest spelling of a double writes."""
    return Fraction(*Decimal(repr(value)).as_integer_ratio())


def assessment_schema(questions: Iterable[AssessmentQuestion]) -> StrictSchema:
    """The schema of an assessment with these questions: types, options and bounds.

    ``null`` counts as not given. Which questions apply and are required depends on other answers and is
    not decided here. It loads to plain values: options as str, sets as frozenset, numbers exact.
    """
    made: dict[str, fields.Field[Any]] = {one.name: _field(one) for one in questions}
    schema = StrictSchema.from_dict(made, name="Assessment")
    return schema()  # type: ignore[return-value]


def _field(one: AssessmentQuestion) -> StrictField:
    kind = KINDS[one.kind]
    return _FIELDS[kind.shape](one, kind)


_FIELDS: dict[Shape, Callable[[AssessmentQuestion, InputKind], StrictField]] = {
    "choice": lambda one, _: Choice(one.options, allow_none=True),
    "set": lambda one, _: Several(one.options, allow_none=True),
    "yes_no": lambda _one, _: YesNo(allow_none=True),
    "number": lambda one, kind: Number(one.low, one.high, whole=kind.whole, allow_none=True),
}
covers(_FIELDS, get_args(Shape), "fields of an assessment")

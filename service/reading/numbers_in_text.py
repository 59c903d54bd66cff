"""Numbers as people write them to each other, and what they come to: ``4 wks - 6 wks``, ``three``, ``1½``.

Nothing of this is read as a number. It is for saying how to write what was meant, where that is certain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal
from unicodedata import normalize

from service.model.number import Number, exact, half_up, parse_number, written

Counted = Literal["number", "factor", "count"]
"""What a number is: any that may also be of percent, one that multiplies, or so many sessions or weeks."""

_TO_TEN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WORDS = (*_TO_TEN, "eleven", "twelve")
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_DIGITS = r"-?(?:[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+)(?:e\+?[0-9]{1,2})?"
_ONE = rf"\+?(?:[0-9]+\s?)?[0-9]+[/\u2044][0-9]+|\+?{_DIGITS}|\b(?:{_WORD})\b"
_UNITS = {
    r"%|per ?cent|nm": ("",),
    r"x|times": ("times",),
    r"sessions?|visits?|treatments?": ("session",),
    r"weeks?|wks?|w": ("week",),
    r"days?": ("day",),
    r"months?": ("month",),
    r"years?|yrs?|y": ("year", "age"),
    r"points?|pts?": ("point", "score"),
}
"""Units, and the words of which a key has one that counts in it. Other words may turn a number round."""
_UNIT = rf"(?:{'|'.join(_UNITS)})\b|%"
_BETWEEN = r"\bto\s*|\buntil\b|\band\b|\bor\b|\.\.+|[-\u2010-\u2015\u2212~\u301c]"
_BEFORE = (
    r"about|approximately|approx|around|roughly|circa|ca|every|exactly|from|between|at most|up to|~|=|[x×]"
)
_NUMBER_IN_TEXT = re.compile(
    rf"(?:(?P<before>{_BEFORE})\.?\s*)?(?P<low>{_ONE})\s*(?P<unit>{_UNIT})??\s*"
    rf"(?:(?P<to>{_BETWEEN})\s*(?P<high>{_ONE}))?\s*(?P<last>{_UNIT})?\.?\Z",
    re.IGNORECASE,
)
_LETTERS_IN_DIGITS = re.compile(r"(?=.*[1-9])(?:[oOlI]?[0-9.,])+[oO]*\Z")
_AS_DIGITS = str.maketrans("oOlI", "0011")
"""What is typed for a digit that looks like it: ``1O64``."""
_IN_WEEKS = {"day": Fraction(1, 7), "month": Fraction(52, 12), "year": Fraction(52)}
_LONGEST = 60
_PERCENT = ("%", "percent", "per cent")


@dataclass(frozen=True, slots=True)
class NumberInText:
    """One number or the two ends of a range; its unit in small letters, and whether a plus stood before."""

    numbers: tuple[Number, ...]
    unit: str = ""
    plus: bool = False
    before: str = ""

    @property
    def of_percent(self) -> bool:
        """Whether percent were meant."""
        return self.unit in _PERCENT

    @property
    def text(self) -> str:
        """How to write it: ``5``, ``4 to 6``."""
        return " to ".join(map(written, self.numbers))

    def goes_with(self, key: str) -> bool:
        """Whether the key counts in the unit, so that the number alone says what was meant."""
        words = next((words for unit, words in _UNITS.items() if re.fullmatch(unit, self.unit)), ("",))
        return any(word in key for word in words)

    def in_weeks(self) -> NumberInText | None:
        """It in whole weeks, where its unit is another time; else None."""
        weeks = _IN_WEEKS.get(self.unit.removesuffix("s"))
        if weeks is None:
            return None
        return NumberInText(tuple(half_up(exact(number * weeks)) for number in self.numbers))

    def as_factor(self) -> NumberInText:
        """It as what multiplies: 130 % is 1.3, and +30 % likewise."""
        if not self.of_percent:
            return self
        shares = (Fraction(number) / 100 + self.plus for number in self.numbers)
        return NumberInText(tuple(map(exact, shares)))


def number_in_text(text: str) -> NumberInText | None:
    """The number or range that the text says; None where it says none, or that is not certain."""
    if len(text) > _LONGEST:
        return None
    plain = " ".join(normalize("NFKC", text.replace("½", " 1/2")).split())
    if _LETTERS_IN_DIGITS.match(plain):
        plain = plain.translate(_AS_DIGITS)
    found = _NUMBER_IN_TEXT.match(plain)
    if found is None:
        return None
    unit, last = (found[name] or "" for name in ("unit", "last"))
    if unit and last and unit.lower().removesuffix("s") != last.lower().removesuffix("s"):
        return None
    numbers = [_number(end) for end in (found["low"], found["high"]) if end]
    known = tuple(number for number in numbers if number is not None)
    joined = (found["before"] or "").lower() == "between" or (found["to"] or "").lower() != "and"
    if len(known) < len(numbers) or not joined or list(known) != sorted(known):
        return None
    plus = found["low"].startswith("+")
    return NumberInText(known, (last or unit).lower(), plus, (found["before"] or "").lower())


def _number(text: str) -> Number | None:
    plain = text.lower().removeprefix("+")
    if plain in _WORDS:
        return _WORDS.index(plain)
    if "/" in plain or "\u2044" in plain:
        whole, top, bottom = re.match(r"(?:([0-9]+)\s)?([0-9]+)[/\u2044]([0-9]+)", plain).groups()  # type: ignore[union-attr]
        return exact(Fraction(int(whole or 0)) + Fraction(int(top), int(bottom))) if int(bottom) else None
    bare = plain.replace(",", ".").removesuffix(".")
    bare = re.sub(r"\A(-?)0+(?=[0-9])", r"\1", f"0{bare}" if bare.startswith(".") else bare)
    if "e" in bare:
        bare = f"{Decimal(bare):f}"
    return parse_number(bare)

"""Ids, lists, numbers, ranges and days as a sentence has them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

from service.model.condition import Scalar
from service.model.number import Number, Triple, written

_JOINING = (",", " or ", " and ")
"""What would blur where one word of a list ends and the next begins."""
_MOST_DIGITS = 60
_UNITS = {"nm": "nm", "mm": "mm", "cm": "cm", "cm2": "cm²", "pct": "%"}


def plain(name: str) -> str:
    """An id as words: ``wavelength_mismatch`` is "wavelength mismatch", ``clearance_pct`` "clearance (%)"."""
    words = [word for word in name.replace("-", "_").split("_") if word]
    if len(words) > 1 and words[-1] in _UNITS:
        return f"{' '.join(words[:-1])} ({_UNITS[words[-1]]})"
    return " ".join(words)


def capitalized(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def joined_by_or(words: Iterable[str]) -> str:
    """``a, b or c``."""
    return listed(_quoted_where_unclear(words), "or")


def joined_by_and(words: Iterable[str]) -> str:
    """``a, b and c``."""
    return listed(_quoted_where_unclear(words), "and")


def listed(words: Iterable[str], last: str) -> str:
    """The words with commas between, and ``last`` before the last one."""
    names = list(words)
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _quoted_where_unclear(words: Iterable[str]) -> list[str]:
    """The words, in quotes where it would not be seen where one ends."""
    names = list(words)
    blurred = len(names) > 1 and any(sign in name for name in names for sign in _JOINING)
    return [f"“{name}”" for name in names] if blurred else names


def counted(number: int, what: str, several: str = "") -> str:
    """``1 rule``, ``2 rules``, ``no rules``; ``several`` where the plural is not made by an s."""
    plural = several or f"{what}s"
    return f"no {plural}" if number == 0 else f"{number:,} {what if number == 1 else plural}"


def scalar(value: Scalar) -> str:
    """A value without a label of its own, in words: ``yes``, ``4.5``, ``acne scar``."""
    return plain(value) if isinstance(value, str) else spelled_scalar(value)


def spelled_scalar(value: Scalar) -> str:
    """A value as its author writes it: ``yes``, ``4.5``, ``acne_scar``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else in_full(value)


def in_full(number: Number) -> str:
    """A number with all its digits, so that no two that differ are said alike; six where they never end."""
    if isinstance(number, int):
        return str(number)
    with localcontext(prec=_MOST_DIGITS):
        decimal = Decimal(number.numerator) / Decimal(number.denominator)
    return f"{decimal:f}" if Fraction(decimal) == number else written(number)


def measured(number: Number, unit: str | None) -> str:
    """A number with its unit: ``50 %``."""
    return f"{in_full(number)} {unit}" if unit else in_full(number)


def a_range(triple: Triple, unit: str = "", several: str = "") -> str:
    """``4 to 6 weeks, typically 5``; one number where all three are the same."""
    low, typical, high = map(in_full, triple)
    if low == high:
        return f"{low} {unit if low == '1' else several or unit}".rstrip()
    return f"{low} to {high} {several or unit}".rstrip() + f", typically {typical}"


SHORT_DIGEST = 12
"""So much of a digest tells editions apart for a person."""


def short_digest(digest: str) -> str:
    """The beginning of a digest."""
    return digest.removeprefix("sha256:")[:SHORT_DIGEST]


def day_in_words(day: date, language: str) -> str:
    """``30 de noviembre de 2026``; as ``2026-11-30`` where how the language writes days is not known.

    ``language`` is a tag of BCP 47, such as ``zh-Hans``.
    """
    from babel import Locale, UnknownLocaleError  # which little else needs
    from babel.dates import format_date

    try:
        return format_date(day, "long", Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        return day.isoformat()

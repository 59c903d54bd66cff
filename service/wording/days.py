"""Days as people of a language write them."""

from __future__ import annotations

from datetime import date


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

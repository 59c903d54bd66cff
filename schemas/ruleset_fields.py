"""The kinds of value that ruleset files hold: texts, ids, yes or no, dates; each read from plain text."""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from datetime import date
from typing import Any
from unicodedata import combining, normalize

from marshmallow import ValidationError, fields

from schemas.language import TEST_FORMS
from schemas.mistake import MISSING, NO_VALUE, NOT_A_LIST, refuse
from schemas.nearest import plainly, strange_letter

_VERSION = re.compile(r"(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_ID = re.compile(r"[a-z0-9_-]*[a-z0-9][a-z0-9_-]*\Z")
_ID_WITH_CAPITALS = re.compile(r"[A-Za-z0-9_-]*[A-Za-z0-9][A-Za-z0-9_-]*\Z")
_YES = frozenset({"yes", "Yes", "YES", "true", "True", "TRUE"})
_NO = frozenset({"no", "No", "NO", "false", "False", "FALSE"})

LONGEST_ID = 64
LONGEST_TEXT = 4_000

_VERBS = {form.verb for form in TEST_FORMS.values() if form.takes != "ends" and " " not in form.verb}
RESERVED = frozenset({*(_VERBS - {"is"}), "any", "all", "conclusions", "scores", "null"})
"""Words of the language, which can't be ids."""


def yes_or_no(text: object) -> bool | None:
    """True for yes, False for no, None for anything else."""
    return True if text in _YES else False if text in _NO else None


def id_mistake(text: str, capitals: bool = False) -> str | None:
    """Why the text can't be an id, with the mend; None where it can."""
    if len(text) > LONGEST_ID:
        return f"is longer than {LONGEST_ID} characters. Shorten it."
    if text.lower() in RESERVED:
        return "is a word of the language. Choose another id."
    if (_ID_WITH_CAPITALS if capitals else _ID).match(text):
        return None
    mended = mended_id(text, capitals)
    kinds = "letters, digits, - and _" if capitals else "lower-case letters, digits, - and _"
    strange = strange_letter(text)
    why = f"is not an id: {strange}." if strange else f"is not an id: only {kinds}."
    return why + (f' Write "{mended}".' if mended != text else " Choose another.")


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})


def mended_id(text: str, capitals: bool = False) -> str:
    """The id nearest to a text that can't be one; the text itself where there is none."""
    plain = normalize("NFKD", plainly(text).translate(_UMLAUTS))
    bare = "".join(letter for letter in plain if not combining(letter))
    mended = re.sub(r"[^A-Za-z0-9_-]+", "_", bare if capitals else bare.lower()).strip("_-")
    return mended if mended and not id_mistake(mended, capitals) else text


class _RequiredField(fields.Field[Any]):
    """A field that speaks in mistakes; ``null`` counts as no value."""

    default_error_messages = {"required": MISSING, "null": NO_VALUE}  # type: ignore[dict-item]  # noqa: RUF012


class Text(_RequiredField):
    """One text for people, on as many lines as it likes."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        mistake = text_mistake(value)
        if mistake:
            refuse("wrong-type", mistake)
        return str(value).strip()


def text_mistake(value: object) -> str | None:
    """Why the value can't be a text, with the mend; None where it can."""
    if not isinstance(value, str):
        return "must be a text, not a list or a mapping. Put it in quotes."
    if not value.strip():
        return "is empty. Write a text."
    if len(value) > LONGEST_TEXT:
        return f"is longer than {LONGEST_TEXT:,} characters. Shorten it."
    return None


LONGEST_TITLE = 200
"""So long a title, a label or a name may be that is typed in a form: what is longer is meant for a text."""


def title_mistake(value: str) -> str | None:
    """Why what was typed in a form can't be a title, a label or a name, with the mend; None where it can."""
    if len(value) > LONGEST_TITLE:
        return f"has {len(value):,} characters, and {LONGEST_TITLE} at most. Shorten it."
    return text_mistake(value)


class TextOrMapping(Text):
    """One text for people, or a mapping that is looked at where its meaning is known: its keys in words."""

    def __init__(self, keys: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.keys = keys

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict):
            return value
        if isinstance(value, list):
            refuse("wrong-type", f"must be a text, or one for each of {self.keys}.")
        return super()._deserialize(value, attr, data, **kwargs)


class Word(Text):
    """One text for machines: a name, a number, a place on the web."""


class Translated(Text):
    """A text in another language; empty where there is none yet."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, str) and not value.strip():
            return ""
        return super()._deserialize(value, attr, data, **kwargs)


class Id(_RequiredField):
    """An id: lower-case letters, digits, - and _."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            refuse("wrong-type", "must be an id, not a list or a mapping.")
        mistake = self._mistake(value)
        if mistake:
            refuse("bad-id", mistake)
        return value

    def _mistake(self, value: str) -> str | None:
        return id_mistake(value)


class OtherId(Id):
    """The id of something that is looked up: what is no id is told as what isn't there."""

    def _mistake(self, value: str) -> str | None:
        return None


class Flag(_RequiredField):
    """yes or no."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        flag = yes_or_no(value) if isinstance(value, str) else None
        if flag is None:
            refuse("wrong-type", "must be yes or no.")
        return flag


FEWEST_DIGITS = 8
_DIGEST = re.compile(rf"[0-9a-f]{{{FEWEST_DIGITS},64}}\Z")


def is_digest(text: str) -> bool:
    """Whether it is a rule's digest, or the beginning of one."""
    return _DIGEST.match(text.strip()) is not None


class Replaces(_RequiredField):
    """yes or no, or the beginning of a digest."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool | str:
        flag = yes_or_no(value) if isinstance(value, str) else None
        if flag is not None:
            return flag
        if not isinstance(value, str) or not is_digest(value):
            refuse("wrong-type", f"must be yes, or {FEWEST_DIGITS} digits or more of a rule's digest.")
        return value.strip()


class OneOf(_RequiredField):
    """One of a few words."""

    def __init__(self, *words: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = words

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or value not in self.words:
            listed = ", ".join(self.words[:-1])
            message = "must be " + (f"{listed} or " if listed else "") + f"{self.words[-1]}."
            refuse("wrong-type", message, words=self.words)
        return value


class Day(_RequiredField):
    """A date as 2026-12-01."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        day = _day(value) if isinstance(value, str) and _DATE.match(value) else None
        if day is None and isinstance(value, str) and (mend := _mend_of_day(value)):
            refuse(
                "wrong-type", f'is a date such as 2026-12-01, not "{" ".join(value.split())[:40]}". {mend}'
            )
        if day is None:
            refuse("wrong-type", "must be a date such as 2026-12-01.")
        return day


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]00:00")
_YEAR_FIRST = re.compile(r"([0-9]{4})\W+([0-9]{1,2})\W+([0-9]{1,2})\Z")
_YEAR_LAST = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?([\W_]+)([0-9]{1,2}|[A-Za-z]{3,})[\W_]+([0-9]{4})\Z")
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,})\W+([0-9]{1,2})(?:st|nd|rd|th)?\W+([0-9]{4})\Z")


def _mend_of_day(text: str) -> str:
    """How to write the day that the text seems to mean; both where day and month can't be told apart."""
    plain = " ".join(text.split())
    if timed := _MIDNIGHT.match(plain):
        return f"Write {timed[1]}: a tool may have added the time."
    year_first, year_last, named = (one.match(plain) for one in (_YEAR_FIRST, _YEAR_LAST, _MONTH_FIRST))
    if year_first:
        year, first, second = (int(part) for part in year_first.groups())
        return _written_day(year, first, second)
    if named:
        return _written_day(int(named[3]), _month(named[1]), int(named[2]))
    if year_last is None:
        return ""
    year, first = int(year_last[4]), int(year_last[1])
    month = _month(year_last[3])
    if "/" in year_last[2] and max(first, month) <= _MONTHS and first != month:
        one, other = f"{year:04}-{month:02}-{first:02}", f"{year:04}-{first:02}-{month:02}"
        return (
            f"Write {one} for {first} {month_name[month]}, or {other} for {first}/{month} as month and day."
        )
    if "/" in year_last[2] and month > _MONTHS:
        first, month = month, first
    return _written_day(year, month, first)


_MONTHS = 12


def _month(text: str) -> int:
    """The month as a number; 0 for a word that is none's name."""
    if text.isdigit():
        return int(text)
    return next((at for at in range(1, 13) if month_name[at].lower().startswith(text.lower())), 0)


def _written_day(year: int, month: int, day: int) -> str:
    """How to write the day, or that there is no such day; nothing where there is no such month."""
    if not 1 <= month <= _MONTHS or not year:
        return ""
    last = monthrange(year, month)[1]
    if 1 <= day <= last:
        return f"Write {year:04}-{month:02}-{day:02}."
    return f"{month_name[month]} {year} has {last} days: write {year:04}-{month:02}-{last:02}, say."


class Version(_RequiredField):
    """Three numbers: 1.0.0."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, str) and _VERSION.match(value):
            return value
        numbers = re.findall("[0-9]+", value) if isinstance(value, str) else []
        meant = ".".join(str(int(number)) for number in [*numbers, "0", "0"][:3])
        if 1 <= len(numbers) <= 3 and _VERSION.match(meant):
            refuse("wrong-type", f'is three numbers such as 1.0.0, not "{value[:40]}". Write {meant}.')
        return refuse("wrong-type", "must be three numbers such as 1.0.0.")


class Mapping(_RequiredField):
    """Keys with values; what they are is looked at where their meaning is known."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            refuse("wrong-type", "must be a mapping: a key, a colon and a value on each line below it.")
        return value


class Items(_RequiredField):
    """A list; what its items are is looked at where their meaning is known."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError([NOT_A_LIST])
        return value


class Anything(_RequiredField):
    """Any value at all."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return value

"""The kinds of value that ruleset files hold: texts, ids, yes or no, dates; each read from plain text."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields

from schemas.mistake import MISSING, NO_VALUE, NOT_A_LIST, refuse

_VERSION = re.compile(r"(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_MIDNIGHT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]00:00")
_ID = re.compile(r"[a-z0-9_-]*[a-z0-9][a-z0-9_-]*\Z")
_ID_WITH_CAPITALS = re.compile(r"[A-Za-z0-9_-]*[A-Za-z0-9][A-Za-z0-9_-]*\Z")
_YES = frozenset({"yes", "Yes", "YES", "true", "True", "TRUE"})
_NO = frozenset({"no", "No", "NO", "false", "False", "FALSE"})

LONGEST_ID = 64
LONGEST_TEXT = 4_000

RESERVED = frozenset(
    {"given", "unknown", "not", "any", "all", "conclusions", "scores", "above", "below", "includes", "null"}
)
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
    return f"is not an id: only {kinds}." + (f' Write "{mended}".' if mended != text else " Choose another.")


def mended_id(text: str, capitals: bool = False) -> str:
    """The id nearest to a text that can't be one; the text itself where there is none."""
    mended = re.sub(r"[^A-Za-z0-9_-]+", "_", text if capitals else text.lower()).strip("_-")
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
        mistake = id_mistake(value)
        if mistake:
            refuse("bad-id", mistake)
        return value


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
            refuse("wrong-type", "must be " + (f"{listed} or " if listed else "") + f"{self.words[-1]}.")
        return value


class Day(_RequiredField):
    """A date as 2026-12-01."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        day = _day(value) if isinstance(value, str) and _DATE.match(value) else None
        if day is None and isinstance(value, str) and (timed := _MIDNIGHT.match(value)):
            refuse("wrong-type", f"must be a date: a tool may have added the time. Write {timed.group(1)}.")
        if day is None:
            refuse("wrong-type", "must be a date such as 2026-12-01.")
        return day


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class Version(_RequiredField):
    """Three numbers: 1.0.0."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or not _VERSION.match(value):
            refuse("wrong-type", "must be three numbers such as 1.0.0.")
        return value


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

"""The shape of every file in a ruleset's folder: which keys, which are required, what kind of value.

What comes in is YAML as plain data in which every scalar is text; each field gives it the type of its
place. What the words mean (inputs, options, tests) is not known here.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from marshmallow import fields

from schemas.mistake import MISSING, NOT_A_MAPPING, StrictSchema, refuse

_VERSION = re.compile(r"(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")
_YES = frozenset({"yes", "Yes", "YES", "true", "True", "TRUE"})
_NO = frozenset({"no", "No", "NO", "false", "False", "FALSE"})

LONGEST_ID = 64
LONGEST_TEXT = 4_000

RESERVED = frozenset("given unknown not any all conclusions scores above below includes null".split())
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
    if _ID.match(text.lower() if capitals else text):
        return None
    mended = re.sub(r"[^a-z0-9_-]+", "_", text if capitals else text.lower(), flags=re.I).strip("_-")
    kinds = "letters, digits, - and _" if capitals else "lower-case letters, digits, - and _"
    return f"is not an id: only {kinds}." + (f' Write "{mended}".' if mended else "")


class _Needed(fields.Field[Any]):
    """A field that speaks in mistakes; ``null`` counts as no value."""

    default_error_messages = {"required": MISSING, "null": MISSING}  # type: ignore[dict-item]  # noqa: RUF012


class Text(_Needed):
    """One text on as many lines as it likes."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            refuse("wrong-type", "must be a text, not a list or a mapping. Put it in quotes.")
        if not value.strip():
            refuse("wrong-type", "is empty. Write a text or remove the key.")
        if len(value) > LONGEST_TEXT:
            refuse("wrong-type", f"is longer than {LONGEST_TEXT:,} characters. Shorten it.")
        return value.strip()


class Id(_Needed):
    """An id: lower-case letters, digits, - and _ (``capitals``: capitals too)."""

    def __init__(self, *, capitals: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.capitals = capitals

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            refuse("wrong-type", "must be an id, not a list or a mapping.")
        mistake = id_mistake(value, self.capitals)
        if mistake:
            refuse("bad-id", mistake)
        return value


class Flag(_Needed):
    """yes or no."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        flag = yes_or_no(value) if isinstance(value, str) else None
        if flag is None:
            refuse("wrong-type", "must be yes or no.")
        return flag


class OneOf(_Needed):
    """One of a few words."""

    def __init__(self, *words: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = words

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or value not in self.words:
            refuse("wrong-type", "must be " + ", ".join(self.words[:-1]) + f" or {self.words[-1]}.")
        return value


class Day(_Needed):
    """A date as 2026-12-01."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        try:
            if isinstance(value, str) and _DATE.match(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        refuse("wrong-type", "must be a date such as 2026-12-01.")


class Version(_Needed):
    """Three numbers: 1.0.0."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or not _VERSION.match(value):
            refuse("wrong-type", "must be three numbers such as 1.0.0.")
        return value


class Mapping(_Needed):
    """Keys with values; what they are is looked at where their meaning is known."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            refuse("wrong-type", "must be a mapping: a key, a colon and a value on each line below it.")
        return value


class Items(_Needed):
    """A list; what its items are is looked at where their meaning is known."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            refuse("wrong-type", "must be a list: one item after each dash, or [a, b].")
        return value


class Words(_Needed):
    """A list of words."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            refuse("wrong-type", "must be a list of words: [a, b].")
        return value


class Anything(_Needed):
    """Any value at all."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return value


class RulesetFile(StrictSchema):
    """``ruleset.yaml``: who it is, limits, texts."""

    id = Id(required=True)
    title = Text(required=True)
    version = Version(required=True)
    effective = Day(allow_none=True)
    owner = Text(allow_none=True)
    extends = Id(allow_none=True)
    disable = Items(allow_none=True)
    limits = Mapping()
    factors = Mapping()
    conclusions = Mapping(allow_none=True)
    verdicts = Mapping(allow_none=True)
    benefits = Mapping(allow_none=True)
    allow = Mapping(allow_none=True)


class AssessmentFile(StrictSchema):
    """``assessment.yaml``: the questions."""

    inputs = Mapping(required=True)


class FactorFile(StrictSchema):
    """``factors/*.yaml``: rules of one factor."""

    factor = Id(required=True)
    rules = Items(required=True)


class GuaranteesFile(StrictSchema):
    """``guarantees.yaml``: what must always hold."""

    guarantees = Items(required=True, allow_none=True)


InputEntry = StrictSchema.from_dict(
    {
        "label": Text(required=True),
        "help": Text(allow_none=True),
        "one_of": Anything(data_key="one of"),
        "levels": Anything(),
        "any_of": Anything(data_key="any of"),
        "kind": OneOf("yes or no"),
        "number": Text(),
        "whole_number": Text(data_key="whole number"),
        "unit": Text(allow_none=True),
        "required": Flag(allow_none=True),
        "must_ask": Flag(data_key="must ask", allow_none=True),
        "default": Anything(allow_none=True),
        "changeable": Flag(allow_none=True),
        "only_if": Mapping(data_key="only if"),
    },
    name="InputEntry",
)
"""One question in ``assessment.yaml``."""

RuleEntry = StrictSchema.from_dict(
    {
        "id": Id(required=True),
        "title": Text(required=True),
        "when": Mapping(required=True),
        "then": Mapping(required=True),
        "because": Text(required=True),
        "support": OneOf("published", "derived", "interpolated", "judgement", allow_none=True),
        "evidence": Items(allow_none=True),
        "replaces": Flag(allow_none=True),
        "allow": Mapping(allow_none=True),
    },
    name="RuleEntry",
)
"""One rule of a factor file."""

EffectsEntry = StrictSchema.from_dict(
    {
        "sessions": Anything(),
        "sessions_from_score": Mapping(data_key="sessions from score"),
        "sessions_times": Anything(data_key="sessions times"),
        "add_sessions": Anything(data_key="add sessions"),
        "most_sessions": Anything(data_key="most sessions"),
        "interval_weeks": Anything(data_key="interval weeks"),
        "add_interval_weeks": Anything(data_key="add interval weeks"),
        "review_weeks": Anything(data_key="review weeks"),
        "expect": Text(),
        "conclude": Mapping(),
        "points": Mapping(),
        "remaining_from_progress": Mapping(data_key="remaining from progress"),
        "refer": Text(),
        "no_numbers": Text(data_key="no numbers"),
        "defer": Text(),
        "until": Text(),
        "stop": Text(),
        "advise": Text(),
        "benefits": Items(),
        "one_session": OneOf("may suffice", "will not suffice", data_key="one session"),
    },
    name="EffectsEntry",
)
"""A rule's ``then``."""

FromScoreEntry = StrictSchema.from_dict(
    {
        "score": Text(required=True),
        "times": Anything(),
        "spread": Anything(),
        "at_least": Anything(data_key="at least"),
    },
    name="FromScoreEntry",
)
"""``sessions from score``."""

FromProgressEntry = StrictSchema.from_dict(
    {
        "improvement": Text(required=True),
        "sessions": Text(required=True),
        "target": Text(required=True),
        "margin": Anything(),
    },
    name="FromProgressEntry",
)
"""``remaining from progress``."""

GuaranteeEntry = StrictSchema.from_dict(
    {
        "id": Id(required=True),
        "title": Text(required=True),
        "when": Mapping(),
        "always": Text(),
        "never": Text(),
        "raising": Text(),
        "never_lowers": OneOf("sessions", data_key="never lowers"),
    },
    name="GuaranteeEntry",
)
"""One guarantee."""

ScenarioEntry = StrictSchema.from_dict(
    {
        "name": Text(required=True),
        "assessment": Mapping(required=True),
        "expect": Mapping(required=True),
        "as_of": Day(data_key="as of", allow_none=True),
    },
    name="ScenarioEntry",
)
"""One worked client."""

PaperEntry = StrictSchema.from_dict(
    {
        "title": Text(required=True),
        "authors": Text(allow_none=True),
        "journal": Text(allow_none=True),
        "year": Text(allow_none=True),
        "doi": Text(allow_none=True),
        "url": Text(allow_none=True),
        "says": Text(allow_none=True),
    },
    name="PaperEntry",
)
"""One paper of ``evidence.yaml``."""

SignOffEntry = StrictSchema.from_dict(
    {
        "digest": Text(required=True),
        "role": Text(required=True),
        "date": Day(required=True),
    },
    name="SignOffEntry",
)
"""One reading of ``sign-off.yaml``."""

__all__ = [
    "NOT_A_MAPPING",
    "AssessmentFile",
    "EffectsEntry",
    "FactorFile",
    "FromProgressEntry",
    "FromScoreEntry",
    "GuaranteeEntry",
    "GuaranteesFile",
    "InputEntry",
    "PaperEntry",
    "RuleEntry",
    "RulesetFile",
    "ScenarioEntry",
    "SignOffEntry",
]

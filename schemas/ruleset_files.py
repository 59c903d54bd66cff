"""The shape of every file in a ruleset's folder: which keys, which are required, what kind of value.

What comes in is YAML as plain data in which every scalar is text; each field gives it the type of its
place. What the words mean (inputs, options, tests) is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from marshmallow.fields import Field

from schemas.language import EFFECTS, KINDS, MOMENTS, SUPPORTS, Effect, Gains, Value
from schemas.mistake import StrictSchema
from schemas.ruleset_fields import (
    LONGEST_ID,
    LONGEST_TEXT,
    RESERVED,
    Anything,
    Day,
    Flag,
    Id,
    Items,
    Mapping,
    OneOf,
    OtherId,
    Replaces,
    Text,
    TextOrMapping,
    Translated,
    Version,
    Word,
    id_mistake,
    mended_id,
    yes_or_no,
)


class RulesetFile(StrictSchema):
    """``ruleset.yaml``: who it is, limits, texts."""

    id = Id(required=True)
    title = Text(required=True)
    version = Version(required=True)
    effective = Day(allow_none=True)
    owner = Text(allow_none=True)
    language = Word()
    time_zone = Word(data_key="time zone")
    extends = OtherId(allow_none=True)
    disable = Items(allow_none=True)
    limits = Mapping()
    factors = Mapping()
    conclusions = Mapping(allow_none=True)
    verdicts = Mapping(allow_none=True)
    benefits = Mapping(allow_none=True)
    allow = Mapping(allow_none=True)


class AssessmentFile(StrictSchema):
    """``assessment.yaml``: the questions, which answers contradict each other, and what is asked no more."""

    inputs = Mapping(required=True)
    contradictions = Items()
    removed = Mapping()


class FactorFile(StrictSchema):
    """``factors/*.yaml``: rules of one factor."""

    factor = Id(required=True)
    rules = Items()
    tables = Items()


class GuaranteesFile(StrictSchema):
    """``guarantees.yaml``: what must always hold."""

    guarantees = Items(required=True, allow_none=True)


def _member(key: str) -> str:
    return key.replace(" ", "_")


_KIND_KEYS = tuple(dict.fromkeys(kind.key for kind in KINDS.values()))

InputEntry = StrictSchema.from_dict(
    {
        "label": Text(required=True),
        "help": Text(allow_none=True),
        **{_member(key): Anything(data_key=key, allow_none=True) for key in _KIND_KEYS},
        "unit": Word(allow_none=True),
        "required": Flag(allow_none=True),
        "must_ask": Flag(data_key="must ask", allow_none=True),
        "default": Anything(allow_none=True),
        "changeable": Flag(allow_none=True),
        "only_if": Anything(data_key="only if", allow_none=True),
    },
    name="InputEntry",
)
"""One question in ``assessment.yaml``."""

RuleEntry = StrictSchema.from_dict(
    {
        "id": Id(required=True),
        "title": Text(required=True),
        "when": Anything(required=True),
        "then": Mapping(required=True),
        "because": Text(required=True),
        "support": OneOf(*SUPPORTS, allow_none=True),
        "evidence": Items(allow_none=True),
        "replaces": Replaces(allow_none=True),
        "allow": Mapping(allow_none=True),
    },
    name="RuleEntry",
)
"""One rule of a factor file."""

TableEntry = StrictSchema.from_dict(
    {
        "id": Id(required=True),
        "title": Anything(),
        "when": Anything(),
        "then": Anything(),
        "because": Anything(),
        "support": Anything(),
        "evidence": Anything(),
        "allow": Mapping(allow_none=True),
        "rows": Items(required=True),
    },
    name="TableEntry",
)
"""One table of a factor file. What it says of a rule is looked at in the rule of each row."""

CLIENT_PAGE = "client-page.yaml"
"""The file with what the client page says and asks."""


class ClientPageFile(StrictSchema):
    """``client-page.yaml``: what the client page says, and which questions it does not ask."""

    title = Text()
    start = Text()
    minimum_age = Word(data_key="minimum age")
    answers = Mapping()
    leave_out = Items(data_key="leave out")
    words = Mapping()
    contact = Text()


ClientWordsEntry = StrictSchema.from_dict(
    {"label": Text(), "help": Text(), "options": Mapping()}, name="ClientWordsEntry"
)
"""How one question is put to clients."""

TEXT_SECTIONS = {
    "rules": "Titles, reasons and texts of rules, by the rule's id and key.",
    "inputs": "Labels and helps of questions, and the labels of their options.",
    "verdicts": "What the client reads.",
    "benefits": "What further sessions bring.",
    "factors": "Titles of factors.",
    "contradictions": "What is said of answers that can't all be true.",
    "client page": "What the client page says, and how it puts questions.",
    "built in": "What answers say beside the ruleset's own words.",
}
"""What ``texts.LANG.yaml`` may hold."""

_MOMENT_KEYS = ", ".join(moment.replace("_", " ") for moment in MOMENTS)
_PLAIN_EFFECTS: dict[Value, Callable[[Effect], Field[Any]]] = {
    "text": lambda effect: Text(data_key=effect.key),
    "ids": lambda effect: Items(data_key=effect.key),
    "choice": lambda effect: OneOf(*effect.choices, data_key=effect.key),
    "moments": lambda effect: TextOrMapping(_MOMENT_KEYS, data_key=effect.key),
}
"""Values whose shape can be told here; of the others the reader knows."""


def _effect_field(effect: Effect) -> Field[Any]:
    plain = _PLAIN_EFFECTS.get(effect.value)
    return plain(effect) if plain is not None else Anything(data_key=effect.key)


EffectsEntry = StrictSchema.from_dict(
    {effect.name: _effect_field(effect) for effect in EFFECTS.values()}, name="EffectsEntry"
)
"""A rule's ``then``."""

MomentsEntry = StrictSchema.from_dict(
    {moment: Text(data_key=moment.replace("_", " ")) for moment in MOMENTS}, name="MomentsEntry"
)
"""A text for each moment of a session."""

FromScoreEntry = StrictSchema.from_dict(
    {
        "score": Word(required=True),
        "times": Anything(),
        "spread": Anything(),
        "at_least": Anything(data_key="at least"),
    },
    name="FromScoreEntry",
)
"""``sessions from score``."""

FromProgressEntry = StrictSchema.from_dict(
    {
        "improvement": Word(required=True),
        "sessions": Word(required=True),
        "target": Word(required=True),
        "margin": Anything(),
        "gains": OneOf(*get_args(Gains)),
        "expected": Anything(),
        "weight": Anything(),
    },
    name="FromProgressEntry",
)
"""``remaining from progress``."""

ExpectedEntry = StrictSchema.from_dict({"clears": Word(), "adds": Word()}, name="ExpectedEntry")
"""What ``remaining from progress`` expects of sessions."""

WhenSlowEntry = StrictSchema.from_dict(
    {
        "gain": Word(required=True),
        "over": Word(required=True),
        "share": Word(required=True),
        "text": Text(required=True),
    },
    name="WhenSlowEntry",
)
"""``refer when slow``."""

ContradictionEntry = StrictSchema.from_dict(
    {"id": Id(required=True), "when": Anything(required=True), "says": Text(required=True)},
    name="ContradictionEntry",
)
"""Answers that contradict each other."""

GuaranteeEntry = StrictSchema.from_dict(
    {
        "id": Id(required=True),
        "title": Text(required=True),
        "when": Anything(),
        "always": Word(),
        "never": Word(),
        "raising": Word(),
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
        "year": Word(allow_none=True),
        "doi": Word(allow_none=True),
        "url": Word(allow_none=True),
        "says": Text(allow_none=True),
    },
    name="PaperEntry",
)
"""One paper of ``evidence.yaml``."""

TextsFile = StrictSchema.from_dict(
    {section.replace(" ", "_"): Mapping(data_key=section) for section in TEXT_SECTIONS}, name="TextsFile"
)
"""``texts.LANG.yaml``: texts in another language, by section and id."""

TranslationEntry = StrictSchema.from_dict(
    {"was": Text(required=True), "text": Translated(required=True), "before": Text()}, name="TranslationEntry"
)
"""One text: what it was when it was translated, the translation, and the one of an earlier text."""

SignOffEntry = StrictSchema.from_dict(
    {
        "digest": Word(required=True),
        "role": Text(required=True),
        "date": Day(required=True),
    },
    name="SignOffEntry",
)
"""One reading of ``sign-off.yaml``."""

__all__ = [
    "CLIENT_PAGE",
    "LONGEST_ID",
    "LONGEST_TEXT",
    "RESERVED",
    "AssessmentFile",
    "ClientPageFile",
    "ClientWordsEntry",
    "ContradictionEntry",
    "EffectsEntry",
    "ExpectedEntry",
    "FactorFile",
    "FromProgressEntry",
    "FromScoreEntry",
    "GuaranteeEntry",
    "GuaranteesFile",
    "InputEntry",
    "MomentsEntry",
    "PaperEntry",
    "RuleEntry",
    "RulesetFile",
    "ScenarioEntry",
    "SignOffEntry",
    "TableEntry",
    "TextsFile",
    "TranslationEntry",
    "WhenSlowEntry",
    "id_mistake",
    "mended_id",
    "yes_or_no",
]

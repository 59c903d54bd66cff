"""The bodies of requests for answers."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal, get_args

from schemas.language_tags import is_tag
from schemas.mistake import Mistake, StrictField, StrictSchema, refuse

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")

DecisionKind = Literal["decision", "test", "self_check"]
"""What a logged decision is: one for a client; one made with ``test``, to try a client of ours; one that a
client made of himself."""

DECISION_KINDS: tuple[DecisionKind, ...] = get_args(DecisionKind)

Face = Literal["api", "fhir", "hooks"]
"""By which interface a decision was asked for: this API, FHIR, or CDS Hooks."""

FACES: tuple[Face, ...] = get_args(Face)

REF = "^[A-Za-z0-9-]{1,64}$"
"""What a ``ref`` looks like: a key of the sender's own, and no name."""

_REF = re.compile(REF[:-1] + r"\Z")

_REQUIRED = Mistake("missing", "is required")
_NULL = Mistake("wrong-type", "must not be null")


class RequestMember(StrictField):
    """A member of a request: where it must be there, or must not be null, that is told."""

    default_error_messages = {"required": _REQUIRED, "null": _NULL}  # type: ignore[dict-item]  # noqa: RUF012


class JsonName(RequestMember):
    """A string of at most 200 characters."""

    def taken(self, value: Any) -> str:
        """The value as the request has it; raises ``ValidationError``."""
        if not isinstance(value, str) or not value or len(value) > 200:
            refuse("wrong-type", "must be a string", "Send a short text.")
        return value


class JsonDay(RequestMember):
    """A date as 2026-12-01."""

    def taken(self, value: Any) -> date:
        """The value as the request has it; raises ``ValidationError``."""
        try:
            if isinstance(value, str) and _DATE.match(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        return refuse("wrong-type", "must be a date", "Send it as 2026-12-01.")


LANGUAGE_HINT = "Send one such as es or zh-Hans."


class JsonLanguage(RequestMember):
    """A language tag such as ``es``, be the language known or not."""

    def taken(self, value: Any) -> str:
        """The value as the request has it; raises ``ValidationError``."""
        if not isinstance(value, str) or not is_tag(value):
            refuse("not-a-language", "must be a language tag (BCP 47)", LANGUAGE_HINT)
        return value


class JsonFlag(RequestMember):
    """true or false."""

    def taken(self, value: Any) -> bool:
        """The value as the request has it; raises ``ValidationError``."""
        if value is True or value is False:
            return bool(value)
        return refuse("wrong-type", "must be true or false", "Send it without quotes.")


class JsonRef(RequestMember):
    """A key of the sender's own."""

    def taken(self, value: Any) -> str:
        """The value as the request has it; raises ``ValidationError``."""
        if not isinstance(value, str) or not _REF.match(value):
            refuse(
                "wrong-type",
                "must be 1 to 64 of the characters A-Z, a-z, 0-9 and -",
                "Send a key of your own, never a name.",
            )
        return value


class JsonKinds(RequestMember):
    """Kinds of decisions."""

    def taken(self, value: Any) -> tuple[DecisionKind, ...]:
        """The value as the request has it; raises ``ValidationError``."""
        if not isinstance(value, list) or not value or any(one not in DECISION_KINDS for one in value):
            refuse("wrong-type", "must be an array of kinds of decisions", f"Send {list(DECISION_KINDS)}.")
        return tuple(dict.fromkeys(value))


class JsonObject(RequestMember):
    """A JSON object."""

    def taken(self, value: Any) -> dict[str, Any]:
        """The value as the request has it; raises ``ValidationError``."""
        if not isinstance(value, dict):
            refuse("wrong-type", "must be a JSON object", 'Send {"concern": ..., ...}.')
        return value


class JsonNames(RequestMember):
    """One name or a few, each another."""

    most = 2

    def taken(self, value: Any) -> tuple[str, ...]:
        """The value as the request has it; raises ``ValidationError``."""
        if not isinstance(value, list) or not 0 < len(value) <= self.most:
            refuse("wrong-type", f"must be an array of 1 to {self.most} names", 'Send ["severity"].')
        if any(not isinstance(one, str) for one in value) or len(set(value)) < len(value):
            refuse("wrong-type", "must name different questions", 'Send ["severity", "goal"].')
        return tuple(value)


class WhatIfRequest(StrictSchema):
    """``as_of``, ``version`` and ``digest`` pin what decides. A member that is null is not given."""

    ruleset = JsonName(allow_none=True, metadata={"description": "The id of the ruleset that decides."})
    assessment = JsonObject(
        required=True, metadata={"description": "The answers, by the ids of the ruleset's questions."}
    )
    as_of = JsonDay(
        allow_none=True,
        metadata={"description": "The day for which to decide; without it today, in UTC."},
    )
    version = JsonName(
        allow_none=True, metadata={"description": "Decide by this version: its newest edition."}
    )
    digest = JsonName(allow_none=True, metadata={"description": "Decide by exactly this edition."})
    language = JsonLanguage(
        allow_none=True,
        metadata={
            "description": "Answer in this language (BCP 47), such as `es`; without it the one that "
            "`Accept-Language` asks for, or else the ruleset's own."
        },
    )


class EvaluateRequest(WhatIfRequest):
    """The same, and ``explain`` asks for what did not fire."""

    explain = JsonFlag(allow_none=True, metadata={"description": "List the rules that did not fire, too."})
    ref = JsonRef(
        allow_none=True,
        metadata={
            "description": "A key of your own by which the decision is found and erased; never a name. It is "
            "logged with the decision and told in the answer."
        },
    )
    test = JsonFlag(
        allow_none=True,
        metadata={"description": "It is a test: the decision is logged as one, and counts nowhere."},
    )


class EraseRequest(StrictSchema):
    """Whose decisions are meant."""

    ref = JsonRef(required=True, metadata={"description": "The `ref` that they were made with."})


class FindRequest(EraseRequest):
    """Whose decisions are meant, and of which kinds."""

    kinds = JsonKinds(
        allow_none=True, metadata={"description": "Of these kinds; without it decisions for clients alone."}
    )


class TableRequest(WhatIfRequest):
    """The questions whose options are the rows and the columns; ``assessment`` has the other answers."""

    rows = JsonName(
        required=True,
        metadata={"description": "The question whose options are the rows: one that takes one option."},
    )
    columns = JsonNames(
        required=True,
        metadata={"description": "The one or two questions whose options, combined, are the columns."},
    )

"""The bodies of requests for answers."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from schemas.language_tags import is_tag
from schemas.mistake import Mistake, StrictField, StrictSchema, refuse

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")

_REQUIRED = Mistake("missing", "is required")
_NULL = Mistake("wrong-type", "must not be null")


class _RequestMember(StrictField):
    default_error_messages = {"required": _REQUIRED, "null": _NULL}  # type: ignore[dict-item]  # noqa: RUF012


class JsonName(_RequestMember):
    """A string of at most 200 characters."""

    def taken(self, value: Any) -> str:
        """The value as the request has it; raises ``ValidationError``."""
        if not isinstance(value, str) or not value or len(value) > 200:
            refuse("wrong-type", "must be a string", "Send a short text.")
        return value


class JsonDay(_RequestMember):
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


class JsonLanguage(_RequestMember):
    """A language tag such as ``es``, be the language known or not."""

    def taken(self, value: Any) -> str:
        """The value as the request has it; raises ``ValidationError``."""
        if not isinstance(value, str) or not is_tag(value):
            refuse("not-a-language", "must be a language tag (BCP 47)", LANGUAGE_HINT)
        return value


class JsonFlag(_RequestMember):
    """true or false."""

    def taken(self, value: Any) -> bool:
        """The value as the request has it; raises ``ValidationError``."""
        if value is True or value is False:
            return bool(value)
        return refuse("wrong-type", "must be true or false", "Send it without quotes.")


class JsonObject(_RequestMember):
    """A JSON object."""

    def taken(self, value: Any) -> dict[str, Any]:
        """The value as the request has it; raises ``ValidationError``."""
        if not isinstance(value, dict):
            refuse("wrong-type", "must be a JSON object", 'Send {"concern": ..., ...}.')
        return value


class JsonNames(_RequestMember):
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

"""A decision as it is logged: what was asked, the bytes of the answer, and a digest over both."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

import orjson

from schemas.language import NEWEST_LANGUAGE
from schemas.request import DecisionKind, Face
from schemas.responses import DecisionSchema
from service.model.caller import BY_THE_API, Origin
from service.model.exact_json import write_json

_SCHEMA = DecisionSchema()


def headline(one: Listed) -> dict[str, Any]:
    """What names a decision, as JSON data: no health data but the verdict."""
    return {
        "decision_id": one.decision_id,
        "evaluated_at": one.evaluated_at,
        "as_of": one.as_of,
        "ruleset": {"id": one.ruleset, "version": one.version, "digest": one.digest},
        "verdict": one.verdict,
        "clinic": one.clinic,
        "key": one.api_key,
        "language_version": one.language_version,
        "kind": one.kind,
        "ref": one.ref,
        **{name: getattr(one, name) for name in ORIGIN},
    }


def document(one: Logged) -> bytes:
    """The decision as JSON on one line; the answer in it is byte for byte as it was given."""
    return orjson.dumps(
        _SCHEMA.dump(
            {
                **headline(one),
                "assessment": orjson.Fragment(one.assessment),
                "answer": orjson.Fragment(one.answer),
                "digest": f"sha256:{one.sha256}",
            }
        )
    )


COLUMNS = (
    "decision_id",
    "evaluated_at",
    "as_of",
    "ruleset",
    "version",
    "digest",
    "verdict",
    "clinic",
    "api_key",
)
"""What of a decision can be looked for, in the order in which its digest covers it."""

CONTENTS = ("assessment", "answer")
"""What was asked and what was answered: JSON, in bytes."""

RETRY = ("retry_key", "request_sha256")
"""By what a request that comes a second time is known; its digest does not cover them."""

LANGUAGE = ("language_version",)
"""The version of the language under which it was made; its digest covers every one but the first."""

MARKS = ("kind", "ref")
"""What it is, and its sender's own key; its digest covers them where it is no decision, or has a key."""

ORIGIN = ("face", "iss", "hook")
"""By which face it was asked for; its digest covers it where that is not the API."""

_NAMES = (*COLUMNS, *CONTENTS, *RETRY, *LANGUAGE, *MARKS, *ORIGIN)
_COLUMNS, _MEMBERS = attrgetter(*COLUMNS), attrgetter(*_NAMES)

ROW = (*_NAMES, "sha256")
"""The columns of the table in the order of a row."""
_COLUMNS_AND_LANGUAGE = attrgetter(*COLUMNS, *LANGUAGE)
_COLUMNS_AND_MARKS = attrgetter(*COLUMNS, *LANGUAGE, *MARKS)
_COLUMNS_AND_ORIGIN = attrgetter(*COLUMNS, *LANGUAGE, *MARKS, *ORIGIN)


_PIECE = 2_000
"""Bytes that are hashed without giving way to other threads, which costs more than the hashing."""


class Mark(NamedTuple):
    """The place of a decision in the log's order: by when it was made, then by its id."""

    evaluated_at: str
    decision_id: str


class Retry(NamedTuple):
    """By what a request is known when it comes again: its key, and a digest of its body, each 64 digits."""

    key: str
    request_sha256: str


Row = tuple[object, ...]
"""A decision as the table takes it: the values of ``ROW``."""


@dataclass(slots=True)  # frozen, they would take much longer to make, which every answer does
class Listed:
    """What a list shows of a decision: no health data but the verdict.

    ``evaluated_at`` and ``as_of`` are as the answer has them, such as 2026-12-01T09:00:00Z and 2026-12-01;
    ``digest`` is the ruleset's; ``api_key`` names the key that asked, None where there was none.
    ``language_version`` is that of the language under which it was made. ``ref`` is the sender's own key.
    ``face``, ``iss`` and ``hook`` are those of ``Origin``.
    """

    decision_id: str
    evaluated_at: str
    as_of: str
    ruleset: str
    version: str
    digest: str
    verdict: str
    clinic: str | None = None
    api_key: str | None = None
    language_version: int = 1
    kind: DecisionKind = "decision"
    ref: str | None = field(default=None, repr=False)
    face: Face = "api"
    iss: str | None = None
    hook: str | None = None

    @property
    def mark(self) -> Mark:
        """Where it stands in the log."""
        return Mark(self.evaluated_at, self.decision_id)


@dataclass(slots=True)
class Logged(Listed):
    """One decision: ``assessment`` as it was sent and ``answer`` as it was given, both JSON in bytes.

    ``retry_key`` and ``request_sha256`` are there where its request can be sent again (see ``Retry``).
    """

    assessment: bytes = field(default=b"{}", repr=False)
    answer: bytes = field(default=b"{}", repr=False)
    retry_key: str | None = field(default=None, repr=False)
    request_sha256: str | None = field(default=None, repr=False)

    @property
    def sha256(self) -> str:
        """The digest over all of it, as 64 hexadecimal digits."""
        content = b"\n".join((orjson.dumps(self._covered()), self.assessment, self.answer))
        digest = hashlib.sha256(content[:_PIECE])
        for begin in range(_PIECE, len(content), _PIECE):
            digest.update(content[begin : begin + _PIECE])
        return digest.hexdigest()

    def _covered(self) -> object:
        """The columns that its digest covers: those that were new later only where they say something."""
        if self.face != "api":
            return _COLUMNS_AND_ORIGIN(self)
        if self.kind != "decision" or self.ref is not None:
            return _COLUMNS_AND_MARKS(self)
        return _COLUMNS(self) if self.language_version == 1 else _COLUMNS_AND_LANGUAGE(self)

    @property
    def row(self) -> Row:
        """All of it as the table takes it."""
        return (*_MEMBERS(self), self.sha256)


@dataclass(frozen=True, slots=True)
class DamagedRow:
    """A row of the log that is not what was put in."""

    decision_id: str
    mark: Mark = field(compare=False)
    clinic: str | None = field(default=None, compare=False)
    says: str = "the logged decision is damaged: it comes to another digest"


def logged(
    assessment: object,
    answer: Mapping[str, Any],
    content: bytes,
    *,
    clinic: str | None = None,
    api_key: str | None = None,
    retry: Retry | None = None,
    language_version: int = NEWEST_LANGUAGE,
    kind: DecisionKind = "decision",
    ref: str | None = None,
    origin: Origin = BY_THE_API,
) -> Logged:
    """An answer (as JSON data, and ``content`` as its bytes) to an assessment, ready to be logged."""
    retry_key, request_sha256 = (None, None) if retry is None else retry
    ruleset = answer["ruleset"]
    return Logged(
        decision_id=answer["decision_id"],
        evaluated_at=answer["evaluated_at"],
        as_of=answer["as_of"],
        ruleset=ruleset["id"],
        version=ruleset["version"],
        digest=ruleset["digest"],
        verdict=answer["verdict"],
        clinic=clinic,
        api_key=api_key,
        assessment=write_json(assessment),
        answer=content,
        retry_key=retry_key,
        request_sha256=request_sha256,
        language_version=language_version,
        kind=kind,
        ref=ref,
        face=origin.face,
        iss=origin.iss,
        hook=origin.hook,
    )


def unpacked(columns: Mapping[str, Any], sha256: object) -> Logged | DamagedRow:
    """The decision of a row, or that the row is damaged."""
    found = Logged(**columns)
    try:
        if found.sha256 == sha256:
            return found
    except TypeError:  # SQLite gives back whatever was put in
        pass
    mark = Mark(columns["evaluated_at"], columns["decision_id"])
    return DamagedRow(str(columns["decision_id"]), mark, columns["clinic"])

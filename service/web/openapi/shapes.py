"""How the documentation of one endpoint is written down, before it becomes a part of a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema

Json = dict[str, Any]

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """A success, or another answer that is no problem.

    ``content`` has what each media type holds: a Marshmallow schema, or JSON Schema. ``headers`` are names
    of ``service/web/openapi/headers.py``, beside those that every answer has. ``links`` are OpenAPI's.
    """

    says: str
    content: Mapping[str, type[Schema] | Json] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    links: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """What is said of one endpoint.

    ``problems`` are the statuses of problems beside those that any request may get. ``body`` has the schema
    of each media type that is taken; a name such as ``EvaluateRequest`` is for one that depends on rulesets.
    """

    tag: str
    answers: Mapping[int, Answer]
    says: str = ""
    problems: tuple[int, ...] = ()
    parameters: tuple[Json, ...] = ()
    body: Mapping[str, type[Schema] | Json | str] = field(default_factory=dict)

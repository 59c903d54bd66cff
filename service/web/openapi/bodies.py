"""The body of a request with an assessment: one schema for each ruleset, so that clients are typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from marshmallow import Schema

from service.evaluation.compiled import CompiledRuleset
from service.model.ruleset import Ruleset
from service.serving.assessment_schema import assessment_body
from service.web.openapi.components import Components, properties_of

Json = dict[str, Any]


def add_body(
    components: Components,
    body_name: str,
    schema: type[Schema],
    rulesets: Sequence[CompiledRuleset],
    default: str | None,
) -> Json:
    """Take the schema of a body under its name, and give the reference to it.

    ``schema`` has its members; requests for the ``default`` need no ``ruleset``.
    """
    members = properties_of(schema)
    names = named(compiled.ruleset.id for compiled in rulesets)
    kinds = [
        _for_ruleset(components, compiled.ruleset, body_name, names[compiled.ruleset.id], members, default)
        for compiled in rulesets
    ]
    says = "An assessment of one of the rulesets that serve, and what decides."
    if not kinds:
        body: Json = {
            "description": "An assessment, and what decides. No ruleset serves at the moment.",
            **_request(members, ["ruleset", "assessment"]),
        }
    elif len(kinds) == 1:
        return components.add(body_name, {"description": says, "allOf": kinds})
    else:
        body = {"description": says, "oneOf": kinds}
    return components.add(body_name, body)


def named(ids: Iterable[str]) -> dict[str, str]:
    """A name for each ruleset, of which no two are the same in any language's spelling."""
    taken: set[str] = set()
    names: dict[str, str] = {}
    for ruleset_id in sorted(ids):
        name, number = ruleset_id.replace("-", "_"), 1
        while (spelled := re.sub("[^a-z0-9]", "", name)) in taken or not spelled:
            number += 1
            name = f"{ruleset_id.replace('-', '_')}_{number}"
        taken.add(spelled)
        names[ruleset_id] = name
    return names


def _for_ruleset(
    components: Components, ruleset: Ruleset, body_name: str, name: str, members: Json, default: str | None
) -> Json:
    assessment = components.add(f"Assessment_{name}", assessment_body(ruleset))
    own = {
        **members,
        "ruleset": {"type": "string", "const": ruleset.id, "description": members["ruleset"]["description"]},
        "assessment": assessment,
    }
    required = ["assessment"] if ruleset.id == default else ["ruleset", "assessment"]
    body = {"description": f"{ruleset.title}: an assessment.", **_request(own, required)}
    return components.add(f"{body_name}_{name}", body)


def _request(members: Json, required: list[str]) -> Json:
    return {"type": "object", "properties": members, "required": required, "additionalProperties": False}

"""A logged decision as one JSON document: for the service, for an export, for a person."""

from __future__ import annotations

from typing import Any

import orjson

from schemas.decision import DecisionSchema
from service.store.decisions.logged import Listed, Logged

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

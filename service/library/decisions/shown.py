"""A logged decision as one JSON document: for the service, for an export, for a person."""

from __future__ import annotations

import orjson

from service.library.decisions.logged import Logged


def document(one: Logged) -> bytes:
    """The decision as JSON on one line; the answer in it is byte for byte as it was given."""
    return orjson.dumps(
        {
            "decision_id": one.decision_id,
            "evaluated_at": one.evaluated_at,
            "as_of": one.as_of,
            "ruleset": {"id": one.ruleset, "version": one.version, "digest": one.digest},
            "verdict": one.verdict,
            "clinic": one.clinic,
            "key": one.api_key,
            "assessment": orjson.Fragment(one.assessment),
            "answer": orjson.Fragment(one.answer),
            "digest": f"sha256:{one.sha256}",
        }
    )

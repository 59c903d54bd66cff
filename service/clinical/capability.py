"""What the service does as FHIR R4: its CapabilityStatement, its operation, and what a search finds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from service.clinical.canonicals import Canonicals

FHIR_VERSION = "4.0.1"
_CHANGED = "2026-11-30"
"""The day on which what the service does as FHIR was changed last."""


def capability_statement(canonicals: Canonicals, version: str) -> dict[str, Any]:
    """What there is, of a service of this version of picoplan."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _CHANGED,
        "kind": "instance",
        "software": {"name": "picoplan", "version": version},
        "implementation": {"description": "Session plans for laser clinics", "url": canonicals.base},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "Everything but this statement and the operation's definition may need an "
                "API key, as Bearer.",
                "resource": [
                    {
                        "type": "Questionnaire",
                        "documentation": "The questions of each ruleset that serves.",
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                        "versioning": "no-version",
                        "searchParam": [
                            {"name": "url", "type": "uri", "documentation": "With |version, too."},
                            {"name": "version", "type": "token"},
                        ],
                    },
                    {
                        "type": "QuestionnaireResponse",
                        "documentation": "Answers are evaluated, and not kept as resources.",
                        "operation": [{"name": "evaluate", "definition": canonicals.evaluate}],
                    },
                    {"type": "OperationDefinition", "interaction": [{"code": "read"}]},
                ],
            }
        ],
    }


def operation_definition(canonicals: Canonicals) -> dict[str, Any]:
    """The operation that gives a plan for a client's answers."""
    return {
        "resourceType": "OperationDefinition",
        "id": "evaluate",
        "url": canonicals.evaluate,
        "name": "Evaluate",
        "title": "A plan for a client's answers",
        "status": "active",
        "kind": "operation",
        "date": _CHANGED,
        "description": "Decides by the ruleset whose Questionnaire was answered, and logs the decision.",
        "affectsState": True,
        "code": "evaluate",
        "resource": ["QuestionnaireResponse"],
        "system": False,
        "type": True,
        "instance": False,
        "parameter": [
            _parameter("questionnaire-response", "in", 1, "QuestionnaireResponse", "Completed or amended."),
            _parameter("as-of", "in", 0, "date", "The day for which to decide; without it today."),
            _parameter("return", "out", 1, "GuidanceResponse", "The plan is in its outputParameters."),
        ],
    }


def _parameter(name: str, use: str, least: int, kind: str, says: str) -> dict[str, Any]:
    return {"name": name, "use": use, "min": least, "max": "1", "documentation": says, "type": kind}


def searchset(
    canonicals: Canonicals, found: Iterable[dict[str, Any]], asked: Iterable[tuple[str, str]]
) -> dict[str, Any]:
    """What a search for Questionnaires finds; ``asked`` are the parameters by which was searched."""
    entries = [{"fullUrl": one["url"], "resource": one, "search": {"mode": "match"}} for one in found]
    query = urlencode(list(asked), safe=":/")
    url = f"{canonicals.base}/Questionnaire" + (f"?{query}" if query else "")
    bundle = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(entries),
        "link": [{"relation": "self", "url": url}],
    }
    return {**bundle, "entry": entries} if entries else bundle

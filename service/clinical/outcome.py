"""What is wrong with a request, as a FHIR R4 OperationOutcome: an issue for each mistake.

Nothing of the request is told but places in it and ids of the ruleset's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from service.clinical.canonicals import Canonicals, fhir_text
from service.model.problem import Refusal, path_of

MEDIA_TYPE = "application/fhir+json"

_BY_STATUS = {
    400: "structure",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    408: "timeout",
    409: "conflict",
    412: "required",
    413: "too-long",
    415: "not-supported",
    417: "not-supported",
    422: "value",
    429: "throttled",
    500: "exception",
    501: "not-supported",
    503: "transient",
}
_BY_CODE = {
    "missing": "required",
    "unknown-option": "code-invalid",
    "unknown-input": "code-invalid",
    "other-system": "code-invalid",
    "modifier": "extension",
    "contradiction": "business-rule",
    "exclusive-option": "business-rule",
    "not-applicable": "business-rule",
    "not-completed": "business-rule",
    "other-version": "business-rule",
    "other-questionnaire": "business-rule",
}
"""Codes of mistakes with what FHIR calls their kind; all others of status 422 are of values."""


def operation_outcome(
    canonicals: Canonicals, status: int, detail: str, errors: Iterable[Refusal], instance: str
) -> dict[str, Any]:
    """The OperationOutcome as JSON data; ``instance`` is the id under which the log has the request."""
    told = tuple(errors) or (Refusal("", "", detail),)
    return {
        "resourceType": "OperationOutcome",
        "issue": [_issue(canonicals, status, one, instance) for one in told],
    }


def _issue(canonicals: Canonicals, status: int, one: Refusal, instance: str) -> dict[str, Any]:
    usual = _BY_STATUS.get(status, "exception" if status >= 500 else "invalid")
    coding = {"coding": [{"system": canonicals.problems, "code": one.code}]} if one.code else {}
    issue: dict[str, Any] = {
        "severity": "error",
        "code": _BY_CODE.get(one.code, usual) if status == 422 else usual,
        "details": {**coding, "text": fhir_text(one.with_hint)},
        "diagnostics": instance,
    }
    places = [expression(place) for place in one.pointers or (one.pointer,) if place]
    return {**issue, "expression": places} if places else issue


def expression(pointer: str) -> str:
    """A place in a resource as FHIRPath: ``Parameters.parameter[2]`` for ``/Parameters/parameter/2``."""
    parts = path_of(pointer)
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts).removeprefix(".")

"""What schemathesis is told for the API's sake: hooks that ``scripts/fuzz_api.py`` has it load."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import schemathesis
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode

from service.web.body import PATTERN

_CONDITIONS = ("if", "then", "else")

_exact: dict[str, Draft202012Validator] = {}
"""What an assessment of each ruleset must be, as the document says it."""
_samples: dict[str, dict[str, Any]] = {}
"""An assessment of each ruleset that the document gives as an example."""


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:  # noqa: ARG001 - the hook's own form
    """Let schemathesis see assessments without when a question is asked: with all of that it makes none."""
    schemas = raw_schema["components"]["schemas"]
    content = raw_schema["paths"]["/v1/evaluate"]["post"]["requestBody"]["content"]["application/json"]
    for name, example in content["examples"].items():
        schema = schemas[f"Assessment_{name.replace('-', '_')}"]
        _exact[name] = Draft202012Validator(deepcopy(schema))
        _samples[name] = example["value"]["assessment"]
        for word in _CONDITIONS:
            schema.pop(word, None)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 - the hook's own form
    """Make good requests good by the whole document, and take out of most what gets them a 404 or a 409.

    That is a made-up version or digest, and an Idempotency-Key that was sent before. All are optional, so a
    good request stays good without a good one, and a bad request bad.
    """
    if case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE:
        for one in case.body if isinstance(case.body, list) else [case.body]:
            _as_asked(one)
    body = case.body
    if not isinstance(body, dict) or "assessment" not in body or len(str(body)) % 8 == 0:
        return
    case.body = {name: value for name, value in body.items() if not _made_up(name, value)}
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and re.fullmatch(PATTERN, key):
        del case.headers["Idempotency-Key"]


def _as_asked(body: object) -> None:
    """Give a request an assessment that answers what is asked: its own answers as far as they may stand."""
    ruleset = body.get("ruleset") if isinstance(body, dict) else None
    if not isinstance(body, dict) or ruleset not in _exact or not isinstance(body.get("assessment"), dict):
        return
    exact = _exact[ruleset]
    made = {name: _short(answer) for name, answer in body["assessment"].items()}
    assessment = made if exact.is_valid(made) else _samples[ruleset]
    for name, answer in made.items():
        other = {**assessment, name: answer}
        if exact.is_valid(other):
            assessment = other
    body["assessment"] = assessment


def _short(answer: object) -> object:
    """A number of few digits: that only so many are taken is told in words, for no schema can say it."""
    return round(answer, 6) if isinstance(answer, float) else answer


def _made_up(name: str, value: object) -> bool:
    return name in ("version", "digest") and isinstance(value, str) and 0 < len(value) <= 200

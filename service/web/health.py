"""``GET /healthz``, ``/readyz`` and ``/``: whether it runs, what it serves, and where to go."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import orjson
from flask import Response

from service.web.live import Live
from service.web.problems import RETRY_AFTER

ENDPOINTS = (
    ("POST", "/v1/evaluate", "Evaluate one assessment."),
    ("GET", "/v1/rulesets", "The rulesets that serve."),
    ("GET", "/v1/rulesets/{id}", "One ruleset: its factors, texts, rules and evidence."),
    ("GET", "/v1/rulesets/{id}/assessment-schema", "The JSON Schema of its assessments."),
    ("GET", "/v1/rulesets/{id}/rules/{rule}", "One of its rules, and the papers that it cites."),
    ("GET", "/v1/decisions/{id}", "A logged decision."),
    ("POST", "/v1/decisions/{id}/verify", "The decision made again: is it the same?"),
    ("GET", "/healthz", "Whether the service runs."),
    ("GET", "/readyz", "Which rulesets serve, since when, and what keeps newer edits from it."),
)

_OF_THE_LOG = "/v1/decisions"


class HealthViews:
    """Says how the service is."""

    def __init__(self, live: Live, *, logged: bool) -> None:
        """``logged``: decisions are logged, and can be asked for."""
        self._live = live
        self._endpoints = [one for one in ENDPOINTS if logged or not one[1].startswith(_OF_THE_LOG)]
        self._version = version("picoplan")

    def health(self) -> Response:
        """The process runs."""
        return _json({"status": "ok"})

    def ready(self) -> Response:
        """200 while a good version of each ruleset serves, else 503; what is good serves either way."""
        standings = self._live.standings
        data = standings.as_json(datetime.now(UTC).date())
        response = _json(data, 200 if standings.is_ready else 503)
        if not standings.is_ready:
            response.headers["Retry-After"] = RETRY_AFTER
        return response

    def welcome(self) -> Response:
        """What there is."""
        endpoints = [{"method": method, "path": path, "does": does} for method, path, does in self._endpoints]
        return _json({"service": "picoplan", "version": self._version, "endpoints": endpoints})


def _json(data: dict[str, Any], status: int = 200) -> Response:
    response = Response(orjson.dumps(data), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response

"""``GET /healthz``, ``/readyz`` and ``/``: whether it runs, what it serves, and where to go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import orjson
from flask import Response

from schemas.responses import HealthSchema, WelcomeSchema
from service.web.call import View, this_call
from service.web.endpoints import Endpoint, endpoints
from service.web.live import Live
from service.web.problems import RETRY_AFTER

_HEALTH, _WELCOME = HealthSchema(), WelcomeSchema()


class HealthViews:
    """Says how the service is."""

    def __init__(self, live: Live, *, logged: bool) -> None:
        """``logged``: decisions are logged, and can be asked for."""
        self._live = live
        self._welcome = welcome(endpoints(logged=logged))

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {"health": self.health, "ready": self.ready, "welcome": self.welcome}

    def health(self) -> Response:
        """The process runs."""
        return _json(_HEALTH.dump({"status": "ok"}))

    def ready(self) -> Response:
        """200 while a good version of each ruleset serves, else 503; what is good serves either way."""
        statuses = self._live.statuses
        data = statuses.as_json(datetime.now(UTC).date(), this_call().caller)
        response = _json(data, 200 if statuses.is_ready else 503)
        if not statuses.is_ready:
            response.headers["Retry-After"] = RETRY_AFTER
        return response

    def welcome(self) -> Response:
        """What there is."""
        return _json(self._welcome)


def welcome(table: Iterable[Endpoint]) -> dict[str, Any]:
    """What there is, for somebody who has just come."""
    data: dict[str, Any] = _WELCOME.dump(
        {
            "service": "picoplan",
            "version": version("picoplan"),
            "openapi": "/openapi.json",
            "docs": "/docs",
            "endpoints": [
                {"method": one.method, "path": one.path, "does": one.does}
                for one in table
                if one.name != "welcome"
            ],
        }
    )
    return data


def _json(data: dict[str, Any], status: int = 200) -> Response:
    response = Response(orjson.dumps(data), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response

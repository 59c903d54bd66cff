"""``GET /healthz``, ``/readyz`` and ``/``: whether it runs, what it serves, and where to go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import orjson
from flask import request

from schemas.responses import HealthSchema, WelcomeSchema
from service.web.call import Answer, View, json_answer, this_call
from service.web.draining import Draining
from service.web.endpoints import CLINICAL, WORKBENCH, Endpoint, endpoints
from service.web.live import Live
from service.web.problems import RETRY_AFTER

_HEALTH, _WELCOME = HealthSchema(), WelcomeSchema()


class HealthViews:
    """Says how the service is."""

    def __init__(self, live: Live, draining: Draining, *, logged: bool) -> None:
        """``logged``: decisions are logged, and can be asked for."""
        self._live = live
        self._draining = draining
        self._welcome = welcome(endpoints(logged=logged))

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {"health": self.health, "ready": self.ready, "welcome": self.welcome}

    def health(self) -> Answer:
        """The process runs."""
        return json_answer(orjson.dumps(_HEALTH.dump({"status": "ok"})))

    def ready(self) -> Answer:
        """200 while a good version of each ruleset serves, else 503; what is good serves either way.

        503, too, once the service was told to stop: whoever balances load sends no more here.
        """
        statuses = self._live.statuses
        data = statuses.as_json(datetime.now(UTC).date(), this_call().caller)
        if self._draining.began:
            data["status"] = "not ready"
        if statuses.is_ready and not self._draining.began:
            return json_answer(orjson.dumps(data))
        return json_answer(orjson.dumps(data), 503, [("Retry-After", RETRY_AFTER)])

    def welcome(self) -> Answer:
        """What there is: for a browser its pages, for anybody else a document."""
        vary = ("Vary", "Accept")
        if request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html":
            return Answer(b"", 303, [("Location", WORKBENCH), ("Cache-Control", "no-store"), vary])
        return json_answer(orjson.dumps(self._welcome), headers=[vary])


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
                for one in (*table, *CLINICAL)
                if one.name != "welcome"
            ],
        }
    )
    return data

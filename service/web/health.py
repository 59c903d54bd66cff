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
from service.web.decisions import Records
from service.web.draining import Draining
from service.web.endpoints import CLINICAL, WORKBENCH, Endpoint, endpoints
from service.web.live import Live
from service.web.problems import RETRY_AFTER

_HEALTH, _WELCOME = HealthSchema(), WelcomeSchema()
_LOG_AS_TOLD = {False: "written", True: "failing"}


class HealthViews:
    """Says how the service is."""

    def __init__(self, live: Live, draining: Draining, records: Records | None) -> None:
        """``records``: where decisions are logged, and can be asked for; None: they are not."""
        self._live = live
        self._draining = draining
        self._records = records
        self._welcome = welcome(endpoints(logged=records is not None))

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {"health": self.health, "ready": self.ready, "welcome": self.welcome}

    def health(self) -> Answer:
        """The process runs."""
        return json_answer(orjson.dumps(_HEALTH.dump({"status": "ok"})))

    def ready(self) -> Answer:
        """200 while a good version of each ruleset serves, else 503; what is good serves either way.

        503, too, once the service was told to stop: whoever balances load sends no more here. A log that
        can't be written is told, and no reason: no other replica could write it, and what is read is there.
        """
        statuses, caller, records = self._live.statuses, this_call().caller, self._records
        data = statuses.as_json(datetime.now(UTC).date(), caller)
        operates = "operate" in caller.scopes and caller.clinic is None
        data["decision_log"] = None
        if records is not None and operates:
            data["decision_log"] = _LOG_AS_TOLD[records.recorder.standing().trouble is not None]
        if statuses.is_ready and not self._draining.began:
            return json_answer(orjson.dumps(data))
        data["status"] = "not ready"
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

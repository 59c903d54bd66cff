"""``POST /v1/what-if``."""

from __future__ import annotations

import orjson
from flask import Response

from service.engine.faults import EngineFault
from service.evaluation.compiled import DoubleEntryError
from service.serving.outcome import Failed
from service.serving.refused import Refused
from service.serving.what_if import what_if
from service.web.body import Unreadable, read_json
from service.web.call import View, this_call
from service.web.evaluating import failed
from service.web.live import Live
from service.web.log import Log
from service.web.problems import STALE, refused, unreadable


class WhatIfView:
    """Says what other answers would come to."""

    def __init__(self, live: Live, log: Log) -> None:
        self._live = live
        self._log = log

    def by_name(self) -> dict[str, View]:
        """The view by its endpoint's name."""
        return {"what_if": self}

    def __call__(self) -> Response:
        """The changes, or a problem."""
        call = this_call()
        body = read_json(call.environ)
        if isinstance(body, Unreadable):
            return unreadable(body)
        answering, stale = self._live.answering, self._live.statuses.stale
        try:
            told = what_if(answering, body, call.caller)
        except (DoubleEntryError, EngineFault) as fault:
            return failed(self._log, call, Failed(fault))
        if isinstance(told, Refused):
            return refused(told)
        call.decided_by(told["ruleset"]["id"], told["ruleset"]["digest"])
        response = Response(orjson.dumps(told), content_type="application/json")
        response.headers["Cache-Control"] = "no-store"
        if call.ruleset in stale:
            response.headers.extend(STALE)
        return response

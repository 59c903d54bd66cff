"""The application of a process that holds a draft: the same views as a worker's, over the draft's ruleset.

It has some of its own: what the draft would answer, as ``/v1/drafts/{id}/evaluate``.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, TypeVar, cast

import orjson
from flask import Response, request

from service.drafting.held_draft import Answers, HeldDraft
from service.drafting.messages import Message
from service.model.exact_json import write_json
from service.model.ruleset import Ruleset
from service.serving.deciding import Deciding
from service.serving.evaluate import answering_alone
from service.serving.refused import Refused
from service.serving.tabulating import plan_table, try_one
from service.serving.what_if import what_if
from service.web.batch import not_array, parse_array
from service.web.bench.completing import HeldCompletion
from service.web.bench.handing_on import answer_message, call_from, environ_of, secrets_from
from service.web.body import NO_JSON_TYPE, UnreadableBody, is_json, parse
from service.web.browsers import Browsers
from service.web.call import Answer, View, answering, json_answer, this_call
from service.web.endpoints import ENDPOINTS, PAGES
from service.web.evaluating import Trying
from service.web.flask_app import PicoplanApp
from service.web.live import Live
from service.web.log import Log
from service.web.metrics import Metrics
from service.web.problems import refused, refused_data, unreadable, unreadable_data
from service.web.rate_limiter import RateLimiter
from service.web.telemetry import Telemetry
from service.web.workbench.compare import ComparePages
from service.web.workbench.workbench import Workbench


class HeldLive(Live):
    """A draft's ruleset in the place of what is live: it answers for every day."""

    def __init__(self, log: Log, held: HeldDraft) -> None:
        super().__init__(log, answering_alone(held.compiled))
        self._files = {name: content.decode(errors="replace") for name, content in held.read.files.items()}

    def files_of(self, _: Ruleset) -> Mapping[str, str]:
        """The texts of the files that the draft rests on."""
        return self._files


def make_holder_app(held: HeldDraft, public_url: str | None, log: Log) -> Answers:
    """What answers for a draft."""
    return _HolderApp(held, public_url, log)


class _HolderApp:
    def __init__(self, held: HeldDraft, public_url: str | None, log: Log) -> None:
        live, telemetry = HeldLive(log, held), Telemetry(Metrics(), log)
        self._secrets: tuple[bytes, ...] = ()
        counting = RateLimiter(None, None, log)
        browsers = Browsers(None, lambda _now: self._secrets, counting, public_url)
        workbench = Workbench(
            live, browsers, None, Deciding(), telemetry, log, held=held, held_pages=[ComparePages]
        )
        completion = HeldCompletion(held, workbench.of_own_form)
        views = {**workbench.by_name(), **HeldTrying(live).by_name(), **completion.by_name()}
        table = [one for one in (*ENDPOINTS, *PAGES) if one.held]
        self._app = PicoplanApp(log, telemetry, table, views)
        workbench.join(self._app)

    def __call__(self, head: dict[str, Any], body: bytes) -> Message:
        """The answer to one request."""
        self._secrets = secrets_from(head)
        call = call_from(head)
        answering(call)
        response = Response.from_app(self._app, environ_of(head, body))
        headers = [(name, value) for name, value in response.headers if name != "Content-Length"]
        return answer_message(Answer(response.get_data(), response.status_code, headers), call)


Read = TypeVar("Read")


class HeldTrying:
    """The views of these endpoints. Nothing is decided, so nothing is logged."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "draft_evaluate": self._trying(try_one),
            "draft_what_if": self._trying(what_if),
            "draft_table": self._trying(plan_table),
            "draft_batch": self.batch,
        }

    def _trying(self, use_case: Trying) -> View:
        def view(**_: str) -> Answer:
            call = this_call()
            if not is_json(call.headers):
                return unreadable(NO_JSON_TYPE)
            body = parse(request.get_data())
            if isinstance(body, UnreadableBody):
                return unreadable(body)
            told = use_case(self._live.answering, body, call.caller, call.languages)
            if isinstance(told, Refused):
                return refused(told)
            call.decided_by(told["ruleset"]["id"], told["ruleset"]["digest"])
            return json_answer(write_json(told))

        return view

    def batch(self, **_: str) -> Answer:
        """An array for an array, each item as if it had been asked alone."""
        call = this_call()
        if not is_json(call.headers):
            return unreadable(NO_JSON_TYPE)
        raw = request.get_data()
        bodies = _at_once(parse_array(raw))
        if bodies is None:
            bodies = not_array(raw)
        if isinstance(bodies, UnreadableBody):
            return unreadable(bodies)
        told = [self._item(number, body) for number, body in enumerate(bodies)]
        return json_answer(b"[" + b",".join(told) + b"]")

    def _item(self, number: int, body: object) -> bytes:
        call = this_call()
        if isinstance(body, UnreadableBody):
            return orjson.dumps(unreadable_data(body, call.id) | {"index": number})
        told = try_one(self._live.answering, body, call.caller, call.languages)
        if isinstance(told, Refused):
            return orjson.dumps(refused_data(told, call.id) | {"index": number})
        return write_json(told)


def _at_once(reading: Generator[None, None, Read]) -> Read:
    """What is read piece by piece, without a break."""
    while True:
        try:
            next(reading)
        except StopIteration as end:
            return cast(Read, end.value)

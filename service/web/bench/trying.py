"""What a draft would answer: ``/v1/drafts/{id}/evaluate`` and the like, in the process that holds it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar, cast

import orjson
from flask import request

from service.model.exact_json import write_json
from service.model.problem import Refusal
from service.serving.refused import Refused
from service.serving.tabulating import plan_table, try_one
from service.serving.what_if import what_if
from service.web.batch import not_array, parse_array
from service.web.body import NO_JSON_TYPE, UnreadableBody, is_json, parse
from service.web.call import Answer, View, json_answer, this_call
from service.web.evaluating import Trying
from service.web.live import Live
from service.web.problems import refused, refused_data, unreadable, unreadable_data

Read = TypeVar("Read")


class HeldTrying:
    """The views of these endpoints. Nothing is decided, so nothing is logged."""

    def __init__(self, live: Live, ruleset: str) -> None:
        """``ruleset``: of which the draft is."""
        self._live = live
        self._ruleset = ruleset

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
            told = self._of_another(body) or use_case(self._live.answering, body, call.caller, call.languages)
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
        told = self._of_another(body) or try_one(self._live.answering, body, call.caller, call.languages)
        if isinstance(told, Refused):
            return orjson.dumps(refused_data(told, call.id) | {"index": number})
        return write_json(told)

    def _of_another(self, body: object) -> Refused | None:
        """Why a body that names another ruleset gets no answer."""
        named = body.get("ruleset") if isinstance(body, dict) else None
        if not isinstance(named, str) or named == self._ruleset:
            return None
        message = f'This draft is of "{self._ruleset}", and tries no other ruleset.'
        error = Refusal("/ruleset", "unknown-ruleset", message, "Leave ruleset out.")
        return Refused("not_found", "The request names another ruleset than the draft's.", (error,))


def _at_once(reading: Generator[None, None, Read]) -> Read:
    """What is read piece by piece, without a break."""
    while True:
        try:
            next(reading)
        except StopIteration as end:
            return cast(Read, end.value)

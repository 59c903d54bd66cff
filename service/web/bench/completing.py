"""What may stand at a place of a draft's file while it is edited, in the process that holds the draft."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import orjson
from flask import request

from schemas.drafts import CompleteRequest
from service.authoring.completion import complete, hover
from service.drafting.held_draft import HeldDraft
from service.serving.refused import Refused, asked_by
from service.web.body import NO_JSON_TYPE, UnreadableBody, is_json, parse_of_any_size
from service.web.call import Answer, View, json_answer, this_call
from service.web.problems import problem, refused, unreadable

_COMPLETE = CompleteRequest()


class HeldCompletion:
    """The view that the editor asks; names are those of the state that is held."""

    def __init__(self, held: HeldDraft, of_own_form: Callable[[View], View]) -> None:
        """``of_own_form``: lets in forms of our own pages alone."""
        self._held = held
        self._of_own_form = of_own_form

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {"page_completes": self._of_own_form(self.of_form), "draft_complete": self.of_body}

    def of_form(self, **_: str) -> Answer:
        """What may stand at a place of a file's text; or what is said about what stands there."""
        sent = request.form
        line, column = sent.get("line", ""), sent.get("column", "")
        if not (line.isdecimal() and column.isdecimal() and len(line) <= 7 and len(column) <= 7):
            return problem(422, "The line and the column are numbers, from 1.")
        place = (sent.get("file", ""), sent.get("text", ""), int(line), int(column))
        if sent.get("about") == "hover":
            return json_answer(orjson.dumps({"says": hover(self._held.names, *place)}))
        return json_answer(orjson.dumps(asdict(complete(self._held.names, *place))))

    def of_body(self, **_: str) -> Answer:
        """Both, for a program."""
        if not is_json(this_call().headers):
            return unreadable(NO_JSON_TYPE)
        body = parse_of_any_size(request.get_data())  # how large it is was looked at before
        if isinstance(body, UnreadableBody):
            return unreadable(body)
        asked = asked_by(_COMPLETE, body)
        if isinstance(asked, Refused):
            return refused(asked)
        place = (asked["file"], asked["text"], asked["line"], asked["column"])
        told = {**asdict(complete(self._held.names, *place)), "says": hover(self._held.names, *place)}
        return json_answer(orjson.dumps(told))

"""How a request for a draft goes to the process that holds it, and the answer comes back."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from flask import Response

from service.drafting.bench_client import Holder
from service.drafting.draft_report import report_from
from service.drafting.held_draft import HeldDraft
from service.drafting.messages import Message
from service.model.caller import Caller
from service.pages.draft_bar import draft_bar_from
from service.web.call import Answer, Call, Saves, this_call
from service.web.endpoints import Face

_SETS = ("rulesets", "scopes", "edits")


def head_of(call: Call, query: bytes, secrets: Iterable[bytes], holder: Holder) -> dict[str, Any]:
    """The head of a request: what it asks for, who asks, and what the answer needs to know."""
    return {
        "does": "answer",
        "method": call.method,
        "path": call.path,
        "query": query.decode("latin-1"),
        "headers": dict(call.headers),
        "client": call.client,
        "id": call.id,
        "face": call.face,
        "caller": _caller_data(call.caller),
        "secrets": [b64encode(one).decode() for one in secrets],
        "report": holder.report.as_data(),
        "state": holder.state,
        "saved": holder.saved,
        "bar": None if call.draft_bar is None else call.draft_bar.as_data(),
    }


def call_from(head: Mapping[str, Any]) -> Call:
    """The request, as the process that holds the draft follows it."""
    face: Face = head["face"]
    return Call(
        head["method"],
        head["headers"],
        head["client"],
        id=head["id"],
        caller=_caller_from(head["caller"]),
        path=head["path"],
        face=face,
        draft_bar=None if head["bar"] is None else draft_bar_from(head["bar"]),
        holder=Holder(report_from(head["report"]), None, head["state"], head["saved"]),
    )


def secrets_from(head: Mapping[str, Any]) -> tuple[bytes, ...]:
    """The secrets of browsers that it brings."""
    return tuple(b64decode(one) for one in head["secrets"])


def environ_of(head: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """The request for a WSGI application."""
    headers: Mapping[str, str] = head["headers"]
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return {
        **named,
        "REQUEST_METHOD": head["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": head["path"].encode().decode("latin-1"),
        "QUERY_STRING": head["query"],
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": head["client"] or "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def answer_message(answer: Answer, call: Call) -> Message:
    """The answer as it goes back."""
    saves = call.saves
    changes = (
        None if saves is None else {"changes": saves.changes, "matching": saves.matching, "then": saves.then}
    )
    head = {"status": answer.status, "headers": answer.headers, "saves": changes, "ruleset": call.ruleset}
    return Message(head | {"digest": call.digest, "mistakes": list(call.mistakes)}, answer.content)


def answer_from(message: Message, call: Call) -> Answer:
    """The answer that came back; what the log says of the request is noted."""
    head = message.head
    call.ruleset, call.digest, call.mistakes = head["ruleset"], head["digest"], tuple(head["mistakes"])
    if head["saves"] is not None:
        call.saves = Saves(**head["saves"])
    return Answer(message.body, head["status"], [(name, value) for name, value in head["headers"]])


def _caller_data(caller: Caller) -> dict[str, Any]:
    found = {name: getattr(caller, name) for name in ("key", "clinic", "default_ruleset", "role")}
    for name in _SETS:
        value = getattr(caller, name)
        found[name] = None if value is None else sorted(value)
    return found


def _caller_from(data: Mapping[str, Any]) -> Caller:
    sets = {name: None if data[name] is None else frozenset(data[name]) for name in _SETS}
    return Caller(**{**data, **sets})


def saves(held: HeldDraft, changes: Mapping[str, str | None], then: str) -> Response:
    """Have files of the draft saved, all or none, and go on to the page ``then``.

    ``changes``: the new text of each by plan name, as ``factors/1-concern.yaml``; None: it is taken away.
    They are saved by whoever asked this process, if each of them is still as this process holds it; else he
    is shown both sides.
    """
    this_call().saves = Saves(dict(changes), {name: held.tag(name) for name in changes}, then)
    return Response(status=303, headers={"Location": then})

"""Every answer that is not a success: one shape (RFC 9457), whatever the status.

``GET /problems/NAME`` tells what the ``type`` of a problem, or a code of its mistakes, is, and its mend.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import orjson
from flask import Response, request

from schemas.codes import MISTAKE_CODES, PROBLEM_NAMES, MistakeCode
from schemas.language import covers
from schemas.responses import ProblemKindSchema, ProblemSchema
from service.clinical.outcome import MEDIA_TYPE as FHIR_JSON
from service.clinical.outcome import operation_outcome
from service.model.problem import Refusal, did_you_mean
from service.serving.refused import Refused
from service.web.body import MOST_BYTES, UnreadableBody
from service.web.call import Answer, View, this_call
from service.web.transfer import hashed, tagged

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "30"
STALE = {"Picoplan-Ruleset-State": "stale"}
"""The header that says that a newer edit of the ruleset waits."""

_SCHEMA = ProblemSchema()

_KINDS: dict[int, tuple[str, str]] = {
    400: ("The request can't be read", "The request is not well-formed."),
    401: ("An API key is needed", "This needs an API key that lives."),
    403: ("Not allowed", "This request is not allowed."),
    404: ("Not found", "Nothing is served under this path."),
    405: ("Wrong method", "This path does not take that method; see Allow."),
    408: ("The request took too long", "The body did not come in time."),
    409: ("Sent before with another body", "This was sent before with another body."),
    412: (
        "It was changed meanwhile",
        "It is no more as you read it. Nothing was changed.",
    ),
    413: ("The body is too large", f"A body may have {MOST_BYTES} bytes."),
    415: ("Not JSON", "The body must be JSON in UTF-8."),
    417: ("Expectation failed", "The Expect header asks for what is not done here."),
    422: ("The request has mistakes", "The request has mistakes."),
    428: (
        "An ETag is needed",
        "Send the ETag of what you change as If-Match.",
    ),
    429: ("Too many requests", "The key's limit is used up; see Retry-After."),
    500: (
        "A fault of ours",
        "Something went wrong here. It is logged under this instance.",
    ),
    501: (
        "Not done here",
        "The request asks for a transfer coding that is not done here.",
    ),
    503: ("Not ready", "This does not serve at the moment."),
}
covers(map(str, _KINDS), map(str, PROBLEM_NAMES), "kinds of problems")

_STATUS_OF = {"invalid": 422, "not_found": 404, "not_ready": 503, "conflict": 409, "not_logged": 503}
_STATUS_OF |= {"being_checked": 503, "not_allowed": 403, "changed": 412}
CHECKED_AFTER_S = "5"
_RETRY_AFTER = {"not_logged": "2", "being_checked": CHECKED_AFTER_S}
"""Where it makes sense to ask again sooner than after ``RETRY_AFTER`` seconds."""


_CLINICAL = {"fhir": FHIR_JSON, "hooks": "application/json"}
"""The media type of mistakes where clinical systems ask."""


def statuses() -> tuple[int, ...]:
    """Every status of a problem."""
    return tuple(sorted(_KINDS))


def kind(status: int) -> tuple[str, str, str]:
    """The kind of problem that a status is: its name in ``type``, its title, and what it usually says."""
    return PROBLEM_NAMES[status], *_KINDS[status]


def problem_data(
    status: int,
    instance: str,
    detail: str | None = None,
    errors: Iterable[Refusal] = (),
    sides: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """A problem document as JSON data; ``instance`` is the id of the request.

    ``sides``: the three texts of files that two have changed.
    """
    name, title, usual = kind(status if status in _KINDS else 500 if status >= 500 else 400)
    data: dict[str, Any] = _SCHEMA.dump(
        {
            "type": f"/problems/{name}",
            "title": title,
            "status": status,
            "detail": detail or usual,
            "instance": instance,
            "errors": errors,
            "sides": list(sides),
        }
    )
    return data


def problem(
    status: int,
    detail: str | None = None,
    errors: Iterable[Refusal] = (),
    headers: Mapping[str, str] | None = None,
    sides: Iterable[Mapping[str, Any]] = (),
) -> Answer:
    """The answer to the request at hand that says what is wrong; see ``problem_data``."""
    call, errors = this_call(), tuple(errors)
    call.mistakes = tuple(error.code for error in errors)
    if call.face in _CLINICAL:
        detail = detail or kind(status)[2] if status in _KINDS else kind(500)[2]
        data = operation_outcome(call.canonicals, status, detail, errors, call.id)
        media_type = _CLINICAL[call.face]
    else:
        data, media_type = problem_data(status, call.id, detail, errors, sides), MEDIA_TYPE
    told = {"Content-Type": media_type, "Cache-Control": "no-store"}
    if status == 503:
        told["Retry-After"] = RETRY_AFTER
    told |= headers or {}
    return Answer(orjson.dumps(data), status, list(told.items()))


def refused(why: Refused, *, stale: bool = False) -> Answer:
    """Why the use case gave no answer; ``stale``: a newer edit of the ruleset waits."""
    headers = dict(STALE) if stale else {}
    if why.why in _RETRY_AFTER:
        headers["Retry-After"] = _RETRY_AFTER[why.why]
    return problem(_STATUS_OF[why.why], why.detail, why.errors, headers)


def refused_data(why: Refused, instance: str) -> dict[str, Any]:
    """The same as JSON data, where it is one of several answers."""
    return problem_data(_STATUS_OF[why.why], instance, why.detail, why.errors)


def unreadable(body: UnreadableBody) -> Answer:
    """Why the body could not be read."""
    headers = {415: {"Accept": body.accepts}, 408: {"Connection": "close"}}.get(body.status)
    return problem(body.status, body.message, _why_unreadable(body), headers)


def unreadable_data(body: UnreadableBody, instance: str) -> dict[str, Any]:
    """The same as JSON data, where it is one of several answers."""
    return problem_data(body.status, instance, body.message, _why_unreadable(body))


def _why_unreadable(body: UnreadableBody) -> tuple[Refusal, ...]:
    return (Refusal(body.pointer, body.code, body.message, body.hint),)


_KIND_SCHEMA = ProblemKindSchema()
_HTML = "text/html; charset=utf-8"
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_TYPES = {name: status for status, name in PROBLEM_NAMES.items()}


class ProblemPages:
    """Tells of every type and every code: a page for a browser, JSON for all others."""

    def by_name(self) -> dict[str, View]:
        """The view by its endpoint's name."""
        return {"problem": self.problem}

    def problem(self, name: str) -> Response | Answer:
        """What is meant by a name."""
        told = problem_description(name)
        if told is None:
            hint = did_you_mean(name, [*_TYPES, *MISTAKE_CODES]).strip()
            error = Refusal("", "unknown-problem", "There is no such problem.", hint)
            return problem(404, "No problem of that name is told of here.", (error,))
        for_people = request.accept_mimetypes.best_match(("application/json", "text/html")) == "text/html"
        body = _page(told) if for_people else orjson.dumps(told)
        response = tagged(body, hashed(body), _HTML if for_people else "application/json")
        response.headers.add("Vary", "Accept")
        if for_people:
            response.headers["Content-Security-Policy"] = _POLICY
        return response


def problem_description(name: str) -> dict[str, Any] | None:
    """What there is to tell of a type or a code; None: it is neither. As a type it has all its codes."""
    codes = [one for one in MISTAKE_CODES.values() if one.name == name]
    if name in _TYPES:
        status = _TYPES[name]
        _, title, says = kind(status)
        codes = codes or [one for one in MISTAKE_CODES.values() if status in one.statuses]
    elif codes:
        title, says = codes[0].says, codes[0].mend
    else:
        return None
    told: dict[str, Any] = _KIND_SCHEMA.dump(
        {
            "type": f"/problems/{name}",
            "title": title,
            "says": says,
            "codes": [_code(one) for one in codes],
        }
    )
    return told


def _code(one: MistakeCode) -> dict[str, Any]:
    return {"code": one.name, "statuses": list(one.statuses), "says": one.says, "mend": one.mend}


def _page(told: dict[str, Any]) -> bytes:
    rows = "".join(
        f"<dt><code>{one['code']}</code> ({', '.join(map(str, one['statuses']))})</dt>"
        f"<dd>{escape(one['says'])} <strong>{escape(one['mend'])}</strong></dd>"
        for one in told["codes"]
    )
    title = escape(told["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"></head>'
        f"<body><main><h1>{title}</h1><p>{escape(told['says'])}</p><dl>{rows}</dl></main></body></html>"
    ).encode()

"""``GET /problems/NAME``: what the ``type`` of a problem, or a code of its mistakes, is, and its mend."""

from __future__ import annotations

from html import escape
from typing import Any

import orjson
from flask import Response, request

from schemas.codes import MISTAKE_CODES, PROBLEM_NAMES, MistakeCode
from schemas.responses import ProblemKindSchema
from service.model.problem import Refusal, did_you_mean
from service.web.call import Answer, View
from service.web.etags import hashed, tagged
from service.web.problems import kind, problem

_SCHEMA = ProblemKindSchema()
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
        told = told_of(name)
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


def told_of(name: str) -> dict[str, Any] | None:
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
    told: dict[str, Any] = _SCHEMA.dump(
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

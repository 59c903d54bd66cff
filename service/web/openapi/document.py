"""The OpenAPI 3.1 document, and the views that give it: ``GET /openapi.json``, and ``GET /docs`` for people.

The document is the same bytes for the same rulesets, and speaks of those that the caller sees. All that the
page needs comes from here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import orjson
from flask import Response

from schemas.answer import AnswerSchema
from schemas.request import EvaluateRequest, TableRequest, WhatIfRequest
from schemas.responses import BatchProblemSchema, ProblemSchema
from service.evaluation.compiled import CompiledRuleset
from service.model.caller import SCOPES, Caller
from service.model.problem import Refusal
from service.store.editions import EditionKey, key_of
from service.web.body import MOST_BYTES, MOST_DEPTH
from service.web.call import Answer, View, this_call
from service.web.endpoints import DEPRECATED, Endpoint, endpoints
from service.web.health import welcome
from service.web.live import Live
from service.web.openapi.components import OPENAPI, Components, add_body, reference
from service.web.openapi.operations import (
    EVALUATE_BODY,
    OPERATIONS,
    TABLE_BODY,
    WHAT_IF_BODY,
    Examples,
    Operation,
    ResponseDoc,
    examples_of,
)
from service.web.problems import MEDIA_TYPE, kind, problem, statuses
from service.web.transfer import hashed, tagged

LIMITS = ("RateLimit-Policy", "RateLimit")
"""What answers to a key with a limit have."""

_EVERYWHERE = ("X-Request-Id", "Cache-Control", "X-Content-Type-Options")
_ALWAYS_THERE = {
    *(*_EVERYWHERE, "ETag", "Vary", "Allow", "Accept", "Retry-After", "WWW-Authenticate"),
    *("Location", "Content-Disposition"),
}
_OF_PROBLEMS = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    415: ("Accept",),
    429: ("Retry-After", *LIMITS),
    503: ("Retry-After",),
}


def _text(says: str, **told: Any) -> Json:
    return {"description": says, "schema": {"type": "string", **told}}


_HEADERS: dict[str, Json] = {
    "X-Request-Id": _text("The id of this request, also in the service's log.", pattern="^urn:uuid:"),
    "Cache-Control": _text("`no-store`; `no-cache` where there is an ETag.", enum=["no-store", "no-cache"]),
    "X-Content-Type-Options": _text("The content is what it says it is.", enum=["nosniff"]),
    "Vary": _text(
        "`Accept-Language`: its texts are in the language that is asked for; `Accept-Encoding`: it is large, "
        "and comes compressed where that is asked for; `Accept`: browsers get a page."
    ),
    "Content-Encoding": _text("It is large, and the client takes it compressed.", enum=["gzip"]),
    "ETag": _text("Send it back as If-None-Match: the answer is 304 while nothing has changed."),
    "Allow": _text("The methods that the path takes."),
    "Accept": _text("The content type that is taken."),
    "Retry-After": {
        "description": "Seconds until it makes sense to ask again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWW-Authenticate": _text("How to send a key."),
    "RateLimit-Policy": _text("The limit that holds for the key."),
    "RateLimit": _text("What of the limit is left, and until when."),
    "Picoplan-Ruleset-State": _text("A newer edit of the ruleset waits.", enum=["stale"]),
    "Picoplan-Logged": _text("The decision could not be logged.", enum=["no"]),
    "Idempotency-Replayed": _text("The answer was given before, to the same request.", enum=["true"]),
    "Location": _text("Where it is."),
    "Content-Disposition": _text("Save it under this name."),
    "Deprecation": _text("Since when nobody should begin to use it (RFC 9745).", pattern="^@[0-9]+$"),
    "Sunset": _text("From when on it may be gone (RFC 8594)."),
    "Content-Security-Policy": _text("What the page may load: nothing from elsewhere."),
}


_OF_DEPRECATED = ("Deprecation", "Sunset")
"""What answers of an endpoint that is to go say; told of where there is one."""


def header_components() -> Json:
    """The headers by name, for the components of a document."""
    unused = () if DEPRECATED else _OF_DEPRECATED
    return {
        name: {**header, "required": name in _ALWAYS_THERE}
        for name, header in sorted(_HEADERS.items())
        if name not in unused
    }


def headers_of(*names: str) -> Json:
    """The headers of an answer: those that every answer has, and these."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*_EVERYWHERE, *names)}


def problem_headers(status: int) -> Json:
    """The headers of a problem."""
    return headers_of(*_OF_PROBLEMS.get(status, ()))


Json = dict[str, Any]

OF_EVERYTHING = (400, 403, 405, 417, 500, 501)
"""The statuses of problems that any request may get."""

OF_KEYS = (401, 403, 429)
"""Those that requests get where keys are asked for."""

_ABOUT = f"""\
How many Pico laser sessions is enough? Send the answers of one client, and get a plan with its reasons: a
verdict, how many sessions, how far apart, which rules said so, and on what evidence.

It is decision support: always a range, never a promise. This document has the questions of the rulesets that
serve, and changes with them. A body has at most {MOST_BYTES} bytes and {MOST_DEPTH} levels, and names each
member once.
"""
_TAGS = (
    ("Decisions", "Have assessments decided, and look at what was decided."),
    ("Rulesets", "What the service decides by."),
    ("Drafts", "Edits that are not live: what is wrong with them, and what they would answer."),
    ("Service", "How the service does, and what there is."),
)
_KEYS: Json = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key. Each may do what its scopes allow: `evaluate` has assessments decided, "
    "`read` looks at rulesets and at decisions that were made, `operate` sees how the service does, `erase` "
    "erases the decisions of a client. Where the operator has made no keys, none is asked for.",
}


_KEY_OR_NONE: list[Json] = [{"key": []}, {}]
"""A key, where the operator has made any; where he has made none, nothing."""

_SEND_A_KEY = """\
**No ruleset is in this document, for it was asked for without a key, or with one that sees none.** Ask for it
again with the header `Authorization: Bearer` and your token: then the questions of your rulesets are in it.
"""


def document(
    table: Sequence[Endpoint], rulesets: Sequence[CompiledRuleset], default: str | None, *, keyed: bool
) -> bytes:
    """The document of these endpoints over these rulesets, as JSON.

    ``default`` is the ruleset of requests that name none. ``keyed``: an API key is asked for.
    """
    return orjson.dumps(_Writer(rulesets, default, keyed=keyed).document(table))


class _Writer:
    def __init__(self, rulesets: Sequence[CompiledRuleset], default: str | None, *, keyed: bool) -> None:
        self._rulesets = rulesets
        self._default = default
        self._keyed = keyed
        self._components = Components()
        self._examples = Examples()
        self._problems: set[int] = set()

    def document(self, table: Sequence[Endpoint]) -> Json:
        self._examples = examples_of(self._rulesets, welcome(table))
        bodies = {EVALUATE_BODY: EvaluateRequest, WHAT_IF_BODY: WhatIfRequest, TABLE_BODY: TableRequest}
        for name, body in bodies.items():
            add_body(self._components, name, body, self._rulesets, self._default)
        for schema in (AnswerSchema, ProblemSchema, BatchProblemSchema):
            self._components.of(schema)
        paths: Json = {}
        for one in table:
            paths.setdefault(one.path, {})[one.method.lower()] = self._operation(one, OPERATIONS[one.name])
        return {
            "openapi": OPENAPI,
            "info": {
                "title": "picoplan",
                "version": version("picoplan"),
                "summary": "Session plans from rules that a clinic can edit.",
                "description": _ABOUT if self._rulesets or not self._keyed else f"{_ABOUT}\n{_SEND_A_KEY}",
                "license": {"name": "MIT License", "identifier": "MIT"},
                "contact": {"name": "The picoplan developers"},
            },
            "servers": [{"url": "/", "description": "This service."}],
            "tags": [{"name": name, "description": says} for name, says in _TAGS],
            "paths": paths,
            "components": {
                "schemas": self._components.schemas(),
                "responses": {_named(status): self._problem(status) for status in sorted(self._problems)},
                "headers": header_components(),
                "securitySchemes": {"key": _KEYS},
            },
        }

    def _operation(self, one: Endpoint, said: Operation) -> Json:
        made: Json = {"operationId": one.name, "tags": [said.tag], "summary": one.does}
        says = [said.says] if said.says else []
        if one.scopes:
            scopes = " or ".join(f"`{scope}`" for scope in SCOPES if scope in one.scopes)
            role = ", or a role by which its holder signs" if one.or_role else ""
            says.append(f"Where keys are asked for, the key needs the scope {scopes}{role}.")
        if says:
            made["description"] = "\n\n".join(says)
        if said.parameters:
            made["parameters"] = [self._parameter(each) for each in said.parameters]
        if said.body:
            made["requestBody"] = self._body(said)
        made["responses"] = self._responses(one, said)
        if one.name in DEPRECATED:
            made["deprecated"] = True
        made["security"] = _KEY_OR_NONE
        return made

    def _parameter(self, said: Json) -> Json:
        made = dict(said)
        if "example" in made:
            example = self._examples.in_paths.get(made["example"], made["example"])
            made["example"] = example
            if example.startswith("{"):
                del made["example"]
        return made

    def _body(self, said: Operation) -> Json:
        content: Json = {}
        for media, schema in said.body.items():
            content[media] = {
                "schema": self._schema(reference(schema) if isinstance(schema, str) else schema)
            }
            bodies = self._examples.bodies_of(schema) if isinstance(schema, str) else {}
            if bodies:
                content[media]["examples"] = {
                    ruleset: {"summary": f"An assessment of {ruleset}", "value": body}
                    for ruleset, body in bodies.items()
                }
        return {"required": True, "content": content}

    def _responses(self, one: Endpoint, said: Operation) -> Json:
        limited = bool(one.scopes)
        found: Json = {}
        for status, answer in said.answers.items():
            found[str(status)] = self._answer(one.name, status, answer, limited=limited)
        for status in self._statuses(said.problems, limited=limited):
            if str(status) not in found:
                self._problems.add(status)
                found[str(status)] = {"$ref": f"#/components/responses/{_named(status)}"}
        return dict(sorted(found.items()))

    def _statuses(self, own: Iterable[int], *, limited: bool) -> list[int]:
        possible = {*OF_EVERYTHING, *own, *(OF_KEYS if limited else ())}
        return sorted(possible & {*statuses()})

    def _answer(self, name: str, status: int, answer: ResponseDoc, *, limited: bool) -> Json:
        made: Json = {"description": answer.says}
        encoded = ("Content-Encoding",) if answer.content and status == 200 else ()
        going = _OF_DEPRECATED if name in DEPRECATED else ()
        made["headers"] = headers_of(*answer.headers, *encoded, *going, *(LIMITS if limited else ()))
        if answer.content:
            made["content"] = {
                media: {"schema": self._schema(schema)} for media, schema in answer.content.items()
            }
            example = self._examples.answers.get(name)
            if status in (200, 201) and example is not None:
                made["content"]["application/json"]["example"] = example
        if answer.links:
            made["links"] = answer.links
        return made

    def _schema(self, schema: Any) -> Json:
        return dict(schema) if isinstance(schema, dict) else self._components.of(schema)

    def _problem(self, status: int) -> Json:
        _, title, usual = kind(status)
        return {
            "description": f"{title}. {usual}",
            "headers": problem_headers(status),
            "content": {
                MEDIA_TYPE: {"schema": reference("Problem"), "example": self._examples.problem(status)}
            },
        }


def _named(status: int) -> str:
    """The name of a status among the components, such as ``NotFound``."""
    return "".join(word.capitalize() for word in kind(status)[0].split("-"))


POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may load: nothing from elsewhere, and nothing that stands in the page itself."""

_TYPES = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
}


class DocsViews:
    """The page, and the files that it loads; they are read once, when one is asked for."""

    def __init__(self) -> None:
        self._folder = files("service.web") / "static" / "docs"
        self._page = (self._folder / "page.html").read_bytes()

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {"docs": self.page, "docs_file": self.file}

    def page(self) -> Response:
        """The page."""
        response = tagged(self._page, hashed(self._page), "text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def file(self, file: str) -> Response | Answer:
        """One of the files that it loads."""
        if file in _TYPES:
            content, tag = self._files[file]
            return tagged(content, tag, _TYPES[file])
        error = Refusal("", "unknown-file", "The page has no such file.", "Open /docs.")
        return problem(404, None, (error,))

    @cached_property
    def _files(self) -> dict[str, tuple[bytes, str]]:
        contents = {name: (self._folder / name).read_bytes() for name in _TYPES}
        return {name: (content, hashed(content)) for name, content in contents.items()}


MOST_KEPT = 8
"""So many documents are kept; the one that was not asked for the longest goes first."""

_Key = tuple[bool, str | None, tuple[tuple[str, EditionKey, bool], ...]]


class OpenApiView:
    """Describes the service as it is now. What was written is kept while its rulesets serve."""

    def __init__(
        self,
        live: Live,
        default_ruleset: str | None,
        *,
        logged: bool,
        keyed: Callable[[], bool] = lambda: False,
    ) -> None:
        """``logged``: decisions are logged, and can be asked for; ``keyed``: are keys asked for?"""
        self._live = live
        self._default = default_ruleset
        self._keyed = keyed
        self._endpoints = endpoints(logged=logged)
        self._kept: OrderedDict[_Key, tuple[bytes, str]] = OrderedDict()
        self._writing = threading.Lock()

    def by_name(self) -> dict[str, View]:
        """The view by its endpoint's name."""
        return {"openapi": self.openapi}

    def openapi(self) -> Response:
        """The document."""
        caller = this_call().caller
        seen = self._seen(caller)
        default = caller.default_ruleset or self._default
        lines = tuple((one.ruleset.id, key_of(one.ruleset), one.ruleset.signed_off) for one in seen)
        key = (self._keyed(), default if default in {line[0] for line in lines} else None, lines)
        with self._writing:
            kept = self._kept.pop(key, None) or self._written(key, seen)
            self._kept[key] = kept
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return tagged(*kept, "application/json")

    def _written(self, key: _Key, seen: list[CompiledRuleset]) -> tuple[bytes, str]:
        body = document(self._endpoints, seen, key[1], keyed=key[0])
        return body, hashed(body)

    def _seen(self, caller: Caller) -> list[CompiledRuleset]:
        """What serves today and is there for the caller."""
        answering, today = self._live.answering, datetime.now(UTC).date()
        found = [answering.on(name, today) for name in sorted(answering.snapshot.served) if caller.sees(name)]
        return [one for one in found if one is not None]

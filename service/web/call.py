"""One request as the service follows it: its id, when it came, and which ruleset decided.

And documents that the client may have already, given again only where they have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from time import perf_counter
from types import MappingProxyType
from typing import Any, cast

import uuid_utils
from flask import Request, Response, request

from service.model.caller import INTERNAL, Caller
from service.model.limit import CountedRequest


def hashed(body: bytes) -> str:
    """A short hash of a document."""
    return blake2b(body, digest_size=8).hexdigest()


def tagged(body: bytes, tag: str, content_type: str) -> Response:
    """The document with a strong ETag; 304 without it where the client has it."""
    asked = this_call().if_none_match
    fresh = asked.star_tag or asked.contains_weak(tag)
    response = Response(b"" if fresh else body, 304 if fresh else 200, content_type=content_type)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache"
    if fresh:
        del response.headers["Content-Type"]
    return response


View = Callable[..., Response]
"""What answers the requests of one endpoint."""

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"))


def new_id() -> str:
    """A request id: a UUID of version 7 as a URN."""
    return f"urn:uuid:{uuid_utils.uuid7()}"


class Call(Request):
    """A request: who sends it, what is left of his limit, and what its log line says of it."""

    caller: Caller = INTERNAL
    counted: CountedRequest | None = None
    ruleset: str | None = None
    digest: str | None = None
    version: str | None = None
    verdict: str | None = None
    fault: str | None = None
    """Of what kind a fault of ours was that it came to."""
    mistakes: tuple[str, ...] = ()
    """The codes of mistakes that it is answered with, but for those of decisions."""
    span: Any = None
    """Its span, where traces are configured."""
    trace: Mapping[str, str] = MappingProxyType({})
    """By what its log lines are found from a trace."""

    def __init__(self, environ: Any, **kwargs: Any) -> None:
        super().__init__(environ, **kwargs)
        self.started = perf_counter()
        self.id = new_id()

    @property
    def route(self) -> str | None:
        """The route's template, such as ``/v1/rulesets/<ruleset_id>``; None where no route matched."""
        return None if self.url_rule is None else self.url_rule.rule

    def decided_by(self, ruleset: str, digest: str) -> None:
        """Note which ruleset this request came to."""
        self.ruleset = ruleset
        self.digest = digest


def this_call() -> Call:
    """The request being answered."""
    return cast(Call, request._get_current_object())  # type: ignore[attr-defined]

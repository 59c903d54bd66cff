"""``GET /openapi.json``: what there is, as OpenAPI 3.1; ``GET /docs``: the same for people.

Both speak of the rulesets that the caller sees. All that the page needs comes from here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files

from flask import Response

from service.evaluation.compiled import CompiledRuleset
from service.model.caller import Caller
from service.model.refusal import Refusal
from service.web.call import View, this_call
from service.web.endpoints import endpoints
from service.web.live import Live
from service.web.openapi.document import document
from service.web.problems import problem
from service.web.tagged import hashed, tagged

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
    """The page, and the files that it loads; they are read once."""

    def __init__(self) -> None:
        folder = files("service.web") / "static" / "docs"
        self._page = (folder / "page.html").read_bytes()
        self._files = {name: (folder / name).read_bytes() for name in _TYPES}
        self._tags = {name: hashed(content) for name, content in self._files.items()}

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {"docs": self.page, "docs_file": self.file}

    def page(self) -> Response:
        """The page."""
        response = tagged(self._page, hashed(self._page), "text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def file(self, file: str) -> Response:
        """One of the files that it loads."""
        if file in self._files:
            return tagged(self._files[file], self._tags[file], _TYPES[file])
        error = Refusal("", "unknown-file", "The page has no such file.", "Open /docs.")
        return problem(404, None, (error,))


MOST_KEPT = 8
"""So many documents are kept; the one that was not asked for the longest goes first."""

_Key = tuple[bool, str | None, tuple[tuple[str, str, bool], ...]]


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
        lines = tuple((one.ruleset.id, one.ruleset.digest, one.ruleset.signed_off) for one in seen)
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

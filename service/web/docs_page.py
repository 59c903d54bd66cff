"""``GET /docs``: the API's description for people. Everything that the page needs comes from here."""

from __future__ import annotations

from importlib.resources import files

from flask import Response

from service.model.refusal import Refusal
from service.web.call import View
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

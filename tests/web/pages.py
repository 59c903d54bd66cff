"""A browser without a screen or scripts: it keeps its cookie, and sends the forms of pages as they stand."""

from __future__ import annotations

import re
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.web.serving import Served

FORM = "application/x-www-form-urlencoded"


class Shown(NamedTuple):
    """What came of a request: a page, or where to go on."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def where(self) -> str:
        """The address to go on to."""
        return self.headers["location"]

    @property
    def token(self) -> str:
        """What the forms of the page send back."""
        found = re.search(r'name="\.token" value="([^"]*)"', self.text)
        assert found, self.text
        return unescape(found[1])

    def token_of(self, action: str) -> str:
        """What the form that is sent there sends back."""
        return self._replace(text=self.text.partition(f'action="{action}"')[2]).token


class Visit:
    """The visits of one browser."""

    def __init__(self, server: Served) -> None:
        self.server = server
        self.cookie = ""

    @property
    def origin(self) -> str:
        """The origin of the service's pages."""
        return f"http://127.0.0.1:{self.server.port}"

    def get(self, path: str, **headers: str) -> Shown:
        """A page."""
        return self._asked("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, Any], **headers: str) -> Shown:
        """What comes of a form, sent as a browser sends it."""
        return self.sent(path, urlencode(fields, doseq=True).encode(), FORM, **headers)

    def sent(self, path: str, body: bytes, content_type: str, **headers: str) -> Shown:
        """What comes of a form whose body is this."""
        sent = {"Origin": self.origin, "Sec_Fetch_Site": "same-origin", **headers}
        return self._asked("POST", path, body, {"Content_Type": content_type, **sent})

    def signed_in(self, key: str, wanted: str = "") -> Shown:
        """What comes of signing in."""
        page = self.get("/workbench/sign-in")
        return self.post("/workbench/sign-in", {".token": page.token, ".key": key, ".next": wanted})

    def _asked(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Shown:
        sent = {name.replace("_", "-"): value for name, value in headers.items() if value}
        if self.cookie:
            sent["Cookie"] = self.cookie
        status, told, content = self.server.ask(method, path, body, sent)
        if "set-cookie" in told:
            value = told["set-cookie"].partition(";")[0]
            self.cookie = "" if value.endswith("=") else value
        return Shown(status, told, content.decode(errors="replace"))

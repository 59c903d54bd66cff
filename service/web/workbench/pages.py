"""What every page of the workbench has: its headers, who looks at it, its forms, and mistakes as pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Flask, Response, request

from service.store.faults import DatabaseFault
from service.web.bench.drafting import database_gone
from service.web.browsers import Browsers
from service.web.call import Answer, View, this_call
from service.web.endpoints import WORKBENCH, may_open
from service.web.log import Log
from service.web.problems import MEDIA_TYPE, RETRY_AFTER, problem
from service.web.transfer import hashed, tagged
from service.wording.templates import templates_of

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""What every page says of itself: nothing from elsewhere, kept nowhere, framed by nobody."""

AGAIN = ".again."
"""What the names of fields begin with that are kept while somebody signs in midway."""

_TOO_MANY = 429
_LONGEST_S = 60
_PASSES = (_TOO_MANY, 503)
"""What may be well when it is asked for again."""

_OF_THE_CLIENT_PAGE = {"ask.css": "ask"}
_STATIC = {
    "htmx.min.js": "text/javascript; charset=utf-8",
    "shown.js": "text/javascript; charset=utf-8",
    "editor.js": "text/javascript; charset=utf-8",
    "workbench.css": "text/css; charset=utf-8",
    "rules.css": "text/css; charset=utf-8",
    "drafts.css": "text/css; charset=utf-8",
    "edit.css": "text/css; charset=utf-8",
    "wizards.css": "text/css; charset=utf-8",
    "publish.css": "text/css; charset=utf-8",
    "print.css": "text/css; charset=utf-8",
    "ask.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page: the id of his key, its clinic, and what the forms of this page send back.

    ``sees_all``: every ruleset is there for him.
    """

    key: str | None
    clinic: str | None
    is_house: bool
    sees_all: bool
    token: str


class Pages:
    """Makes pages, and what stands around them."""

    def __init__(self, browsers: Browsers, log: Log) -> None:
        self._browsers = browsers
        self._log = log

    def join(self, app: Flask) -> None:
        """Make the answers below the workbench pages: their headers, their mistakes, and where to sign in."""
        app.before_request(self._of_own_host)
        app.after_request(self._as_page)
        app.register_error_handler(DatabaseFault, self._database_gone)

    def file(self, file: str) -> Response | Answer:
        """One of the files that pages load."""
        if file not in _STATIC:
            return problem(404)
        content, tag = self._files[file]
        return tagged(content, tag, _STATIC[file])

    @cached_property
    def _files(self) -> dict[str, tuple[bytes, str]]:
        folder = files("service.web") / "static"
        places = {name: folder / _OF_THE_CLIENT_PAGE.get(name, "workbench") / name for name in _STATIC}
        contents = {name: place.read_bytes() for name, place in places.items()}
        return {name: (content, hashed(content)) for name, content in contents.items()}

    def _of_own_host(self) -> Answer | None:
        """No page is shown under a name that is not the service's: another site's may be made to mean it."""
        if not _is_page() or self._browsers.origin(this_call()) is not None:
            return None
        mend = (
            "Open it as localhost on this machine; beyond it the operator names its address as --public-url."
        )
        return problem(403, f"There are no pages under this name. {mend}")

    def _database_gone(self, fault: DatabaseFault) -> Answer:
        self._log.error("a page lacks the database", fault=type(fault).__name__, says=str(fault))
        return database_gone(fault)

    def _as_page(self, response: Response) -> Response:
        if not _is_page():
            return response
        if response.mimetype == MEDIA_TYPE:
            response = self._of_problem(response)
        for name, value in HEADERS.items():
            if name not in response.headers:
                response.headers[name] = value
        return response

    def _of_problem(self, answer: Response) -> Response:
        """A problem as a page; where a key is needed, the way to sign in, and on."""
        said = orjson.loads(answer.get_data())
        wanted = request.full_path.rstrip("?") if request.method == "GET" else WORKBENCH
        if answer.status_code != 401:
            seconds = min(int(answer.headers.get("Retry-After", RETRY_AFTER)), _LONGEST_S)
            response = self._of_mistake(answer.status_code, said, wanted, seconds)
        elif request.headers.get("Sec-Fetch-Site") == "cross-site":
            response = self.page("go_on.html", next=own_path(wanted))
        elif request.method == "GET" and is_htmx():
            # A page asks by itself whether there is anything new: it stays as it is.
            response = Response(status=401, headers={"HX-Reswap": "none"})
        elif request.method == "POST" and self._browsers.is_own_site(this_call()):
            kept = [] if is_htmx() else self._sent()
            response = self.sign_in(request.path, "", 401, kept, midway=True)
        else:
            response = go_to(f"{WORKBENCH}/sign-in?{urlencode({'next': own_path(wanted)})}")
        for name in ("Retry-After", "Allow", "Connection"):
            if name in answer.headers:
                response.headers[name] = answer.headers[name]
        return response

    def _of_mistake(self, status: int, said: dict[str, Any], wanted: str, seconds: int) -> Response:
        """A problem as a page; what may be well later can be asked again, with what was filled in."""
        passes = status in _PASSES and not is_htmx()
        changes = request.method == "POST"
        sends = passes and changes and not request.files and self._browsers.is_own_site(this_call())
        return self.page(
            "error.html",
            status,
            problem=said,
            within=is_htmx(),
            again=own_path(wanted) if passes and not changes else "",
            seconds=seconds,
            sends_to=request.path if sends else "",
            kept=self._sent() if sends else (),
            saved_nothing=changes and (status == _TOO_MANY or this_call().saved_nothing),
        )

    @staticmethod
    def _sent() -> list[tuple[str, str]]:
        """What was filled in and sent."""
        fields = request.form.items(multi=True)
        return [(name, value) for name, value in fields if name not in (".token", ".key")]

    def sign_in(
        self,
        wanted: str,
        mistake: str = "",
        status: int = 200,
        kept: Sequence[tuple[str, str]] = (),
        *,
        midway: bool = False,
    ) -> Response:
        """Where to sign in. ``wanted`` comes next, with the fields that are ``kept`` of a form."""
        midway = midway or bool(kept)
        return self.page(
            "sign_in.html",
            status,
            next=own_path(wanted),
            mistake=mistake,
            kept=kept,
            midway=midway,
            within=is_htmx(),
        )

    def page(self, template: str, status: int = 200, **data: Any) -> Response:
        """A page made from a template of ``service.pages``, or of the page that is signed."""
        page = templates_of("service.pages", "service.documenting").get_template(template)
        call = this_call()
        may = partial(may_open, call.caller)
        text = page.render(visitor=self._visitor(), draft_bar=call.draft_bar, may=may, **data)
        return Response(text, status, content_type="text/html; charset=utf-8")

    def _visitor(self) -> Visitor:
        """Who looks at a page."""
        call = this_call()
        caller = call.caller
        is_house = caller.key is None and bool(caller.scopes)
        return Visitor(caller.key, caller.clinic, is_house, caller.rulesets is None, self._token())

    def _token(self) -> str:
        try:
            return self._browsers.form_token(this_call())
        except DatabaseFault:
            return ""

    def of_own_form(self, view: View) -> View:
        """The view for forms of our own pages; what any other site sends is refused."""

        def checked(**arguments: str) -> object:
            if not self._browsers.is_own_form(this_call(), request.form.get(".token", "")):
                return problem(403, "This form is too old, or not of this site. Open the page again.")
            return view(**arguments)

        return checked


def own_path(wanted: str) -> str:
    """A path of the workbench to go on to: the wanted one, or where everybody begins."""
    inside = wanted == WORKBENCH or wanted.startswith(f"{WORKBENCH}/")
    return wanted if inside and wanted.isprintable() and "\\" not in wanted else WORKBENCH


def _is_page() -> bool:
    return request.path == WORKBENCH or request.path.startswith(f"{WORKBENCH}/")


def is_htmx() -> bool:
    """Whether htmx asks, which swaps what comes into the page that is there."""
    return request.headers.get("HX-Request") == "true"


def go_to(address: str) -> Response:
    """Go on to another page, by GET."""
    return Response(status=303, headers={"Location": address})

"""The workbench: pages in which clinic leads try a client. They show what use cases say, and keep nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Flask, Response, request

from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Refusal
from service.pages.client_form import (
    ClientForm,
    Filled,
    all_others_no,
    assessment_of,
    client_form,
    counting,
    filled_by,
    read_form,
)
from service.pages.rendering import page
from service.pages.sealing import LONGEST, seal, unseal
from service.pages.verdict import verdict_view
from service.serving.refused import Refused
from service.serving.tabulating import try_one
from service.serving.what_if import what_if
from service.store.faults import DatabaseFault
from service.web.browsers import Browsers
from service.web.call import Answer, View, this_call
from service.web.endpoints import WORKBENCH
from service.web.etags import hashed, tagged
from service.web.guard import Guard
from service.web.live import Live
from service.web.problems import MEDIA_TYPE, problem
from service.wording.answers import VERDICT_WORDS, range_words

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""What every page says of itself: nothing from elsewhere, kept nowhere, framed by nobody."""

LINKS_LIVE = timedelta(days=30)
"""How long the address of a client opens."""

_STATIC = {
    "htmx.min.js": "text/javascript; charset=utf-8",
    "workbench.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_STATES = {
    "current": "live",
    "stale": "live; a newer edit waits",
    "checking": "being checked for the first time",
    "broken": "without a good version",
}
_MOST_CHANGES = 6
_TRIED = "try"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page: the id of his key, its clinic, and what the forms of this page send back."""

    key: str | None
    clinic: str | None
    is_house: bool
    token: str


@dataclass(frozen=True, slots=True)
class _RulesetCard:
    id: str
    title: str
    language: str
    version: str
    state_words: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """What another answer would come to, and the address of the client with it."""

    what: str
    comes_to: str
    link: str


@dataclass(frozen=True, slots=True)
class _Client:
    """A client that is tried: what is filled in, and which questions "all others: no" has answered."""

    filled: Filled
    said_no: tuple[str, ...] = ()


class Workbench:
    """The views of the workbench."""

    def __init__(self, live: Live, browsers: Browsers, guard: Guard | None) -> None:
        self._live = live
        self._browsers = browsers
        self._guard = guard

    def join(self, app: Flask) -> None:
        """Make the answers below the workbench pages: their headers, their mistakes, and where to sign in."""
        app.before_request(self._of_own_host)
        app.after_request(self._as_page)

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "page_home": self.home,
            "page_sign_in": self.sign_in,
            "page_signs_in": self._of_own_form(self.signs_in),
            "page_sign_out": self._of_own_form(self.sign_out),
            "page_try": self.new_client,
            "page_tries": self._of_own_form(self.fill_in),
            "page_tried": self.client,
            "page_file": self.file,
        }

    # -- who is there -------------------------------------------------------------------------------

    def sign_in(self) -> Response:
        """Where to sign in."""
        return self._sign_in(request.args.get("next", ""))

    def signs_in(self) -> Response | Answer:
        """Begin a session, and go on; a key that is wrong is told without saying how."""
        call = this_call()
        wanted = request.form.get(".next", "")
        if self._browsers.wrong_keys.is_used_up(call.client):
            message = "Too many keys were wrong. Try again in a minute."
            return problem(429, message, headers={"Retry-After": "60"})
        holder = None if self._guard is None else self._guard.holder_of(request.form.get(".key", "").strip())
        if holder is None or holder.caller.key is None:
            self._browsers.wrong_keys.count(call.client)
            return self._sign_in(wanted, "This is no key that lives.", 422)
        response = _go_to(_own_path(wanted))
        response.headers["Set-Cookie"] = self._browsers.sign_in(call, holder.caller.key)
        return response

    def sign_out(self) -> Response:
        """End the session."""
        response = _go_to(f"{WORKBENCH}/sign-in")
        response.headers["Set-Cookie"] = self._browsers.sign_out(this_call())
        return response

    def _sign_in(self, wanted: str, mistake: str = "", status: int = 200) -> Response:
        return self._page("sign_in.html", status, next=_own_path(wanted), mistake=mistake)

    # -- rulesets -----------------------------------------------------------------------------------

    def home(self) -> Response:
        """The rulesets that are there for the visitor."""
        caller = this_call().caller
        by_id = self._live.statuses.by_id
        cards = [self._card(name) for name in sorted(by_id) if caller.sees(name)]
        can_try = bool(caller.scopes & {"evaluate", "read"})
        return self._page("home.html", rulesets=cards, can_try=can_try)

    def _card(self, name: str) -> _RulesetCard:
        caller, status = this_call().caller, self._live.statuses.by_id[name]
        compiled = self._compiled(name)
        ruleset = None if compiled is None else compiled.ruleset
        told = status.problems if "operate" in caller.scopes else ()
        return _RulesetCard(
            name,
            name if ruleset is None else ruleset.title,
            "" if ruleset is None else ruleset.language,
            "" if ruleset is None else ruleset.version,
            _STATES[status.state],
            tuple(status.redaction.redacted(problem, caller) for problem in told),
        )

    # -- a client -----------------------------------------------------------------------------------

    def new_client(self, ruleset_id: str) -> Response | Answer:
        """An empty form."""
        compiled = self._compiled(ruleset_id)
        return _no_ruleset() if compiled is None else self._shown(compiled, _Client({}))

    def fill_in(self, ruleset_id: str) -> Response | Answer:
        """Take what was filled in, and go on to the address that has it sealed."""
        compiled = self._compiled(ruleset_id)
        if compiled is None:
            return _no_ruleset()
        client = _filled_in(compiled, list(request.form.items(multi=True)))
        address = self._address(compiled.ruleset.id, client)
        if address is not None and not _is_htmx():
            return _go_to(address)
        bar = "" if address is not None else "This is too long for an address, so it has no link."
        response, form = self._with_form(compiled, client, bar)
        if address is not None:
            response.headers["HX-Replace-Url"] = address
        if form.shape == request.form.get(".shape"):
            # The form stays, so that no click on it is lost.
            response.headers["HX-Retarget"] = response.headers["HX-Reselect"] = "#answer"
        return response

    def client(self, ruleset_id: str, token: str) -> Response | Answer:
        """A client as the address has him, and what would be answered."""
        compiled = self._compiled(ruleset_id)
        if compiled is None:
            return _no_ruleset()
        client = self._opened(compiled, token)
        if client is None:
            detail = "This address opens no client: it is older than 30 days, or not whole."
            return problem(404, detail)
        return self._shown(compiled, client)

    def _shown(self, compiled: CompiledRuleset, client: _Client) -> Response:
        return self._with_form(compiled, client)[0]

    def _with_form(
        self, compiled: CompiledRuleset, client: _Client, bar: str = ""
    ) -> tuple[Response, ClientForm]:
        ruleset = compiled.ruleset
        counted = counting(compiled, client.filled)
        assessment = assessment_of(ruleset, counted)
        body = {"ruleset": ruleset.id, "assessment": assessment}
        call = this_call()
        told = try_one(self._live.answering, body, call.caller)
        refusals = told.errors if isinstance(told, Refused) else ()
        form = client_form(compiled, ruleset, client.filled, refusals)
        answered = not isinstance(told, Refused)
        response = self._page(
            "try.html",
            ruleset=ruleset,
            bar=bar or self._waits(ruleset.id),
            action=f"{WORKBENCH}/{ruleset.id}/live/try",
            form=form,
            mistakes=_of_no_question(form, refusals),
            said_no=[(name, ruleset.inputs[name].label) for name in client.said_no],
            view=verdict_view(ruleset, assessment, told) if not isinstance(told, Refused) else None,
            changes=self._changes(compiled, body, client) if answered else (),
        )
        return response, form

    def _changes(self, compiled: CompiledRuleset, body: Mapping[str, Any], client: _Client) -> list[_Change]:
        """What other answers would come to, those first that make one session enough."""
        ruleset = compiled.ruleset
        document = what_if(self._live.answering, body, this_call().caller)
        if isinstance(document, Refused):
            return []
        found: dict[str, _Change] = {}
        for change in (*document["one_session"]["changes"], *document["changes"]):
            instead = {one["input"]: one["instead"] for one in change["changed"]}
            assessment = {**body["assessment"], **instead}
            for name in change["leave_out"]:
                assessment.pop(name, None)
            address = self._address(ruleset.id, _Client(filled_by(ruleset, assessment), client.said_no))
            what = "; ".join(f"{one['label']} {one['instead_label']}" for one in change["changed"])
            if address is not None and len(found) < _MOST_CHANGES:
                found.setdefault(what, _Change(what, _comes_to(change), address))
        return list(found.values())

    def _waits(self, name: str) -> str:
        status = self._live.statuses.by_id.get(name)
        return (
            "A newer edit of this ruleset waits: it has problems."
            if status and status.state == "stale"
            else ""
        )

    def _address(self, name: str, client: _Client) -> str | None:
        """Where the client can be seen again; None: he is too long for an address."""
        hour = int(datetime.now(UTC).timestamp()) // 3_600
        data = orjson.dumps([name, hour, client.filled, client.said_no])
        if len(data) > LONGEST:
            return None
        token = seal(self._browsers.secrets()[0], _TRIED, data)
        return None if token is None else f"{WORKBENCH}/{name}/live/try/{token}"

    def _opened(self, compiled: CompiledRuleset, token: str) -> _Client | None:
        data = unseal(self._browsers.secrets(), _TRIED, token)
        if data is None:
            return None
        name, hour, filled, said_no = json.loads(data)
        made = datetime.fromtimestamp(hour * 3_600, UTC)
        if name != compiled.ruleset.id or datetime.now(UTC) - made > LINKS_LIVE:
            return None
        inputs = compiled.ruleset.inputs
        return _Client(
            {one: tuple(values) for one, values in filled.items() if one in inputs},
            tuple(one for one in said_no if one in inputs),
        )

    def _compiled(self, name: str) -> CompiledRuleset | None:
        """What answers for a ruleset today, where the visitor sees it."""
        answering = self._live.answering
        if not this_call().caller.sees(name):
            return None
        compiled = answering.snapshot.served.get(name)
        return None if compiled is None else answering.on(name, compiled.ruleset.today(datetime.now(UTC)))

    # -- pages --------------------------------------------------------------------------------------

    def file(self, file: str) -> Response | Answer:
        """One of the files that pages load."""
        if file not in _STATIC:
            return problem(404)
        content, tag = self._files[file]
        return tagged(content, tag, _STATIC[file])

    @cached_property
    def _files(self) -> dict[str, tuple[bytes, str]]:
        folder = files("service.web") / "static" / "workbench"
        contents = {name: (folder / name).read_bytes() for name in _STATIC}
        return {name: (content, hashed(content)) for name, content in contents.items()}

    def _of_own_host(self) -> Answer | None:
        """No page is shown under a name that is not the service's: another site's may be made to mean it."""
        if not _is_page() or self._browsers.origin(this_call()) is not None:
            return None
        mend = (
            "Open it as localhost on this machine; beyond it the operator names its address as --public-url."
        )
        return problem(403, f"There are no pages under this name. {mend}")

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
        wanted = request.path if request.method == "GET" else WORKBENCH
        if answer.status_code != 401:
            response = self._page("error.html", answer.status_code, problem=said)
        elif request.headers.get("Sec-Fetch-Site") == "cross-site":
            response = self._page("go_on.html", next=_own_path(wanted))
        else:
            response = _go_to(f"{WORKBENCH}/sign-in?{urlencode({'next': _own_path(wanted)})}")
            if _is_htmx():
                response = Response(status=204, headers={"HX-Redirect": response.headers["Location"]})
        for name in ("Retry-After", "Allow"):
            if name in answer.headers:
                response.headers[name] = answer.headers[name]
        return response

    def _page(self, template: str, status: int = 200, **data: Any) -> Response:
        return Response(
            page(template, visitor=self.visitor(), **data), status, content_type="text/html; charset=utf-8"
        )

    def visitor(self) -> Visitor:
        """Who looks at a page."""
        call = this_call()
        caller = call.caller
        return Visitor(caller.key, caller.clinic, caller.key is None and bool(caller.scopes), self._token())

    def _token(self) -> str:
        try:
            return self._browsers.form_token(this_call())
        except DatabaseFault:
            return ""

    def _of_own_form(self, view: View) -> View:
        """The view for forms of our own pages; what any other site sends is refused."""

        def checked(**arguments: str) -> object:
            if not self._browsers.is_own_form(this_call(), request.form.get(".token", "")):
                return problem(403, "This form is too old, or not of this site. Open the page again.")
            return view(**arguments)

        return checked


def _filled_in(compiled: CompiledRuleset, fields: Iterable[tuple[str, str]]) -> _Client:
    ruleset = compiled.ruleset
    filled = read_form(ruleset, fields)
    own = {name: value for name, value in fields if name.startswith(".")}
    said_no = tuple(one for one in own.get(".said_no", "").split() if filled.get(one) == ("no",))
    if ".undo" in own:
        return _Client({name: values for name, values in filled.items() if name not in said_no})
    if ".others" in own:
        others = all_others_no(client_form(compiled, ruleset, filled), filled)
        return _Client(others, tuple(name for name in others if filled.get(name) != others[name]))
    return _Client(filled, said_no)


def _of_no_question(form: ClientForm, refusals: Iterable[Refusal]) -> list[str]:
    """Mistakes that stand beside no question of the form."""
    shown = {one.id for one in (*form.plain, *form.safety)}
    return [
        f"{one.message} {one.hint}".strip()
        for one in refusals
        if not {pointer.split("/")[-1] for pointer in one.pointers or (one.pointer,)} & shown
    ]


def _comes_to(change: Mapping[str, Any]) -> str:
    name = VERDICT_WORDS[change["verdict"]].name
    sessions = change["sessions"]
    return name if sessions is None else f"{name}, {range_words(sessions, 'sessions')}"


def _own_path(wanted: str) -> str:
    """A path of the workbench to go on to: the wanted one, or where everybody begins."""
    inside = wanted == WORKBENCH or wanted.startswith(f"{WORKBENCH}/")
    return wanted if inside and wanted.isprintable() and "\\" not in wanted else WORKBENCH


def _is_page() -> bool:
    return request.path == WORKBENCH or request.path.startswith(f"{WORKBENCH}/")


def _is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def _go_to(address: str) -> Response:
    """Go on to another page, by GET."""
    return Response(status=303, headers={"Location": address})


def _no_ruleset() -> Answer:
    return problem(404, "No ruleset of that id serves here.")

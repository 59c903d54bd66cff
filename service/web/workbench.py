"""The workbench: pages in which clinic leads try a client. They show what use cases say, and keep nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson
from flask import Flask, Response, request

from service.evaluation.compiled import CompiledRuleset
from service.model.exact_json import read_json
from service.model.problem import Refusal
from service.model.ruleset import Ruleset
from service.pages.client_form import (
    ClientForm,
    Filled,
    FormChoice,
    all_others_no,
    assessment_of,
    client_form,
    counting,
    filled_by,
    read_form,
)
from service.pages.sealing import LONGEST, seal, unseal
from service.pages.table_view import (
    Axes,
    as_csv,
    asked_everything,
    choices_of,
    table_view,
    usual_axes,
)
from service.pages.verdict import verdict_view, why_not
from service.serving.deciding import Deciding, retry_key
from service.serving.outcome import Failed, Outcome
from service.serving.refused import Refused
from service.serving.tabulating import plan_table, try_one
from service.serving.what_if import what_if
from service.store.faults import DatabaseFault
from service.web.browsers import Browsers
from service.web.call import Answer, View, this_call
from service.web.decisions import DecisionViews
from service.web.endpoints import WORKBENCH
from service.web.etags import hashed, tagged
from service.web.evaluating import failed
from service.web.guard import Guard
from service.web.live import Live
from service.web.log import Log
from service.web.problems import MEDIA_TYPE, RETRY_AFTER, problem, refused
from service.web.telemetry import Telemetry
from service.wording.answers import VERDICT_WORDS, answered, range_words
from service.wording.labels import Labels
from service.wording.templates import templates_of

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
    "shown.js": "text/javascript; charset=utf-8",
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
class _OtherAnswer:
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

    def __init__(
        self,
        live: Live,
        browsers: Browsers,
        guard: Guard | None,
        deciding: Deciding,
        telemetry: Telemetry,
        log: Log,
        decisions: DecisionViews | None = None,
    ) -> None:
        """``guard``: None where nobody is asked for a key; ``decisions``: None where none are logged."""
        self._deciding = deciding
        self._log = log
        self._telemetry = telemetry
        self._live = live
        self._browsers = browsers
        self._guard = guard
        self._decisions = decisions

    def join(self, app: Flask) -> None:
        """Make the answers below the workbench pages: their headers, their mistakes, and where to sign in."""
        app.before_request(self._of_own_host)
        app.after_request(self._as_page)
        app.register_error_handler(DatabaseFault, self._database_gone)

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
            "page_asks": self.ask_to_record,
            "page_records": self._of_own_form(self.record),
            "page_table": self.new_table,
            "page_tabulates": self._of_own_form(self.fill_in_table),
            "page_tabulated": self.table,
            "page_csv": self.table_csv,
            "page_decisions": self.decisions,
            "page_decision": self.decision,
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
        can_look_up = "read" in caller.scopes and self._decisions is not None
        return self._page("home.html", rulesets=cards, can_try=can_try, can_look_up=can_look_up)

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
        return _no_ruleset() if compiled is None else self._with_form(compiled, _Client({}), None)[0]

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
        response, shape = self._with_form(compiled, client, address, bar)
        if address is not None:
            response.headers["HX-Replace-Url"] = address
        is_same = shape == request.form.get(".shape")
        if is_same and list(client.said_no) == request.form.get(".said_no", "").split():
            # The form stays, so that no click on it is lost.
            response.headers["HX-Retarget"] = response.headers["HX-Reselect"] = "#answer"
        return response

    def client(self, ruleset_id: str, token: str) -> Response | Answer:
        """A client as the address has him, and what would be answered."""
        found = self._found(ruleset_id, token)
        return found if isinstance(found, Answer) else self._with_form(*found, request.path)[0]

    def _with_form(
        self, compiled: CompiledRuleset, client: _Client, here: str | None, bar: str = ""
    ) -> tuple[Response, str]:
        """The page of a client whose address is ``here`` (None: he has none), and what its form is like."""
        ruleset = compiled.ruleset
        counted = counting(compiled, client.filled)
        assessment = assessment_of(ruleset, counted)
        body = {"ruleset": ruleset.id, "assessment": assessment}
        call = this_call()
        rule = request.args.get("why", "")
        told = try_one(self._live.answering, {**body, "explain": bool(rule)}, call.caller)
        refusals = told.errors if isinstance(told, Refused) else ()
        is_answered = not isinstance(told, Refused)
        newer = self._compiled(ruleset.id)
        if newer is not None and newer.ruleset.digest != ruleset.digest:  # it went live just now
            return self._with_form(newer, client, here, bar)
        form = client_form(compiled, ruleset, client.filled, refusals)
        bar = bar or self._waits(ruleset.id)
        shape = " ".join([ruleset.digest, "bar" if bar else "", form.shape])
        response = self._page(
            "try.html",
            ruleset=ruleset,
            bar=bar,
            shape=shape,
            action=f"{WORKBENCH}/{ruleset.id}/live/try",
            form=form,
            mistakes=_of_no_question(form, refusals),
            said_no=[(name, ruleset.inputs[name].label) for name in client.said_no],
            view=verdict_view(ruleset, assessment, told) if not isinstance(told, Refused) else None,
            changes=self._changes(compiled, body, client) if is_answered else (),
            table=self._address(ruleset.id, client, "table") if here else None,
            here=here,
            can_record="evaluate" in call.caller.scopes and self._decisions is not None,
            rules=ruleset.rules if here else (),
            why=why_not(ruleset, told, rule) if rule and not isinstance(told, Refused) else None,
        )
        return response, shape

    def _changes(
        self, compiled: CompiledRuleset, body: Mapping[str, Any], client: _Client
    ) -> list[_OtherAnswer]:
        """What other answers would come to, those first that make one session enough."""
        ruleset = compiled.ruleset
        document = what_if(self._live.answering, body, this_call().caller)
        if isinstance(document, Refused):
            return []
        found: dict[str, _OtherAnswer] = {}
        for change in (*document["one_session"]["changes"], *document["changes"]):
            instead = {one["input"]: one["instead"] for one in change["changed"]}
            assessment = {**body["assessment"], **instead}
            for name in change["leave_out"]:
                assessment.pop(name, None)
            address = self._address(ruleset.id, _Client(filled_by(ruleset, assessment), client.said_no))
            what = "; ".join(f"{one['label']} {one['instead_label']}" for one in change["changed"])
            if address is not None and len(found) < _MOST_CHANGES:
                found.setdefault(what, _OtherAnswer(what, _comes_to(change), address))
        return list(found.values())

    def _waits(self, name: str) -> str:
        status = self._live.statuses.by_id.get(name)
        return (
            "A newer edit of this ruleset waits: it has problems."
            if status and status.state == "stale"
            else ""
        )

    # -- on record ----------------------------------------------------------------------------------

    def ask_to_record(self, ruleset_id: str, token: str) -> Response | Answer:
        """Ask before a client who is tried becomes a decision."""
        found = self._found(ruleset_id, token)
        if isinstance(found, Answer):
            return found
        compiled, client = found
        ruleset = compiled.ruleset
        assessment = assessment_of(ruleset, counting(compiled, client.filled))
        told = try_one(
            self._live.answering, {"ruleset": ruleset_id, "assessment": assessment}, this_call().caller
        )
        back = f"{WORKBENCH}/{ruleset_id}/live/try/{token}"
        return self._page(
            "record.html",
            ruleset=ruleset,
            who=answered(Labels(ruleset), assessment),
            view=None if isinstance(told, Refused) else verdict_view(ruleset, assessment, told),
            back=back,
            action=f"{back}/record",
        )

    def record(self, ruleset_id: str, token: str) -> Response | Answer:
        """Decide for the client, log it, and show the decision."""
        found = self._found(ruleset_id, token)
        if isinstance(found, Answer):
            return found
        compiled, client = found
        assessment = assessment_of(compiled.ruleset, counting(compiled, client.filled))
        outcome = self._decided({"ruleset": ruleset_id, "assessment": assessment})
        if isinstance(outcome, Refused):
            return refused(outcome)
        if isinstance(outcome, Failed):
            return failed(self._log, this_call(), outcome)
        return _go_to(f"{WORKBENCH}/decisions/{orjson.loads(outcome.content)['decision_id']}")

    def _decided(self, body: Mapping[str, Any]) -> Outcome:
        """What comes of a body once its decision is logged."""
        call, settled = this_call(), threading.Event()
        pending = self._deciding.begin(self._live.answering, call.caller, self._telemetry.of(call))
        # A form that is sent again, as by two clicks, makes no second decision.
        pending.decide(body, retry_key(call.caller, "record", request.form.get(".token", "")))
        ticket = pending.hand_in(lambda _: settled.set())
        if ticket is not None and not ticket.settled and not settled.wait(self._deciding.patience):
            pending.give_up(ticket)
        return pending.told(ticket).outcomes[0]

    # -- a table ------------------------------------------------------------------------------------

    def new_table(self, ruleset_id: str) -> Response | Answer:
        """The usual table, for a client who was asked everything."""
        compiled = self._compiled(ruleset_id)
        if compiled is None:
            return _no_ruleset()
        return self._tabulated(compiled, _Client(asked_everything(compiled.ruleset)))

    def fill_in_table(self, ruleset_id: str) -> Response | Answer:
        """Take what was filled in, and go on to the address that has it sealed."""
        compiled = self._compiled(ruleset_id)
        if compiled is None:
            return _no_ruleset()
        client = _filled_in(compiled, list(request.form.items(multi=True)))
        address = self._address(ruleset_id, client, "table")
        if address is None:
            return self._tabulated(compiled, client)
        axes = {name: request.form.get(f".{name}", "") for name in _AXES}
        return _go_to(f"{address}?{urlencode(axes)}")

    def table(self, ruleset_id: str, token: str) -> Response | Answer:
        """The table for the client of the address."""
        found = self._found(ruleset_id, token)
        return found if isinstance(found, Answer) else self._tabulated(*found)

    def table_csv(self, ruleset_id: str, token: str) -> Response | Answer:
        """The same for a spreadsheet."""
        found = self._found(ruleset_id, token)
        if isinstance(found, Answer):
            return found
        compiled, client = found
        axes = _axes(compiled.ruleset)
        document = None if axes is None else self._document(compiled, client, axes)
        if document is None or isinstance(document, Refused):
            return problem(404, "There is no such table.")
        response = Response(as_csv(document), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{ruleset_id}.csv"'
        return response

    def _document(self, compiled: CompiledRuleset, client: _Client, axes: Axes) -> dict[str, Any] | Refused:
        body = {
            "ruleset": compiled.ruleset.id,
            "assessment": assessment_of(compiled.ruleset, client.filled),
            "rows": axes.rows,
            "columns": list(axes.columns),
        }
        return plan_table(self._live.answering, body, this_call().caller)

    def _tabulated(self, compiled: CompiledRuleset, client: _Client) -> Response:
        ruleset = compiled.ruleset
        axes = _axes(ruleset)
        others = {name: one for name, one in client.filled.items() if axes is None or name not in axes.names}
        told = None if axes is None else self._document(compiled, client, axes)
        refusals = told.errors if isinstance(told, Refused) else ()
        address = self._address(ruleset.id, _Client(others), "table")
        form = client_form(compiled, ruleset, others, refusals)
        view = None
        if axes is not None and told is not None and not isinstance(told, Refused):
            view = table_view(told, self._links(compiled, client), extends=ruleset.extends is not None)
        query = urlencode(dict(zip(_AXES, axes.names, strict=False))) if axes is not None else ""
        return self._page(
            "table.html",
            ruleset=ruleset,
            bar=self._waits(ruleset.id),
            action=f"{WORKBENCH}/{ruleset.id}/live/table",
            form=form,
            axes=_axis_fields(ruleset, axes),
            asked=() if axes is None else axes.names,
            who=answered(Labels(ruleset), assessment_of(ruleset, others)),
            mistakes=_of_no_question(form, refusals),
            view=view,
            csv=f"{address}/table.csv?{query}" if address and view else None,
        )

    def _links(self, compiled: CompiledRuleset, client: _Client) -> Callable[[Mapping[str, str]], str | None]:
        """The address of the client of a cell."""

        def link(at: Mapping[str, str]) -> str | None:
            filled = {**client.filled, **{name: (option,) for name, option in at.items()}}
            return self._address(compiled.ruleset.id, _Client(counting(compiled, filled)))

        return link

    # -- decisions ----------------------------------------------------------------------------------

    def decisions(self) -> Response:
        """Where to look a decision up, or on to the one that is looked for."""
        wanted = request.args.get("id", "").strip()
        return (
            _go_to(f"{WORKBENCH}/decisions/{quote(wanted, safe='')}")
            if wanted
            else self._page("decisions.html")
        )

    def decision(self, decision_id: str) -> Response | Answer:
        """A decision in labels: what was asked and answered, and whether it comes out the same."""
        if self._decisions is None:
            return problem(404, "No decisions are logged here.")
        found, verified = self._decisions.one(decision_id), self._decisions.verify(decision_id)
        unseen = next((answer for answer in (found, verified) if answer.status != 200), None)
        if unseen is not None:
            return unseen
        ruleset = self._decisions.ruleset_of(decision_id)
        if ruleset is None:
            return problem(503, "The edition of the ruleset that decided can't be had at the moment.")
        logged = read_json(found.content)
        assessment = logged["assessment"]
        compiled = self._compiled(ruleset.id)
        live = None
        if compiled is not None:
            filled = counting(compiled, filled_by(compiled.ruleset, assessment))
            live = self._address(ruleset.id, _Client(filled))
        return self._page(
            "decision.html",
            one=logged,
            verified=orjson.loads(verified.content),
            who=answered(Labels(ruleset), assessment),
            view=verdict_view(ruleset, assessment, logged["answer"]),
            live=live,
            changes=(),
            rules=(),
            why=None,
        )

    # -- addresses ----------------------------------------------------------------------------------

    def _found(self, ruleset_id: str, token: str) -> tuple[CompiledRuleset, _Client] | Answer:
        """What the address opens; or why that can't be shown."""
        compiled = self._compiled(ruleset_id)
        if compiled is None:
            return _no_ruleset()
        client = self._opened(compiled, token)
        if client is None:
            return problem(404, "This address opens no client: it is older than 30 days, or not whole.")
        return compiled, client

    def _address(self, name: str, client: _Client, page: str = _TRIED) -> str | None:
        """Where the client can be seen again; None: he is too long for an address."""
        hour = int(datetime.now(UTC).timestamp()) // 3_600
        data = orjson.dumps([name, hour, client.filled, client.said_no])
        if len(data) > LONGEST:
            return None
        token = seal(self._browsers.secrets()[0], _TRIED, data)
        return None if token is None else f"{WORKBENCH}/{name}/live/{page}/{token}"

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

    def _database_gone(self, fault: DatabaseFault) -> Answer:
        self._log.error("a page lacks the database", fault=type(fault).__name__, says=str(fault))
        return problem(503, "The database can't be used at the moment.", headers={"Retry-After": RETRY_AFTER})

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
        if _is_htmx():
            wanted = urlsplit(request.headers.get("HX-Current-URL", "")).path or wanted
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
        page = templates_of("service.pages").get_template(template)
        text = page.render(visitor=self.visitor(), **data)
        return Response(text, status, content_type="text/html; charset=utf-8")

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


_AXES = ("rows", "outer", "inner")
"""The questions of a table as its page names them: of the rows, and of the outer and inner columns."""


def _axes(ruleset: Ruleset) -> Axes | None:
    """The questions that the address names, or the usual ones."""
    rows, *columns = (request.args.get(name, "") for name in _AXES)
    choices = [one.id for one in choices_of(ruleset)]
    named = tuple(name for name in dict.fromkeys(columns) if name in choices and name != rows)
    return Axes(rows, named) if rows in choices and named else usual_axes(ruleset)


def _axis_fields(ruleset: Ruleset, axes: Axes | None) -> list[dict[str, Any]]:
    picked = () if axes is None else axes.names
    labels = ("Rows", "Columns", "Columns below")
    return [
        {
            "name": name,
            "label": label,
            "optional": name == "inner",
            "choices": [
                FormChoice(one.id, one.label, picked[place : place + 1] == (one.id,))
                for one in choices_of(ruleset)
            ],
        }
        for place, (name, label) in enumerate(zip(_AXES, labels, strict=True))
    ]


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

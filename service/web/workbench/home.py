"""Where everybody begins: signing in and out, and the rulesets that are there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask import Response, request

from service.web.browsers import Browsers
from service.web.call import Answer, View, this_call
from service.web.endpoints import ASK, WORKBENCH
from service.web.guard import Guard
from service.web.live import Live
from service.web.problems import problem
from service.web.workbench.clients import Clients, Rules
from service.web.workbench.drafts import DraftPages, Editing
from service.web.workbench.pages import AGAIN, Pages, go_to, own_path

_STATES = {
    "current": "live",
    "stale": "live; a newer edit waits",
    "checking": "being checked for the first time",
    "broken": "without a good version",
}


@dataclass(frozen=True, slots=True)
class _RulesetCard:
    id: str
    title: str
    language: str
    version: str
    state_words: str
    problems: tuple[str, ...]
    editing: Editing | None
    client_page: str | None


class HomePages:
    """The views of these pages."""

    def __init__(
        self,
        live: Live,
        pages: Pages,
        clients: Clients,
        browsers: Browsers,
        guard: Guard | None,
        drafts: DraftPages | None,
        *,
        may_be_asked: Collection[str],
        logged: bool,
    ) -> None:
        """``guard``: None where nobody is asked for a key; ``drafts``: None where there are none.

        ``may_be_asked``: rulesets with a client page, by id; ``logged``: decisions can be looked up.
        """
        self._may_be_asked = may_be_asked
        self._drafts = drafts
        self._live = live
        self._pages = pages
        self._clients = clients
        self._browsers = browsers
        self._guard = guard
        self._logged = logged

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "page_home": self.home,
            "page_sign_in": self.sign_in,
            "page_signs_in": self._pages.of_own_form(self.signs_in),
            "page_sign_out": self._pages.of_own_form(self.sign_out),
        }

    def sign_in(self) -> Response:
        """Where to sign in."""
        return self._pages.sign_in(request.args.get("next", ""))

    def signs_in(self) -> Response | Answer:
        """Begin a session, and go on; a key that is wrong is told without saying how."""
        call = this_call()
        wanted = request.form.get(".next", "")
        if self._browsers.wrong_keys.is_used_up(call.client):
            message = "Too many keys were wrong. Try again in a minute."
            return problem(429, message, headers={"Retry-After": "60"})
        holder = None if self._guard is None else self._guard.holder_of(request.form.get(".key", "").strip())
        kept = [
            (name.removeprefix(AGAIN), value)
            for name, value in request.form.items(multi=True)
            if name.startswith(AGAIN)
        ]
        if holder is None or holder.caller.key is None:
            self._browsers.wrong_keys.count(call.client)
            return self._pages.sign_in(wanted, "This is no key that lives.", 422, kept)
        cookie, token = self._browsers.sign_in(call, holder.caller.key)
        response = (
            self._pages.page("signed_in.html", next=own_path(wanted), token=token, kept=kept)
            if kept
            else go_to(own_path(wanted))
        )
        response.headers["Set-Cookie"] = cookie
        return response

    def sign_out(self) -> Response:
        """End the session."""
        response = go_to(f"{WORKBENCH}/sign-in")
        response.headers["Set-Cookie"] = self._browsers.sign_out(this_call())
        return response

    def home(self) -> Response:
        """The rulesets that are there for the visitor."""
        caller = this_call().caller
        by_id = self._live.statuses.by_id
        cards = [self._card(name) for name in sorted(by_id) if caller.sees(name)]
        return self._pages.page(
            "home.html",
            rulesets=cards,
            logged=self._logged,
            may_edit="edit" in caller.scopes,
            drafts=None if self._drafts is None else self._drafts.cards(caller),
            to_build_on=() if self._drafts is None else self._drafts.to_build_on(caller),
        )

    def _card(self, name: str) -> _RulesetCard:
        caller, status = this_call().caller, self._live.statuses.by_id[name]
        rules = self._clients.rules(name)
        ruleset = rules.ruleset if isinstance(rules, Rules) else None
        told = status.problems if "operate" in caller.scopes else ()
        return _RulesetCard(
            name,
            name if ruleset is None else ruleset.title,
            "" if ruleset is None else ruleset.language,
            "" if ruleset is None else ruleset.version,
            _STATES[status.state],
            tuple(status.redaction.redacted(problem, caller) for problem in told),
            None if self._drafts is None else self._drafts.editing(name, caller),
            f"{ASK}/{name}" if ruleset is not None and name in self._may_be_asked else None,
        )

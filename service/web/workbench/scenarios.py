"""Worked clients: who gets what is expected, and of one what else he gets; accepted or deleted in a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Response, request

from service.analysis.checks.coverage import coverage
from service.drafting.held_draft import HeldDraft
from service.drafting.scenario_edits import CantEdit, accepted, text_of, without
from service.model.ruleset import Scenario
from service.pages.client_form import counting, filled_by
from service.pages.worked_clients import client_id, client_line, file_of, never_tried, opened_client
from service.serving.trying import ScenarioResult, seen_in, try_scenarios
from service.web.bench.drafting import still_checked
from service.web.bench.handing_on import saves
from service.web.call import Answer, View, this_call
from service.web.problems import problem
from service.web.workbench.clients import Client, Clients, Rules
from service.web.workbench.pages import Pages

_SHOWN = {"expected": True, "others": False}
"""Which clients a list shows, by whether they get what is expected."""


@dataclass(frozen=True, slots=True)
class OpenedScenario:
    """A worked client of the rules that a page shows, and what came of him."""

    rules: Rules
    tried: ScenarioResult

    @property
    def scenario(self) -> Scenario:
        """The client as he is read."""
        return self.tried.scenario

    @property
    def name(self) -> str:
        """His name."""
        return self.scenario.name

    @property
    def file(self) -> str:
        """His file, by plan name."""
        return file_of(self.scenario)

    @property
    def at(self) -> str:
        """Where his page is."""
        return page_of(self.rules, self.name)


Changing = Callable[[OpenedScenario, HeldDraft], Response | Answer]
"""Changes a worked client of a draft, or asks before that is done."""


def page_of(rules: Rules, name: str) -> str:
    """Where the page of the worked client of that name is."""
    return f"{rules.at}/clients/{client_id(name)}"


def is_being_checked(rules: Rules) -> bool:
    """Whether something newer of the draft is still being checked, so that it can't be shown yet."""
    stands = this_call().holder
    return (
        rules.held is not None
        and stands is not None
        and stands.report.state != rules.held.state.number
        and stands.report.stage == "checking"
    )


def editable(rules: Rules) -> HeldDraft | Answer:
    """The draft whose rules they are, where the visitor may edit it; or why he can't."""
    if rules.held is None:
        return problem(404, "Worked clients are changed in a draft. Begin one, and change them there.")
    if not this_call().caller.may_edit(rules.ruleset.id):
        return problem(403, "To change a worked client needs a key with the scope edit, for this ruleset.")
    return rules.held


def results_of(rules: Rules, scenarios: Iterable[Scenario] | None = None) -> tuple[ScenarioResult, ...]:
    """What comes of all worked clients, or of these."""
    if scenarios is None and rules.held is not None:
        return rules.held.tried
    return tuple(try_scenarios(rules.compiled, scenarios or rules.ruleset.scenarios))


class ScenarioPages:
    """The views of these pages."""

    def __init__(self, pages: Pages, clients: Clients) -> None:
        self._pages = pages
        self._clients = clients

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        own = self._pages.of_own_form
        return {
            "page_clients": self.all_clients,
            "page_client": self.client,
            "page_asks_accept": self.changes(self.ask_to_accept),
            "page_accepts": own(self.changes(self.accept)),
            "page_asks_delete": self.changes(self.ask_to_delete),
            "page_deletes": own(self.changes(self.delete)),
        }

    def all_clients(self, ruleset_id: str, of: str) -> Response | Answer:
        """All worked clients, or those that are looked for."""
        rules = self._clients.rules(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        words, show = request.args.get("q", "")[:200], request.args.get("show", "")
        results = results_of(rules)
        lines = [client_line(one) for one in results]
        found = [
            one
            for one in lines
            if one.is_as_expected is _SHOWN.get(show, one.is_as_expected)
            and all(word in one.name.casefold() for word in words.casefold().split())
        ]
        covered = coverage(rules.ruleset, seen_in(rules.compiled, results))
        return self._pages.page(
            "clients.html",
            rules=rules,
            ruleset=rules.ruleset,
            bar=self._clients.bar(rules),
            words=words,
            show=show,
            lines=lines,
            wrong=sum(not one.is_as_expected for one in lines),
            found=found,
            covered=covered,
            never=never_tried(rules.ruleset, covered.gaps),
            can_edit=isinstance(editable(rules), HeldDraft),
        )

    def client(self, ruleset_id: str, of: str, client: str) -> Response | Answer:
        """One worked client: what is expected beside what he gets, and why."""
        opened = self._opened(ruleset_id, of, client)
        return opened if isinstance(opened, Answer) else self._page_of(opened)

    def _page_of(self, opened: OpenedScenario, mistake: str = "") -> Response:
        rules = opened.rules
        filled = counting(rules.compiled, filled_by(rules.ruleset, opened.scenario.assessment))
        return self._pages.page(
            "client.html",
            422 if mistake else 200,
            rules=rules,
            ruleset=rules.ruleset,
            bar=self._clients.bar(rules),
            client=opened_client(rules.ruleset, opened.tried),
            at=opened.at,
            tries=self._clients.address(rules, Client(filled)),
            can_edit=isinstance(editable(rules), HeldDraft),
            mistake=mistake,
        )

    def _opened(self, ruleset_id: str, of: str, client: str) -> OpenedScenario | Answer:
        rules = self._clients.rules(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        found = [one for one in rules.ruleset.scenarios if client_id(one.name) == client]
        if not found and is_being_checked(rules):
            return still_checked()
        if not found:
            return problem(404, "There is no such worked client. He may have another name now.")
        return OpenedScenario(rules, *results_of(rules, found[:1]))

    def changes(self, does: Changing) -> View:
        """A view for one worked client of a draft, for those who may edit it."""

        def view(ruleset_id: str, of: str, client: str) -> Response | Answer:
            opened = self._opened(ruleset_id, of, client)
            if isinstance(opened, Answer):
                return opened
            held = editable(opened.rules)
            if isinstance(held, Answer):
                return held
            try:
                return does(opened, held)
            except CantEdit as why:
                return self._page_of(opened, str(why))

        return view

    def ask_to_accept(self, opened: OpenedScenario, held: HeldDraft) -> Response:
        """Show what accepting the new result would change."""
        content = held.state.files[opened.file]
        after = accepted(opened.file, content, opened.tried)
        return self._asks(opened, content, "accept", text_of(opened.file, after, opened.name))

    def accept(self, opened: OpenedScenario, held: HeldDraft) -> Response:
        """Expect what he gets where it differs, of this one client."""
        after = accepted(opened.file, held.state.files[opened.file], opened.tried)
        return saves(held, {opened.file: after.decode()}, opened.at)

    def ask_to_delete(self, opened: OpenedScenario, held: HeldDraft) -> Response:
        """Show what would go."""
        return self._asks(opened, held.state.files[opened.file], "delete", "")

    def delete(self, opened: OpenedScenario, held: HeldDraft) -> Response:
        """Take him out of his file."""
        after = without(opened.file, held.state.files[opened.file], opened.name)
        changes = {opened.file: None if after is None else after.decode()}
        return saves(held, changes, f"{opened.rules.at}/clients")

    def _asks(self, opened: OpenedScenario, content: bytes, does: str, after: str) -> Response:
        return self._pages.page(
            "client_asks.html",
            rules=opened.rules,
            ruleset=opened.rules.ruleset,
            bar=self._clients.bar(opened.rules),
            client=client_line(opened.tried),
            at=opened.at,
            does=does,
            before=text_of(opened.file, content, opened.name),
            after=after,
        )

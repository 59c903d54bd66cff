"""Worked clients: who is as expected, and, in a draft, made, accepted, changed, copied and deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, request

from service.analysis.checks.coverage import coverage
from service.drafting import scenario_edits
from service.drafting.held_draft import HeldDraft
from service.drafting.scenario_edits import CantEdit, names_in
from service.model.ruleset import Ruleset, Scenario
from service.pages.client_form import assessment_of, client_form, counting, filled_by
from service.pages.worked_clients import (
    client_id,
    client_line,
    expected_choices,
    file_of,
    never_tried,
    opened_client,
)
from service.serving.refused import Refused
from service.serving.tabulating import try_one
from service.serving.trying import (
    EXPECTED_AT_FIRST,
    ScenarioResult,
    expectations,
    scenario_text,
    seen_in,
    try_scenarios,
)
from service.web.bench.saves import saves
from service.web.call import Answer, View, this_call
from service.web.live import Live
from service.web.problems import problem
from service.web.workbench.clients import Client, Clients, Rules, filled_in, of_no_question
from service.web.workbench.pages import Pages
from service.wording.answers import answered
from service.wording.labels import Labels

FIRST_FILE = "scenarios/clients.yaml"
"""Where worked clients go in a ruleset that has none yet."""

_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class _Opened:
    """A worked client of rules: what came of him, and the draft in which he can be changed (None: in none)."""

    rules: Rules
    tried: ScenarioResult

    @property
    def scenario(self) -> Scenario:
        return self.tried.scenario

    @property
    def name(self) -> str:
        return self.scenario.name

    @property
    def file(self) -> str:
        return file_of(self.scenario)

    @property
    def at(self) -> str:
        """Where his page is."""
        return f"{self.rules.at}/clients/{client_id(self.name)}"


class ScenarioPages:
    """The views of these pages."""

    def __init__(self, live: Live, pages: Pages, clients: Clients) -> None:
        self._live = live
        self._pages = pages
        self._clients = clients

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        own = self._pages.of_own_form
        return {
            "page_clients": self.all_clients,
            "page_client": self.client,
            "page_asks_accept": self._of_client(self.ask_to_accept),
            "page_accepts": own(self._of_client(self.accept)),
            "page_asks_change": self._of_client(self.ask_to_change),
            "page_changes": own(self._of_client(self.change)),
            "page_asks_copy": self._of_client(self.ask_to_copy),
            "page_copies": own(self._of_client(self.copy)),
            "page_asks_delete": self._of_client(self.ask_to_delete),
            "page_deletes": own(self._of_client(self.delete)),
            "page_asks_keep": self.ask_to_keep,
            "page_keeps": own(self.keep),
            "page_makes": own(self.make),
        }

    # -- seen ---------------------------------------------------------------------------------------------

    def all_clients(self, ruleset_id: str, of: str) -> Response | Answer:
        """All worked clients, or those that are looked for."""
        rules = self._clients.rules(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        words, show = request.args.get("q", "")[:200], request.args.get("show", "")
        tried = _tried(rules)
        lines = [client_line(one) for one in tried]
        found = [
            one
            for one in lines
            if (show not in _SHOWN or one.is_as_expected is _SHOWN[show])
            and all(word in one.name.casefold() for word in words.casefold().split())
        ]
        covered = coverage(rules.ruleset, seen_in(rules.compiled, tried))
        return self._pages.page(
            "clients.html",
            rules=rules,
            ruleset=rules.ruleset,
            bar=self._clients.bar(rules),
            words=words,
            show=show if show in _SHOWN else "",
            lines=lines,
            found=found,
            covered=covered,
            never=never_tried(rules.ruleset, covered.gaps),
            can_edit=_can_edit(rules),
        )

    def client(self, ruleset_id: str, of: str, client: str) -> Response | Answer:
        """One worked client: what was expected beside what he gets, and why."""
        opened = self._opened(ruleset_id, of, client)
        return opened if isinstance(opened, Answer) else self._page_of(opened)

    def _page_of(self, opened: _Opened, mistake: str = "", status: int = 200) -> Response:
        rules, scenario = opened.rules, opened.scenario
        filled = counting(rules.compiled, filled_by(rules.ruleset, scenario.assessment))
        return self._pages.page(
            "client.html",
            status,
            rules=rules,
            ruleset=rules.ruleset,
            bar=self._clients.bar(rules),
            client=opened_client(rules.ruleset, opened.tried),
            at=opened.at,
            tries=self._clients.address(rules, Client(filled)),
            can_edit=_can_edit(rules),
            mistake=mistake,
        )

    def _opened(self, ruleset_id: str, of: str, client: str) -> _Opened | Answer:
        rules = self._clients.rules(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        found = [one for one in rules.ruleset.scenarios if client_id(one.name) == client]
        if not found:
            return problem(404, "There is no such worked client: he was given another name, or deleted.")
        (tried,) = try_scenarios(rules.compiled, found[:1])
        return _Opened(rules, tried)

    def _of_client(self, does: Callable[[_Opened, HeldDraft], Response | Answer]) -> View:
        """A view that changes one client of a draft, or asks before it does."""

        def view(ruleset_id: str, of: str, client: str) -> Response | Answer:
            opened = self._opened(ruleset_id, of, client)
            if isinstance(opened, Answer):
                return opened
            held = opened.rules.held
            if held is None:
                return _only_in_draft()
            if not _can_edit(opened.rules):
                return _may_not_edit()
            try:
                return does(opened, held)
            except CantEdit as why:
                return self._page_of(opened, str(why), 422)

        return view

    # -- changed ------------------------------------------------------------------------------------------

    def ask_to_accept(self, opened: _Opened, held: HeldDraft) -> Response | Answer:
        """Show what accepting the new result would change."""
        after = scenario_edits.accepted(opened.file, held.state.files[opened.file], opened.tried)
        return self._asks(opened, held, "accept", after, opened.name)

    def accept(self, opened: _Opened, held: HeldDraft) -> Response | Answer:
        """Change what differs in the one client."""
        after = scenario_edits.accepted(opened.file, held.state.files[opened.file], opened.tried)
        return saves(held, {opened.file: after.decode()}, opened.at)

    def ask_to_delete(self, opened: _Opened, held: HeldDraft) -> Response | Answer:
        """Show what would go."""
        return self._asks(opened, held, "delete", None, opened.name)

    def delete(self, opened: _Opened, held: HeldDraft) -> Response | Answer:
        """Take the client out of his file."""
        after = scenario_edits.without(opened.file, held.state.files[opened.file], opened.name)
        return saves(
            held, {opened.file: None if after is None else after.decode()}, f"{opened.rules.at}/clients"
        )

    def _asks(
        self, opened: _Opened, held: HeldDraft, does: str, after: bytes | None, name: str
    ) -> Response:
        before = scenario_edits.text_of(opened.file, held.state.files[opened.file], opened.name)
        return self._pages.page(
            "client_asks.html",
            rules=opened.rules,
            ruleset=opened.rules.ruleset,
            bar=self._clients.bar(opened.rules),
            client=client_line(opened.tried),
            at=opened.at,
            does=does,
            before=before,
            after="" if after is None else scenario_edits.text_of(opened.file, after, name),
        )

    def ask_to_copy(self, opened: _Opened, held: HeldDraft) -> Response | Answer:
        """Ask for the name of a copy."""
        return self._with_form(_Form.of(opened, "copy", held, name=_free_name(held, opened.name)))

    def copy(self, opened: _Opened, held: HeldDraft) -> Response | Answer:
        """Put a copy behind the client, under another name."""
        form = _Form.of(opened, "copy", held, name=_sent_name())
        if mistake := form.name_mistake:
            return self._with_form(form, mistake)
        try:
            content = held.state.files[opened.file]
            after = scenario_edits.copied(opened.file, content, opened.name, form.name)
        except CantEdit as why:
            return self._with_form(form, str(why))
        return saves(held, {opened.file: after.decode()}, _at(opened.rules, form.name))

    def ask_to_change(self, opened: _Opened, held: HeldDraft) -> Response | Answer:
        """His name, his answers and what is expected of him, as a form."""
        return self._with_form(_Form.of(opened, "change", held))

    def change(self, opened: _Opened, held: HeldDraft) -> Response | Answer:
        """Change name, answers and what is expected, as the form has them."""
        form = _Form.sent(opened, held)
        answer = self._answer(form.rules, form.client, form.day)
        if mistake := form.name_mistake:
            return self._with_form(form, mistake)
        if isinstance(answer, Refused):
            return self._with_form(form, "These answers are refused. Mend them, as it says beside them.")
        try:
            after = scenario_edits.changed(
                opened.file,
                held.state.files[opened.file],
                opened.name,
                {
                    "name": form.name,
                    "assessment": form.assessment,
                    "as of": form.day or None,
                    "expect": _expected(opened.scenario, answer, form.picked),
                },
            )
        except CantEdit as why:
            return self._with_form(form, str(why))
        return saves(held, {opened.file: after.decode()}, _at(opened.rules, form.name))

    # -- made ---------------------------------------------------------------------------------------------

    def ask_to_keep(self, ruleset_id: str, of: str, token: str) -> Response | Answer:
        """Keep a client who was tried: under which name, and what is expected of him."""
        form = self._kept(ruleset_id, of, token)
        return form if isinstance(form, Answer) else self._with_form(form)

    def keep(self, ruleset_id: str, of: str, token: str) -> Response | Answer:
        """Write a client who was tried into the draft."""
        form = self._kept(ruleset_id, of, token)
        if isinstance(form, Answer):
            return form
        form = form.with_sent()
        answer = self._answer(form.rules, form.client, form.day)
        if isinstance(answer, Refused):
            return self._with_form(form, "Without an answer there is nothing to expect.")
        if mistake := form.name_mistake or form.day_mistake:
            return self._with_form(form, mistake)
        expects = form.picked or EXPECTED_AT_FIRST
        day = date.fromisoformat(form.day) if form.day else None
        item = scenario_text(form.name, form.assessment, answer, day, expects=expects)
        return self._added(form, item)

    def make(self, ruleset_id: str, of: str) -> Response | Answer:
        """Write a client that was found for what none tries into the draft, under a name of one's own."""
        rules = self._clients.rules(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        if rules.held is None:
            return _only_in_draft()
        if not _can_edit(rules):
            return _may_not_edit()
        item, name, file = request.form.get(".item", ""), _sent_name(), _sent_file(rules.held)
        found = [one for one in _files(rules.held) if one == file]
        form = _Form(rules, "make", rules.held, name, Client({}), file=found[0] if found else FIRST_FILE)
        if mistake := form.name_mistake:
            return problem(422, mistake)
        try:
            (first,) = names_in(form.file, item.encode())
            renamed = scenario_edits.changed(form.file, item.encode(), first, {"name": name})
            text = scenario_edits.text_of(form.file, renamed, name)
        except (CantEdit, ValueError):
            return problem(422, "This is not the text of one client.")
        return self._added(form, text)

    def _added(self, form: _Form, item: str) -> Response | Answer:
        try:
            after = scenario_edits.added(form.file, form.held.state.files.get(form.file), item)
        except CantEdit as why:
            return problem(422, str(why)) if form.does == "make" else self._with_form(form, str(why))
        return saves(form.held, {form.file: after.decode()}, _at(form.rules, form.name))

    def _kept(self, ruleset_id: str, of: str, token: str) -> _Form | Answer:
        found = self._clients.found(ruleset_id, of, token)
        if isinstance(found, Answer):
            return found
        rules, client = found
        if rules.held is None:
            return _only_in_draft()
        if not _can_edit(rules):
            return _may_not_edit()
        client = Client(counting(rules.compiled, client.filled))
        needed = {name: value for name, value in assessment_of(rules.ruleset, client.filled).items() if rules.ruleset.inputs[name].required}
        name = ", ".join(answer for _, answer in answered(Labels(rules.ruleset), needed))
        return _Form(rules, "keep", rules.held, name, client, picked=EXPECTED_AT_FIRST)

    # -- the form -----------------------------------------------------------------------------------------

    def _answer(self, rules: Rules, client: Client, day: str) -> Mapping[str, Any] | Refused:
        asked = rules.asked(assessment_of(rules.ruleset, client.filled), **({"as_of": day} if day else {}))
        return try_one(self._live.answering, asked, this_call().caller)

    def _with_form(self, form: _Form, mistake: str = "") -> Response:
        rules, ruleset = form.rules, form.rules.ruleset
        answer = self._answer(rules, form.client, form.day)
        refusals = answer.errors if isinstance(answer, Refused) else ()
        fields = client_form(rules.compiled, ruleset, form.client.filled, refusals)
        return self._pages.page(
            "client_form.html",
            422 if mistake else 200,
            rules=rules,
            ruleset=ruleset,
            bar=self._clients.bar(rules),
            does=form.does,
            action=request.path,
            at=form.back,
            name=form.name,
            day=form.day,
            asks_day=ruleset.tests_month or bool(form.day),
            form=fields,
            who=answered(Labels(ruleset), form.assessment),
            files=_files(form.held) or [FIRST_FILE],
            file=form.file,
            choices=() if isinstance(answer, Refused) else expected_choices(ruleset, answer, form.picked),
            mistakes=of_no_question(fields, refusals),
            mistake=mistake,
        )


@dataclass(frozen=True, slots=True)
class _Form:
    """A client that is made, copied or changed in a draft, as far as he is filled in."""

    rules: Rules
    does: str
    held: HeldDraft
    name: str
    client: Client
    picked: tuple[str, ...] = ()
    day: str = ""
    file: str = FIRST_FILE
    back: str = ""
    was: str = ""

    @classmethod
    def of(cls, opened: _Opened, does: str, held: HeldDraft, name: str = "") -> _Form:
        """The form of a client as he is."""
        scenario = opened.scenario
        return cls(
            opened.rules,
            does,
            held,
            name or opened.name,
            Client(filled_by(opened.rules.ruleset, scenario.assessment)),
            tuple(scenario.expect),
            "" if scenario.as_of is None else scenario.as_of.isoformat(),
            opened.file,
            opened.at,
            opened.name,
        )

    @classmethod
    def sent(cls, opened: _Opened, held: HeldDraft) -> _Form:
        """The form of a client as it was sent."""
        client = filled_in(opened.rules.compiled, list(request.form.items(multi=True)))
        filled = counting(opened.rules.compiled, client.filled)
        return cls.of(opened, "change", held).with_sent(Client(filled))

    def with_sent(self, client: Client | None = None) -> _Form:
        """It with what was sent of name, day, file and what is expected."""
        return _Form(
            self.rules,
            self.does,
            self.held,
            _sent_name(),
            client or self.client,
            tuple(request.form.getlist(".expects")),
            request.form.get(".as_of", "").strip(),
            self.file if self.was else _sent_file(self.held),
            self.back,
            self.was,
        )

    @property
    def assessment(self) -> dict[str, Any]:
        """His answers."""
        return assessment_of(self.rules.ruleset, self.client.filled)

    @property
    def name_mistake(self) -> str:
        """What is wrong with his name; empty: nothing."""
        if not self.name:
            return "Give the client a name that says who that is."
        if len(self.name) > _LONGEST_NAME:
            return f"The name is longer than {_LONGEST_NAME} characters."
        taken = {one.name for one in self.rules.ruleset.scenarios} - ({self.was} if self.does == "change" else set())
        return "Another client has this name. Give this one another." if self.name in taken else ""

    @property
    def day_mistake(self) -> str:
        """What is wrong with the day for which is asked; empty: nothing."""
        return ""

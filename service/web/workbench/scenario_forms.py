"""Worked clients of a draft as forms: one who was tried is kept, another copied or changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import Response, request

from service.drafting.held_draft import HeldDraft
from service.drafting.scenario_edits import CantEdit, added, changed, copied, names_in, text_of
from service.model.ruleset import Scenario
from service.pages.client_form import assessment_of, client_form, counting, filled_by
from service.pages.worked_clients import expected_choices
from service.serving.refused import Refused
from service.serving.tabulating import try_one
from service.serving.trying import EXPECTED_AT_FIRST, scenario_text
from service.web.bench.drafting import Drafting
from service.web.bench.handing_on import saves
from service.web.call import Answer, View, this_call
from service.web.live import Live
from service.web.problems import problem
from service.web.workbench.clients import Client, Clients, Rules, filled_in, of_no_question
from service.web.workbench.pages import Pages
from service.web.workbench.scenarios import OpenedScenario, ScenarioPages, editable, page_of
from service.wording.answers import answered
from service.wording.labels import Labels

FIRST_FILE = "scenarios/clients.yaml"
"""Where the first worked clients of a draft go."""

_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True)
class _Form:
    """A worked client of a draft, as far as he is filled in.

    ``expects``: the members of the answer that are expected; ``day``: for which is asked, empty: any.
    ``before``: the client that is changed or copied; None: he is new.
    """

    rules: Rules
    held: HeldDraft
    name: str
    client: Client
    expects: tuple[str, ...] = EXPECTED_AT_FIRST
    day: str = ""
    file: str = FIRST_FILE
    before: OpenedScenario | None = None

    @property
    def assessment(self) -> dict[str, Any]:
        """His answers, of the questions that apply."""
        return assessment_of(self.rules.ruleset, counting(self.rules.compiled, self.client.filled))

    @property
    def files(self) -> list[str]:
        """The files that he may be written into."""
        there = sorted(name for name in self.held.state.files if name.startswith("scenarios/"))
        return there or [FIRST_FILE]

    def sent(self, client: Client | None = None) -> _Form:
        """It with what was sent."""
        file = request.form.get(".file", "")
        return replace(
            self,
            name=" ".join(request.form.get(".name", "").split()),
            client=client or self.client,
            expects=tuple(request.form.getlist(".expects")),
            day=request.form.get(".as_of", "").strip(),
            file=file if self.before is None and file in self.files else self.file,
        )

    def mistake_in_name(self, own: str = "") -> str:
        """What is wrong with his name, which may stay his ``own``; empty: nothing."""
        if not self.name:
            return "Give the client a name that says who that is."
        if len(self.name) > _LONGEST_NAME:
            return f"The name has more than {_LONGEST_NAME} characters."
        taken = {one.name for one in self.rules.ruleset.scenarios} - {own}
        return "Another client has this name already." if self.name in taken else ""


class ScenarioForms:
    """The views of these pages."""

    def __init__(
        self,
        live: Live,
        pages: Pages,
        clients: Clients,
        opened: ScenarioPages,
        drafting: Drafting | None = None,
    ) -> None:
        """``drafting``: drafts to choose from, where what serves is shown."""
        self._live = live
        self._pages = pages
        self._clients = clients
        self._opened = opened
        self._drafting = drafting

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        own, changes = self._pages.of_own_form, self._opened.changes
        return {
            "page_asks_change": changes(self.ask_to_change),
            "page_changes": own(changes(self.change)),
            "page_asks_copy": changes(self.ask_to_copy),
            "page_copies": own(changes(self.copy)),
            "page_asks_keep": self.ask_to_keep,
            "page_keeps": own(self.keep),
            "page_makes": own(self.make),
        }

    # -- changed and copied -------------------------------------------------------------------------------

    def ask_to_change(self, opened: OpenedScenario, held: HeldDraft) -> Response:
        """His name, his answers and what is expected of him."""
        return self._shown(_form_of(opened, held), "change")

    def change(self, opened: OpenedScenario, held: HeldDraft) -> Response:
        """Change his name, his answers and what is expected of him."""
        client = filled_in(opened.rules.compiled, list(request.form.items(multi=True)))
        form = _form_of(opened, held).sent(Client(client.filled))
        answer = self._answer(form)
        mistake = form.mistake_in_name(opened.name) or _mistake_in(answer)
        if mistake or isinstance(answer, Refused):
            return self._shown(form, "change", mistake)
        parts = {
            "name": form.name,
            "assessment": form.assessment,
            "as of": form.day or None,
            "expect": _expected(opened.scenario, answer, form.expects),
        }
        if not parts["expect"]:
            return self._shown(form, "change", "Say what is expected of him, one thing at least.")
        try:
            after = changed(opened.file, held.state.files[opened.file], opened.name, parts)
        except CantEdit as why:
            return self._shown(form, "change", str(why))
        return saves(held, {opened.file: after.decode()}, page_of(opened.rules, form.name))

    def ask_to_copy(self, opened: OpenedScenario, held: HeldDraft) -> Response:
        """Ask for the name of a copy."""
        return self._shown(_form_of(opened, held), "copy")

    def copy(self, opened: OpenedScenario, held: HeldDraft) -> Response:
        """Put a copy behind him, under another name, where its answers are changed next."""
        form = _form_of(opened, held).sent()
        mistake = form.mistake_in_name()
        if mistake:
            return self._shown(form, "copy", mistake)
        try:
            after = copied(opened.file, held.state.files[opened.file], opened.name, form.name)
        except CantEdit as why:
            return self._shown(form, "copy", str(why))
        return saves(held, {opened.file: after.decode()}, f"{page_of(opened.rules, form.name)}/change")

    # -- new ----------------------------------------------------------------------------------------------

    def ask_to_keep(self, ruleset_id: str, of: str, token: str) -> Response | Answer:
        """Ask for the name of a client who was tried, and what is expected of him; first for the draft."""
        found = self._clients.found(ruleset_id, of, token)
        if not isinstance(found, Answer) and found[0].held is None and self._drafting is not None:
            return self._choose_draft(self._drafting, *found)
        form = self._tried(ruleset_id, of, token)
        return form if isinstance(form, Answer) else self._shown(form, "keep")

    def _choose_draft(self, drafting: Drafting, rules: Rules, client: Client) -> Response:
        """The drafts that a client can be kept in."""
        caller, name = this_call().caller, rules.ruleset.id
        drafts = [one for one in drafting.store.all_of(caller) if one.ruleset == name]
        links = [(one, self._clients.address_at(name, one.id, client)) for one in drafts]
        return self._pages.page(
            "keep_in.html",
            rules=rules,
            ruleset=rules.ruleset,
            bar=self._clients.bar(rules),
            drafts=links if caller.may_edit(name) else [],
            back=request.path.removesuffix("/keep"),
        )

    def keep(self, ruleset_id: str, of: str, token: str) -> Response | Answer:
        """Write a client who was tried into the draft."""
        form = self._tried(ruleset_id, of, token)
        if isinstance(form, Answer):
            return form
        form = form.sent()
        answer = self._answer(form)
        mistake = form.mistake_in_name() or _mistake_in(answer)
        expects = [name for name in form.expects if not isinstance(answer, Refused) and name in answer]
        if not mistake and not expects:
            mistake = "Say what is expected of him, one thing at least."
        if mistake or isinstance(answer, Refused):
            return self._shown(form, "keep", mistake)
        day = date.fromisoformat(form.day) if form.day else None
        item = scenario_text(form.name, form.assessment, answer, day, expects=expects)
        try:
            return self._added(form, item)
        except CantEdit as why:
            return self._shown(form, "keep", str(why))

    def make(self, ruleset_id: str, of: str) -> Response | Answer:
        """Write a client that was found for what nobody tries into the draft, under a name of his own."""
        rules = self._clients.rules(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        held = editable(rules)
        if isinstance(held, Answer):
            return held
        form = _new(rules, held, Client({})).sent()
        item = request.form.get(".item", "").encode()
        mistake = form.mistake_in_name()
        if mistake:
            return problem(422, f"{mistake} Go back, and name him otherwise.")
        try:
            (name,) = names_in(form.file, item)
            item = changed(form.file, item, name, {"name": form.name})
            return self._added(form, text_of(form.file, item, form.name))
        except ValueError:
            return problem(422, "This is not the text of one client.")
        except CantEdit as why:
            return problem(422, str(why))

    def _added(self, form: _Form, item: str) -> Response:
        after = added(form.file, form.held.state.files.get(form.file), item)
        return saves(form.held, {form.file: after.decode()}, page_of(form.rules, form.name))

    def _tried(self, ruleset_id: str, of: str, token: str) -> _Form | Answer:
        found = self._clients.found(ruleset_id, of, token)
        if isinstance(found, Answer):
            return found
        rules, client = found
        held = editable(rules)
        if isinstance(held, Answer):
            return held
        form = _new(rules, held, client)
        needed = {name: one for name, one in form.assessment.items() if rules.ruleset.inputs[name].required}
        name = ", ".join(answer for _, answer in answered(Labels(rules.ruleset), needed))
        day = ""
        if rules.ruleset.tests_month:
            answer = self._answer(form)
            day = "" if isinstance(answer, Refused) else str(answer["as_of"])
        return replace(form, name=name[:_LONGEST_NAME], day=day)

    # -- shown --------------------------------------------------------------------------------------------

    def _answer(self, form: _Form) -> Mapping[str, Any] | Refused:
        """What he is answered now."""
        day = {"as_of": form.day} if form.day else {}
        return try_one(self._live.answering, form.rules.asked(form.assessment, **day), this_call().caller)

    def _shown(self, form: _Form, does: str, mistake: str = "") -> Response:
        rules, ruleset, answer = form.rules, form.rules.ruleset, self._answer(form)
        refusals = answer.errors if isinstance(answer, Refused) else ()
        fields = client_form(rules.compiled, ruleset, form.client.filled, refusals)
        return self._pages.page(
            "client_form.html",
            422 if mistake else 200,
            rules=rules,
            ruleset=ruleset,
            bar=self._clients.bar(rules),
            does=does,
            action=request.path,
            back=form.before.at if form.before is not None else request.path.removesuffix("/keep"),
            before=None if form.before is None else form.before.name,
            name=form.name if does != "copy" or mistake else "",
            day=form.day,
            asks_day=ruleset.tests_month or bool(form.day),
            form=fields,
            who=answered(Labels(ruleset), form.assessment),
            files=form.files,
            file=form.file,
            choices=expected_choices(
                ruleset,
                None if isinstance(answer, Refused) else answer,
                {} if form.before is None else form.before.scenario.expected,
                form.expects,
            ),
            mistakes=of_no_question(fields, refusals),
            mistake=mistake,
        )


def _new(rules: Rules, held: HeldDraft, client: Client) -> _Form:
    """The form of a new client, who goes into the last file unless another is chosen."""
    form = _Form(rules, held, "", client)
    return replace(form, file=form.files[-1])


def _form_of(opened: OpenedScenario, held: HeldDraft) -> _Form:
    """The form of a worked client as he is."""
    scenario = opened.scenario
    return _Form(
        opened.rules,
        held,
        opened.name,
        Client(filled_by(opened.rules.ruleset, scenario.assessment)),
        tuple(scenario.expected),
        "" if scenario.as_of is None else scenario.as_of.isoformat(),
        opened.file,
        opened,
    )


def _mistake_in(answer: Mapping[str, Any] | Refused) -> str:
    if not isinstance(answer, Refused):
        return ""
    return "These answers get no answer yet: what is wrong stands beside them."


def _expected(scenario: Scenario, answer: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """What is expected: as before where something was, else what he is answered now; and the same rules."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys((*scenario.expected, *names)):
        if name in names and (name in scenario.expected or name in answer):
            found[name] = scenario.expected[name] if name in scenario.expected else answer[name]
    rules = {"fired": list(scenario.fired), "not fired": list(scenario.not_fired)}
    return found | {key: listed for key, listed in rules.items() if listed}

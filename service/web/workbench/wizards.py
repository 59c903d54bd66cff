"""Adding to a draft by filling in a form: a laser, a concern, and what follows of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from flask import Response, request

from service.drafting.held_draft import HeldDraft
from service.drafting.wizards.options import (
    FILE,
    most_similar,
    option_form,
    placed_option,
    questions_of_concerns,
    questions_with_attributes,
    rules_by_attribute,
)
from service.drafting.wizards.placing import CantPlace, Placed
from service.drafting.wizards.trial import Texts, tried
from service.model.problem import Problem
from service.model.ruleset import Input, Option, Ruleset
from service.pages.new_answer import new_answer_view
from service.web.bench.handing_on import saves
from service.web.call import Answer, View, this_call
from service.web.live import Live
from service.web.problems import problem
from service.web.workbench.clients import Clients, Rules
from service.web.workbench.pages import Pages
from service.wording.labels import option_label


class What(NamedTuple):
    """What a wizard adds: its name, how it is told, and the questions to which it is an answer."""

    name: str
    one: str
    asks: str
    questions: Callable[[Ruleset], Sequence[Input]]


_WHAT = {
    one.name: one
    for one in (
        What("laser", "a laser", "What do people call it?", questions_with_attributes),
        What("concern", "a concern", "What is treated?", questions_of_concerns),
    )
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be added to which file: the lines, and what the check would say of them.

    ``ruleset``: as it would be read then; None: it would have errors. ``mark``: what the button sends back,
    so that nothing is added which was not shown.
    """

    file: str
    placed: Placed
    ruleset: Ruleset | None
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    @property
    def mark(self) -> str:
        """A mark of the text."""
        return sha256(self.placed.text.encode()).hexdigest()[:16]

    @property
    def can_be_added(self) -> bool:
        """Whether it reads."""
        return not self.errors


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft that somebody adds to: its rules, the texts of all its files, and where it is held."""

    rules: Rules
    held: HeldDraft
    texts: Texts

    @property
    def ruleset(self) -> Ruleset:
        """Its ruleset."""
        return self.rules.ruleset

    def previewed(self, file: str, placed: Placed) -> Preview:
        """The lines with what reading them comes to."""
        there = self.held.read.problems
        trial = tried(self.ruleset.id, self.texts, {file: placed.text}, there)
        return Preview(file, placed, trial.ruleset, trial.errors, trial.warnings)

    @property
    def is_newest(self) -> bool:
        """Whether nothing was saved since that is not read yet, or can't be."""
        stands = this_call().holder
        return stands is None or stands.report.state == self.held.state.number

    def added(self, preview: Preview, then: str) -> Response:
        """Have the file saved, and go on."""
        return saves(self.held, {preview.file: preview.placed.text}, f"{self.rules.at}/add/{then}")


def open_draft(live: Live, clients: Clients, ruleset_id: str, of: str) -> OpenDraft | Answer:
    """The draft of an address; or why it can't be added to."""
    rules = clients.rules(ruleset_id, of)
    if isinstance(rules, Answer):
        return rules
    if rules.held is None:
        return problem(404, "Only a draft can be added to. Begin one on the page of rulesets.")
    if not this_call().caller.may_edit(ruleset_id):
        return problem(403, "To change a draft needs a key with the scope edit, for this ruleset.")
    return OpenDraft(rules, rules.held, live.files_of(rules.ruleset))


class WizardPages:
    """The views of these pages."""

    def __init__(self, live: Live, pages: Pages, clients: Clients) -> None:
        self._live = live
        self._pages = pages
        self._clients = clients

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "page_add": self.choose,
            "page_add_option": self.empty,
            "page_adds_option": self._pages.of_own_form(self.fill_in),
            "page_added_option": self.added,
        }

    def choose(self, ruleset_id: str, of: str) -> Response | Answer:
        """What can be added."""
        draft = open_draft(self._live, self._clients, ruleset_id, of)
        if isinstance(draft, Answer):
            return draft
        can = [one.name for one in _WHAT.values() if one.questions(draft.ruleset)]
        return self._page("add.html", draft, can=can)

    def empty(self, ruleset_id: str, of: str, what: str) -> Response | Answer:
        """An empty form."""
        draft, wizard = open_draft(self._live, self._clients, ruleset_id, of), _WHAT.get(what)
        if isinstance(draft, Answer):
            return draft
        if wizard is None or not wizard.questions(draft.ruleset):
            return _no_such_wizard()
        return self._form(draft, wizard, request.args, is_empty=True)

    def fill_in(self, ruleset_id: str, of: str, what: str) -> Response | Answer:
        """Show the line that comes of what was filled in; or add it, once it was shown."""
        draft, wizard = open_draft(self._live, self._clients, ruleset_id, of), _WHAT.get(what)
        if isinstance(draft, Answer):
            return draft
        if wizard is None or not wizard.questions(draft.ruleset):
            return _no_such_wizard()
        return self._form(draft, wizard, request.form, is_empty=False)

    def _form(
        self, draft: OpenDraft, wizard: What, sent: Mapping[str, str], *, is_empty: bool
    ) -> Response | Answer:
        questions = wizard.questions(draft.ruleset)
        question = next((one for one in questions if one.id == sent.get("question")), questions[0])
        form = option_form(question, sent)
        preview, cant = None, ""
        if not is_empty and not form.mistakes:
            try:
                placed = placed_option(draft.ruleset, draft.texts, form)
                preview = draft.previewed(FILE, placed)
            except CantPlace as fault:
                cant = str(fault)
        if preview is not None and preview.can_be_added and sent.get(".add") == preview.mark:
            return draft.added(preview, f"{wizard.name}/{question.id}/{form.id}")
        return self._page(
            "add_option.html",
            draft,
            wizard=wizard,
            questions=questions,
            form=form,
            mistakes={} if is_empty else form.mistakes,
            looked_at=rules_by_attribute(draft.ruleset, question),
            names={f"attribute.{one.name}": one.label for one in form.attributes},
            is_empty=is_empty,
            preview=preview,
            cant=cant,
            changed=bool(sent.get(".add")),
        )

    def added(
        self, ruleset_id: str, of: str, what: str, question_id: str, option_id: str
    ) -> Response | Answer:
        """What follows of an answer that was added."""
        draft, wizard = open_draft(self._live, self._clients, ruleset_id, of), _WHAT.get(what)
        if isinstance(draft, Answer):
            return draft
        questions = () if wizard is None else wizard.questions(draft.ruleset)
        question = next((one for one in questions if one.id == question_id), None)
        if question is None or len(question.options) < 2:
            return _no_such_wizard()
        option = _option(question, option_id)
        others = [one for one in question.options if one is not option]
        if option is None:
            return not_there(self._page, draft, option_id)
        chosen = _option(question, request.args.get("beside", ""))
        other = chosen if chosen in others else most_similar(question, option)
        caller = this_call().caller
        view = new_answer_view(
            self._live.answering, draft.ruleset, question, option, other or others[0], caller
        )
        return self._page(
            "added_option.html",
            draft,
            wizard=wizard,
            question=question,
            view=view,
            others=[(one.id, option_label(one), one is other) for one in others],
        )

    def _page(self, template: str, draft: OpenDraft, **data: Any) -> Response:
        return self._pages.page(
            template, rules=draft.rules, ruleset=draft.ruleset, bar=self._clients.bar(draft.rules), **data
        )


def _option(question: Input, option_id: str) -> Option | None:
    return next((one for one in question.options if one.id == option_id), None)


def not_there(page: Callable[..., Response], draft: OpenDraft, name: str) -> Response | Answer:
    """That what was added is being read; or that there is nothing of that id in the draft."""
    if draft.is_newest:
        return problem(404, "There is nothing of that id in the draft.")
    stands = this_call().holder
    waits = stands is not None and stands.report.stage == "checking"
    return page("being_checked.html", draft, heading=name, waits=waits, here=request.full_path.rstrip("?"))


def _no_such_wizard() -> Answer:
    return problem(404, "There is nothing of that kind to add to this ruleset.")

"""Drafts on the home page: which there are, beginning one in each way that there is, and discarding one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from types import MappingProxyType

from flask import Response, request

from schemas.ruleset_fields import title_mistake
from service.drafting.drafts import Drafts
from service.drafting.wizards.options import suggested_id
from service.model.caller import Caller
from service.model.draft import Draft
from service.model.problem import Refusal
from service.serving.refused import Refused
from service.store.folders import is_shipped, shipped_ids
from service.web.call import Answer, View, this_call
from service.web.endpoints import WORKBENCH
from service.web.guard import KeyNames
from service.web.live import Live
from service.web.problems import problem, refused
from service.web.workbench.pages import Pages, go_to
from service.web.workbench.seen_drafts import DraftBars, SeenDrafts, address_of


@dataclass(frozen=True, slots=True)
class DraftCard:
    """A draft as the home page lists it, with the title and version that it gives its ruleset.

    ``base``: the edition from which it was begun, None: it is new. ``live``: that live is another, in words.
    """

    draft: Draft
    title: str
    version: str
    at: str
    base: str | None
    changed: str
    by: str
    live: str | None
    may_edit: bool


@dataclass(frozen=True, slots=True)
class Editing:
    """What a visitor may do with a ruleset: ``edits`` or, where he may not, ``why_not``; ``builds`` on it."""

    edits: bool
    why_not: str
    builds: bool


_NEVER_GOOD = "Mend it in its folder, or begin a draft from a zip of that: no version of it was ever good."


class DraftPages:
    """The views of these pages."""

    def __init__(
        self, pages: Pages, live: Live, drafts: Drafts, seen: SeenDrafts, bars: DraftBars, names: KeyNames
    ) -> None:
        self._pages = pages
        self._live = live
        self._drafts = drafts
        self._seen = seen
        self._bars = bars
        self._names = names

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "page_begins": self._pages.of_own_form(self.begin),
            "page_build": self.ask_to_build,
            "page_builds": self._pages.of_own_form(self.build),
            "page_uploads": self._pages.of_own_form(self.upload),
            "page_discard": self.ask_to_discard,
            "page_discards": self._pages.of_own_form(self.discard),
            "page_draft_state": self.state,
        }

    def cards(self, caller: Caller) -> list[DraftCard]:
        """The drafts that are there for the caller, the one changed last first."""
        return [self._card(draft, caller) for draft in self._drafts.all_of(caller)]

    def _card(self, draft: Draft, caller: Caller) -> DraftCard:
        bar = self._bars.bar(draft, None, caller)
        changed = f"{draft.changed.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        by = self._names.of(draft.by)
        title, version = self._drafts.called(draft)
        return DraftCard(draft, title, version, bar.at, bar.base, changed, by, bar.live, bar.may_edit)

    def editing(self, ruleset_id: str, caller: Caller) -> Editing:
        """What the caller may do with a ruleset that serves."""
        builds = "edit" in caller.scopes
        if is_shipped(ruleset_id):
            return Editing(
                edits=False, why_not="It comes with picoplan: build your own on it.", builds=builds
            )
        if caller.may_edit(ruleset_id):
            is_there = ruleset_id in self._live.answering.serving.lines
            why_not = "" if is_there else _NEVER_GOOD
            return Editing(edits=is_there, why_not=why_not, builds=builds and is_there)
        needs = f"Editing needs a key with the scope edit, for {ruleset_id}."
        return Editing(edits=False, why_not=needs, builds=builds)

    def to_build_on(self, caller: Caller) -> list[str]:
        """The shipped rulesets on which the caller may build, and which do not serve."""
        if "edit" not in caller.scopes:
            return []
        there = self._live.answering.serving.lines
        return sorted(name for name in shipped_ids() if name not in there)

    def begin(self, ruleset_id: str) -> Response | Answer:
        """Begin a draft from what is live, and go on to edit it; from another edition, to compare it."""
        digest = request.form.get("digest")
        begun = self._drafts.begin(this_call().caller, ruleset_id, digest)
        then = "edit" if digest is None else "compare"
        return refused(begun) if isinstance(begun, Refused) else go_to(f"{address_of(begun)}/{then}")

    def ask_to_build(self, ruleset_id: str) -> Response | Answer:
        """Ask how a ruleset shall be called that is built on another."""
        return self._build_page(ruleset_id, "", ())

    def build(self, ruleset_id: str) -> Response | Answer:
        """Begin a draft of a new ruleset that is built on another, and go on to edit it."""
        name = request.form.get(".name", "").strip()
        said = {one: request.form.get(f".{one}", "").strip() for one in ("title", "owner")}
        wrong = {
            one: f"It {mistake}" for one, text in said.items() if text and (mistake := title_mistake(text))
        }
        if wrong:
            return self._build_page(ruleset_id, name, (), wrong, title=said["title"], owner=said["owner"])
        caller = this_call().caller
        there = [one for one in self._live.answering.serving.lines if caller.sees(one)]
        name = name or suggested_id(said["title"], there)
        begun = self._drafts.begin_new(caller, name, ruleset_id, **said)
        if isinstance(begun, Refused):
            return self._build_page(ruleset_id, name, begun.errors, title=said["title"], owner=said["owner"])
        return go_to(f"{address_of(begun)}/edit")

    def _build_page(
        self,
        ruleset_id: str,
        name: str,
        errors: tuple[Refusal, ...],
        wrong: Mapping[str, str] = MappingProxyType({}),
        *,
        title: str = "",
        owner: str = "",
    ) -> Response | Answer:
        caller, there = this_call().caller, self._live.answering.serving.lines
        if not is_shipped(ruleset_id) and not (ruleset_id in there and caller.sees(ruleset_id)):
            return problem(404, "No ruleset of that id serves here.")
        may_begin = None if caller.edits is None else sorted(caller.edits - there.keys())
        return self._pages.page(
            "build.html",
            422 if errors or wrong else 200,
            wrong=wrong,
            extends=ruleset_id,
            name=name,
            title=title,
            owner=owner,
            may_begin=may_begin,
            mistakes=[one.with_hint for one in errors],
        )

    def upload(self) -> Response | Answer:
        """Begin a draft with the files of a zip, and go on to edit it."""
        sent = request.files.get(".zip")
        content = b"" if sent is None else sent.read()
        if not content:
            return problem(422, "No zip was chosen. Choose the zip of one ruleset's folder.")
        name = request.form.get(".name", "").strip()
        begun = self._drafts.begin_with(this_call().caller, name or None, content)
        return refused(begun) if isinstance(begun, Refused) else go_to(f"{address_of(begun)}/edit")

    def ask_to_discard(self, ruleset_id: str, of: str) -> Response | Answer:
        """Ask before a draft is discarded."""
        draft = self._seen.draft(ruleset_id, of, to_edit=True)
        if isinstance(draft, Answer):
            return draft
        return self._pages.page("discard.html", card=self._card(draft, this_call().caller))

    def discard(self, ruleset_id: str, of: str) -> Response | Answer:
        """Discard a draft."""
        draft = self._seen.draft(ruleset_id, of, to_edit=True)
        if isinstance(draft, Answer):
            return draft
        gone = self._drafts.discard(this_call().caller, draft.id)
        return go_to(WORKBENCH) if gone is None else refused(gone)

    def state(self, ruleset_id: str, of: str) -> Response | Answer:
        """How far the check of a draft has come, for its bar."""
        draft = self._seen.draft(ruleset_id, of)
        return draft if isinstance(draft, Answer) else self._pages.page("draft_state.html")

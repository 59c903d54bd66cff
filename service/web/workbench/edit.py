"""Edit: the files of a draft as texts, their problems with mends, and what was saved before."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from flask import Response, request

from service.drafting.bench_client import BenchFault, DraftGone
from service.drafting.draft_report import DraftReport
from service.drafting.file_names import name_mistake
from service.drafting.mends import mend_id, mended
from service.model.draft import DraftState, FileConflict, file_tag
from service.pages.draft_editing import (
    MendOffer,
    changed_lines,
    file_rows,
    file_title,
    in_order_of_reading,
    problem_rows,
)
from service.store.drafts import NoSuchDraft
from service.store.mending import CantApply, FileText
from service.web.bench.drafting import Drafting
from service.web.bench.no_answer import no_such_draft
from service.web.call import Answer, Saves, View, this_call
from service.web.guard import Guard
from service.web.problems import problem
from service.web.workbench.draft_bars import address_of
from service.web.workbench.pages import HEADERS, Pages, go_to, is_htmx
from service.web.workbench.seen_drafts import SeenDrafts
from service.web.workbench.unshown_drafts import UnshownDrafts

Changes = Mapping[str, bytes | None]

_BEGUN = {
    "factors": "factor: \nrules:\n  - id: \n    title: \n    when:\n    then:\n    because: \n",
    "scenarios": "- name: \n  assessment:\n    \n  expect:\n    verdict: \n",
    "assessment.yaml": "inputs:\n  ",
    "guarantees.yaml": "guarantees:\n  - id: \n    title: \n",
}
"""What a new file begins with: the keys that it needs."""


class EditPages:
    """The views of this page."""

    def __init__(
        self,
        pages: Pages,
        drafting: Drafting,
        seen: SeenDrafts,
        unshown: UnshownDrafts,
        guard: Guard | None,
    ) -> None:
        """``guard``: None where nobody is asked for a key."""
        self._pages = pages
        self._seen = seen
        self._unshown = unshown
        self._drafting = drafting
        self._guard = guard

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "page_edit_begins": self.begin,
            "page_adds_file": self._pages.of_own_form(self.add),
            "page_edit": self.edit,
            "page_edits": self._pages.of_own_form(self.change),
        }

    def begin(self, ruleset_id: str, of: str) -> Response | Answer:
        """On to the first file."""
        state = self._seen.state(ruleset_id, of)
        if isinstance(state, Answer):
            return state
        names = in_order_of_reading(state.files)
        return self._page(state, names[0] if names else None)

    def edit(self, ruleset_id: str, of: str, file: str) -> Response | Answer:
        """A file of a draft, to be edited."""
        state = self._seen.state(ruleset_id, of)
        if isinstance(state, Answer):
            return state
        if file not in state.files:
            return problem(404, "The draft has no file of that name.")
        return self._page(state, file)

    def add(self, ruleset_id: str, of: str) -> Response | Answer:
        """Add a file of a name that the plan has."""
        state = self._seen.state(ruleset_id, of, to_edit=True)
        if isinstance(state, Answer):
            return state
        name = request.form.get(".name", "").strip()
        mistake = name_mistake(name) or ("There is such a file already." if name in state.files else None)
        if mistake is not None:
            return self._page(state, next(iter(in_order_of_reading(state.files)), None), mistake)
        begun = _BEGUN.get(name, _BEGUN.get(name.partition("/")[0], ""))
        return self._save(state, {name: begun.encode()}, {name: None}, name)

    def change(self, ruleset_id: str, of: str, file: str) -> Response | Answer:
        """Save a file as it was typed, give it another name, take it away, mend a problem, or go back."""
        state = self._seen.state(ruleset_id, of, to_edit=True)
        if isinstance(state, Answer):
            return state
        does = request.form.get(".does", "save")
        views: dict[str, Callable[[DraftState, str], Response | Answer]] = {
            "save": self._typed,
            "rename": self._renamed,
            "delete": self._deleted,
            "mend": self._mended,
            "back": self._gone_back,
        }
        return views[does](state, file) if does in views else problem(422, "The form asks for nothing known.")

    def _typed(self, state: DraftState, file: str) -> Response | Answer:
        text = request.form.get("text", "").replace("\r\n", "\n").replace("\r", "\n")
        before = state.files.get(file, b"")
        content = _saved_like(text, before)
        return self._save(state, {file: content}, {file: request.form.get(".tag") or None}, file)

    def _renamed(self, state: DraftState, file: str) -> Response | Answer:
        name = request.form.get(".name", "").strip()
        if file not in state.files:
            return problem(404, "The draft has no file of that name.")
        mistake = name_mistake(name) or ("There is such a file already." if name in state.files else None)
        if mistake is not None:
            return self._page(state, file, mistake)
        tags = {file: request.form.get(".tag") or None, name: None}
        return self._save(state, {name: state.files[file], file: None}, tags, name)

    def _deleted(self, state: DraftState, file: str) -> Response | Answer:
        left = next((name for name in in_order_of_reading(state.files) if name != file), "")
        return self._save(state, {file: None}, {file: request.form.get(".tag") or None}, left)

    def _mended(self, state: DraftState, file: str) -> Response | Answer:
        report = self._report(state)
        wanted = request.form.get(".mend", "")
        found = next((one for one in _of(report, state) if one["mend"] and mend_id(one) == wanted), None)
        if found is None:
            return self._page(state, file, "The draft has changed since. What is wrong now is shown.", 409)
        try:
            changes = mended(state, found["mend"])
        except CantApply:
            return self._page(state, file, "That mend is not of a file of this draft.", 409)
        return self._save(state, changes, _tags(state, changes), file)

    def _gone_back(self, state: DraftState, file: str) -> Response | Answer:
        number = request.form.get(".state", "")
        then = self._drafting.store.state(state.draft.id, int(number)) if number.isdecimal() else None
        if then is None:
            return self._page(state, file, "That state is kept no longer.", 409)
        changes = {name: then.files.get(name) for name in {*state.files, *then.files}}
        changes = {name: raw for name, raw in changes.items() if raw != state.files.get(name)}
        there = file if file in then.files else next(iter(in_order_of_reading(then.files)), "")
        return self._save(state, changes, _tags(state, changes), there)

    def _save(
        self, state: DraftState, changes: Changes, matching: Mapping[str, str | None], then: str
    ) -> Response | Answer:
        """Save, and go on to the file ``then``; where a file was changed meanwhile both sides are shown."""
        caller = this_call().caller
        try:
            saved = self._drafting.store.save(
                state.draft.id, changes, matching, caller.key, datetime.now(UTC)
            )
        except NoSuchDraft:
            return no_such_draft()
        if isinstance(saved, FileConflict):
            return self._conflict(state, saved, changes, matching, then)
        return go_to(
            f"{address_of(state.draft)}/edit/{quote(then)}" if then else f"{address_of(state.draft)}/edit"
        )

    def _conflict(
        self,
        state: DraftState,
        conflict: FileConflict,
        changes: Changes,
        matching: Mapping[str, str | None],
        then: str,
    ) -> Response | Answer:
        texts = {name: None if raw is None else raw.decode() for name, raw in changes.items()}
        there = f"{address_of(state.draft)}/edit/{quote(then)}"
        return self._unshown.conflict(state.draft, conflict, Saves(texts, matching, there))

    def _page(
        self, state: DraftState, file: str | None, mistake: str | None = None, status: int = 422
    ) -> Response:
        """The page, with what went wrong where something did."""
        report, nonce, at = self._report(state), secrets.token_urlsafe(16), address_of(state.draft)
        problems = _of(report, state)
        raw = state.files.get(file, b"") if file is not None else b""
        text = _decoded(raw)
        may_edit = this_call().caller.may_edit(state.draft.ruleset)
        response = self._pages.page(
            "edit.html",
            200 if mistake is None else status,
            draft=state.draft,
            at=at,
            file=file,
            title="" if file is None else file_title(file),
            here=f"{at}/edit" if file is None else f"{at}/edit/{quote(file)}",
            text=text,
            tag=file_tag(raw),
            files=file_rows(state, at, problems),
            report=report,
            is_of_this_state=report is not None and report.state == state.number,
            problems=problem_rows(state, at, problems, lambda one: _offer(state, one)),
            found=len(problems),
            history=self._history(state),
            mistake=mistake,
            nonce=nonce,
            may_edit=may_edit,
            is_swap=is_htmx(),
        )
        policy = HEADERS["Content-Security-Policy"]
        own = policy.replace("style-src 'self'", f"style-src 'self' 'nonce-{nonce}'")
        response.headers["Content-Security-Policy"] = own
        return response

    def _history(self, state: DraftState) -> list[tuple[int, str, str, bool]]:
        """The states that are kept: number, when each was saved and by whom, and whether it is this one."""
        found = []
        for one in self._drafting.store.states(state.draft.id):
            name = None if one.by is None or self._guard is None else self._guard.name_of(one.by)
            by = name or one.by or "on this machine"
            found.append((one.number, f"{one.at:%Y-%m-%d %H:%M} UTC", by, one.number == state.number))
        return found

    def _report(self, state: DraftState) -> DraftReport | None:
        """How far the draft is checked; None: that can't be known now."""
        try:
            return self._drafting.bench.problems(state.draft)
        except (BenchFault, DraftGone):
            return None


def _of(report: DraftReport | None, state: DraftState) -> list[dict[str, Any]]:
    """The problems of this very state, as far as they are known."""
    return report.problems if report is not None and report.state == state.number else []


def _offer(state: DraftState, one: Mapping[str, Any]) -> MendOffer | None:
    """The mend of a problem that can be made in the draft."""
    if not one["mend"]:
        return None
    try:
        changes = mended(state, one["mend"])
    except CantApply:
        return None
    return MendOffer(mend_id(one), one["mend"]["label"], changed_lines(state.files, changes))


def _tags(state: DraftState, changes: Changes) -> dict[str, str | None]:
    """The ETag that each file has in the state; None: it is not there."""
    return {name: file_tag(state.files[name]) if name in state.files else None for name in changes}


def _decoded(raw: bytes) -> str | None:
    """The text of a file with line ends as editors have them; None: it is no text in UTF-8."""
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return None


def _saved_like(text: str, before: bytes) -> bytes:
    """The text with the byte-order mark and the line ends that the file has."""
    if _decoded(before) == text:
        return before
    ends = text.replace("\n", "\r\n") if b"\r\n" in before else text
    return FileText("", ends, ()).saved_like(before)

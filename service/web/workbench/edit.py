"""Edit: the files of a draft as texts, their problems with mends, and what was saved before."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from flask import Response, request

from service.drafting.file_names import name_mistake, taken_by
from service.drafting.lines import written_like
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
from service.serving.refused import Refused
from service.store.mending import CantApply
from service.web.bench.drafting import Drafting
from service.web.call import Answer, Saves, View, this_call
from service.web.guard import Guard
from service.web.problems import problem, refused
from service.web.workbench.pages import HEADERS, Pages, go_to, is_htmx
from service.web.workbench.seen_drafts import CheckedState, SeenDrafts, address_of
from service.web.workbench.unshown_drafts import UnshownDrafts

Changes = Mapping[str, bytes | None]

_NUMBER = re.compile(r"[0-9]{1,9}")

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
        checked = self._seen.checked_state(ruleset_id, of)
        return checked if isinstance(checked, Answer) else self._page(checked, _first(checked.state.files))

    def edit(self, ruleset_id: str, of: str, file: str) -> Response | Answer:
        """A file of a draft, to be edited."""
        checked = self._seen.checked_state(ruleset_id, of)
        if isinstance(checked, Answer):
            return checked
        if file not in checked.state.files:
            return problem(404, "The draft has no file of that name.")
        return self._page(checked, file)

    def add(self, ruleset_id: str, of: str) -> Response | Answer:
        """Add a file of a name that the plan has."""
        checked = self._seen.checked_state(ruleset_id, of, to_edit=True)
        if isinstance(checked, Answer):
            return checked
        name = request.form.get(".name", "").strip()
        mistake = _mistake(name, checked.state.files)
        if mistake is not None:
            return self._page(checked, _first(checked.state.files), mistake)
        begun = _BEGUN.get(name, _BEGUN.get(name.partition("/")[0], ""))
        return self._save(checked, {name: begun.encode()}, {name: None}, name)

    def change(self, ruleset_id: str, of: str, file: str) -> Response | Answer:
        """Save a file as it was typed, give it another name, take it away, mend a problem, or go back."""
        checked = self._seen.checked_state(ruleset_id, of, to_edit=True)
        if isinstance(checked, Answer):
            return checked
        does = request.form.get(".does", "save")
        views: dict[str, Callable[[CheckedState, str], Response | Answer]] = {
            "save": self._typed,
            "rename": self._renamed,
            "delete": self._deleted,
            "mend": self._mended,
            "back": self._gone_back,
        }
        if does not in views:
            return problem(422, "The form asks for nothing that is known here.")
        return views[does](checked, file)

    def _typed(self, checked: CheckedState, file: str) -> Response | Answer:
        text = request.form.get("text", "").replace("\r\n", "\n").replace("\r", "\n")
        content = written_like(text, checked.state.files.get(file, b""))
        return self._save(checked, {file: content}, {file: _seen_tag()}, file)

    def _renamed(self, checked: CheckedState, file: str) -> Response | Answer:
        name = request.form.get(".name", "").strip()
        content = checked.state.files.get(file)
        if content is None:
            return problem(404, "The draft has no file of that name.")
        mistake = _mistake(name, checked.state.files.keys() - ({file} if name != file else set()))
        if mistake is not None:
            return self._page(checked, file, mistake)
        return self._save(checked, {name: content, file: None}, {file: _seen_tag(), name: None}, name)

    def _deleted(self, checked: CheckedState, file: str) -> Response | Answer:
        left = _first(name for name in checked.state.files if name != file)
        return self._save(checked, {file: None}, {file: _seen_tag()}, left)

    def _mended(self, checked: CheckedState, file: str) -> Response | Answer:
        wanted = request.form.get(".mend", "")
        mends = (one for one in _problems(checked) if one["mend"] and mend_id(one) == wanted)
        found = next(mends, None)
        if found is None:
            return self._page(checked, file, "The draft has changed since. What is wrong now is shown.", 409)
        try:
            changes = mended(checked.state, found["mend"])
        except CantApply:
            return self._page(checked, file, "That mend is not of a file of this draft.", 409)
        return self._save(checked, changes, _tags(checked.state, changes), file)

    def _gone_back(self, checked: CheckedState, file: str) -> Response | Answer:
        state, number = checked.state, request.form.get(".state", "")
        known = _NUMBER.fullmatch(number) is not None
        then = self._drafting.store.state(state.draft.id, int(number)) if known else None
        if then is None:
            return self._page(checked, file, "That state is kept no longer.", 409)
        both = {name: then.files.get(name) for name in {*state.files, *then.files}}
        changes = {name: raw for name, raw in both.items() if raw != state.files.get(name)}
        there = file if file in then.files else _first(then.files)
        return self._save(checked, changes, _tags(state, changes), there)

    def _save(
        self, checked: CheckedState, changes: Changes, matching: Mapping[str, str | None], then: str | None
    ) -> Response | Answer:
        """Save, and go on to the file ``then``; where a file was changed meanwhile all sides are shown."""
        draft, caller = checked.state.draft, this_call().caller
        there = f"{address_of(draft)}/edit" if then is None else f"{address_of(draft)}/edit/{quote(then)}"
        saved = self._drafting.drafts.save(caller, draft.id, changes, matching)
        if isinstance(saved, Refused):
            return refused(saved)
        if isinstance(saved, FileConflict):
            texts = {
                name: None if raw is None else raw.decode(errors="replace") for name, raw in changes.items()
            }
            return self._unshown.conflict(draft, saved, Saves(texts, matching, there))
        return go_to(there)

    def _page(
        self, checked: CheckedState, file: str | None, mistake: str | None = None, status: int = 422
    ) -> Response:
        """The page, with what went wrong where something did."""
        state, report = checked
        nonce, at, problems = secrets.token_urlsafe(16), address_of(state.draft), _problems(checked)
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


def _first(names: Iterable[str]) -> str | None:
    """Of the files the one that is shown first; None: there are none."""
    return next(iter(in_order_of_reading(names)), None)


def _mistake(name: str, others: Iterable[str]) -> str | None:
    """Why there can't be a file of that name beside the others; None: there can."""
    taken = taken_by(name, others)
    if taken is None or name_mistake(name) is not None:
        return name_mistake(name)
    same = "" if taken == name else f", {taken}: on many machines {name} would be the same"
    return f"There is such a file already{same}. Choose another name."


def _seen_tag() -> str | None:
    """The ETag of the file as it is shown where the form was sent."""
    return request.form.get(".tag") or None


def _problems(checked: CheckedState) -> list[dict[str, Any]]:
    """The problems of the state, as far as they are known."""
    return checked.report.problems if checked.report is not None else []


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

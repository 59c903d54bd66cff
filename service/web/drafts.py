"""``/v1/drafts``: drafts as they are told, discarded and taken out. ``changing_drafts`` changes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

import orjson
from flask import Response, request
from werkzeug.http import parse_etags

from schemas.drafts import (
    DraftSchema,
    DraftsSchema,
)
from service.drafting.drafts import Drafts, unknown_draft
from service.drafting.packing import patch, zipped
from service.drafting.publishing import Destination, with_signatures
from service.model.draft import Draft, DraftState, FileConflict, file_tag
from service.model.problem import Refusal, did_you_mean
from service.serving.refused import Refused
from service.store.editions import Published
from service.store.faults import Damaged, DatabaseFault
from service.web.bench.drafting import Drafting, database_gone
from service.web.call import Answer, View, json_answer, this_call
from service.web.log import Log
from service.web.problems import problem, refused
from service.web.transfer import tagged

YAML = "application/yaml"


class DraftViews:
    """Drafts as they are, and what needs no body."""

    def __init__(self, drafting: Drafting, log: Log) -> None:
        self._drafts = drafting.drafts
        self._destination = drafting.destination
        self._log = log

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        views: dict[str, Callable[..., Response | Answer]] = {
            "drafts": self.all_of_them,
            "draft": self.one,
            "discard_draft": self.discard,
            "draft_file": self.file,
            "delete_draft_file": self.delete_file,
            "draft_zip": partial(self.export, "zip"),
            "draft_patch": partial(self.export, "patch"),
        }
        return {name: partial(self._guarded, view) for name, view in views.items()}

    def _guarded(self, view: Callable[..., Response | Answer], **names: str) -> Response | Answer:
        try:
            return view(**names)
        except DatabaseFault as fault:
            return unavailable(self._log, fault)

    def all_of_them(self) -> Answer:
        """The drafts that are there for the caller."""
        newest = self._drafts.newest()
        lines = [_line(draft, newest) for draft in self._drafts.all_of(this_call().caller)]
        return json_answer(as_json(_DRAFTS.dump({"drafts": lines})))

    def one(self, draft_id: str) -> Answer:
        """One draft."""
        state = self._found(draft_id)
        return state if isinstance(state, Answer) else json_answer(draft_json(self._drafts, state))

    def discard(self, draft_id: str) -> Response | Answer:
        """Discard a draft."""
        why = self._drafts.discard(this_call().caller, draft_id)
        if why is not None:
            return refused(why)
        self._log.info("draft discarded", request_id=this_call().id, draft=draft_id)
        return _nothing()

    def file(self, draft_id: str, name: str) -> Response | Answer:
        """A file of a draft."""
        state = self._found(draft_id)
        if isinstance(state, Answer):
            return state
        content = state.files.get(name)
        if content is None:
            return _no_such_file(state, name)
        return tagged(content, file_tag(content).strip('"'), f"{YAML}; charset=utf-8")

    def delete_file(self, draft_id: str, name: str) -> Response | Answer:
        """Take a file out of a draft."""
        state = self._found(draft_id)
        if isinstance(state, Answer):
            return state
        if name not in state.files:
            return _no_such_file(state, name)
        tag = matching_tag(request.headers.get("If-Match"), state.files[name])
        if tag is None:
            return if_match_needed()
        saved = self._drafts.save(this_call().caller, draft_id, {name: None}, {name: tag})
        if isinstance(saved, Refused):
            return refused(saved)
        return conflict((saved,)) if isinstance(saved, FileConflict) else _nothing()

    def export(self, form: Literal["zip", "patch"], draft_id: str) -> Answer:
        """The draft's files, or what was edited."""
        state = self._found(draft_id)
        return state if isinstance(state, Answer) else taken_out(state, self._destination, form)

    def _found(self, draft_id: str) -> DraftState | Answer:
        state = self._drafts.find(this_call().caller, draft_id)
        if state is None:
            return refused(unknown_draft())
        this_call().ruleset = state.draft.ruleset
        return state


_DRAFTS, _DRAFT = DraftsSchema(), DraftSchema()


def _nothing() -> Response:
    """That it is done, and no more."""
    response = Response(status=204, headers={"Cache-Control": "no-store"})
    del response.headers["Content-Type"]
    return response


def matching_tag(header: str | None, content: bytes | None) -> str | None:
    """The ETag that If-Match asks for; of several that of the file, if it is among them. None: none."""
    if header is None:
        return None
    sent = parse_etags(header)
    now = "" if content is None else file_tag(content).strip('"')
    if sent.star_tag or sent.contains(now):
        return f'"{now}"'
    first = next(iter(sorted(sent.as_set())), None)
    return None if first is None else f'"{first}"'


def _line(draft: Draft, newest: Mapping[str, Published]) -> dict[str, Any]:
    live = newest.get(draft.ruleset)
    return {
        "id": draft.id,
        "ruleset": draft.ruleset,
        "clinic": draft.clinic,
        "base": draft.base,
        "live": None if live is None else live.digest,
        "began": draft.began,
        "changed": draft.changed,
        "by": draft.by,
        "state": draft.state,
        "gone": draft.gone,
    }


def draft_json(drafts: Drafts, state: DraftState) -> bytes:
    """A draft as JSON."""
    return draft_document(state, drafts.newest())


def as_json(data: Any) -> bytes:
    """JSON data, with times in UTC to the second."""
    return orjson.dumps(data, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS)


def draft_document(state: DraftState, newest: Mapping[str, Published]) -> bytes:
    """A draft as JSON; ``newest``: the newest edition of each ruleset."""
    base = state.base_files
    files = [
        {
            "name": name,
            "etag": file_tag(content),
            "bytes": len(content),
            "edited": "added" if name not in base else "changed" if base[name] != content else None,
        }
        for name, content in state.files.items()
    ]
    signed = [{"role": one.role, "date": one.date, "digest": one.digest} for one in state.signed]
    removed = sorted(base.keys() - state.files.keys())
    told = {**_line(state.draft, newest), "files": files, "removed": removed, "signed": signed}
    return as_json(_DRAFT.dump(told))


def conflict(conflicts: tuple[FileConflict, ...]) -> Answer:
    """That files were changed meanwhile, with their three texts."""
    errors = [
        Refusal("", "changed-meanwhile", f"{one.name} was changed meanwhile.", "Look at its three sides.")
        for one in conflicts
    ]
    detail = "Somebody has changed what you change. Nothing was saved."
    return problem(412, detail, errors, sides=[sides_data(one) for one in conflicts])


def sides_data(one: FileConflict) -> dict[str, Any]:
    """The three texts of a file that two have changed."""
    texts = {"base": one.base, "theirs": one.theirs, "yours": one.yours}
    told = {name: None if raw is None else raw.decode("utf-8", "replace") for name, raw in texts.items()}
    return {"name": one.name, **told, "etag": None if one.theirs is None else file_tag(one.theirs)}


def if_match_needed() -> Answer:
    """That it isn't said which content is to be changed."""
    message = "It isn't said which content is to be changed."
    hint = "Send the file's ETag as If-Match; for a new file If-None-Match: *."
    return problem(428, None, (Refusal("", "if-match-needed", message, hint),))


def _no_such_file(state: DraftState, name: str) -> Answer:
    hint = did_you_mean(name, state.files).strip() or "Take the name from files of the draft."
    error = Refusal("", "unknown-file", "The draft has no such file.", hint)
    return problem(404, "The draft has no file of that name.", (error,))


def unavailable(log: Log, fault: DatabaseFault) -> Answer:
    """That the drafts can't be reached, or are damaged."""
    log.error("drafts can't be read", request_id=this_call().id, says=str(fault))
    if isinstance(fault, Damaged):
        return problem(500, "The draft is damaged. This is logged under this instance.")
    return database_gone(fault)


ZIP = "application/zip"
PATCH = "text/x-patch"


def taken_out(state: DraftState, destination: Destination, form: Literal["zip", "patch"]) -> Answer:
    """The draft, with who has signed it, as a file that bears the ruleset's id."""
    ruleset = state.draft.ruleset
    before, after = with_signatures(state, destination)
    if form == "zip":
        return _attachment(zipped(ruleset, after), ZIP, f"{ruleset}.zip")
    return _attachment(patch(ruleset, before, after), f"{PATCH}; charset=utf-8", f"{ruleset}.patch")


def _attachment(content: bytes, media: str, name: str) -> Answer:
    told = {
        "Content-Type": media,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Answer(content, 200, list(told.items()))

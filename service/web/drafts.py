"""``/v1/drafts``: drafts begun, read and saved file by file, and taken out; and what was published before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal
from urllib.parse import parse_qs

import orjson
from flask import Response, request
from marshmallow import ValidationError
from werkzeug.http import parse_etags

from schemas.drafts import (
    BeginDraftRequest,
    DraftSchema,
    DraftsSchema,
    MendRequest,
    RebaseRequest,
    SavedFileSchema,
)
from schemas.mistake import StrictSchema
from service.drafting.bench_client import BenchFault, DraftGone
from service.drafting.drafts import Drafts, unknown_draft
from service.drafting.mends import mended
from service.model.draft import Draft, DraftState, FileConflict, file_tag
from service.model.problem import Refusal, did_you_mean
from service.reading.folder import MOST_TOTAL_BYTES
from service.reading.yaml_text import MOST_BYTES
from service.serving.refused import Refused, member_mistakes
from service.store.editions import Published
from service.store.faults import Damaged, DatabaseFault
from service.store.mending import CantApply
from service.web.bench.drafting import Drafting
from service.web.bench.no_answer import bench_busy
from service.web.body import BodyLimits, UnreadableBody, media_type, read_bytes, read_json
from service.web.call import Answer, Call, View, json_answer, this_call
from service.web.etags import tagged
from service.web.exchange import Exchange
from service.web.log import Log
from service.web.problems import problem, refused, unreadable
from service.web.taking_out import ZIP, taken_out

YAML = "application/yaml"
_TEXT_TYPES = ("", YAML, "text/yaml", "text/plain", "application/octet-stream")

_ONE_FILE = BodyLimits(2 * MOST_BYTES, 32, "Put rules in several files.")
_ZIPPED = BodyLimits(MOST_TOTAL_BYTES, 32, "Zip the ruleset's folder, and nothing else.")
_CHOSEN = BodyLimits(2 * MOST_TOTAL_BYTES, 32, "Send the files that both sides have changed alone.")


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
        return json_answer(_json(_DRAFTS.dump({"drafts": lines})))

    def one(self, draft_id: str) -> Answer:
        """One draft."""
        state = self._found(draft_id)
        return state if isinstance(state, Answer) else json_answer(_document(self._drafts, state))

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
        tag = _matching(request.headers.get("If-Match"), state.files[name])
        if tag is None:
            return _if_match_needed()
        saved = self._drafts.save(this_call().caller, draft_id, {name: None}, {name: tag})
        if isinstance(saved, Refused):
            return refused(saved)
        return _conflict((saved,)) if isinstance(saved, FileConflict) else _nothing()

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


class DraftEndpoint:
    """What has a body, which is read on the event loop, and done with in a thread."""

    def __init__(self, drafts: Drafts, log: Log) -> None:
        self._drafts = drafts
        self._log = log

    async def __call__(self, exchange: Exchange) -> Answer:
        """What comes of it, or a problem."""
        body = await self.read(exchange)
        if isinstance(body, UnreadableBody):
            return unreadable(body)
        try:
            return await asyncio.to_thread(self.answer, exchange, body)
        except DatabaseFault as fault:
            return unavailable(self._log, fault)

    async def read(self, exchange: Exchange) -> Any | UnreadableBody:
        """The body, or why it can't be read."""
        raise NotImplementedError

    def answer(self, exchange: Exchange, body: Any) -> Answer:
        """The answer; raises ``DatabaseFault``."""
        raise NotImplementedError


class BeginDraft(DraftEndpoint):
    """``POST /v1/drafts``."""

    async def read(self, exchange: Exchange) -> Any | UnreadableBody:
        """A zip as it is, anything else as JSON."""
        headers = exchange.call.headers
        if media_type(headers) == ZIP:
            return await read_bytes(headers, exchange.body, _ZIPPED.most_bytes, _ZIPPED.too_large)
        return await read_json(headers, exchange.body)

    def answer(self, exchange: Exchange, body: Any) -> Answer:
        """The draft, and where it is."""
        call = exchange.call
        if isinstance(body, bytes):
            named = parse_qs(exchange.query.decode("latin-1"), max_num_fields=10).get("ruleset")
            draft = self._drafts.begin_with(call.caller, named[0] if named else None, body)
        else:
            draft = self._begun(call, body)
        if isinstance(draft, Refused):
            return refused(draft)
        call.ruleset = draft.ruleset
        self._log.info("draft begun", request_id=call.id, draft=draft.id, ruleset=draft.ruleset)
        state = self._drafts.find(call.caller, draft.id)
        if state is None:
            return refused(unknown_draft())
        return json_answer(_document(self._drafts, state), 201, [("Location", f"/v1/drafts/{draft.id}")])

    def _begun(self, call: Call, body: object) -> Draft | Refused:
        asked = asked_by(_BEGIN, body)
        if isinstance(asked, Refused):
            return asked
        if asked.get("new") or "extends" in asked:
            return self._drafts.begin_new(call.caller, asked["ruleset"], asked.get("extends"))
        return self._drafts.begin(call.caller, asked["ruleset"], asked.get("digest"))


class SaveDraftFile(DraftEndpoint):
    """``PUT /v1/drafts/ID/files/NAME``."""

    async def read(self, exchange: Exchange) -> bytes | UnreadableBody:
        """The text of the file."""
        headers = exchange.call.headers
        is_plain = headers.get("content-encoding", "identity").strip().lower() == "identity"
        if not is_plain or media_type(headers) not in _TEXT_TYPES:
            return _NOT_TEXT
        return await read_bytes(headers, exchange.body, _ONE_FILE.most_bytes, _ONE_FILE.too_large)

    def answer(self, exchange: Exchange, body: bytes) -> Answer:
        """The file's new tag."""
        call = exchange.call
        draft_id, _, name = call.path.removeprefix("/v1/drafts/").partition("/files/")
        state = self._drafts.find(call.caller, draft_id)
        if state is None:
            return refused(unknown_draft())
        call.ruleset = state.draft.ruleset
        is_new = call.headers.get("if-none-match", "").strip() == "*"
        tag = None if is_new else _matching(call.headers.get("if-match"), state.files.get(name))
        if tag is None and not is_new:
            return _if_match_needed()
        saved = self._drafts.save(call.caller, draft_id, {name: body}, {name: tag})
        if isinstance(saved, Refused):
            return refused(saved)
        if isinstance(saved, FileConflict):
            return _conflict((saved,))
        told = {"name": name, "etag": file_tag(body), "state": saved.number}
        headers = [("ETag", file_tag(body))]
        return json_answer(orjson.dumps(_SAVED.dump(told)), 201 if is_new else 200, headers)


class RebaseDraft(DraftEndpoint):
    """``POST /v1/drafts/ID/rebase``."""

    async def read(self, exchange: Exchange) -> Any | UnreadableBody:
        """What was chosen, as JSON."""
        return await read_json(exchange.call.headers, exchange.body, _CHOSEN)

    def answer(self, exchange: Exchange, body: Any) -> Answer:
        """The draft as it goes on, or what is to be chosen."""
        call = exchange.call
        draft_id = call.path.removeprefix("/v1/drafts/").partition("/")[0]
        asked = asked_by(_REBASE, body)
        if isinstance(asked, Refused):
            return refused(asked)
        chosen = {
            name: None if text is None else text.encode("utf-8", "surrogatepass")
            for name, text in asked.get("files", {}).items()
        }
        after = self._drafts.rebase(call.caller, draft_id, asked.get("digest"), asked.get("state"), chosen)
        if isinstance(after, Refused):
            return refused(after)
        if isinstance(after, tuple):
            return _conflict(after)
        call.ruleset = after.draft.ruleset
        return json_answer(_document(self._drafts, after))


class MendDraft(DraftEndpoint):
    """``POST /v1/drafts/ID/mend``."""

    def __init__(self, drafting: Drafting, log: Log) -> None:
        super().__init__(drafting.drafts, log)
        self._bench = drafting.bench

    async def read(self, exchange: Exchange) -> Any | UnreadableBody:
        """The mend, as JSON."""
        return await read_json(exchange.call.headers, exchange.body)

    def answer(self, exchange: Exchange, body: Any) -> Answer:
        """The draft as it is then."""
        call = exchange.call
        state = self._drafts.find(call.caller, call.path.removeprefix("/v1/drafts/").partition("/")[0])
        asked = asked_by(_MEND, body)
        if state is None or isinstance(asked, Refused):
            return refused(asked if isinstance(asked, Refused) else unknown_draft())
        call.ruleset = state.draft.ruleset
        try:
            report = self._bench.problems(state.draft)
            is_known = any(one["mend"] == asked["mend"] for one in report.problems)
            if not report.state == state.number == asked["state"] or not is_known:
                return refused(_NO_SUCH_MEND)
            changes = mended(state, asked["mend"])
        except CantApply:
            return refused(_NO_SUCH_MEND)
        except BenchFault:
            return bench_busy()
        except DraftGone:
            return refused(unknown_draft())
        matching = {name: file_tag(state.files[name]) if name in state.files else None for name in changes}
        saved = self._drafts.save(call.caller, state.draft.id, changes, matching)
        if isinstance(saved, Refused):
            return refused(saved)
        if isinstance(saved, FileConflict):
            return _conflict((saved,))
        return json_answer(_document(self._drafts, saved))


_NO_SUCH_MEND = Refused(
    "changed",
    "Nothing was mended.",
    (
        Refusal(
            "/mend",
            "unknown-mend",
            "The newest state of the draft has no such mend.",
            "Ask for its problems.",
        ),
    ),
)
_DRAFTS, _DRAFT, _SAVED = DraftsSchema(), DraftSchema(), SavedFileSchema()
_BEGIN, _REBASE, _MEND = BeginDraftRequest(), RebaseRequest(), MendRequest()
_NOT_TEXT = UnreadableBody(
    415,
    "unsupported-media-type",
    "The body must be the text of the file, in UTF-8.",
    f"Send the header Content-Type: {YAML}, and no Content-Encoding.",
    YAML,
)


def _nothing() -> Response:
    """That it is done, and no more."""
    response = Response(status=204, headers={"Cache-Control": "no-store"})
    del response.headers["Content-Type"]
    return response


def asked_by(schema: StrictSchema, body: object) -> dict[str, Any] | Refused:
    """What a request asks for, by its schema."""
    if not isinstance(body, dict):
        error = Refusal("", "wrong-type", "The body must be a JSON object.", 'Send {"ruleset": "..."}.')
        return Refused("invalid", "The body is not a JSON object.", (error,))
    try:
        return schema.loaded(body)
    except ValidationError as error:
        mistakes = tuple(sorted(member_mistakes(schema, error)))
        return Refused("invalid", "The request has mistakes.", mistakes)


def _matching(header: str | None, content: bytes | None) -> str | None:
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


def _document(drafts: Drafts, state: DraftState) -> bytes:
    return draft_document(state, drafts.newest())


def _json(data: Any) -> bytes:
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
    return _json(_DRAFT.dump(told))


def _conflict(conflicts: tuple[FileConflict, ...]) -> Answer:
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


def _if_match_needed() -> Answer:
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
    error = Refusal("", "drafts-unavailable", "The drafts can't be reached.", "Try again later.")
    return problem(503, "The drafts can't be reached.", (error,))

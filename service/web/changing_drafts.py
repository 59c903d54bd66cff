"""What changes drafts, by programs: they are begun, saved file by file, mended, and live comes into them."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs

import orjson

from schemas.drafts import (
    BeginDraftRequest,
    MendRequest,
    RebaseRequest,
    SavedFileSchema,
)
from service.drafting.bench_client import BenchFault, DraftGone
from service.drafting.drafts import Drafts, unknown_draft
from service.drafting.mends import mended
from service.model.draft import Draft, FileConflict, file_tag
from service.model.problem import Refusal
from service.reading.folder import MOST_TOTAL_BYTES
from service.reading.yaml_text import MOST_BYTES
from service.serving.refused import Refused, asked_by
from service.store.faults import DatabaseFault
from service.store.mending import CantApply
from service.web.bench.drafting import Drafting, bench_busy
from service.web.body import BodyLimits, UnreadableBody, media_type, read_bytes, read_json
from service.web.call import Answer, Call, json_answer
from service.web.drafts import YAML, ZIP, conflict, draft_json, if_match_needed, matching_tag, unavailable
from service.web.exchange import Exchange
from service.web.log import Log
from service.web.problems import refused, unreadable

_SAVED = SavedFileSchema()
_BEGIN, _REBASE, _MEND = BeginDraftRequest(), RebaseRequest(), MendRequest()
_NOT_TEXT = UnreadableBody(
    415,
    "unsupported-media-type",
    "The body must be the text of the file, in UTF-8.",
    f"Send the header Content-Type: {YAML}, and no Content-Encoding.",
    YAML,
)

_TEXT_TYPES = ("", YAML, "text/yaml", "text/plain", "application/octet-stream")

_ONE_FILE = BodyLimits(2 * MOST_BYTES, 32, "Put rules in several files.")
_ZIPPED = BodyLimits(MOST_TOTAL_BYTES, 32, "Zip the ruleset's folder, and nothing else.")
_CHOSEN = BodyLimits(2 * MOST_TOTAL_BYTES, 32, "Send the files that both sides have changed alone.")


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
        return json_answer(draft_json(self._drafts, state), 201, [("Location", f"/v1/drafts/{draft.id}")])

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
        tag = None if is_new else matching_tag(call.headers.get("if-match"), state.files.get(name))
        if tag is None and not is_new:
            return if_match_needed()
        saved = self._drafts.save(call.caller, draft_id, {name: body}, {name: tag})
        if isinstance(saved, Refused):
            return refused(saved)
        if isinstance(saved, FileConflict):
            return conflict((saved,))
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
            return conflict(after)
        call.ruleset = after.draft.ruleset
        return json_answer(draft_json(self._drafts, after))


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
            return conflict((saved,))
        return json_answer(draft_json(self._drafts, saved))


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

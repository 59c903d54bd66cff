"""Publishing drafts as a worker does it, and ``POST /v1/drafts/ID/sign`` and ``/save``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import orjson

from schemas.drafts import SavedDraftSchema, SaveRequest, SignRequest
from schemas.mistake import StrictSchema
from service.drafting.bench_client import BenchFault, DraftGone, JobAnswer, JobsFull
from service.drafting.checklist import Known, Standing, standing
from service.drafting.draft_report import DraftReport
from service.drafting.drafts import unknown_draft
from service.drafting.publishing import Publishing, Saved
from service.model.caller import Caller
from service.model.draft import DraftState
from service.serving.refused import Refused, asked_by
from service.store.editions import Published, timelines
from service.store.faults import Damaged
from service.store.replacing import same_texts
from service.web.bench.drafting import Drafting, bench_busy
from service.web.body import UnreadableBody, read_json
from service.web.call import Answer, json_answer
from service.web.changing_drafts import DraftEndpoint
from service.web.drafts import draft_document
from service.web.exchange import Exchange
from service.web.live import Live
from service.web.log import Log
from service.web.problems import refused


class DraftPublishing:
    """Signs and saves drafts by what the bench has found of them."""

    def __init__(self, drafting: Drafting, live: Live, log: Log) -> None:
        self.drafting = drafting
        self.destination = drafting.destination
        self._publishing = Publishing(drafting.store, drafting.destination)
        self._live = live
        self._log = log

    def sign(
        self,
        caller: Caller,
        state: DraftState,
        report: DraftReport,
        role: str | None,
        day: date | None,
        seen: str | None,
    ) -> DraftState | Refused:
        """Note that the caller agrees with a state (see ``Publishing.sign``)."""
        today = datetime.now().astimezone().date()
        return self._publishing.sign(caller, state, report, role=role, day=day, today=today, seen=seen)

    def save(
        self, caller: Caller, state: DraftState, report: DraftReport, seen: str | None
    ) -> Saved | Refused:
        """Save a state into the folder (see ``Publishing.save``)."""
        draft, now = state.draft, datetime.now(UTC)
        refusal = self._publishing.not_to_be_saved(caller, draft.ruleset)
        if refusal is not None:
            return refusal
        timeline = self._timeline(draft.ruleset)
        saved = self._publishing.save(caller, state, report, timeline, seen=seen, at=now)
        if isinstance(saved, Saved) and saved.is_new:
            told = {"ruleset": saved.ruleset, "version": saved.version, "digest": saved.digest}
            self._log.info("draft saved into the folder", draft=draft.id, by=caller.key, **told)
        return saved

    def not_to_be_saved(self, caller: Caller, ruleset: str) -> Refused | None:
        """Why the caller can't have the ruleset saved into the folder; None: he can."""
        return self._publishing.not_to_be_saved(caller, ruleset)

    def known(self, state: DraftState, report: DraftReport) -> Known:
        """What a checklist is made from."""
        timeline, today = self._timeline(state.draft.ruleset), datetime.now(UTC).date()
        coverage, trouble = self._coverage(state, report)
        published_as = self._published_as(state, report, timeline)
        return Known(state, report, self.destination, timeline, coverage, today, trouble, published_as)

    def _published_as(
        self, state: DraftState, report: DraftReport, timeline: Sequence[Published]
    ) -> str | None:
        """The digest under which what a draft holds was published last; None: it was not.

        It is another than the draft's own where what it extends lies otherwise in the folder than it serves.
        """
        if not timeline or timeline[0].digest == report.digest:
            return report.digest if timeline else None
        held = self.destination.held(state.draft.ruleset)
        if not held or not same_texts(held, state.files):
            return None
        try:
            edition = self.drafting.drafts.archive.edition(*timeline[0].key)
        except Damaged:
            return None
        return edition.digest if same_texts(edition.own_files, state.files) else None

    def _timeline(self, ruleset: str) -> tuple[Published, ...]:
        """What was published of a ruleset, the newest first."""
        return timelines(self.drafting.drafts.archive.timeline()).get(ruleset, ())

    def standing(self, state: DraftState, report: DraftReport, caller: Caller) -> Standing:
        """How what the draft holds stands in the service, as the caller may read it."""
        ruleset = state.draft.ruleset
        status = self._live.statuses.by_id.get(ruleset)
        held = self.destination.held(ruleset)
        is_saved = bool(held) and same_texts(held, state.files)
        saved = self.destination.written(ruleset) if is_saved else None
        told = () if status is None or saved is None else status.problems
        timeline = () if status is None else status.timeline
        return standing(
            self._published_as(state, report, timeline) or report.digest,
            timeline,
            saved=saved,
            checking_since=None if status is None else status.checked_since,
            waits_since=None if status is None else status.waits_since,
            problems=tuple(status.redaction.redacted(one, caller) for one in told) if status else (),
            now=datetime.now(UTC),
        )

    def _coverage(self, state: DraftState, report: DraftReport) -> tuple[Mapping[str, Any] | None, str]:
        """What no client has tried; None: it is being looked for, or why it can't be found."""
        if report.digest is None:
            return None, ""
        try:
            job = self.drafting.bench.job("coverage", state.draft, {})
        except (BenchFault, DraftGone, JobsFull):
            return None, ""
        if not isinstance(job, JobAnswer) or job.state != state.number:
            return None, ""
        return job.result, (job.message or "") if job.stage == "failed" else ""


_SAVED = SavedDraftSchema()


class _PublishingEndpoint(DraftEndpoint):
    """What signing and saving have in common: the draft as the bench knows it, and what is asked of it."""

    schema: StrictSchema

    def __init__(self, publishing: DraftPublishing, log: Log) -> None:
        super().__init__(publishing.drafting.drafts, log)
        self._publishing = publishing

    async def read(self, exchange: Exchange) -> Any | UnreadableBody:
        """What is asked, as JSON."""
        return await read_json(exchange.call.headers, exchange.body)

    def answer(self, exchange: Exchange, body: Any) -> Answer:
        """What came of it."""
        call = exchange.call
        state = self._drafts.find(call.caller, call.path.removeprefix("/v1/drafts/").partition("/")[0])
        if state is None:
            return refused(unknown_draft())
        call.ruleset = state.draft.ruleset
        asked = asked_by(self.schema, body)
        if isinstance(asked, Refused):
            return refused(asked)
        try:
            report = self._publishing.drafting.bench.problems(state.draft)
        except BenchFault:
            return bench_busy()
        except DraftGone:
            return refused(unknown_draft())
        return self.done(call.caller, state, report, asked)

    def done(
        self, caller: Caller, state: DraftState, report: DraftReport, asked: Mapping[str, Any]
    ) -> Answer:
        """What comes of it, once all is known."""
        raise NotImplementedError


class SignDraft(_PublishingEndpoint):
    """``POST /v1/drafts/ID/sign``."""

    schema = SignRequest()

    def done(
        self, caller: Caller, state: DraftState, report: DraftReport, asked: Mapping[str, Any]
    ) -> Answer:
        """The draft, with the signature."""
        role, day = asked.get("role"), asked.get("date")
        after = self._publishing.sign(caller, state, report, role, day, asked["digest"])
        if isinstance(after, Refused):
            return refused(after)
        return json_answer(draft_document(after, self._drafts.newest()))


class SaveDraft(_PublishingEndpoint):
    """``POST /v1/drafts/ID/save``."""

    schema = SaveRequest()

    def done(
        self, caller: Caller, state: DraftState, report: DraftReport, asked: Mapping[str, Any]
    ) -> Answer:
        """What was saved."""
        saved = self._publishing.save(caller, state, report, asked["digest"])
        return (
            refused(saved)
            if isinstance(saved, Refused)
            else json_answer(orjson.dumps(_SAVED.dump(asdict(saved))))
        )

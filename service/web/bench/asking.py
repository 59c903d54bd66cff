"""What is asked of the bench about a draft: its problems, and what takes long."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from service.drafting.bench_client import BenchFault, DraftGone, JobAnswer, JobsFull
from service.drafting.draft_report import DraftReport, Stage
from service.model.draft import Draft
from service.model.exact_json import write_json
from service.model.problem import Refusal
from service.web.asgi import Answers
from service.web.bench.drafting import (
    SOON_S,
    Drafting,
    bench_busy,
    broken_draft,
    no_such_draft,
    seen_draft,
    still_checked,
)
from service.web.call import Answer, Call, json_answer
from service.web.endpoints import DRAFTS
from service.web.exchange import Exchange
from service.web.problems import problem

LONGEST_WAIT_S = 30
"""So long a request may wait for what comes next of a check."""

_JOB_WAITS_S = 2.0
_AFTER: tuple[Stage, ...] = ("checking", "checked")


class DraftAsking:
    """These endpoints, on the event loop."""

    def __init__(self, drafting: Drafting) -> None:
        self._drafts = drafting.store
        self._bench = drafting.bench

    def by_name(self) -> dict[str, Answers]:
        """What answers each endpoint, by its name."""
        return {
            "draft_problems": self.problems,
            "draft_test": self._job_of_kind("test"),
            "draft_coverage": self._job_of_kind("coverage"),
            "draft_diff": self._job_of_kind("diff"),
            "draft_replay": self.replay,
            "draft_job": self.job,
        }

    async def problems(self, exchange: Exchange) -> Answer:
        """How far the newest state is checked, and what was found."""
        wait = _waits(exchange)
        if isinstance(wait, Answer):
            return wait
        draft = await self._draft(exchange.call)
        if isinstance(draft, Answer):
            return draft
        try:
            report = await self._bench.whole_report(draft, *wait)
        except BenchFault:
            return bench_busy()
        except DraftGone:
            return no_such_draft()
        return json_answer(report)

    def _job_of_kind(self, kind: str) -> Answers:
        async def answers(exchange: Exchange) -> Answer:
            return await self._begun(exchange.call, kind, {})

        return answers

    async def replay(self, exchange: Exchange) -> Answer:
        """Past decisions made again: those that whoever asks may read."""
        caller = exchange.call.caller
        if "read" not in caller.scopes:
            error = Refusal("", "scope-needed", 'The key lacks the scope "read".', "Ask for a key that may.")
            return problem(403, 'This needs a key with the scope "read", too.', (error,))
        return await self._begun(exchange.call, "replay", {"clinic": caller.clinic})

    async def job(self, exchange: Exchange) -> Answer:
        """What came of a job until now."""
        draft = await self._draft(exchange.call)
        if isinstance(draft, Answer):
            return draft
        try:
            job = await self._bench.job_of(draft, exchange.call.path.rpartition("/")[2], _JOB_WAITS_S)
        except BenchFault:
            return bench_busy()
        except DraftGone:
            return no_such_draft()
        if job is None:
            error = Refusal("", "unknown-job", "There is no such job.", "Ask for it anew.")
            return problem(404, "There is no such job, or it is kept no more.", (error,))
        return _answer_of(draft, job)

    async def _begun(self, call: Call, kind: str, given: Mapping[str, Any]) -> Answer:
        draft = await self._draft(call)
        if isinstance(draft, Answer):
            return draft
        try:
            job = await self._bench.job_soon(kind, draft, given, _JOB_WAITS_S)
        except BenchFault:
            return bench_busy()
        except DraftGone:
            return no_such_draft()
        except JobsFull:
            return _full()
        if isinstance(job, DraftReport):
            return still_checked() if job.stage == "checking" else broken_draft(job)
        return _answer_of(draft, job)

    async def _draft(self, call: Call) -> Draft | Answer:
        return await asyncio.to_thread(seen_draft, self._drafts, call, call.path.split("/")[3])


def _answer_of(draft: Draft, job: JobAnswer) -> Answer:
    """What a job came to; where it goes on, at which address to ask again."""
    members = {"job": job.id, "kind": job.kind, "state": job.state, "stage": job.stage}
    content = write_json({**members, "result": job.result, "message": job.message})
    if job.stage != "running":
        return json_answer(content)
    return json_answer(
        content, 202, [("Location", f"{DRAFTS}/{draft.id}/jobs/{job.id}"), ("Retry-After", SOON_S)]
    )


def _full() -> Answer:
    error = Refusal("", "jobs-full", "As many jobs of drafts go on as may.", "Ask again in a while.")
    return problem(429, "As many jobs of drafts go on as may.", (error,), {"Retry-After": "10"})


def _waits(exchange: Exchange) -> tuple[float, Stage] | Answer:
    """How long to wait, and for what."""
    asked = parse_qs(exchange.query.decode("latin-1"))
    wait, after = asked.get("wait", ["0"])[-1], asked.get("after", ["checking"])[-1]
    errors = []
    is_short = wait.isascii() and wait.isdigit() and len(wait) <= len(str(LONGEST_WAIT_S))
    if not (is_short and int(wait) <= LONGEST_WAIT_S):
        hint = f"Send a whole number of seconds up to {LONGEST_WAIT_S}."
        errors.append(Refusal("/wait", "out-of-bounds", "So long nothing is waited for.", hint))
    stage = next((one for one in _AFTER if one == after), None)
    if stage is None:
        hint = 'Send "checking" or "checked".'
        errors.append(Refusal("/after", "unknown-option", "That is no stage to wait after.", hint))
    if errors or stage is None:
        return problem(422, "The parameters of the address have mistakes.", errors)
    return float(wait), stage

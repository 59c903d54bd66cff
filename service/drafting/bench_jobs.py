"""What takes long with drafts, as the bench has it done: one after the other, and kept a while."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from service.drafting import messages
from service.drafting.messages import NoAnswer
from service.drafting.state_process import Start, StateProcess, kill
from service.model.draft import DraftState

MOST_JOBS = 32
"""So many jobs may go on or wait in all."""

KEPT_JOBS = 64
"""Of so many jobs it is kept what they came to, the newest."""


FAILED_FOR_S = 5.0
"""So long whoever asks for a job that failed is told that; after that it is done anew."""


@dataclass(slots=True, eq=False)
class Job:
    """A job of a state and what it came to; ``given``: with what, as bytes.

    ``start``: beside what the state was checked, and so the job done.
    """

    id: str
    state: DraftState
    start: Start | None
    kind: str
    given: bytes
    stage: str = "running"
    result: dict[str, Any] | None = None
    message: str | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    pid: int = 0
    failed_at: float | None = None

    def end(self, message: str) -> None:
        """End it without a result."""
        self.stage, self.message = "failed", message
        kill(self.pid)
        self.done.set()

    def is_to_be_done_anew(self, now: float) -> bool:
        """Whether it was ended from outside, or has failed a while ago."""
        return self.stage == "failed" and (self.failed_at is None or now > self.failed_at + FAILED_FOR_S)

    async def outcome(self, wait_s: float) -> Mapping[str, Any]:
        """What it came to, once it is over or the time is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self.done.wait()
        members = {"stage": self.stage, "result": self.result, "message": self.message}
        return {"job": self.id, "kind": self.kind, "state": self.state.number, **members}

    def is_of(self, one: StateProcess) -> bool:
        """Whether it was done with this very state, beside the same rulesets."""
        return (self.state.draft.id, self.state.number, _beside(self.start)) == (
            one.state.draft.id,
            one.state.number,
            _beside(one.start),
        )


def _beside(start: Start | None) -> Hashable:
    return None if start is None else (start.beside, start.seen)


class BenchJobs:
    """The jobs of all drafts."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        """``turns``: whose turn it is."""
        self._turns = turns
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, draft_id: str, job_id: str) -> Job | None:
        """A job of a draft; None: there is none, or it is kept no more."""
        job = self._jobs.get(job_id)
        return job if job is not None and job.state.draft.id == draft_id else None

    def begun(self, one: StateProcess, kind: str, given: Mapping[str, Any]) -> Job | None:
        """A job with a state, begun now or before; None: as many go on as may."""
        wanted, now = (kind, messages.canonical(given)), asyncio.get_running_loop().time()
        for job in self._jobs.values():
            if (job.kind, job.given) == wanted and job.is_of(one) and not job.is_to_be_done_anew(now):
                return job
        if sum(job.stage == "running" for job in self._jobs.values()) >= MOST_JOBS:
            return None
        job = Job(secrets.token_hex(8), one.state, one.start, *wanted)
        self._jobs[job.id] = job
        while len(self._jobs) > KEPT_JOBS:
            self._jobs.popitem(last=False)
        task = asyncio.get_running_loop().create_task(self._do(job, one, given))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def overtake(self, draft_id: str) -> None:
        """A newer state ends the jobs of a draft that go on."""
        for job in self._jobs.values():
            if job.state.draft.id == draft_id and job.stage == "running":
                job.end("The draft was changed meanwhile. Ask again.")

    async def _do(self, job: Job, one: StateProcess, given: Mapping[str, Any]) -> None:
        def began(pid: int) -> None:
            job.pid = pid

        message = "It took too long, or too much memory."
        async with self._turns:
            if job.stage != "running":
                return
            with suppress(NoAnswer):
                async for found in one.asked({"does": "job", "kind": job.kind, "given": given}, began):
                    if "cannot" in found:
                        message = found["cannot"]
                    else:
                        job.result = found
        if job.stage != "running":
            return
        if job.result is None:
            job.failed_at = asyncio.get_running_loop().time()
            job.end(message)
        else:
            job.stage = "done"
            job.done.set()

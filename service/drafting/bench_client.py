"""What workers ask of the bench, and of the processes that hold drafts. Nothing of a draft is read here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from service.drafting import messages
from service.drafting.draft_report import DraftReport, Stage, report_from
from service.drafting.messages import Message, NoAnswer
from service.model.draft import Draft

WAITS_S = 10.0
"""Seconds for which a request waits for a draft that is being checked, where no state of it is held."""

WAITS_FOR_NEWEST_S = 3.0
"""Seconds for which it waits for the newest state, where an earlier one could answer."""

ANSWERS_WITHIN_S = 15.0
"""Seconds within which the process of a draft answers, or has ended."""

_SLACK_S = 10.0


class BenchFault(Exception):
    """The bench gives no answer now: it starts, is busy, or lacks the database. Asked again it may."""


class DraftGone(Exception):
    """The bench finds no such draft."""


class JobsFull(Exception):
    """As many jobs go on or wait as may."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Where a draft is held, in its newest good state, and the report of the newest of all.

    ``saved``: when the good state was (ISO 8601, UTC). ``address``: None: no state of it is good.
    """

    report: DraftReport
    address: Path | None = None
    state: int | None = None
    saved: str | None = None


@dataclass(frozen=True, slots=True)
class JobAnswer:
    """A job of a draft, of its state ``state``; ``result`` is JSON data once it is ``done``."""

    id: str
    kind: str
    state: int
    stage: Literal["running", "done", "failed"]
    result: Mapping[str, Any] | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class GoingBackAnswer:
    """An edition that goes back into the folder. ``result`` is JSON data once that is ``done``."""

    id: str
    ruleset: str
    digest: str
    stage: Literal["running", "done", "failed"]
    result: Mapping[str, Any] | None = None


class Bench:
    """Asks the bench that listens at an address. What is not async waits, and is for threads.

    All raise ``BenchFault``, and ``DraftGone`` where the draft is gone.
    """

    def __init__(self, address: Path) -> None:
        self._address = address

    def problems(
        self, draft: Draft, wait_s: float = 0, after: Stage = "checking", within_s: float = _SLACK_S
    ) -> DraftReport:
        """How far the newest state is checked; waits until it is further than ``after``.

        ``within_s``: so long may a bench that is busy take beside that.
        Of scenarios it has those alone that are not as expected, as all reports have but that of
        ``whole_report``.
        """
        head = {"asks": "problems", **_named(draft), "wait": wait_s, "after": after, "whole": False}
        return _report(self._ask(head, wait_s, within_s))

    async def whole_report(self, draft: Draft, wait_s: float, after: Stage) -> bytes:
        """The same with all scenarios, on an event loop: a report as JSON, however much that is."""
        head = {"asks": "problems", **_named(draft), "wait": wait_s, "after": after, "whole": True}
        return (await self._answered(head, wait_s)).body

    async def holder(self, draft: Draft, wait_for_newest_s: float = WAITS_FOR_NEWEST_S) -> Holder:
        """Where it is held; waits a while for a state that is being checked."""
        head = {"asks": "holder", **_named(draft), "wait": WAITS_S, "wait_newest": wait_for_newest_s}
        return await self._held(head)

    async def names(self, draft: Draft) -> Holder:
        """The process that knows best which names the draft's files may use: its state may be broken."""
        return await self._held({"asks": "names", **_named(draft), "wait": WAITS_S})

    async def _held(self, head: Mapping[str, Any]) -> Holder:
        told = await self._asked(head, WAITS_S + WAITS_FOR_NEWEST_S)
        if "address" not in told:
            return Holder(_report(told))
        return Holder(_report(told), Path(told["address"]), told["state"], told["saved"])

    async def forward(self, holder: Holder, head: Mapping[str, Any], body: bytes) -> Message:
        """What the process that holds a draft answers."""
        assert holder.address is not None
        try:
            return await messages.asked(holder.address, Message(dict(head), body), ANSWERS_WITHIN_S)
        except NoAnswer as why:
            raise BenchFault(str(why)) from why

    def job(
        self, kind: str, draft: Draft, given: Mapping[str, Any], wait_s: float = 0
    ) -> JobAnswer | DraftReport:
        """A job, begun or found, of a state that is good; the report where no state is.

        Raises:
            JobsFull: as many go on as may.
        """
        head = {"asks": "begin", **_named(draft), "kind": kind, "given": dict(given), "wait": wait_s}
        told = self._ask(head, wait_s + WAITS_S)
        return _job(told) if "job" in told else _report(told)

    async def job_soon(
        self, kind: str, draft: Draft, given: Mapping[str, Any], wait_s: float = 0
    ) -> JobAnswer | DraftReport:
        """The same on an event loop."""
        head = {"asks": "begin", **_named(draft), "kind": kind, "given": dict(given), "wait": wait_s}
        told = await self._asked(head, wait_s + WAITS_S)
        return _job(told) if "job" in told else _report(told)

    async def job_of(self, draft: Draft, job: str, wait_s: float = 0) -> JobAnswer | None:
        """A job by its id; None: there is none, or what it came to is kept no more."""
        told = await self._asked({"asks": "job", **_named(draft), "job": job, "wait": wait_s}, wait_s)
        return _job(told) if "job" in told else None

    def go_back(self, ruleset: str, digest: str, newest: str, by: str | None) -> GoingBackAnswer:
        """Begin to go back to an edition, or find that begun; ``newest``: what was published last, as seen.

        Raises:
            JobsFull: another one of the ruleset goes back, or as many as may.
        """
        asked = {"ruleset": ruleset, "digest": digest, "newest": newest, "by": by}
        return _going_back(self._ask({"asks": "go back", "asked": asked}, 0))

    def going_back(self, going_back: str) -> GoingBackAnswer | None:
        """How far going back has come, by its id; None: that is not known any more."""
        told = self._ask({"asks": "going back", "going_back": going_back}, 0)
        return _going_back(told) if "going_back" in told else None

    def _ask(self, head: Mapping[str, Any], wait_s: float, within_s: float = _SLACK_S) -> dict[str, Any]:
        try:
            return _checked(messages.ask(self._address, Message(dict(head)), wait_s + within_s).head)
        except NoAnswer as why:
            raise BenchFault(str(why)) from why

    async def _asked(self, head: Mapping[str, Any], wait_s: float) -> dict[str, Any]:
        return (await self._answered(head, wait_s)).head

    async def _answered(self, head: Mapping[str, Any], wait_s: float) -> Message:
        try:
            answer = await messages.asked(self._address, Message(dict(head)), wait_s + _SLACK_S)
        except NoAnswer as why:
            raise BenchFault(str(why)) from why
        return Message(_checked(answer.head), answer.body)


def _named(draft: Draft) -> dict[str, Any]:
    return {"draft": draft.id, "state": draft.state}


def _report(told: Mapping[str, Any]) -> DraftReport:
    return report_from(told["report"])


def _job(told: Mapping[str, Any]) -> JobAnswer:
    return JobAnswer(told["job"], told["kind"], told["state"], told["stage"], told["result"], told["message"])


def _going_back(told: Mapping[str, Any]) -> GoingBackAnswer:
    return GoingBackAnswer(told["going_back"], told["ruleset"], told["digest"], told["stage"], told["result"])


def _checked(told: dict[str, Any]) -> dict[str, Any]:
    why = told.get("why")
    if why == "gone":
        raise DraftGone
    if why == "full":
        raise JobsFull
    if why == "database":
        raise BenchFault(told["message"])
    return told

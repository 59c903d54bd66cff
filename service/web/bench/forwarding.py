"""Requests for drafts that their own processes answer: handed on to them, on the event loop.

A page or an endpoint that is ``held`` (see ``Endpoint``) is answered for a draft by the process that
holds it. Where no state of the draft is good a page says what is wrong with it. What an answer wants to have
saved is saved here.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

from service.drafting.bench_client import BenchFault, DraftGone, Holder
from service.model.draft import Draft, FileConflict
from service.serving.refused import Refused
from service.store.drafts import is_draft_id
from service.store.faults import DatabaseFault
from service.web.batch import MOST_ARRAY_BYTES
from service.web.bench.drafting import (
    Drafting,
    bench_busy,
    broken_draft,
    database_gone,
    no_such_draft,
    seen_draft,
    still_checked,
)
from service.web.bench.handing_on import answer_from, head_of
from service.web.body import MOST_BYTES, UnreadableBody, read_bytes
from service.web.browsers import Browsers
from service.web.call import Answer, Call, Saves
from service.web.endpoints import ENDPOINTS, PAGES, Endpoint
from service.web.exchange import Exchange
from service.web.guard import Guard
from service.web.log import Log
from service.web.problems import refused, unreadable
from service.web.telemetry import Telemetry
from service.web.workbench.seen_drafts import DraftBars
from service.web.workbench.unshown_drafts import UnshownDrafts

_OF_NAMES = ("page_completes", "draft_complete")
"""What needs no good state: the names are enough that the files of a draft may use."""


class Forwarding:
    """Hands requests on to the processes that hold drafts."""

    def __init__(
        self,
        drafting: Drafting,
        guard: Guard | None,
        browsers: Browsers,
        telemetry: Telemetry,
        pages: UnshownDrafts,
        bars: DraftBars,
        log: Log,
    ) -> None:
        self._bars = bars
        self._bench = drafting.bench
        self._drafts = drafting.store
        self._changing = drafting.drafts
        self._guard = guard
        self._browsers = browsers
        self._telemetry = telemetry
        self._pages = pages
        self._log = log
        self._routes = [(one, _pattern(one.rule)) for one in (*ENDPOINTS, *PAGES) if one.held]

    def found(self, call: Call) -> tuple[Endpoint, Mapping[str, str]] | None:
        """What is asked for of which draft, with the names in the path; None: nothing that is held."""
        if "/d-" not in call.path:
            return None
        method = "GET" if call.method == "HEAD" else call.method
        for endpoint, pattern in self._routes:
            names = pattern.fullmatch(call.path) if endpoint.method == method else None
            if names is not None and is_draft_id(_draft_id(names.groupdict())):
                if endpoint.face == "page" and self._browsers.origin(call) is None:
                    return None  # there are no pages under this name, as the application says
                return endpoint, names.groupdict()
        return None

    async def answered(
        self, exchange: Exchange, endpoint: Endpoint, names: Mapping[str, str]
    ) -> Answer | None:
        """The answer; None: the application makes it, as ``instead`` of the call says."""
        call = exchange.call
        call.route = endpoint.rule
        self._telemetry.began(call)
        draft = await asyncio.to_thread(self._draft, call, endpoint, names)
        if isinstance(draft, Answer):
            return self._answer_by_face(call, endpoint, draft)
        most = MOST_ARRAY_BYTES if endpoint.name == "draft_batch" else endpoint.most_bytes or MOST_BYTES
        body = await read_bytes(call.headers, exchange.body, most)
        if isinstance(body, UnreadableBody):
            return self._answer_by_face(call, endpoint, unreadable(body))
        try:
            return await self._of_holder(call, endpoint, draft, exchange.query, body)
        except BenchFault as fault:
            self._log.warning("a draft is not answered for", draft=draft.id, says=str(fault)[:200])
            return self._answer_by_face(call, endpoint, bench_busy())
        except DraftGone:
            return self._answer_by_face(call, endpoint, no_such_draft())

    async def _of_holder(
        self, call: Call, endpoint: Endpoint, draft: Draft, query: bytes, body: bytes
    ) -> Answer | None:
        asked = self._bench.names if endpoint.name in _OF_NAMES else self._bench.holder
        holder = await asked(draft)
        call.draft_bar = await asyncio.to_thread(self._bars.bar, draft, holder.report, call.caller)
        if holder.address is None:
            return self._without_good_state(call, endpoint, draft, holder)
        secrets = await asyncio.to_thread(self._browsers.secrets) if endpoint.face == "page" else ()
        message = await self._bench.forward(holder, head_of(call, query, secrets, holder), body)
        answer = answer_from(message, call)
        if call.saves is None:
            return answer
        return await asyncio.to_thread(self._save, call, endpoint, draft, answer, call.saves)

    def _answer_by_face(self, call: Call, endpoint: Endpoint, answer: Answer) -> Answer | None:
        """The answer to a program; to a person the application says it by a page."""
        if endpoint.face != "page":
            return answer
        call.instead = lambda: answer
        return None

    def _draft(self, call: Call, endpoint: Endpoint, names: Mapping[str, str]) -> Draft | Answer:
        """The draft, if it is there for whoever asks; in a thread, for the database is asked."""
        refusal = None if self._guard is None else self._guard.check(call, endpoint)
        if refusal is not None:
            return refusal
        found = seen_draft(self._drafts, call, _draft_id(names))
        if isinstance(found, Draft) and names.get("ruleset_id", found.ruleset) != found.ruleset:
            return no_such_draft()
        return found

    def _without_good_state(
        self, call: Call, endpoint: Endpoint, draft: Draft, holder: Holder
    ) -> Answer | None:
        report = holder.report
        if report.stage == "checking":
            return self._answer_by_face(call, endpoint, still_checked())
        if endpoint.face == "page":
            call.instead = lambda: self._pages.broken(draft, report)
            return None
        return broken_draft(report)

    def _save(
        self, call: Call, endpoint: Endpoint, draft: Draft, answer: Answer, saves: Saves
    ) -> Answer | None:
        """Save what the answer wants to have saved, and give it then."""
        changes = {name: None if text is None else text.encode() for name, text in saves.changes.items()}
        try:
            saved = self._changing.save(call.caller, draft.id, changes, saves.matching)
        except DatabaseFault as fault:
            self._log.error("a draft can't be saved", says=str(fault))
            return self._answer_by_face(call, endpoint, database_gone(fault))
        if isinstance(saved, Refused):
            return self._answer_by_face(call, endpoint, refused(saved))
        if isinstance(saved, FileConflict):
            conflict = saved
            call.instead = lambda: self._pages.conflict(draft, conflict, saves)
            return None
        return answer


def _draft_id(names: Mapping[str, str]) -> str:
    return names.get("draft_id") or names.get("of", "")


def _pattern(rule: str) -> re.Pattern[str]:
    """What matches the paths of a rule, with the names in it."""
    return re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", rule))

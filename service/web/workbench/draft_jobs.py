"""What takes long with a draft, as pages: whose answers change, past clients, and clients to be made.

The bench works on it; until it has come to an end its page says so and looks again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flask import Response

from service.drafting.bench_client import BenchFault, DraftGone, JobAnswer, JobsFull
from service.model.draft import Draft
from service.web.bench.drafting import Drafting
from service.web.call import Answer, View, this_call
from service.web.workbench.clients import LIVE, Client, Clients
from service.web.workbench.pages import Pages, is_htmx
from service.web.workbench.seen_drafts import SeenDrafts, address_of

_WAITS_S = 0.2
"""So long a page waits for what may be done by then."""

_KINDS = (
    ("same", "the same answer"),
    ("plan", "another plan: the verdict, the numbers or what is unanswered"),
    ("refused", "refused: the assessment has mistakes now"),
    ("words", "the same plan in other words"),
    ("reasons", "the same plan and words for other reasons"),
)


@dataclass(frozen=True, slots=True)
class DraftJob:
    """How far a job has come. ``result`` is what it came to, ``message`` why it came to nothing."""

    stage: Literal["running", "busy", "done", "failed"]
    result: Mapping[str, Any] | None = None
    message: str = ""

    @property
    def goes_on(self) -> bool:
        """Whether to look again."""
        return self.stage in ("running", "busy")


class DraftJobPages:
    """The views of these pages."""

    def __init__(self, pages: Pages, drafting: Drafting, seen: SeenDrafts, clients: Clients) -> None:
        self._pages = pages
        self._bench = drafting.bench
        self._seen = seen
        self._clients = clients

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "page_meaning": self.meaning,
            "page_replay": self.past_clients,
            "page_never_tried": self.never_tried,
        }

    def meaning(self, ruleset_id: str, of: str) -> Response | Answer:
        """Whose answers change, and what of that is proven."""
        draft = self._seen.draft(ruleset_id, of)
        if isinstance(draft, Answer):
            return draft
        job = self._job("meaning", draft, {})
        told = job.result or {}
        extended = bool(told.get("extended"))
        kinds = [self._linked(draft, one, extended=extended) for one in told.get("kinds", ())]
        return self._page("meaning.html", draft, job, kinds=kinds)

    def past_clients(self, ruleset_id: str, of: str) -> Response | Answer:
        """What the newest decisions would come to."""
        draft = self._seen.draft(ruleset_id, of)
        if isinstance(draft, Answer):
            return draft
        job = self._job("replay", draft, {"clinic": this_call().caller.clinic})
        rows = []
        if job.result is not None:
            kinds, named = job.result["kinds"], job.result["decision_ids"]
            rows = [(kinds[kind], says, named.get(kind, [])) for kind, says in _KINDS]
        return self._page("past_clients.html", draft, job, rows=rows)

    def never_tried(self, ruleset_id: str, of: str) -> Response | Answer:
        """Rules and conditions that no worked client tries, and clients who would."""
        draft = self._seen.draft(ruleset_id, of)
        if isinstance(draft, Answer):
            return draft
        job = self._job("coverage", draft, {})
        gaps = [] if job.result is None else job.result["gaps"]
        return self._page(
            "never_tried.html",
            draft,
            job,
            gaps=gaps,
            can_edit=this_call().caller.may_edit(draft.ruleset),
        )

    def _page(self, template: str, draft: Draft, job: DraftJob, **data: Any) -> Response:
        status = 503 if job.stage == "busy" and not is_htmx() else 200
        response = self._pages.page(template, status, at=address_of(draft), draft=draft, job=job, **data)
        if status == 503:
            response.headers["Retry-After"] = "2"
        return response

    def _job(self, kind: str, draft: Draft, given: Mapping[str, Any]) -> DraftJob:
        try:
            told = self._bench.job(kind, draft, given, _WAITS_S)
        except (BenchFault, JobsFull):
            return DraftJob("busy")
        except DraftGone:
            return DraftJob("failed", None, "The draft is gone.")
        if isinstance(told, JobAnswer):
            return DraftJob(told.stage, told.result, told.message or "")
        if told.stage == "checking":
            return DraftJob("running")
        return DraftJob("failed", None, "The draft has errors, and no earlier state of it is good.")

    def _linked(self, draft: Draft, kinds: Mapping[str, Any], *, extended: bool) -> dict[str, Any]:
        """A sort of changes, each example with the addresses at which it is tried."""
        statements = [
            {**one, "example": one["example"] and self._example(draft, one["example"], extended=extended)}
            for one in kinds["statements"]
        ]
        return {**kinds, "statements": statements}

    def _example(self, draft: Draft, example: Mapping[str, Any], *, extended: bool) -> dict[str, Any]:
        """``extended``: the ruleset against which a new one is held, and which has no client of that form."""
        sides = (("live", None if extended else LIVE), ("draft", draft.id))
        tried = [
            (
                side,
                example[side]["says"],
                of and self._clients.address_at(draft.ruleset, of, Client(example[side]["filled"])),
            )
            for side, of in sides
        ]
        return {**example, "tried": tried}

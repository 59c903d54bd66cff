"""Drafts as a worker has them, and why one gives no answer: it is not there for whoever asks, or broken."""

from __future__ import annotations

from dataclasses import dataclass

from service.drafting.bench_client import Bench
from service.drafting.draft_report import DraftReport
from service.drafting.drafts import Drafts
from service.drafting.publishing import Destination
from service.model.draft import Draft
from service.model.problem import Refusal
from service.store.drafts import DraftStore
from service.store.faults import DatabaseFault, Full
from service.web.call import Answer, Call, this_call
from service.web.problems import problem


@dataclass(frozen=True, slots=True)
class Drafting:
    """Where drafts are kept, and the bench, which looks into them; what may be done with them: ``drafts``.

    ``destination``: where they are published.
    """

    store: DraftStore
    bench: Bench
    drafts: Drafts
    destination: Destination


SOON_S = "2"
"""When to ask again where the process of a draft ended, or the bench is busy."""


def seen_draft(drafts: DraftStore, call: Call, draft_id: str) -> Draft | Answer:
    """The draft of that id, if it is there for whoever asks; it asks the database."""
    try:
        draft = drafts.draft(draft_id)
    except DatabaseFault as fault:
        return database_gone(fault)
    if draft is None or not call.caller.sees_draft(draft.ruleset, draft.clinic):
        return no_such_draft()
    return draft


def no_such_draft() -> Answer:
    """That a draft is not there, or not for whoever asks."""
    error = Refusal("", "unknown-draft", "There is no such draft.", "It may have been discarded.")
    return problem(404, "There is no draft of that id.", (error,))


def database_gone(fault: DatabaseFault) -> Answer:
    """That the drafts can't be read or written, and, where that is certain, that nothing was saved."""
    this_call().saved_nothing = fault.wrote_nothing
    lacks = "The database has no room left." if isinstance(fault, Full) else "The drafts can't be reached."
    nothing = " Nothing was saved." if fault.wrote_nothing else ""
    error = Refusal("", "drafts-unavailable", lacks, "Try again later.")
    return problem(503, f"The database can't be used at the moment.{nothing}", (error,))


def bench_busy() -> Answer:
    """That a draft gives no answer now; it may when asked again."""
    this_call().saved_nothing = True  # the bench is asked before anything is changed
    error = Refusal("", "draft-busy", "The draft took too long, or is being started.", "Ask again soon.")
    return problem(503, "This draft gives no answer at the moment.", (error,), {"Retry-After": SOON_S})


def still_checked() -> Answer:
    """That a draft is being checked."""
    this_call().saved_nothing = True
    error = Refusal("", "draft-busy", "The draft is being checked.", "Ask again soon.")
    return problem(503, "This draft is being checked.", (error,), {"Retry-After": SOON_S})


def broken_draft(report: DraftReport) -> Answer:
    """That no state of a draft is good, with its errors."""
    message = report.message or "The draft has errors, and no earlier state of it is good."
    places = [
        f"{one['file']}:{one['line']}:{one['column']} {one['message']}"
        for one in report.problems
        if one["severity"] == "error"
    ]
    hint = "Mend it first; problems of the draft has all of them."
    errors = [Refusal("", "draft-broken", place, "") for place in places[:20]]
    return problem(422, f"{message} {hint}", errors or (Refusal("", "draft-broken", message, hint),))

"""Drafts as a visitor of the workbench sees them: those that are there for him, each with its bar."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from service.drafting.bench_client import BenchFault, DraftGone
from service.drafting.draft_report import DraftReport
from service.drafting.drafts import Drafts, beside_live
from service.model.caller import Caller
from service.model.draft import Draft, DraftState
from service.model.problem import Refusal
from service.pages.draft_bar import DraftBar
from service.store.editions import Published
from service.web.bench.drafting import Drafting, no_such_draft, seen_draft
from service.web.call import Answer, this_call
from service.web.endpoints import WORKBENCH
from service.web.live import Live
from service.web.problems import problem
from service.wording.phrases import short_digest


class DraftBars:
    """Makes what stands above the pages of drafts."""

    def __init__(self, live: Live, drafts: Drafts) -> None:
        self._live = live
        self._drafts = drafts

    def bar(self, draft: Draft, report: DraftReport | None, caller: Caller) -> DraftBar:
        """The bar of a draft; ``report``: None where its check can't be asked for. The database is asked."""
        newest = self.newest(draft.ruleset)
        is_other = newest is not None and self._is_other(draft, report, newest)
        bar = DraftBar(
            id=draft.id,
            ruleset=draft.ruleset,
            at=address_of(draft),
            clinic=draft.clinic,
            base=self.in_words(draft.ruleset, draft.base),
            live=beside_live(draft, newest, in_words(newest)) if newest is not None and is_other else None,
            gone=draft.gone.isoformat(),
            may_edit=caller.may_edit(draft.ruleset),
            may_publish=caller.may_publish(draft.ruleset),
        )
        return bar if report is None else _checked(bar, report)

    def _is_other(self, draft: Draft, report: DraftReport | None, newest: Published) -> bool:
        if draft.base is None or newest.digest in (draft.base, None if report is None else report.digest):
            return False
        return not self._drafts.is_live(draft)

    def newest(self, ruleset: str) -> Published | None:
        """The newest edition of a ruleset, also one that serves only later; None: none is there."""
        line = self._live.answering.serving.lines.get(ruleset)
        return None if line is None else line.timeline[0]

    def in_words(self, ruleset: str, digest: str | None) -> str | None:
        """An edition of a ruleset in words; None: it is none."""
        if digest is None:
            return None
        line = self._live.answering.serving.lines.get(ruleset)
        found = None if line is None else next((one for one in line.timeline if one.digest == digest), None)
        return short_digest(digest) if found is None else in_words(found)


def address_of(draft: Draft) -> str:
    """Where the pages of a draft are."""
    return f"{WORKBENCH}/{draft.ruleset}/{draft.id}"


def in_words(edition: Published) -> str:
    """An edition as people name it."""
    return f"version {edition.version}, {short_digest(edition.digest)}"


def _checked(bar: DraftBar, report: DraftReport) -> DraftBar:
    return replace(
        bar,
        stage=report.stage,
        is_final=report.is_final,
        errors=report.own_errors,
        warnings=report.warnings,
        unexpected=report.unexpected,
        proven=sum(one["state"] == "proven" for one in report.guarantees),
        promised=len(report.guarantees),
        message=report.message,
    )


_WITHIN_S = 2.0
"""So long a page waits for a bench that is busy: it is shown, and saves, without."""


class CheckedState(NamedTuple):
    """The newest state of a draft, and how far it is checked; None: that can't be known now."""

    state: DraftState
    report: DraftReport | None


class SeenDrafts:
    """Finds the draft that an address names; from then on every page of the request has its bar."""

    def __init__(self, drafting: Drafting, bars: DraftBars) -> None:
        self._store = drafting.store
        self._bench = drafting.bench
        self._bars = bars

    def draft(self, ruleset_id: str, of: str, *, to_edit: bool = False) -> Draft | Answer:
        """The draft; or why it is not there, or can't be changed.

        Raises:
            DatabaseFault: the database can't be used.
        """
        found = self._found(ruleset_id, of, to_edit)
        return found if isinstance(found, Answer) else found[0]

    def state(self, ruleset_id: str, of: str, *, to_edit: bool = False) -> DraftState | Answer:
        """The draft with what its newest state holds; or why it is not there, or can't be changed.

        Raises:
            DatabaseFault: the database can't be used.
        """
        found = self.checked_state(ruleset_id, of, to_edit=to_edit)
        return found if isinstance(found, Answer) else found[0]

    def checked_state(self, ruleset_id: str, of: str, *, to_edit: bool = False) -> CheckedState | Answer:
        """The same, and how far it is checked.

        Raises:
            DatabaseFault: the database can't be used.
        """
        found = self._found(ruleset_id, of, to_edit)
        state = None if isinstance(found, Answer) else self._store.state(found[0].id)
        if isinstance(found, Answer) or state is None:
            return found if isinstance(found, Answer) else no_such_draft()
        report = found[1]
        return CheckedState(state, report if report and report.state == state.number else None)

    def _found(self, ruleset_id: str, of: str, to_edit: bool) -> tuple[Draft, DraftReport | None] | Answer:
        call = this_call()
        draft = seen_draft(self._store, call, of)
        if isinstance(draft, Answer):
            return draft
        if draft.ruleset != ruleset_id:
            return no_such_draft()
        report = self._report(draft)
        call.draft_bar = self._bars.bar(draft, report, call.caller)
        may_not = to_edit and not call.draft_bar.may_edit
        return not_for_editing(draft.ruleset) if may_not else (draft, report)

    def _report(self, draft: Draft) -> DraftReport | None:
        try:
            return self._bench.problems(draft, within_s=_WITHIN_S)
        except (BenchFault, DraftGone):
            return None


def not_for_editing(ruleset_id: str) -> Answer:
    """That a key may not change a ruleset."""
    error = Refusal("", "scope-needed", f'The key lacks the scope "edit" for {ruleset_id}.', _ASK)
    return problem(403, f'This needs a key with the scope "edit", for {ruleset_id}.', (error,))


_ASK = "Ask the operator for a key that may."

"""What stands above the pages of drafts, as a worker knows it: what serves, and what the bench told."""

from __future__ import annotations

from dataclasses import replace

from service.drafting.draft_report import DraftReport
from service.model.caller import Caller
from service.model.draft import Draft
from service.pages.draft_bar import DraftBar
from service.store.editions import Published
from service.web.endpoints import WORKBENCH
from service.web.live import Live
from service.wording.phrases import short_digest


class DraftBars:
    """Makes what stands above the pages of drafts."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def bar(self, draft: Draft, report: DraftReport | None, caller: Caller) -> DraftBar:
        """The bar of a draft; ``report``: None where its check can't be asked for."""
        newest = self.newest(draft.ruleset)
        known = draft.base, None if report is None else report.digest  # a draft may be what is live itself
        has_moved = draft.base is not None and newest is not None and newest.digest not in known
        bar = DraftBar(
            id=draft.id,
            ruleset=draft.ruleset,
            at=address_of(draft),
            clinic=draft.clinic,
            base=self.in_words(draft.ruleset, draft.base),
            live=in_words(newest) if newest is not None and has_moved else None,
            gone=draft.gone.isoformat(),
            may_edit=caller.may_edit(draft.ruleset),
            may_publish=caller.may_publish(draft.ruleset),
        )
        return bar if report is None else _checked(bar, report)

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

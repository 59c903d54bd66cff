"""What is said in the place of a page of a draft that can't be shown, or whose change can't be saved."""

from __future__ import annotations

from flask import Response

from service.drafting.draft_report import DraftReport
from service.model.draft import Draft, FileConflict
from service.web.call import Answer, Saves
from service.web.endpoints import WORKBENCH
from service.web.problems import problem
from service.web.workbench.pages import Pages
from service.web.workbench.sides import SidesPages


class UnshownDrafts:
    """These answers, each for the request at hand."""

    def __init__(self, pages: Pages, sides: SidesPages | None = None) -> None:
        """``sides``: None where no draft is changed."""
        self._pages = pages
        self._sides = sides

    def broken(self, draft: Draft, report: DraftReport) -> Response:
        """That no state of the draft is good, with its errors, each with the way to where it is mended."""
        errors = [one for one in report.problems if one["severity"] == "error"]
        own = f"{draft.ruleset}/"
        return self._pages.page(
            "broken_draft.html",
            422,
            draft=draft,
            report=report,
            at=f"{WORKBENCH}/{draft.ruleset}/{draft.id}",
            errors=[(one, one["file"].removeprefix(own), one["file"].startswith(own)) for one in errors],
        )

    def conflict(self, draft: Draft, conflict: FileConflict, saves: Saves) -> Response | Answer:
        """That a file was changed meanwhile, so that nothing was saved: both sides, to choose from."""
        shown = None if self._sides is None else self._sides.show(draft, saves)
        if shown is None:
            return problem(409, f"{conflict.name} was changed meanwhile. Nothing was saved.")
        return shown

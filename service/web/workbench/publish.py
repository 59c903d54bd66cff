"""Publish: what is to be looked at before, signing, and saving a draft into the folder that is served."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from shlex import quote
from typing import Any

from flask import Response, request

from service.documenting.signature import EARLIEST, signed_by
from service.drafting.checklist import Known, checklist
from service.drafting.draft_report import DraftReport
from service.drafting.publishing import Saved, not_good, signatures
from service.model.caller import Caller
from service.model.draft import DraftState
from service.serving.refused import Refused
from service.web.bench.drafting import bench_busy
from service.web.call import Answer, View, this_call
from service.web.drafts import taken_out
from service.web.drafts_publishing import DraftPublishing
from service.web.problems import problem
from service.web.transfer import hashed
from service.web.workbench.pages import Pages, go_to, is_htmx
from service.web.workbench.seen_drafts import SeenDrafts, address_of
from service.wording.phrases import short_digest

_MARK = 16
_STATUS_OF = {"invalid": 422, "not_allowed": 403, "changed": 412, "being_checked": 503, "not_ready": 503}


class PublishPages:
    """The views of this page."""

    def __init__(self, pages: Pages, seen: SeenDrafts, publishing: DraftPublishing) -> None:
        self._pages = pages
        self._seen = seen
        self._publishing = publishing

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "page_publish": self._of_draft(self.show),
            "page_takes_out": self.take_out,
            "page_changes_read": self._pages.of_own_form(self._of_draft(self.note_read)),
            "page_signs": self._pages.of_own_form(self._of_draft(self.sign)),
            "page_saves": self._pages.of_own_form(self._of_draft(self.save)),
        }

    def _of_draft(self, view: Callable[[DraftState, DraftReport], Response | Answer]) -> View:
        """The view of the draft that is asked for, where the bench can be asked, too."""

        def found(ruleset_id: str, of: str) -> Response | Answer:
            seen = self._seen.checked_state(ruleset_id, of)
            if isinstance(seen, Answer):
                return seen
            return bench_busy() if seen.report is None else view(seen.state, seen.report)

        return found

    def show(self, state: DraftState, report: DraftReport) -> Response:
        """The whole page; where it is what the page that asks has shown already, nothing."""
        return self._page(state, report)

    def note_read(self, state: DraftState, report: DraftReport) -> Response:
        """Note that somebody has read what the draft changes."""
        digest = report.digest
        if digest is not None and digest == request.form.get("digest"):
            self._publishing.drafting.store.note_changes_read(state.draft.id, state.number, digest)
        return go_to(f"{address_of(state.draft)}/publish")

    def sign(self, state: DraftState, report: DraftReport) -> Response:
        """Sign it, as the form says."""
        form, caller = request.form, this_call().caller
        role = form.get("role", "") if caller.key is None else None
        if not form.get("agree"):
            return self._page(state, report, "Tick that you have read it. Nothing was signed.", 422)
        typed = form.get("date", "").strip()
        day = _day(typed)
        if typed and day is None:
            says = f"“{typed[:40]}” is no day. Write it as 2026-12-31. Nothing was signed."
            return self._page(state, report, says, 422)
        signed = self._publishing.sign(caller, state, report, role, day, form.get("digest"))
        if isinstance(signed, Refused):
            return self._refused(state, report, signed)
        return go_to(f"{address_of(state.draft)}/publish#sign-title")

    def save(self, state: DraftState, report: DraftReport) -> Response:
        """Save it into the folder."""
        saved = self._publishing.save(this_call().caller, state, report, request.form.get("digest"))
        if isinstance(saved, Refused):
            return self._refused(state, report, saved)
        if saved.kept is None:
            return go_to(f"{address_of(state.draft)}/publish")
        return self._page(state, report, saved=saved)

    def take_out(self, ruleset_id: str, of: str, file: str) -> Response | Answer:
        """The draft as a zip, or what was edited as a patch; each with who has signed it."""
        state = self._seen.state(ruleset_id, of)
        if isinstance(state, Answer):
            return state
        name, _, ending = file.rpartition(".")
        if name != state.draft.ruleset or ending not in ("zip", "patch"):
            return problem(404)
        return taken_out(state, self._publishing.destination, "zip" if ending == "zip" else "patch")

    def _refused(self, state: DraftState, report: DraftReport, why: Refused) -> Response:
        return self._page(
            state, report, f"{why.with_hints} Nothing was changed.", _STATUS_OF.get(why.why, 422)
        )

    def _page(
        self,
        state: DraftState,
        report: DraftReport,
        mistake: str = "",
        status: int = 200,
        saved: Saved | None = None,
    ) -> Response:
        caller, publishing = this_call().caller, self._publishing
        known = publishing.known(state, report)
        lines = checklist(known)
        stands = publishing.standing(state, report, caller)
        mark = hashed(repr((state.number, lines, stands)).encode())[:_MARK]
        if request.args.get("was") == mark and is_htmx():
            return Response(status=204)
        return self._pages.page(
            "publish.html",
            status,
            mistake=mistake,
            saved=saved,
            draft=state.draft,
            at=address_of(state.draft),
            history=f"/workbench/{state.draft.ruleset}/history",
            report=report,
            digest=report.digest or "",
            short="" if report.digest is None else short_digest(report.digest),
            mark=mark,
            lines=lines,
            unsaved=self._unsaved(state, known),
            stands=stands,
            is_working=any(line.looks == "working" for line in lines),
            keeps_back=[line for line in lines if line.looks == "wrong"],
            is_good=not_good(report) is None,
            is_live=known.is_live,
            live_as="" if known.published_as in (None, report.digest) else short_digest(known.published_as),
            **self._doing(caller, state),
            signed=signatures(state, report, publishing.destination),
            today=datetime.now().astimezone().date().isoformat(),
            earliest=EARLIEST.isoformat(),
            typed_day=request.form.get("date"),
            typed_role=request.form.get("role", ""),
            moment=_moment,
        )

    def _unsaved(self, state: DraftState, known: Known) -> bool:
        """Whether the draft has signatures that the folder lacks."""
        there = self._publishing.destination.sign_offs(state.draft.ruleset)
        signed = [one for one in state.signed if one.digest == known.report.digest]
        return any(signed_by(there, one.digest, one.role) is None for one in signed)

    def _doing(self, caller: Caller, state: DraftState) -> dict[str, Any]:
        """What the caller may do here."""
        destination, ruleset = self._publishing.destination, state.draft.ruleset
        refusal = self._publishing.not_to_be_saved(caller, ruleset)
        return {
            "may_write": destination.may_write,
            "folder": quote(destination.source.shown(ruleset)),
            "rulesets": quote(destination.source.shown_as),
            "not_saved": "" if refusal is None else refusal.with_hints,
            "role": caller.role,
            "types_role": caller.key is None,
        }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _moment(at: datetime) -> str:
    """A moment as people read it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

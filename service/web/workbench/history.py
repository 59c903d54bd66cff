"""What served of a ruleset: its editions, what going back to one changes, and going back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, request

from service.documenting.changes import changes_since
from service.drafting.bench_client import BenchFault, GoingBackAnswer, JobsFull
from service.drafting.going_back import History, PastEdition
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Refusal
from service.store.folders import is_shipped
from service.web.bench.drafting import SOON_S
from service.web.call import Answer, View, this_call
from service.web.drafts_publishing import DraftPublishing
from service.web.live import Live
from service.web.problems import problem, refused
from service.web.workbench.clients import Clients, Rules
from service.web.workbench.pages import Pages, go_to
from service.wording.phrases import short_digest

_DIGEST = re.compile(r"[0-9a-f]{12}")


class HistoryPages:
    """The views of these pages."""

    def __init__(
        self,
        pages: Pages,
        clients: Clients,
        live: Live,
        publishing: DraftPublishing,
    ) -> None:
        self._pages = pages
        self._clients = clients
        self._live = live
        self._history = History(publishing.drafting.drafts.archive, publishing.destination)
        self._publishing = publishing
        self._bench = publishing.drafting.bench

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "page_history": self.editions,
            "page_past": self._of_edition(self.show),
            "page_goes_back": self._pages.of_own_form(self._of_edition(self.go_back)),
        }

    def editions(self, ruleset_id: str) -> Response | Answer:
        """Every edition, the newest first."""
        editions = self._seen(ruleset_id)
        if isinstance(editions, Answer):
            return editions
        line = self._live.answering.serving.lines.get(ruleset_id)
        status = self._live.statuses.by_id.get(ruleset_id)
        serves = None if status is None or line is None else status.serving(datetime.now(UTC).date())
        return self._pages.page(
            "history.html",
            ruleset=ruleset_id,
            editions=editions,
            newest=editions[0].published,
            serves=serves,
            short=short_digest,
            moment=_moment,
        )

    def _seen(self, ruleset_id: str) -> tuple[PastEdition, ...] | Answer:
        """What was published of a ruleset that is there for the visitor."""
        editions = self._history.editions(ruleset_id) if this_call().caller.sees(ruleset_id) else ()
        if editions:
            return editions
        error = Refusal(
            "", "unknown-ruleset", f"Nothing of {ruleset_id} served here.", "Look at the rulesets."
        )
        return problem(404, "No ruleset of that id served here.", (error,))

    def _of_edition(self, view: Callable[[PastEdition, PastEdition], Response | Answer]) -> View:
        """The view of the edition whose digest begins so, beside the newest."""

        def found(ruleset_id: str, digest: str) -> Response | Answer:
            editions = self._seen(ruleset_id)
            if isinstance(editions, Answer):
                return editions
            begins = [one for one in editions if short_digest(one.published.digest) == digest]
            if not begins:
                return problem(404, "No edition of that digest served.")
            return view(begins[0], editions[0])

        return found

    def show(self, edition: PastEdition, newest: PastEdition) -> Response | Answer:
        """What going back to it changes, and a button where that is allowed; or how far that has come."""
        wanted = request.args.get("going")
        if not wanted:
            return self._page(edition, newest)
        try:
            going = self._bench.going_back(wanted)
        except BenchFault:
            return _busy("The service is busy.")
        published = edition.published
        if going is None or (going.ruleset, going.digest) != (published.ruleset, published.digest):
            return self._page(edition, newest, mistake=_FORGOTTEN)
        if going.stage == "running":
            return self._page(edition, newest, going=going)
        if going.result is None:
            return self._page(edition, newest, mistake=_ENDED)
        if "why" in going.result:
            errors = self._redacted(going.result["errors"], published.ruleset)
            return self._page(edition, newest, mistake=going.result["why"], errors=errors)
        return self._page(edition, newest, went=going.result)

    def go_back(self, edition: PastEdition, _newest: PastEdition) -> Response | Answer:
        """Have it put back into the folder: it is checked first, and the page waits for that."""
        call, published = this_call(), edition.published
        refusal = self._publishing.not_to_be_saved(call.caller, published.ruleset)
        if refusal is not None:
            return refused(refusal)
        seen, digest = request.form.get("newest", ""), published.digest
        try:
            going = self._bench.go_back(published.ruleset, digest, seen, call.caller.key)
        except BenchFault:
            return _busy("The service is busy.")
        except JobsFull:
            return _busy("Another version goes back at the moment.")
        return go_to(f"/workbench/{published.ruleset}/history/{short_digest(digest)}?going={going.id}")

    def _page(
        self,
        edition: PastEdition,
        newest: PastEdition,
        *,
        going: GoingBackAnswer | None = None,
        went: Mapping[str, Any] | None = None,
        mistake: str = "",
        errors: tuple[str, ...] = (),
    ) -> Response | Answer:
        """``going``: it is being put back; ``went``: it was; ``mistake``: it was not, for ``errors``."""
        published = edition.published
        compared = self._changes(published.ruleset, published.digest, newest.published.digest)
        if isinstance(compared, Answer):
            return compared
        refusal = self._publishing.not_to_be_saved(this_call().caller, published.ruleset)
        return self._pages.page(
            "going_back.html",
            edition=edition,
            published=published,
            newest=newest.published,
            here=f"/workbench/{published.ruleset}/history/{short_digest(published.digest)}",
            short=short_digest,
            moment=_moment,
            changes=compared,
            may_edit=this_call().caller.may_edit(published.ruleset) and not is_shipped(published.ruleset),
            going=going,
            went=went,
            mistake=mistake,
            errors=errors,
            not_allowed="" if refusal is None else refusal.with_hints,
            is_not_written=not self._publishing.destination.may_write,
        )

    def _changes(self, ruleset_id: str, digest: str, newest: str) -> tuple[str, ...] | Answer:
        """What is different from the newest edition once it is gone back to."""
        both: list[CompiledRuleset] = []
        for one in (newest, digest):
            rules = self._clients.rules(ruleset_id, short_digest(one))
            if not isinstance(rules, Rules):
                return rules
            both.append(rules.compiled)
        return changes_since(both[0].ruleset, both[1].ruleset).edited

    def _redacted(self, errors: Iterable[str], ruleset_id: str) -> tuple[str, ...]:
        caller, status = this_call().caller, self._live.statuses.by_id.get(ruleset_id)
        return tuple(one if status is None else status.redaction.redacted(one, caller) for one in errors)


_FORGOTTEN = "It is not known any more what became of it. What was published last is told below."
_ENDED = "It came to no end. What was published last is told below: see whether that is it, else try again."


def _busy(why: str) -> Answer:
    error = Refusal("", "busy", why, "Ask again soon.")
    return problem(503, f"{why} Nothing was changed.", (error,), {"Retry-After": SOON_S})


def _moment(at: datetime) -> str:
    """A moment as people read it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"

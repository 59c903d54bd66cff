"""The whole workbench, put together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from flask import Flask

from service.drafting.held_draft import HeldDraft
from service.serving.deciding import Deciding
from service.web.bench.drafting import Drafting
from service.web.browsers import Browsers
from service.web.call import View
from service.web.decisions import DecisionViews
from service.web.drafts_publishing import DraftPublishing
from service.web.guard import Guard, KeyNames
from service.web.live import Live
from service.web.log import Log
from service.web.telemetry import Telemetry
from service.web.workbench.clients import Clients
from service.web.workbench.decisions import DecisionPages
from service.web.workbench.draft_jobs import DraftJobPages
from service.web.workbench.drafts import DraftPages
from service.web.workbench.edit import EditPages
from service.web.workbench.history import HistoryPages
from service.web.workbench.home import HomePages
from service.web.workbench.pages import Pages
from service.web.workbench.publish import PublishPages
from service.web.workbench.rule_wizard import RuleWizardPages
from service.web.workbench.rules import RulePages
from service.web.workbench.scenario_forms import ScenarioForms
from service.web.workbench.scenarios import ScenarioPages
from service.web.workbench.seen_drafts import DraftBars, SeenDrafts
from service.web.workbench.sides import SidesPages
from service.web.workbench.tables import TablePages
from service.web.workbench.try_client import TryPages
from service.web.workbench.unshown_drafts import UnshownDrafts
from service.web.workbench.wizards import WizardPages


class OwnPages(Protocol):
    """Some pages of the workbench."""

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""


class Workbench:
    """The views of the workbench."""

    def __init__(
        self,
        live: Live,
        browsers: Browsers,
        guard: Guard | None,
        deciding: Deciding,
        telemetry: Telemetry,
        log: Log,
        decisions: DecisionViews | None = None,
        *,
        held: HeldDraft | None = None,
        drafting: Drafting | None = None,
        may_be_asked: Collection[str] = (),
        held_pages: Iterable[Callable[[Live, Pages, Clients], OwnPages]] = (),
    ) -> None:
        """``guard``: None where nobody is asked for a key; ``decisions``: None where none are logged.

        ``held``: the draft that this process holds, and whose pages it shows. ``drafting``: drafts, where it
        shows what serves; None: there are none. ``may_be_asked``: rulesets with a client page, by id.
        ``held_pages``: pages that only a process has which holds a
        draft, for they need far more than a worker loads.
        """
        logged = decisions is not None
        self._pages = Pages(browsers, log)
        clients = Clients(live, browsers, held)
        worked = ScenarioPages(self._pages, clients)
        self.unshown_drafts = UnshownDrafts(self._pages)
        drafts: DraftPages | None = None
        of_drafts: tuple[OwnPages, ...] = ()
        if drafting is not None:
            bars, names = DraftBars(live, drafting.drafts), KeyNames(guard)
            seen, publishing = SeenDrafts(drafting, bars), DraftPublishing(drafting, live, log)
            drafts = DraftPages(self._pages, live, drafting.drafts, seen, bars, names)
            sides = SidesPages(self._pages, drafting.drafts, seen, names)
            self.unshown_drafts = UnshownDrafts(self._pages, sides)
            of_drafts = (
                drafts,
                sides,
                DraftJobPages(self._pages, drafting, seen, clients),
                EditPages(self._pages, drafting, seen, self.unshown_drafts, guard),
                PublishPages(self._pages, seen, publishing),
                HistoryPages(self._pages, clients, live, publishing),
            )
        self._all: tuple[OwnPages, ...] = (
            *of_drafts,
            HomePages(
                live, self._pages, clients, browsers, guard, drafts, may_be_asked=may_be_asked, logged=logged
            ),
            TryPages(live, self._pages, clients, deciding, telemetry, log, logged=logged),
            TablePages(live, self._pages, clients),
            RulePages(live, self._pages, clients),
            WizardPages(live, self._pages, clients),
            RuleWizardPages(live, self._pages, clients),
            DecisionPages(self._pages, clients, decisions),
            worked,
            ScenarioForms(live, self._pages, clients, worked, drafting),
            *(make(live, self._pages, clients) for make in held_pages),
        )

    def join(self, app: Flask) -> None:
        """Make the answers below the workbench pages: their headers, their mistakes, and where to sign in."""
        self._pages.join(app)

    def of_own_form(self, view: View) -> View:
        """The view for forms of our own pages; what any other site sends is refused."""
        return self._pages.of_own_form(view)

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        views: dict[str, View] = {"page_file": self._pages.file}
        for one in self._all:
            views |= one.by_name()
        return views

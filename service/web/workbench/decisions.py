"""Decisions: one that is looked up by its id, in labels, and whether it comes out the same."""

from __future__ import annotations

from urllib.parse import quote

import orjson
from flask import Response, request

from service.model.exact_json import read_json
from service.pages.client_form import counting, filled_by
from service.pages.verdict import verdict_view
from service.web.call import Answer, View
from service.web.decisions import DecisionViews
from service.web.endpoints import WORKBENCH
from service.web.problems import problem
from service.web.workbench.clients import Client, Clients
from service.web.workbench.pages import Pages, go_to
from service.wording.answers import answered
from service.wording.labels import Labels


class DecisionPages:
    """The views of these pages."""

    def __init__(self, pages: Pages, clients: Clients, decisions: DecisionViews | None) -> None:
        """``decisions``: None where none are logged."""
        self._pages = pages
        self._clients = clients
        self._decisions = decisions

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {"page_decisions": self.decisions, "page_decision": self.decision}

    def decisions(self) -> Response:
        """Where to look a decision up, or on to the one that is looked for."""
        wanted = request.args.get("id", "").strip()
        return (
            go_to(f"{WORKBENCH}/decisions/{quote(wanted, safe='')}")
            if wanted
            else self._pages.page("decisions.html")
        )

    def decision(self, decision_id: str) -> Response | Answer:
        """A decision in labels: what was asked and answered, and whether it comes out the same."""
        if self._decisions is None:
            return problem(404, "No decisions are logged here.")
        found, verified = self._decisions.one(decision_id), self._decisions.verify(decision_id)
        unseen = next((answer for answer in (found, verified) if answer.status != 200), None)
        if unseen is not None:
            return unseen
        ruleset = self._decisions.ruleset_of(decision_id)
        if ruleset is None:
            return problem(503, "The edition of the ruleset that decided can't be had at the moment.")
        logged = read_json(found.content)
        assessment = logged["assessment"]
        compiled = self._clients.compiled(ruleset.id)
        live = None
        if compiled is not None:
            filled = counting(compiled, filled_by(compiled.ruleset, assessment))
            live = self._clients.address(ruleset.id, Client(filled))
        return self._pages.page(
            "decision.html",
            one=logged,
            verified=orjson.loads(verified.content),
            who=answered(Labels(ruleset), assessment),
            view=verdict_view(ruleset, assessment, logged["answer"]),
            live=live,
            changes=(),
            rules=(),
            why=None,
        )

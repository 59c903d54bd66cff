"""Decisions: one that is looked up by its id, in labels, and whether it comes out the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

import orjson
from flask import Response, request

from service.model.exact_json import read_json
from service.pages.client_form import counting, filled_by
from service.pages.verdict import verdict_view
from service.web.call import Answer, View
from service.web.decisions import DecisionViews
from service.web.endpoints import WORKBENCH
from service.web.problems import problem
from service.web.workbench.clients import LIVE, Client, Clients
from service.web.workbench.pages import Pages, go_to
from service.wording.answers import answered
from service.wording.labels import Labels
from service.wording.phrases import short_digest

_SAMPLE = "01890a5d-ac96-774b-bcce-b302099a8057"


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
            return problem(404, _not_found(decision_id)) if unseen.status == 404 else unseen
        ruleset = self._decisions.ruleset_of(decision_id)
        if ruleset is None:
            return problem(503, "The edition of the ruleset that decided can't be had at the moment.")
        logged = read_json(found.content)
        assessment = logged["assessment"]
        tried = [self._tried(ruleset.id, of, assessment) for of in (LIVE, short_digest(ruleset.digest))]
        return self._pages.page(
            "decision.html",
            one=logged,
            verified=orjson.loads(verified.content),
            who=answered(Labels(ruleset), assessment),
            view=verdict_view(ruleset, assessment, logged["answer"]),
            live=tried[0],
            then=tried[1],
            changes=(),
            rules_at=f"{WORKBENCH}/{ruleset.id}/{short_digest(ruleset.digest)}",
            wanted="",
            scenario="",
            asked_for=None,
            here=None,
            day="",
        )

    def _tried(self, name: str, of: str, assessment: Mapping[str, Any]) -> str | None:
        """Where the client can be tried under an edition; None: it can't be had."""
        rules = self._clients.rules(name, of)
        if isinstance(rules, Answer):
            return None
        filled = counting(rules.compiled, filled_by(rules.ruleset, assessment))
        return self._clients.address(rules, Client(filled))


def _not_found(decision_id: str) -> str:
    try:
        UUID(decision_id)
    except ValueError:
        return (
            f"No decision has an id like that. One looks like {_SAMPLE}: it is the decision_id of an answer."
        )
    return "No decision of that id is logged here, or none that you may see."

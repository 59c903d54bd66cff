"""Compare: what a draft has otherwise than what is live, in words and in both tables side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from service.analysis.compare.carried_over import to_be_read
from service.analysis.compare.edits import edits
from service.analysis.compare.meaning import edit_lines
from service.documenting.changes import edit_sentences
from service.drafting.comparing import live_side
from service.drafting.held_draft import HeldDraft
from service.engine.faults import EngineFault
from service.evaluation.compiled import CompiledRuleset
from service.model.caller import INTERNAL
from service.model.ruleset import Ruleset
from service.pages.client_form import Filled, assessment_of, counting
from service.pages.table_comparison import ComparedTable, Link, compared_tables
from service.pages.table_view import At, Axes, ordinary_client
from service.reading.folder import SIGN_OFF
from service.serving.evaluate import answering_alone
from service.serving.refused import Refused
from service.serving.tabulating import plan_table
from service.store.faults import Damaged
from service.web.call import Answer, View, this_call
from service.web.live import Live
from service.web.problems import problem
from service.web.workbench.clients import LIVE, Client, Clients, Rules, filled_in
from service.web.workbench.pages import Pages, go_to
from service.web.workbench.tables import AXES, axes_asked_for, table_fields

_MOST_LINES = 400
"""So many lines of what differs in a file are shown."""


@dataclass(frozen=True, slots=True)
class EditedFile:
    """A file of a draft that is not as it is live, and the lines that differ, among some that don't.

    ``how``: ``new``, ``gone`` or ``changed``. Each line with ``+`` before it where it is new, ``-`` where it
    is gone. ``is_cut``: there are more of them.
    """

    name: str
    how: str
    lines: tuple[str, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class EditedThing:
    """A question, rule or other thing that was edited: in labels, and by ids with its place."""

    sentences: tuple[str, ...]
    by_ids: tuple[str, ...]


class ComparePages:
    """The views of these pages, in the process that holds a draft."""

    def __init__(self, live: Live, pages: Pages, clients: Clients) -> None:
        """``live``: what answers for the draft."""
        self._drafts_own = live
        self._pages = pages
        self._clients = clients
        self._compiled: CompiledRuleset | None = None

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "page_compare": self.compare,
            "page_compares": self._pages.of_own_form(self.fill_in),
            "page_compared": self.compared,
        }

    def compare(self, ruleset_id: str, of: str) -> Response | Answer:
        """What was edited, and both tables for a client who is like most."""
        rules = self._draft(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        axes = axes_asked_for(rules.ruleset)
        beside = () if axes is None else axes.names
        return self._page(rules, Client(ordinary_client(rules.ruleset, beside)))

    def fill_in(self, ruleset_id: str, of: str) -> Response | Answer:
        """Take what was filled in, and go on to the address that has it sealed."""
        rules = self._draft(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        client = filled_in(rules.compiled, list(request.form.items(multi=True)))
        address = self._clients.address(rules, client, "compare")
        if address is None:
            return self._page(rules, client)
        asked = {name: request.form.get(f".{name}", "") for name in AXES}
        return go_to(f"{address}?{urlencode(asked)}#tables")

    def compared(self, ruleset_id: str, of: str, token: str) -> Response | Answer:
        """The same for the client of the address."""
        rules = self._draft(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        found = self._clients.found(ruleset_id, of, token)
        return found if isinstance(found, Answer) else self._page(*found)

    def _draft(self, ruleset_id: str, of: str) -> Rules | Answer:
        rules = self._clients.rules(ruleset_id, of)
        if isinstance(rules, Rules) and rules.held is None:
            return problem(404, "What is live is compared with a draft. Begin one.")
        return rules

    def _page(self, rules: Rules, client: Client) -> Response:
        held, ruleset = rules.held, rules.ruleset
        assert held is not None
        live = self._live_of(held)
        axes = axes_asked_for(ruleset)
        told = None if axes is None else self._document(rules, client.filled, axes)
        refusals = told.errors if isinstance(told, Refused) else ()
        table = None
        show_all = request.args.get("show") == "all"
        if axes is not None and live is not None and told is not None and not isinstance(told, Refused):
            table = self._table(rules, live, client, axes, told, show_all=show_all)
        query = {} if axes is None else dict(zip(AXES, axes.names, strict=False))
        is_new = held.served.edition is None
        found = [] if live is None else [*edits(live.ruleset, ruleset)]
        if is_new:  # worked clients are not taken over from what is extended
            found = [one for one in found if one.kind != "scenario"]
        return self._pages.page(
            "compare.html",
            rules=rules,
            ruleset=ruleset,
            bar=self._clients.bar(rules),
            live=None if live is None else live.ruleset,
            is_new=is_new,
            files=_files(held),
            edited=[EditedThing(edit_sentences(one), tuple(edit_lines(one))) for one in found],
            to_be_read=() if live is None else to_be_read(live.ruleset, ruleset),
            view=table,
            show_all=show_all,
            all_cells=f"{request.path}?{urlencode({**query, 'show': 'all'})}#tables",
            only_differing=f"{request.path}?{urlencode(query)}#tables",
            can_replay="read" in this_call().caller.scopes,
            action=f"{rules.at}/compare",
            csv=None,
            **table_fields(rules, client, axes, refusals),
        )

    def _live_of(self, held: HeldDraft) -> CompiledRuleset | None:
        """What it is held against, compiled once; None: there is nothing, or it can't be read any more."""
        edition = held.beside() if self._compiled is None else None
        if edition is not None:
            try:
                self._compiled = live_side(edition)
            except (Damaged, EngineFault):
                return None
        return self._compiled

    # -- tables -------------------------------------------------------------------------------------------

    def _document(self, rules: Rules, filled: Filled, axes: Axes) -> dict[str, Any] | Refused:
        """The table of the draft."""
        body = rules.asked(assessment_of(rules.ruleset, filled), rows=axes.rows, columns=list(axes.columns))
        return plan_table(self._drafts_own.answering, body, this_call().caller)

    def _table(
        self,
        rules: Rules,
        live: CompiledRuleset,
        client: Client,
        axes: Axes,
        now: Mapping[str, Any],
        *,
        show_all: bool,
    ) -> ComparedTable:
        before = Rules(live, LIVE)
        asked = before.asked(
            assessment_of(live.ruleset, _known(live.ruleset, client.filled)),
            rows=axes.rows,
            columns=list(axes.columns),
        )
        was = plan_table(answering_alone(live), asked, INTERNAL)
        return compared_tables(
            None if isinstance(was, Refused) else was,
            now,
            (self._links(before, client, rules.ruleset.id), self._links(rules, client, rules.ruleset.id)),
            extends=rules.ruleset.extends is not None,
            only_differing=not show_all,
        )

    def _links(self, rules: Rules, client: Client, of_draft: str) -> Link:
        """The address of the client of a cell, under these rules; none under a ruleset that is extended."""

        def link(at: At) -> str | None:
            if rules.ruleset.id != of_draft:
                return None
            filled = {**client.filled, **{name: (option,) for name, option in at.items()}}
            known = _known(rules.ruleset, filled)
            return self._clients.address(rules, Client(counting(rules.compiled, known)))

        return link


def _known(ruleset: Ruleset, filled: Filled) -> dict[str, tuple[str, ...]]:
    """What is filled in of the questions that a ruleset has."""
    return {name: values for name, values in filled.items() if name in ruleset.inputs}


def _files(held: HeldDraft) -> list[EditedFile]:
    """The files of the draft that are not as they are live; all of them where nothing is."""
    edition, now = held.served.edition, held.state.files
    was = {} if edition is None else edition.own_files
    names = sorted(name for name in {*was, *now} if was.get(name) != now.get(name) and name != SIGN_OFF)
    return [_file(name, was.get(name), now.get(name)) for name in names]


def _file(name: str, was: bytes | None, now: bytes | None) -> EditedFile:
    how = "new" if was is None else "gone" if now is None else "changed"
    before, after = (_lines(one) for one in (was, now))
    differing = unified_diff(before, after, n=2, lineterm="") if how == "changed" else ()
    lines = [*islice(_without_head(differing), _MOST_LINES + 1)]
    return EditedFile(name, how, tuple(lines[:_MOST_LINES]), len(lines) > _MOST_LINES)


def _lines(content: bytes | None) -> list[str]:
    return [] if content is None else content.decode("utf-8-sig", "replace").splitlines()


def _without_head(lines: Iterable[str]) -> Iterable[str]:
    return islice(lines, 2, None)

"""Table: what many clients would be answered at once, on a page and for a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from service.model.problem import Refusal
from service.model.ruleset import Ruleset
from service.pages.client_form import Field, FormChoice, assessment_of, client_form, counting
from service.pages.table_view import (
    Axes,
    as_csv,
    asked_everything,
    choices_of,
    table_view,
    usual_axes,
)
from service.serving.refused import Refused
from service.serving.tabulating import plan_table
from service.web.call import Answer, View, this_call
from service.web.live import Live
from service.web.problems import problem
from service.web.workbench.clients import BEGUN, Client, Clients, Rules, filled_in, moved, of_no_question
from service.web.workbench.pages import Pages, go_to
from service.wording.answers import answered
from service.wording.labels import Labels


class TablePages:
    """The views of these pages."""

    def __init__(self, live: Live, pages: Pages, clients: Clients) -> None:
        self._live = live
        self._pages = pages
        self._clients = clients

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "page_table": self.new_table,
            "page_tabulates": self._pages.of_own_form(self.fill_in_table),
            "page_tabulated": self.table,
            "page_csv": self.table_csv,
        }

    def new_table(self, ruleset_id: str, of: str) -> Response | Answer:
        """The usual table, for a client who was asked everything."""
        rules = self._clients.rules(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        return self._tabulated(rules, Client(asked_everything(rules.ruleset)))

    def fill_in_table(self, ruleset_id: str, of: str) -> Response | Answer:
        """Take what was filled in, and go on to the address that has it sealed."""
        rules = self._clients.rules(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        client = filled_in(rules.compiled, list(request.form.items(multi=True)))
        address = self._clients.address(rules, client, "table")
        if address is None:
            return self._tabulated(rules, client)
        query = {name: request.form.get(f".{name}", "") for name in AXES}
        begun = request.form.get(".begun", "")[:80]
        if moved(rules, begun):
            query[BEGUN] = begun
        return go_to(f"{address}?{urlencode(query)}")

    def table(self, ruleset_id: str, of: str, token: str) -> Response | Answer:
        """The table for the client of the address."""
        found = self._clients.found(ruleset_id, of, token)
        return found if isinstance(found, Answer) else self._tabulated(*found)

    def table_csv(self, ruleset_id: str, of: str, token: str) -> Response | Answer:
        """The same for a spreadsheet."""
        found = self._clients.found(ruleset_id, of, token)
        if isinstance(found, Answer):
            return found
        rules, client = found
        axes = axes_asked_for(rules.ruleset)
        document = None if axes is None else self._document(rules, client, axes)
        if document is None or isinstance(document, Refused):
            return problem(404, "There is no such table.")
        response = Response(as_csv(document), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{ruleset_id}.csv"'
        return response

    def _document(self, rules: Rules, client: Client, axes: Axes) -> dict[str, Any] | Refused:
        asked = rules.asked(
            assessment_of(rules.ruleset, client.filled), rows=axes.rows, columns=list(axes.columns)
        )
        return plan_table(self._live.answering, asked, this_call().caller)

    def _tabulated(self, rules: Rules, client: Client) -> Response:
        ruleset = rules.ruleset
        axes = axes_asked_for(ruleset)
        told = None if axes is None else self._document(rules, client, axes)
        refusals = told.errors if isinstance(told, Refused) else ()
        fields = table_fields(rules, client, axes, refusals)
        address = self._clients.address(rules, Client(fields["filled"]), "table")
        view = None
        if axes is not None and told is not None and not isinstance(told, Refused):
            view = table_view(told, self._links(rules, client), extends=ruleset.extends is not None)
        query = urlencode(dict(zip(AXES, axes.names, strict=False))) if axes is not None else ""
        return self._pages.page(
            "table.html",
            rules=rules,
            ruleset=ruleset,
            bar=self._clients.bar(rules),
            note=moved(rules, request.args.get(BEGUN, "")),
            view=view,
            csv=f"{address}/table.csv?{query}" if address and view else None,
            **fields,
        )

    def _links(self, rules: Rules, client: Client) -> Callable[[Mapping[str, str]], str | None]:
        """The address of the client of a cell."""

        def link(at: Mapping[str, str]) -> str | None:
            filled = {**client.filled, **{name: (option,) for name, option in at.items()}}
            return self._clients.address(rules, Client(counting(rules.compiled, filled)))

        return link


def table_fields(
    rules: Rules, client: Client, axes: Axes | None, refusals: Iterable[Refusal]
) -> dict[str, Any]:
    """What the form of a table shows: its questions, and what else the clients of all its cells answered."""
    ruleset = rules.ruleset
    asked = () if axes is None else axes.names
    others = {name: one for name, one in client.filled.items() if name not in asked}
    listed = list(refusals)
    form = client_form(rules.compiled, ruleset, others, listed)
    shown = [one for one in (*form.plain, *form.safety) if one.id not in asked]
    noes = asked_everything(ruleset)
    is_asked = bool(noes) and noes.items() <= others.items()
    said = {name: one for name, one in others.items() if not is_asked or name not in noes}
    return {
        "filled": others,
        "form": form,
        "axes": _axis_fields(ruleset, axes),
        "first": [one for one in shown if _is_first(ruleset, one)],
        "others": [one for one in shown if not _is_first(ruleset, one)],
        "noes": is_asked,
        "not_asked": [
            one.label for one in form.safety if not one.is_answered and ruleset.inputs[one.id].only_if is None
        ],
        "who": answered(Labels(ruleset), assessment_of(ruleset, said)),
        "mistakes": of_no_question(form, listed),
    }


def _is_first(ruleset: Ruleset, one: Field) -> bool:
    """Whether a question stands first: every client needs an answer, and "all no" is none."""
    needed = one.required or (one.must_ask and one.id not in asked_everything(ruleset))
    return needed and ruleset.inputs[one.id].only_if is None


AXES = ("rows", "outer", "inner")
"""The questions of a table as its page names them: of the rows, and of the outer and inner columns."""


def axes_asked_for(ruleset: Ruleset) -> Axes | None:
    """The questions that the address names, or the usual ones."""
    rows, *columns = (request.args.get(name, "") for name in AXES)
    choices = [one.id for one in choices_of(ruleset)]
    named = tuple(name for name in dict.fromkeys(columns) if name in choices and name != rows)
    return Axes(rows, named) if rows in choices and named else usual_axes(ruleset)


def _axis_fields(ruleset: Ruleset, axes: Axes | None) -> list[dict[str, Any]]:
    picked = () if axes is None else axes.names
    labels = ("Rows", "Columns", "Columns below")
    return [
        {
            "name": name,
            "label": label,
            "optional": name == "inner",
            "choices": [
                FormChoice(one.id, one.label, picked[place : place + 1] == (one.id,))
                for one in choices_of(ruleset)
            ],
        }
        for place, (name, label) in enumerate(zip(AXES, labels, strict=True))
    ]

"""Clients that are tried: what is filled in for them, under which rules, and the address that seals it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson

from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Refusal
from service.pages.client_form import ClientForm, Filled, all_others_no, client_form, read_form
from service.pages.sealing import LONGEST, seal, unseal
from service.web.browsers import Browsers
from service.web.call import Answer, this_call
from service.web.endpoints import WORKBENCH
from service.web.live import Live
from service.web.problems import problem

LINKS_LIVE = timedelta(days=30)
"""How long the address of a client opens."""
_TRIED = "try"


@dataclass(frozen=True, slots=True)
class Client:
    """A client that is tried: what is filled in, and which questions "all others: no" has answered."""

    filled: Filled
    said_no: tuple[str, ...] = ()


class Clients:
    """Opens and makes the addresses of clients."""

    def __init__(self, live: Live, browsers: Browsers) -> None:
        self._live = live
        self._browsers = browsers

    def compiled(self, name: str) -> CompiledRuleset | None:
        """What answers for a ruleset today, where the visitor sees it."""
        answering = self._live.answering
        if not this_call().caller.sees(name):
            return None
        compiled = answering.snapshot.served.get(name)
        return None if compiled is None else answering.on(name, compiled.ruleset.today(datetime.now(UTC)))

    def found(self, ruleset_id: str, token: str) -> tuple[CompiledRuleset, Client] | Answer:
        """What the address opens; or why that can't be shown."""
        compiled = self.compiled(ruleset_id)
        if compiled is None:
            return no_ruleset()
        client = self._opened(compiled, token)
        if client is None:
            return problem(404, "This address opens no client: it is older than 30 days, or not whole.")
        return compiled, client

    def address(self, name: str, client: Client, page: str = _TRIED) -> str | None:
        """Where the client can be seen again; None: he is too long for an address."""
        hour = int(datetime.now(UTC).timestamp()) // 3_600
        data = orjson.dumps([name, hour, client.filled, client.said_no])
        if len(data) > LONGEST:
            return None
        token = seal(self._browsers.secrets()[0], _TRIED, data)
        return None if token is None else f"{WORKBENCH}/{name}/live/{page}/{token}"

    def _opened(self, compiled: CompiledRuleset, token: str) -> Client | None:
        data = unseal(self._browsers.secrets(), _TRIED, token)
        if data is None:
            return None
        name, hour, filled, said_no = json.loads(data)
        made = datetime.fromtimestamp(hour * 3_600, UTC)
        if name != compiled.ruleset.id or datetime.now(UTC) - made > LINKS_LIVE:
            return None
        inputs = compiled.ruleset.inputs
        return Client(
            {one: tuple(values) for one, values in filled.items() if one in inputs},
            tuple(one for one in said_no if one in inputs),
        )

    def waits(self, name: str) -> str:
        """What a page says where a newer edit of the ruleset waits; else nothing."""
        status = self._live.statuses.by_id.get(name)
        return (
            "A newer edit of this ruleset waits: it has problems."
            if status and status.state == "stale"
            else ""
        )


def filled_in(compiled: CompiledRuleset, fields: Iterable[tuple[str, str]]) -> Client:
    """The client of fields as they were sent, once the button that sent them has done what it says."""
    ruleset = compiled.ruleset
    filled = read_form(ruleset, fields)
    own = {name: value for name, value in fields if name.startswith(".")}
    said_no = tuple(one for one in own.get(".said_no", "").split() if filled.get(one) == ("no",))
    if ".undo" in own:
        return Client({name: values for name, values in filled.items() if name not in said_no})
    if ".others" in own:
        others = all_others_no(client_form(compiled, ruleset, filled), filled)
        return Client(others, tuple(name for name in others if filled.get(name) != others[name]))
    return Client(filled, said_no)


_AXES = ("rows", "outer", "inner")
"""The questions of a table as its page names them: of the rows, and of the outer and inner columns."""


def of_no_question(form: ClientForm, refusals: Iterable[Refusal]) -> list[str]:
    """Mistakes that stand beside no question of the form."""
    shown = {one.id for one in (*form.plain, *form.safety)}
    return [
        f"{one.message} {one.hint}".strip()
        for one in refusals
        if not {pointer.split("/")[-1] for pointer in one.pointers or (one.pointer,)} & shown
    ]


def no_ruleset() -> Answer:
    """Nothing serves under the id that the address names."""
    return problem(404, "No ruleset of that id serves here.")

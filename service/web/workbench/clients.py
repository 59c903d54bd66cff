"""Clients that are tried: what is filled in for them, under which rules, and the address that seals it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from service.drafting.bench_client import Holder
from service.drafting.held_draft import HeldDraft
from service.evaluation.compiled import CompiledRuleset
from service.model.problem import Refusal
from service.model.ruleset import Ruleset
from service.pages.client_form import ClientForm, Filled, all_others_no, client_form, read_form
from service.pages.sealing import LONGEST, seal, unseal
from service.serving.refused import Refused, not_served
from service.web.browsers import Browsers
from service.web.call import Answer, this_call
from service.web.endpoints import WORKBENCH
from service.web.live import Live
from service.web.problems import problem, refused
from service.wording.phrases import short_digest

LINKS_LIVE = timedelta(days=30)
"""How long the address of a client opens."""
LIVE = "live"
"""How an address names the edition that answers today."""

BEGUN = "begun"
"""How an address says under which edition its client was filled in, where that was another."""

_TRIED = "try"
_DIGEST = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Client:
    """A client that is tried: what is filled in, and which questions "all others: no" has answered.

    ``day``: when the next session might be, as ``2026-12-01``; empty: no day was chosen.
    """

    filled: Filled
    said_no: tuple[str, ...] = ()
    day: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that a page shows; ``of`` is how its address names them: live, a draft's id, or a digest.

    ``held``: the draft whose rules they are; None: they serve, or served.
    """

    compiled: CompiledRuleset
    of: str = LIVE
    held: HeldDraft | None = None

    @property
    def ruleset(self) -> Ruleset:
        """The ruleset as it is read."""
        return self.compiled.ruleset

    @property
    def is_live(self) -> bool:
        """Whether it is what answers today, and not one that is named by its digest."""
        return self.of == LIVE

    @property
    def is_draft(self) -> bool:
        """Whether they are those of a draft, which nobody is answered by."""
        return self.held is not None

    @property
    def at(self) -> str:
        """Where its pages are."""
        return f"{WORKBENCH}/{self.ruleset.id}/{self.of}"

    def asked(self, assessment: Mapping[str, Any], **members: Any) -> dict[str, Any]:
        """The body of a request for what it answers."""
        pinned = {} if self.is_live or self.is_draft else {"digest": self.ruleset.digest}
        return {"ruleset": self.ruleset.id, "assessment": assessment, **pinned, **members}


@dataclass(frozen=True, slots=True)
class StateBar:
    """What is said above a page, with the problems that stand behind it."""

    says: str
    problems: tuple[str, ...] = ()


class Clients:
    """Opens and makes the addresses of clients."""

    def __init__(self, live: Live, browsers: Browsers, held: HeldDraft | None = None) -> None:
        """``held``: the draft that this process holds, and shows alone; None: it shows what serves."""
        self._live = live
        self._browsers = browsers
        self.held = held

    def rules(self, name: str, of: str = LIVE) -> Rules | Answer:
        """What an address names, where the visitor sees it; or why that can't be shown."""
        answering, caller = self._live.answering, this_call().caller
        if self.held is not None and (name, of) == (self.held.draft.ruleset, self.held.draft.id):
            return Rules(self.held.compiled, of, self.held)
        compiled = answering.snapshot.served.get(name) if caller.sees(name) else None
        if compiled is None:
            return refused(not_served(answering.snapshot, name, caller))
        if of == LIVE:
            found = answering.on(name, compiled.ruleset.today(datetime.now(UTC)))
        elif _DIGEST.fullmatch(of) is None:
            found = None
        else:
            earlier = answering.under(name, of)
            if isinstance(earlier, Refused):
                return refused(earlier)
            found = earlier
        return (
            problem(404, "No edition of that name serves or served here.")
            if found is None
            else Rules(found, of)
        )

    def found(self, ruleset_id: str, of: str, token: str) -> tuple[Rules, Client] | Answer:
        """What the address opens; or why that can't be shown."""
        rules = self.rules(ruleset_id, of)
        if isinstance(rules, Answer):
            return rules
        client = self._opened(rules, token)
        if client is None:
            return problem(404, "This address opens no client: it is older than 30 days, or not whole.")
        return rules, client

    def bar(self, rules: Rules) -> StateBar | None:
        """What a page says above all where its rules are not the newest edit; None: they are."""
        caller, status = this_call().caller, self._live.statuses.by_id.get(rules.ruleset.id)
        if rules.held is not None:
            return _bar_of_draft(rules.held, this_call().holder)
        if not rules.is_live:
            version, digest = rules.ruleset.version, short_digest(rules.ruleset.digest)
            says = f"These are the rules of an edition that served, version {version}, {digest}."
            return StateBar(f"{says} What answers today may be another.")
        if status is None or status.state != "stale":
            return None
        told = status.problems if "operate" in caller.scopes else ()
        since = status.waits_since
        when = "" if since is None else f" since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        problems = tuple(status.redaction.redacted(one, caller) for one in told)
        why = "" if problems else " Whoever runs this service is told them."
        return StateBar(f"A newer edit of this ruleset waits{when}: it has problems.{why}", problems)

    def address(self, rules: Rules, client: Client, page: str = _TRIED) -> str | None:
        """Where the client can be seen again; None: he is too long for an address."""
        return self.address_at(rules.ruleset.id, rules.of, client, page)

    def address_at(self, ruleset_id: str, of: str, client: Client, page: str = _TRIED) -> str | None:
        """The same under rules that are named as addresses name them."""
        hour = int(datetime.now(UTC).timestamp()) // 3_600
        data = orjson.dumps([ruleset_id, of, hour, client.filled, client.said_no, client.day])
        if len(data) > LONGEST:
            return None
        token = seal(self._browsers.secrets()[0], _TRIED, data)
        return None if token is None else f"{WORKBENCH}/{ruleset_id}/{of}/{page}/{token}"

    def _opened(self, rules: Rules, token: str) -> Client | None:
        data = unseal(self._browsers.secrets(), _TRIED, token)
        if data is None:
            return None
        name, of, hour, filled, said_no, day = json.loads(data)
        made = datetime.fromtimestamp(hour * 3_600, UTC)
        if (name, of) != (rules.ruleset.id, rules.of) or datetime.now(UTC) - made > LINKS_LIVE:
            return None
        inputs = rules.ruleset.inputs
        return Client(
            {one: tuple(values) for one, values in filled.items() if one in inputs},
            tuple(one for one in said_no if one in inputs),
            day,
        )


def _bar_of_draft(held: HeldDraft, stands: Holder | None) -> StateBar | None:
    """That a page shows an earlier state of a draft than its newest, and why; None: it is the newest."""
    if stands is None or stands.report.state == held.state.number:
        return None
    when = f"{held.draft.changed.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    why = {
        "checking": "What was saved since is being checked.",
        "failed": "The check of what was saved since came to no end.",
    }
    since = why.get(stands.report.stage, f"What was saved since has errors: {stands.report.errors}.")
    return StateBar(f"This is the last good state of the draft, of {when}. {since}")


def filled_in(compiled: CompiledRuleset, fields: Iterable[tuple[str, str]]) -> Client:
    """The client of fields as they were sent, once the button that sent them has done what it says."""
    ruleset = compiled.ruleset
    filled = read_form(ruleset, fields)
    own = {name: value for name, value in fields if name.startswith(".")}
    said_no = tuple(one for one in own.get(".said_no", "").split() if filled.get(one) == ("no",))
    day = _day(own.get(".day", ""))
    if ".undo" in own:
        return Client({name: values for name, values in filled.items() if name not in said_no}, (), day)
    if ".others" in own:
        others = all_others_no(client_form(compiled, ruleset, filled), filled)
        return Client(others, tuple(name for name in others if filled.get(name) != others[name]), day)
    return Client(filled, said_no, day)


def _day(text: str) -> str:
    """A day as a form sends it; nothing where it is none."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def of_no_question(form: ClientForm, refusals: Iterable[Refusal]) -> list[str]:
    """Mistakes that stand beside no question of the form."""
    shown = {one.id for one in (*form.plain, *form.safety)}
    return [
        one.with_hint
        for one in refusals
        if not {pointer.split("/")[-1] for pointer in one.pointers or (one.pointer,)} & shown
    ]


def moved(rules: Rules, begun: str) -> str:
    """What is told where the questions of the edition ``begun`` were filled in, and these are others."""
    if begun in ("", rules.ruleset.digest):
        return ""
    return "Other rules went live while this page was open: what it asks and answers is theirs."

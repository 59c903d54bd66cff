"""CDS Hooks 2.0: what there is to call, the card of a client's newest answers, and what became of cards."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from service.clinical.cards import Cards, FormApp, read_feedback
from service.clinical.hooks import HookRequest, newest_answers, read_hook_request, services
from service.clinical.response import AnsweredForm, answered
from service.model.caller import HookClient
from service.model.exact_json import write_json
from service.model.problem import Refusal
from service.model.ruleset import Ruleset
from service.serving.deciding import retry_key
from service.serving.evaluate import Answering, nearest_to
from service.serving.refused import Refused
from service.store.clinical_hooks import HookRecords
from service.store.decisions.logged import Logged
from service.store.faults import DatabaseFault
from service.web.body import RESOURCES, UnreadableBody, read_json
from service.web.call import Answer, Call, View, json_answer, this_call
from service.web.endpoints import HOOKS_PATH, WORKBENCH
from service.web.evaluating import Decisions, headers_of
from service.web.exchange import Exchange
from service.web.fhir import ClinicalSettings
from service.web.live import Live
from service.web.problems import problem, refused, unreadable

Find = Callable[[str], object]
"""The logged decision of an id, should there be one; raises ``DatabaseFault``."""


class HooksView:
    """``GET /cds-services``: what there is to call."""

    def __init__(self, live: Live, settings: ClinicalSettings) -> None:
        self._live = live
        self._settings = settings

    def by_name(self) -> dict[str, View]:
        """The view by its endpoint's name."""
        return {"hooks": self.discovery}

    def discovery(self) -> Answer:
        """The services of each ruleset that is there for the caller."""
        call = this_call()
        if (nothing := closed_to(call, self._settings)) is not None:
            return nothing
        answering = self._live.answering
        found = []
        for name, line in answering.serving.lines.items():
            compiled = answering.on(name, datetime.now(UTC).date()) if call.caller.sees(name) else None
            if compiled is not None and compiled.has_form:
                found.append((compiled.ruleset, line.timeline))
        told = services(found, self._settings.canonicals, prefetch_all=self._settings.prefetch_all)
        return json_answer(write_json(told))


def closed_to(call: Call, settings: ClinicalSettings) -> Answer | None:
    """That no hooks are served to whoever asks: without clients they are for this machine alone."""
    return None if settings.clients is not None or call.is_local else problem(404)


class HookEndpoint:
    """``POST /cds-services/ID``: the card of a client's newest answers, once the decision is logged."""

    def __init__(self, live: Live, decisions: Decisions, settings: ClinicalSettings) -> None:
        self._live = live
        self._decisions = decisions
        self._settings = settings
        self._canonicals = settings.canonicals
        self._clients = {one.iss: one for one in settings.clients or ()}

    async def __call__(self, exchange: Exchange) -> Answer:
        """The card, or an OperationOutcome."""
        call = exchange.call
        if (nothing := closed_to(call, self._settings)) is not None:
            return nothing
        body = await read_json(call.headers, exchange.body, RESOURCES)
        if isinstance(body, UnreadableBody):
            return unreadable(body)
        answering = self._live.answering
        ruleset = _ruleset_of(answering, call, call.path.removeprefix(f"{HOOKS_PATH}/"))
        if isinstance(ruleset, Answer):
            return ruleset
        request = read_hook_request(body)
        if not isinstance(request, HookRequest):
            return problem(400, "The hook is not called as it has to be.", request)
        if not request.has_answers:
            error = Refusal("/prefetch/answers", "missing", "The prefetched answers are missing.")
            return problem(412, "The answers have to be prefetched: none are fetched here.", (error,))
        call.caller = replace(
            call.caller, origin=replace(call.caller.origin, face="hooks", hook=request.hook)
        )
        return await self._card(call, answering, ruleset, request)

    async def _card(self, call: Call, answering: Answering, ruleset: Ruleset, request: HookRequest) -> Answer:
        told = self._in_callers_language(answering, call, ruleset)
        cards = Cards(told, self._canonicals, self._form(call, ruleset.id))
        now, oldest = datetime.now(UTC), self._settings.max_age_days
        newest = newest_answers(request, ruleset.id, self._canonicals, now, oldest)
        if isinstance(newest, str):
            return _answered(cards.without_answers(newest))
        form = answered(answering, newest, call.caller, call.languages, self._canonicals)
        if isinstance(form, Refused):
            return _answered(cards.mistaken(form.errors)) if form.why == "invalid" else refused(form)
        stale = self._live.statuses.stale
        decided = await self._decisions.of(
            call, answering, form.body, self._retry(call, answering, request, form)
        )
        why = decided.outcomes[0]
        if isinstance(why, Refused) and why.why == "invalid":
            return _answered(cards.mistaken(form.placed(why).errors))
        outcome = self._decisions.answer(call, decided, stale)
        if isinstance(outcome, Answer):
            return outcome
        card = cards.decided(orjson.loads(outcome.content), is_client=request.is_client)
        return _answered(card, headers_of(outcome, decided, stale))

    def _in_callers_language(self, answering: Answering, call: Call, ruleset: Ruleset) -> Ruleset:
        """The ruleset in the language of the caller."""
        wanted = nearest_to(ruleset, call.languages)
        compiled = answering.on(ruleset.id, datetime.now(UTC).date())
        return ruleset if wanted is None or compiled is None else compiled.by_language.get(wanted, ruleset)

    def _form(self, call: Call, ruleset: str) -> FormApp:
        client: HookClient | None = self._clients.get(call.caller.origin.iss or "")
        if client is None or client.form is None:
            return FormApp(f"{self._canonicals.origin}{WORKBENCH}/{ruleset}/live/try")
        return FormApp(client.form, smart=client.smart)

    def _retry(
        self, call: Call, answering: Answering, request: HookRequest, form: AnsweredForm
    ) -> str | None:
        """By what the same call with the same answers is known; None: nothing is logged."""
        if not self._decisions.are_logged:
            return None
        origin = call.caller.origin
        language = answering.language_for(form.body, call.caller, call.languages)
        answers = write_json(form.body, orjson.OPT_SORT_KEYS)
        parts = (origin.iss, call.caller.clinic, call.caller.key, request.hook, request.instance, language)
        said = write_json(parts) + answers
        return retry_key(call.caller, "hooks", hashlib.sha256(said).hexdigest())


class FeedbackEndpoint:
    """``POST /cds-services/ID/feedback``: what became of cards."""

    def __init__(
        self, live: Live, settings: ClinicalSettings, records: HookRecords | None, find: Find | None
    ) -> None:
        """Without ``records``, or decisions to ``find``, no card is known."""
        self._live = live
        self._settings = settings
        self._records = records
        self._find = find

    async def __call__(self, exchange: Exchange) -> Answer:
        """Nothing, or what is wrong with it."""
        call = exchange.call
        if (nothing := closed_to(call, self._settings)) is not None:
            return nothing
        body = await read_json(call.headers, exchange.body, RESOURCES)
        if isinstance(body, UnreadableBody):
            return unreadable(body)
        name = call.path.removeprefix(f"{HOOKS_PATH}/").removesuffix("/feedback")
        ruleset = _ruleset_of(self._live.answering, call, name)
        if isinstance(ruleset, Answer):
            return ruleset
        found = read_feedback(body)
        if isinstance(found, tuple):
            return problem(400, "The feedback has mistakes. None of it is kept.", found)
        try:
            await asyncio.to_thread(self._keep, found, ruleset.id, call)
        except DatabaseFault:
            return problem(503, "Feedback can't be kept at the moment.")
        return json_answer(b"{}")

    def _keep(self, found: list[Any], ruleset: str, call: Call) -> None:
        """Keep what is said of cards that were shown to the same caller; others are passed over."""
        if self._records is not None and self._find is not None:
            known = {one.card: self._find(one.card) for one in found}
            self._records.keep(one for one in found if _is_of(known[one.card], ruleset, call))


def _ruleset_of(answering: Answering, call: Call, service: str) -> Ruleset | Answer:
    """The ruleset of the service that is called, as it decides today."""
    asked = answering.asked({"ruleset": service, "assessment": {}}, call.caller)
    if isinstance(asked, Refused):
        return problem(404) if asked.why in ("not_found", "invalid") else refused(asked)
    ruleset = asked.ready.compiled.ruleset
    if not asked.ready.compiled.has_form:
        return problem(404)
    call.decided_by(ruleset.id, ruleset.digest)
    return ruleset


def _is_of(decision: object, ruleset: str, call: Call) -> bool:
    if not isinstance(decision, Logged):
        return False
    caller = call.caller
    mine = caller.owns(decision.clinic) and decision.iss == caller.origin.iss
    return mine and (decision.face, decision.ruleset) == ("hooks", ruleset)


def _answered(card: dict[str, Any], headers: list[tuple[str, str]] | None = None) -> Answer:
    return json_answer(write_json({"cards": [card]}), headers=headers or ())

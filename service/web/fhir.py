"""FHIR R4: what there is, and the questions of rulesets as Questionnaires."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import orjson
from flask import Response, request

from service.clinical.canonicals import Canonicals, ruleset_id
from service.clinical.capability import capability_statement, operation_definition, searchset
from service.clinical.guidance import guidance_response
from service.clinical.hooks import MAX_AGE_DAYS
from service.clinical.outcome import MEDIA_TYPE
from service.clinical.questionnaire import questionnaire
from service.clinical.response import answered, sent_response
from service.model.caller import HookClient, Origin
from service.model.exact_json import write_json
from service.model.problem import Refusal
from service.serving.choosing import Ready
from service.serving.deciding import retry_key
from service.serving.evaluate import Answering
from service.serving.refused import Refused
from service.store.editions import EditionKey, key_of
from service.web.body import RESOURCES, UnreadableBody, idempotency_key, read_json
from service.web.call import LOCAL, Answer, Call, View, this_call
from service.web.evaluating import Decisions, headers_of
from service.web.exchange import Exchange
from service.web.live import Live
from service.web.problems import STALE, problem, refused, unreadable
from service.web.transfer import hashed, tagged

_MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class ClinicalSettings:
    """How clinical systems are served. ``is_public``: FHIR also beyond this machine.

    ``clients``: who may call hooks, by tokens; None: this machine alone. ``prefetch_all``: their servers
    can't search responses by Questionnaire. Prefetched answers count for ``max_age_days``.
    """

    canonicals: Canonicals = LOCAL
    is_public: bool = False
    clients: tuple[HookClient, ...] | None = None
    prefetch_all: bool = False
    max_age_days: int = MAX_AGE_DAYS


CLOSED = ClinicalSettings()
"""For this machine alone."""


def closed(call: Call, settings: ClinicalSettings) -> Answer | None:
    """That nothing is served here to whoever asks; None: it is."""
    return None if settings.is_public or call.is_local else problem(404)


class Questionnaires:
    """The Questionnaires of editions, each written once."""

    def __init__(self, canonicals: Canonicals) -> None:
        self._canonicals = canonicals
        self._kept: dict[EditionKey, dict[str, Any] | None] = {}

    def of(self, answering: Answering, ready: Ready) -> dict[str, Any] | None:
        """The Questionnaire of an edition; None: there is none of it."""
        compiled = ready.compiled
        ruleset = compiled.ruleset
        key = key_of(ruleset)
        if key not in self._kept:
            line = answering.serving.lines.get(ruleset.id)
            days = [one.at.date() for one in (line.timeline if line is not None else ()) if one.key == key]
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            made = questionnaire(ruleset, compiled.by_language, self._canonicals, days[0] if days else None)
            self._kept[key] = made
        return self._kept[key]


class FhirViews:
    """Says what there is as FHIR, and shows Questionnaires."""

    def __init__(self, live: Live, settings: ClinicalSettings) -> None:
        self._live = live
        self._settings = settings
        self._canonicals = settings.canonicals
        self._questionnaires = Questionnaires(settings.canonicals)

    def by_name(self) -> dict[str, View]:
        """The views by their endpoints' names."""
        return {
            "fhir_metadata": self.metadata,
            "fhir_operation": self.operation,
            "fhir_search": self.search,
            "fhir_questionnaire": self.one,
        }

    def metadata(self) -> Response | Answer:
        """The CapabilityStatement."""
        return self._document(capability_statement(self._canonicals, version("picoplan")))

    def operation(self) -> Response | Answer:
        """The definition of the operation that gives a plan."""
        return self._document(operation_definition(self._canonicals))

    def one(self, questionnaire_id: str) -> Response | Answer:
        """The Questionnaire of a ruleset, as it serves today."""
        if (nothing := closed(this_call(), self._settings)) is not None:
            return nothing
        name = ruleset_id(questionnaire_id)
        ready = self._edition({"ruleset": name}) if name else _NONE
        if isinstance(ready, Refused):
            return refused(ready)
        ruleset = ready.compiled.ruleset
        this_call().decided_by(ruleset.id, ruleset.digest)
        made = self._questionnaires.of(self._live.answering, ready)
        if made is None:
            return refused(_NO_FORM)
        response = tagged(write_json(made), ruleset.digest, MEDIA_TYPE)
        if ruleset.id in self._live.statuses.stale:
            response.headers.extend(STALE)
        return response

    def search(self) -> Response | Answer:
        """The Questionnaires with a canonical URL and a version; without a URL all that serve."""
        if (nothing := closed(this_call(), self._settings)) is not None:
            return nothing
        asked = [(name, request.args[name]) for name in ("url", "version") if name in request.args]
        url, _, number = dict(asked).get("url", "").partition("|")
        number = number or dict(asked).get("version", "")
        if url:
            names: Iterable[str | None] = [self._canonicals.ruleset(url)]
        else:
            names = self._live.answering.snapshot.served
        found = []
        for name in names:
            ready = self._edition({"ruleset": name, **({"version": number} if number else {})})
            if isinstance(ready, Refused):
                if ready.why not in ("not_found", "invalid") and url:
                    return refused(ready)
                continue
            made = self._questionnaires.of(self._live.answering, ready)
            found += [made] if made is not None else []
        return _answered(searchset(self._canonicals, found, asked))

    def _edition(self, wanted: dict[str, Any]) -> Ready | Refused:
        if not isinstance(wanted["ruleset"], str):
            return _NONE
        asked = self._live.answering.asked({**wanted, "assessment": {}}, this_call().caller)
        return asked if isinstance(asked, Refused) else asked.ready

    def _document(self, data: dict[str, Any]) -> Response | Answer:
        if (nothing := closed(this_call(), self._settings)) is not None:
            return nothing
        content = write_json(data)
        return tagged(content, hashed(content), MEDIA_TYPE)


class FhirEvaluateEndpoint:
    """``POST .../QuestionnaireResponse/$evaluate``: the plan for a client's answers, once it is logged."""

    def __init__(self, live: Live, decisions: Decisions, settings: ClinicalSettings) -> None:
        self._live = live
        self._decisions = decisions
        self._settings = settings
        self._canonicals = settings.canonicals

    async def __call__(self, exchange: Exchange) -> Answer:
        """The GuidanceResponse, or an OperationOutcome."""
        call = exchange.call
        if (nothing := closed(call, self._settings)) is not None:
            return nothing
        key = idempotency_key(call.headers)
        if isinstance(key, UnreadableBody):
            return unreadable(key)
        body = await read_json(call.headers, exchange.body, RESOURCES)
        if isinstance(body, UnreadableBody):
            return unreadable(body)
        sent = sent_response(body)
        if isinstance(sent, Refusal):
            return problem(400, sent.message, (sent,))
        call.caller = replace(call.caller, origin=Origin("fhir"))
        answering, stale = self._live.answering, self._live.statuses.stale
        told = answered(answering, sent, call.caller, call.languages, self._canonicals)
        if isinstance(told, Refused):
            return refused(told)
        call.decided_by(*told.edition)
        retry = None if key is None else retry_key(call.caller, "fhir", key)
        decided = await self._decisions.of(call, answering, told.body, retry)
        outcome = self._decisions.answer(call, decided, stale, told.placed)
        if isinstance(outcome, Answer):
            return outcome
        made = guidance_response(orjson.loads(outcome.content), self._canonicals, told.warnings)
        return _answered(made, headers_of(outcome, decided, stale))


def _answered(data: dict[str, Any], headers: Iterable[tuple[str, str]] = ()) -> Answer:
    told = [("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store"), *headers]
    return Answer(write_json(data), 200, told)


_NONE = Refused(
    "not_found",
    "No Questionnaire of that id is served here.",
    (Refusal("", "unknown-questionnaire", "There is no such Questionnaire."),),
)
_NO_FORM = Refused(
    "not_found",
    "The ruleset has no Questionnaire.",
    (
        Refusal(
            "", "not-for-fhir", "This ruleset can't be asked by a Questionnaire; picoplan check says why."
        ),
    ),
)

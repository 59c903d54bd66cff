"""CDS Hooks 2.0: the services of a ruleset, requests to them, and which of the prefetched answers count.

Of a request are read the hook, its instance, whose patient it is about, what kind of user asks, and the
prefetched responses. No id of a patient or user goes further than here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from service.clinical.canonicals import Canonicals, fhir_text
from service.clinical.response import RESPONSE, SentResponse, answered_form
from service.model.problem import Refusal, pointer
from service.model.ruleset import Ruleset
from service.store.editions import Published

Json = dict[str, Any]

Hook = Literal["patient-view", "appointment-book"]
HOOKS: tuple[Hook, ...] = get_args(Hook)

PROFESSIONALS = ("Practitioner", "PractitionerRole")
"""Users who read numbers and rules; every other one is taken for a client."""

MOST_VERSIONS = 10
PREFETCHED = "answers"
MAX_AGE_DAYS = 30
"""Answers that are older count no more, where nothing else is set."""

_DESCRIPTIONS: Mapping[Hook, str] = {
    "patient-view": "How many sessions the client needs, by the questionnaire that was filled in last.",
    "appointment-book": "The same while a session is booked: how many, how far apart, and why not now.",
}


def services(
    rulesets: Iterable[tuple[Ruleset, Iterable[Published]]], canonicals: Canonicals, *, prefetch_all: bool
) -> Json:
    """What there is to call, by rulesets with their timelines; ``prefetch_all``: no search by form."""
    return {
        "services": [
            _service(ruleset, hook, _template(ruleset, timeline, canonicals, prefetch_all))
            for ruleset, timeline in rulesets
            for hook in HOOKS
        ]
    }


def _service(ruleset: Ruleset, hook: Hook, template: str) -> Json:
    return {
        "hook": hook,
        "id": ruleset.id,
        "title": fhir_text(ruleset.title),
        "description": _DESCRIPTIONS[hook],
        "usageRequirements": "Needs the prefetched answers; the service fetches nothing.",
        "prefetch": {PREFETCHED: template},
    }


def _template(
    ruleset: Ruleset, timeline: Iterable[Published], canonicals: Canonicals, everything: bool
) -> str:
    """The query for the newest answers to any version of the ruleset's Questionnaire within its major one."""
    major = f"{ruleset.version.partition('.')[0]}."
    kept = [one.version for one in timeline if one.version.startswith(major)]
    versions = list(dict.fromkeys((ruleset.version, *kept)))[:MOST_VERSIONS]
    url = canonicals.questionnaire(ruleset.id)
    forms = ",".join((url, *(f"{url}|{version}" for version in versions)))
    of_forms = "" if everything else f"&questionnaire={forms}"
    return (
        f"{RESPONSE}?patient={{{{context.patientId}}}}{of_forms}"
        "&status=completed,amended&_sort=-authored&_count=10"
    )


@dataclass(frozen=True, slots=True)
class HookRequest:
    """One call of a hook. ``is_client``: the user is no professional, but the patient or a relative.

    ``server``: the base URL of the caller's FHIR server, where it says so. ``has_answers``: the prefetch has
    the key of the answers, whatever stands there.
    """

    hook: Hook
    instance: str
    patient: str
    is_client: bool
    server: str | None
    has_answers: bool
    answers: object


def read_hook_request(body: object) -> HookRequest | tuple[Refusal, ...]:
    """What a client calls, or every mistake in how."""
    if not isinstance(body, dict):
        return (Refusal("", "wrong-type", "The body must be a JSON object."),)
    found = tuple(_mistakes(body))
    if found:
        return found
    context, prefetch = body["context"], body.get("prefetch")
    kind = ("", *context["userId"].split("/"))[-2]
    has_answers = isinstance(prefetch, dict) and PREFETCHED in prefetch
    return HookRequest(
        body["hook"],
        body["hookInstance"],
        context["patientId"],
        kind not in PROFESSIONALS,
        body.get("fhirServer"),
        has_answers,
        prefetch[PREFETCHED] if has_answers else None,  # type: ignore[index]
    )


_LONGEST = 1_000


def _mistakes(body: Mapping[str, Any]) -> Iterator[Refusal]:
    hook = body.get("hook")
    if hook not in HOOKS:
        yield Refusal(
            "/hook", "other-hook", "There is no service of this hook.", f"Send one of {', '.join(HOOKS)}."
        )
    yield from _no_text(body, "hookInstance")
    context = body.get("context")
    if not isinstance(context, dict):
        yield Refusal("/context", "missing", "context is required, as an object.")
        return
    for name in ("userId", "patientId"):
        yield from _no_text(context, name, "context")
    booked = context.get("appointments")
    if hook == "appointment-book" and not isinstance(booked, dict | list):
        yield Refusal("/context/appointments", "missing", "context.appointments is required, as a Bundle.")
    allowed = body.get("fhirAuthorization")
    if "fhirServer" in body or allowed is not None:
        yield from _no_text(body, "fhirServer")
    if isinstance(allowed, dict) and "patient" in allowed and allowed["patient"] != context.get("patientId"):
        message = "The authorization is for another patient than the context."
        yield Refusal("/fhirAuthorization/patient", "other-patient", message)


def _no_text(held: Mapping[str, Any], name: str, *within: str) -> Iterator[Refusal]:
    value = held.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
        yield Refusal(
            pointer(*within, name), "missing", f"{'.'.join((*within, name))} is required, as a text."
        )


_AHEAD = timedelta(days=1)
"""So far a day that is written without its time zone may be ahead."""

Unusable = Literal["no answers", "can't be read", "too old"]


def newest_answers(
    request: HookRequest, ruleset: str, canonicals: Canonicals, now: datetime, max_age_days: int
) -> SentResponse | Unusable:
    """The newest finished response of the patient to the ruleset's Questionnaire; or why there is none.

    ``no answers``: nothing that counts was prefetched. ``too old``: the newest is, or it has no
    date, or one to come.
    """
    found = _responses(request.answers)
    if not isinstance(found, list):
        return found
    mine = [one for one in found if _counts(one.response, request, ruleset, canonicals)]
    if not mine:
        return "no answers"
    newest = max(mine, key=lambda one: _moment(one.response) or datetime.min.replace(tzinfo=UTC))
    moment = _moment(newest.response)
    counts = moment is not None and -_AHEAD <= now - moment <= timedelta(days=max_age_days)
    return newest if counts else "too old"


def _responses(prefetched: object) -> list[SentResponse] | Unusable:
    """Every response among what was prefetched."""
    if not isinstance(prefetched, dict):
        return "no answers"
    if prefetched.get("resourceType") == "OperationOutcome":
        return "can't be read"
    if prefetched.get("resourceType") == RESPONSE:
        return [SentResponse(prefetched, f"/{RESPONSE}")]
    if prefetched.get("resourceType") != "Bundle":
        return "no answers"
    found, faulty = [], False
    for number, entry in enumerate(_listed(prefetched, "entry")):
        resource = entry.get("resource")
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if isinstance(resource, dict) and kind == RESPONSE:
            found.append(SentResponse(resource, f"/Bundle/entry/{number}/resource"))
        faulty = faulty or kind == "OperationOutcome"
    if any(link.get("relation") == "next" for link in _listed(prefetched, "link")) and not _falls(found):
        return "no answers"
    return "can't be read" if faulty and not found else found


def _listed(held: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    listed = held.get(name)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _falls(found: Iterable[SentResponse]) -> bool:
    """Whether the first of several pages has the newest: all dated, none newer than the one before."""
    moments = [_moment(one.response) for one in found]
    known = [moment for moment in moments if moment is not None]
    return len(known) == len(moments) and known == sorted(known, reverse=True)


def _counts(response: Mapping[str, Any], request: HookRequest, ruleset: str, canonicals: Canonicals) -> bool:
    if response.get("status") not in ("completed", "amended"):
        return False
    subject = response.get("subject")
    reference = subject.get("reference") if isinstance(subject, dict) else None
    relative = f"Patient/{request.patient}"
    if request.server is not None:
        whole = reference == f"{request.server.rstrip('/')}/{relative}"
    else:
        is_url = isinstance(reference, str) and reference.startswith(("https://", "http://"))
        whole = is_url and str(reference).endswith(f"/{relative}")
    return (reference == relative or whole) and answered_form(response, canonicals)[0] == ruleset


def _moment(response: Mapping[str, Any]) -> datetime | None:
    """When a response was written; a date alone is its beginning in UTC."""
    written = response.get("authored")
    if not isinstance(written, str) or len(written) > 40:
        return None
    parts = written.split("-") if "T" not in written else []
    if len(parts) in (1, 2):
        written += "-01" * (3 - len(parts))
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment

"""Which prefetched answers count, and what cards say to whom."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.language import VERDICTS, Verdict
from service.clinical.cards import INDICATORS, Cards, FormApp, read_feedback
from service.clinical.hooks import HookRequest, newest_answers, read_hook_request, services
from service.clinical.response import SentResponse
from service.model.ruleset import Ruleset
from service.store.clinical_hooks import CardFeedback
from tests.clinical.questionnaires import CANONICALS, shipped_answering

Json = dict[str, Any]

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
RULESET = "tattoo-kirby-desai"
FORM = CANONICALS.questionnaire(RULESET)


def ruleset() -> Ruleset:
    return shipped_answering().snapshot.served[RULESET].ruleset


def response(authored: str | None = "2026-11-29T10:00:00Z", **changed: Any) -> Json:
    found = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": f"{FORM}|{ruleset().version}",
        "subject": {"reference": "Patient/12"},
        "authored": authored,
        **changed,
    }
    return {name: value for name, value in found.items() if value is not None}


def bundle(*resources: Json, **more: Any) -> Json:
    entries = [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **more}


PAGED = {"link": [{"relation": "self", "url": "x"}, {"relation": "next", "url": "https://e.example/2"}]}
OUTCOME = {"resourceType": "OperationOutcome", "issue": []}
OLD, NEW = response("2026-11-20"), response("2026-11-30", id="new")


def request(answers: object, **changed: Any) -> HookRequest:
    read = read_hook_request(body(answers, **changed))
    assert isinstance(read, HookRequest)
    return read


def body(answers: object, **changed: Any) -> Json:
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/7", "patientId": "12"},
        "prefetch": {"answers": answers},
        **changed,
    }


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        (None, "no answers"),
        ({}, "no answers"),
        ({"resourceType": "Patient"}, "no answers"),
        ({"resourceType": "Bundle"}, "no answers"),
        (OUTCOME, "can't be read"),
        (bundle(OUTCOME), "can't be read"),
        (bundle(OUTCOME, NEW), NEW),
        (NEW, NEW),
        (bundle(OLD, NEW), NEW),
        (bundle(NEW, OLD), NEW),
        (bundle(NEW, OLD, **PAGED), NEW),
        (bundle(OLD, NEW, **PAGED), "no answers"),
        (response("2026-10-01"), "too old"),
        (bundle(response("2026-10-01"), response("2026-09")), "too old"),
        (response(None), "too old"),
        (response("yesterday"), "too old"),
        (response(status="in-progress"), "no answers"),
        (bundle(OLD, response("2026-12-01", status="entered-in-error")), OLD),
        (bundle(OLD, response("2026-12-01", subject={"reference": "Patient/13"})), OLD),
        (bundle(OLD, response("2026-12-01", subject=None)), OLD),
        (bundle(OLD, response("2026-12-01", questionnaire="https://other.example/Q")), OLD),
        (bundle(OLD, response("2026-12-01", questionnaire=CANONICALS.questionnaire("pico-laser"))), OLD),
        (response(subject={"reference": "https://e.example/fhir/Patient/12"}), response),
        (response(subject={"reference": "https://e.example/fhir/Patient/112"}), "no answers"),
    ],
)
def test_the_newest_finished_answers_of_this_patient_and_form_count(answers: object, found: object) -> None:
    read = newest_answers(request(answers), RULESET, CANONICALS, NOW, 30)
    wanted = answers if found is response else found
    assert (read.response if isinstance(read, SentResponse) else read) == wanted


def test_an_older_response_is_never_taken_for_a_newer_one_that_is_mistaken() -> None:
    newest = response("2026-11-30", questionnaire=f"{FORM}|9.0.0")
    read = newest_answers(request(bundle(OLD, newest)), RULESET, CANONICALS, NOW, 30)
    assert isinstance(read, SentResponse)
    assert read.response == newest


def test_a_whole_address_of_the_patient_is_that_of_the_callers_server() -> None:
    there = response(subject={"reference": "https://e.example/fhir/Patient/12"})
    for server, found in (("https://e.example/fhir", SentResponse), ("https://other.example/fhir", str)):
        read = newest_answers(request(there, fhirServer=server), RULESET, CANONICALS, NOW, 30)
        assert isinstance(read, found)


@pytest.mark.parametrize(
    ("days", "counts"), [(29, True), (31, False), (-0.9, True), (-2, False), (-9_999, False)]
)
def test_answers_count_for_so_many_days(days: float, counts: bool) -> None:
    written = (NOW - timedelta(days=days)).isoformat()
    assert (
        isinstance(newest_answers(request(response(written)), RULESET, CANONICALS, NOW, 30), SentResponse)
        is counts
    )


@pytest.mark.parametrize(
    ("changed", "pointers"),
    [
        ({"hook": "order-sign"}, ["/hook"]),
        ({"hookInstance": None}, ["/hookInstance"]),
        ({"context": None}, ["/context"]),
        ({"context": {"patientId": "12"}}, ["/context/userId"]),
        ({"context": {"userId": "Practitioner/7", "patientId": 12}}, ["/context/patientId"]),
        ({"hook": "appointment-book"}, ["/context/appointments"]),
        ({"fhirAuthorization": {"access_token": "x"}}, ["/fhirServer"]),
        (
            {"fhirServer": "https://e.example", "fhirAuthorization": {"patient": "13"}},
            ["/fhirAuthorization/patient"],
        ),
        ({"hook": 1, "hookInstance": 2, "context": []}, ["/hook", "/hookInstance", "/context"]),
    ],
)
def test_a_call_that_lacks_something_is_refused_with_every_mistake(
    changed: Json, pointers: list[str]
) -> None:
    refused = read_hook_request(body(None, **changed))
    assert isinstance(refused, tuple)
    assert [one.pointer for one in refused] == pointers


@pytest.mark.parametrize(
    ("user", "is_client"),
    [
        ("Practitioner/7", False),
        ("PractitionerRole/7", False),
        ("https://e.example/fhir/Practitioner/7", False),
        ("Patient/12", True),
        ("RelatedPerson/3", True),
        ("https://e.example/fhir/Patient/12", True),
        (" Patient/12", True),
        ("patient/12", True),
        ("Patient/Practitioner", True),
        ("Device/1", True),
        ("7", True),
    ],
)
def test_whoever_is_not_known_to_be_a_professional_reads_what_a_client_does(
    user: str, is_client: bool
) -> None:
    assert request(None, context={"userId": user, "patientId": "12"}).is_client is is_client


@pytest.mark.parametrize("booked", [{"resourceType": "Bundle"}, [{"resourceType": "Appointment"}]])
def test_appointments_are_a_bundle_or_an_array(booked: object) -> None:
    context = {"userId": "Practitioner/7", "patientId": "12", "appointments": booked, "encounterId": "89"}
    assert (
        request(None, hook="appointment-book", context=context, unknown={"a": 1}).hook == "appointment-book"
    )


def test_both_hooks_of_a_ruleset_have_its_id_and_ask_for_every_version_that_can_be_read() -> None:
    line = shipped_answering().serving.lines[RULESET]
    told = services([(ruleset(), line.timeline)], CANONICALS, prefetch_all=False)["services"]
    assert [(one["hook"], one["id"]) for one in told] == [
        ("patient-view", RULESET),
        ("appointment-book", RULESET),
    ]
    assert told[0]["prefetch"]["answers"] == (
        f"QuestionnaireResponse?patient={{{{context.patientId}}}}&questionnaire={FORM},{FORM}|{ruleset().version}"
        "&status=completed,amended&_sort=-authored&_count=10"
    )
    (everything, _) = services([(ruleset(), line.timeline)], CANONICALS, prefetch_all=True)["services"]
    assert "questionnaire=" not in everything["prefetch"]["answers"]


ANSWER: Json = {
    "decision_id": "01a228ca-1c57-71f3-8954-c491a35dba82",
    "ruleset": {"id": RULESET, "version": "2.0.0", "digest": "sha256:0"},
    "verdict": "several_sessions",
    "verdict_text": "Plan for [several](https://x) <b>sessions</b>.",
    "sessions": {"min": 4, "typical": 5, "max": 6},
    "remaining": {"min": 2, "typical": 3, "max": 4},
    "interval_weeks": {"min": 4, "typical": 4, "max": 6},
    "support": "published",
    "stops": [],
    "deferrals": [{"rule": "a", "text": "Tanned.", "until": "it has faded", "weeks": 4}],
    "referrals": [],
    "unanswered": ["gold_therapy"],
    "fired": [{"title": "1. Moderate | scars", "because": "See www.x.example\n# Big"}],
}


def card(is_client: bool = False, **changed: Any) -> Json:
    cards = Cards(ruleset(), CANONICALS, FormApp("https://c.example/form"))
    return cards.decided({**ANSWER, **changed}, is_client=is_client)


def test_a_card_says_verdict_and_range_and_why() -> None:
    made = card()
    assert made["uuid"] == ANSWER["decision_id"]
    assert (made["summary"], made["indicator"]) == ("Several sessions: 4 to 6, 2 to 4 to go.", "info")
    assert made["source"]["label"].endswith(" 2.0.0")
    for part in ("4 to 6, typically 5", "Tanned", "it has faded", "published", "4 weeks"):
        assert part in made["detail"]
    assert ruleset().inputs["gold_therapy"].label.split()[0] in made["detail"]
    assert {reason["code"] for reason in made["overrideReasons"]} == {
        "other-plan",
        "client-declined",
        "answers-wrong",
        "not-relevant",
    }
    assert made["links"] == [
        {"label": "Fill in the questions", "url": "https://c.example/form", "type": "absolute"}
    ]


def test_markdown_finds_nothing_of_its_own_in_a_rulesets_texts() -> None:
    detail = card()["detail"]
    for mark in (r"[several]", "<b>", "1. Mod", "| scars", "www.x", "# Big", "https://x"):
        assert re.search(rf"(?<!\\){re.escape(mark[0])}{re.escape(mark[1:])}", detail) is None, mark


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_client_reads_no_rules_and_no_numbers_where_a_verdict_is_grave(verdict: Verdict) -> None:
    made, grave = card(is_client=True, verdict=verdict), INDICATORS[verdict] != "info"
    assert made["summary"].startswith("Plan for")
    assert ("4 to 6" in made["summary"]) is not grave
    assert ("4 to 6" in made["detail"]) is not grave
    for part in ("scars", "Tanned", "published", "gold"):
        assert part not in made["detail"]


def test_a_summary_is_shorter_than_140_characters_and_keeps_its_range() -> None:
    made = card(is_client=True, verdict_text="Long " * 60)
    assert len(made["summary"]) < 140
    assert made["summary"].endswith("…: 4 to 6, 2 to 4 to go.")


def test_an_app_is_launched_with_the_form_and_a_card_without_decision_has_no_uuid() -> None:
    cards = Cards(ruleset(), CANONICALS, FormApp("https://forms.example/launch", smart=True))
    made = cards.without_answers("no answers")
    assert made["links"][0] == {
        "label": "Fill in the questions",
        "url": "https://forms.example/launch",
        "type": "smart",
        "appContext": FORM,
    }
    assert "uuid" not in made


CARD, AT = ANSWER["decision_id"], "2026-12-01T09:00:00Z"


def test_feedback_is_read_without_what_a_person_wrote() -> None:
    reason = {"reason": {"code": "client-declined"}, "userComment": "Jane Roe said no"}
    told = [
        {"card": CARD.upper(), "outcome": "overridden", "outcomeTimestamp": AT, "overrideReason": reason},
        {"card": CARD, "outcome": "accepted", "outcomeTimestamp": AT, "acceptedSuggestions": [{"id": "a"}]},
        {"card": CARD, "outcome": "overridden", "outcomeTimestamp": AT, "overrideReason": {"reason": {}}},
    ]
    at = "2026-12-01T09:00:00.000+00:00"
    told[1]["outcomeTimestamp"] = "2026-12-01T18:00:00+09:00"
    assert read_feedback({"feedback": told}) == [
        CardFeedback(CARD, at, "overridden", (), "client-declined"),
        CardFeedback(CARD, at, "accepted", ("a",)),
        CardFeedback(CARD, at, "overridden", (), "other"),
    ]


@pytest.mark.parametrize(
    ("entry", "pointers"),
    [
        ({}, ["/feedback/0/card", "/feedback/0/outcome", "/feedback/0/outcomeTimestamp"]),
        ({"card": CARD, "outcome": "seen", "outcomeTimestamp": AT}, ["/feedback/0/outcome"]),
        ({"card": CARD, "outcome": "accepted", "outcomeTimestamp": "now"}, ["/feedback/0/outcomeTimestamp"]),
        (
            {"card": CARD, "outcome": "accepted", "outcomeTimestamp": "0001-01-01T00:00:00+14:00"},
            ["/feedback/0/outcomeTimestamp"],
        ),
        ("x", ["/feedback/0"]),
    ],
)
def test_a_bad_entry_of_feedback_is_told(entry: object, pointers: list[str]) -> None:
    refused = read_feedback({"feedback": [entry]})
    assert isinstance(refused, tuple)
    assert [one.pointer for one in refused] == pointers

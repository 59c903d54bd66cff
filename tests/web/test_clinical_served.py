"""Clinical systems at a server: over PostgreSQL, up to a limit, from pages, without its log. What is kept."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.clinical.cards import INDICATORS
from service.store.clinical_hooks import HookRecords
from service.store.database import Database
from tests.clinical.forms import filled_in
from tests.waiting import until
from tests.web.clinics import SCAR
from tests.web.hook_signing import ISS, Signer
from tests.web.serving import Served
from tests.web.small import write_small

Json = dict[str, Any]

ORIGIN = "https://rules.clinic.example"
SERVICE, DISCOVERY = "/cds-services/small", "/cds-services"
EVALUATE = "/fhir/R4/QuestionnaireResponse/$evaluate"
FEEDBACK = f"{SERVICE}/feedback"
NAME = "Jane-Roe"


class Systems:
    """A server, and a system that is known to it by its tokens."""

    def __init__(self, served: Served, signer: Signer) -> None:
        self.served = served
        self._signer = signer

    def ask(
        self, method: str, path: str, body: object = None, **claims: Any
    ) -> tuple[int, dict[str, str], Json]:
        """Status, headers and content of the answer; hooks are asked with a new token."""
        signed = path.startswith(DISCOVERY)
        token = self._signer.token(f"{ORIGIN}{path}", **{"tenant": "a", **claims}) if signed else None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        status, told, content = self.served.ask(method, path, body, headers)
        return status, told, json.loads(content)

    def response(self, assessment: Json, **more: Any) -> Json:
        """A finished response that says the assessment."""
        form = json.loads(self.served.ask("GET", "/fhir/R4/Questionnaire/small")[2])
        now = datetime.now(UTC).isoformat()
        return filled_in(form, assessment, authored=now, subject={"reference": "Patient/12"}, **more)


@contextmanager
def systems(folder: Path, environ: dict[str, str] | None = None, **told: Any) -> Iterator[Systems]:
    """A server with one small ruleset; ``a`` and ``b`` are tenants of the system."""
    write_small(folder / "rulesets")
    signer = Signer()
    (folder / "jwks.json").write_text(json.dumps(signer.jwks()), encoding="utf-8")
    clients = folder / "clients.yaml"
    clients.write_text(
        f"clients:\n  - iss: {ISS}\n    jwks: jwks.json\n    tenants: {{a: north, b: south}}\n"
        "    rulesets: [small]\n",
        encoding="utf-8",
    )
    settings = {"cds_clients": str(clients), "public_url": ORIGIN, **told}
    with on_this_machine(folder, environ, **settings) as there:
        yield Systems(there.served, signer)


@contextmanager
def on_this_machine(folder: Path, environ: dict[str, str] | None = None, **told: Any) -> Iterator[Systems]:
    """The same without a list of systems: hooks are for this machine alone."""
    rulesets = folder / "rulesets"
    if not rulesets.is_dir():
        write_small(rulesets)
    with Served(folder, environ, rulesets=str(rulesets), workers=1, watch=False, **told) as served:
        yield Systems(served.until_ready(), Signer())


def call(answers: object, instance: str = "one", user: str = "Practitioner/7") -> Json:
    context = {"userId": user, "patientId": "12"}
    return {
        "hook": "patient-view",
        "hookInstance": instance,
        "context": context,
        "prefetch": {"answers": answers},
    }


def test_hooks_over_postgresql_take_a_token_once_and_keep_feedback_once(
    tmp_path: Path, postgres_url: str
) -> None:
    with systems(tmp_path, {"PICOPLAN_DATABASE_URL": postgres_url}) as there:
        assert there.ask("GET", DISCOVERY, jti="once")[0] == 200
        assert there.ask("GET", DISCOVERY, jti="once")[0] == 401
        sent = call(there.response(SCAR))
        status, _, first = there.ask("POST", SERVICE, sent)
        assert (status, there.ask("POST", SERVICE, sent)[2]) == (200, first)
        card = first["cards"][0]["uuid"]
        logged = there.ask("GET", f"/v1/decisions/{card}")[2]
        assert (logged["face"], logged["iss"], logged["clinic"]) == ("hooks", ISS, "north")
        entry = {"card": card, "outcome": "accepted", "outcomeTimestamp": "2026-12-01T09:00:00Z"}
        for _ in range(2):
            assert there.ask("POST", FEEDBACK, {"feedback": [entry]})[0] == 200
        records = HookRecords(Database(postgres_url))
        assert [one.card for one in records.feedback()] == [card]
        records.close()


def test_a_system_has_its_limit_for_each_clinic(tmp_path: Path) -> None:
    with systems(tmp_path, limit="2/hour") as there:
        assert [there.ask("GET", DISCOVERY)[0] for _ in range(2)] == [200, 200]
        status, headers, refused = there.ask("GET", DISCOVERY)
        assert (status, refused["issue"][0]["code"]) == (429, "throttled")
        assert 0 < int(headers["retry-after"]) <= 3_600
        assert there.ask("GET", DISCOVERY, tenant="b")[0] == 200


def test_a_page_that_is_listed_may_ask_before_it_has_a_token(tmp_path: Path) -> None:
    page, other = "https://smart.example", "https://other.example"
    with systems(tmp_path, allow_origins=[page]) as there:
        for path in (DISCOVERY, SERVICE, FEEDBACK, EVALUATE):
            for origin in (page, other):
                asks = {
                    "Origin": origin,
                    "Access-Control-Request-Method": "GET" if path == DISCOVERY else "POST",
                    "Access-Control-Request-Headers": "authorization, content-type",
                }
                status, headers, _ = there.served.ask("OPTIONS", path, None, asks)
                assert status == 204, path
                let_in = (
                    headers.get("access-control-allow-origin"),
                    headers.get("access-control-allow-headers"),
                )
                assert let_in == ((page, "authorization, content-type") if origin == page else (None, None))


def test_without_its_log_best_effort_evaluates_and_no_hook_is_answered(tmp_path: Path) -> None:
    """The same call must get the same decision, which nobody can promise without the log."""
    with on_this_machine(tmp_path, log_mode="best-effort") as there:
        response = there.response(SCAR)
        assert there.ask("POST", SERVICE, call(response))[0] == 200
        file = there.served.database
        aside = file.rename(file.with_name("aside"))
        told = until(
            lambda: (
                found if "picoplan-logged" in (found := there.ask("POST", EVALUATE, response))[1] else None
            )
        )
        assert (told[0], told[2]["resourceType"]) == (200, "GuidanceResponse")
        status, _, refused = there.ask("POST", SERVICE, call(response, "two"))
        assert (status, refused["issue"][0]["code"]) == (503, "transient")
        aside.rename(file)
        until(lambda: there.ask("POST", SERVICE, call(response, "two"))[0] == 200)


def named(held: Any, place: str = "") -> Any:
    """A response with a name in every field of R4 that an answer is not read from."""
    if isinstance(held, list):
        return [named(one, place) for one in held]
    if not isinstance(held, dict):
        return held
    made = {name: named(value, name) for name, value in held.items()}
    who = {"reference": f"Practitioner/{NAME}", "display": NAME, "identifier": {"value": NAME}}
    more: Json = {"id": NAME, "extension": [{"url": f"https://x.example/{NAME}", "valueString": NAME}]}
    match place:
        case "":
            more |= {
                "identifier": {"value": NAME},
                "meta": {"source": NAME, "tag": [{"display": NAME}]},
                "language": NAME,
                "text": {"status": "generated", "div": f"<div>{NAME}</div>"},
                "contained": [{"resourceType": "Patient", "name": [{"text": NAME}]}],
                "basedOn": [who],
                "partOf": [who],
                "encounter": who,
                "author": who,
                "source": who,
                "_authored": {"id": NAME},
            }
        case "subject":
            more = {**who, "reference": held["reference"]}
        case "item":
            more |= {"text": NAME, "definition": f"https://x.example/{NAME}"}
        case "valueCoding":
            more |= {"display": NAME, "version": NAME}
    return {**made, **more}


def test_no_name_in_any_field_of_a_response_is_kept_logged_or_told(tmp_path: Path) -> None:
    with systems(tmp_path) as there:
        good = named(there.response({**SCAR, "marks": ["dark"]}))
        bad = {**good, "status": NAME, "item": [*good["item"], {"linkId": NAME}, *good["item"]]}
        bad["item"][0] = {**bad["item"][0], "answer": [{"valueCoding": {"code": NAME, "system": NAME}}]}
        around = {"resourceType": "Parameters", "id": NAME, "parameter": [
            {"name": NAME, "valueString": NAME},
            {"name": "questionnaire-response", "resource": good},
        ]}  # fmt: skip
        elsewhere = {**good, "questionnaire": f"https://x.example/{NAME}|{NAME}"}
        wanted = ((good, 200), (around, 200), (bad, 422), (elsewhere, 422), ({"resourceType": NAME}, 400))
        answers = []
        for body, status in wanted:
            found = there.ask("POST", EVALUATE, body)
            assert found[0] == status, found
            answers.append(found)
        for body in (good, bad, {"resourceType": "Bundle", "id": NAME, "entry": [{"resource": good}]}):
            answers.append(there.ask("POST", SERVICE, call(body, NAME, f"Practitioner/{NAME}")))
            assert answers[-1][0] == 200
        until(lambda: there.served.log_text().count('"event":"request"') >= len(answers))
        metrics = there.served.ask("GET", "/metrics")[2]
        database = b"".join(one.read_bytes() for one in sorted(tmp_path.rglob("*.sqlite3*")))
        assert b"patient-view" in database
        for kept in (
            json.dumps(answers),
            there.served.log_text(),
            metrics.decode(),
            database.decode("latin-1"),
        ):
            assert NAME not in kept


def test_all_three_ways_decide_the_same(tmp_path: Path) -> None:
    chance = random.Random("three ways")
    with on_this_machine(tmp_path) as there:
        for number in range(40):
            assessment = {name: value for name, value in drawn(chance).items() if chance.random() < 0.9}
            body = {"ruleset": "small", "assessment": assessment}
            status, _, plain = there.ask("POST", "/v1/evaluate", body)
            response = there.response(assessment)
            told, _, guidance = there.ask("POST", EVALUATE, response)
            card = there.ask("POST", SERVICE, call(response, str(number)))[2]["cards"][0]
            assert told == status
            if status != 200:
                assert "uuid" not in card
                codes = [one["details"]["coding"][0]["code"] for one in guidance["issue"]]
                assert sorted(codes) == sorted(one["code"] for one in plain["errors"])
                continue
            by_fhir = guidance["identifier"][0]["value"].removeprefix("urn:uuid:")
            for decision in (by_fhir, card["uuid"]):
                answer = there.ask("GET", f"/v1/decisions/{decision}")[2]["answer"]
                same = {"decision_id": decision, "evaluated_at": answer["evaluated_at"]}
                assert answer == {**plain, **same}
            assert card["indicator"] == INDICATORS[plain["verdict"]]


def drawn(chance: random.Random) -> Json:
    return {
        "concern": chance.choice(("scar", "sun_spots")),
        "severity": chance.choice(("mild", "severe")),
        "marks": chance.choice(([], ["dark"])),
        "gold": chance.random() < 0.3,
        "sensitive": chance.random() < 0.5,
    }

"""CDS Hooks over HTTP: who may call, once a token, and what is kept of calls and of feedback."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any

import jwt
import pytest

from service.store.clinical_hooks import CardFeedback, HookRecords
from service.store.database import Database
from service.web.app import create_app
from service.web.settings import Settings
from tests.clinical.forms import filled_in
from tests.waiting import until
from tests.web.client import client_of
from tests.web.clinics import SCAR, url_in
from tests.web.hook_signing import ISS, Published, Signer, publishing
from tests.web.serving import Served
from tests.web.small import write_small

Json = dict[str, Any]

ORIGIN = "https://rules.clinic.example"
HOOKS = "/cds-services"
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
NAMES = (
    "Jane-Roe",
    "Practitioner/secret-7",
    "patient-secret",
    "encounter-secret",
    "access-secret",
    "jti-secret",
)


class Hooked:
    """A server of two workers with two clinics, and a client that may call its hooks."""

    def __init__(self, folder: Path, server: Served, signer: Signer, published: Published) -> None:
        self.folder = folder
        self.server = server
        self.signer = signer
        self.published = published

    def ask(self, method: str, path: str, body: object = None, token: str | None = "", **claims: Any) -> Any:
        """Status and content; the token is a new one for this URL unless another is given, None: none."""
        if token == "":
            token = self.signer.token(f"{ORIGIN}{path}", **{"tenant": "t-alpha", **claims})
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        status, _, content = self.server.ask(method, path, body, headers)
        return status, json.loads(content)

    def rows(self, wanted: str) -> list[tuple[Any, ...]]:
        """What a query of the database finds."""
        with closing(sqlite3.connect(self.folder / "keys.sqlite3")) as connection:
            return connection.execute(wanted).fetchall()


@pytest.fixture(scope="module")
def hooked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hooked]:
    folder = tmp_path_factory.mktemp("hooked")
    for name in ("alpha", "zeta"):
        write_small(folder / "rulesets", name)
    signer = Signer()
    with publishing(folder) as published:
        published.content = json.dumps(signer.jwks()).encode()
        clients = folder / "clients.yaml"
        clients.write_text(
            f"clients:\n  - iss: {ISS}\n    jwks: {published.address}\n"
            "    tenants: {t-alpha: north, t-other: south}\n    rulesets: [alpha]\n",
            encoding="utf-8",
        )
        environ = {
            "PICOPLAN_DATABASE_URL": url_in(folder),
            "SSL_CERT_FILE": str(published.authority),
            "OPENSSL_CONF": "/dev/null",
        }
        told = {"rulesets": str(folder / "rulesets"), "cds_clients": str(clients), "public_url": ORIGIN}
        with Served(folder, environ, workers=2, watch=False, **told) as server:
            yield Hooked(folder, server.until_ready(), signer, published)


def form(hooked: Hooked) -> Json:
    status, _, content = hooked.server.ask("GET", "/fhir/R4/Questionnaire/alpha")
    assert status == 200
    return dict(json.loads(content))


def call(answers: object, **changed: Any) -> Json:
    context = {
        "userId": "Practitioner/secret-7",
        "patientId": "patient-secret",
        "encounterId": "encounter-secret",
    }
    return {
        "hook": "patient-view",
        "hookInstance": INSTANCE,
        "context": context,
        "prefetch": {"answers": answers},
        "fhirServer": "https://ehr.example/fhir",
        "fhirAuthorization": {"access_token": "access-secret", "patient": "patient-secret"},
        "extension": {"x": "Jane-Roe"},
        **changed,
    }


def answered(hooked: Hooked, **changed: Any) -> Json:
    """A finished response with names in every field that can hold one."""
    response = filled_in(
        form(hooked),
        {**SCAR, **changed},
        authored=datetime.now(UTC).isoformat(),
        subject={"reference": "Patient/patient-secret", "display": "Jane-Roe"},
        author={"display": "Jane-Roe"},
        text={"status": "generated", "div": "<div>Jane-Roe</div>"},
        id="Jane-Roe",
    )
    for item in response["item"]:
        item["text"] = "Jane-Roe"
    return response


def test_a_known_client_gets_the_services_of_its_rulesets(hooked: Hooked) -> None:
    status, told = hooked.ask("GET", HOOKS)
    assert status == 200
    assert {one["id"] for one in told["services"]} == {"alpha"}
    assert {one["hook"] for one in told["services"]} == {"patient-view", "appointment-book"}
    assert all(
        f"{ORIGIN}/fhir/R4/Questionnaire/alpha" in one["prefetch"]["answers"] for one in told["services"]
    )


def test_the_same_call_gets_the_same_card_and_other_answers_another(hooked: Hooked) -> None:
    one, other = answered(hooked), answered(hooked, severity="mild")
    first = hooked.ask("POST", f"{HOOKS}/alpha", call(one))
    assert first[0] == 200
    (card,) = first[1]["cards"]
    assert card["summary"].startswith("A clinician looks first: 4 to 6")
    later = {**one, "authored": datetime.now(UTC).isoformat()}
    assert hooked.ask("POST", f"{HOOKS}/alpha", call(later)) == first
    (changed,) = hooked.ask("POST", f"{HOOKS}/alpha", call(other))[1]["cards"]
    assert changed["uuid"] != card["uuid"]
    (again,) = hooked.ask("POST", f"{HOOKS}/alpha", call(one, hookInstance="other"))[1]["cards"]
    assert again["uuid"] != card["uuid"]
    found = hooked.rows(
        "SELECT clinic, api_key, face, iss, hook, assessment FROM decisions "
        f"WHERE decision_id = '{card['uuid']}'"
    )
    assert [row[:5] for row in found] == [("north", None, "hooks", ISS, "patient-view")]
    assert json.loads(found[0][5]) == SCAR
    status, _, told = hooked.server.ask("GET", f"/v1/decisions/{card['uuid']}")
    logged = json.loads(told)
    assert (status, logged["face"], logged["iss"], logged["hook"]) == (200, "hooks", ISS, "patient-view")


@pytest.mark.parametrize(
    "spoilt",
    [
        {"aud": "https://other.example/cds-services"},
        {"exp": int(time()) - 3_600},
        {"iat": int(time()) - 3_600, "exp": int(time()) + 600},
        {"iat": int(time()) + 7_200, "exp": int(time()) + 7_300},
        {"iss": "https://other.example/"},
        {"tenant": "unknown"},
        {"tenant": None},
        {"jti": None},
        {"exp": None},
        {"iat": None},
        {"iat": str(int(time()))},
        {"exp": str(int(time()) + 300)},
        {"exp": float("inf")},
        {"iat": [1]},
        {"tenant": ["t-alpha"]},
        {"jti": 7},
        {"algorithm": "ES384", "header": {"kid": "another"}},
        {"header": {"kid": None}},
        {"header": {"jku": "https://other.example/jwks.json"}},
        {"header": {"typ": "JOSE"}},
    ],
    ids=" ".join,
)
def test_a_token_that_is_not_right_in_every_part_is_refused_without_a_reason(
    hooked: Hooked, spoilt: Json
) -> None:
    status, refused = hooked.ask("GET", HOOKS, **spoilt)
    assert (status, refused["issue"][0]["code"]) == (401, "login")
    assert refused["issue"][0]["details"]["text"] == "This needs a token of a client that is known here."


def test_tokens_that_nobody_signed_or_anybody_could_are_refused(hooked: Hooked) -> None:

    claims = jwt.decode(
        hooked.signer.token(f"{ORIGIN}{HOOKS}", tenant="t-alpha"), options={"verify_signature": False}
    )
    header = {"kid": "one-ES384", "typ": "JWT"}
    unsigned = jwt.encode(claims, None, "none", header)
    shared = jwt.encode(claims, "x" * 64, "HS384", header)
    other = Signer().token(f"{ORIGIN}{HOOKS}", tenant="t-alpha")
    for token in (None, "", "x", unsigned, shared, other, "a.b.c"):
        assert hooked.ask("GET", HOOKS, token=token or None)[0] == 401


def test_a_token_is_used_once_in_all_workers(hooked: Hooked) -> None:
    token = hooked.signer.token(f"{ORIGIN}{HOOKS}", tenant="t-alpha")
    statuses = [hooked.ask("GET", HOOKS, token=token)[0] for _ in range(12)]
    assert statuses == [200] + [401] * 11


def test_both_recommended_algorithms_and_the_address_of_the_keys_are_taken(hooked: Hooked) -> None:
    for algorithm in ("ES384", "RS384"):
        header = {"jku": hooked.published.address}
        assert hooked.ask("GET", HOOKS, algorithm=algorithm, header=header)[0] == 200
    assert hooked.ask("GET", HOOKS, aud=["https://other.example", f"{ORIGIN}{HOOKS}"])[0] == 200
    assert hooked.published.asked <= 2 * 3  # of two workers each: at its first token, and for unknown keys


def test_what_is_not_there_for_the_client_is_not_found(hooked: Hooked) -> None:
    for ruleset in ("zeta", "nope"):
        assert hooked.ask("POST", f"{HOOKS}/{ruleset}", call(None))[0] == 404
    assert hooked.ask("POST", f"{HOOKS}/alpha", call(None), token=None)[0] == 401
    assert hooked.ask("POST", f"{HOOKS}/alpha", call(None, hook="order-sign"))[0] == 400
    status, refused = hooked.ask("POST", f"{HOOKS}/alpha", call(None, prefetch={}))
    assert (status, refused["issue"][0]["code"]) == (412, "required")


def test_feedback_on_ones_own_cards_is_kept_once_without_what_was_written(hooked: Hooked) -> None:
    (card,) = hooked.ask("POST", f"{HOOKS}/alpha", call(answered(hooked), hookInstance="for feedback"))[1][
        "cards"
    ]
    reason = {"reason": {"code": "not-relevant"}, "userComment": "Jane-Roe"}
    entry = {"outcome": "overridden", "outcomeTimestamp": "2026-12-01T09:00:00Z", "overrideReason": reason}
    unknown = "01a228ca-1c57-71f3-8954-c491a35dba82"
    path, told = (
        f"{HOOKS}/alpha/feedback",
        {"feedback": [{"card": one, **entry} for one in (card["uuid"], unknown)]},
    )
    assert hooked.ask("POST", path, told) == (200, {})
    assert hooked.ask("POST", path, told, aud=f"{ORIGIN}{HOOKS}/alpha") == (200, {})
    assert hooked.ask("POST", path, {"feedback": [{}]})[0] == 400
    assert hooked.ask("POST", path, told, aud=f"{ORIGIN}{HOOKS}/zeta")[0] == 401
    assert hooked.ask("POST", path, told, tenant="t-other") == (200, {})
    assert hooked.ask("POST", f"{HOOKS}/no-such-service/feedback", told)[0] == 404
    records = HookRecords(Database(url_in(hooked.folder)))
    at = "2026-12-01T09:00:00.000+00:00"
    assert records.feedback() == [CardFeedback(card["uuid"], at, "overridden", (), "not-relevant")]
    records.close()


def test_no_name_comment_or_token_is_in_the_log_the_database_or_the_metrics(hooked: Hooked) -> None:
    """After all the calls above, and one more with a secret token."""
    body = call(answered(hooked), hookInstance="secret")
    assert hooked.ask("POST", f"{HOOKS}/alpha", body, jti="the-jti")[0] == 200
    until(lambda: '"jti":"the-jti"' in hooked.server.log_text())
    _, _, metrics = hooked.server.ask("GET", "/metrics")
    database = b"".join(one.read_bytes() for one in sorted(hooked.folder.glob("keys.sqlite3*")))
    log = hooked.server.log_text()
    for name in (*NAMES, "eyJ"):
        assert name.encode() not in database, name
        assert name.encode() not in metrics, name
        assert name not in log, name


def test_without_clients_hooks_are_for_this_machine_alone(tmp_path: Path) -> None:
    write_small(tmp_path)
    client = client_of(create_app(Settings(rulesets=tmp_path)))
    assert client.get(HOOKS, headers={"Host": "localhost"}).status_code == 200
    for headers in ({"Host": "rules.example"}, {"Host": "localhost", "X-Forwarded-For": "10.0.0.7"}):
        assert client.get(HOOKS, headers=headers).status_code == 404
        assert client.post(f"{HOOKS}/small", json=call(None), headers=headers).status_code == 404
        assert client.post(f"{HOOKS}/small/feedback", json={}, headers=headers).status_code == 404

"""docs/deploy: each proxy by its own configuration, with two replicas that share a database."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
import uuid
from pathlib import Path

import pytest

from tests.deploy.parts import Part, Site, exchange, until

pytestmark = pytest.mark.long

EVALUATE = "/v1/evaluate"
BATCH = "/v1/evaluate/batch"
SPOTS = {"ruleset": "small", "assessment": {"concern": "sun_spots", "gold": False}}
NDJSON = {"Content-Type": "application/x-ndjson"}


def test_single_requests_are_answered_by_both_replicas_on_few_connections(site: Site, proxy: Part) -> None:
    before = [len(one.events("request")) for one in site.replicas]
    opened, began = sum(one.connections() for one in site.replicas), time.monotonic()
    connection = site.connect(proxy)
    for _ in range(40):
        status, headers, body = exchange(connection, "POST", EVALUATE, SPOTS, site.authorization)
        assert (status, json.loads(body)["verdict"]) == (200, "several_sessions")
        assert headers["cache-control"] == "no-store"
        assert headers["x-request-id"]
    connection.close()
    assert all(len(one.events("request")) > was for one, was in zip(site.replicas, before, strict=True))
    checks = 2 * (time.monotonic() - began)  # of health, where the proxy has them: one a second of each
    assert sum(one.connections() for one in site.replicas) - opened < 20 + checks


def test_a_request_that_is_sent_again_gets_the_same_decision_from_either_replica(
    site: Site, proxy: Part
) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    answers = [site.ask(proxy, "POST", EVALUATE, SPOTS, key) for _ in range(4)]
    answers += [one.ask("POST", EVALUATE, SPOTS, {**site.authorization, **key}) for one in site.replicas]
    assert [status for status, _, _ in answers] == [200] * 6
    assert len({body for _, _, body in answers}) == 1
    assert [headers.get("idempotency-replayed") for _, headers, _ in answers] == [None] + ["true"] * 5


def test_an_array_of_almost_8_mb_comes_through_and_what_is_too_large_for_one_does_not(
    site: Site, proxy: Part
) -> None:
    status, _, body = site.ask(proxy, "POST", BATCH, [SPOTS, {"ruleset": "smal", "assessment": {}}])
    assert (status, [one.get("status") for one in json.loads(body)]) == (200, [None, 404])
    padded = b" " * 7_000_000 + json.dumps([SPOTS]).encode()
    status, _, body = site.ask(proxy, "POST", BATCH, padded, {"Content-Type": "application/json"})
    assert (status, len(json.loads(body))) == (200, 1)
    try:
        status, _, _ = site.ask(proxy, "POST", EVALUATE, b" " * 70_000, {"Content-Type": "application/json"})
    except OSError:
        return  # a refusal may overtake the body, so that all that is seen is a connection that ends
    assert status in (413, 502)


def test_lines_that_are_sent_as_the_page_says_are_all_answered(
    site: Site, proxy: Part, tmp_path: Path
) -> None:
    lines = tmp_path / "assessments.ndjson"
    lines.write_text("".join(f"{json.dumps(SPOTS)}\n" for _ in range(2_000)), encoding="utf-8")
    told = ["-T", lines, "-X", "POST", "-H", "Content-Type: application/x-ndjson"]
    ran = subprocess.run(
        [
            *("curl", "-sS", "--fail-with-body", "--cacert", site.certificate, *told),
            *("-H", f"Authorization: Bearer {site.token}", f"https://127.0.0.1:{proxy.port}{BATCH}"),
        ],
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert len({json.loads(line)["decision_id"] for line in ran.stdout.splitlines()}) == 2_000


@pytest.mark.parametrize("proxy", ["nginx", "haproxy"], indirect=True)
def test_lines_are_answered_while_others_are_still_to_come(site: Site, proxy: Part) -> None:
    connection = site.connect(proxy)
    connection.putrequest("POST", BATCH)
    told = {**NDJSON, **site.authorization, "Transfer-Encoding": "chunked"}
    for name, value in told.items():
        connection.putheader(name, value)
    connection.endheaders()
    line = json.dumps(SPOTS).encode() + b"\n"
    connection.send(b"%x\r\n%b\r\n" % (len(line), line))
    response = connection.getresponse()
    for _ in range(3):
        assert json.loads(response.readline())["verdict"] == "several_sessions"
        connection.send(b"%x\r\n%b\r\n" % (len(line), line))
    connection.send(b"0\r\n\r\n")
    assert len(response.read().splitlines()) == 1
    connection.close()


def test_what_a_client_says_of_itself_goes_no_further_and_metrics_are_not_shown(
    site: Site, proxy: Part
) -> None:
    assert site.ask(proxy, "GET", "/metrics")[0] == 404
    assert site.ask(proxy, "GET", "/x/metrics", headers={"SCRIPT_NAME": "/x"})[0] >= 400


def test_the_log_has_the_address_that_the_proxy_sees_whatever_the_client_says(
    site: Site, proxy: Part
) -> None:
    says = {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7"}
    _, headers, _ = site.ask(proxy, "POST", EVALUATE, SPOTS, says, source="127.0.0.9")
    assert client_of(site, headers["x-request-id"]) == "127.0.0.9"


def test_an_address_that_no_proxy_says_is_not_believed(site: Site) -> None:
    replica, _ = site.replicas
    connection = http.client.HTTPConnection("127.0.0.1", replica.port, source_address=("127.0.0.9", 0))
    says = {"X-Forwarded-For": "203.0.113.7", **site.authorization}
    _, headers, _ = exchange(connection, "POST", EVALUATE, SPOTS, says)
    connection.close()
    assert client_of(site, headers["x-request-id"]) == "127.0.0.9"


def client_of(site: Site, request: str) -> str:
    """The address in the line of the log of one request."""

    def lines() -> list[str]:
        those = [line for replica in site.replicas for line in replica.events("request")]
        return [line["client"] for line in those if line["request_id"] == request]

    until(lambda: bool(lines()), lambda: f"no line of {request}")
    (client,) = lines()
    return client


def test_a_replica_that_is_gone_costs_no_request_an_answer_that_has_a_key_to_be_known_by(
    site: Site, proxy: Part
) -> None:
    gone, _ = site.replicas
    gone.kill()
    try:
        answers = site.answered_by(proxy, EVALUATE, SPOTS, times=10)
    finally:
        gone.start()
    if (
        proxy.name == "caddy"
    ):  # it can't send a body twice, so its clients do, once for each connection that broke
        answers += site.answered_by(proxy, EVALUATE, SPOTS, times=answers.count(502))
        answers = [status for status in answers if status != 502]
    assert answers == [200] * 10

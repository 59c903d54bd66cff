"""The contract that only a real server can keep."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.waiting import PATIENCE_S, until
from tests.web.serving import JSON, Served, exchange
from tests.web.small import write_small
from tests.web.started import started
from tests.web.test_live import children, is_there

EVALUATE = "/v1/evaluate"
SCAR = {"ruleset": "small", "assessment": {"concern": "scar", "severity": "severe", "gold": False}}
SPOTS = {"ruleset": "small", "assessment": {"concern": "sun_spots", "gold": False}}


def launch(environ: dict[str, str] | None = None, **told: Any) -> subprocess.CompletedProcess[str]:
    """Start a server that can't serve, and wait for what it says."""
    with TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        code = started(told, {**os.environ, **(environ or {})}, said).wait(PATIENCE_S)
        return subprocess.CompletedProcess([], code, stderr=said.read_text(encoding="utf-8"))


def comparable(body: bytes) -> bytes:
    """The bytes of an answer without what differs between two: its id and its time."""
    answer = json.loads(body)
    for member in ("decision_id", "evaluated_at"):
        body = body.replace(answer[member].encode(), b"", 1)
    return body


def test_a_good_ruleset_serves_beside_a_broken_one_and_readiness_says_so(served: Served) -> None:
    status, _, body = served.ask("POST", EVALUATE, SCAR)
    assert (status, json.loads(body)["sessions"]) == (200, {"min": 4, "typical": 5, "max": 6})
    status, _, body = served.ask("GET", "/readyz")
    states = {one["id"]: (one["state"], len(one["problems"])) for one in json.loads(body)["rulesets"]}
    assert (status, states) == (503, {"broken": ("broken", 1), "small": ("current", 0)})
    assert served.ask("GET", "/healthz")[0] == 200


def test_the_log_says_at_the_start_what_serves_and_where_the_others_are_wrong(served: Served) -> None:
    assert served.wait_for("ruleset serves")["ruleset"] == "small"
    broken = served.wait_for("ruleset does not serve")
    assert broken["ruleset"] == "broken"
    assert broken["problems"][0].startswith(
        "clinic/broken/factors/1-concern.yaml:13:16: error unknown-option"
    )


def test_a_connection_is_kept_between_requests_also_after_a_refusal(served: Served) -> None:
    connection = served.connect()
    statuses = []
    sockets = set()
    for body in (SCAR, b"{", {"ruleset": "nothing", "assessment": {}}, SPOTS):
        statuses.append(exchange(connection, "POST", EVALUATE, body, JSON)[0])
        sockets.add(connection.sock)
    connection.close()
    assert statuses == [200, 400, 404, 200]
    assert len(sockets) == 1
    assert None not in sockets


def test_both_workers_answer_with_the_same_bytes(served: Served) -> None:
    seen = set()
    for _ in range(20):
        seen.add(
            comparable(served.ask("POST", EVALUATE, {**SCAR, "as_of": "2026-12-01", "explain": True})[2])
        )
    assert len(seen) == 1
    assert len(served.began()) == 2


def test_eight_clients_at_once_each_get_their_own_answer(served: Served) -> None:
    def client(number: int) -> set[tuple[int, str]]:
        body, rule = ((SCAR, "scars"), (SPOTS, "sun-spots"))[number % 2]
        connection = served.connect()
        seen = set()
        for _ in range(50):
            status, _, raw = exchange(connection, "POST", EVALUATE, body)
            seen.add((status, json.loads(raw)["fired"][0]["rule"] == rule))
        connection.close()
        return seen

    with ThreadPoolExecutor(8) as pool:
        assert set().union(*pool.map(client, range(8))) == {(200, True)}


def test_the_log_holds_nothing_that_a_client_sent(served: Served) -> None:
    secret = "value-of-one-client"
    asked: list[tuple[Any, dict[str, str]]] = [
        ({"ruleset": "small", "assessment": {"concern": secret, secret: 1}}, JSON),
        ({"ruleset": secret, "assessment": {}}, JSON),
        ({"ruleset": "small", "assessment": {}, secret: 1}, JSON),
        (f'{{"{secret}"'.encode(), JSON),
        (b"x", {"Content-Type": secret}),
    ]
    for body, headers in asked:
        assert served.ask("POST", f"{EVALUATE}?{secret}", body, headers)[0] >= 400
    assert served.ask("GET", f"/{secret}")[0] == 404
    assert served.ask("GET", f"/v1/rulesets/{secret}/rules/{secret}")[0] == 404
    # A body longer than its Content-Length: the server takes the rest for the next request's first line.
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE_S) as client:
        head = (
            "POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        )
        client.sendall(f"{head}\r\n{{}}{secret}\r\n{secret}: {secret}\r\n\r\n".encode())
        client.shutdown(socket.SHUT_WR)
        answers = b"".join(iter(lambda: client.recv(65536), b""))
    assert answers.count(b"HTTP/1.1 4") == 2
    assert secret not in served.log_text()


def half_sent(served: Served) -> socket.socket:
    """A request of which the server has all but the last byte, answered by a worker that waits for it."""
    raw = json.dumps(SCAR).encode()
    client = socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE_S)
    # The server says "100 Continue" just before it calls the app, so then the request is in flight.
    client.sendall(
        b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(raw)
    )
    assert client.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.sendall(raw[:-1])
    return client


def test_sigterm_lets_a_request_in_flight_finish_then_exits_with_0(tmp_path: Path) -> None:
    write_small(tmp_path / "rulesets")
    served = Served(tmp_path, rulesets=str(tmp_path / "rulesets"), workers=1)
    with half_sent(served) as client:
        os.kill(served.process.pid, signal.SIGTERM)
        served.wait_for("stopping")
        client.sendall(b"}")
        response = http.client.HTTPResponse(client)
        response.begin()
        assert (response.status, json.loads(response.read())["verdict"]) == (200, "clinician_review")
    assert served.stop() == 0


def test_a_taken_port_is_one_clear_line_and_exit_code_2(served: Served, rulesets: Path) -> None:
    told = launch(rulesets=str(rulesets), port=served.port)
    assert told.returncode == 2
    assert told.stderr == (
        f"port {served.port} of 127.0.0.1 is taken: stop what listens there, or choose another with --port\n"
    )


def test_other_machines_are_let_in_only_on_purpose(rulesets: Path, tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", ""):
        told = launch(rulesets=str(rulesets), port=0, host=host)
        assert told.returncode == 2
        assert told.stderr.count("\n") == 1
        assert "there are no API keys yet" in told.stderr
    write_small(tmp_path / "rulesets")
    told_open = {"rulesets": str(tmp_path / "rulesets"), "host": "0.0.0.0", "open_beyond_loopback": True}
    with Served(tmp_path, **told_open) as served:
        assert served.ask("GET", "/readyz")[0] == 200


def test_wrong_settings_are_one_clear_line(rulesets: Path, tmp_path: Path) -> None:
    for told, says in (
        ({"host": "no such host"}, "there is no address 'no such host' to listen on"),
        ({"default_ruleset": "nothing"}, f"the default ruleset nothing is not in {rulesets}"),
        ({"rulesets": str(tmp_path / "none")}, f"{tmp_path / 'none'} is not a folder"),
        ({"workers": 0}, "at least one worker with one thread is needed"),
        ({"port": 70_000}, "70000 is not a port: ports go from 0 to 65535"),
    ):
        done = launch(**{"rulesets": str(rulesets), "port": 0, **told})
        assert (done.returncode, done.stderr) == (2, f"{says}\n")


def test_no_variable_of_the_servers_library_is_read(tmp_path: Path) -> None:
    write_small(tmp_path / "rulesets")
    environ = {"GRANIAN_PORT": "1", "GRANIAN_HTTP": "2", "GRANIAN_LOG_LEVEL": "debug"}
    with Served(tmp_path, environ, rulesets=str(tmp_path / "rulesets"), workers=1) as served:
        assert served.ask("GET", "/healthz")[0] == 200


def slow(served: Served, sent: bytes) -> socket.socket:
    """A connection on which some of a request was sent."""
    client = socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE_S)
    client.sendall(sent)
    return client


def test_clients_that_send_slowly_by_tens_keep_nobody_waiting(served: Served) -> None:
    head = b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    parts = (b"P", head, head + b"Content-Length: 100\r\n\r\n", head + b"Content-Length: 100\r\n\r\n{")
    clients = [slow(served, parts[number % 4]) for number in range(80)]
    assert [served.ask("POST", EVALUATE, SCAR)[0] for _ in range(20)] == [200] * 20
    for client in clients:
        client.sendall(b" ")
    assert served.ask("POST", EVALUATE, SCAR)[0] == 200
    for client in clients:
        client.close()


def test_a_body_that_comes_too_slowly_is_a_408_and_its_connection_is_closed(served: Served) -> None:
    with slow(
        served,
        b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 9\r\n\r\n{",
    ) as client:
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"too-slow" in answer


def test_a_head_that_never_ends_is_let_go_in_time(tmp_path: Path) -> None:
    write_small(tmp_path / "rulesets")
    with (
        Served(tmp_path, rulesets=str(tmp_path / "rulesets"), workers=1, keepalive=1) as served,
        slow(served, b"GET / HTTP/1.1\r\nHost: x\r\n") as client,
    ):
        assert client.recv(1) == b""


def test_of_a_large_body_that_nobody_wants_nothing_is_taken(served: Served) -> None:
    with slow(served, b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nx") as client:
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 404 ")


def test_more_connections_than_there_may_be_wait_until_one_is_closed(tmp_path: Path) -> None:
    write_small(tmp_path / "rulesets")
    with Served(tmp_path, rulesets=str(tmp_path / "rulesets"), workers=1, connections=4) as served:
        held = [slow(served, b"P") for _ in range(4)]
        with slow(served, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") as waits:
            waits.settimeout(0.5)
            with pytest.raises(TimeoutError):
                waits.recv(1)
            waits.settimeout(PATIENCE_S)
            for client in held:
                client.close()
            assert waits.recv(12) == b"HTTP/1.1 200"


def test_clients_that_never_read_what_they_asked_for_keep_nobody_out(tmp_path: Path) -> None:
    write_small(tmp_path / "rulesets")
    array = json.dumps([SCAR | {"explain": True}] * 1_000).encode()
    head = "POST /v1/evaluate/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
    raw = f"{head}{len(array)}\r\n\r\n".encode() + array
    told = {"rulesets": str(tmp_path / "rulesets"), "workers": 1, "connections": 2, "stalled": 1}
    with Served(tmp_path, **told) as served:
        assert [served.ask("GET", "/healthz")[0] for _ in range(10)] == [200] * 10  # it has begun by now
        held = [socket.socket() for _ in range(2)]
        for client in held:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            client.connect(("127.0.0.1", served.port))
            client.settimeout(PATIENCE_S)
            client.sendall(raw * 4)  # more answers than the system keeps for a client that takes none
        until(lambda: sum(one["event"] == "batch" for one in served.events()) >= 4, served.log_text)
        assert served.ask("GET", "/healthz")[0] == 200
        for client in held:
            client.close()


FORWARDED = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Prefix": "/x",
    "Forwarded": "for=203.0.113.9",
    "SCRIPT_NAME": "/x",
    "Script-Name": "/x",
}


def test_no_header_of_a_proxy_is_believed_unless_it_is_named(served: Served, tmp_path: Path) -> None:
    _, headers, _ = served.ask("GET", "/healthz", None, FORWARDED)
    assert served.wait_for("request", request_id=headers["x-request-id"])["client"] == "127.0.0.1"
    assert served.ask("GET", "/x/healthz", None, FORWARDED)[0] == 404
    assert served.ask("GET", "/v1/rulesets", None, FORWARDED)[0] == 200
    write_small(tmp_path / "rulesets")
    told = {"rulesets": str(tmp_path / "rulesets"), "workers": 1, "trust_proxies": ["127.0.0.0/8"]}
    with Served(tmp_path, **told) as trusting:
        _, headers, _ = trusting.ask("GET", "/healthz", None, FORWARDED)
        line = trusting.wait_for("request", request_id=headers["x-request-id"])
        assert line["client"] == "198.51.100.7", "the last one, which the proxy itself has seen"
        assert trusting.ask("GET", "/x/healthz", None, FORWARDED)[0] == 404


def test_a_stop_says_first_that_it_comes_and_serves_meanwhile(tmp_path: Path) -> None:
    write_small(tmp_path / "rulesets")
    with Served(tmp_path, rulesets=str(tmp_path / "rulesets"), workers=1, drain=5) as served:
        assert served.ask("GET", "/readyz")[0] == 200
        os.kill(served.process.pid, signal.SIGTERM)
        served.wait_for("stopping")
        while served.ask("GET", "/readyz")[0] != 503:
            pass
        assert served.ask("POST", EVALUATE, SCAR)[0] == 200


def test_whoever_kills_the_service_leaves_no_process_that_serves(tmp_path: Path) -> None:
    write_small(tmp_path / "rulesets")
    served = Served(tmp_path, rulesets=str(tmp_path / "rulesets"), workers=2)
    left = children(served.process.pid)
    assert len(left) == 4  # the bench, the publisher and two workers
    served.process.kill()
    served.process.wait()
    until(lambda: not any(is_there(pid) for pid in left))

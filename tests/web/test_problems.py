"""Everything that is not a success looks alike, over a real server."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from service.web.body import MOST_BYTES, MOST_DEPTH
from tests.waiting import PATIENCE_S
from tests.web.serving import JSON, Served

MEMBERS = ["type", "title", "status", "detail", "instance", "errors"]
ERROR_MEMBERS = ["pointer", "code", "message", "hint"]
SCAR = {"concern": "scar", "severity": "severe", "gold": False}
EVALUATE = "/v1/evaluate"
LARGE = b'{"ruleset": "' + b"x" * 70_000 + b'"}'

WALK: list[tuple[int, str, str, Any, dict[str, str]]] = [
    (400, "POST", EVALUATE, b"{", JSON),
    (400, "POST", EVALUATE, b"", JSON),
    (400, "POST", EVALUATE, b'{"a": "\xff"}', JSON),
    (400, "POST", EVALUATE, b'{"a": NaN}', JSON),
    (400, "POST", EVALUATE, b'{"a": 1, "a": 2}', JSON),
    (400, "POST", EVALUATE, b"[" * (MOST_DEPTH + 1), JSON),
    (404, "GET", "/nothing", None, {}),
    (404, "GET", "/v1/rulesets/", None, {}),
    (404, "GET", "/v1/rulesets/nothing", None, {}),
    (404, "GET", "/v1/rulesets/small/rules/nothing", None, {}),
    (404, "GET", "/v1/rulesets/..%2f..%2fetc", None, {}),
    (404, "POST", "/nothing", LARGE, JSON),
    (404, "POST", EVALUATE, {"ruleset": "nothing", "assessment": SCAR}, {}),
    (404, "POST", EVALUATE, {"ruleset": "small", "version": "0.0.1", "assessment": SCAR}, {}),
    (404, "POST", EVALUATE, {"ruleset": "small", "digest": "sha256:0", "assessment": SCAR}, {}),
    (405, "GET", EVALUATE, None, {}),
    (405, "PUT", EVALUATE, {"a": 1}, {}),
    (405, "POST", "/v1/rulesets", {"a": 1}, {}),
    (405, "BREW", "/healthz", None, {}),
    (413, "POST", EVALUATE, LARGE, JSON),
    (413, "POST", EVALUATE, b"x" * (MOST_BYTES + 1), JSON),
    (413, "POST", EVALUATE, [LARGE[:50_000], LARGE[50_000:]], JSON),
    (415, "POST", EVALUATE, b"{}", {}),
    (415, "POST", EVALUATE, b"{}", {"Content-Type": "text/plain"}),
    (422, "POST", EVALUATE, b"[]", JSON),
    (422, "POST", EVALUATE, {"ruleset": "small"}, {}),
    (422, "POST", EVALUATE, {"ruleset": "small", "assessment": {"concern": "scarr", "x": 1}}, {}),
    (503, "POST", EVALUATE, {"ruleset": "broken", "assessment": SCAR}, {}),
    (503, "GET", "/v1/rulesets/broken", None, {}),
]
CHUNKED = b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: "
RAW = [
    (400, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"),
    (400, b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n"),
    (400, CHUNKED + b"chunked\r\n\r\nwhat\r\n"),
    (417, b"GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n"),
    (501, CHUNKED + b"gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
]
"""What is no good request whatever it asks for."""

NO_HTTP = [
    (400, b"nonsense\r\n\r\n"),
    (400, b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n"),
    (400, b"POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n"),
    (400, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: telepathy\r\n\r\n"),
    (431, b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 300_000 + b"\r\n\r\n"),
]
"""What the server itself can't read, or won't: its library answers with the bare status."""


def check(status: int, expected: int, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """A problem document and nothing else, with the id that its headers name."""
    assert status == expected
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    problem: dict[str, Any] = json.loads(body)
    assert list(problem) == MEMBERS
    assert problem["type"].startswith("/problems/")
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == headers["x-request-id"]
    assert problem["instance"].startswith("urn:uuid:")
    assert all(list(error) == ERROR_MEMBERS for error in problem["errors"])
    assert all(error["code"] and error["message"] for error in problem["errors"])
    return problem


def test_every_refusal_has_the_same_members_and_is_logged_under_its_id(served: Served) -> None:
    for expected, method, path, body, headers in WALK:
        status, answered, raw = served.ask(method, path, body, headers)
        problem = check(status, expected, answered, raw)
        assert served.wait_for("request", request_id=problem["instance"])["status"] == expected


def answered(served: Served, request_bytes: bytes) -> tuple[int, dict[str, str], bytes]:
    """The whole answer to bytes, sent as they are."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE_S) as client:
        client.sendall(request_bytes)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in rest}
    return int(first.split(" ")[1]), headers, body


@pytest.mark.parametrize(("expected", "request_bytes"), RAW)
def test_what_is_refused_whatever_it_asks_for_has_the_same_members(
    served: Served, expected: int, request_bytes: bytes
) -> None:
    status, headers, body = answered(served, request_bytes)
    problem = check(status, expected, headers, body)
    assert served.wait_for("request", request_id=problem["instance"])["status"] == expected


@pytest.mark.parametrize(("expected", "request_bytes"), NO_HTTP)
def test_what_is_no_http_gets_a_status_and_its_connection_is_closed(
    served: Served, expected: int, request_bytes: bytes
) -> None:
    assert answered(served, request_bytes)[0] == expected


def test_a_wrong_method_names_the_right_ones(served: Served) -> None:
    assert served.ask("GET", EVALUATE)[1]["allow"] == "OPTIONS, POST"
    assert served.ask("POST", "/v1/rulesets", {"a": 1})[1]["allow"] == "GET, HEAD, OPTIONS"


def test_not_ready_says_when_to_come_again(served: Served) -> None:
    assert served.ask("GET", "/v1/rulesets/broken")[1]["retry-after"] == "30"


def test_no_refusal_repeats_the_path_or_query(served: Served) -> None:
    for path in ("/secret-path", "/v1/evaluate?secret-path"):
        assert b"secret-path" not in served.ask("GET", path)[2]

"""What clients send is in no log line, no metric and no span: sent in every place, then searched for."""

from __future__ import annotations

import base64
import json
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from service.web.endpoints import ENDPOINTS
from tests.vetting.desk import at_once
from tests.waiting import PATIENCE_S, until
from tests.web.collector import Collector
from tests.web.serving import JSON, Served
from tests.web.small import ASSESSMENT, CONCERN, write_small

NUMBER = 73.125
OPTION, QUESTION = "zq7option", "zq7question"
"""An answer, an option and a question that nothing else in the service is called."""

MARKED = {"concern": OPTION, "gold": False, QUESTION: True, "sessions_done": 17, "improvement": NUMBER}
GOOD = {"ruleset": "small", "assessment": MARKED}


class Marks:
    """Texts to send, each new and none like anything else."""

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> str:
        self._count += 1
        return f"zq7mark{self._count:05}"


MARKS = Marks()
mark = MARKS.new


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as listening:
        yield listening


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("told")
    root = write_small(folder / "rulesets")
    asked = ASSESSMENT.replace(
        "      scar:", f"      {OPTION}: {{label: O, deep: no, times: 1, colours: []}}\n      scar:"
    )
    asked += f"  {QUESTION}: {{label: Q, kind: yes or no, default: no}}\n"
    (root / "assessment.yaml").write_text(asked, encoding="utf-8")
    rules = CONCERN.replace("when: {concern: sun_spots}", f"when: {{concern: [sun_spots, {OPTION}]}}")
    rules += (
        "  - {id: asked, title: T, because: B, when: {%s: yes}, then: {advise: A}}\n" % QUESTION  # noqa: UP031
    )
    (root / "factors/1-concern.yaml").write_text(rules, encoding="utf-8")
    at_once(root)
    return folder


@pytest.fixture(scope="module")
def served(folder: Path, collector: Collector) -> Iterator[Served]:
    """A server of two workers with traces, after all kinds of requests were sent to it."""
    with Served(folder, collector.environ, rulesets=str(folder / "rulesets"), workers=2) as server:
        yield server


def headers() -> dict[str, str]:
    """Headers with a mark in each."""
    user = base64.b64encode(f"{mark()}:{mark()}".encode()).decode()
    names = (
        *("User-Agent", "Cookie", "Referer", "Origin", "Host", "Accept", "Accept-Language", "If-None-Match"),
        *("X-Request-Id", "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "X-Api-Key", "X-B3-TraceId"),
        *("tracestate", "baggage", "Idempotency-Key", f"X-{mark()}"),
    )
    return {
        **{name: mark() for name in names},
        "baggage": f"{mark()}={mark()}",
        "tracestate": f"{mark()}={mark()}",
        "traceparent": f"00-{mark()}",
        "Authorization": f"Basic {user}",
    }


def bodies() -> Iterator[tuple[Any, dict[str, str]]]:
    """Bodies with marks: good ones, and wrong in all the ways there are."""
    yield GOOD, {}
    yield {**GOOD, "explain": True, "as_of": "2026-12-01"}, {}
    yield {**GOOD, "ref": mark(), "test": True}, {}
    yield {"ref": mark()}, {}
    yield {"ref": mark() + "_"}, {}
    yield {"ruleset": mark(), "assessment": MARKED}, {}
    yield {**GOOD, mark(): mark()}, {}
    for member in ("version", "digest", "as_of", "explain", "assessment"):
        yield {**GOOD, member: mark()}, {}
    for name, value in ((mark(), mark()), ("concern", mark()), ("improvement", mark()), ("gold", NUMBER)):
        yield {"ruleset": "small", "assessment": {**MARKED, name: value}}, {}
    yield {"ruleset": "small", "assessment": {**MARKED, "sessions_done": NUMBER, "marks": [mark(), 1]}}, {}
    yield f'{{"{mark()}": {NUMBER}, "{mark()}'.encode(), JSON
    yield f'{{"ruleset": "small", "assessment": {{"improvement": NaN, "x": "{mark()}"}}}}'.encode(), JSON
    yield f'{{"assessment": {{"{OPTION}": 1, "{OPTION}": 2}}, "ruleset": "{mark()}"}}'.encode(), JSON
    yield b'{"x": "' + mark().encode() * 10_000 + b'"}', JSON
    yield ("[" * 50 + f'"{mark()}"' + "]" * 50).encode(), JSON
    yield f"{mark()}={mark()}".encode(), {"Content-Type": f"text/{mark()}"}
    yield mark().encode(), {**JSON, "Content-Encoding": mark()}
    yield [GOOD, {"assessment": {mark(): NUMBER}}, mark()], {}
    yield f"{json.dumps(GOOD)}\n{mark()}\n".encode(), {"Content-Type": "application/x-ndjson"}


def paths(rule: str) -> Iterator[str]:
    """A path of an endpoint with marks for its parameters and in its query."""
    yield re.sub(r"<\w+>", lambda _: mark(), rule) + f"?{mark()}={mark()}&concern={OPTION}"
    yield re.sub(r"<ruleset_id>", "small", re.sub(r"<rule_id>", lambda _: mark(), rule)).replace(
        "<decision_id>", f"00000000-0000-7000-8000-{int.from_bytes(b'zq7mar'):012x}"
    )


RAW = (
    "GET /{0} HTTP/9.9\r\nHost: {0}\r\n\r\n",
    "{0} / HTTP/1.1\r\nHost: x\r\n{0}: {0}\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\n{0} {0}: {0}\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nX: \x00{0}\r\n\r\n",
    "POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Length: {0}\r\n\r\n{0}",
    "POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {0}\r\n\r\n{0}",
    "POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\n{0}\r\n{0}",
    "POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nExpect: {0}\r\nContent-Length: 2\r\n\r\n{{}}",
    "POST /v1/evaluate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    "Content-Length: 999\r\n\r\n{0}",
    "GET http://{0}/{0} HTTP/1.1\r\nHost: x\r\n\r\n",
    "PROXY TCP4 {0}\r\n\r\n",
)


def send_raw(served: Served, text: str) -> bytes:
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE_S) as client:
        client.sendall(text.encode("latin-1"))
        client.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            return b"".join(iter(lambda: client.recv(65536), b""))
    return b""


def send_everything(served: Served) -> list[bytes]:
    """Send marks in every place; what was answered."""
    answers = []
    for one in ENDPOINTS:
        for path in paths(one.rule):
            methods = {one.method, "GET", "DELETE", "OPTIONS", mark().upper()}
            answers += [served.ask(method, path, headers=headers())[2] for method in methods]
            if one.method == "POST":
                for body, told in bodies():
                    raw = json.dumps(body).encode() if isinstance(body, list) else body
                    sent = {**headers(), **(told or (JSON if isinstance(body, list) else {}))}
                    answers.append(served.ask("POST", path, raw, sent)[2])
                    sent.pop("Idempotency-Key", None)
                    answers.append(served.ask("POST", path, raw, sent)[2])
    made = json.loads(served.ask("POST", "/v1/evaluate", GOOD)[2])["decision_id"]
    answers.append(served.ask("GET", f"/v1/decisions/{made}", headers=headers())[2])
    answers.append(served.ask("POST", f"/v1/decisions/{made}/verify", headers=headers())[2])
    answers += [send_raw(served, text.format(mark())) for text in RAW]
    return answers


def send_while_the_log_fails(served: Served, folder: Path) -> None:
    """Have decisions made that can't be logged: what the database says must not be told either."""
    [file] = folder.glob("data/*/*.sqlite3")
    file.rename(folder / "away")
    until(lambda: served.ask("POST", "/v1/evaluate", GOOD, {"Idempotency-Key": mark()})[0] == 503)
    served.ask("GET", f"/v1/decisions/00000000-0000-7000-8000-{0:012x}", headers=headers())
    (folder / "away").rename(file)
    until(lambda: served.ask("POST", "/v1/evaluate", GOOD)[0] == 200)


def found_in(told: bytes) -> set[bytes]:
    """Whatever of what was sent is in these bytes."""
    low = told.lower()
    sent = [OPTION, QUESTION, str(NUMBER), "zq7mark"]
    encoded = [base64.b64encode(b"zq7mark"[:6]), struct.pack("<d", NUMBER), b"zq7mark".hex().encode()[:12]]
    return {one for one in [text.encode() for text in sent] if one in low} | {
        one for one in encoded if one in told
    }


def test_nothing_that_clients_send_is_in_the_log_the_metrics_or_the_traces(
    served: Served, collector: Collector, folder: Path
) -> None:
    answers = send_everything(served)
    send_while_the_log_fails(served, folder)
    # What is searched for did come to the service, and does come back to who sent it.
    assert found_in(b"".join(answers)) >= {text.encode() for text in (OPTION, QUESTION, "73.125", "zq7mark")}
    last = served.ask("GET", "/healthz", headers=headers())[1]["x-request-id"]
    collector.of_request(last)
    metrics = served.ask("GET", "/metrics", headers=headers())[2]
    assert len(answers) > 250
    served.wait_for("request", request_id=last)
    assert len([line for line in served.events() if line["event"] == "request"]) > 250
    until(lambda: len({span.request_id for span in collector.spans()}) > 250)
    assert found_in(served.log_text().encode()) == set()
    assert found_in(metrics) == set()
    assert found_in(b"".join(collector.bodies)) == set()
    assert all(line.startswith("{") for line in served.log_text().splitlines())
    assert "Traceback" not in served.log_text()


def test_every_line_of_a_request_has_its_id_and_no_other_line_has_one(served: Served) -> None:
    served.ask("POST", "/v1/evaluate", GOOD)
    served.ask("GET", "/" + "x" * 9_000)
    of_requests = {
        "request",
        "fault",
        "batch",
        "no decision",
        "decisions can't be read",
        "decisions erased",
        "decision is damaged",
    }
    for line in served.events():
        if line["event"] in of_requests:
            assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", line["request_id"]), line
        elif "request_id" in line:
            assert line["event"] in ("decisions are logged too slowly", "server fault"), line

"""Traces go to a collector where the standard variables name one; without, nothing of them is loaded."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.web.spans import ATTRIBUTES
from service.web.starting import is_configured
from tests.ports import free_port
from tests.vetting.desk import at_once
from tests.waiting import until
from tests.web.collector import Collector
from tests.web.serving import ROOT, Served
from tests.web.small import write_small
from tests.web.test_live import workers

pytestmark = pytest.mark.long

SPOTS = {"ruleset": "small", "assessment": {"concern": "sun_spots", "gold": False}}
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
COLLECTOR = "http://127.0.0.1:4318"
LOADED = "import sys; print(sorted({name.split('.')[0] for name in sys.modules}))"


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    folder = tmp_path / "rulesets"
    at_once(write_small(folder))
    return folder


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Where the server of all tests sends."""
    with Collector() as listening:
        yield listening


@pytest.fixture(scope="module")
def traced(collector: Collector, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of two workers that sends to the collector."""
    folder = tmp_path_factory.mktemp("traced")
    at_once(write_small(folder / "rulesets"))
    with Served(folder, collector.environ, rulesets=str(folder / "rulesets"), workers=2) as served:
        yield served


def evaluate(served: Served, **headers: str) -> str:
    """Have one assessment decided; the id of the request."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    status, answered, _ = served.ask("POST", "/v1/evaluate", SPOTS, sent)
    assert status == 200
    return answered["x-request-id"]


def test_a_request_is_a_span_with_what_decided_it_and_two_spans_below(
    traced: Served, collector: Collector
) -> None:
    request_id = evaluate(traced)
    span = collector.of_request(request_id)
    digest = traced.wait_for("ruleset serves")["digest"]
    assert span.name == "POST /v1/evaluate"
    assert span.raw.kind == span.raw.SPAN_KIND_SERVER
    assert span.attributes == {
        "http.request.method": "POST",
        "http.route": "/v1/evaluate",
        "http.response.status_code": 200,
        "picoplan.ruleset.id": "small",
        "picoplan.ruleset.version": "1.2.0",
        "picoplan.ruleset.digest": digest,
        "picoplan.verdict": "several_sessions",
        "picoplan.request_id": request_id,
    }
    assert (span.parent_id, span.failed) == ("", False)
    decide, log = until(lambda: found if len(found := collector.below(span)) == 2 else None)
    assert [decide.name, log.name] == ["decide", "log decision"]
    assert decide.attributes == log.attributes == {}
    assert {decide.trace_id, log.trace_id} == {span.trace_id}
    times = [decide.raw.start_time_unix_nano, decide.raw.end_time_unix_nano, log.raw.end_time_unix_nano]
    whole = [span.raw.start_time_unix_nano, *times, span.raw.end_time_unix_nano]
    assert whole == sorted(whole)
    assert decide.raw.end_time_unix_nano == log.raw.start_time_unix_nano
    assert set(collector.paths) == {"/v1/traces"}


def test_the_lines_of_a_request_bear_its_trace_and_its_span(traced: Served, collector: Collector) -> None:
    request_id = evaluate(traced)
    span = collector.of_request(request_id)
    line = traced.wait_for("request", request_id=request_id)
    assert (line["trace_id"], line["span_id"]) == (span.trace_id, span.span_id)


def test_a_caller_s_trace_goes_on_without_its_state_and_baggage(traced: Served, collector: Collector) -> None:
    parent = f"00-{TRACE}-{PARENT}-01"
    span = collector.of_request(
        evaluate(traced, traceparent=parent, tracestate="vendor=secret", baggage="client=secret")
    )
    assert (span.trace_id, span.parent_id) == (TRACE, PARENT)
    assert span.raw.trace_state == ""
    assert b"secret" not in b"".join(collector.bodies)


def test_a_caller_that_does_not_sample_is_heeded_and_its_trace_is_in_the_log(
    traced: Served, collector: Collector
) -> None:
    request_id = evaluate(traced, traceparent=f"00-{TRACE}-{PARENT}-00")
    assert traced.wait_for("request", request_id=request_id)["trace_id"] == TRACE
    collector.of_request(evaluate(traced))
    assert request_id not in {span.request_id for span in collector.spans()}


NO_TRACEPARENTS = (
    f"00-{'0' * 32}-{PARENT}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"ff-{TRACE}-{PARENT}-01",
    f"00-{TRACE.upper()}-{PARENT}-01",
    f"00-{TRACE}-{PARENT}-01-more",
    f"00-{TRACE[:-1]}-{PARENT}-01",
    f"00-{TRACE}-{PARENT}-01,00-{TRACE}-{PARENT}-01",
    "nonsense",
    "",
)
A_TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


@pytest.fixture(scope="module")
def taken() -> dict[str, Any]:
    """What spans take over from each of these headers, all sent to one app."""
    sent = [A_TRACEPARENT, *NO_TRACEPARENTS]
    return dict(zip(sent, parents(sent), strict=True))


@pytest.mark.parametrize("sent", NO_TRACEPARENTS)
def test_a_traceparent_that_is_none_begins_a_trace_of_its_own(sent: str, taken: dict[str, Any]) -> None:
    assert taken[sent] is None


def test_a_good_traceparent_is_taken_over_where_a_bad_one_is_not(taken: dict[str, Any]) -> None:
    """So that the claim above can fail."""
    assert taken[A_TRACEPARENT] == TRACE


def parents(sent: list[str]) -> list[Any]:
    """The trace ids that spans take over from these headers (None: they begin their own)."""
    script = (
        "import io, json, sys\n"
        "from service.web.asgi import Application\n"
        "from service.web.draining import Draining\n"
        "from service.web.flask_app import PicoplanApp\n"
        "from service.web.log import open_log\n"
        "from service.web.metrics import Metrics\n"
        "from service.web.spans import Spans\n"
        "from service.web.telemetry import Telemetry\n"
        "from tests.web.client import client_of\n"
        "lines = io.BytesIO()\n"
        "log = open_log(lines)\n"
        "spans = Spans(log); spans.start()\n"
        "app = PicoplanApp(log, Telemetry(Metrics(), log, spans), (), {})\n"
        "client = client_of(Application(app, {}, None, Draining()))\n"
        "for header in json.loads(sys.argv[1]):\n"
        "    client.get('/', headers={'traceparent': header})\n"
        "spans.close()\n"
        "found = [json.loads(line) for line in lines.getvalue().splitlines()]\n"
        "print(json.dumps([one['trace_id'] for one in found if one['event'] == 'request']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(sent)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
    )
    assert done.stderr == ""
    ids = json.loads(done.stdout)
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)
    return [one if one == TRACE else None for one in ids]


def test_a_refused_request_is_no_error_and_a_path_that_is_not_ours_names_no_route(
    traced: Served, collector: Collector
) -> None:
    _, headers, _ = traced.ask("POST", "/v1/evaluate", {"ruleset": "small", "assessment": {}})
    span = collector.of_request(headers["x-request-id"])
    assert (span.failed, span.attributes["http.response.status_code"]) == (False, 422)
    _, headers, _ = traced.ask("BREW", "/somewhere")
    span = collector.of_request(headers["x-request-id"])
    assert span.name == "HTTP"
    assert span.attributes == {
        "http.request.method": "_OTHER",
        "http.response.status_code": 404,
        "picoplan.request_id": headers["x-request-id"],
    }


def test_a_fault_makes_its_span_an_error_that_says_the_kind_alone(tmp_path: Path) -> None:
    with Collector() as collector:
        script = (
            "import io\n"
            "from service.web.asgi import Application\n"
            "from service.web.draining import Draining\n"
            "from service.web.flask_app import PicoplanApp\n"
            "from service.web.log import open_log\n"
            "from service.web.metrics import Metrics\n"
            "from service.web.spans import Spans\n"
            "from service.web.telemetry import Telemetry\n"
            "from tests.web.client import client_of\n"
            "from tests.web.client import client_of\n"
            "log = open_log(io.BytesIO())\n"
            "spans = Spans(log); spans.start()\n"
            "app = PicoplanApp(log, Telemetry(Metrics(), log, spans), (), {})\n"
            "def fail(): raise KeyError('value-of-a-client')\n"
            "app.add_url_rule('/fail', 'fail', fail)\n"
            "print(client_of(Application(app, {}, None, Draining())).get('/fail').status_code)\n"
            "spans.close()\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            env={**os.environ, **collector.environ},
        )
        assert done.stdout == "500\n"
        [span] = collector.spans()
        assert span.failed
        assert span.attributes["error.type"] == "KeyError"
        assert (span.raw.status.message, len(span.raw.events)) == ("", 0)
        assert b"value-of-a-client" not in b"".join(collector.bodies)


@pytest.mark.parametrize("there", [True, False], ids=["there", "gone"])
def test_every_span_comes_to_the_collector_or_is_counted_as_dropped(there: bool) -> None:
    script = (
        "import io, threading\n"
        "from service.web.asgi import Application\n"
        "from service.web.draining import Draining\n"
        "from service.web.flask_app import PicoplanApp\n"
        "from service.web.log import open_log\n"
        "from service.web.metrics import Metrics\n"
        "from service.web.spans import Spans\n"
        "from service.web.telemetry import Telemetry\n"
        "from tests.web.client import client_of\n"
        "log = open_log(io.BytesIO())\n"
        "spans = Spans(log); spans.start()\n"
        "app = PicoplanApp(log, Telemetry(Metrics(), log, spans), (), {})\n"
        "app.add_url_rule('/one', 'one', lambda: 'one')\n"
        "client = client_of(Application(app, {}, None, Draining()))\n"
        "def ask():\n"
        "    for _ in range(100): client.get('/one')\n"
        "threads = [threading.Thread(target=ask) for _ in range(4)]\n"
        "[one.start() for one in threads], [one.join() for one in threads]\n"
        "spans.close(60)\n"
        "print(spans.dropped())\n"
    )
    small = {"OTEL_BSP_MAX_QUEUE_SIZE": "3", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "3"}
    nowhere = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    with Collector() as collector:
        environ = {**os.environ, **(collector.environ if there else nowhere), **small}
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, env=environ
        )
        assert done.returncode == 0, done.stderr
        dropped = int(done.stdout)
        assert dropped > 0
        assert len(collector.spans()) + dropped == 400
        assert bool(collector.spans()) == there


def test_every_worker_sends_also_one_that_was_started_again(traced: Served, collector: Collector) -> None:
    first = workers(traced)
    for _ in range(20):
        evaluate(traced)
    until(lambda: len({one["service.instance.id"] for one in collector.resources()}) == 2)
    before = {one["service.instance.id"] for one in collector.resources()}
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(set(workers(traced)) - set(first)) == 2)
    collector.of_request(evaluate(traced))
    assert len({one["service.instance.id"] for one in collector.resources()} - before) >= 1
    assert {one["service.name"] for one in collector.resources()} == {"picoplan"}


def test_what_is_left_is_sent_when_the_service_ends(clinic: Path) -> None:
    with Collector() as collector:
        ends_sending(clinic, collector)


def ends_sending(clinic: Path, collector: Collector) -> None:
    environ = {**collector.environ, "OTEL_BSP_SCHEDULE_DELAY": "60000", "OTEL_SERVICE_NAME": "plans"}
    with Served(clinic.parent, environ, rulesets=str(clinic), workers=2) as served:
        sent = {evaluate(served) for _ in range(12)}
        assert collector.spans() == []
        assert served.stop() == 0
    assert sent == {span.request_id for span in collector.spans()} - {""}
    assert {one["service.name"] for one in collector.resources()} == {"plans"}


def test_a_collector_that_is_gone_costs_no_request_and_is_logged_once_and_when_it_is_back(
    clinic: Path,
) -> None:
    port = free_port()
    environ = {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"http://127.0.0.1:{port}/v1/traces",
        "OTEL_EXPORTER_OTLP_TIMEOUT": "1",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "OTEL_BSP_MAX_QUEUE_SIZE": "16",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "16",
    }
    with Served(clinic.parent, environ, rulesets=str(clinic), workers=1) as served:
        evaluate(served)
        served.wait_for("traces can't be sent")
        for _ in range(60):
            evaluate(served)
        time.sleep(3)
        with Collector(port) as collector:
            evaluate(served)
            served.wait_for("traces are sent again")
            assert collector.spans()
        lines = [
            line for line in served.log_text().splitlines() if "trac" in line and '"request"' not in line
        ]
        assert len(lines) == 2, lines
        evaluate(served)
        assert served.stop() == 0
    assert all(line.startswith("{") for line in served.log_text().splitlines())


def test_a_collector_that_hangs_holds_up_neither_requests_nor_the_end(clinic: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environ = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "3600",  # nobody who waited for it would be done in time
            "OTEL_BSP_SCHEDULE_DELAY": "50",
        }
        with Served(clinic.parent, environ, rulesets=str(clinic), workers=1) as served:
            for _ in range(20):
                evaluate(served)
            with silent.accept()[0]:
                assert served.stop() == 0


@pytest.mark.parametrize(
    ("environ", "configured"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": COLLECTOR}, True),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": COLLECTOR}, False),
        ({"OTEL_SERVICE_NAME": "picoplan"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_SDK_DISABLED": "TRUE"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_SDK_DISABLED": "false"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_the_standard_variables_say_whether_there_are_traces(
    environ: dict[str, str], configured: bool
) -> None:
    assert is_configured(environ) is configured


def test_a_sampler_is_chosen_by_its_variable(clinic: Path) -> None:
    with Collector() as collector:
        environ = {**collector.environ, "OTEL_TRACES_SAMPLER": "always_off"}
        with Served(clinic.parent, environ, rulesets=str(clinic), workers=1) as served:
            request_id = evaluate(served)
            assert "trace_id" in served.wait_for("request", request_id=request_id)
            assert served.stop() == 0
        assert collector.spans() == []


def test_a_variable_that_cannot_be_used_costs_the_traces_and_no_answer(clinic: Path) -> None:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_BSP_MAX_QUEUE_SIZE": "-1"}
    with Served(clinic.parent, environ, rulesets=str(clinic), workers=1) as served:
        request_id = evaluate(served)
        assert served.wait_for("traces can't be sent")["fault"] == "ValueError"
        assert "trace_id" not in served.wait_for("request", request_id=request_id)


def test_nothing_of_opentelemetry_is_imported_unless_traces_are_configured(clinic: Path) -> None:
    served = (
        "import service.web.starting, service.web.app, service.web.starting as t; t.open_spans({}, None);"
    )
    check = (
        "import sys; from service.commandline.main import main;"
        f"main(['check', {str(clinic)!r}]); main(['check', '--help']);"
    )
    for script, also in ((served, "prometheus_client"), (check, "z3")):
        done = subprocess.run(
            [sys.executable, "-c", script + LOADED],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR},
        )
        loaded = done.stdout.splitlines()[-1]
        assert f"'{also}'" in loaded
        assert "'opentelemetry'" not in loaded
    assert "'prometheus_client'" not in loaded


def test_a_span_holds_nothing_but_what_is_listed(traced: Served, collector: Collector) -> None:
    for method, path in (
        ("GET", "/"),
        ("GET", "/v1/rulesets?a=b"),
        ("GET", "/v1/rulesets/small"),
        ("PUT", "/x"),
    ):
        _, headers, _ = traced.ask(method, path)
        collector.of_request(headers["x-request-id"])
    evaluate(traced)
    assert {name for span in collector.spans() for name in span.attributes} <= set(ATTRIBUTES)

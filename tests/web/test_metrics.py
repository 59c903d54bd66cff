"""``GET /metrics``: right across workers, also where some were killed, and bounded whatever clients send."""

from __future__ import annotations

import fcntl
import io
import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.engine.faults import EngineRefused
from service.serving.deciding import Deciding
from service.serving.evaluate import Answering
from service.serving.outcome import Failed, Outcome, Stages
from service.serving.recording import LogHealth
from service.store.snapshot import Snapshot
from service.web import metrics
from service.web.app import create_app
from service.web.log import open_log
from service.web.measuring import Pulse
from service.web.metrics import Metrics
from service.web.settings import Settings
from tests.vetting.desk import at_once
from tests.waiting import PATIENCE_S, until
from tests.web.batches import opened, response_on
from tests.web.client import Client, client_of
from tests.web.measured import Measured, scrape
from tests.web.serving import Served, exchange
from tests.web.small import write_small
from tests.web.test_live import workers, write

SPOTS = {"ruleset": "small", "assessment": {"concern": "sun_spots", "gold": False}}
GOLD = {"ruleset": "small", "assessment": {"concern": "sun_spots", "gold": True}}
FOLDERS = "picoplan-metrics-*"
STARTED = time.time()


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    folder = tmp_path / "rulesets"
    at_once(write_small(folder))
    return folder


@pytest.fixture
def server(clinic: Path) -> Iterator[Served]:
    with Served(clinic.parent, rulesets=str(clinic), rulesets_shown_as="clinic", workers=2) as served:
        yield served


def own(client: Client) -> Measured:
    return Measured(client.get("/metrics").get_data(as_text=True))


def shared_by(served: Served) -> Path:
    """The folder that a server's processes share, as it is mapped into its master."""
    maps = Path(f"/proc/{served.process.pid}/maps").read_text(encoding="utf-8")
    found = re.search(r"(/\S*/picoplan-metrics-\w+)/", maps)
    assert found is not None
    return Path(found[1])


def test_counts_are_those_of_both_workers_whichever_is_asked(server: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: server.ask("POST", "/v1/evaluate", SPOTS)[0], range(60)))
        answers += pool.map(lambda _: server.ask("POST", "/v1/evaluate", GOLD)[0], range(20))
    assert set(answers) == {200}
    for _ in range(10):
        seen = scrape(server)
        assert seen.sum("picoplan_requests_total", route="/v1/evaluate", method="POST", status="200") == 80
        assert seen.sum("picoplan_request_duration_seconds_count", route="/v1/evaluate") == 80
        assert seen.sum("picoplan_decisions_total", ruleset="small", verdict="several_sessions") == 60
        assert seen.sum("picoplan_decisions_total", ruleset="small", verdict="do_not_treat") == 20
        assert seen.sum("picoplan_decision_log_rows_total") == 80
        assert seen.sum("picoplan_requests_in_flight") == 1
        assert seen.sum("picoplan_workers") == 2
    used = {path.name for path in shared_by(server).glob("counter_*.db")}
    assert used >= {f"counter_{pid}.db" for pid in workers(server)}


def evaluated(server: Served) -> float:
    """How many requests for an answer were counted."""
    return scrape(server).sum("picoplan_requests_total", route="/v1/evaluate")


def is_reached(server: Served) -> bool:
    """Whether a worker listens; each does for itself, so that none does while all of them start."""
    try:
        return server.ask("GET", "/healthz")[0] == 200
    except ConnectionError:
        return False


def test_what_a_killed_worker_counted_stays_and_what_it_held_goes(server: Served) -> None:
    for _ in range(40):
        server.ask("POST", "/v1/evaluate", SPOTS)
    until(lambda: evaluated(server) == 40)  # a request is counted once its answer is sent
    before = workers(server)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(set(workers(server)) - set(before)) == 2)
    until(lambda: is_reached(server))
    for _ in range(10):
        server.ask("POST", "/v1/evaluate", SPOTS)
    until(lambda: scrape(server).sum("picoplan_workers") == 2)
    until(lambda: evaluated(server) == 50)
    for _ in range(6):
        seen = scrape(server)
        assert seen.sum("picoplan_requests_total", route="/v1/evaluate") == 50
        assert seen.sum("picoplan_decisions_total") == 50
        assert seen.sum("picoplan_decision_log_rows_total") == 50
        assert seen.sum("picoplan_requests_in_flight") == 1
        assert seen.sum("picoplan_worker_starts_total") == 4
    left = {path.name for path in shared_by(server).glob("gauge_live*.db")}
    assert not {name for name in left for pid in before if name.endswith(f"_{pid}.db")}


def test_a_request_that_is_being_answered_is_in_flight(server: Served) -> None:
    raw = b'{"ruleset": "small"}'
    connection = server.connect()
    connection.putrequest("POST", "/v1/evaluate")
    for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(raw)))):
        connection.putheader(name, value)
    connection.endheaders(raw[:-1])
    scrape(server, held=1)
    connection.send(raw[-1:])
    assert connection.getresponse().status == 422
    connection.close()
    scrape(server)


def test_a_request_sent_again_is_an_answer_given_again_and_no_decision(server: Served) -> None:
    for _ in range(5):
        assert server.ask("POST", "/v1/evaluate", SPOTS, {"Idempotency-Key": "one"})[0] == 200
    seen = scrape(server)
    assert seen.sum("picoplan_decisions_total", ruleset="small") == 1
    assert seen.sum("picoplan_answers_again_total", ruleset="small") == 4


def test_a_log_that_cannot_be_written_is_seen_until_it_can(server: Served, clinic: Path) -> None:
    assert scrape(server).sum("picoplan_decision_log_failing") == 0
    [file] = clinic.parent.glob("data/*/*.sqlite3")
    away = clinic.parent / "away"
    file.rename(away)
    until(lambda: server.ask("POST", "/v1/evaluate", SPOTS)[0] == 503)
    until(lambda: scrape(server).sum("picoplan_decision_log_failing") == 1)
    until(lambda: [scrape(server).sum("picoplan_decision_log_failing") for _ in range(8)] == [1] * 8)
    until(lambda: scrape(server).sum("picoplan_follower_failing") == 2)
    seen = scrape(server)
    assert {one["follows"] for one in seen.labels("picoplan_follower_failing")} == {"archive", "keys"}
    behind = seen.sum("picoplan_follower_last_success_timestamp_seconds", follows="archive")
    assert time.time() - 600 < behind < time.time()
    assert scrape(server).sum("picoplan_mistakes_total", code="not-logged") >= 1
    away.rename(file)
    until(lambda: scrape(server).sum("picoplan_decision_log_failing") == 0)
    until(lambda: scrape(server).sum("picoplan_follower_failing") == 0)
    until(
        lambda: (
            scrape(server).sum("picoplan_follower_last_success_timestamp_seconds", follows="archive") > behind
        )
    )
    until(lambda: server.ask("POST", "/v1/evaluate", SPOTS)[0] == 200)


def test_rows_that_wait_for_the_log_are_seen_until_they_are_in_it(clinic: Path) -> None:
    told = {"rulesets": str(clinic), "workers": 2, "log_mode": "best-effort"}
    with Served(clinic.parent, **told) as served:
        [file] = clinic.parent.glob("data/*/*.sqlite3")
        busy = sqlite3.connect(file, isolation_level=None)
        busy.execute("BEGIN EXCLUSIVE")
        for _ in range(6):
            assert served.ask("POST", "/v1/evaluate", SPOTS)[0] == 200
        until(lambda: scrape(served).sum("picoplan_decision_log_rows_waiting") == 6)
        busy.execute("ROLLBACK")
        busy.close()
        until(lambda: scrape(served).sum("picoplan_decision_log_rows_total") == 6)
        until(lambda: scrape(served).sum("picoplan_decision_log_rows_waiting") == 0)
        assert scrape(served).sum("picoplan_decision_log_rows_lost_total") == 0


def test_a_row_that_is_lost_is_counted_once() -> None:
    metrics = Metrics()
    lost = [0, 3, 3, 5]
    pulse = Pulse(metrics, lambda: LogHealth(None, 0, 0, lost.pop(0)))
    for _ in range(4):
        pulse.beat()
    assert metrics.registry().get_sample_value("picoplan_decision_log_rows_lost_total") == 5


def test_a_ruleset_whose_edit_waits_is_stale_and_only_the_edition_that_serves_is_named(
    server: Served, clinic: Path
) -> None:
    [first] = scrape(server).labels("picoplan_ruleset_info")
    began = scrape(server).sum("picoplan_ruleset_live_timestamp_seconds")
    assert STARTED < began < time.time()
    assert scrape(server).sum("picoplan_ruleset_state", state="current") == 1
    write(clinic, "concern: scar\n", "concern: scarr\n")
    stale = {"ruleset": "small", "state": "stale"}
    until(lambda: [scrape(server).sum("picoplan_ruleset_state", **stale) for _ in range(8)] == [1] * 8)
    assert began <= scrape(server).sum("picoplan_ruleset_edit_waits_timestamp_seconds") < time.time()
    write(clinic, "concern: scarr\n", "concern: scar\n")
    write(clinic, "One trial saw it.", "Two trials saw it.")
    until(
        lambda: [scrape(server).sum("picoplan_ruleset_state", state="current") for _ in range(8)] == [1] * 8
    )
    until(lambda: scrape(server).labels("picoplan_ruleset_info") != [first])
    until(lambda: len({str(scrape(server).labels("picoplan_ruleset_info")) for _ in range(8)}) == 1)
    [second] = scrape(server).labels("picoplan_ruleset_info")
    assert (second["ruleset"], second["version"]) == ("small", "1.2.0")
    assert scrape(server).sum("picoplan_ruleset_live_timestamp_seconds") > began
    assert scrape(server).sum("picoplan_ruleset_edit_waits_timestamp_seconds") == 0


def test_a_client_cannot_add_series_whatever_it_sends(server: Served) -> None:
    for number in range(40):
        path = f"/made-up-{number}"
        server.ask("GET", path)
        server.ask(f"MADEUP{number}", "/healthz")
        server.ask("POST", "/v1/evaluate", {"ruleset": f"r{number}", "assessment": {}})
        server.ask("POST", "/v1/evaluate", {"ruleset": "small", "assessment": {f"input{number}": number}})
        server.ask("GET", f"/v1/rulesets/{number}/rules/{number}")
        server.ask("GET", f"/v1/decisions/{number}")
    seen = scrape(server)
    assert seen.sum("picoplan_requests_total", route="none", method="GET", status="404") == 40
    assert seen.sum("picoplan_requests_total", method="other", status="405") == 40
    assert seen.sum("picoplan_requests_total", route="/v1/rulesets/<ruleset_id>/rules/<rule_id>") == 40
    assert seen.sum("picoplan_mistakes_total", code="unknown-ruleset") == 80
    assert seen.sum("picoplan_mistakes_total", code="unknown-input") == 40
    assert seen.sum("picoplan_mistakes_total", code="unknown-decision") == 40
    assert len(seen.labels("picoplan_requests_total")) <= 8
    assert len(seen.labels("picoplan_mistakes_total")) <= 5


def test_a_file_that_a_killed_worker_left_empty_spoils_nothing(server: Served) -> None:
    server.ask("GET", "/healthz")
    (shared_by(server) / "counter_0.db").touch()
    assert scrape(server).sum("picoplan_requests_total", route="/healthz") == 1


def test_what_is_refused_whatever_it_asks_for_is_counted_too(server: Served) -> None:
    assert server.ask("GET", "/healthz", None, {"Expect": "miracles"})[0] == 417
    assert scrape(server).sum("picoplan_requests_total", route="none", method="GET", status="417") == 1


def test_the_folder_of_the_values_is_gone_with_the_server_and_no_variable_of_the_user_is_read(
    clinic: Path, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    environ = {"PROMETHEUS_MULTIPROC_DIR": str(theirs)}
    with Served(clinic.parent, environ, rulesets=str(clinic), workers=2) as served:
        folder = shared_by(served)
        assert folder.is_dir()
        until(lambda: scrape(served).sum("picoplan_workers") == 2)
        assert served.stop() == 0
    assert not folder.exists()
    assert list(theirs.iterdir()) == []


def test_a_folder_that_a_killed_server_left_is_removed_by_the_next_and_one_in_use_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "_MEMORY", tmp_path / "none")
    monkeypatch.setattr(metrics.tempfile, "tempdir", str(tmp_path))
    left = tmp_path / "picoplan-metrics-left"
    left.mkdir()
    (left / "in-use").touch()
    with metrics.shared_folder() as first, metrics.shared_folder() as second:
        assert sorted(tmp_path.glob(FOLDERS)) == sorted([first, second])
        with (first / "in-use").open("rb") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert list(tmp_path.glob(FOLDERS)) == []


def test_without_a_server_the_metrics_are_those_of_the_process(client: Client) -> None:
    assert client.post("/v1/evaluate", json=SPOTS).status_code == 200
    assert client.post("/v1/evaluate", data="{", content_type="application/json").status_code == 400
    seen = own(client)
    assert seen.sum("picoplan_requests_total", route="/v1/evaluate") == 2
    assert seen.sum("picoplan_mistakes_total", code="not-json") == 1
    assert seen.sum("picoplan_decisions_total", verdict="several_sessions") == 1
    assert seen.sum("picoplan_ruleset_state", ruleset="broken", state="broken") == 1
    assert seen.sum("picoplan_build_info") == 1


def test_two_apps_in_one_process_count_for_themselves(client: Client, rulesets: Path) -> None:
    client.get("/healthz")
    client_of(create_app(Settings(rulesets=rulesets), open_log(io.BytesIO()))).get("/healthz")
    assert own(client).sum("picoplan_requests_total", status="200") == 1


def test_a_decision_that_failed_is_counted_by_the_kind_of_its_fault() -> None:
    metrics = Metrics()
    metrics.decided([Failed(EngineRefused("firing", "too many rules", 106))])
    assert (
        metrics.registry().get_sample_value("picoplan_decisions_failed_total", {"fault": "EngineRefused"})
        == 1
    )


def test_a_streamed_answer_is_in_flight_and_timed_until_its_end(server: Served) -> None:
    route = "/v1/evaluate/batch"
    with opened(server) as stream:
        response = response_on(stream)  # its head is there, its end is not
        before = scrape(server, held=1)
        stream.sendall(b"0\r\n\r\n")
        assert response.read() == b""
    after = scrape(server)
    counted = [one.sum("picoplan_requests_total", route=route) for one in (before, after)]
    assert counted[1] - counted[0] == 1


def test_an_observer_of_decisions_is_told_of_all_that_were_asked_together() -> None:
    told: list[tuple[int, Stages]] = []

    class Observing:
        def decided(self, outcomes: Sequence[Outcome], stages: Stages) -> None:
            told.append((len(outcomes), stages))

    pending = Deciding().begin(Answering(Snapshot({}, {})), observer=Observing())
    for body in ({}, 1, SPOTS):
        pending.decide(body)
    pending.decided(None)
    [(count, stages)] = told
    assert count == 3
    assert stages.began <= stages.decided <= stages.logged


def test_many_connections_at_once_lose_no_count(server: Served) -> None:
    def client(_: int) -> None:
        connection = server.connect()
        for _ in range(40):
            assert exchange(connection, "GET", "/healthz")[0] == 200
        connection.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(client, range(16), timeout=PATIENCE_S))
    assert scrape(server).sum("picoplan_requests_total", route="/healthz") == 16 * 40

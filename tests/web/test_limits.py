"""Limits over HTTP: counted by each worker for itself, or by all together in a real Redis."""

from __future__ import annotations

import io
import json
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.model.limit import Limit
from service.store.api_keys import Token
from service.web.log import open_log
from service.web.measuring import Pulse, Watched
from service.web.metrics import Metrics
from service.web.rate_limiter import PATIENCE_S, AddressLimiter, NoRedis, RateLimiter
from tests.waiting import until
from tests.web.clinics import SCAR, WRONG, Clinics, added, clinics, store_in
from tests.web.redis_server import RedisServer, redis_server
from tests.web.test_server import launch

pytestmark = pytest.mark.long

__all__ = ["redis_server"]

LIST = "/v1/rulesets"
TIMES = 400
ALONE = "each worker counts requests by itself, so up to workers times the limit get through"
GONE = "Redis is gone, each worker counts requests by itself"


def key_in(folder: Path, **wanted: object) -> Token:
    """A key that is there before the server starts."""
    store = store_in(folder)
    try:
        return added(store, "zeta", clinic="zeta", **wanted)
    finally:
        store.close()


def hammer(server: Clinics, token: Token, times: int) -> Counter[int]:
    """The statuses of so many requests, many of them at once."""
    with ThreadPoolExecutor(16) as pool:
        return Counter(pool.map(lambda _: server.ask(token, "GET", LIST)[0], range(times)))


def test_beyond_its_limit_a_key_is_told_when_to_come_again(tmp_path: Path) -> None:
    token = key_in(tmp_path, limit=Limit(3, 3_600))
    with clinics(tmp_path, workers=1, limit="1000/minute") as server:
        for left in (2, 1, 0):
            status, headers, _ = server.ask(token, "GET", LIST)
            assert status == 200
            assert headers["ratelimit-policy"] == '"key";q=3;w=3600'
            found = re.fullmatch(r'"key";r=(\d+);t=(\d+)', headers["ratelimit"])
            assert found is not None
            assert int(found[1]) == left
            assert 3_500 < int(found[2]) <= 3_600
        status, headers, content = server.ask(token, "POST", "/v1/evaluate", {"assessment": SCAR})
        problem = json.loads(content)
        assert (status, problem["status"], problem["type"]) == (429, 429, "/problems/rate-limited")
        assert problem["errors"][0]["code"] == "rate-limited"
        assert headers["content-type"] == "application/problem+json"
        assert headers["ratelimit"].startswith('"key";r=0;t=')
        assert 3_500 < int(headers["retry-after"]) <= 3_600
        unlimited = server.add("unlimited", clinic="zeta", limit="none")
        until(lambda: server.ask(unlimited, "GET", LIST)[0] != 401)
        assert "ratelimit-policy" not in server.ask(unlimited, "GET", LIST)[1]
        other = server.add("other", clinic="zeta")
        server.server.wait_for("listening")
        until(lambda: server.ask(other, "GET", LIST)[0] != 401)
        assert server.ask(other, "GET", LIST)[1]["ratelimit-policy"] == '"key";q=1000;w=60'


def test_only_requests_that_a_key_is_needed_for_count(tmp_path: Path) -> None:
    token = key_in(tmp_path, limit=Limit(2, 86_400))
    with clinics(tmp_path, workers=1) as server:
        for path in ("/healthz", "/readyz", "/", "/nothing"):
            assert "ratelimit" not in server.ask(token, "GET", path)[1]
        assert "ratelimit" not in server.ask(token, "OPTIONS", LIST)[1]
        assert "ratelimit" not in server.ask(WRONG, "GET", LIST)[1]
        assert server.ask(token, "GET", LIST)[0] == 200
        assert server.ask(token, "POST", "/v1/evaluate", "no json")[1]["ratelimit"].startswith('"key";r=0;')
        assert server.ask(token, "GET", LIST)[0] == 429


def test_a_request_that_the_key_may_not_send_counts(tmp_path: Path) -> None:
    token = key_in(tmp_path, scopes=("operate",), limit=Limit(1, 86_400))
    with clinics(tmp_path, workers=1) as server:
        assert [server.ask(token, "GET", LIST)[0] for _ in range(2)] == [403, 429]


def test_after_its_window_all_of_a_limit_is_there_again(tmp_path: Path) -> None:
    token = key_in(tmp_path, limit=Limit(1, 1))
    with clinics(tmp_path, workers=1) as server:
        until(lambda: server.ask(token, "GET", LIST)[0] == 429)
        time.sleep(1.1)
        assert server.ask(token, "GET", LIST)[0] == 200


def test_without_redis_each_worker_counts_by_itself_and_the_log_says_so(tmp_path: Path) -> None:
    token = key_in(tmp_path, limit=Limit(20, 86_400))
    with clinics(tmp_path) as server:
        said = server.server.wait_for(ALONE)
        assert (said["workers"], said["limit"]) == (2, "600/minute")
        found = hammer(server, token, 120)
        assert set(found) == {200, 429}
        assert 20 <= found[200] <= 40


def test_with_redis_all_workers_together_let_exactly_the_limit_through(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    token = key_in(tmp_path, limit=Limit(50, 86_400))
    with clinics(tmp_path, redis_url=redis_server.url) as server:
        found = hammer(server, token, 160)
        assert found == {200: 50, 429: 110}
        pids = {line["process"] for line in server.server.events() if line["event"] == "ruleset serves"}
        assert len(pids) >= 1
        _, headers, _ = server.ask(token, "GET", LIST)
        assert 86_300 < int(headers["retry-after"]) <= 86_400
        assert ALONE not in server.server.log_text()


def test_addresses_are_counted_by_network_over_all_who_share_a_redis_and_by_themselves_while_it_is_gone(
    redis_server: RedisServer,
) -> None:
    minute, log = Limit(2, 60), open_log(io.BytesIO())
    one, other = (
        AddressLimiter("ask", minute, lambda: b"s" * 32, RateLimiter(None, redis_server.url, log))
        for _ in range(2)
    )
    waits = [one.count("2001:db8::1"), other.count("2001:db8::2"), one.count("2001:db8::3")]
    assert waits[:2] == [0, 0]
    assert 0 < waits[2] <= 60
    assert other.is_used_up("2001:db8::9")
    assert not other.is_used_up("192.0.2.1")
    redis_server.stop()
    assert [other.count("2001:db8::1") > 0 for _ in range(3)] == [False, False, True]


def test_two_services_on_one_redis_count_together(tmp_path: Path, redis_server: RedisServer) -> None:
    token = key_in(tmp_path, limit=Limit(10, 86_400))
    with clinics(tmp_path, redis_url=redis_server.url, workers=1) as server:
        (tmp_path / "second").mkdir()
        assert hammer(server, token, 6) == {200: 6}
    with clinics(tmp_path, redis_url=redis_server.url, workers=1) as server:
        assert hammer(server, token, 6) == {200: 4, 429: 2}


def test_without_redis_requests_go_on_and_it_is_found_again(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    token = key_in(tmp_path, limit=Limit(30, 86_400))
    with clinics(tmp_path, redis_url=redis_server.url) as server:
        assert hammer(server, token, 40) == {200: 30, 429: 10}
        redis_server.stop()
        found = hammer(server, token, 120)
        assert set(found) == {200, 429}
        assert 30 <= found[200] <= 60, "each worker counts from the beginning"
        redis_server.start()
        back = "Redis is back"
        until(lambda: sum(line["event"].startswith(back) for line in server.server.events()) >= 2)
        assert hammer(server, token, 40) == {200: 30, 429: 10}
        assert sum(line["event"] == GONE for line in server.server.events()) == 2, "once for each worker"


def test_a_redis_that_does_not_answer_holds_nobody_up(tmp_path: Path, redis_server: RedisServer) -> None:
    lines = io.BytesIO()
    counting = RateLimiter(Limit(1_000, 60), redis_server.url, open_log(lines))
    assert counting.count("key", None) is not None
    redis_server.halt()
    counted = counting.count("key", None)
    assert counted is not None
    assert counted.left == 999
    started = time.monotonic()
    for _ in range(TIMES):
        counting.count("key", None)
    assert time.monotonic() - started < TIMES * PATIENCE_S / 2, "it is not tried again at each request"
    assert lines.getvalue().count(b"Redis is gone") == 1


def test_a_redis_that_answers_and_takes_nothing_is_gone_until_it_does(redis_server: RedisServer) -> None:
    lines = io.BytesIO()
    counting = RateLimiter(Limit(1_000, 60), redis_server.url, open_log(lines))
    assert counting.reaches_redis
    redis_server.take_nothing()
    assert counting.count("key", None) is not None
    time.sleep(2.5)
    assert counting.count("key", None) is not None
    assert not counting.reaches_redis
    assert (lines.getvalue().count(b"Redis is gone"), lines.getvalue().count(b"Redis is back")) == (1, 0)
    redis_server.take_again()
    until(lambda: b"Redis is back" in lines.getvalue())
    counted = counting.count("key", None)
    assert counted is not None
    assert counted.left == 999


def test_a_redis_that_is_gone_is_measured_though_nobody_asks(redis_server: RedisServer) -> None:
    lines = io.BytesIO()
    counting = RateLimiter(Limit(1_000, 60), redis_server.url, open_log(lines))
    metrics = Metrics()
    pulse = Pulse(metrics, None, Watched(loses_redis=counting.loses_redis))

    def failing() -> float | None:
        pulse.beat()
        return metrics.registry().get_sample_value("picoplan_redis_failing")

    assert failing() == 0
    redis_server.stop()
    assert failing() == 1
    assert lines.getvalue().count(b"Redis is gone") == 1
    redis_server.start()
    until(lambda: failing() == 0)


def test_a_redis_that_is_not_there_at_the_start_is_said_and_no_reason_not_to_serve(tmp_path: Path) -> None:
    token = key_in(tmp_path)
    with clinics(tmp_path, redis_url="redis://:secret@127.0.0.1:1/0", workers=1) as server:
        server.server.wait_for("Redis can't be reached, each worker counts requests by itself until it can")
        assert server.ask(token, "GET", LIST)[0] == 200
        assert "secret" not in server.server.log_text()


@pytest.mark.parametrize(
    "url", ["localhost", "http://secret", "redis://h:port/0", "redis://secret@h:99999999/0"]
)
def test_a_url_that_names_no_redis_is_one_line_without_it(rulesets: Path, url: str) -> None:
    told = launch(rulesets=str(rulesets), port=0, redis_url=url)
    assert (told.returncode, told.stderr) == (
        2,
        "the URL of Redis can't be read: write it as redis://host:6379/0\n",
    )


def test_in_memory_many_threads_are_counted_exactly() -> None:
    with pytest.raises(NoRedis):
        RateLimiter(None, "", open_log(io.BytesIO()))
    counting = RateLimiter(Limit(500, 86_400), None, open_log(io.BytesIO()))

    def over(_: int) -> bool:
        counted = counting.count("key", None)
        assert counted is not None
        return counted.over

    with ThreadPoolExecutor(16) as pool:
        assert Counter(pool.map(over, range(2_000))) == {False: 500, True: 1_500}


def test_without_a_limit_nothing_is_counted(tmp_path: Path) -> None:
    token = key_in(tmp_path)
    with clinics(tmp_path, workers=1, limit=None) as server:
        status, headers, _ = server.ask(token, "GET", LIST)
        assert status == 200
        assert "ratelimit" not in headers
